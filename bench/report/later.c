/* SPDX-License-Identifier: MIT */
#include "bench/report/later.h"

#include <stdio.h>
#include <stdlib.h>

#include "bench/analyse/estimate.h"
#include "bench/base/grow.h"
#include "bench/record/cell.h"

#define LATER_RUNS 20	   /* fewer say nothing of a kind */
#define LATER_MATTERS 0.02 /* the smallest effect of interest, as in comparisons */

int later_add(struct later *l, const struct row *sample)
{
	enum later_kind kind = row_relation(sample) == RELATION_SAME_PU ? LATER_ONE_CPU
			       : row_spins(sample)			? LATER_SPINS
									: LATER_SLEEPS;
	int err;

	if (!row_counts(sample) || !row_is_set(sample, COL_later_ratio) || row_is_floor(sample) ||
	    row_is_set(sample, COL_load))
		return 0;
	err = array_grow(&l->ratio[kind], l->n[kind], &l->room[kind], sizeof(*l->ratio[kind]));
	if (!err)
		l->ratio[kind][l->n[kind]++] = row_get_decimal(sample, COL_later_ratio);
	return err;
}

void later_sort(struct later *l)
{
	for (unsigned kind = 0; kind < LATER_KINDS; kind++)
		if (l->n[kind])
			estimate_sort(l->ratio[kind], l->n[kind]);
}

bool later_sentence(const struct later *l, enum later_kind kind, char *text)
{
	static const char *const words[LATER_KINDS] = {
		"between two CPUs whose sides sleep",
		"on one CPU",
		"between two CPUs whose sides spin",
	};
	const double *ratio = l->ratio[kind];
	size_t n = l->n[kind];
	double middle = estimate_median(ratio, n);
	struct interval ci = estimate_median_interval(ratio, n, 0.95);

	if (n < LATER_RUNS || (ci.lo <= 1 + LATER_MATTERS && ci.hi >= 1 - LATER_MATTERS))
		return false;
	snprintf(text, LATER_SENTENCE_B,
		 "round trips %s took %.2f (%.2f to %.2f) times as long in the second half of a "
		 "run: longer runs give %s figures",
		 words[kind], middle, ci.lo, ci.hi, middle > 1 ? "larger" : "smaller");
	return true;
}

void later_free(struct later *l)
{
	for (unsigned kind = 0; kind < LATER_KINDS; kind++)
		free(l->ratio[kind]);
}
