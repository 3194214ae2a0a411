/* SPDX-License-Identifier: MIT */
/* Paired comparison: exact signed-rank methods, Holm's adjustment, claims. */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "bench/analyse/paired.h"

#define PAIRED_BY_CHANCE 0.99 /* share of cases that paired_by_chance() covers */
#define RANKS_COST 1.05 /* pi / 3: pairs needed with ranks over those with means, normal data */

/*
 * The null distribution of the signed-rank sum: the probability, for every sum up to `limit`, that
 * those `weights` whose fair coin shows heads have that sum; built up one weight at a time. To be
 * freed; NULL without memory.
 */
static double *sum_distribution(const uint64_t *weights, size_t n, uint64_t limit)
{
	double *share = calloc(limit + 1, sizeof(*share));

	if (!share)
		return NULL;
	share[0] = 1;
	for (size_t i = 0; i < n; i++) {
		for (uint64_t sum = limit + 1; sum-- > weights[i];)
			share[sum] = (share[sum] + share[sum - weights[i]]) / 2;
		for (uint64_t sum = 0; sum < weights[i] && sum <= limit; sum++)
			share[sum] /= 2;
	}
	return share;
}

static int compare_sizes(const void *a, const void *b)
{
	double x = fabs(*(const double *)a);
	double y = fabs(*(const double *)b);

	return (x > y) - (x < y);
}

/*
 * Sorts `d` by size and puts twice the mean ranks of those that are not 0 into `weights`; how many
 * these are. `*tail`: the sum of the weights of the positive or of the negative ones, the smaller.
 */
static size_t rank_sizes(double *d, size_t n, uint64_t *weights, uint64_t *tail)
{
	uint64_t above = 0;
	uint64_t below = 0;
	size_t m = 0;
	size_t end;

	qsort(d, n, sizeof(*d), compare_sizes);
	for (size_t start = 0; start < n; start = end) {
		for (end = start + 1; end < n && fabs(d[end]) == fabs(d[start]); end++)
			;
		for (size_t i = start; i < end && d[i] != 0; i++) {
			weights[m] = start + 1 + end; /* the ranks are start + 1 to end */
			above += d[i] > 0 ? weights[m] : 0;
			below += d[i] < 0 ? weights[m] : 0;
			m++;
		}
	}
	*tail = above < below ? above : below;
	return m;
}

/* The two-sided p that the location of `d`, which is sorted anew, is 0. `weights`: room for n. */
static int signed_rank_p(double *d, size_t n, uint64_t *weights, double *p)
{
	uint64_t tail;
	size_t m = rank_sizes(d, n, weights, &tail);
	double *share = sum_distribution(weights, m, tail);

	if (!share)
		return -ENOMEM;
	*p = 0;
	for (uint64_t sum = 0; sum <= tail; sum++)
		*p += 2 * share[sum];
	*p = fmin(*p, 1);
	free(share);
	return 0;
}

/*
 * The rank k such that the k-th smallest and the k-th largest Walsh average of `n` values enclose
 * the location with `confidence`; 0 if none does. `weights`: room for n.
 */
static int walsh_rank(size_t n, double confidence, uint64_t *weights, uint64_t *rank)
{
	uint64_t middle = n * (n + 1) / 4;
	double tail = 0;
	double *share;

	for (size_t i = 0; i < n; i++)
		weights[i] = i + 1;
	share = sum_distribution(weights, n, middle);
	if (!share)
		return -ENOMEM;
	for (*rank = 0; *rank < middle; ++*rank) {
		tail += share[*rank];
		if (tail > (1 - confidence) / 2)
			break;
	}
	free(share);
	return 0;
}

/* Estimate and exact interval from the Walsh averages of `d`. `weights`: room for n. */
static int walsh(const double *d, size_t n, double confidence, uint64_t *weights,
		 struct signed_rank *result)
{
	size_t n_averages = n * (n + 1) / 2;
	double *averages = calloc(n_averages, sizeof(*averages));
	uint64_t rank;
	size_t k = 0;
	int rc;

	if (!averages)
		return -ENOMEM;
	rc = walsh_rank(n, confidence, weights, &rank);
	if (rc)
		goto out_free;
	for (size_t i = 0; i < n; i++)
		for (size_t j = i; j < n; j++)
			averages[k++] = (d[i] + d[j]) / 2;
	estimate_sort(averages, n_averages);
	result->estimate = estimate_median(averages, n_averages);
	result->exact = (struct interval){NAN, NAN};
	if (rank)
		result->exact = (struct interval){averages[rank - 1], averages[n_averages - rank]};
out_free:
	free(averages);
	return rc;
}

/* The standard deviation of `n` values; NaN below two. */
static double deviation(const double *values, size_t n)
{
	double mean = 0;
	double squares = 0;

	for (size_t i = 0; i < n; i++)
		mean += values[i] / (double)n;
	for (size_t i = 0; i < n; i++)
		squares += (values[i] - mean) * (values[i] - mean);
	return n < 2 ? NAN : sqrt(squares / (double)(n - 1));
}

int signed_rank(const double *d, size_t n, double confidence, struct signed_rank *result)
{
	uint64_t *weights;
	double *sorted;
	int rc = -ENOMEM;

	for (size_t i = 0; i < n; i++)
		if (!isfinite(d[i]))
			return -EINVAL;
	if (!n)
		return -EINVAL;
	weights = calloc(n, sizeof(*weights));
	sorted = calloc(n, sizeof(*sorted));
	if (!weights || !sorted)
		goto out_free;
	for (size_t i = 0; i < n; i++)
		sorted[i] = d[i];
	estimate_sort(sorted, n);
	result->sd = deviation(sorted, n);
	result->sign = estimate_median_interval(sorted, n, confidence);
	rc = walsh(sorted, n, confidence, weights, result);
	if (!rc)
		rc = signed_rank_p(sorted, n, weights, &result->p);
out_free:
	free(sorted);
	free(weights);
	return rc;
}

static struct interval interval_exp(struct interval interval)
{
	return (struct interval){exp(interval.lo), exp(interval.hi)};
}

int paired_compare(const double *base, const double *arm, size_t n, struct paired *result)
{
	struct signed_rank logs;
	double *d;
	int rc;

	d = calloc(n ? n : 1, sizeof(*d));
	if (!d)
		return -ENOMEM;
	/* The difference of two logarithms, not that of a quotient: swapping the arms must only
	   change the sign, or pairs of equal size would not be seen as ties. */
	for (size_t i = 0; i < n; i++)
		d[i] = base[i] > 0 && arm[i] > 0 ? log(arm[i]) - log(base[i]) : NAN;
	rc = signed_rank(d, n, PAIRED_CONFIDENCE, &logs);
	free(d);
	if (rc)
		return rc;
	result->n = n;
	result->ratio = exp(logs.estimate);
	result->exact = interval_exp(logs.exact);
	result->sign = interval_exp(logs.sign);
	result->p = logs.p;
	result->sd_log = logs.sd;
	return 0;
}

/* The quantile of the standard normal distribution for `p`, by bisection. */
static double normal_quantile(double p)
{
	double lo = -40;
	double hi = 40;

	while (hi - lo > 1e-12) {
		double x = (lo + hi) / 2;

		if (erfc(-x / M_SQRT2) / 2 < p)
			lo = x;
		else
			hi = x;
	}
	return lo;
}

/* z of the formula for paired_detectable(); upper tails by symmetry, where p is exact. */
static double detectable_z(size_t family)
{
	double alpha = (1 - PAIRED_CONFIDENCE) / (double)family;

	return -normal_quantile(alpha / 2) + normal_quantile(PAIRED_POWER);
}

double paired_detectable(double sd_log, size_t n, size_t family)
{
	return exp(detectable_z(family) * sd_log * sqrt(RANKS_COST / (double)n));
}

size_t paired_rounds(double ratio, double margin, double sd_log, size_t family)
{
	double distance = fabs(log(margin / ratio));
	double rounds = ceil(RANKS_COST * pow(detectable_z(family) * sd_log / distance, 2));

	if (!(rounds < PAIRED_ROUNDS_MAX))
		return PAIRED_ROUNDS_MAX;
	return rounds > PAIRED_ROUNDS_MIN ? (size_t)rounds : PAIRED_ROUNDS_MIN;
}

enum claim paired_claim(const struct paired *paired, double margin)
{
	if (paired->exact.hi < margin)
		return CLAIM_MET;
	if (paired->exact.lo > margin)
		return CLAIM_FAILED;
	return CLAIM_UNDECIDED;
}

const char *paired_claim_name(enum claim claim)
{
	static const char *const names[] = {
		[CLAIM_UNDECIDED] = "undecided",
		[CLAIM_MET] = "met",
		[CLAIM_FAILED] = "failed",
	};

	return names[claim];
}

size_t paired_by_chance(size_t n, double alpha)
{
	double log_term = (double)n * log1p(-alpha); /* of P(i of n) */
	double below = exp(log_term);
	size_t i = 0;

	while (i < n && below < PAIRED_BY_CHANCE) {
		log_term += log((double)(n - i) / (double)(i + 1)) + log(alpha) - log1p(-alpha);
		below += exp(log_term);
		i++;
	}
	return i;
}

static int compare_pointed(const void *a, const void *b)
{
	double x = **(const double *const *)a;
	double y = **(const double *const *)b;

	return (x > y) - (x < y);
}

int paired_holm(const double *p, size_t n, double *adjusted)
{
	const double **by_size = calloc(n ? n : 1, sizeof(*by_size));
	double largest = 0;

	if (!by_size)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		by_size[i] = &p[i];
	qsort(by_size, n, sizeof(*by_size), compare_pointed);
	for (size_t i = 0; i < n; i++) {
		largest = fmin(1, fmax(largest, (double)(n - i) * *by_size[i]));
		adjusted[by_size[i] - p] = largest;
	}
	free(by_size);
	return 0;
}
