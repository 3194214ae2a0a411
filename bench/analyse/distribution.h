/* SPDX-License-Identifier: MIT */
/* Tails and quantiles of the distributions that the comparisons need. */
#ifndef BENCH_ANALYSE_DISTRIBUTION_H
#define BENCH_ANALYSE_DISTRIBUTION_H

#include <stddef.h>
#include <stdint.h>

#include "bench/analyse/estimate.h"

/* The regularised incomplete beta function I_x(a, b), for a and b above 0 and x from 0 to 1. */
double beta_share(double x, double a, double b);

/* The regularised upper incomplete gamma function Q(a, x), for a above 0 and x at least 0. */
double gamma_tail(double a, double x);

/* P(T > t) of Student's distribution with `df` degrees of freedom (above 0, not only integers). */
double student_tail(double t, double df);

/* The t that is exceeded with probability `tail`, which is above 0 and at most 0.5. */
double student_quantile(double tail, double df);

/*
 * The noncentrality at which noncentral t with `df` degrees of freedom exceeds `critical` with
 * probability `power`: what a true shift must be, in standard errors, to be found so often.
 */
double student_shift(double critical, double df, double power);

/* P(X >= k) of the binomial distribution of `n` trials with probability `p` each. */
double binomial_tail(uint64_t k, uint64_t n, double p);

/* Exact interval of the probability behind `k` of `n` (Clopper and Pearson 1934). */
struct interval binomial_interval(uint64_t k, uint64_t n, double confidence);

/* Exact interval of the mean behind a Poisson count of `k` (Garwood 1936). */
struct interval poisson_interval(uint64_t k, double confidence);

#endif
