/* SPDX-License-Identifier: MIT */
/* Pairs invocations by block, or gathers them by boot, and judges the ratios. */
#include "bench/analyse/comparison.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/analyse/gate.h"
#include "bench/analyse/unpaired.h"
#include "bench/base/grow.h"
#include "bench/base/hash_index.h"
#include "bench/base/values.h"
#include "bench/record/cell.h"

static const char *const verdict_names[] = {
	[VERDICT_SLOWER] = "slower",
	[VERDICT_FASTER] = "faster",
	[VERDICT_INCONCLUSIVE] = "inconclusive",
	[VERDICT_SAME] = "same",
	[VERDICT_INCOMPARABLE] = "incomparable",
};

static const char *const design_names[] = {
	[COMPARE_BLOCKS] = "blocks",
	[COMPARE_RUNS] = "runs",
	[COMPARE_BOOTS] = "boots",
};

void comparison_set_design(struct comparison *c, enum compare_design design)
{
	c->design = design;
}

enum compare_design comparison_design(const struct comparison *c)
{
	return c->design;
}

/* Number of the boot `name`, which is added when new; -ENOMEM. */
static ssize_t find_boot(struct comparison *c, const char *name)
{
	size_t i = 0;

	while (i < c->n_boots && strcmp(c->boots[i], name) != 0)
		i++;
	if (i < c->n_boots)
		return (ssize_t)i;
	if (array_grow(&c->boots, c->n_boots, &c->boots_room, sizeof(*c->boots)))
		return -ENOMEM;
	snprintf(c->boots[c->n_boots++], sizeof(*c->boots), "%s", name);
	return (ssize_t)i;
}

/* Index of the arm `name`, which is added when new; -ENOMEM. */
static ssize_t find_arm(struct comparison *c, const char *name)
{
	size_t i = 0;

	while (i < c->n_arms && strcmp(c->arms[i], name) != 0)
		i++;
	if (i < c->n_arms)
		return (ssize_t)i;
	if (array_grow(&c->arms, c->n_arms, &c->arms_room, sizeof(*c->arms)))
		return -ENOMEM;
	c->arms[i] = strdup(name);
	if (!c->arms[i])
		return -ENOMEM;
	c->n_arms++;
	return (ssize_t)i;
}

struct comparison *comparison_new(const char *base)
{
	struct comparison *c = calloc(1, sizeof(*c));

	if (c && find_arm(c, base) == 0)
		return c;
	comparison_free(c);
	return NULL;
}

/* Index of the cell of `sample`, which is added when new; -ENOMEM. */
static ssize_t find_cell(struct comparison *c, const struct row *sample)
{
	ssize_t i = hash_index_find(&c->known, cell_hash(HASH_BEGIN, sample));

	if (i < 0 || (size_t)i < c->n_cells)
		return i;
	if (array_grow(&c->cells, c->n_cells, &c->cells_room, sizeof(*c->cells)))
		return -ENOMEM;
	row_clear(&c->cells[c->n_cells]);
	cell_identity(sample, &c->cells[c->n_cells++]);
	return i;
}

int comparison_add(struct comparison *c, const struct row *sample, const char *arm)
{
	ssize_t cell, of_arm, boot = 0;
	struct observed *new;
	size_t n_metrics, of_cell[SUMMARY_METRICS_MAX];
	const struct metric *metrics = summary_metrics(&n_metrics);

	if (!row_counts(sample))
		return 0;
	if (c->design == COMPARE_BOOTS)
		boot = find_boot(c, row_get_text(sample, COL_boot_id));
	cell = find_cell(c, sample);
	of_arm = find_arm(c, arm);
	if (boot < 0 || cell < 0 || of_arm < 0 ||
	    array_grow(&c->all, c->n_all, &c->all_room, sizeof(*c->all)))
		return -ENOMEM;
	new = &c->all[c->n_all];
	*new = (struct observed){
		.cell = (size_t)cell,
		.arm = (size_t)of_arm,
		.block = c->design == COMPARE_BOOTS ? (uint64_t)boot
						    : row_get_u64(sample, COL_block, 0),
		.noisy = row_list_has(row_get_text(sample, COL_flags), "noisy"),
		.drifted = row_list_has(row_get_text(sample, COL_flags), "drifted"),
		.tick_ns = row_get_decimal(sample, COL_clock_tick_ns),
		.batch_ops = row_get_decimal(sample, COL_batch_ops),
		.slept_share = row_get_decimal(sample, COL_slept_share),
		.nth = c->n_all};
	c->n_all++;
	n_metrics = summary_metrics_of(sample, of_cell);
	for (size_t i = 0; i < n_metrics; i++) {
		const struct metric *m = &metrics[of_cell[i]];

		new->value[i] = row_get_decimal(sample, m->column);
		new->p99[i] = m->p99 == COL_COUNT ? NAN : row_get_decimal(sample, m->p99);
	}
	return 0;
}

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

/* Frees what comparison_judge() made. */
static void forget_results(struct comparison *c)
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

	forget_results(c);
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

size_t comparison_count(const struct comparison *c)
{
	return c->n_results;
}

/* Both kinds of runs, where there are two. */
static void set_modes(const struct modes *m, struct row *ret)
{
	static const enum column columns[2][3] = {
		{COL_slow_share_base, COL_fast_base, COL_slow_base},
		{COL_slow_share_new, COL_fast_new, COL_slow_new}};

	if (!m->found)
		return;
	row_add_item(ret, COL_flags, "modes");
	for (int of = 0; of < 2; of++) {
		row_set_decimal(ret, columns[of][0],
				(double)m->slow.n[of] / (double)(m->slow.n[of] + m->fast.n[of]));
		row_set_decimal(ret, columns[of][1], m->fast.median[of]);
		row_set_decimal(ret, columns[of][2], m->slow.median[of]);
	}
	row_set_decimal(ret, COL_slow_p, m->p);
}

static void set_group(const struct compare_group *g, struct row *ret)
{
	row_set_text(ret, COL_cell_group, g->name);
	row_set_text(ret, COL_group_verdict, compare_verdict_name(g->verdict));
	row_set_decimal(ret, COL_group_ratio, g->paired.ratio);
	row_set_decimal(ret, COL_group_ratio_lo, g->paired.exact.lo);
	row_set_decimal(ret, COL_group_ratio_hi, g->paired.exact.hi);
	row_set_decimal(ret, COL_group_p_adjusted, g->p_adjusted);
	row_set_decimal(ret, COL_group_detectable, g->detectable);
}

void comparison_row(const struct comparison *c, size_t nth, struct row *ret)
{
	const struct result *r = &c->results[nth];
	const struct paired *p = &r->paired;

	row_copy(ret, &c->cells[r->cell]);
	row_set_text(ret, COL_arm, c->arms[r->arm]);
	row_set_text(ret, COL_base_arm, c->arms[0]);
	row_set_text(ret, COL_metric, schema_column(comparison_column(r))->name);
	row_set_u64(ret, COL_n, p->n);
	row_set_u64(ret, COL_n_unused, r->unpaired);
	row_set_decimal(ret, COL_base, r->base);
	row_set_decimal(ret, COL_new, r->new);
	row_set_decimal(ret, COL_slept_share_new, r->slept_share);
	row_set_decimal(ret, COL_ratio, p->ratio);
	row_set_decimal(ret, COL_ratio_lo, p->exact.lo);
	row_set_decimal(ret, COL_ratio_hi, p->exact.hi);
	row_set_decimal(ret, COL_sign_lo, p->sign.lo);
	row_set_decimal(ret, COL_sign_hi, p->sign.hi);
	row_set_decimal(ret, COL_p, p->p);
	row_set_decimal(ret, COL_p_adjusted, r->p_adjusted);
	row_set_decimal(ret, COL_smallest_effect, c->effect);
	row_set_decimal(ret, COL_detectable, r->detectable);
	row_set_text(ret, COL_design, design_names[c->design]);
	if (r->n_base)
		row_set_u64(ret, COL_n_base, r->n_base);
	if (r->noisy)
		row_add_item(ret, COL_flags, "noisy");
	if (r->drifted)
		row_add_item(ret, COL_flags, "drifted");
	if (r->zeros)
		row_add_item(ret, COL_flags, "zeros");
	if (r->coarse)
		row_add_item(ret, COL_flags, "tick");
	row_set_text(ret, COL_verdict, compare_verdict_name(r->verdict));
	set_modes(&r->modes, ret);
	if (r->group != SIZE_MAX)
		set_group(&c->groups[r->group], ret);
}

bool comparison_may_be(const struct comparison *c, size_t nth, enum verdict want, double effect)
{
	const struct result *r = &c->results[nth];
	const struct interval *limits = &r->paired.exact;

	if (isnan(limits->lo) || isnan(limits->hi) || r->verdict == VERDICT_INCOMPARABLE)
		return true;
	if (summary_grows(comparison_column(r)) == (want == VERDICT_FASTER))
		return limits->hi > 1 + effect;
	return limits->lo < 1 / (1 + effect);
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

bool compare_is_calibration(const struct row *cell)
{
	return row_use(cell) == USE_OP && row_is_floor(cell);
}

void comparison_free(struct comparison *c)
{
	if (!c)
		return;
	forget_results(c);
	free(c->groups);
	free(c->blocks);
	free(c->boots);
	hash_index_free(&c->known);
	free(c->cells);
	for (size_t i = 0; i < c->n_arms; i++)
		free(c->arms[i]);
	free(c->arms);
	free(c->all);
	free(c->results);
	free(c);
}

const char *compare_verdict_name(enum verdict verdict)
{
	return verdict_names[verdict];
}

enum verdict row_verdict(const struct row *row, enum column column)
{
	int found = name_find(verdict_names, VERDICT_COUNT, row_get_text(row, column));

	return found < 0 ? VERDICT_COUNT : (enum verdict)found;
}

enum compare_design row_design(const struct row *row)
{
	int found = name_find(design_names, sizeof(design_names) / sizeof(design_names[0]),
			      row_get_text(row, COL_design));

	return found < 0 ? COMPARE_BLOCKS : (enum compare_design)found;
}
