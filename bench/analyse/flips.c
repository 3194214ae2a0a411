/* SPDX-License-Identifier: MIT */
/* Step-down maxima over exchanges of the labels of whole blocks. */
#include "bench/analyse/flips.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bench/analyse/distribution.h"
#include "bench/analyse/estimate.h"
#include "bench/base/random.h"

/* Of two groups: share of the values on each side that are no measure of the width. */
#define OUTER 0.15
/* Statistics closer than this are equal: sums of the same numbers in another order. */
#define EQUAL 1e-4f

#define LANES 8 /* series whose sums stay in registers while all units are added */

/* Working memory of flips_judge(): statistics are sums of weight[unit * width + series]. */
struct work {
	size_t width;	  /* series, and what fills up the last LANES */
	float *up, *down; /* weights for a change above the margin, and for one below */
	float *sum;	  /* of one exchange, per series */
	float *label;	  /* of one exchange, per unit */
	float *seen;	  /* statistic as observed, per series */
	float *largest;	  /* of the whole table, per exchange */
	size_t *order;	  /* series, largest statistic first */
	size_t *exceeded; /* exchanges whose maximum is as large, per place in `order` */
	double *part;	  /* a series without its gaps, twice */
	size_t n_exchanges;
	bool all; /* every exchange there is, and not a sample of them */
};

static void work_free(struct work *w)
{
	free(w->up);
	free(w->down);
	free(w->sum);
	free(w->label);
	free(w->seen);
	free(w->largest);
	free(w->order);
	free(w->exceeded);
	free(w->part);
}

/* n over k, as far as FLIPS matters. */
static size_t choose(size_t n, size_t k)
{
	double ways = 1;

	for (size_t i = 1; i <= k && ways <= FLIPS; i++)
		ways *= (double)(n - k + i) / (double)i;
	return ways > FLIPS ? FLIPS + 1 : (size_t)(ways + 0.5);
}

static int work_begin(struct work *w, const struct flips *f)
{
	size_t cells, ways;

	w->width = (f->n_series + LANES - 1) / LANES * LANES;
	cells = w->width * f->n_units + 1;
	ways = f->n_base	  ? choose(f->n_units, f->n_base)
	       : f->n_units <= 12 ? (size_t)1 << f->n_units
				  : FLIPS + 1;
	w->all = ways <= FLIPS;
	w->n_exchanges = w->all ? ways : FLIPS;
	w->up = calloc(cells, sizeof(*w->up));
	w->down = calloc(cells, sizeof(*w->down));
	w->sum = calloc(w->width + 1, sizeof(*w->sum));
	w->label = calloc(f->n_units + 1, sizeof(*w->label));
	w->seen = calloc(f->n_series + 1, sizeof(*w->seen));
	w->largest = calloc(w->n_exchanges + 1, sizeof(*w->largest));
	w->order = calloc(f->n_series + 1, sizeof(*w->order));
	w->exceeded = calloc(f->n_series + 1, sizeof(*w->exceeded));
	w->part = calloc(2 * f->n_units + 1, sizeof(*w->part));
	return w->up && w->down && w->sum && w->label && w->seen && w->largest && w->order &&
			       w->exceeded && w->part
		       ? 0
		       : -ENOMEM;
}

/* Brings pairs that lie far out to FLIPS_WINSOR times the median size. `sizes`: room for n. */
static void winsorise_pairs(double *x, size_t n, double *sizes)
{
	double most;

	for (size_t i = 0; i < n; i++)
		sizes[i] = fabs(x[i]);
	estimate_sort(sizes, n);
	most = FLIPS_WINSOR * estimate_median(sizes, n);
	for (size_t i = 0; most > 0 && i < n; i++)
		x[i] = fmin(most, fmax(-most, x[i]));
}

/*
 * Likewise values of two groups, which may be two clusters: to a fence half the width of the inner
 * share outside it. Then their mean is taken away. `sorted`: room for n.
 */
static void winsorise_groups(double *x, size_t n, double *sorted)
{
	double lo, hi, fence, mean = 0;

	memcpy(sorted, x, n * sizeof(*x));
	estimate_sort(sorted, n);
	lo = estimate_quantile(sorted, n, OUTER);
	hi = estimate_quantile(sorted, n, 1 - OUTER);
	fence = (hi - lo) / 2;
	for (size_t i = 0; i < n; i++) {
		if (fence > 0)
			x[i] = fmin(hi + fence, fmax(lo - fence, x[i]));
		mean += x[i] / (double)n;
	}
	for (size_t i = 0; i < n; i++)
		x[i] -= mean;
}

/*
 * The weights of one series for a change to one `side` (1, -1): pairs become x / |x|, two groups
 * sqrt(n) times what makes the sum over the arm the correlation with the label.
 */
static void weigh(const struct flips *f, size_t width, size_t series, double side, float *weight,
		  double *part)
{
	const double *value = f->value + series * f->n_units;
	size_t n = 0, n_arm = 0;
	double squares = 0, scale;

	for (size_t u = 0; u < f->n_units; u++) {
		bool arm = u >= f->n_base;

		if (isnan(value[u]))
			continue;
		part[n++] = side * value[u] - (arm ? f->margin : 0);
		n_arm += arm;
	}
	if (f->n_base)
		winsorise_groups(part, n, part + n);
	else
		winsorise_pairs(part, n, part + n);
	for (size_t i = 0; i < n; i++)
		squares += part[i] * part[i];
	if (!(squares > 0) || (f->n_base && n_arm == n))
		return;
	scale = f->n_base ? (double)n / sqrt((double)(n - n_arm) * (double)n_arm * squares)
			  : 1 / sqrt(squares);
	for (size_t u = 0, i = 0; u < f->n_units; u++)
		if (!isnan(value[u]))
			weight[u * width + series] = (float)(scale * part[i++]);
}

/*
 * The next exchange of labels in order, or one at random: 1, -1 of pairs; 1 of the arm, 0 of the
 * base.
 */
static void exchange(const struct flips *f, struct work *w, size_t nth, uint64_t *state)
{
	size_t n = f->n_units, ones = 0, i;

	if (!f->n_base) {
		for (size_t u = 0; u < n; u++)
			w->label[u] = (w->all ? nth >> u : random_next(state) >> 63) & 1 ? -1 : 1;
		return;
	}
	if (!w->all) {
		for (i = n; i > 1; i--) {
			size_t other = random_next(state) % i;
			float last = w->label[i - 1];

			w->label[i - 1] = w->label[other];
			w->label[other] = last;
		}
		return;
	}
	/*
	 * The next in lexical order: the last 0 before a 1 becomes 1, and what follows is sorted.
	 */
	for (i = n - 1; i > 0 && !(w->label[i - 1] < w->label[i]); i--)
		ones += w->label[i] > 0;
	if (!i) { /* it was the last: the first */
		for (size_t u = 0; u < n; u++)
			w->label[u] = u >= f->n_base;
		return;
	}
	w->label[i - 1] = 1; /* the 1 at i is taken from what follows */
	for (size_t u = i; u < n; u++)
		w->label[u] = u >= n - ones;
}

/* Statistics of all series under the labels into w->sum: the larger of the two sides. */
static void add_up(const struct flips *f, struct work *w)
{
	for (size_t first = 0; first < w->width; first += LANES) {
		const float *to_up = w->up + first, *to_down = w->down + first;
		float up[LANES] = {0}, down[LANES] = {0};

		for (size_t u = 0; u < f->n_units; u++) {
			for (size_t i = 0; i < LANES; i++) {
				up[i] += w->label[u] * to_up[i];
				down[i] += w->label[u] * to_down[i];
			}
			to_up += w->width;
			to_down += w->width;
		}
		for (size_t i = 0; i < LANES; i++)
			w->sum[first + i] = up[i] > down[i] ? up[i] : down[i];
	}
}

static int by_size(const void *a, const void *b)
{
	float x = **(const float *const *)a, y = **(const float *const *)b;

	return (x < y) - (x > y);
}

/* The order of the series by what was observed. 0 or -ENOMEM. */
static int sort_seen(const struct flips *f, struct work *w)
{
	const float **by = calloc(f->n_series + 1, sizeof(*by));

	if (!by)
		return -ENOMEM;
	for (size_t i = 0; i < f->n_series; i++)
		by[i] = &w->seen[i];
	qsort(by, f->n_series, sizeof(*by), by_size);
	for (size_t i = 0; i < f->n_series; i++)
		w->order[i] = (size_t)(by[i] - w->seen);
	free(by);
	return 0;
}

static int by_float(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x < y) - (x > y);
}

/* The t of a statistic of `n` units; both are monotone in each other. */
static double t_of(double statistic, const struct flips *f)
{
	double n = (double)f->n_units, left = n - statistic * statistic;

	return left > 1e-6 * n ? statistic * sqrt((n - (f->n_base ? 2 : 1)) / left) : NAN;
}

/*
 * The t that gives p below alpha: so few exchanges may have a maximum as large. The one observed is
 * one of them. Where all are taken so is the last if it is the mirror image, as large on the other
 * side: of pairs, and of two groups of one size. Groups of two sizes have none.
 */
static double first_critical(const struct flips *f, struct work *w)
{
	double most = ceil(f->alpha * (double)w->n_exchanges) - 1; /* exchanges, p below alpha */
	bool mirrored = w->all && (!f->n_base || 2 * f->n_base == f->n_units);
	size_t own = mirrored ? 2 : 1;

	if (most < (double)own || !f->n_series)
		return NAN;
	qsort(w->largest, w->n_exchanges - own, sizeof(*w->largest), by_float);
	return t_of(w->largest[(size_t)most - own] + EQUAL, f);
}

/*
 * Counts, over all exchanges, how often those that are left at each step reach what was observed.
 */
static void count_exchanges(const struct flips *f, struct work *w)
{
	uint64_t state = f->n_units;

	for (size_t e = 1; e < w->n_exchanges; e++) {
		float largest = -INFINITY;

		exchange(f, w, e, &state);
		add_up(f, w);
		for (size_t k = f->n_series; k-- > 0;) {
			size_t i = w->order[k];

			largest = w->sum[i] > largest ? w->sum[i] : largest;
			w->exceeded[k] += largest >= w->seen[i] - EQUAL;
		}
		w->largest[e - 1] = largest;
	}
}

int flips_judge(const struct flips *f, double *p, double *critical)
{
	struct work w = {0};
	double largest = 0;
	int err = work_begin(&w, f);

	for (size_t i = 0; !err && i < f->n_series; i++) {
		weigh(f, w.width, i, 1, w.up, w.part);
		weigh(f, w.width, i, -1, w.down, w.part);
	}
	if (!err) {
		for (size_t u = 0; u < f->n_units; u++)
			w.label[u] = u >= f->n_base; /* as it was */
		add_up(f, &w);
		memcpy(w.seen, w.sum, f->n_series * sizeof(*w.seen));
		err = sort_seen(f, &w);
	}
	if (!err) {
		count_exchanges(f, &w);
		for (size_t k = 0; k < f->n_series; k++) {
			double share = (double)(w.exceeded[k] + 1) / (double)w.n_exchanges;

			largest = fmax(largest, share);
			p[w.order[k]] = largest;
		}
		*critical = first_critical(f, &w);
	}
	work_free(&w);
	return err;
}
