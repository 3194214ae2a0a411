/* SPDX-License-Identifier: MIT */
/* Estimates from the order of values. */
#include <math.h>
#include <stdlib.h>

#include "bench/analyse/estimate.h"

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

void estimate_sort(double *values, size_t n)
{
	qsort(values, n, sizeof(*values), compare_doubles);
}

double estimate_median(const double *sorted, size_t n)
{
	if (!n)
		return NAN;
	return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

double estimate_quantile(const double *sorted, size_t n, double q)
{
	double rank = ceil(q * (double)n * (1 - 1e-12)); /* 0.07 * 100 is above 7 in binary */

	if (!n)
		return NAN;
	if (rank < 1)
		return sorted[0];
	return sorted[rank < (double)n ? (size_t)rank - 1 : n - 1];
}

size_t estimate_median_rank(size_t n, double confidence)
{
	double log_term = -(double)n * M_LN2; /* of P(i of n values are below the median) */
	double tail = 0;
	size_t i;

	for (i = 0; i < n / 2; i++) {
		tail += exp(log_term);
		if (tail > (1 - confidence) / 2)
			break;
		log_term += log((double)(n - i) / (double)(i + 1));
	}
	return i;
}

struct interval estimate_median_interval(const double *sorted, size_t n, double confidence)
{
	size_t rank = estimate_median_rank(n, confidence);

	if (!rank)
		return (struct interval){NAN, NAN};
	return (struct interval){sorted[rank - 1], sorted[n - rank]};
}

double estimate_jain(const double *shares, size_t n)
{
	double sum = 0;
	double squares = 0;

	for (size_t i = 0; i < n; i++) {
		sum += shares[i];
		squares += shares[i] * shares[i];
	}
	return squares > 0 ? sum * sum / ((double)n * squares) : NAN;
}
