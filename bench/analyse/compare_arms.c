/* SPDX-License-Identifier: MIT */
/* Pairs invocations by block, or gathers them by boot, and judges the ratios. */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bench/analyse/comparison.h"
#include "bench/analyse/gate.h"
#include "bench/analyse/unpaired.h"
#include "bench/base/grow.h"

static int by_place(const void *a, const void *b)
{
	const struct observed *x = a, *y = b;

	if (x->cell != y->cell)
		return x->cell < y->cell ? -1 : 1;
	if (x->arm != y->arm)
		return x->arm < y->arm ? -1 : 1;
	if (x->block != y->block)
		return x->block < y->block ? -1 : 1;
	return x->nth < y->nth ? -1 : x->nth > y->nth;
}

/* First of the sorted invocations of `cell` and `arm`; *n is their number. */
static const struct observed *of(const struct comparison *c, size_t cell, size_t arm, size_t *n)
{
	size_t lo = 0, hi = c->n_all, first;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		const struct observed *o = &c->all[mid];

		if (o->cell < cell || (o->cell == cell && o->arm < arm))
			lo = mid + 1;
		else
			hi = mid;
	}
	first = lo;
	while (lo < c->n_all && c->all[lo].cell == cell && c->all[lo].arm == arm)
		lo++;
	*n = lo - first;
	return &c->all[first];
}

enum column comparison_column(const struct result *r)
{
	size_t n;
	const struct metric *m = &summary_metrics(&n)[r->metric];

	return r->p99 ? m->p99 : m->column;
}

static double value_of(const struct observed *o, const struct result *r)
{
	return r->p99 ? o->p99[r->nth] : o->value[r->nth];
}

/* Whether `o` tells of `r` at all: a row without enough times for a 99th percentile does not. */
static bool has_value(const struct observed *o, const struct result *r)
{
	return !isnan(value_of(o, r));
}

/*
 * Whether some invocation has the median but not the 99th percentile of `r`: it had too few times,
 * because it was slow. A comparison of the others would leave out what it looks for.
 */
static bool lost_tails(const struct comparison *c, const struct result *r)
{
	const size_t arms[] = {0, r->arm};
	size_t n;

	for (size_t k = 0; r->p99 && k < 2; k++) {
		const struct observed *o = of(c, r->cell, arms[k], &n);

		for (size_t i = 0; i < n; i++)
			if (o[i].value[r->nth] > 0 && !has_value(&o[i], r))
				return true;
	}
	return false;
}

/* Where in the sorted blocks `block` is. */
static size_t block_index(const struct comparison *c, uint64_t block)
{
	size_t lo = 0, hi = c->n_blocks;

	while (lo + 1 < hi) {
		size_t mid = (lo + hi) / 2;

		if (c->blocks[mid] <= block)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

/*
 * Notes `value` as what the unit of `block` gave, in the base (`side` 0) or the arm (1, and pairs).
 */
static void keep(const struct comparison *c, struct result *r, int side, uint64_t block,
		 double value)
{
	r->series[c->units[r->arm].of[side][block_index(c, block)]] = value;
}

/* Values of both arms of those blocks that have both, into `base` and `new`; how many. */
static size_t pair_up(const struct comparison *c, struct result *r, double *base, double *new)
{
	size_t n_base, n_new, n = 0, used = 0;
	const struct observed *b = of(c, r->cell, 0, &n_base);
	const struct observed *a = of(c, r->cell, r->arm, &n_new);

	for (size_t i = 0, k = 0; i < n_base && k < n_new;) {
		if (b[i].block != a[k].block) {
			if (b[i].block < a[k].block)
				i++;
			else
				k++;
			continue;
		}
		while (i + 1 < n_base && b[i + 1].block == b[i].block)
			i++;
		while (k + 1 < n_new && a[k + 1].block == a[k].block)
			k++;
		if (value_of(&b[i], r) > 0 && value_of(&a[k], r) > 0) {
			base[n] = value_of(&b[i], r);
			new[n++] = value_of(&a[k], r);
			keep(c, r, 1, b[i].block, log(new[n - 1]) - log(base[n - 1]));
			used += 2;
		} else if (has_value(&b[i], r) && has_value(&a[k], r)) {
			r->zeros |= value_of(&b[i], r) > 0 || value_of(&a[k], r) > 0;
		}
		i++;
		k++;
	}
	r->unpaired = n_base + n_new - used;
	return n;
}

/*
 * The value of each block or boot of `arm` into `values`: the median of what its invocations found;
 * how many.
 */
static size_t gather(const struct comparison *c, struct result *r, size_t arm, double *values)
{
	size_t n_all, n = 0, m;
	const struct observed *o = of(c, r->cell, arm, &n_all);

	for (size_t i = 0; i < n_all;) {
		uint64_t boot = o[i].block;

		for (m = 0; i < n_all && o[i].block == boot; i++) {
			if (value_of(&o[i], r) > 0)
				values[n + m++] = value_of(&o[i], r);
			r->zeros |= !isnan(value_of(&o[i], r)) && !(value_of(&o[i], r) > 0);
		}
		if (!m)
			continue;
		estimate_sort(values + n, m);
		values[n] = estimate_median(values + n, m);
		keep(c, r, arm != 0, boot, log(values[n]));
		n++;
	}
	return n;
}

/*
 * The step in which the clock gives a single time, a percentile of such times, or with several
 * operations between two stamps their mean. 0 of what is no time of that kind.
 */
static double step_ns(const struct observed *o, enum column column)
{
	const char *name = schema_column(column)->name;
	double share = column == COL_op_p50_ns && o->batch_ops > 1 ? 1 / o->batch_ops : 1;

	if (isnan(o->tick_ns) || (!strstr(name, "_p50_") && !strstr(name, "_p99_")))
		return 0;
	return share * o->tick_ns;
}

/*
 * Of the invocations of both arms: whether many were noisy, any drifted, the clock was too coarse.
 */
static void note_flags(const struct comparison *c, struct result *r)
{
	const size_t arms[] = {0, r->arm};
	size_t n, all = 0, noisy = 0;

	for (size_t k = 0; k < 2; k++) {
		const struct observed *o = of(c, r->cell, arms[k], &n);

		all += n;
		for (size_t i = 0; i < n; i++) {
			noisy += o[i].noisy;
			r->drifted |= o[i].drifted;
			r->coarse |= step_ns(&o[i], comparison_column(r)) > c->effect * r->base;
		}
	}
	r->noisy = all && (double)noisy >= GATE_CELL * (double)all;
}

/*
 * Fills in `r` by the design, without a ratio where 0 is all there is. 1; 0 when the arms have
 * nothing in common; -ENOMEM.
 */
static int compare_arms(const struct comparison *c, struct result *r, double *base, double *new)
{
	size_t n_base, n_new;
	int err;

	if (lost_tails(c, r))
		return 0;
	if (c->design != COMPARE_BLOCKS) {
		n_base = gather(c, r, 0, base);
		n_new = gather(c, r, r->arm, new);
		r->n_base = n_base;
	} else {
		n_base = n_new = pair_up(c, r, base, new);
	}
	if (!n_base || !n_new) {
		r->base = r->new = NAN;
		r->paired = (struct paired){0, NAN, {NAN, NAN}, {NAN, NAN}, 1, NAN};
		return r->zeros;
	}
	if (c->design != COMPARE_BLOCKS) {
		r->unpaired = c->units[r->arm].n - n_base - n_new;
		err = unpaired_compare(base, n_base, new, n_new, &r->paired);
	} else {
		err = paired_compare(base, new, n_base, &r->paired);
	}
	if (!err && !r->p99)
		err = modes_find(base, n_base, new, n_new, c->design == COMPARE_BLOCKS,
				 summary_grows(comparison_column(r)), &r->modes);
	if (err)
		return -ENOMEM;
	estimate_sort(base, n_base);
	estimate_sort(new, n_new);
	r->base = estimate_median(base, n_base);
	r->new = estimate_median(new, n_new);
	note_flags(c, r);
	return 1;
}

/*
 * Share of the waits of `cell` that slept in `arm`: the median; NaN: unknown. `values` has room for
 * all.
 */
static double slept_share(const struct comparison *c, size_t cell, size_t arm, double *values)
{
	size_t n, known = 0;
	const struct observed *o = of(c, cell, arm, &n);

	for (size_t i = 0; i < n; i++)
		if (!isnan(o[i].slept_share))
			values[known++] = o[i].slept_share;
	estimate_sort(values, known);
	return estimate_median(values, known);
}

/*
 * Whether `m` is a figure of which less or more is better. Messages per second are throughput over
 * the size of a message, the same once more; how often a lock changes its owner and a read is done
 * again tell why something is slow.
 */
static bool is_judged(const struct metric *m)
{
	return m->column != COL_messages_per_s && m->column != COL_owner_change_share &&
	       m->column != COL_retry_share;
}

/* `r` with room for its series, all of it empty, at the end of the results; NULL without memory. */
static struct result *add_result(struct comparison *c, struct result r)
{
	size_t n = c->units[r.arm].n;

	if (array_grow(&c->results, c->n_results, &c->results_room, sizeof(*c->results)))
		return NULL;
	r.series = calloc(n + 1, sizeof(*r.series));
	for (size_t i = 0; r.series && i < n; i++)
		r.series[i] = NAN;
	if (!r.series)
		return NULL;
	c->results[c->n_results] = r;
	return &c->results[c->n_results++];
}

/* A result for each metric of the cell that both arms have in some block or boot. */
static int add_results(struct comparison *c, size_t cell, size_t arm, double *base, double *new)
{
	size_t n_metrics, of_cell[SUMMARY_METRICS_MAX];
	const struct metric *metrics = summary_metrics(&n_metrics);
	double slept = slept_share(c, cell, arm, new);
	bool have[2] = {false, false};

	n_metrics = summary_metrics_of(&c->cells[cell], of_cell);
	for (size_t m = 0; m < 2 * n_metrics; m++) {
		const struct metric *metric = &metrics[of_cell[m / 2]];
		struct result *r;
		int found;

		if ((m % 2 && metric->p99 == COL_COUNT) || !is_judged(metric))
			continue;
		r = add_result(c, (struct result){.cell = cell,
						  .arm = arm,
						  .metric = of_cell[m / 2],
						  .nth = m / 2,
						  .p99 = m % 2,
						  .slept_share = slept,
						  .group = SIZE_MAX});
		if (!r)
			return -ENOMEM;
		found = compare_arms(c, r, base, new);
		if (found < 0)
			return found;
		if (!found) {
			free(r->series);
			c->n_results--;
			continue;
		}
		r->first = !have[r->p99];
		have[r->p99] = true;
	}
	return 0;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The blocks (boots) there are, once each. 0 or -ENOMEM. */
static int find_blocks(struct comparison *c)
{
	free(c->blocks);
	c->n_blocks = 0;
	c->blocks = calloc(c->n_all + 1, sizeof(*c->blocks));
	if (!c->blocks)
		return -ENOMEM;
	for (size_t i = 0; i < c->n_all; i++)
		c->blocks[i] = c->all[i].block;
	qsort(c->blocks, c->n_all, sizeof(*c->blocks), by_number);
	for (size_t i = 0; i < c->n_all; i++)
		if (!i || c->blocks[i] != c->blocks[c->n_blocks - 1])
			c->blocks[c->n_blocks++] = c->blocks[i];
	return 0;
}

/* Numbers the units that `arm` and the base have. 0 or -ENOMEM. */
static int find_units(const struct comparison *c, size_t arm)
{
	struct units *u = &c->units[arm];

	*u = (struct units){.n = 0};
	for (int side = 0; side < 2; side++) {
		u->of[side] = calloc(c->n_blocks + 1, sizeof(*u->of[side]));
		if (!u->of[side])
			return -ENOMEM;
	}
	for (size_t i = 0; i < c->n_all; i++)
		if (c->all[i].arm == 0 || c->all[i].arm == arm)
			u->of[c->all[i].arm != 0][block_index(c, c->all[i].block)] = 1;
	for (int side = c->design == COMPARE_BLOCKS; side < 2; side++) {
		u->n_base = u->n;
		for (size_t i = 0; i < c->n_blocks; i++) {
			bool has = u->of[side][i] && (c->design != COMPARE_BLOCKS || u->of[0][i]);

			u->of[side][i] = has ? u->n++ : SIZE_MAX;
		}
	}
	return 0;
}

void comparison_forget(struct comparison *c)
{
	for (size_t i = 0; i < c->n_results; i++)
		free(c->results[i].series);
	for (size_t arm = 0; c->units && arm < c->n_arms; arm++) {
		free(c->units[arm].of[0]);
		free(c->units[arm].of[1]);
	}
	free(c->units);
	c->units = NULL;
	c->n_results = c->n_groups = 0;
}

int comparison_judge(struct comparison *c, double effect)
{
	double *base = calloc(c->n_all + 1, sizeof(*base));
	double *new = calloc(c->n_all + 1, sizeof(*new));
	int err = base && new ? 0 : -ENOMEM;

	comparison_forget(c);
	c->effect = effect;
	c->units = calloc(c->n_arms, sizeof(*c->units));
	if (c->n_all)
		qsort(c->all, c->n_all, sizeof(*c->all), by_place);
	if (!err)
		err = c->units ? find_blocks(c) : -ENOMEM;
	for (size_t arm = 1; !err && arm < c->n_arms; arm++)
		err = find_units(c, arm);
	for (size_t cell = 0; !err && cell < c->n_cells; cell++) {
		/* What it was in the base says with whom it is expected to move, in every arm. */
		row_set_decimal(&c->cells[cell], COL_slept_share, slept_share(c, cell, 0, base));
		for (size_t arm = 1; !err && arm < c->n_arms; arm++)
			err = add_results(c, cell, arm, base, new);
	}
	if (!err)
		err = comparison_adjust(c);
	free(new);
	free(base);
	return err;
}
/* Whether an invocation of `cell` in `arm` has any figure that is judged. */
static bool has_figures(const struct comparison *c, size_t cell, size_t arm)
{
	size_t n, n_metrics, of_cell[SUMMARY_METRICS_MAX];
	const struct observed *o = of(c, cell, arm, &n);
	const struct metric *metrics = summary_metrics(&n_metrics);

	n_metrics = summary_metrics_of(&c->cells[cell], of_cell);
	for (size_t i = 0; i < n; i++)
		for (size_t m = 0; m < n_metrics; m++)
			if (is_judged(&metrics[of_cell[m]]) && !isnan(o[i].value[m]))
				return true;
	return false;
}

size_t comparison_missing(const struct comparison *c,
			  void (*each)(void *arg, const struct row *cell, const char *arm,
				       bool in_base),
			  void *arg)
{
	size_t n = 0;

	for (size_t cell = 0; cell < c->n_cells; cell++)
		for (size_t arm = 1; arm < c->n_arms; arm++) {
			bool in_base = has_figures(c, cell, 0);

			if (in_base == has_figures(c, cell, arm))
				continue;
			n += in_base;
			if (each)
				each(arg, &c->cells[cell], c->arms[arm], in_base);
		}
	return n;
}
