/* SPDX-License-Identifier: MIT */
/* Which rows a chart shows, and how it calls them. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/grow.h"
#include "bench/base/text.h"
#include "bench/record/cell.h"
#include "bench/report/plot.h"

static bool has_metric(const struct chart *chart, const struct row *row)
{
	for (size_t i = 0; i < 2 && chart->metrics[i]; i++)
		if (!strcmp(chart->metrics[i], row_get_text(row, COL_metric)))
			return true;
	return false;
}

/* What `row` says on the x axis; NaN: nothing. */
static double x_of(const struct chart *chart, const struct row *row)
{
	if (chart->x == COL_options)
		return row_own_size(row) ? (double)row_own_size(row) : NAN;
	if (chart->x == COL_lines)
		return (double)row_get_u64(row, COL_lines, 1);
	if (chart->x == COL_percentile)
		return round(1e5 / (100 - row_get_decimal(row, COL_percentile))) / 1000;
	return chart->x ? row_get_decimal(row, chart->x) : 1;
}

/* A row that the chart shows, as far as its value of the fixed column may say. */
static bool takes(const struct plot *p, const struct chart *chart, const struct row *row)
{
	struct query q = chart->query;

	q.any = p->by_hand;
	return (!*p->base || !strcmp(row_get_text(row, COL_arm), p->base)) &&
	       has_metric(chart, row) && query_matches(&q, row) &&
	       (!chart->only || chart->only(row)) && !isnan(x_of(chart, row)) &&
	       (row_get_decimal(row, COL_median) > 0 || chart->unit == UNIT_SHARE);
}

static void base_name(const struct row *row, char *text, size_t size)
{
	const char *metric = row_get_text(row, COL_metric);
	static const char *const words[][2] = {{"first_awake", " first"},
					       {"last_awake", " last"},
					       {"read_ops", " reads"},
					       {"write_ops", " writes"}};

	bool sync = !row_is_ipc(row);

	cell_name_beside(NULL, row, CELL_SAID_ALL, text, size);
	if (strchr(text, '/'))
		memmove(text, strchr(text, '/') + 1, strlen(strchr(text, '/')));
	if (row_wait(row) != WAIT_EMPTY && row_wait(row) != WAIT_NONE)
		text_add(text, size, " %s", row_get_text(row, COL_wait));
	if (row_get_u64(row, COL_readers_pct, 0) == 100)
		text_add(text, size, " (read)");
	if (row_is_set(row, COL_endpoints) && !cell_is_usual(row, PARAMETER_endpoints))
		text_add(text, size, sync ? " (processes)" : " (threads)");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strncmp(metric, words[i][0], strlen(words[i][0])))
			text_add(text, size, "%s", words[i][1]);
}

/*
 * A round trip of which the summary has the median of the batches, not of single trips, near the
 * clock.
 */
static bool is_trip(const struct row *row)
{
	return !row_is_floor(row) && row_is_round_trip(row);
}

static int add(struct figures *f, const struct chart *chart, const struct row *row, bool tail)
{
	struct figure *new;
	int err = array_grow(&f->all, f->n, &f->room, sizeof(*f->all));

	if (err)
		return err;
	new = &f->all[f->n++];
	*new = (struct figure){.row = row, .x = x_of(chart, row), .family = family_of(row)};
	new->value = row_get_decimal(row, tail ? COL_value_ns : COL_median);
	new->lo = !tail &&row_is_set(row, COL_ci_lo) ? row_get_decimal(row, COL_ci_lo) : new->value;
	new->hi = !tail &&row_is_set(row, COL_ci_hi) ? row_get_decimal(row, COL_ci_hi) : new->value;
	new->p99 =
		!tail &&row_is_set(row, COL_p99_median) ? row_get_decimal(row, COL_p99_median) : 0;
	/* Of several threads it is no pair's. */
	new->place = chart->x == COL_threads ? PLACE_NONE : place_of(row);
	place_name_kinds(row);
	if (row_is_set(row, COL_stride_b) || !strcmp(chart->name, "atomics"))
		new->place = place_of_words(row);
	new->noisy = row_list_has(row_get_text(row, COL_flags), "noisy");
	new->spins = row_spins(row);
	new->discarded = row_is_discarded(row);
	new->batches = is_trip(row) && row_list_has(row_get_text(row, COL_flags), "near_clock");
	base_name(row, new->name, sizeof(new->name));
	return 0;
}

/* Whether two figures differ in nothing that the picture shows otherwise. */
static bool same_spot(const struct figure *a, const struct figure *b)
{
	return a->place == b->place && !strcmp(a->name, b->name);
}

/* Whether the names of two rows say something different of `p`. */
static bool differ(const struct row *a, const struct row *b, enum parameter p)
{
	char text[2][CELL_NAME_B] = {"", ""};

	cell_say(a, p, text[0], CELL_NAME_B);
	cell_say(b, p, text[1], CELL_NAME_B);
	return strcmp(text[0], text[1]) != 0;
}

static int by_spot(const void *a, const void *b)
{
	const struct figure *x = *(struct figure *const *)a, *y = *(struct figure *const *)b;

	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Whether of the `n` figures of one name two at one x differ in `p`. */
static bool needs_parameter(struct figure *const *group, size_t n, enum parameter p)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			if (group[i]->x == group[k]->x && same_spot(group[i], group[k]) &&
			    differ(group[i]->row, group[k]->row, p))
				return true;
	return false;
}

/* What the picture shows of a row in another way than by its name. */
static bool is_shown(const struct chart *chart, enum parameter p)
{
	return parameter_info(p)->column == chart->x || p == PARAMETER_wait ||
	       p == PARAMETER_placement || p == PARAMETER_endpoints;
}

/*
 * Adds to the names of figures that would have one name what tells them apart: the parameters in
 * which two at one x differ. 0 or -ENOMEM.
 */
static int tell_apart(struct figures *f, const struct chart *chart)
{
	struct figure **by = calloc(f->n + 1, sizeof(void *));
	size_t n;

	if (!by)
		return -ENOMEM;
	for (size_t i = 0; i < f->n; i++)
		by[i] = &f->all[i];
	qsort(by, f->n, sizeof(void *), by_spot);
	for (size_t i = 0; i < f->n; i += n) {
		for (n = 1; i + n < f->n && same_spot(by[i], by[i + n]); n++)
			;
		for (enum parameter p = 0; n > 1 && p < PARAMETERS; p++) {
			if (is_shown(chart, p) || !needs_parameter(by + i, n, p))
				continue;
			for (size_t k = i; k < i + n; k++) {
				size_t used = strlen(by[k]->name);

				cell_say(by[k]->row, p, by[k]->name + used,
					 sizeof(by[k]->name) - used);
			}
		}
	}
	free(by);
	return 0;
}

/* Of several runs, or profiles of one, each figure bears the number that the footer has. */
static void number_states(const struct plot *p, struct figures *f)
{
	const struct report_data *d = &p->data;

	for (size_t i = 0; d->n_states > 1 && !*p->base && i < f->n; i++)
		for (size_t s = 0; s < d->n_states; s++) {
			struct figure *a = &f->all[i];

			if (!strcmp(d->states[s].run_id, row_get_text(a->row, COL_run_id)) &&
			    !strcmp(d->states[s].arm, row_get_text(a->row, COL_arm)))
				text_add(a->name, sizeof(a->name), " #%zu", s + 1);
		}
}

/* Keeps one value of the fixed column, and says which. */
static void fix(const struct chart *chart, struct figures *f)
{
	uint64_t value = UINT64_MAX;
	char number[NUMBER_B];
	size_t kept = 0;

	for (size_t i = 0; i < f->n; i++) {
		uint64_t mine = row_get_u64(f->all[i].row, chart->fixed, UINT64_MAX);

		if (mine == chart->usual || (mine < value && value != chart->usual))
			value = mine;
	}
	if (value == UINT64_MAX)
		return;
	for (size_t i = 0; i < f->n; i++)
		if (row_get_u64(f->all[i].row, chart->fixed, value) == value)
			f->all[kept++] = f->all[i];
	f->n = kept;
	if (chart->fixed == COL_think_ns)
		return; /* the chart's own caption says it */
	if (chart->fixed == COL_every_ns || chart->fixed == COL_msg_size_b)
		number_text(number, chart->fixed == COL_every_ns ? UNIT_TIME : UNIT_BYTES,
			    (double)value);
	else
		snprintf(number, sizeof(number), "%llu", (unsigned long long)value);
	text_add(f->caption, sizeof(f->caption),
		 chart->fixed == COL_every_ns	  ? " One message every %s."
		 : chart->fixed == COL_msg_size_b ? " Messages of %s."
		 : chart->fixed == COL_capacity	  ? " It holds %s items."
						  : " %s threads.",
		 number);
}

/* Of the operations on words those that were measured alone and together. */
static void keep_shared(struct figures *f)
{
	size_t kept = 0;

	for (size_t i = 0; i < f->n; i++) {
		bool together = false;

		for (size_t k = 0; k < f->n; k++)
			together |= f->all[k].place != PLACE_ALONE &&
				    !strcmp(f->all[i].name, f->all[k].name);
		if (together)
			f->all[kept++] = f->all[i];
	}
	f->n = kept;
}

/* The way of waiting of `row` is that of the query, and its pattern or experiment too. */
static bool is_tail(const struct plot *p, const struct chart *chart, const struct row *row)
{
	return row_get_decimal(row, COL_percentile) >= 50 &&
	       row_get_decimal(row, COL_value_ns) > 0 &&
	       (!*p->base || !strcmp(row_get_text(row, COL_arm), p->base)) &&
	       query_is_of(&chart->query, row);
}

static bool same_text(const struct row *a, const struct row *b, enum column column)
{
	return !strcmp(row_get_text(a, column), row_get_text(b, column));
}

static bool same_way(const struct row *a, const struct row *b)
{
	return same_text(a, b, COL_variant) && same_text(a, b, COL_wait) &&
	       same_text(a, b, COL_options) && same_text(a, b, COL_endpoints);
}

/*
 * The median of the mechanism of `row` that is the lowest: which variant and wait mode stand for
 * it.
 */
static const struct row *find_best(const struct figures *medians, const struct row *row)
{
	const struct figure *best = NULL;

	for (size_t i = 0; i < medians->n; i++)
		if (same_text(row, medians->all[i].row, COL_mechanism) &&
		    (!best || medians->all[i].value < best->value))
			best = &medians->all[i];
	return best ? best->row : NULL;
}

/* The closest of two cores in the bits `places`; else one core. */
static unsigned closest(unsigned places)
{
	static const enum relation order[] = {
		RELATION_SAME_L2,	RELATION_SAME_L3, RELATION_SAME_NODE, RELATION_SAME_PACKAGE,
		RELATION_OTHER_PACKAGE, RELATION_SMT,	  RELATION_SAME_PU,   RELATION_OTHER_NODE};

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (places & 1u << order[i])
			return order[i];
	return PLACE_NONE;
}

/*
 * Of each mechanism the variant and wait mode with the lowest median, on the closest two cores
 * measured.
 */
static int collect_tails(const struct plot *p, const struct chart *chart, struct figures *f)
{
	const struct rows *rows = &p->percentiles;
	bool all = chart->query.use == QUERY_FILE;
	struct figures medians = {.n = 0};
	unsigned seen = 0, place;
	int err = 0;

	for (size_t i = 0; i < rows->n; i++)
		if (is_tail(p, chart, &rows->all[i]))
			seen |= 1u << place_of(&rows->all[i]);
	place = closest(seen);
	for (size_t i = 0; !err && i < rows->n; i++)
		if (row_get_decimal(&rows->all[i], COL_percentile) == 50 &&
		    !row_is_discarded(&rows->all[i]) && place_of(&rows->all[i]) == place &&
		    is_tail(p, chart, &rows->all[i]))
			err = add(&medians, chart, &rows->all[i], true);
	for (size_t i = 0; !err && i < rows->n; i++) {
		const struct row *row = &rows->all[i], *best;

		if (place_of(row) != place || !is_tail(p, chart, row))
			continue;
		best = find_best(&medians, row);
		if (all || (best && same_way(best, row)))
			err = add(f, chart, row, true);
	}
	free(medians.all);
	return err;
}

/* Of all places the closest two cores: one axis cannot hold what one core and two take. */
static void keep_closest(struct figures *f)
{
	unsigned seen = 0, place;
	size_t kept = 0;

	for (size_t i = 0; i < f->n; i++)
		seen |= 1u << f->all[i].place;
	place = closest(seen);
	for (size_t i = 0; i < f->n; i++)
		if (f->all[i].place == place)
			f->all[kept++] = f->all[i];
	f->n = kept;
}

int figures_collect(const struct plot *p, const struct chart *chart, struct figures *f)
{
	int err = 0;

	if (chart->x == COL_percentile) {
		err = collect_tails(p, chart, f);
		number_states(p, f);
		return err;
	}
	for (size_t i = 0; !err && i < p->data.summary.n; i++)
		if (takes(p, chart, &p->data.summary.all[i]))
			err = add(f, chart, &p->data.summary.all[i], false);
	if (err)
		return err;
	if (chart->fixed && (chart->style == STYLE_DOTS || chart->style == STYLE_COST))
		fix(chart, f);
	if (chart->style == STYLE_COST)
		keep_closest(f);
	if (chart->only && !strcmp(chart->name, "atomics"))
		keep_shared(f);
	number_states(p, f);
	return tell_apart(f, chart);
}

static const char *metric_words(const struct row *row, char *text, size_t size)
{
	static const char *const words[][2] = {
		{"read_", " reads"},
		{"write_", " writes"},
		{"acquire", " wait"},
		{"jain", " fairness"},
		{"owner", " owner changes"},
		{"success", " success"},
		{"retry", " retries"},
		{"pair_p50_max", " slowest pair"},
		{"messages_per_s", " messages"},
		{"_per_s", " rate"},
		{"mb_s", " throughput"},
		{"p99", " p99"},
	};
	const char *metric = row_get_text(row, COL_metric);

	*text = '\0';
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(metric, words[i][0]) &&
		    !(strstr(words[i][0], "_per_s") && strchr(text, 'm')))
			text_add(text, size, "%s", words[i][1]);
	return text;
}

int figures_of_comparison(const struct plot *p, const struct chart *chart, struct figures *f)
{
	char words[96];
	int err = 0;

	for (size_t i = 0; !err && i < p->data.compare.n; i++) {
		const struct row *row = &p->data.compare.all[i];
		bool say_pattern = row_is_ipc(row) && row_use(row) != USE_PING_PONG;
		struct figure *a;

		if (chart->style != STYLE_SCHEDULE
			    ? !row_is_set(row, COL_ratio_lo)
			    : isnan(x_of(chart, row)) || row_is_floor(row) ||
				      strcmp("resp_p50_ns", row_get_text(row, COL_metric)) != 0)
			continue;
		err = add(f, chart, row, false);
		if (err)
			break;
		a = &f->all[f->n - 1];
		a->value = row_get_decimal(row, COL_ratio);
		a->lo = row_get_decimal(row, COL_ratio_lo);
		a->hi = row_get_decimal(row, COL_ratio_hi);
		if (chart->style == STYLE_RATIOS)
			text_add(a->name, sizeof(a->name), "%s%s%s", say_pattern ? " " : "",
				 say_pattern ? row_get_text(row, COL_pattern) : "",
				 metric_words(row, words, sizeof(words)));
		if (chart->style == STYLE_RATIOS && row_is_set(row, COL_experiment))
			text_add(a->name, sizeof(a->name), " %s",
				 row_get_text(row, COL_experiment));
	}
	return err ? err : tell_apart(f, chart);
}

int figures_of_tails(const struct plot *p, const struct chart *chart, struct figures *f)
{
	int err = 0;

	for (size_t i = 0; !err && i < p->percentiles.n; i++)
		if (row_get_decimal(&p->percentiles.all[i], COL_percentile) >= 50)
			err = add(f, chart, &p->percentiles.all[i], true);
	return err ? err : tell_apart(f, chart);
}
