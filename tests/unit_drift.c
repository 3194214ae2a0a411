/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/* blocks.csv on constructed invocations: a drift, a rate, noise, arms and runs apart. */
#include <math.h>
#include <string.h>

#include "bench/analyse/drift.h"
#include "tests/tap.h"

static struct row row;

/* An invocation of pipe `variant`: a round trip, or with `rate` a stream. */
static void set(const char *variant, const char *arm, unsigned block, double value, bool rate)
{
	row_clear(&row);
	row_set_text(&row, COL_group, "ipc");
	row_set_text(&row, COL_mechanism, "pipe");
	row_set_text(&row, COL_variant, variant);
	row_set_text(&row, COL_pattern, rate ? "stream" : "ping-pong");
	row_set_text(&row, COL_status, "ok");
	row_set_text(&row, COL_arm, arm);
	row_set_text(&row, COL_run_id, "run");
	row_set_text(&row, COL_time_utc, "2026-01-02T03:04:05Z");
	row_set_u64(&row, COL_block, block);
	row_set_u64(&row, COL_n_ops, 1000);
	row_set_u64(&row, COL_steal_ns, 10);
	row_set_decimal(&row, rate ? COL_throughput_mb_s : COL_op_p50_ns, value);
}

static double relative(const struct drift *d, size_t nth)
{
	drift_row(d, nth, &row);
	return row_get_decimal(&row, COL_relative);
}

static void test_drift(void)
{
	struct drift *d = drift_new();

	/*
	 * the machine halves its speed in the last of three blocks, in both arms; arms differ by 10
	 */
	for (unsigned b = 1; b <= 3; b++)
		for (unsigned arm = 0; arm < 2; arm++)
			for (unsigned cell = 0; cell < 4; cell++) {
				char name[8];
				double time = (b == 3 ? 2 : 1) * (arm ? 10 : 1) * (100 + cell);

				snprintf(name, sizeof(name), "v%u", cell);
				set(name, arm ? "other" : "none", b, cell == 3 ? 1 / time : time,
				    cell == 3);
				drift_add(d, &row);
			}
	ok(!drift_judge(d) && drift_count(d) == 6, "a row per block and arm");
	ok(relative(d, 0) == 1 && relative(d, 1) == 1 && relative(d, 2) == 1,
	   "arms are related to themselves");
	ok(relative(d, 4) == 2 && relative(d, 5) == 2, "twice the time is 2, also of a rate");
	ok(row_get_decimal(&row, COL_relative_lo) == 2 &&
		   row_get_decimal(&row, COL_relative_hi) == 2,
	   "with the quartiles over the cells");
	ok(row_get_u64(&row, COL_block, 0) == 3 && !strcmp(row_get_text(&row, COL_arm), "other") &&
		   row_get_u64(&row, COL_n, 0) == 4 && row_get_u64(&row, COL_steal_ns, 0) == 40,
	   "of this block and arm: invocations and stolen time");
	drift_free(d);
}

static void test_noise(void)
{
	struct drift *d = drift_new();

	for (unsigned i = 0; i < 5; i++) {
		set("v", "none", 1, i < 2 ? 900 : 100, false);
		if (i < 2)
			row_set_text(&row, COL_used, "no");
		if (i < 3)
			row_set_text(&row, COL_flags, "virtual+noisy");
		drift_add(d, &row);
	}
	set("v", "none", 2, NAN, false);
	row_set_text(&row, COL_used, "no");
	drift_add(d, &row);
	row_unset(&row, COL_n_ops);
	row_set_u64(&row, COL_block, 3);
	drift_add(d, &row);
	ok(!drift_judge(d) && drift_count(d) == 2, "what did not run has no block");
	ok_is(relative(d, 0), 1, "rows that do not count move nothing");
	ok(row_get_u64(&row, COL_n, 0) == 3 && row_get_u64(&row, COL_n_unused, 0) == 2 &&
		   row_get_u64(&row, COL_n_noisy, 0) == 3,
	   "but are counted, and the disturbed among all");
	ok(isnan(relative(d, 1)) && row_get_u64(&row, COL_n_unused, 0) == 1,
	   "a block of which no row counts");
	drift_free(d);
}

static void test_runs(void)
{
	struct drift *d = drift_new();

	for (unsigned run = 0; run < 2; run++) {
		set("v", "none", 1, run ? 500 : 100, false);
		row_set_text(&row, COL_run_id, run ? "two" : "one");
		drift_add(d, &row);
	}
	ok(!drift_judge(d) && drift_count(d) == 2 && relative(d, 0) == 1 && relative(d, 1) == 1,
	   "runs are apart");
	drift_free(d);
	d = drift_new();
	ok(!drift_judge(d) && !drift_count(d), "nothing at all");
	drift_free(d);
}

int main(void)
{
	test_drift();
	test_noise();
	test_runs();
	return done_testing();
}
