/* SPDX-License-Identifier: MIT */
/* Pairs invocations by block and judges their ratios. */
#include "bench/analyse/compare.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bench/analyse/grow.h"
#include "bench/analyse/summary.h"

/* One invocation that counts. */
struct observed {
	size_t cell;
	size_t arm;
	uint64_t block;
	size_t nth; /* in the order of arrival: of two in one block the later counts */
	double value[SUMMARY_METRICS_MAX];
	double p99[SUMMARY_METRICS_MAX]; /* NaN where too few times make it up */
};

/* A row of compare.csv. */
struct result {
	size_t cell, arm, metric;
	bool p99;
	size_t unpaired; /* invocations of the two arms without partner */
	struct paired paired;
	double base, new;
	double p_adjusted;
	enum verdict verdict;
};

struct comparison {
	struct row *cells;
	size_t n_cells, cells_room;
	char (*arms)[64]; /* arms[0] is the base */
	size_t n_arms, arms_room;
	struct observed *all;
	size_t n_all, all_room;
	struct result *results;
	size_t n_results, results_room;
	double effect;
};

struct comparison *comparison_new(const char *base)
{
	struct comparison *c = calloc(1, sizeof(*c));

	if (!c || array_grow(&c->arms, 0, &c->arms_room, sizeof(*c->arms))) {
		free(c);
		return NULL;
	}
	snprintf(c->arms[0], sizeof(*c->arms), "%s", base);
	c->n_arms = 1;
	return c;
}

/* Index of the arm `name`, which is added when new; -ENOMEM. */
static ssize_t find_arm(struct comparison *c, const char *name)
{
	size_t i = 0;

	while (i < c->n_arms && strcmp(c->arms[i], name) != 0)
		i++;
	if (i < c->n_arms)
		return (ssize_t)i;
	if (array_grow(&c->arms, c->n_arms, &c->arms_room, sizeof(*c->arms)))
		return -ENOMEM;
	snprintf(c->arms[c->n_arms++], sizeof(*c->arms), "%s", name);
	return (ssize_t)i;
}

/* Index of the cell of `identity`, which is added when new; -ENOMEM. */
static ssize_t find_cell(struct comparison *c, const struct row *identity)
{
	size_t i = 0;

	while (i < c->n_cells && !summary_same_cell(&c->cells[i], identity))
		i++;
	if (i < c->n_cells)
		return (ssize_t)i;
	if (array_grow(&c->cells, c->n_cells, &c->cells_room, sizeof(*c->cells)))
		return -ENOMEM;
	c->cells[c->n_cells++] = *identity;
	return (ssize_t)i;
}

int comparison_add(struct comparison *c, const struct row *sample, const char *arm)
{
	static struct row identity;
	ssize_t cell, of_arm;
	struct observed *new;
	size_t n_metrics;
	const struct metric *metrics = summary_metrics(&n_metrics);

	if (strcmp(row_get_text(sample, COL_status), "ok") != 0 ||
	    !strcmp(row_get_text(sample, COL_used), "no"))
		return 0;
	summary_identity(sample, &identity);
	row_unset(&identity, COL_run_id);
	row_unset(&identity, COL_arm);
	cell = find_cell(c, &identity);
	of_arm = find_arm(c, arm);
	if (cell < 0 || of_arm < 0 || array_grow(&c->all, c->n_all, &c->all_room, sizeof(*c->all)))
		return -ENOMEM;
	new = &c->all[c->n_all];
	*new = (struct observed){.cell = (size_t)cell,
				 .arm = (size_t)of_arm,
				 .block = row_get_u64(sample, COL_block, 0),
				 .nth = c->n_all};
	c->n_all++;
	for (size_t i = 0; i < n_metrics; i++) {
		bool many = row_get_u64(sample, COL_n_samples, 0) >= COMPARE_P99_SAMPLES;

		new->value[i] = new->p99[i] = NAN;
		if (!summary_applies(sample, &metrics[i]))
			continue;
		new->value[i] = row_get_decimal(sample, metrics[i].column);
		if (many && metrics[i].p99 != COL_COUNT)
			new->p99[i] = row_get_decimal(sample, metrics[i].p99);
	}
	return 0;
}

static int by_place(const void *a, const void *b)
{
	const struct observed *x = a, *y = b;

	if (x->cell != y->cell)
		return x->cell < y->cell ? -1 : 1;
	if (x->arm != y->arm)
		return x->arm < y->arm ? -1 : 1;
	if (x->block != y->block)
		return x->block < y->block ? -1 : 1;
	return x->nth < y->nth ? -1 : x->nth > y->nth;
}

/* First of the sorted invocations of `cell` and `arm`; *n is their number. */
static const struct observed *of(const struct comparison *c, size_t cell, size_t arm, size_t *n)
{
	size_t lo = 0, hi = c->n_all, first;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		const struct observed *o = &c->all[mid];

		if (o->cell < cell || (o->cell == cell && o->arm < arm))
			lo = mid + 1;
		else
			hi = mid;
	}
	first = lo;
	while (lo < c->n_all && c->all[lo].cell == cell && c->all[lo].arm == arm)
		lo++;
	*n = lo - first;
	return &c->all[first];
}

static enum column column_of(const struct result *r)
{
	size_t n;
	const struct metric *m = &summary_metrics(&n)[r->metric];

	return r->p99 ? m->p99 : m->column;
}

static double value_of(const struct observed *o, const struct result *r)
{
	return r->p99 ? o->p99[r->metric] : o->value[r->metric];
}

/* Values of both arms of those blocks that have both, into `base` and `new`; how many. */
static size_t pair_up(const struct comparison *c, struct result *r, double *base, double *new)
{
	size_t n_base, n_new, n = 0, used = 0;
	const struct observed *b = of(c, r->cell, 0, &n_base);
	const struct observed *a = of(c, r->cell, r->arm, &n_new);

	for (size_t i = 0, k = 0; i < n_base && k < n_new;) {
		if (b[i].block != a[k].block) {
			if (b[i].block < a[k].block)
				i++;
			else
				k++;
			continue;
		}
		while (i + 1 < n_base && b[i + 1].block == b[i].block)
			i++;
		while (k + 1 < n_new && a[k + 1].block == a[k].block)
			k++;
		if (value_of(&b[i], r) > 0 && value_of(&a[k], r) > 0) {
			base[n] = value_of(&b[i], r);
			new[n++] = value_of(&a[k], r);
			used += 2;
		}
		i++;
		k++;
	}
	r->unpaired = n_base + n_new - used;
	return n;
}

/* A result for each metric of the cell that both arms have in some block. */
static int add_results(struct comparison *c, size_t cell, size_t arm, double *base, double *new)
{
	size_t n_metrics;
	const struct metric *metrics = summary_metrics(&n_metrics);

	for (size_t m = 0; m < 2 * n_metrics; m++) {
		struct result r = {.cell = cell, .arm = arm, .metric = m / 2, .p99 = m % 2};
		size_t n;

		if (r.p99 && metrics[r.metric].p99 == COL_COUNT)
			continue;
		if (metrics[r.metric].column == COL_messages_per_s)
			continue; /* throughput over the size of a message: the same once more */
		n = pair_up(c, &r, base, new);
		if (!n)
			continue;
		if (array_grow(&c->results, c->n_results, &c->results_room, sizeof(*c->results)))
			return -ENOMEM;
		if (paired_compare(base, new, n, &r.paired))
			return -ENOMEM;
		order_sort(base, n);
		order_sort(new, n);
		r.base = order_median(base, n);
		r.new = order_median(new, n);
		c->results[c->n_results++] = r;
	}
	return 0;
}

/* Holm over all results; then the verdicts. */
static int adjust(struct comparison *c)
{
	double *p = calloc(c->n_results + 1, sizeof(*p));
	double *adjusted = calloc(c->n_results + 1, sizeof(*adjusted));
	int err = p && adjusted ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < c->n_results; i++)
		p[i] = c->results[i].paired.p;
	if (!err)
		err = paired_holm(p, c->n_results, adjusted);
	for (size_t i = 0; !err && i < c->n_results; i++) {
		struct result *r = &c->results[i];

		r->p_adjusted = adjusted[i];
		r->verdict = compare_verdict(&r->paired, adjusted[i], c->effect,
					     summary_grows(column_of(r)));
	}
	free(adjusted);
	free(p);
	return err;
}

int comparison_judge(struct comparison *c, double effect)
{
	double *base = calloc(c->n_all + 1, sizeof(*base));
	double *new = calloc(c->n_all + 1, sizeof(*new));
	int err = base && new ? 0 : -ENOMEM;

	c->effect = effect;
	c->n_results = 0;
	if (c->n_all)
		qsort(c->all, c->n_all, sizeof(*c->all), by_place);
	for (size_t cell = 0; !err && cell < c->n_cells; cell++)
		for (size_t arm = 1; !err && arm < c->n_arms; arm++)
			err = add_results(c, cell, arm, base, new);
	if (!err)
		err = adjust(c);
	free(new);
	free(base);
	return err;
}

size_t comparison_count(const struct comparison *c)
{
	return c->n_results;
}

void comparison_row(const struct comparison *c, size_t nth, struct row *ret)
{
	const struct result *r = &c->results[nth];
	const struct paired *p = &r->paired;

	*ret = c->cells[r->cell];
	row_set_text(ret, COL_arm, c->arms[r->arm]);
	row_set_text(ret, COL_base_arm, c->arms[0]);
	row_set_text(ret, COL_metric, schema_column(column_of(r))->name);
	row_set_u64(ret, COL_n, p->n);
	row_set_u64(ret, COL_n_unused, r->unpaired);
	row_set_decimal(ret, COL_base, r->base);
	row_set_decimal(ret, COL_new, r->new);
	row_set_decimal(ret, COL_ratio, p->ratio);
	row_set_decimal(ret, COL_ratio_lo, p->exact.lo);
	row_set_decimal(ret, COL_ratio_hi, p->exact.hi);
	row_set_decimal(ret, COL_sign_lo, p->sign.lo);
	row_set_decimal(ret, COL_sign_hi, p->sign.hi);
	row_set_decimal(ret, COL_p, p->p);
	row_set_decimal(ret, COL_p_adjusted, r->p_adjusted);
	row_set_decimal(ret, COL_smallest_effect, c->effect);
	row_set_decimal(ret, COL_detectable, paired_detectable(p->sd_log, p->n, c->n_results) - 1);
	row_set_text(ret, COL_verdict, compare_verdict_name(r->verdict));
}

double comparison_deviation(const struct comparison *c, double quantile)
{
	double *sd = calloc(c->n_results + 1, sizeof(*sd)), found;
	size_t n = 0;

	for (size_t i = 0; sd && i < c->n_results; i++)
		if (!c->results[i].p99 && !isnan(c->results[i].paired.sd_log))
			sd[n++] = c->results[i].paired.sd_log;
	if (!n) {
		free(sd);
		return NAN;
	}
	order_sort(sd, n);
	found = order_quantile(sd, n, quantile);
	free(sd);
	return found;
}

size_t comparison_below(const struct comparison *c, double p)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_results; i++)
		n += c->results[i].paired.p < p;
	return n;
}

void comparison_free(struct comparison *c)
{
	if (!c)
		return;
	free(c->cells);
	free(c->arms);
	free(c->all);
	free(c->results);
	free(c);
}

enum verdict compare_verdict(const struct paired *p, double p_adjusted, double effect, bool grows)
{
	double more = 1 + effect, less = 1 / more;

	if (isnan(p->exact.lo) || isnan(p->exact.hi))
		return VERDICT_INCONCLUSIVE;
	if (p->exact.lo > less && p->exact.hi < more)
		return VERDICT_SAME;
	if (p_adjusted >= COMPARE_ALPHA)
		return VERDICT_INCONCLUSIVE;
	if (p->exact.lo > more)
		return grows ? VERDICT_FASTER : VERDICT_SLOWER;
	if (p->exact.hi < less)
		return grows ? VERDICT_SLOWER : VERDICT_FASTER;
	return VERDICT_INCONCLUSIVE;
}

const char *compare_verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_INCONCLUSIVE] = "inconclusive",
		[VERDICT_SAME] = "same",
		[VERDICT_FASTER] = "faster",
		[VERDICT_SLOWER] = "slower",
	};

	return names[verdict];
}

size_t compare_pairs_needed(size_t family)
{
	size_t n = 1;

	for (double p = 1; p * (double)(family ? family : 1) >= COMPARE_ALPHA; p /= 2)
		n++;
	return n;
}
