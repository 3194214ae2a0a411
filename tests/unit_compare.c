/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/* Verdicts on constructed invocations: drift, outliers, ties, too few pairs, gaps. */
#include <math.h>
#include <string.h>

#include "bench/analyse/compare.h"
#include "bench/analyse/group.h"
#include "bench/record/cell.h"
#include "tests/tap.h"

#define BLOCKS 20

static struct row row;

/* One invocation of pipe `variant` in `block`. */
static void add(struct comparison *c, const char *variant, const char *arm, unsigned block,
		double p50)
{
	row_clear(&row);
	row_set_text(&row, COL_group, "ipc");
	row_set_text(&row, COL_mechanism, "pipe");
	row_set_text(&row, COL_variant, variant);
	row_set_text(&row, COL_pattern, "ping-pong");
	row_set_text(&row, COL_status, "ok");
	row_set_u64(&row, COL_block, block);
	row_set_decimal(&row, COL_op_p50_ns, p50);
	comparison_add(c, &row, arm);
}

/* A value near 1000 that varies by 1 % in a fixed pattern. */
static double noisy(unsigned i)
{
	static const double steps[] = {0, 7, -4, 9, -8, 2, -6, 5, 3, -9, 8, -2, 6, -5, 1};

	return 1000 + steps[i % 15];
}

static const char *verdict_of(struct comparison *c, size_t nth)
{
	static char text[32];

	comparison_row(c, nth, &row);
	snprintf(text, sizeof(text), "%s", row_get_text(&row, COL_verdict));
	return text;
}

static void test_effects(void)
{
	struct comparison *c = comparison_new("none");

	for (unsigned b = 0; b < BLOCKS; b++) {
		add(c, "slower", "none", b, noisy(b));
		add(c, "slower", "new", b, 1.10 * noisy(b + 3));
		add(c, "faster", "none", b, noisy(b));
		add(c, "faster", "new", b, 0.90 * noisy(b + 3));
		add(c, "same", "none", b, noisy(b));
		add(c, "same", "new", b, noisy(b + 3));
		add(c, "small", "none", b, noisy(b));
		add(c, "small", "new", b, 1.02 * noisy(b + 3));
	}
	ok(!comparison_judge(c, 0.02) && comparison_count(c) == 4, "four cells, one metric each");
	ok(!strcmp(verdict_of(c, 0), "slower"), "10 %% more time is slower");
	ok(row_get_u64(&row, COL_n, 0) == BLOCKS && row_get_u64(&row, COL_n_unused, 9) == 0,
	   "over all pairs");
	ok(fabs(row_get_decimal(&row, COL_ratio) - 1.10) < 0.01 &&
		   row_get_decimal(&row, COL_ratio_lo) < 1.10 &&
		   row_get_decimal(&row, COL_ratio_hi) > 1.09,
	   "with its ratio");
	ok(row_get_decimal(&row, COL_p_adjusted) >= row_get_decimal(&row, COL_p),
	   "adjusted for the family");
	ok(!strcmp(verdict_of(c, 1), "faster"), "10 %% less is faster");
	ok(!strcmp(verdict_of(c, 2), "same"), "nothing is the same");
	ok(!strcmp(verdict_of(c, 3), "inconclusive"), "on the edge of interest: not said");
	ok(!comparison_judge(c, 0.2) && !strcmp(verdict_of(c, 0), "same"),
	   "10 %% is the same to whom 20 %% matters");
	comparison_free(c);
}

static void test_direction(void)
{
	struct comparison *c = comparison_new("none");

	for (unsigned b = 0; b < BLOCKS; b++)
		for (int arm = 0; arm < 2; arm++) {
			add(c, "pair", "", b, NAN);
			row_set_text(&row, COL_pattern, "stream");
			row_set_decimal(&row, COL_throughput_mb_s,
					(arm ? 0.8 : 1) * noisy(b + 3 * (unsigned)arm));
			comparison_add(c, &row, arm ? "new" : "none");
		}
	ok(!comparison_judge(c, 0.02), "throughput");
	ok(comparison_count(c) == 1 && !strcmp(verdict_of(c, 0), "slower"),
	   "a throughput that falls is slower");
	ok(row_get_decimal(&row, COL_ratio) < 1, "though its ratio is below 1");
	comparison_free(c);
}

/* What moves the machine between blocks moves both arms of a block: pairs do not see it. */
static void test_drift(void)
{
	struct comparison *c = comparison_new("none");

	for (unsigned b = 0; b < BLOCKS; b++) {
		double machine = 1 + 0.05 * b;

		add(c, "drift", "none", b, machine * noisy(b));
		add(c, "drift", "new", b, machine * noisy(b + 3));
		add(c, "outlier", "none", b, noisy(b));
		add(c, "outlier", "new", b, b == 7 ? 50000 : noisy(b + 3));
	}
	comparison_judge(c, 0.02);
	ok(!strcmp(verdict_of(c, 0), "same"), "a machine that slows to half its speed: same");
	ok(!strcmp(verdict_of(c, 1), "same"), "one wild invocation: same");
	comparison_free(c);
}

/* The verdict on an interval and an adjusted p, with 2 % the smallest effect of interest. */
static void test_verdicts(void)
{
	static const struct {
		double ratio, lo, hi, p_adjusted;
		bool grows;
		enum verdict want;
		const char *what;
	} cases[] = {
		{1.1, 1.05, 1.15, 0.001, false, VERDICT_SLOWER, "all of it beyond 2 %"},
		{0.9, 0.85, 0.95, 0.001, false, VERDICT_FASTER, "all of it below"},
		{1.1, 1.05, 1.15, 0.001, true, VERDICT_FASTER, "of a rate"},
		{0.9, 0.85, 0.95, 0.001, true, VERDICT_SLOWER, "of a rate that falls"},
		{1.1, 1.05, 1.15, 0.05, false, VERDICT_INCONCLUSIVE, "not seen in the family"},
		{1.03, 1.01, 1.05, 0.001, false, VERDICT_INCONCLUSIVE, "the estimate alone beyond"},
		{0.97, 0.95, 0.99, 0.001, false, VERDICT_INCONCLUSIVE, "the estimate alone below"},
		{1.01, 1.005, 1.015, 0.001, false, VERDICT_SAME, "a change that does not matter"},
		{1, 0.99, 1.01, 1, false, VERDICT_SAME, "no change"},
		{1, 0.97, 1.01, 1, false, VERDICT_INCONCLUSIVE, "it may be 3 % faster"},
		{2, NAN, NAN, 0.001, false, VERDICT_INCONCLUSIVE, "no interval"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct paired p = {
			.n = BLOCKS, .ratio = cases[i].ratio, .exact = {cases[i].lo, cases[i].hi}};

		ok_is(compare_verdict(&p, cases[i].p_adjusted, 0.02, cases[i].grows), cases[i].want,
		      "%s: %s", compare_verdict_name(cases[i].want), cases[i].what);
	}
}

/*
 * What cannot be put as a ratio: a rate that falls to 0 leaves no verdict of "same" on the other
 * pairs; no figure at all leaves the pair out; a cell without figures in one arm is told.
 */
static void add_rate(struct comparison *c, const char *variant, const char *arm, unsigned block,
		     double writes_per_s)
{
	add(c, variant, "", block, NAN);
	row_set_text(&row, COL_group, "sync");
	row_unset(&row, COL_pattern);
	row_set_text(&row, COL_experiment, "readers");
	row_set_decimal(&row, COL_write_ops_per_s, writes_per_s);
	row_set_decimal(&row, COL_retry_share, block / 100.0);
	comparison_add(c, &row, arm);
}

static void count_missing(void *to, const struct row *cell, const char *arm, bool in_base)
{
	unsigned *n = to;

	*n += !strcmp(row_get_text(cell, COL_variant), "lost") && !strcmp(arm, "new") && in_base;
}

static void test_no_ratio(void)
{
	struct comparison *c = comparison_new("none");
	unsigned told = 0;

	for (unsigned b = 0; b < BLOCKS; b++) {
		add_rate(c, "some", "none", b, noisy(b));
		add_rate(c, "some", "new", b, b % 4 ? noisy(b + 3) : 0);
		add_rate(c, "all", "none", b, noisy(b));
		add_rate(c, "all", "new", b, 0);
		add_rate(c, "none", "none", b, 0);
		add_rate(c, "none", "new", b, 0);
		add(c, "nan", "none", b, noisy(b));
		add(c, "nan", "new", b, b % 4 ? noisy(b + 3) : NAN);
		add(c, "lost", "none", b, noisy(b));
		add(c, "lost", "new", b, NAN);
	}
	add(c, "gone", "none", 0, noisy(0));
	comparison_judge(c, 0.02);
	ok_is(comparison_count(c), 3, "rows for what has figures in both arms: %zu",
	      comparison_count(c));
	ok(!strcmp(verdict_of(c, 0), "inconclusive") &&
		   !strcmp(row_get_text(&row, COL_flags), "zeros"),
	   "a rate that falls to 0 now and then is not the same");
	ok(row_get_u64(&row, COL_n, 0) == 15 && row_is_set(&row, COL_ratio),
	   "the other pairs are told");
	ok(!strcmp(verdict_of(c, 1), "inconclusive") &&
		   !strcmp(row_get_text(&row, COL_flags), "zeros") && !row_is_set(&row, COL_ratio),
	   "one that is always 0 has no ratio, and is told");
	ok(!strcmp(verdict_of(c, 2), "same") && row_get_u64(&row, COL_n, 0) == 15 &&
		   row_get_u64(&row, COL_n_unused, 0) == 10,
	   "figures that are not there leave out their pairs");
	comparison_missing(c, count_missing, &told);
	ok_is(told, 1, "a cell whose rows have no figures in one arm is told");
	comparison_free(c);
}

/* A cell of which one arm has no row that counts. */
static void test_missing(void)
{
	struct comparison *c = comparison_new("none");
	unsigned told = 0;

	for (unsigned b = 0; b < BLOCKS; b++) {
		add(c, "both", "none", b, noisy(b));
		add(c, "both", "new", b, noisy(b));
		add(c, "lost", "none", b, noisy(b));
		add(c, "new", "new", b, noisy(b));
	}
	comparison_judge(c, 0.02);
	ok_is(comparison_count(c), 1, "a cell of one arm is not compared");
	ok(comparison_missing(c, count_missing, &told) == 1 && told == 1,
	   "one that is gone is told, and counted apart from one that is new");
	comparison_free(c);
}

/*
 * Flags of a row of compare.csv: a quarter of the invocations noisy; one visit in which settings
 * changed.
 */
static void test_flags(void)
{
	struct comparison *c = comparison_new("none");

	for (unsigned b = 0; b < BLOCKS; b++)
		for (int arm = 0; arm < 2; arm++) {
			add(c, "pair", "", b, NAN);
			row_set_decimal(&row, COL_op_p50_ns, noisy(b));
			if (arm && b == 7)
				row_set_text(&row, COL_flags, "virtual+drifted");
			else if (b == 3)
				row_set_text(&row, COL_flags, "noisy");
			comparison_add(c, &row, arm ? "new" : "none");
		}
	comparison_judge(c, 0.02);
	comparison_row(c, 0, &row);
	ok(!strcmp(row_get_text(&row, COL_flags), "drifted"), "drifted, not noisy: %s",
	   row_get_text(&row, COL_flags));
	comparison_free(c);
}

/*
 * The change that is promised to be seen gives a verdict: a small spread does not make 2 % visible.
 */
static void test_detectable(void)
{
	struct comparison *c = comparison_new("none");

	for (unsigned b = 0; b < BLOCKS; b++) {
		add(c, "calm", "none", b, 1000);
		add(c, "calm", "new", b, 1000 + (noisy(b) - 1000) / 10);
	}
	comparison_judge(c, 0.02);
	comparison_row(c, 0, &row);
	ok(row_get_decimal(&row, COL_detectable) > 0.02 &&
		   row_get_decimal(&row, COL_detectable) < 0.03,
	   "no verdict on less than the smallest effect: seen %g %%",
	   100 * row_get_decimal(&row, COL_detectable));
	comparison_free(c);
}

/* A clock that steps by more than the smallest effect shows equal values where they differ. */
static void test_tick(void)
{
	for (int batch = 1; batch <= 64; batch *= 64)
		for (int fine = 0; fine < 2; fine++) {
			struct comparison *c = comparison_new("none");

			for (unsigned b = 0; b < BLOCKS; b++)
				for (int arm = 0; arm < 2; arm++) {
					add(c, "pair", "", b, NAN);
					row_set_text(&row, COL_experiment, "uncontended");
					row_set_text(&row, COL_group, "sync");
					row_unset(&row, COL_pattern);
					row_set_decimal(&row, COL_op_p50_ns, 100.0 + b % 2 * 0.1);
					row_set_decimal(&row, COL_clock_tick_ns, fine ? 1 : 10);
					row_set_u64(&row, COL_batch_ops, (unsigned)batch);
					comparison_add(c, &row, arm ? "new" : "none");
				}
			comparison_judge(c, 0.02);
			ok(!strcmp(verdict_of(c, 0), fine || batch > 1 ? "same" : "inconclusive") &&
				   row_list_has(row_get_text(&row, COL_flags), "tick") ==
					   (!fine && batch == 1),
			   "100 ns, a tick of %d, batches of %d: %s", fine ? 1 : 10, batch,
			   row_get_text(&row, COL_verdict));
			comparison_free(c);
		}
}

/* Medians that stay and slow runs that come more often: not the same, and both kinds are told. */
static void test_modes(void)
{
	struct comparison *c = comparison_new("none");

	for (unsigned b = 0; b < BLOCKS; b++) {
		add(c, "modes", "none", b, b == 3 ? 4000 : noisy(b));
		add(c, "modes", "new", b, b % 16 ? noisy(b + 3) : 4000);
	}
	comparison_judge(c, 0.02);
	ok(!strcmp(verdict_of(c, 0), "inconclusive") &&
		   row_list_has(row_get_text(&row, COL_flags), "modes"),
	   "one slow run of 20 becomes two: not the same");
	ok(row_get_decimal(&row, COL_ratio_lo) > 0.98 && row_get_decimal(&row, COL_ratio_hi) < 1.02,
	   "though the interval says so: %g to %g", row_get_decimal(&row, COL_ratio_lo),
	   row_get_decimal(&row, COL_ratio_hi));
	ok(row_get_decimal(&row, COL_slow_share_base) == 0.05 &&
		   row_get_decimal(&row, COL_slow_share_new) == 0.1 &&
		   row_get_decimal(&row, COL_slow_new) == 4000 &&
		   fabs(row_get_decimal(&row, COL_fast_new) / 1000 - 1) < 0.01,
	   "both kinds are told");
	ok(row_get_decimal(&row, COL_slow_p) == 1, "two pairs became slow, one fast: p is 1");
	comparison_free(c);
}

static void test_few(void)
{
	struct comparison *c = comparison_new("none");

	for (unsigned b = 0; b < 5; b++) {
		add(c, "few", "none", b, noisy(b));
		add(c, "few", "new", b, 2 * noisy(b));
	}
	comparison_judge(c, 0.02);
	ok(!strcmp(verdict_of(c, 0), "inconclusive") && !row_is_set(&row, COL_ratio_lo),
	   "five pairs give no interval and no verdict, even at twice the time");
	ok(!row_is_set(&row, COL_detectable), "and no change that they would have seen");
	ok(comparison_needed(c) == 6, "it takes 6: %zu", comparison_needed(c));
	comparison_free(c);
	c = comparison_new("none");
	for (unsigned v = 0; v < 40; v++)
		for (unsigned b = 0; b < 7; b++) {
			char name[16];

			snprintf(name, sizeof(name), "v%u", v);
			add(c, name, "none", b, noisy(b + v));
			add(c, name, "new", b, 2 * noisy(b + v));
		}
	comparison_judge(c, 0.02);
	ok(!strcmp(verdict_of(c, 0), "slower") && comparison_needed(c) == 7,
	   "seven are enough for 40 that double: what moves together is one event");
	ok(compare_pairs_needed(2) == 7 && compare_pairs_needed(3) == 8,
	   "with two arms against the base it takes 8");
	comparison_free(c);
}

/*
 * Two runs of one plan: nothing pairs their blocks, and six of each are enough for what is large.
 */
static void test_runs(void)
{
	struct comparison *c = comparison_new("none");

	comparison_set_design(c, COMPARE_RUNS);
	for (unsigned v = 0; v < 30; v++)
		for (unsigned b = 0; b < 6; b++) {
			char name[16];

			snprintf(name, sizeof(name), "v%u", v);
			add(c, name, "none", b, noisy(b + v));
			add(c, name, "new", b, (v < 15 ? 1.5 : 1) * noisy(b + v + 3));
		}
	comparison_judge(c, 0.02);
	ok(!strcmp(verdict_of(c, 0), "slower") && row_get_u64(&row, COL_n, 0) == 6 &&
		   row_get_u64(&row, COL_n_base, 0) == 6,
	   "six runs each: slower");
	ok(!strcmp(verdict_of(c, 29), "same"), "and the same");
	comparison_free(c);
}

/* The middle of a kind of configurations: rates turned round, its own verdict. */
static void test_group_names(void)
{
	char names[SYNC_EXPERIMENTS][GROUP_NAME];
	bool all = true;

	for (unsigned e = 0; e < SYNC_EXPERIMENTS; e++) {
		row_clear(&row);
		row_set_text(&row, COL_group, "sync");
		row_set_text(&row, COL_mechanism, "a");
		row_set_text(&row, COL_wait, "spin");
		row_set_text(&row, COL_order, "compact");
		row_set_text(&row, COL_experiment, parameter_word(PARAMETER_experiment, e));
		all &= group_name(&row, false, names[e]) && !strstr(names[e], "  ");
		for (unsigned k = 0; k < e; k++)
			all &= strcmp(names[k], names[e]) != 0;
	}
	ok(all, "each experiment has a group of its own");
	ok(!strcmp(names[SYNC_BARRIER], "spinning barriers compact"), "such as \"%s\"",
	   names[SYNC_BARRIER]);
}

static void test_groups(void)
{
	struct comparison *c = comparison_new("none");
	const struct compare_group *g;

	for (unsigned v = 0; v < 8; v++)
		for (unsigned b = 0; b < BLOCKS; b++)
			for (int arm = 0; arm < 2; arm++) {
				char name[16];

				snprintf(name, sizeof(name), "v%u", v);
				add(c, name, "", b, NAN);
				row_set_text(&row, COL_wait, v < 4 ? "block" : "spin");
				row_set_text(&row, COL_placement, "same-l3");
				row_set_text(&row, COL_pattern, "stream");
				row_set_decimal(&row, COL_throughput_mb_s,
						noisy(b + 3 * (unsigned)arm) /
							(arm && v < 4 ? 1.1 : 1));
				comparison_add(c, &row, arm ? "new" : "none");
			}
	comparison_judge(c, 0.02);
	ok(comparison_groups(c) == 2, "sleepers, and spinners");
	g = comparison_group(c, 0);
	ok(!strcmp(g->name, "sleeping streams same-l3") && g->verdict == VERDICT_SLOWER &&
		   g->n_cells == 4 && g->n[VERDICT_SLOWER] == 4 &&
		   fabs(g->paired.ratio - 1.1) < 0.01,
	   "%s: %s, %g", g->name, compare_verdict_name(g->verdict), g->paired.ratio);
	g = comparison_group(c, 1);
	ok(!strcmp(g->name, "spinning streams same-l3") && g->verdict == VERDICT_SAME, "%s: %s",
	   g->name, compare_verdict_name(g->verdict));
	comparison_row(c, 0, &row);
	ok(!strcmp(row_get_text(&row, COL_cell_group), "sleeping streams same-l3") &&
		   !strcmp(row_get_text(&row, COL_group_verdict), "slower") &&
		   row_get_decimal(&row, COL_group_ratio) > 1,
	   "stands in the row too");
	comparison_free(c);
}

/*
 * Eight that sleep in the base; two of them hardly do in the arm, and one of the others is of the
 * spinning group by its share.
 */
static void test_slept(void)
{
	struct comparison *c = comparison_new("none");

	for (unsigned v = 0; v < 9; v++)
		for (unsigned b = 0; b < BLOCKS; b++)
			for (int arm = 0; arm < 2; arm++) {
				char name[16];

				snprintf(name, sizeof(name), "v%u", v);
				add(c, name, "", b, NAN);
				row_set_text(&row, COL_wait, "poll");
				row_set_decimal(&row, COL_op_p50_ns, noisy(b + 3 * (unsigned)arm));
				row_set_decimal(&row, COL_slept_share,
						v == 8 || (arm && v < 2) ? 0.02 : 0.99);
				comparison_add(c, &row, arm ? "new" : "none");
			}
	comparison_judge(c, 0.02);
	ok(comparison_groups(c) == 1 && comparison_group(c, 0)->n_cells == 8 &&
		   !strcmp(comparison_group(c, 0)->name, "sleeping round trips"),
	   "each is in the group that it has in the base, by what it did there");
	comparison_row(c, 0, &row);
	ok(fabs(row_get_decimal(&row, COL_slept_share) - 0.99) < 1e-9 &&
		   fabs(row_get_decimal(&row, COL_slept_share_new) - 0.02) < 1e-9 &&
		   row_waits_otherwise(&row),
	   "the shares of both stand in the row");
	comparison_row(c, comparison_count(c) - 1, &row);
	ok(row_spins(&row) && !row_waits_otherwise(&row),
	   "a side that spins in both waits as before");
	comparison_free(c);
}

static void test_gaps(void)
{
	struct comparison *c = comparison_new("none");

	for (unsigned b = 0; b < BLOCKS; b++) {
		if (b != 3)
			add(c, "gaps", "none", b, noisy(b));
		if (b != 4)
			add(c, "gaps", "new", b, noisy(b + 3));
		add(c, "alone", "none", b, noisy(b));
		add(c, "ties", "none", b, 1000);
		add(c, "ties", "new", b, 1000);
	}
	add(c, "gaps", "new", 5, NAN);
	row_set_text(&row, COL_status, "failed");
	comparison_add(c, &row, "new");
	row_set_text(&row, COL_status, "ok");
	row_set_text(&row, COL_used, "no");
	row_set_decimal(&row, COL_op_p50_ns, 5);
	comparison_add(c, &row, "new");
	comparison_judge(c, 0.02);
	ok_is(comparison_count(c), 2, "a cell of one arm only is not compared");
	comparison_row(c, 0, &row);
	ok_is(row_get_u64(&row, COL_n, 0), BLOCKS - 3, "only blocks with both count: %u pairs",
	      (unsigned)row_get_u64(&row, COL_n, 0));
	ok(row_get_u64(&row, COL_n_unused, 0) > 0, "and the others are told");
	ok(!strcmp(verdict_of(c, 1), "same") && row_get_decimal(&row, COL_p) == 1,
	   "equal values everywhere: same");
	comparison_free(c);
	c = comparison_new("none");
	ok(!comparison_judge(c, 0.02) && !comparison_count(c), "nothing to compare");
	comparison_free(c);
}

static void test_arms(void)
{
	struct comparison *c = comparison_new("none");

	for (unsigned b = 0; b < BLOCKS; b++) {
		add(c, "pair", "one", b, 1.1 * noisy(b));
		add(c, "pair", "two", b, noisy(b + 3));
		add(c, "pair", "none", b, noisy(b));
	}
	comparison_judge(c, 0.02);
	ok_is(comparison_count(c), 2, "each arm against the base");
	ok(!strcmp(verdict_of(c, 0), "slower") && !strcmp(row_get_text(&row, COL_arm), "one") &&
		   !strcmp(row_get_text(&row, COL_base_arm), "none"),
	   "whichever came first");
	ok(!strcmp(verdict_of(c, 1), "same"), "the other arm");
	comparison_free(c);
}

/*
 * The tail of a sleeper, of which a row has a thousand times, is compared; one that no row has is
 * not.
 */
static void test_p99(void)
{
	struct comparison *c = comparison_new("none");

	for (unsigned b = 0; b < BLOCKS; b++)
		for (int arm = 0; arm < 2; arm++)
			for (int many = 0; many < 2; many++) {
				add(c, many ? "many" : "few", "", b, NAN);
				row_set_decimal(&row, COL_op_p50_ns, noisy(b + (unsigned)arm));
				if (many)
					row_set_decimal(&row, COL_rtt_p99_ns,
							(arm ? 3 : 2) * noisy(b));
				row_set_u64(&row, COL_n_samples, many ? 1000 : 999);
				comparison_add(c, &row, arm ? "new" : "none");
			}
	comparison_judge(c, 0.02);
	ok_is(comparison_count(c), 3, "two medians and one 99th percentile");
	for (size_t i = 0; i < comparison_count(c); i++) {
		comparison_row(c, i, &row);
		if (!strcmp(row_get_text(&row, COL_metric), "rtt_p99_ns"))
			ok(!strcmp(row_get_text(&row, COL_variant), "many") &&
				   !strcmp(row_get_text(&row, COL_verdict), "slower"),
			   "of the cell that has it");
	}
	comparison_free(c);
}

/* One slow invocation has too few times for a 99th percentile: the others are no fair choice. */
static void test_lost_tail(void)
{
	struct comparison *c = comparison_new("none");

	for (unsigned b = 0; b < BLOCKS; b++)
		for (int arm = 0; arm < 2; arm++) {
			bool slow = arm && b == 5;

			add(c, "pair", "", b, NAN);
			row_set_decimal(&row, COL_op_p50_ns, noisy(b));
			if (!slow)
				row_set_decimal(&row, COL_rtt_p99_ns, 2 * noisy(b));
			comparison_add(c, &row, arm ? "new" : "none");
		}
	comparison_judge(c, 0.02);
	ok_is(comparison_count(c), 1, "no 99th percentile of the fast ones alone");
	comparison_free(c);
}

/*
 * A pilot plans for the table it makes: all its comparisons, 99th percentiles too, are one family.
 */
static void test_rounds(void)
{
	struct comparison *c = comparison_new("none");
	double wanted = log(1.05), sd;
	size_t n;

	for (unsigned cell = 0; cell < 30; cell++)
		for (unsigned b = 0; b < 5; b++)
			for (unsigned arm = 0; arm < 2; arm++) {
				char name[16];

				snprintf(name, sizeof(name), "v%u", cell);
				add(c, name, "", b, NAN);
				row_set_decimal(&row, COL_op_p50_ns,
						1000 + 10 * (noisy(b + cell + 3 * arm) - 1000));
				row_set_decimal(&row, COL_rtt_p99_ns, 2 * noisy(b + cell + arm));
				comparison_add(c, &row, arm ? "new" : "none");
			}
	comparison_judge(c, 0.02);
	sd = comparison_deviation(c, 0.8);
	n = comparison_rounds(c, 1.05, 0.8);
	ok(comparison_count(c) == 60, "30 cells make 60 comparisons");
	ok(compare_detectable(sd, n, 60, 2, 0.02) <= wanted &&
		   compare_detectable(sd, n - 1, 60, 2, 0.02) > wanted,
	   "the plan is the least for 60, beyond 2 %%: %zu pairs at %.1f %%", n, 100 * sd);
	ok(n > 1.5 * (1.05 * pow(2.8 * sd / wanted, 2)),
	   "many more than one comparison with 1 needs");
	comparison_free(c);
}

int main(void)
{
	test_effects();
	test_direction();
	test_drift();
	test_verdicts();
	test_no_ratio();
	test_missing();
	test_flags();
	test_detectable();
	test_tick();
	test_modes();
	test_few();
	test_runs();
	test_group_names();
	test_groups();
	test_slept();
	test_gaps();
	test_arms();
	test_p99();
	test_lost_tail();
	test_rounds();
	return done_testing();
}
