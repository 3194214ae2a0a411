/* SPDX-License-Identifier: MIT */
/*
 * Paired comparison: the same cell under two arms, once each per block or round, in random order.
 * The unit is the invocation; what is compared is d = ln(arm / base) of its medians (or means).
 */
#ifndef BENCH_ANALYSE_PAIRED_H
#define BENCH_ANALYSE_PAIRED_H

#include <stddef.h>

#include "bench/analyse/estimate.h"

#define PAIRED_CONFIDENCE 0.95	  /* of every interval that is published */
#define PAIRED_POWER 0.80	  /* with which the smallest detectable effect is detected */
#define PAIRED_ROUNDS_MIN 15	  /* pairs below which no plan goes */
#define PAIRED_ROUNDS_MAX 1000000 /* stands for "this many or more" */

/* A location of paired differences, in their unit. */
struct signed_rank {
	double estimate; /* Hodges and Lehmann: the median of all means of two (Walsh averages) */
	struct interval exact; /* from Walsh averages and the exact signed-rank distribution */
	struct interval sign;  /* of the median by the sign test: assumes no symmetry */
	double p;	       /* two-sided, that the location is 0: 0 to 1 */
	double sd;	       /* standard deviation of the differences; NaN below two */
};

/* The same of ln(arm / base), turned back into ratios arm / base. */
struct paired {
	size_t n;	       /* pairs */
	double ratio;	       /* Hodges-Lehmann estimate */
	struct interval exact; /* of the ratio, PAIRED_CONFIDENCE */
	struct interval sign;  /* of the ratio by the sign test, as a cross-check */
	double p;	       /* two-sided, that the ratio is 1 */
	double sd_log;	       /* standard deviation of the log ratios; NaN below two */
};

/* What the data say of "the ratio is below the margin". */
enum claim {
	CLAIM_UNDECIDED, /* the margin is inside the interval, or too few pairs for one */
	CLAIM_MET,	 /* the upper limit of the ratio is below the margin */
	CLAIM_FAILED,	 /* the lower limit is above it */
};

/*
 * Location of the `n` differences `d`, with intervals of `confidence`. Ties get mean ranks, zeros
 * are ranked and then have no sign (Pratt 1959); p is from the distribution that remains over all
 * 2^m signs of the m differences that are not 0. The interval keeps the quantile for no ties:
 * then it covers at least as often as it says (Noether 1967, closed limits). Memory grows with n^2.
 * 0, -EINVAL (n is 0, a value is not finite), -ENOMEM.
 */
int signed_rank(const double *d, size_t n, double confidence, struct signed_rank *result);

/*
 * Compares `n` pairs, base[i] with arm[i], in any unit. Errors as above; -EINVAL for a value <= 0.
 */
int paired_compare(const double *base, const double *arm, size_t n, struct paired *result);

/*
 * The smallest ratio above 1 that `n` pairs whose log ratios have the standard deviation `sd_log`
 * detect with PAIRED_POWER at 5 % two-sided, divided by `family` comparisons (Holm's first step;
 * 1: one comparison alone):
 *	exp(z sd_log sqrt(c / n)), z = z(1 - 0.025 / family) + z(0.80), c = 1.05
 * c is what ranks cost beside means on normal data (pi / 3). With family 1, z is 2.80.
 */
double paired_detectable(double sd_log, size_t n, size_t family);

/*
 * The pairs that would decide whether `ratio` is below `margin`: the formula above, solved for n
 * with the distance |ln(margin / ratio)| as effect. Between PAIRED_ROUNDS_MIN and _MAX.
 */
size_t paired_rounds(double ratio, double margin, double sd_log, size_t family);

/* Judges the claim that the ratio is below `margin` (1.05: at most 5 % more). */
enum claim paired_claim(const struct paired *paired, double margin);

/* "met", "failed" or "undecided". */
const char *paired_claim_name(enum claim claim);

/*
 * Of `n` comparisons between which nothing differs, the number with p below `alpha` that chance
 * does not exceed 99 times in 100: the quantile of the binomial distribution.
 */
size_t paired_by_chance(size_t n, double alpha);

/*
 * Holm's adjustment of `n` probabilities `p` (all 0 to 1) for being one family, into `adjusted`,
 * which may not be `p`. 0 or -ENOMEM.
 */
int paired_holm(const double *p, size_t n, double *adjusted);

#endif
