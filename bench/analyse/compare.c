/* SPDX-License-Identifier: MIT */
/* Pairs invocations by block, or gathers them by boot, and judges the ratios. */
#include "bench/analyse/compare.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/analyse/gate.h"
#include "bench/analyse/summary.h"
#include "bench/analyse/unpaired.h"
#include "bench/base/grow.h"

/* One invocation that counts. */
struct observed {
	size_t cell;
	size_t arm;
	uint64_t block; /* or the boot */
	bool noisy, drifted;
	size_t nth; /* in the order of arrival: of two in one block the later counts */
	double value[SUMMARY_METRICS_MAX];
	double p99[SUMMARY_METRICS_MAX]; /* NaN where too few times make it up */
};

/* A row of compare.csv. */
struct result {
	size_t cell, arm, metric;
	bool p99;
	size_t unpaired; /* invocations of the two arms without partner; boots without the cell */
	size_t n_base;	 /* boots of the base; 0 = pairs */
	bool noisy;	 /* as a cell of summary.csv, over both arms */
	bool drifted;	 /* settings changed during one of the invocations */
	bool zeros;	 /* values of 0, which have no ratio, beside others */
	struct paired paired;
	double base, new;
	double p_adjusted;
	enum verdict verdict;
};

typedef char boot_name[64];

struct comparison {
	enum compare_design design;
	boot_name *boots;
	size_t n_boots, boots_room;
	struct row *cells;
	size_t n_cells, cells_room;
	char **arms; /* of any length: runs are arms by their paths; arms[0] is the base */
	size_t n_arms, arms_room;
	struct observed *all;
	size_t n_all, all_room;
	struct result *results;
	size_t n_results, results_room;
	double effect;
};

void comparison_set_design(struct comparison *c, enum compare_design design)
{
	c->design = design;
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

/* Index of the cell of `identity`, which is added when new; -ENOMEM. */
static ssize_t find_cell(struct comparison *c, const struct row *identity)
{
	size_t i = 0;

	while (i < c->n_cells && !summary_same_cell(&c->cells[i], identity))
		i++;
	if (i < c->n_cells)
		return (ssize_t)i;
	if (array_grow(&c->cells, c->n_cells, &c->cells_room, sizeof(*c->cells)))
		return -ENOMEM;
	row_copy(&c->cells[c->n_cells++], identity);
	return (ssize_t)i;
}

int comparison_add(struct comparison *c, const struct row *sample, const char *arm)
{
	static struct row identity;
	ssize_t cell, of_arm, boot = 0;
	struct observed *new;
	size_t n_metrics;
	const struct metric *metrics = summary_metrics(&n_metrics);

	if (strcmp(row_get_text(sample, COL_status), "ok") != 0 ||
	    !strcmp(row_get_text(sample, COL_used), "no"))
		return 0;
	summary_identity(sample, &identity);
	row_unset(&identity, COL_run_id);
	row_unset(&identity, COL_arm);
	if (c->design == COMPARE_BOOTS) {
		boot = find_boot(c, row_get_text(sample, COL_boot_id));
	}
	cell = find_cell(c, &identity);
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
		.nth = c->n_all};
	c->n_all++;
	for (size_t i = 0; i < n_metrics; i++) {
		bool many = row_get_u64(sample, COL_n_samples, 0) >= COMPARE_P99_SAMPLES;

		new->value[i] = new->p99[i] = NAN;
		if (!summary_applies(sample, &metrics[i]))
			continue;
		new->value[i] = row_get_decimal(sample, metrics[i].column);
		if (many && metrics[i].p99 != COL_COUNT)
			new->p99[i] = row_get_decimal(sample, metrics[i].p99);
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

static enum column column_of(const struct result *r)
{
	size_t n;
	const struct metric *m = &summary_metrics(&n)[r->metric];

	return r->p99 ? m->p99 : m->column;
}

static double value_of(const struct observed *o, const struct result *r)
{
	return r->p99 ? o->p99[r->metric] : o->value[r->metric];
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
			if (o[i].value[r->metric] > 0 && !has_value(&o[i], r))
				return true;
	}
	return false;
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

/* The value of each boot of `arm` into `values`: the median of what its invocations found; how many. */
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
		n++;
	}
	return n;
}

/* Boots that have any figure of `arm`. */
static size_t boots_of(const struct comparison *c, size_t arm)
{
	size_t n = 0;

	for (size_t boot = 0; boot < c->n_boots; boot++)
		for (size_t i = 0; i < c->n_all; i++)
			if (c->all[i].arm == arm && c->all[i].block == boot) {
				n++;
				break;
			}
	return n;
}

/* Whether of the invocations of the two arms so many were noisy that the cell is; whether any drifted. */
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
		}
	}
	r->noisy = all && (double)noisy >= GATE_CELL * (double)all;
}

/* Fills in `r` by the design, without a ratio where 0 is all there is. 1; 0 when the arms have nothing in common; -ENOMEM. */
static int compare_arms(const struct comparison *c, struct result *r, double *base, double *new)
{
	size_t n_base, n_new;
	int err;

	if (lost_tails(c, r))
		return 0;
	if (c->design == COMPARE_BOOTS) {
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
	if (c->design == COMPARE_BOOTS) {
		r->unpaired = boots_of(c, 0) + boots_of(c, r->arm) - n_base - n_new;
		err = unpaired_compare(base, n_base, new, n_new, &r->paired);
	} else {
		err = paired_compare(base, new, n_base, &r->paired);
	}
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
 * Whether `m` is a figure of which less or more is better. Messages per second are throughput over the
 * size of a message, the same once more; how often a lock changes its owner and a read is done again tell
 * why something is slow.
 */
static bool is_judged(const struct metric *m)
{
	return m->column != COL_messages_per_s && m->column != COL_owner_change_share &&
	       m->column != COL_retry_share;
}

size_t compare_medians(const struct row *cell)
{
	size_t n_metrics, n = 0;
	const struct metric *metrics = summary_metrics(&n_metrics);

	for (size_t i = 0; i < n_metrics; i++)
		n += is_judged(&metrics[i]) && summary_applies(cell, &metrics[i]);
	return n;
}

/* A result for each metric of the cell that both arms have in some block or boot. */
static int add_results(struct comparison *c, size_t cell, size_t arm, double *base, double *new)
{
	size_t n_metrics;
	const struct metric *metrics = summary_metrics(&n_metrics);

	for (size_t m = 0; m < 2 * n_metrics; m++) {
		struct result r = {.cell = cell, .arm = arm, .metric = m / 2, .p99 = m % 2};
		int found;

		if (r.p99 && metrics[r.metric].p99 == COL_COUNT)
			continue;
		if (!is_judged(&metrics[r.metric]))
			continue;
		found = compare_arms(c, &r, base, new);
		if (!found)
			continue;
		if (found < 0 ||
		    array_grow(&c->results, c->n_results, &c->results_room, sizeof(*c->results)))
			return -ENOMEM;
		c->results[c->n_results++] = r;
	}
	return 0;
}

/* Whether in `arm` a fixed amount of work, the floor of synchronization, changed. */
static bool moved(const struct comparison *c, size_t arm)
{
	for (size_t i = 0; i < c->n_results; i++) {
		const struct result *r = &c->results[i];

		if (r->arm == arm && compare_is_calibration(&c->cells[r->cell]) &&
		    column_of(r) == COL_op_p50_ns && r->paired.p < COMPARE_ALPHA &&
		    fabs(log(r->paired.ratio)) > log(1 + c->effect))
			return true;
	}
	return false;
}

/* No verdict on arms that another machine would have given, so to speak. */
static void refuse_moved(struct comparison *c)
{
	for (size_t arm = 1; c->design != COMPARE_BLOCKS && arm < c->n_arms; arm++) {
		bool refused = moved(c, arm);

		for (size_t i = 0; refused && i < c->n_results; i++)
			if (c->results[i].arm == arm)
				c->results[i].verdict = VERDICT_INCOMPARABLE;
	}
}

/* Holm over all results; then the verdicts. */
static int adjust(struct comparison *c)
{
	double *p = calloc(c->n_results + 1, sizeof(*p));
	double *adjusted = calloc(c->n_results + 1, sizeof(*adjusted));
	int err = p && adjusted ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < c->n_results; i++)
		p[i] = c->results[i].paired.p;
	if (!err)
		err = paired_holm(p, c->n_results, adjusted);
	for (size_t i = 0; !err && i < c->n_results; i++) {
		struct result *r = &c->results[i];

		r->p_adjusted = adjusted[i];
		r->verdict = r->zeros ? VERDICT_INCONCLUSIVE
				      : compare_verdict(&r->paired, adjusted[i], c->effect,
							summary_grows(column_of(r)));
	}
	free(adjusted);
	free(p);
	return err;
}

int comparison_judge(struct comparison *c, double effect)
{
	double *base = calloc(c->n_all + 1, sizeof(*base));
	double *new = calloc(c->n_all + 1, sizeof(*new));
	int err = base && new ? 0 : -ENOMEM;

	c->effect = effect;
	c->n_results = 0;
	if (c->n_all)
		qsort(c->all, c->n_all, sizeof(*c->all), by_place);
	for (size_t cell = 0; !err && cell < c->n_cells; cell++)
		for (size_t arm = 1; !err && arm < c->n_arms; arm++)
			err = add_results(c, cell, arm, base, new);
	if (!err)
		err = adjust(c);
	if (!err)
		refuse_moved(c);
	free(new);
	free(base);
	return err;
}

size_t comparison_count(const struct comparison *c)
{
	return c->n_results;
}

double compare_detectable(double sd_log, size_t n, size_t family, double effect)
{
	return fmax(paired_detectable(sd_log, n, family),
		    (1 + effect) * paired_detectable(sd_log, n, 1));
}

static double detectable_by(const struct comparison *c, const struct result *r)
{
	const struct paired *p = &r->paired;

	if (c->design != COMPARE_BOOTS)
		return compare_detectable(p->sd_log, p->n, c->n_results, c->effect);
	return fmax(unpaired_detectable(p->sd_log, r->n_base, p->n, c->n_results),
		    (1 + c->effect) * unpaired_detectable(p->sd_log, r->n_base, p->n, 1));
}

void comparison_row(const struct comparison *c, size_t nth, struct row *ret)
{
	static const char *const designs[] = {"blocks", "runs", "boots"};
	const struct result *r = &c->results[nth];
	const struct paired *p = &r->paired;

	*ret = c->cells[r->cell];
	row_set_text(ret, COL_arm, c->arms[r->arm]);
	row_set_text(ret, COL_base_arm, c->arms[0]);
	row_set_text(ret, COL_metric, schema_column(column_of(r))->name);
	row_set_u64(ret, COL_n, p->n);
	row_set_u64(ret, COL_n_unused, r->unpaired);
	row_set_decimal(ret, COL_base, r->base);
	row_set_decimal(ret, COL_new, r->new);
	row_set_decimal(ret, COL_ratio, p->ratio);
	row_set_decimal(ret, COL_ratio_lo, p->exact.lo);
	row_set_decimal(ret, COL_ratio_hi, p->exact.hi);
	row_set_decimal(ret, COL_sign_lo, p->sign.lo);
	row_set_decimal(ret, COL_sign_hi, p->sign.hi);
	row_set_decimal(ret, COL_p, p->p);
	row_set_decimal(ret, COL_p_adjusted, r->p_adjusted);
	row_set_decimal(ret, COL_smallest_effect, c->effect);
	row_set_decimal(ret, COL_detectable, detectable_by(c, r) - 1);
	row_set_text(ret, COL_design, designs[c->design]);
	if (r->n_base)
		row_set_u64(ret, COL_n_base, r->n_base);
	if (r->noisy)
		row_add_item(ret, COL_flags, "noisy");
	if (r->drifted)
		row_add_item(ret, COL_flags, "drifted");
	if (r->zeros)
		row_add_item(ret, COL_flags, "zeros");
	row_set_text(ret, COL_verdict, compare_verdict_name(r->verdict));
}

double comparison_deviation(const struct comparison *c, double quantile)
{
	double *sd = calloc(c->n_results + 1, sizeof(*sd)), found;
	size_t n = 0;

	for (size_t i = 0; sd && i < c->n_results; i++)
		if (!c->results[i].p99 && !isnan(c->results[i].paired.sd_log))
			sd[n++] = c->results[i].paired.sd_log;
	if (!n) {
		free(sd);
		return NAN;
	}
	estimate_sort(sd, n);
	found = estimate_quantile(sd, n, quantile);
	free(sd);
	return found;
}

size_t comparison_rounds(const struct comparison *c, double ratio, double quantile)
{
	double sd = comparison_deviation(c, quantile);
	size_t n = paired_rounds(1, ratio, sd, c->n_results);
	size_t beyond = paired_rounds(1 + c->effect, ratio, sd, 1);
	size_t needed = compare_pairs_needed(c->n_results);

	if (n < beyond)
		n = beyond;
	return n > needed ? n : needed;
}

bool comparison_may_be(const struct comparison *c, size_t nth, enum verdict want, double effect)
{
	const struct result *r = &c->results[nth];
	const struct interval *limits = &r->paired.exact;

	if (isnan(limits->lo) || isnan(limits->hi) || r->verdict == VERDICT_INCOMPARABLE)
		return true;
	if (summary_grows(column_of(r)) == (want == VERDICT_FASTER))
		return limits->hi > 1 + effect;
	return limits->lo < 1 / (1 + effect);
}

/* Whether an invocation of `cell` in `arm` has any figure that is judged. */
static bool has_figures(const struct comparison *c, size_t cell, size_t arm)
{
	size_t n, n_metrics;
	const struct observed *o = of(c, cell, arm, &n);
	const struct metric *metrics = summary_metrics(&n_metrics);

	for (size_t i = 0; i < n; i++)
		for (size_t m = 0; m < n_metrics; m++)
			if (is_judged(&metrics[m]) && !isnan(o[i].value[m]))
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
	return !strcmp(row_get_text(cell, COL_group), "sync") && summary_is_floor(cell) &&
	       !strcmp(row_get_text(cell, COL_experiment), "op");
}

size_t comparison_below(const struct comparison *c, double p)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_results; i++)
		n += c->results[i].paired.p < p;
	return n;
}

void comparison_free(struct comparison *c)
{
	if (!c)
		return;
	free(c->boots);
	free(c->cells);
	for (size_t i = 0; i < c->n_arms; i++)
		free(c->arms[i]);
	free(c->arms);
	free(c->all);
	free(c->results);
	free(c);
}

enum verdict compare_verdict(const struct paired *p, double p_adjusted, double effect, bool grows)
{
	double more = 1 + effect, less = 1 / more;

	if (isnan(p->exact.lo) || isnan(p->exact.hi))
		return VERDICT_INCONCLUSIVE;
	if (p->exact.lo > less && p->exact.hi < more)
		return VERDICT_SAME;
	if (p_adjusted >= COMPARE_ALPHA)
		return VERDICT_INCONCLUSIVE;
	if (p->exact.lo > more)
		return grows ? VERDICT_FASTER : VERDICT_SLOWER;
	if (p->exact.hi < less)
		return grows ? VERDICT_SLOWER : VERDICT_FASTER;
	return VERDICT_INCONCLUSIVE;
}

const char *compare_verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_INCONCLUSIVE] = "inconclusive",
		[VERDICT_SAME] = "same",
		[VERDICT_FASTER] = "faster",
		[VERDICT_SLOWER] = "slower",
		[VERDICT_INCOMPARABLE] = "incomparable",
	};

	return names[verdict];
}

size_t compare_pairs_needed(size_t family)
{
	size_t n = 1;

	for (double p = 1; p * (double)(family ? family : 1) >= COMPARE_ALPHA; p /= 2)
		n++;
	return n;
}
