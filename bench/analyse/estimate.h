/* SPDX-License-Identifier: MIT */
/* Estimates from the order of values: median, quantiles, the exact interval of the median. */
#ifndef BENCH_ANALYSE_ORDER_H
#define BENCH_ANALYSE_ORDER_H

#include <stddef.h>

/* Limits of a confidence interval; both NaN when the data cannot give the confidence asked for. */
struct interval {
	double lo; /* lower limit, in the unit of the data */
	double hi; /* upper limit, likewise */
};

/* Sorts `values` in place, smallest first; none may be NaN. */
void estimate_sort(double *values, size_t n);

/*
 * The median of `n` sorted values: the mean of the two in the middle if n is even. NaN if n is 0.
 */
double estimate_median(const double *sorted, size_t n);

/*
 * The quantile `q` (0 to 1) by nearest rank: the value of rank ceil(q n), at least 1. NaN if n is
 * 0.
 */
double estimate_quantile(const double *sorted, size_t n, double q);

/*
 * The lower rank k (from 1) such that the values of ranks k and n + 1 - k enclose the median of a
 * continuous distribution with at least `confidence`; 0 if no rank does (0.95: n below 6). At least
 * so for any distribution, since both limits belong to the interval.
 */
size_t estimate_median_rank(size_t n, double confidence);

/* The interval of the median from `n` sorted values, by estimate_median_rank(). */
struct interval estimate_median_interval(const double *sorted, size_t n, double confidence);

/*
 * Jain's index of fairness (sum x)^2 / (n sum x^2): 1 when all shares are equal, 1/n when one takes
 * everything. Jain, Chiu, Hawe, DEC-TR-301 (1984). NaN if n or the sum is 0.
 */
double estimate_jain(const double *shares, size_t n);

#endif
