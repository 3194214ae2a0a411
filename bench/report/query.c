/* SPDX-License-Identifier: MIT */
/* Questions asked of the cells of summary.csv. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/analyse/best.h"
#include "bench/analyse/group.h"
#include "bench/analyse/summary.h"
#include "bench/base/pause.h"
#include "bench/report/html.h"
#include "bench/report/report_data.h"

#define THINK_PER_THREAD_NS 100 /* of contended locks, as the plan has it for its first cells */
#define THINK_BY_HAND_NS 500	/* as a microbenchmark has it when it is not told */
#define THINK_LONG_NS 10000	/* seldom wanted by two */

static bool is(const struct row *row, enum column column, const char *text)
{
	return !text || !strcmp(row_get_text(row, column), text);
}

/* Whether the think time of a contended row is the one that `q` asks for. */
static bool has_think(const struct query *q, const struct row *row)
{
	uint64_t think_ns = row_get_u64(row, COL_think_ns, 0);

	if (q->think == THINK_NONE)
		return !think_ns;
	if (q->think == THINK_LONG)
		return think_ns == THINK_LONG_NS;
	return think_ns == THINK_PER_THREAD_NS * row_get_u64(row, COL_threads, 0) ||
	       think_ns == THINK_BY_HAND_NS;
}

/* Whether an option of a primitive's own says how large something is. */
static bool has_size_option(const struct row *row)
{
	const char *options = row_get_text(row, COL_options);

	return !row_is_ipc(row) && !strchr(options, '+') && row_own_size(row) > 0;
}

uint64_t row_own_size(const struct row *row)
{
	const char *value = strchr(row_get_text(row, COL_options), '=');

	return value ? strtoull(value + 1, NULL, 10) : 0;
}

/* Whether `q` asks for rows in which `column` is other than usual. */
static bool frees(const struct query *q, enum column column)
{
	for (size_t i = 0; i < QUERY_FREE; i++)
		if (q->free[i] == column)
			return true;
	return false;
}

/* Whether a row is of the plain question: threads that want one lock, and no more. */
static bool is_plain(const struct query *q, const struct row *row)
{
	static const struct {
		enum column column;
		uint64_t usual; /* at most, and where it says nothing */
	} plain[] = {{COL_pairs, 1},   {COL_gap_ns, 0}, {COL_readers_pct, 0},
		     {COL_permits, 1}, {COL_lines, 1},	{COL_critical_ns, 0}};

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (row_get_u64(row, plain[i].column, plain[i].usual) > plain[i].usual &&
		    !frees(q, plain[i].column))
			return false;
	if (!frees(q, COL_options) && has_size_option(row))
		return false;
	if (row_has_experiment(row, SYNC_QUEUE))
		return !row_get_u64(row, COL_think_ns, 0);
	if (!row_has_experiment(row, SYNC_CONTENDED))
		return true;
	return has_think(q, row) && row_choice(row, PARAMETER_endpoints) == ENDPOINTS_THREAD &&
	       row_choice(row, PARAMETER_order) != ORDER_SCATTER &&
	       row_list_has(row_get_text(row, COL_flags), "oversubscribed") == q->crowded;
}

bool query_is_of(const struct query *q, const struct row *row)
{
	unsigned use = row_use(row);

	if (!q->any && q->use != QUERY_FILE && row_choice(row, PARAMETER_pause) > PAUSE_AUTO &&
	    !frees(q, COL_pause))
		return false;
	if (q->use && !(q->use & (use ? use : QUERY_FILE)))
		return false;
	if (q->way && row_spins(row) != (q->way == WAY_SPINS))
		return false;
	return q->floors || !row_is_floor(row);
}

bool query_matches(const struct query *q, const struct row *row)
{
	/* numbers first: few rows are left for what compares texts */
	if (!row_is_set(row, COL_median) ||
	    (q->size_b && row_get_u64(row, COL_msg_size_b, 0) != q->size_b) ||
	    (q->every_ns && row_get_u64(row, COL_every_ns, 0) != q->every_ns) ||
	    (q->threads && !q->any && row_get_u64(row, COL_threads, 0) != q->threads))
		return false;
	if (!row_is_ok(row) || !is(row, COL_metric, q->metric) || !query_is_of(q, row))
		return false;
	if (!q->any && !is_plain(q, row))
		return false;
	if (q->state &&
	    (!is(row, COL_run_id, q->state->run_id) || !is(row, COL_arm, q->state->arm)))
		return false;
	if (!q->any && row_list_has(row_get_text(row, COL_flags), FLAG_LOADED) != q->loaded)
		return false;
	return !q->places || q->places & QUERY_AT(row_relation(row));
}

bool row_overlaps(const struct row *a, const struct row *b)
{
	if (!row_is_set(a, COL_ci_lo) || !row_is_set(b, COL_ci_lo))
		return true; /* without an interval nothing can be told apart */
	return row_get_decimal(a, COL_ci_lo) <= row_get_decimal(b, COL_ci_hi) &&
	       row_get_decimal(b, COL_ci_lo) <= row_get_decimal(a, COL_ci_hi);
}

/* Whether both say the same in print. */
static bool same_in_print(const struct row *a, const struct row *b)
{
	const char *metric = row_get_text(a, COL_metric);
	char text[2][QUANTITY_B];

	html_quantity(text[0], metric, row_get_decimal(a, COL_median));
	html_quantity(text[1], metric, row_get_decimal(b, COL_median));
	return !strcmp(text[0], text[1]);
}

/* Adds `row` to those that are tied with the best: a better one stands before it. */
static void add_tied(struct answer *a, const struct row *row, bool grows)
{
	size_t k = a->n_tied < ANSWER_TIED ? a->n_tied : ANSWER_TIED;
	double mine = row_get_decimal(row, COL_median);

	for (; k > 0; k--) {
		double other = row_get_decimal(a->tied[k - 1], COL_median);

		if (grows ? other >= mine : other <= mine)
			break;
		if (k < ANSWER_TIED)
			a->tied[k] = a->tied[k - 1];
	}
	if (k < ANSWER_TIED)
		a->tied[k] = row;
	a->n_tied++;
}

/* Which of the `n` rows that match cannot be told from the best, and what the best of them has. */
static void find_tied(const struct row **rows, size_t n, bool grows, struct answer *a)
{
	struct contender *all = calloc(n + 1, sizeof(*all));
	bool *in_set = calloc(n + 1, sizeof(*in_set));
	struct best best = {0, {NAN, NAN}};

	for (size_t i = 0; all && in_set && i < n; i++)
		all[i] = (struct contender){
			log(row_get_decimal(rows[i], COL_geo_mean)),
			row_get_decimal(rows[i], COL_sd_log),
			row_is_set(rows[i], COL_sd_log) ? row_get_u64(rows[i], COL_n, 0) : 0};
	if (all && in_set && n)
		best_of(all, n, grows, in_set, &best);
	for (size_t i = 0; i < n; i++)
		if (rows[i] != a->best && (!in_set || in_set[i] || row_overlaps(rows[i], a->best) ||
					   same_in_print(rows[i], a->best)))
			add_tied(a, rows[i], grows);
	a->lo = best.ci.lo;
	a->hi = best.ci.hi;
	free(in_set);
	free(all);
}

bool query_any(const struct report_data *b, const struct query *q)
{
	for (size_t i = 0; i < b->summary.n; i++)
		if (query_matches(q, &b->summary.all[i]))
			return true;
	return false;
}

size_t query_sizes(const struct report_data *b, const struct query *q, uint64_t sizes[QUERY_SIZES])
{
	size_t n = 0;

	for (size_t i = 0; i < b->summary.n; i++) {
		uint64_t size = row_get_u64(&b->summary.all[i], COL_msg_size_b, 0);
		size_t k = 0;

		while (k < n && sizes[k] < size)
			k++;
		if (!size || k == QUERY_SIZES || (k < n && sizes[k] == size) ||
		    !query_matches(q, &b->summary.all[i]))
			continue;
		n += n < QUERY_SIZES;
		memmove(sizes + k + 1, sizes + k, (n - k - 1) * sizeof(*sizes));
		sizes[k] = size;
	}
	return n;
}

struct answer query_best(const struct report_data *b, const struct query *q)
{
	bool grows = q->metric && summary_grows(schema_find(CSV_SAMPLES, q->metric));
	const struct row **rows = calloc(b->summary.n + 1, sizeof(void *));
	struct answer answer = {.lo = NAN, .hi = NAN};
	size_t n = 0;

	for (size_t i = 0; rows && i < b->summary.n; i++) {
		const struct row *row = &b->summary.all[i];
		double mine = row_get_decimal(row, COL_median), best;

		if (!query_matches(q, row))
			continue;
		rows[n++] = row;
		best = answer.best ? row_get_decimal(answer.best, COL_median) : 0;
		if (!answer.best || (grows ? mine > best : mine < best))
			answer.best = row;
	}
	answer.others = n ? n - 1 : 0;
	if (n)
		find_tied(rows, n, grows, &answer);
	free(rows);
	return answer;
}

const char *query_sleeps(const struct report_data *b, const struct query *q, const struct answer *a)
{
	bool spinner = false, equal = false;

	if (!a->best || row_spins(a->best))
		return NULL;
	for (size_t i = 0; i < b->summary.n; i++) {
		const struct row *row = &b->summary.all[i];

		if (!query_matches(q, row) || !row_spins(row))
			continue;
		spinner = true;
		equal |= row_overlaps(row, a->best);
	}
	return !spinner ? "nothing that spins was measured here"
	       : equal	? "sleeping is as fast here"
			: "sleeping is faster here";
}
