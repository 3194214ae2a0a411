/* SPDX-License-Identifier: MIT */
/* Questions asked of the cells of summary.csv. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/analyse/best.h"
#include "bench/analyse/group.h"
#include "bench/analyse/summary.h"
#include "bench/report/report_data.h"

#define THINK_PER_THREAD_NS 100 /* of contended locks, as the plan has it for its first cells */
#define THINK_BY_HAND_NS 500	/* as a microbenchmark has it when it is not told */

const char *const report_placements[] = {"same-pu",   "smt",	      "same-l2",       "same-l3",
					 "same-node", "same-package", "other-package", NULL};

static bool is(const struct row *row, enum column column, const char *text)
{
	return !text || !strcmp(row_get_text(row, column), text);
}

bool row_spins(const struct row *row)
{
	return group_spins(row);
}

bool row_is_floor(const struct row *row)
{
	return !strcmp(row_get_text(row, COL_mechanism), "null") ||
	       !strcmp(row_get_text(row, COL_wait), "none");
}

void row_name(const struct row *row, char *text, size_t size)
{
	snprintf(text, size, "%s/%s:%s", row_get_text(row, COL_group),
		 row_get_text(row, COL_mechanism), row_get_text(row, COL_variant));
}

/* Whether a contended row is of the plain question: threads that want one lock, and no more. */
static bool is_plain(const struct row *row)
{
	uint64_t threads = row_get_u64(row, COL_threads, 0);
	uint64_t think_ns = row_get_u64(row, COL_think_ns, 0);

	if (row_get_u64(row, COL_pairs, 1) > 1 || row_is_set(row, COL_gap_ns) ||
	    row_get_u64(row, COL_readers_pct, 0) || row_get_u64(row, COL_permits, 1) > 1 ||
	    row_get_u64(row, COL_lines, 1) > 1 || row_get_u64(row, COL_critical_ns, 0))
		return false;
	if (!is(row, COL_experiment, "contended"))
		return true;
	return (think_ns == THINK_PER_THREAD_NS * threads || think_ns == THINK_BY_HAND_NS) &&
	       is(row, COL_endpoints, "thread") &&
	       !row_list_has(row_get_text(row, COL_flags), "oversubscribed");
}

bool query_matches(const struct query *q, const struct row *row)
{
	if (!is(row, COL_status, "ok") || !row_is_set(row, COL_median) || row_is_floor(row) ||
	    !is_plain(row))
		return false;
	if (q->state &&
	    (!is(row, COL_run_id, q->state->run_id) || !is(row, COL_arm, q->state->arm)))
		return false;
	if (q->kind && !is(row, COL_pattern, q->kind) && !is(row, COL_experiment, q->kind))
		return false;
	if (!is(row, COL_metric, q->metric) || !is(row, COL_placement, q->placement))
		return false;
	if (q->way && row_spins(row) != !strcmp(q->way, "spins"))
		return false;
	if (q->size_b && row_get_u64(row, COL_msg_size_b, 0) != q->size_b)
		return false;
	return !q->threads || row_get_u64(row, COL_threads, 0) == q->threads;
}

bool row_overlaps(const struct row *a, const struct row *b)
{
	if (!row_is_set(a, COL_ci_lo) || !row_is_set(b, COL_ci_lo))
		return true; /* without an interval nothing can be told apart */
	return row_get_decimal(a, COL_ci_lo) <= row_get_decimal(b, COL_ci_hi) &&
	       row_get_decimal(b, COL_ci_lo) <= row_get_decimal(a, COL_ci_hi);
}

/* The set of those that may be the best, into `a`. */
static void find_set(const struct report_data *b, const struct query *q, bool grows,
		     struct answer *a)
{
	struct contender *all = calloc(b->summary.n + 1, sizeof(*all));
	bool *in_set = calloc(b->summary.n + 1, sizeof(*in_set));
	struct best best = {0, {NAN, NAN}};
	size_t n = 0;

	for (size_t i = 0; all && in_set && i < b->summary.n; i++) {
		const struct row *row = &b->summary.all[i];

		if (query_matches(q, row))
			all[n++] = (struct contender){
				log(row_get_decimal(row, COL_geo_mean)),
				row_get_decimal(row, COL_sd_log),
				row_is_set(row, COL_sd_log) ? row_get_u64(row, COL_n, 0) : 0};
	}
	if (n)
		best_of(all, n, grows, in_set, &best);
	a->set = best.n;
	a->lo = best.ci.lo;
	a->hi = best.ci.hi;
	free(in_set);
	free(all);
}

struct answer query_best(const struct report_data *b, const struct query *q)
{
	bool grows = q->metric && summary_grows(schema_find(CSV_SAMPLES, q->metric));
	struct answer answer = {.lo = NAN, .hi = NAN};

	for (size_t i = 0; i < b->summary.n; i++) {
		const struct row *row = &b->summary.all[i];
		double mine = row_get_decimal(row, COL_median), best;

		if (!query_matches(q, row))
			continue;
		answer.others += answer.best != NULL;
		best = answer.best ? row_get_decimal(answer.best, COL_median) : 0;
		if (!answer.best || (grows ? mine > best : mine < best))
			answer.best = row;
	}
	for (size_t i = 0; answer.best && i < b->summary.n; i++) {
		const struct row *row = &b->summary.all[i];

		if (row != answer.best && query_matches(q, row))
			answer.overlap += row_overlaps(row, answer.best);
	}
	find_set(b, q, grows, &answer);
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
