/* SPDX-License-Identifier: MIT */
/*
 * What flips_judge() will see: the t that it asks for, and the change that reaches it. Data are
 * taken for normal; what winsorising does to a change is calculated.
 */
#include <math.h>

#include "bench/analyse/distribution.h"
#include "bench/analyse/flips.h"

#define HALVINGS 60 /* of an interval: to the last digit of a double */

static double density(double x)
{
	return exp(-x * x / 2) / sqrt(2 * M_PI);
}

static double normal_below(double x)
{
	return erfc(-x / M_SQRT2) / 2;
}

/* Where the function `f`, which grows, reaches `wanted` between lo and hi. */
static double find(double (*f)(double x, const void *arg), const void *arg, double wanted,
		   double lo, double hi)
{
	for (int i = 0; i < HALVINGS; i++) {
		double middle = (lo + hi) / 2;

		if (f(middle, arg) < wanted)
			lo = middle;
		else
			hi = middle;
	}
	return (lo + hi) / 2;
}

/* The share of N(shift, 1) that is smaller in size than `x`. */
static double size_below(double x, const void *shift)
{
	double d = *(const double *)shift;

	return normal_below(x - d) - normal_below(-x - d);
}

/* Mean by standard deviation of pairs from N(shift, 1) behind winsorise_pairs(). */
static double winsorised(double shift, const void *unused)
{
	double most = FLIPS_WINSOR * find(size_below, &shift, 0.5, 0, shift + 8);
	double lo = -most - shift, hi = most - shift; /* limits, from the mean */
	double below = normal_below(lo), above = normal_below(-hi), inside = 1 - below - above;
	double inner =
		density(lo) - density(hi); /* integral of z between the limits, and of z^2: */
	double inner2 = inside + lo * density(lo) - hi * density(hi);
	double mean = most * (above - below) + shift * inside + inner;
	double squares =
		most * most * (above + below) + shift * shift * inside + 2 * shift * inner + inner2;

	return mean / sqrt(squares - mean * mean);
}

double flips_detectable(double t, double sd, size_t n_base, size_t n, double margin, double power)
{
	double df = n_base ? (double)(n_base + n) - 2 : (double)n - 1;
	double share = 1 / (double)n + (n_base ? 1 / (double)n_base : 0), shift;

	if (isnan(t) || isnan(sd) || df < 1)
		return NAN;
	shift = student_shift(t, df, power) * sqrt(share);
	if (!n_base) /* of two groups, the fences cost less than 2 % */
		shift = find(winsorised, NULL, shift, 0, 2 * shift + 1);
	return margin + shift * sd;
}

/*
 * Normal values with other signs are normal values: without winsorising this is Student's quantile,
 * of which Bonferroni's share is the largest of so many that vary independently. Winsorising makes
 * large statistics larger, since it takes from the spread more than from the sum. By how much is
 * simulated: tests/unit_flips.c holds the factor to a tenth, from 15 to 60 pairs and from 1 to 600
 * comparisons; with fewer pairs it says too much, never too little.
 */
double flips_critical(size_t n, size_t family, double alpha)
{
	double t;

	if (n < flips_pairs_needed(alpha))
		return NAN;
	t = student_quantile(alpha / (2 * (double)(family ? family : 1)), (double)n - 1);
	return t * (1 + 0.55 * fmax(0, t - 1.9) / (double)n);
}

size_t flips_pairs_needed(double alpha)
{
	double p = 1;
	size_t n = 1;

	while (p >= alpha) {
		n++;
		p /= 2;
	}
	return n;
}

size_t flips_groups_needed(double alpha)
{
	double p = 1;
	size_t n = 1;

	while (p >= alpha) {
		n++;
		p *= (double)n / (double)(2 * (2 * n - 1));
	}
	return n;
}
