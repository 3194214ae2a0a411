/* SPDX-License-Identifier: MIT */
/* Each machine against the median and the spread of the others. */
#include "bench/analyse/odd.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "bench/analyse/compare.h"
#include "bench/analyse/distribution.h"
#include "bench/analyse/estimate.h"
#include "bench/analyse/group.h"
#include "bench/analyse/paired.h"

/*
 * Groups are what shows a few per cent; a configuration alone shows what is large at any share of
 * the 5 %.
 */
#define GROUPS_SHARE (2.0 / 3)
/* Machines of a kind up to which the spread is that of the others without this one. */
#define ALONE 33
/* A logarithm: what the last digit of a figure makes, and no division by 0. */
#define LEAST_SPREAD 1e-6
#define TRIMMED 8	 /* one in so many is no measure of the spread */
#define LEAST_SIZE 0.01	 /* a logarithm: what varies by less counts no more for it */
#define TAIL_SHARE 0.002 /* of all values: so far out their tails are looked at */
/* The share of their degrees of freedom that counts: they are few, and p is farther out. */
#define CAUTION 0.8
#define TAIL_LEAST 16 /* values, or farther in */
#define STEPS 50      /* of a mean that comes nearer with each */

double odd_spread(const double *sorted, size_t n)
{
	size_t out = n / TRIMMED, in = n - out;
	double sum = 0, squares = 0, least = INFINITY;

	if (n < 2)
		return NAN;
	for (size_t first = 0; first <= out; first++) {
		/* Around the middle, so that the difference below is of numbers of its own size. */
		for (size_t i = first ? first + in - 1 : 0; i < first + in; i++) {
			double in_value = sorted[i] - sorted[n / 2];
			double out_value = first ? sorted[first - 1] - sorted[n / 2] : 0;

			sum += in_value - out_value;
			squares += in_value * in_value - out_value * out_value;
		}
		least = fmin(least, squares - sum * sum / (double)in);
	}
	return sqrt(fmax(0, least) / (double)(in - 1));
}

/*
 * How a difference in spreads is distributed when all are normal: as Student's t with `df` degrees
 * of freedom, `factor` times as wide. From half a million draws for each n (scripts/check/odd): it
 * holds p to a tenth from 0.05 to 0.0001.
 */
struct fit {
	double factor, df;
};

static struct fit fit_normal(size_t n)
{
	static const struct fit few[] = {
		[3] = {1.150, 1.99},   [4] = {1.128, 3.03},   [5] = {1.123, 4.10},
		[6] = {1.095, 5.09},   [7] = {1.108, 6.46},   [8] = {1.401, 5.70},
		[9] = {1.358, 6.63},   [10] = {1.329, 7.81},  [11] = {1.297, 8.58},
		[12] = {1.259, 9.58},  [13] = {1.240, 10.07}, [14] = {1.232, 11.86},
		[15] = {1.229, 12.79}, [16] = {1.360, 11.88}, [17] = {1.336, 12.48},
		[18] = {1.345, 15.37}, [19] = {1.314, 15.70}, [20] = {1.299, 16.44},
		[21] = {1.282, 16.86}, [22] = {1.280, 19.50}, [23] = {1.244, 16.52},
	};
	size_t in = n - n / TRIMMED;
	double share = (double)in / (double)n, z = 1.4, density = 0;

	if (n < sizeof(few) / sizeof(few[0]))
		return few[n];
	/*
	 * Within z lies the inner `share` of a normal distribution; its variance is that of these.
	 */
	for (int i = 0; i < 4; i++) {
		density = exp(-z * z / 2) / sqrt(2 * M_PI);
		z -= (erf(z / M_SQRT2) - share) / (2 * density);
	}
	return (struct fit){(1 + 0.3 / (double)n) / sqrt(1 - 2 * z * density / share),
			    0.74 * (double)n};
}

/* With no more than `most` degrees of freedom. */
static struct fit fit_of(size_t n, double most)
{
	struct fit f = fit_normal(n);

	f.df = fmin(f.df, most);
	return f;
}

double odd_tail(double t, size_t n, double most)
{
	struct fit f = fit_of(n, most);

	return fmin(1, 2 * student_tail(fabs(t) / f.factor, f.df));
}

double odd_critical(double p, size_t n, double most)
{
	struct fit f = fit_of(n, most);

	return f.factor * student_quantile(p / 2, f.df);
}

double odd_shift(double t, size_t n, double most)
{
	struct fit f = fit_of(n, most);

	return f.factor * student_shift(t / f.factor, f.df, PAIRED_POWER);
}

/* Values of the machines of one kind, sorted, with whose they are. */
struct ranked {
	double value;
	size_t machine;
};

static int by_value(const void *a, const void *b)
{
	double x = ((const struct ranked *)a)->value, y = ((const struct ranked *)b)->value;

	return (x > y) - (x < y);
}

/* Working memory: for all machines. */
struct work {
	struct ranked *ranked;
	double *sorted, *others;
	double *level;		  /* of each kind and series */
	double *part, *part_size; /* of a machine in a group: for all series */
	double *means;		  /* of each machine in a group */
	size_t n_kinds;
};

static void work_free(struct work *w)
{
	free(w->ranked);
	free(w->sorted);
	free(w->others);
	free(w->level);
	free(w->part);
	free(w->part_size);
	free(w->means);
}

static int work_begin(struct work *w, const struct odd_table *t)
{
	for (size_t m = 0; m < t->n_machines; m++)
		if (t->kind[m] >= w->n_kinds)
			w->n_kinds = t->kind[m] + 1;
	w->ranked = calloc(t->n_machines + 1, sizeof(*w->ranked));
	w->sorted = calloc(t->n_machines + 1, sizeof(*w->sorted));
	w->others = calloc(t->n_machines + 1, sizeof(*w->others));
	w->level = calloc(w->n_kinds * t->n_series + 1, sizeof(*w->level));
	w->part = calloc(t->n_series + 1, sizeof(*w->part));
	w->part_size = calloc(t->n_series + 1, sizeof(*w->part_size));
	w->means = calloc(t->n_machines + 1, sizeof(*w->means));
	return w->ranked && w->sorted && w->others && w->level && w->part && w->part_size &&
			       w->means
		       ? 0
		       : -ENOMEM;
}

/* The machines of `kind` that have a value, sorted; how many. */
static size_t rank(const struct odd_table *t, const struct work *w, const double *value,
		   size_t kind)
{
	size_t n = 0;

	for (size_t m = 0; m < t->n_machines; m++)
		if (t->kind[m] == kind && !isnan(value[m]))
			w->ranked[n++] = (struct ranked){value[m], m};
	if (n)
		qsort(w->ranked, n, sizeof(*w->ranked), by_value);
	for (size_t i = 0; i < n; i++)
		w->sorted[i] = w->ranked[i].value;
	return n;
}

/* Value `i` of those without `nth`. */
static double without(const double *sorted, size_t nth, size_t i)
{
	return sorted[i < nth ? i : i + 1];
}

/* What is known of a machine before the family is judged: difference, p, and in `hi` the spread. */
static void measure(const struct work *w, size_t n, size_t nth, double spread, struct odd *ret)
{
	size_t others = n - 1;

	ret->n = others;
	ret->difference = w->sorted[nth] - (without(w->sorted, nth, (others - 1) / 2) +
					    without(w->sorted, nth, others / 2)) /
						   2;
	if (n < ODD_LEAST)
		return;
	if (n <= ALONE) {
		for (size_t i = 0; i < others; i++)
			w->others[i] = without(w->sorted, nth, i);
		spread = odd_spread(w->others, others);
	}
	ret->hi = fmax(spread, LEAST_SPREAD);
	ret->p = odd_tail(ret->difference / ret->hi, others, INFINITY);
}

/* Every machine in one row of values. */
static void measure_row(const struct odd_table *t, const struct work *w, const double *value,
			struct odd *ret)
{
	for (size_t m = 0; m < t->n_machines; m++)
		ret[m] = (struct odd){0, NAN, NAN, NAN, NAN, NAN, NAN, ODD_UNTOLD};
	for (size_t kind = 0; kind < w->n_kinds; kind++) {
		size_t n = rank(t, w, value, kind);
		double spread = odd_spread(w->sorted, n);

		for (size_t i = 0; n > 1 && i < n; i++)
			measure(w, n, i, spread, &ret[w->ranked[i].machine]);
	}
}

/* The level of each series among the machines of each kind. */
static void find_levels(const struct odd_table *t, const struct work *w)
{
	for (size_t kind = 0; kind < w->n_kinds; kind++)
		for (size_t s = 0; s < t->n_series; s++) {
			size_t n = rank(t, w, t->value + s * t->n_machines, kind);

			w->level[kind * t->n_series + s] = estimate_median(w->sorted, n);
		}
}

/*
 * The mean of `part`, the deviations of a machine in the series of a group, those far out brought
 * in: not around 0 but around the mean itself (Huber's), or a machine that is odd in all of them
 * would be too.
 */
static double mean_of_part(const struct work *w, size_t n)
{
	double mean = 0, step = INFINITY;

	for (int i = 0; i < STEPS && fabs(step) > 1e-9; i++) {
		double sum = 0, weights = 0;

		for (size_t k = 0; k < n; k++) {
			double size = w->part_size[k], most = GROUP_OUTER * size;

			sum += fmin(most, fmax(-most, w->part[k] - mean)) / (size * size);
			weights += 1 / (size * size);
		}
		step = sum / weights;
		mean += step;
	}
	return mean;
}

/*
 * What a machine says of a group; NaN where it has fewer than half of its series, or the group too
 * few. Weights are by the spread of the others: were its own value in it, it would count least
 * where it is odd.
 */
static double mean_of(const struct odd_table *t, const struct work *w, const struct odd *of_series,
		      size_t group, size_t machine)
{
	const double *level = w->level + t->kind[machine] * t->n_series;
	size_t n = 0, all = 0;

	for (size_t s = 0; s < t->n_series; s++) {
		const struct odd *o = &of_series[s * t->n_machines + machine];

		if (t->group[s] != group)
			continue;
		all++;
		if (isnan(o->p))
			continue;
		w->part[n] = t->value[s * t->n_machines + machine] - level[s];
		w->part_size[n++] = hypot(o->hi, LEAST_SIZE);
	}
	return n < GROUP_LEAST || 2 * n < all ? NAN : mean_of_part(w, n);
}

/*
 * How long the tails of single configurations are here: degrees of freedom with which as many are
 * so far out as were seen. Hypervisors and two kinds of runs make them long, and a p of 0.00001 is
 * only as good as its tail. Where they are no longer than a normal distribution's: INFINITY. Odd
 * machines make them longer, never shorter. -ENOMEM.
 */
static int find_tails(const struct odd *all, size_t n, double *most)
{
	double *t = calloc(n + 1, sizeof(*t)), lo = 1, hi = 0, share, seen;
	size_t k = 0;

	if (!t)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (!isnan(all[i].p)) {
			struct fit f = fit_normal(all[i].n);

			t[k++] = fabs(all[i].difference) / all[i].hi / f.factor;
			hi = fmax(hi, f.df);
		}
	*most = INFINITY;
	share = fmax(TAIL_SHARE, k ? TAIL_LEAST / (double)k : 1);
	if (share < 0.5) {
		estimate_sort(t, k);
		seen = estimate_quantile(t, k, 1 - share);
		for (int i = 0; i < STEPS && 2 * student_tail(seen, hi) < share; i++) {
			*most = (lo + hi) / 2;
			if (2 * student_tail(seen, *most) < share)
				hi = *most;
			else
				lo = *most;
		}
	}
	*most *= CAUTION;
	free(t);
	return 0;
}

/* Adjusts the p of `n` results as one family that has `share` of the error. 0 or -ENOMEM. */
static int adjust(struct odd *all, size_t n, double share)
{
	double *p = calloc(2 * n + 1, sizeof(*p)), *adjusted = p + n;
	size_t k = 0;
	int err = p ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < n; i++)
		if (!isnan(all[i].p))
			p[k++] = all[i].p;
	if (!err && k)
		err = paired_holm(p, k, adjusted);
	k = 0;
	for (size_t i = 0; !err && i < n; i++)
		if (!isnan(all[i].p))
			all[i].p_adjusted = fmin(1, adjusted[k++] / share);
	free(p);
	return err;
}

static enum odd_verdict verdict_of(const struct odd *o, double effect)
{
	if (isnan(o->p))
		return ODD_UNTOLD;
	if (o->p_adjusted < COMPARE_ALPHA && fabs(o->difference) >= effect)
		return o->difference > 0 ? ODD_SLOWER : ODD_FASTER;
	return o->lo > -effect && o->hi < effect ? ODD_ALIKE : ODD_UNTOLD;
}

/* In spreads, of `n` others: half the interval, and what would be found. */
struct reach {
	double half, shift;
};

/* Interval, what would be found, verdict: `hi` has the spread until here. 0 or -ENOMEM. */
static int judge(struct odd *all, size_t n, size_t n_machines, double share, double most,
		 double effect)
{
	struct reach *of =
		calloc(n_machines + 1, sizeof(*of)); /* by the number of others: it takes long */
	double alpha = 0;
	size_t family = 0;

	if (!of)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		family += !isnan(all[i].p);
	if (family)
		alpha = COMPARE_ALPHA * share / (double)family;
	for (size_t i = 0; i < n; i++) {
		struct odd *o = &all[i];
		struct reach *r = &of[o->n];
		double spread = o->hi;

		if (!isnan(o->p)) {
			if (!(r->half > 0))
				*r = (struct reach){
					odd_critical(1 - PAIRED_CONFIDENCE, o->n, most),
					odd_shift(odd_critical(alpha, o->n, most), o->n, most)};
			o->detectable = fmax(effect, spread * r->shift);
			o->lo = o->difference - spread * r->half;
			o->hi = o->difference + spread * r->half;
		}
		o->verdict = verdict_of(o, effect);
	}
	free(of);
	return 0;
}

int odd_judge(const struct odd_table *t, struct odd *of_groups, struct odd *of_series)
{
	size_t n = t->n_machines;
	struct work w = {0};
	int err = work_begin(&w, t);
	bool groups = false;
	double share, tails = INFINITY;

	if (!err)
		find_levels(t, &w);
	for (size_t s = 0; !err && s < t->n_series; s++)
		measure_row(t, &w, t->value + s * n, of_series + s * n);
	for (size_t g = 0; !err && g < t->n_groups; g++) {
		for (size_t m = 0; m < n; m++)
			w.means[m] = mean_of(t, &w, of_series, g, m);
		measure_row(t, &w, w.means, of_groups + g * n);
		for (size_t m = 0; m < n; m++)
			groups |= !isnan(of_groups[g * n + m].p);
	}
	if (!err)
		err = find_tails(of_series, t->n_series * n, &tails);
	for (size_t i = 0; !err && i < t->n_series * n; i++)
		if (!isnan(of_series[i].p))
			of_series[i].p = odd_tail(of_series[i].difference / of_series[i].hi,
						  of_series[i].n, tails);
	share = groups ? GROUPS_SHARE : 0;
	if (!err && groups)
		err = adjust(of_groups, t->n_groups * n, share);
	if (!err)
		err = adjust(of_series, t->n_series * n, 1 - share);
	if (!err)
		err = judge(of_groups, t->n_groups * n, n, share, INFINITY, log1p(t->effect));
	if (!err)
		err = judge(of_series, t->n_series * n, n, 1 - share, tails, log1p(t->effect));
	work_free(&w);
	return err;
}

const char *odd_verdict_name(enum odd_verdict verdict)
{
	static const char *const names[ODD_VERDICTS] = {
		[ODD_UNTOLD] = "cannot be told",
		[ODD_ALIKE] = "alike",
		[ODD_SLOWER] = "slower",
		[ODD_FASTER] = "faster",
	};

	return names[verdict];
}
