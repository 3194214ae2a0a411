/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/*
 * What round trips are made of, from made-up rows of summary.csv; sums and their intervals were
 * worked out by hand.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/analyse/breakdown.h"
#include "bench/base/random.h"
#include "bench/plan/plan.h"
#include "tests/tap.h"

static struct row rows[32];
static size_t n_rows;
static struct breakdown *all;
static size_t n_all;

/* A median with its interval; what else it is the caller says. */
static struct row *add(const char *mechanism, const char *variant, const char *placement,
		       double median, double lo, double hi)
{
	struct row *row = &rows[n_rows++];

	row_clear(row);
	row_set_text(row, COL_status, "ok");
	row_set_text(row, COL_run_id, "run");
	row_set_text(row, COL_group, "ipc");
	row_set_text(row, COL_mechanism, mechanism);
	row_set_text(row, COL_variant, variant);
	row_set_text(row, COL_wait, "block");
	row_set_text(row, COL_pattern, "ping-pong");
	row_set_text(row, COL_placement, placement);
	row_set_text(row, COL_endpoints, "process");
	row_set_text(row, COL_metric, "op_p50_ns");
	row_set_decimal(row, COL_median, median);
	row_set_decimal(row, COL_ci_lo, lo);
	row_set_decimal(row, COL_ci_hi, hi);
	return row;
}

static struct row *add_pipe(const char *placement, uint64_t size_b, double median, double lo,
			    double hi)
{
	struct row *row = add("pipe", "pair", placement, median, lo, hi);

	row_set_u64(row, COL_msg_size_b, size_b);
	row_set_decimal(row, COL_syscalls_per_op, 4);
	return row;
}

static void add_call(void)
{
	row_set_text(add("syscall", "getppid", "same-l3", 100, 90, 120), COL_wait, "none");
}

/* The bare futex beside a process of class idle. */
static void add_awake(const char *placement, double median, double lo, double hi)
{
	struct row *row = add("futex", "pair", placement, median, lo, hi);

	row_set_text(row, COL_load, "same");
	row_set_text(row, COL_load_sched, "idle");
}

/* Takes the rows apart; of `row` the part, NULL where it was not taken apart. */
static void take_apart(void)
{
	free(all);
	ok(!breakdown_find(rows, n_rows, &all, &n_all), "taken apart");
}

static const struct breakdown *of(const struct row *row)
{
	for (size_t i = 0; i < n_all; i++)
		if (all[i].source[SOURCE_TRIP] == row)
			return &all[i];
	return NULL;
}

static bool is(const struct row *row, enum part part, double ns, double lo, double hi)
{
	const struct breakdown *b = of(row);

	return b && fabs(b->part[part].ns - ns) < 1e-3 && fabs(b->part[part].ci.lo - lo) < 1e-3 &&
	       fabs(b->part[part].ci.hi - hi) < 1e-3;
}

static bool is_unknown(const struct row *row, enum part part)
{
	return of(row) && isnan(of(row)->part[part].ns);
}

static void test_one_cpu(void)
{
	struct row *pipe, *futex;

	n_rows = 0;
	pipe = add_pipe("same-pu", 64, 6000, 5900, 6300);
	take_apart();
	ok_is(n_all, 0u, "without the bare futex nothing is said");
	futex = add("futex", "pair", "same-pu", 5000, 4800, 5400);
	take_apart();
	ok(is_unknown(pipe, PART_CALLS), "system calls whose cost was not measured");
	ok(is(pipe, PART_SWITCH, 5000, 4800, 5400), "they stay in the wake-up then");
	add_call();
	take_apart();
	ok(is(pipe, PART_CALLS, 400, 360, 480), "four calls");
	/* 5000 - 4 x 100: below by sqrt(200^2 + (4 x 20)^2), above by sqrt(400^2 + (4 x 10)^2) */
	ok(is(pipe, PART_SWITCH, 4600, 4384.5934, 5001.9950), "wake-up and switch");
	/* 6000 - 5000: below by sqrt(100^2 + 400^2), above by sqrt(300^2 + 200^2) */
	ok(is(pipe, PART_REST, 1000, 587.6894, 1360.5551), "the calls of both cancel in the rest");
	ok(is_unknown(pipe, PART_COPY), "no smaller message");
	ok(of(pipe) && !of(pipe)->part[PART_WAKE].applies && !of(pipe)->part[PART_IDLE].applies &&
		   !of(pipe)->part[PART_RESTED].applies,
	   "nothing of a second CPU");
	ok(is(futex, PART_REST, 0, 0, 0), "nothing is left of the bare futex, without an error");
	ok(is(futex, PART_CALLS, 400, 360, 480), "whose calls are known");
	row_unset(pipe, COL_syscalls_per_op);
	take_apart();
	ok(is_unknown(pipe, PART_CALLS) && is(pipe, PART_SWITCH, 5000, 4800, 5400),
	   "calls whose number is not known stay in the wake-up");
}

/* Where CPUs that a process keeps awake are slower than idle ones, it is no control. */
static void test_failed_control(void)
{
	struct row *pipe;

	n_rows = 0;
	add("futex", "pair", "same-pu", 5000, 4800, 5400);
	add("futex", "pair", "same-l3", 12000, 11500, 13000);
	pipe = add_pipe("same-l3", 64, 13000, 12800, 13500);
	add_awake("same-l3", 13500, 12900, 14000);
	take_apart();
	/* 12000 - 13500: below by sqrt(500^2 + 500^2), above by sqrt(1000^2 + 600^2) */
	ok(is(pipe, PART_IDLE, -1500, -2207.1068, -333.8096) && !of(pipe)->awake_failed,
	   "a control that may be as fast");
	add_awake("same-l3", 50000, 49000, 51000);
	rows[n_rows - 2] = rows[n_rows - 1];
	n_rows--;
	take_apart();
	ok(is_unknown(pipe, PART_IDLE) && of(pipe)->awake_failed,
	   "one that is slower says nothing of the way out of idle");
	/* 12000 - 5000: below by sqrt(500^2 + 400^2), above by sqrt(1000^2 + 200^2) */
	ok(is(pipe, PART_WAKE, 7000, 6359.6876, 8019.8039), "the way to another, idle CPU");
}

static void test_two_cpus(void)
{
	struct row *pipe, *large, *rested, *futex;

	n_rows = 0;
	add_call();
	add("futex", "pair", "same-pu", 5000, 4800, 5400);
	add("futex", "pair", "same-l3", 12000, 11500, 13000);
	add("futex", "pair", "other-package", 20000, 20000, 20000);
	pipe = add_pipe("same-l3", 64, 13000, 12800, 13500);
	large = add_pipe("same-l3", 4096, 15000, 14000, 16000);
	take_apart();
	ok(is(pipe, PART_SWITCH, 4600, 4384.5934, 5001.9950), "wake-up and switch, as on one CPU");
	/* 12000 - 5000: below by sqrt(500^2 + 400^2), above by sqrt(1000^2 + 200^2) */
	ok(is(pipe, PART_WAKE, 7000, 6359.6876, 8019.8039) && is_unknown(pipe, PART_IDLE),
	   "an idle CPU, not taken apart");
	add_awake("same-l3", 7000, 6800, 7300);
	take_apart();
	/* 7000 - 5000: below by sqrt(200^2 + 400^2), above by sqrt(300^2 + 200^2) */
	ok(is(pipe, PART_WAKE, 2000, 1552.7864, 2360.5551), "another CPU that is awake");
	/* 12000 - 7000: below by sqrt(500^2 + 300^2), above by sqrt(1000^2 + 200^2) */
	ok(is(pipe, PART_IDLE, 5000, 4416.9048, 6019.8039), "what an idle one takes more");
	ok(is(pipe, PART_AWAKE, 7000, 6359.6876, 8019.8039), "what polling CPUs can save");
	ok(is(pipe, PART_REST, 1000, -19.8039, 1707.1068), "the rest, whatever is taken apart");
	ok(is(large, PART_COPY, 2000, 881.9660, 3019.8039), "what the message takes more");
	ok(is(large, PART_REST, 1000, -19.8039, 1707.1068), "the rest has no copy in it");
	rested = add_pipe("same-l3", 64, 18000, 17000, 20000);
	row_set_text(rested, COL_pattern, "paced");
	row_set_u64(rested, COL_every_ns, 1000000);
	row_set_text(rested, COL_metric, "resp_p50_ns");
	take_apart();
	ok(is(pipe, PART_RESTED, 5000, 3881.9660, 7009.9751), "after a pause");
	ok(is(pipe, PART_REST, 1000, -19.8039, 1707.1068), "it is no part of the whole");
	ok(is_unknown(large, PART_RESTED), "of another message it says nothing");
	row_set_text(rested, COL_flags, "virtual+late");
	take_apart();
	ok(is_unknown(pipe, PART_RESTED), "nor does a schedule that was behind: there is no pause");
	row_set_text(rested, COL_flags, "virtual");
	futex = add("futex", "pair", "same-l3", 14000, 14000, 14000);
	row_set_u64(futex, COL_gap_ns, 2000000);
	take_apart();
	ok(is(pipe, PART_RESTED, 5000, 3881.9660, 7009.9751), "its own schedule comes first");
	/* 14000 - 12000 */
	ok(is(large, PART_RESTED, 2000, 1000, 2500), "else that of the bare futex says it");
	row_unset(futex, COL_gap_ns);
	row_set_text(futex, COL_status, "skipped");
	ok(!of(rested), "a schedule is not taken apart");
	row_set_u64(rested, COL_every_ns, 100000);
	take_apart();
	ok(is_unknown(pipe, PART_RESTED), "a short pause is none");
}

/* What must not be taken for a source, or for a round trip of sleepers. */
static void test_others(void)
{
	struct row *pipe, *other;

	n_rows = 0;
	add_call();
	add("futex", "pair", "same-pu", 5000, 5000, 5000);
	pipe = add_pipe("same-l3", 64, 9000, 9000, 9000);
	add("futex", "pair", "same-l3", 12000, 12000, 12000);
	other = add_pipe("same-l3", 64, 8000, 8000, 8000);
	row_set_text(other, COL_wait, "spin");
	take_apart();
	ok(!of(other), "spinners are not taken apart");
	ok(is(pipe, PART_REST, -3000, -3000, -3000), "parts that are more than the whole");
	row_set_text(other, COL_wait, "poll");
	row_set_decimal(other, COL_syscalls_per_op, 8);
	take_apart();
	ok(is(other, PART_REST, -4400, -4400 - 4 * 20, -4400 + 4 * 10), "eight calls, not four");
	ok(of(other) && of(other)->fastest && of(pipe) && !of(pipe)->fastest,
	   "which wait mode is the fastest");
	for (size_t i = 0; i < n_rows; i++)
		row_set_text(&rows[i], COL_arm, &rows[i] == pipe ? "tuned" : "as-is");
	take_apart();
	ok(!of(pipe), "rows of another profile are none");
	row_set_text(pipe, COL_arm, "as-is");
	row_set_text(pipe, COL_apart, "seccomp");
	take_apart();
	ok(!of(pipe), "nor those of sides that are not apart");
	row_unset(pipe, COL_apart);
	row_set_text(pipe, COL_load, "same");
	take_apart();
	ok(!of(pipe), "beside a load nothing is taken apart");
}

static void test_rows(void)
{
	static struct row row;
	const struct row *pipe;

	n_rows = 0;
	pipe = add_pipe("same-pu", 64, 6000, 5900, 6300);
	add("futex", "pair", "same-pu", 5000, 4800, 5400);
	add_call();
	take_apart();
	ok(of(pipe) && breakdown_row(of(pipe), PART_SWITCH, &row), "a row");
	ok(!strcmp(row_get_text(&row, COL_part), "switch") &&
		   row_get_decimal(&row, COL_part_ns) == 4600 &&
		   row_get_decimal(&row, COL_trip_ns) == 6000 &&
		   row_get_u64(&row, COL_msg_size_b, 0) == 64,
	   "part, whole and configuration");
	ok(!strcmp(row_get_text(&row, COL_part_sum),
		   "ipc/futex:pair block ping-pong same-pu - "
		   "4 x ipc/syscall:getppid none ping-pong same-l3"),
	   "the sum that it is: %s", row_get_text(&row, COL_part_sum));
	ok(of(pipe) && !breakdown_row(of(pipe), PART_IDLE, &row), "no row of what does not apply");
	row_set_text(&rows[n_rows - 1], COL_status, "failed"); /* the call */
	take_apart();
	ok(of(pipe) && breakdown_row(of(pipe), PART_CALLS, &row) &&
		   !row_is_set(&row, COL_part_ns) && !row_is_set(&row, COL_part_sum),
	   "an empty one of what was not measured");
}

/* A value around `mean`, with the tail to the right that times have. */
static double draw(uint64_t *state, double mean)
{
	double u = 0;

	for (int i = 0; i < 12; i++)
		u += (double)(random_next(state) >> 11) * 0x1p-53;
	return mean * exp(0.05 * (u - 6));
}

/*
 * How often the interval of a difference of two medians of six runs holds the difference: 95 % or
 * more.
 */
static void test_coverage(void)
{
	enum { TRIALS = 2000, RUNS = 6 };
	uint64_t state = 1;
	unsigned held = 0;
	static const double mean[2] = {12000, 7000};

	for (int t = 0; t < TRIALS; t++) {
		n_rows = 0;
		for (int k = 0; k < 2; k++) {
			double values[RUNS];
			struct interval ci;

			for (int i = 0; i < RUNS; i++)
				values[i] = draw(&state, mean[k]);
			estimate_sort(values, RUNS);
			ci = estimate_median_interval(values, RUNS, 0.95);
			if (k)
				add_awake("same-l3", estimate_median(values, RUNS), ci.lo, ci.hi);
			else
				add("futex", "pair", "same-l3", estimate_median(values, RUNS),
				    ci.lo, ci.hi);
		}
		free(all);
		if (breakdown_find(rows, n_rows, &all, &n_all) || n_all != 1)
			break;
		held += all[0].part[PART_IDLE].ci.lo <= 5000 &&
			all[0].part[PART_IDLE].ci.hi >= 5000;
	}
	ok(held >= 0.94 * TRIALS, "the interval holds the difference in %u of %d trials", held,
	   (int)TRIALS);
}

int main(void)
{
	test_one_cpu();
	test_failed_control();
	test_two_cpus();
	test_others();
	test_rows();
	test_coverage();
	free(all);
	return done_testing();
}
