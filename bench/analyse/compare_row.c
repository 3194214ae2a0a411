/* SPDX-License-Identifier: MIT */
/* A comparison as rows of compare.csv. */
#include <math.h>

#include "bench/analyse/comparison.h"
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

bool compare_is_calibration(const struct row *cell)
{
	return row_use(cell) == USE_OP && row_is_floor(cell);
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
