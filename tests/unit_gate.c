/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/*
 * The noise gate: what counts as a disturbance, for which kind of row; and who gets more
 * invocations.
 */
#include <math.h>
#include <string.h>

#include "bench/analyse/extra_runs.h"
#include "bench/analyse/gate.h"
#include "tests/tap.h"

#define DURATION_NS 100000000u /* of every row here */

static struct row row;
static char why[GATE_WHY];

/* A quiet row of 1000 operations on these PUs. */
static void quiet(const char *cpus)
{
	row_clear(&row);
	row_set_text(&row, COL_cpus, cpus);
	row_set_u64(&row, COL_duration_ns, DURATION_NS);
	row_set_u64(&row, COL_n_ops, 1000);
	row_set_u64(&row, COL_steal_ns, 0);
	row_set_u64(&row, COL_run_delay_ns, 0);
	row_set_u64(&row, COL_foreign_cpu_ns, 0);
	row_set_u64(&row, COL_major_faults, 0);
	row_set_decimal(&row, COL_invol_switches_per_op, 0);
}

/* Whether the row with `value` in `column` is noisy, and with one less by `step` is not. */
static bool limit(const char *cpus, enum column column, uint64_t value, uint64_t step)
{
	bool below, above;

	quiet(cpus);
	row_set_u64(&row, column, value - step);
	below = gate_noisy(&row, why);
	row_set_u64(&row, column, value);
	above = gate_noisy(&row, why);
	return above && !below;
}

/*
 * Whether a row of 10 s on two PUs is noisy with `value` in `column`: there steps of a counter are
 * small.
 */
static bool noisy_for_long(enum column column, uint64_t value)
{
	quiet("0+1");
	row_set_u64(&row, COL_duration_ns, 10000000000u);
	row_set_u64(&row, column, value);
	return gate_noisy(&row, why);
}

/* Preemptions where each side has a PU; then likewise beside a load, planned or on its PUs. */
static void test_preempted(void)
{
	quiet("0+1");
	row_set_u64(&row, COL_duration_ns, DURATION_NS / 10);
	row_set_decimal(&row, COL_invol_switches_per_op, 0.005);
	ok(!gate_noisy(&row, why), "in a short time a few preemptions come at random");
	row_set_decimal(&row, COL_invol_switches_per_op, 0.006);
	ok(gate_noisy(&row, why), "more do not: %s", why);
	row_set_u64(&row, COL_duration_ns, DURATION_NS);
	row_set_decimal(&row, COL_invol_switches_per_op, 0.009);
	ok(!gate_noisy(&row, why), "9 preemptions in 0.1 s of two sides are not noise");
	row_set_decimal(&row, COL_invol_switches_per_op, 0.011);
	ok(gate_noisy(&row, why) && strstr(why, "preempted 55 times a second"), "11 are: %s", why);
	row_set_u64(&row, COL_n_ops, 100000);
	row_set_decimal(&row, COL_invol_switches_per_op, 0.002);
	ok(!gate_noisy(&row, why), "200 of 100,000 operations move no 99th percentile");
	row_set_decimal(&row, COL_invol_switches_per_op, 0.0021);
	ok(gate_noisy(&row, why), "more may: %s", why);
	row_set_u64(&row, COL_n_ops, 1000);
	row_set_decimal(&row, COL_invol_switches_per_op, 0.011);
	row_set_text(&row, COL_load, "same");
	ok(gate_noisy(&row, why), "a load that was planned, but did not run: a profile without it");
	row_set_text(&row, COL_load_cpus, "10+11");
	ok(gate_noisy(&row, why), "or on other PUs");
	row_set_text(&row, COL_load_cpus, "10+1");
	row_unset(&row, COL_load);
	row_set_u64(&row, COL_run_delay_ns, DURATION_NS);
	ok(!gate_noisy(&row, why), "but with a load on its PUs, they are what is measured");
	row_set_u64(&row, COL_foreign_cpu_ns, 40000001);
	ok(gate_noisy(&row, why), "what others ran there is noise all the same");
}

static void test_apart(void)
{
	quiet("0+1");
	ok(!gate_noisy(&row, why), "a quiet row is not noisy");
	ok(limit("0+1", COL_steal_ns, 10000001, 1), "steal: above one step of the counter");
	ok(!strcmp(why, "the hypervisor took 5.0 % of the time"), "and it says so: %s", why);
	ok(!noisy_for_long(COL_steal_ns, 199000000), "and not below 1 %% of the time of both PUs");
	ok(noisy_for_long(COL_steal_ns, 201000000), "but above");
	ok(limit("0+1", COL_run_delay_ns, 2000001, 1), "run delay: above 1 %% of both sides' time");
	ok(limit("0", COL_run_delay_ns, 1000001, 1), "of one side alone");
	ok(limit("0+1", COL_foreign_cpu_ns, 40000001, 1),
	   "others on our PUs: above two steps of the counter per PU");
	ok(!noisy_for_long(COL_foreign_cpu_ns, 999000000), "and not below 5 %% of a longer row");
	ok(noisy_for_long(COL_foreign_cpu_ns, 1001000000), "but above");
	ok(limit("0+1", COL_major_faults, 1, 1), "a page from the disk");
	ok(limit("0", COL_stood_ns, 10000001, 1), "nothing moved for more than 10 ms");
	quiet("0+0");
	row_set_u64(&row, COL_stood_ns, 400000000);
	ok(gate_noisy(&row, why) && !strcmp(why, "stood still for 0.4 s"), "and it says so: %s",
	   why);
	quiet("0+0");
	row_set_u64(&row, COL_throttled_ns, 0);
	ok(!gate_noisy(&row, why) && gate_repeats(&row), "a quota that is not used up is no noise");
	row_set_u64(&row, COL_throttled_ns, 1);
	row_set_u64(&row, COL_throttled_periods, 3);
	row_set_u64(&row, COL_steal_ns, DURATION_NS);
	ok(gate_noisy(&row, why) && !strcmp(why, "throttled by its cgroup's quota in 3 periods"),
	   "one that is comes first: %s", why);
	ok(!gate_repeats(&row), "and no repetition cures it");
	row_clear(&row);
	row_set_text(&row, COL_cpus, "0+1");
	row_set_u64(&row, COL_duration_ns, DURATION_NS);
	ok(!gate_noisy(&row, why), "what could not be measured is not held against a row");
}

/* Two ends on one PU preempt each other and wait for each other, by design. */
static void test_together(void)
{
	quiet("3+3");
	ok(!gate_apart(&row), "two sides on one PU are not apart");
	row_set_u64(&row, COL_run_delay_ns, DURATION_NS);
	row_set_decimal(&row, COL_invol_switches_per_op, 1);
	ok(!gate_noisy(&row, why), "there waiting and preemption are no noise");
	ok(limit("3+3", COL_steal_ns, 10000001, 1), "steal is, of the one PU");
	ok(limit("3+3", COL_foreign_cpu_ns, 20000001, 1), "and so are others on it");
	quiet("3+3");
	row_set_u64(&row, COL_foreign_cpu_ns, 5000001);
	row_set_decimal(&row, COL_cpu_ns_per_op, 95000); /* 95 of 100 ms: it never idles */
	ok(gate_noisy(&row, why), "above 5 %% already, where the two leave no idle time: %s", why);
	row_set_u64(&row, COL_foreign_cpu_ns, 4999999);
	ok(!gate_noisy(&row, why), "and not below");
	row_set_u64(&row, COL_foreign_cpu_ns, 15000000);
	row_set_decimal(&row, COL_cpu_ns_per_op, 60000);
	ok(!gate_noisy(&row, why), "where they idle the counter's steps are too coarse for that");
	row_set_decimal(&row, COL_cpu_ns_per_op, 85000);
	row_set_u64(&row, COL_gap_ns, 1000);
	ok(!gate_noisy(&row, why), "so they are where they are told to pause");
	quiet("0+1+0+1");
	row_set_u64(&row, COL_run_delay_ns, DURATION_NS);
	ok(!gate_noisy(&row, why), "four threads on two PUs wait by design, too");
	quiet("0+1");
	row_set_text(&row, COL_flags, "virtual+oversubscribed");
	row_set_u64(&row, COL_run_delay_ns, DURATION_NS);
	ok(!gate_noisy(&row, why), "as does what is flagged oversubscribed");
	quiet("0");
	row_set_text(&row, COL_flags, "virtual+spawns");
	row_set_u64(&row, COL_run_delay_ns, DURATION_NS);
	row_set_decimal(&row, COL_invol_switches_per_op, 1);
	ok(!gate_noisy(&row, why), "and who waits for the threads or children that it makes");
	quiet("0+1");
	row_set_text(&row, COL_flags, "virtual+kernel_worker");
	row_set_u64(&row, COL_run_delay_ns, DURATION_NS);
	row_set_decimal(&row, COL_invol_switches_per_op, 1);
	row_set_u64(&row, COL_foreign_cpu_ns, DURATION_NS);
	ok(!gate_noisy(&row, why),
	   "nor is what a thread of the kernel does for them, on their PUs");
	row_set_u64(&row, COL_steal_ns, DURATION_NS);
	ok(gate_noisy(&row, why), "what the hypervisor takes is: %s", why);
	quiet("1+11");
	ok(gate_apart(&row), "PU 1 is not PU 11");
}

static void test_allot(void)
{
	static const double width[] = {0.20, 0.05, 0.01, NAN, 0.0, 0.20};
	static const unsigned have[] = {6, 6, 6, 0, 6, 6};
	unsigned extra[6];
	size_t given;

	given = extra_runs(width, have, extra, 6, 10, 30, 0.02, true);
	ok(given == 10 && extra[0] == 5 && extra[5] == 5, "the widest intervals get all: %u %u %u",
	   extra[0], extra[1], extra[5]);
	ok(!extra[3] && !extra[4], "cells without an interval, or with none to narrow, get none");
	given = extra_runs(width, have, extra, 6, 1000, 30, 0.02, false);
	ok(extra[0] == 24 && extra[5] == 24, "none gets beyond the most");
	ok(extra[1] == 24 && !extra[2] && given == 72,
	   "a cell at the target gets none while time is not to be spent (%zu)", given);
	given = extra_runs(width, have, extra, 6, 1000, 30, 0.02, true);
	ok(extra[2] == 24 && given == 96, "and gets what is left over otherwise (%zu)", given);
	given = extra_runs((double[]){0.03}, (unsigned[]){6}, extra, 1, 1000, 30, 0.02, false);
	ok(given == 8 && extra[0] == 8, "14 invocations bring 3 %% of 6 to 2 %%: root of 6/14 (%u)",
	   extra[0]);
	ok(!extra_runs(width, have, extra, 6, 0, 30, 0.02, true) && !extra[0], "no time, none");
}

/* The counters are of more than the timed part where the sides had to wait before it. */
static void test_counted(void)
{
	quiet("0+1");
	row_set_u64(&row, COL_run_delay_ns, 3000000);
	ok(gate_noisy(&row, why) && strstr(why, "for 1.5 % of the time"), "of 0.1 s: %s", why);
	row_set_u64(&row, COL_counted_ns, 2 * DURATION_NS);
	ok(!gate_noisy(&row, why), "of 0.2 s it is less than 1 %%");
	row_set_u64(&row, COL_run_delay_ns, 300000000);
	ok(gate_noisy(&row, why) && strstr(why, "for 75.0 % of the time"),
	   "more than the timed part: %s", why);
}

int main(void)
{
	test_preempted();
	test_counted();
	test_apart();
	test_together();
	test_allot();
	return done_testing();
}
