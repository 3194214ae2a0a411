/* SPDX-License-Identifier: MIT */
/*
 * The best of many. The smallest of many estimates is small also by chance: of 137 equal
 * configurations it is 7 to 10 % too low. What can be said is a set of which the best is one, and
 * an interval for it.
 */
#ifndef BENCH_ANALYSE_BEST_H
#define BENCH_ANALYSE_BEST_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/analyse/estimate.h"

/* The confidence that the set holds the best and the interval its value, both at once. */
#define BEST_CONFIDENCE 0.95

/* What runs of one configuration gave, as logarithms. */
struct contender {
	double mean, sd;
	size_t n; /* runs; below 2 it can neither be excluded nor exclude */
};

struct best {
	size_t n;	    /* contenders in the set */
	struct interval ci; /* of the geometric mean of the best; NaN: no contender has two runs */
};

/*
 * Which of `n` contenders may be the best, into in_set[n]: the smallest or, where `grows`, the
 * largest. One is excluded by another that is better in a one-sided test of Welch's t, each at a
 * share of the error (Bonferroni): the confidence set of Gupta and of Hsu ("Multiple Comparisons",
 * 1996, chapter 4) without their assumption of one variance.
 */
void best_of(const struct contender *all, size_t n, bool grows, bool *in_set, struct best *ret);

#endif
