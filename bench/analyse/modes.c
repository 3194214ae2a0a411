/* SPDX-License-Identifier: MIT */
/* A gap between runs, and the share of runs beyond it. */
#include "bench/analyse/modes.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/analyse/distribution.h"
#include "bench/analyse/estimate.h"

#define CONFIDENCE 0.95

double modes_mcnemar(size_t b, size_t c)
{
	return fmin(1, 2 * binomial_tail(b > c ? b : c, b + c, 0.5));
}

/* The logarithm of the hypergeometric probability of `k` of n[0] where `all` of both are. */
static double log_hypergeometric(size_t k, size_t all, const size_t *n)
{
	double a = (double)n[0], b = (double)n[1], x = (double)k, y = (double)(all - k);

	return lgamma(a + 1) - lgamma(x + 1) - lgamma(a - x + 1) + lgamma(b + 1) - lgamma(y + 1) -
	       lgamma(b - y + 1) - lgamma(a + b + 1) + lgamma(x + y + 1) +
	       lgamma(a + b - x - y + 1);
}

double modes_fisher(const size_t *k, const size_t *n)
{
	size_t all = k[0] + k[1], from = all > n[1] ? all - n[1] : 0;
	double seen = log_hypergeometric(k[0], all, n), p = 0;

	for (size_t i = from; i <= all && i <= n[0]; i++) {
		double log_p = log_hypergeometric(i, all, n);

		if (log_p <= seen + 1e-7) /* as likely, or less */
			p += exp(log_p);
	}
	return fmin(1, p);
}

static size_t count_above(const double *values, size_t n, double cut)
{
	size_t above = 0;

	for (size_t i = 0; i < n; i++)
		above += values[i] > cut;
	return above;
}

static size_t lesser(size_t above, size_t n)
{
	return above < n - above ? above : n - above;
}

/*
 * The middle of the widest gap that MODES_GAP and MODES_LEAST allow; NaN without one. A gap that
 * only parts base from arm is a change, not two kinds.
 */
static double find_cut(const double *sorted, const double *base, size_t n_base, const double *arm,
		       size_t n_arm)
{
	size_t n = n_base + n_arm;
	double widest = log(MODES_GAP), cut = NAN;

	for (size_t i = MODES_LEAST; i + MODES_LEAST <= n; i++) {
		double gap = log(sorted[i] / sorted[i - 1]), here;

		if (!(gap >= widest))
			continue;
		here = sqrt(sorted[i] * sorted[i - 1]);
		if (lesser(count_above(base, n_base, here), n_base) +
			    lesser(count_above(arm, n_arm, here), n_arm) <
		    MODES_LEAST)
			continue;
		widest = gap;
		cut = here;
	}
	return cut;
}

/* Runs of `values` on one side of the cut into `mode`, as of the base (0) or the arm (1). */
static void describe(const double *values, size_t n, double cut, bool above, int of,
		     struct mode *mode, double *room)
{
	size_t m = 0;

	for (size_t i = 0; i < n; i++)
		if ((values[i] > cut) == above)
			room[m++] = values[i];
	estimate_sort(room, m);
	mode->n[of] = m;
	mode->median[of] = estimate_median(room, m);
}

/* The factor between the kinds, whichever of base and arm has both. */
static double factor_of(const struct modes *m)
{
	double factor = 0;

	for (int of = 0; of < 2; of++)
		for (int other = 0; other < 2; other++)
			if (m->slow.n[of] && m->fast.n[other])
				factor =
					fmax(factor,
					     fabs(log(m->slow.median[of] / m->fast.median[other])));
	return exp(factor);
}

/*
 * What the shares leave open: the limits of both, at their farthest, times what a slow run costs.
 */
static double bound(const struct modes *m)
{
	struct interval share[2];
	double apart;

	for (int of = 0; of < 2; of++)
		share[of] =
			binomial_interval(m->slow.n[of], m->slow.n[of] + m->fast.n[of], CONFIDENCE);
	apart = fmax(share[1].hi - share[0].lo, share[0].hi - share[1].lo);
	return apart * (factor_of(m) - 1);
}

static double test_share(const double *base, const double *arm, double cut, bool paired, bool grows,
			 const struct modes *m)
{
	const size_t n[] = {m->slow.n[0] + m->fast.n[0], m->slow.n[1] + m->fast.n[1]};
	size_t only[2] = {0, 0};

	if (!paired)
		return modes_fisher(m->slow.n, n);
	for (size_t i = 0; i < n[0]; i++) {
		bool slow = (base[i] > cut) != grows;

		if (slow != ((arm[i] > cut) != grows))
			only[slow]++;
	}
	return modes_mcnemar(only[0], only[1]);
}

int modes_find(const double *base, size_t n_base, const double *arm, size_t n_arm, bool paired,
	       bool grows, struct modes *ret)
{
	double *room = calloc(n_base + n_arm + 1, sizeof(*room)), cut;

	*ret = (struct modes){.found = false};
	if (!room)
		return -ENOMEM;
	memcpy(room, base, n_base * sizeof(*base));
	memcpy(room + n_base, arm, n_arm * sizeof(*arm));
	estimate_sort(room, n_base + n_arm);
	cut = find_cut(room, base, n_base, arm, n_arm);
	if (!isnan(cut)) {
		ret->found = true;
		describe(base, n_base, cut, !grows, 0, &ret->slow, room);
		describe(arm, n_arm, cut, !grows, 1, &ret->slow, room);
		describe(base, n_base, cut, grows, 0, &ret->fast, room);
		describe(arm, n_arm, cut, grows, 1, &ret->fast, room);
		ret->p = test_share(base, arm, cut, paired, grows, ret);
		ret->most = bound(ret);
	}
	free(room);
	return 0;
}
