/* SPDX-License-Identifier: MIT */
/* Exact intervals and tests of Poisson rates, and what is left of them where events cluster. */
#include "bench/analyse/rates.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/analyse/distribution.h"
#include "bench/base/random.h"

#define DRAWS 1999
/* Events: with more the chi-squared distribution is close, and draws are slow. */
#define DRAWN_MOST 2000

static void add_up(const struct events *e, uint64_t *count, double *seconds)
{
	*count = 0;
	*seconds = 0;
	for (size_t i = 0; i < e->n; i++) {
		*count += e->count[i];
		*seconds += e->seconds[i];
	}
}

/* Pearson's statistic of `count` over runs of the seconds of `e`. */
static double pearson(const struct events *e, const uint64_t *count, double per_s)
{
	double sum = 0;

	for (size_t i = 0; i < e->n; i++) {
		double expected = per_s * e->seconds[i], off = (double)count[i] - expected;

		sum += off * off / expected;
	}
	return sum;
}

/* Throws `total` events onto the runs, each with the probability of its share of the time. */
static void draw(const double *until, size_t n, uint64_t total, uint64_t *count, uint64_t *state)
{
	memset(count, 0, n * sizeof(*count));
	while (total--) {
		double at = (double)(random_next(state) >> 11) * 0x1p-53 * until[n - 1];
		size_t lo = 0, hi = n - 1;

		while (lo < hi) {
			size_t mid = (lo + hi) / 2;

			if (at < until[mid])
				hi = mid;
			else
				lo = mid + 1;
		}
		count[lo]++;
	}
}

static int drawn_p(const struct events *e, uint64_t total, double per_s, double *p)
{
	double *until = calloc(e->n, sizeof(*until)), sum = 0;
	uint64_t *count = calloc(e->n, sizeof(*count)), state = total;
	double seen = pearson(e, e->count, per_s) * (1 - 1e-9);
	unsigned as_large = 1;
	int err = until && count ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < e->n; i++)
		until[i] = sum += e->seconds[i];
	for (unsigned i = 0; !err && i < DRAWS; i++) {
		draw(until, e->n, total, count, &state);
		as_large += pearson(e, count, per_s) >= seen;
	}
	*p = as_large / (DRAWS + 1.0);
	free(count);
	free(until);
	return err;
}

int rate_dispersion(const struct events *events, double *p)
{
	uint64_t total;
	double seconds;

	add_up(events, &total, &seconds);
	*p = NAN;
	if (!total || events->n < 2)
		return 0;
	if (total <= DRAWN_MOST)
		return drawn_p(events, total, (double)total / seconds, p);
	*p = gamma_tail((double)(events->n - 1) / 2,
			pearson(events, events->count, (double)total / seconds) / 2);
	return 0;
}

/*
 * The relative variance of a count of clustered events: its own, times how much more the runs
 * spread.
 */
static double variance_of(const struct events *e, const struct rate *r)
{
	double excess = pearson(e, e->count, r->per_s) / (double)(e->n - 1);

	return fmax(1, excess) / (double)r->count;
}

int rate_of(const struct events *events, struct rate *ret)
{
	int err = rate_dispersion(events, &ret->p_one_rate);
	double off;

	add_up(events, &ret->count, &ret->seconds);
	ret->per_s = ret->seconds > 0 ? (double)ret->count / ret->seconds : NAN;
	ret->clustered = ret->p_one_rate < RATES_ALPHA;
	if (ret->clustered) {
		off = exp(student_quantile((1 - RATES_CONFIDENCE) / 2, (double)events->n - 1) *
			  sqrt(variance_of(events, ret)));
		ret->ci = (struct interval){ret->per_s / off, ret->per_s * off};
	} else {
		ret->ci = poisson_interval(ret->count, RATES_CONFIDENCE);
		ret->ci.lo /= ret->seconds;
		ret->ci.hi /= ret->seconds;
	}
	return err;
}

/* The ratio of rates that belongs to the share `q` of the arm in both counts. */
static double ratio_of(double q, const struct rate *base, const struct rate *arm)
{
	return q / (1 - q) * base->seconds / arm->seconds;
}

/* Given the sum of both counts, that of the arm is binomial: Przyborowski and Wilenski (1940). */
static void compare_counts(const struct rate *base, const struct rate *arm, struct rate_change *ret)
{
	uint64_t all = base->count + arm->count;
	double share = arm->seconds / (base->seconds + arm->seconds);
	struct interval q = binomial_interval(arm->count, all, RATES_CONFIDENCE);
	double at_least = binomial_tail(arm->count, all, share);
	double at_most = 1 - binomial_tail(arm->count + 1, all, share);

	ret->p = fmin(1, 2 * fmin(at_least, at_most));
	ret->ci = (struct interval){ratio_of(q.lo, base, arm), ratio_of(q.hi, base, arm)};
}

/* How far apart the rates of two groups of runs are, the first n_base of `order` being the base. */
static double distance(const struct events *e, const size_t *order, size_t n, size_t n_base)
{
	double count[2] = {0, 0}, seconds[2] = {0, 0};

	for (size_t i = 0; i < n; i++) {
		const struct events *from = &e[order[i] >= e[0].n];
		size_t run = order[i] - (order[i] >= e[0].n ? e[0].n : 0);

		count[i >= n_base] += (double)from->count[run];
		seconds[i >= n_base] += from->seconds[run];
	}
	return fabs(count[1] / seconds[1] - count[0] / seconds[0]);
}

/* With the run as the unit: runs are dealt anew to base and arm, and the rates compared again. */
static int compare_runs(const struct events *e, const struct rate rate[2], struct rate_change *ret)
{
	size_t n = e[0].n + e[1].n, as_large = 1;
	size_t *order = calloc(n, sizeof(*order));
	double seen, off;

	if (!order)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		order[i] = i;
	seen = distance(e, order, n, e[0].n) * (1 - 1e-9);
	for (unsigned i = 0; i < DRAWS; i++) {
		random_shuffle(n, i, order, n);
		as_large += distance(e, order, n, e[0].n) >= seen;
	}
	ret->p = (double)as_large / (DRAWS + 1.0);
	ret->ci = (struct interval){NAN, NAN};
	if (rate[0].count && rate[1].count) {
		off = exp(student_quantile((1 - RATES_CONFIDENCE) / 2, (double)n - 2) *
			  sqrt(variance_of(&e[0], &rate[0]) + variance_of(&e[1], &rate[1])));
		ret->ci = (struct interval){ret->ratio / off, ret->ratio * off};
	}
	free(order);
	return 0;
}

int rate_compare(const struct events *base, const struct events *arm, struct rate_change *ret)
{
	const struct events both[] = {*base, *arm};
	struct rate rate[2];
	int err = rate_of(base, &rate[0]);

	if (!err)
		err = rate_of(arm, &rate[1]);
	if (err)
		return err;
	ret->ratio = rate[1].per_s / rate[0].per_s;
	ret->clustered = rate[0].clustered || rate[1].clustered;
	if (ret->clustered && base->n > 1 && arm->n > 1)
		return compare_runs(both, rate, ret);
	compare_counts(&rate[0], &rate[1], ret);
	return 0;
}
