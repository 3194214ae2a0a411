/* SPDX-License-Identifier: MIT */
/* The set of those that cannot be told from the best. */
#include "bench/analyse/best.h"

#include <math.h>

#include "bench/analyse/distribution.h"

/* Whether `better` has a smaller mean than `worse`, with an error of `alpha` (Welch 1947). */
static bool excludes(const struct contender *better, const struct contender *worse, double sign,
		     double alpha)
{
	double a = better->sd * better->sd / (double)better->n;
	double b = worse->sd * worse->sd / (double)worse->n;
	double distance = sign * (worse->mean - better->mean), df, t;

	if (better->n < 2 || worse->n < 2 || !(distance > 0))
		return false;
	if (!(a + b > 0))
		return true;
	t = distance / sqrt(a + b);
	/* No t has a lighter tail than the normal: most end here. */
	if (erfc(t / M_SQRT2) / 2 >= alpha)
		return false;
	df = (a + b) * (a + b) / (a * a / (double)(better->n - 1) + b * b / (double)(worse->n - 1));
	return student_tail(t, df) < alpha;
}

/* How far the mean may lie to one side of the estimate, with an error of `alpha`. */
static double reach(const struct contender *c, double alpha)
{
	return student_quantile(alpha, (double)c->n - 1) * c->sd / sqrt((double)c->n);
}

/*
 * Half of the error is the set's, a sixth each of three limits. The least lower limit of the set is
 * not above that of the best, nor the largest upper limit below: these need no share for each
 * contender. Since no mean is below the best one, the least of upper limits that hold all at once
 * is one more.
 */
void best_of(const struct contender *all, size_t n, bool grows, bool *in_set, struct best *ret)
{
	double sign = grows ? -1 : 1, error = (1 - BEST_CONFIDENCE) / 2, limit = error / 3;
	double lo = INFINITY, hi = -INFINITY, once = INFINITY;

	ret->n = 0;
	for (size_t i = 0; i < n; i++) {
		const struct contender *c = &all[i];

		in_set[i] = true;
		for (size_t k = 0; in_set[i] && k < n; k++)
			in_set[i] = !excludes(&all[k], c, sign, error / (double)(n - 1 + !(n - 1)));
		ret->n += in_set[i];
		if (c->n < 2)
			continue;
		once = fmin(once, sign * c->mean + reach(c, limit / (double)n));
		if (in_set[i]) {
			lo = fmin(lo, sign * c->mean - reach(c, limit));
			hi = fmax(hi, sign * c->mean + reach(c, limit));
		}
	}
	hi = fmin(hi, once);
	ret->ci = (struct interval){exp(sign * (grows ? hi : lo)), exp(sign * (grows ? lo : hi))};
	if (isinf(lo))
		ret->ci = (struct interval){NAN, NAN};
}
