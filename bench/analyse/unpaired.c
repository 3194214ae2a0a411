/* SPDX-License-Identifier: MIT */
/* Unpaired comparison: exact rank-sum methods. */
#include "bench/analyse/unpaired.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/*
 * The null distribution of the sum of `n` weights drawn from `weights` without putting back: the
 * probability of every sum up to that of all `n_all`. To be freed; NULL without memory.
 */
static double *sum_distribution(const uint64_t *weights, size_t n_all, size_t n, uint64_t *most)
{
	double *share, *of_n;

	*most = 0;
	for (size_t i = 0; i < n_all; i++)
		*most += weights[i];
	share = calloc((n + 1) * (*most + 1), sizeof(*share));
	if (!share)
		return NULL;
	share[0] = 1;
	for (size_t i = 0; i < n_all; i++)
		for (size_t k = (i < n ? i : n) + 1; k-- > 0;) {
			double *here = share + k * (*most + 1), *next = here + *most + 1;
			/* of n_all - i that are left n - k are drawn */
			double drawn = (double)(n - k) / (double)(n_all - i);

			for (uint64_t sum = 0; sum + weights[i] <= *most && drawn > 0; sum++)
				next[sum + weights[i]] += here[sum] * drawn;
			for (uint64_t sum = 0; sum <= *most; sum++)
				here[sum] *= drawn < 1 ? 1 - drawn : 0;
		}
	of_n = share + n * (*most + 1);
	memmove(share, of_n, (*most + 1) * sizeof(*share));
	return share;
}

/* Twice the rank of `value` among both groups; equal ones share the mean of theirs. */
static uint64_t rank_of(double value, const double *all, size_t n_all)
{
	uint64_t below = 0, equal = 0;

	for (size_t i = 0; i < n_all; i++) {
		below += all[i] < value;
		equal += all[i] == value;
	}
	return 2 * below + equal + 1;
}

/* The two-sided p of the rank sum of the last `n_arm` of `all`. `weights`: room for all. */
static int rank_sum_p(const double *all, size_t n_all, size_t n_arm, uint64_t *weights, double *p)
{
	double at_most = 0, at_least = 0, *share;
	uint64_t seen = 0, most;

	for (size_t i = 0; i < n_all; i++)
		weights[i] = rank_of(all[i], all, n_all);
	for (size_t i = n_all - n_arm; i < n_all; i++)
		seen += weights[i];
	share = sum_distribution(weights, n_all, n_arm, &most);
	if (!share)
		return -ENOMEM;
	for (uint64_t sum = 0; sum <= most; sum++) {
		at_most += sum <= seen ? share[sum] : 0;
		at_least += sum >= seen ? share[sum] : 0;
	}
	*p = fmin(1, 2 * fmin(at_most, at_least));
	free(share);
	return 0;
}

/*
 * The rank k such that the k-th smallest and the k-th largest difference enclose the shift with
 * PAIRED_CONFIDENCE; 0 if none does. `weights`: room for all.
 */
static int difference_rank(size_t n_all, size_t n_arm, uint64_t *weights, uint64_t *rank)
{
	uint64_t least = (uint64_t)n_arm * (n_arm + 1) / 2, most;
	double tail = 0, *share;

	for (size_t i = 0; i < n_all; i++)
		weights[i] = i + 1;
	share = sum_distribution(weights, n_all, n_arm, &most);
	if (!share)
		return -ENOMEM;
	for (*rank = 0; *rank < n_arm * (n_all - n_arm); ++*rank) {
		tail += share[least + *rank];
		if (tail > (1 - PAIRED_CONFIDENCE) / 2)
			break;
	}
	free(share);
	return 0;
}

/* Sum of the squared distances of `n` values from their mean. */
static double squares(const double *values, size_t n)
{
	double mean = 0, sum = 0;

	for (size_t i = 0; i < n; i++)
		mean += values[i] / (double)n;
	for (size_t i = 0; i < n; i++)
		sum += (values[i] - mean) * (values[i] - mean);
	return sum;
}

/* Estimate and interval from all differences of the logarithms `arm` and `base`. */
static int shift(const double *base, size_t n_base, const double *arm, size_t n_arm, uint64_t rank,
		 struct paired *result)
{
	size_t n = n_base * n_arm, k = 0;
	double *differences = calloc(n, sizeof(*differences));

	if (!differences)
		return -ENOMEM;
	for (size_t i = 0; i < n_base; i++)
		for (size_t j = 0; j < n_arm; j++)
			differences[k++] = arm[j] - base[i];
	estimate_sort(differences, n);
	result->ratio = exp(estimate_median(differences, n));
	result->exact = (struct interval){NAN, NAN};
	if (rank)
		result->exact =
			(struct interval){exp(differences[rank - 1]), exp(differences[n - rank])};
	free(differences);
	return 0;
}

int unpaired_compare(const double *base, size_t n_base, const double *arm, size_t n_arm,
		     struct paired *result)
{
	size_t n = n_base + n_arm;
	double *logs;
	uint64_t *weights, rank;
	int err = 0;

	if (!n_base || !n_arm)
		return -EINVAL;
	logs = calloc(n, sizeof(*logs));
	weights = calloc(n, sizeof(*weights));
	if (!logs || !weights)
		err = -ENOMEM;
	for (size_t i = 0; !err && i < n; i++) {
		double value = i < n_base ? base[i] : arm[i - n_base];

		logs[i] = value > 0 ? log(value) : NAN;
		if (!isfinite(logs[i]))
			err = -EINVAL;
	}
	if (!err)
		err = rank_sum_p(logs, n, n_arm, weights, &result->p);
	if (!err)
		err = difference_rank(n, n_arm, weights, &rank);
	if (!err)
		err = shift(logs, n_base, logs + n_base, n_arm, rank, result);
	if (!err) {
		result->n = n_arm;
		result->sign = (struct interval){NAN, NAN};
		result->sd_log =
			n < 3 ? NAN
			      : sqrt((squares(logs, n_base) + squares(logs + n_base, n_arm)) /
				     (double)(n - 2));
	}
	free(weights);
	free(logs);
	return err;
}
