/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/* From invocations to cells. */
#include <math.h>
#include <string.h>

#include "bench/analyse/summary.h"
#include "tests/tap.h"

static struct row row;

/* One invocation of a cell of 64-byte round trips, to be changed by the caller before add(). */
static struct row *sample(const char *variant, const char *status, double p50)
{
	row_clear(&row);
	row_set_text(&row, COL_group, "ipc");
	row_set_text(&row, COL_mechanism, "pipe");
	row_set_text(&row, COL_variant, variant);
	row_set_text(&row, COL_pattern, "ping-pong");
	row_set_u64(&row, COL_msg_size_b, 64);
	row_set_text(&row, COL_status, status);
	row_set_text(&row, COL_used, "yes");
	row_set_decimal(&row, COL_op_p50_ns, p50);
	return &row;
}

static void add_many(struct summary *s, const char *variant, const double *p50, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct row *r = sample(variant, "ok", p50[i]);

		row_set_u64(r, COL_block, i + 1);
		row_set_decimal(r, COL_rtt_p99_ns, 2 * p50[i]);
		summary_add(s, r);
	}
}

static bool near(const struct row *r, enum column column, double value)
{
	return fabs(row_get_decimal(r, column) - value) < 1e-9;
}

static void test_estimate(void)
{
	static const double six[] = {105, 101, 104, 900, 102, 103};
	struct summary *s = summary_new();
	struct row r;

	add_many(s, "pair", six, 6);
	add_many(s, "few", six, 5);
	ok_is(summary_count(s), 2, "two cells, one metric each");
	summary_row(s, 0, &r);
	ok(!strcmp(row_get_text(&r, COL_metric), "op_p50_ns"),
	   "round trips are told by their median");
	ok(near(&r, COL_median, 103.5) && near(&r, COL_n, 6),
	   "median of six invocations, whatever their order");
	ok(near(&r, COL_ci_lo, 101) && near(&r, COL_ci_hi, 900),
	   "six give the interval from the least to the largest");
	ok(near(&r, COL_p99_median, 207), "median of the 99th percentiles");
	ok(!strcmp(row_get_text(&r, COL_target_met), "no"),
	   "an interval that wide misses the target");
	summary_row(s, 1, &r);
	ok(near(&r, COL_median, 103) || near(&r, COL_median, 104), "five have a median");
	ok(!row_is_set(&r, COL_ci_lo) && !row_is_set(&r, COL_target_met), "but no 95 %% interval");
	summary_free(s);
}

/* What it costs is told beside its time: the median of those that have it. */
static void test_costs(void)
{
	static const double cpu[] = {190, 230, 210};
	struct summary *s = summary_new();
	struct row r;

	for (size_t i = 0; i < 3; i++) {
		row_set_decimal(sample("pair", "ok", 100), COL_cpu_ns_per_op, cpu[i]);
		row_set_u64(&row, COL_block, i + 1);
		summary_add(s, &row);
	}
	summary_row(s, 0, &r);
	ok(near(&r, COL_cpu_ns_per_op, 210), "CPU time per operation: the median");
	ok(!row_is_set(&r, COL_energy_nj_per_op), "energy that nobody read is not 0");
	summary_free(s);
}

/* Near the clock a single round trip has a read of it inside; the batches have not. */
static void test_near_clock(void)
{
	struct summary *s = summary_new();
	struct row r;

	row_set_decimal(sample("near", "ok", 400), COL_rtt_p50_ns, 440);
	row_set_text(&row, COL_flags, "virtual+near_clock");
	row_set_decimal(&row, COL_rtt_p99_ns, 900);
	summary_add(s, &row);
	summary_row(s, 0, &r);
	ok(summary_count(s) == 1 && near(&r, COL_median, 400) && near(&r, COL_p99_median, 900),
	   "a round trip is told by the median of the batches, where no clock is in it");
	ok(!strcmp(row_get_text(&r, COL_metric), "op_p50_ns"), "under its own name");
	summary_free(s);
}

/*
 * An invocation with too few samples has no 99th percentile, and it is the slow ones that have few.
 */
static void test_tails(void)
{
	static const double six[] = {350, 340, 330, 900, 910, 920};
	struct summary *s = summary_new();
	struct row r;

	for (int i = 0; i < 6; i++) {
		sample("pair", "ok", six[i]);
		if (i < 3)
			row_set_decimal(&row, COL_rtt_p99_ns, six[i] + 1);
		summary_add(s, &row);
	}
	row_set_text(sample("pair", "ok", 1000), COL_used, "no");
	summary_add(s, &row);
	summary_row(s, 0, &r);
	ok(near(&r, COL_median, 625) && !row_is_set(&r, COL_p99_median),
	   "no 99th percentile of the cell where one invocation has none");
	summary_free(s);
	s = summary_new();
	add_many(s, "pair", six, 6);
	row_set_text(sample("pair", "ok", 1000), COL_used, "no");
	summary_add(s, &row);
	summary_row(s, 0, &r);
	ok(near(&r, COL_p99_median, 1250),
	   "one where all that count have one, whatever was repeated");
	summary_free(s);
}

static void test_unused(void)
{
	struct summary *s = summary_new();
	struct row r;

	summary_add(s, sample("pair", "ok", 10));
	row_set_text(sample("pair", "ok", 1000), COL_used, "no");
	row_set_text(&row, COL_flags, "noisy");
	summary_add(s, &row);
	summary_add(s, sample("pair", "failed", NAN));
	row_set_text(sample("pair", "ok", 12), COL_flags, "virtual+capped");
	summary_add(s, &row);
	row_set_text(sample("gone", "skipped", NAN), COL_reason, "no such thing");
	summary_add(s, &row);
	summary_add(s, sample("later", "not_planned", NAN));
	summary_row(s, 0, &r);
	ok(near(&r, COL_median, 11) && near(&r, COL_n, 2),
	   "repeated and failed invocations do not count");
	ok(near(&r, COL_n_unused, 2), "but they are counted");
	ok(!strcmp(row_get_text(&r, COL_status), "ok"), "a cell with one good invocation is ok");
	ok(!strcmp(row_get_text(&r, COL_flags), "virtual+capped"),
	   "flags are those of the rows that count");
	summary_row(s, 1, &r);
	ok(!strcmp(row_get_text(&r, COL_status), "skipped") &&
		   !strcmp(row_get_text(&r, COL_reason), "no such thing") && near(&r, COL_n, 0) &&
		   !row_is_set(&r, COL_median),
	   "a cell that cannot run stays, with its reason and no figures");
	summary_row(s, 2, &r);
	ok(!strcmp(row_get_text(&r, COL_status), "not_planned") && near(&r, COL_n_unused, 0),
	   "a cell that was not planned stays, and no invocation of it is counted");
	summary_free(s);
}

static void test_cells(void)
{
	struct summary *s = summary_new();
	struct row r;

	summary_add(s, sample("pair", "ok", 10));
	row_set_u64(sample("pair", "ok", 11), COL_msg_size_b, 1024);
	summary_add(s, &row);
	row_set_text(sample("pair", "ok", 12), COL_cpus_seen, "0+1");
	row_set_u64(&row, COL_block, 9);
	summary_add(s, &row);
	ok_is(summary_count(s), 2, "another size is another cell, another block is not");
	row_unset(sample("pair", "ok", 13), COL_msg_size_b);
	summary_add(s, &row);
	ok_is(summary_count(s), 3, "no size is not size 64");
	row_clear(&row);
	row_set_text(&row, COL_group, "sync");
	row_set_text(&row, COL_mechanism, "mutex");
	row_set_text(&row, COL_experiment, "contended");
	row_set_text(&row, COL_status, "ok");
	row_set_decimal(&row, COL_ops_per_s, 5e6);
	row_set_decimal(&row, COL_jain, 0.75);
	summary_add(s, &row);
	ok_is(summary_count(s), 7, "a contended lock has four metrics");
	summary_row(s, 3, &r);
	ok(!strcmp(row_get_text(&r, COL_metric), "ops_per_s") && near(&r, COL_median, 5e6),
	   "its throughput");
	summary_row(s, 4, &r);
	ok(near(&r, COL_n, 0) && near(&r, COL_n_unused, 1),
	   "a metric without a value counts no invocation");
	summary_row(s, 5, &r);
	ok(!strcmp(row_get_text(&r, COL_metric), "jain") && near(&r, COL_median, 0.75),
	   "its fairness");
	row_set_text(&row, COL_mechanism, "null");
	row_set_decimal(&row, COL_acquire_p50_ns, 31);
	summary_add(s, &row);
	summary_row(s, summary_count(s) - 1, &r);
	ok(summary_count(s) == 9 && !strcmp(row_get_text(&r, COL_metric), "acquire_p50_ns") &&
		   near(&r, COL_median, 31),
	   "the floor of its times to acquire stands beside them");
	summary_free(s);
}

static void test_runs(void)
{
	struct summary *s = summary_new();
	struct row r;

	for (int i = 0; i < 4; i++) {
		struct row *x = sample("pair", "ok", 100);

		row_set_text(x, COL_run_id, i % 2 ? "b" : "a");
		summary_add(s, x);
	}
	ok_is(summary_count(s), 2, "one cell of two runs is two rows");
	summary_row(s, 1, &r);
	ok(!strcmp(row_get_text(&r, COL_run_id), "b") && near(&r, COL_n, 2),
	   "each with its run and its own invocations");
	summary_free(s);
}

/* The rate of a queue on a schedule is the schedule's: it is told by how late its items come. */
static void test_sync(void)
{
	struct summary *s = summary_new();
	struct row *r = sample("ring", "ok", 0);
	struct row out;

	row_set_text(r, COL_group, "sync");
	row_set_text(r, COL_pattern, "");
	row_set_text(r, COL_experiment, "queue");
	row_set_u64(r, COL_every_ns, 1000);
	row_set_decimal(r, COL_ops_per_s, 1e6);
	row_set_decimal(r, COL_resp_p50_ns, 70);
	summary_add(s, r);
	ok_is(summary_count(s), 1, "a queue on a schedule has one metric");
	summary_row(s, 0, &out);
	ok(!strcmp(row_get_text(&out, COL_metric), "resp_p50_ns") && near(&out, COL_median, 70),
	   "its response time");
	summary_free(s);
	s = summary_new();
	row_set_text(r, COL_experiment, "op");
	row_unset(r, COL_every_ns);
	row_set_u64(r, COL_stride_b, 0);
	row_set_decimal(r, COL_op_ns, 20);
	row_set_decimal(r, COL_success_share, 0.5);
	summary_add(s, r);
	summary_row(s, 1, &out);
	ok(summary_count(s) == 2 && near(&out, COL_median, 0.5),
	   "operations together are told by their time and by how many succeed");
	summary_free(s);
	s = summary_new();
	row_unset(r, COL_stride_b);
	row_set_decimal(r, COL_op_p50_ns, 17);
	row_set_u64(r, COL_threads, 1);
	summary_add(s, r);
	row_set_u64(r, COL_threads, 2);
	row_unset(r, COL_op_p50_ns);
	summary_add(s, r);
	summary_row(s, 0, &out);
	ok(summary_count(s) == 2 && near(&out, COL_median, 17),
	   "an operation of one thread: the median of its times, not their mean");
	summary_row(s, 1, &out);
	ok(!strcmp(row_get_text(&out, COL_metric), "op_ns") && near(&out, COL_median, 20),
	   "of several: the mean, there is no other");
	summary_free(s);
}

/* What is told of pairs and of a fan-in besides what their pattern tells. */
static void test_several(void)
{
	struct summary *s = summary_new();
	struct row *r = sample("pair", "ok", 100), out;

	row_set_u64(r, COL_pairs, 2);
	row_set_decimal(r, COL_ops_per_s, 5000);
	row_set_decimal(r, COL_pair_p50_max_ns, 130);
	summary_add(s, r);
	summary_row(s, 2, &out);
	ok(summary_count(s) == 3 && near(&out, COL_median, 130) &&
		   !strcmp(row_get_text(&out, COL_metric), "pair_p50_max_ns"),
	   "pairs: their rate and the slowest of them");
	r = sample("pair", "ok", 100);
	row_set_text(r, COL_pattern, "stream");
	row_set_u64(r, COL_producers, 3);
	row_set_decimal(r, COL_jain, 0.5);
	summary_add(s, r);
	summary_row(s, 5, &out);
	ok(summary_count(s) == 6 && near(&out, COL_median, 0.5), "fan-in: how fair it is");
	summary_free(s);
	s = summary_new();
	r = sample("pair", "ok", 100);
	row_set_text(r, COL_pattern, "fan-out");
	row_set_decimal(r, COL_resp_p50_ns, 700);
	row_set_decimal(r, COL_first_resp_p50_ns, 400);
	row_set_u64(r, COL_every_ns, 1000000);
	summary_add(s, r);
	summary_row(s, 0, &out);
	ok(summary_count(s) == 2 && near(&out, COL_median, 700), "fan-out: when the last has it");
	summary_row(s, 1, &out);
	ok(near(&out, COL_median, 400), "and when the first has");
	row_unset(r, COL_every_ns);
	summary_add(s, r);
	ok(summary_count(s) == 5, "tight: and the time of a round");
	summary_free(s);
}

static void test_noisy(void)
{
	struct summary *s = summary_new();
	struct row r;

	for (int i = 0; i < 8; i++) {
		row_add_item(sample("pair", "ok", 100), COL_flags, i ? "virtual" : "virtual+noisy");
		summary_add(s, &row);
		sample("loud", "ok", 100);
		row_add_item(&row, COL_flags, i < 2 ? "noisy" : "virtual");
		summary_add(s, &row);
	}
	summary_row(s, 0, &r);
	ok(!strcmp(row_get_text(&r, COL_flags), "virtual"),
	   "one noisy row of eight: the cell is not");
	summary_row(s, 1, &r);
	ok(row_list_has(row_get_text(&r, COL_flags), "noisy"), "two of eight: it is flagged");
	summary_free(s);
}

static void test_slept(void)
{
	static const double shares[] = {0.98, 0.02, 1, NAN, 0.97};
	struct summary *s = summary_new();
	struct row r;

	for (size_t i = 0; i < 5; i++) {
		row_set_decimal(sample("pair", "ok", 100), COL_slept_share, shares[i]);
		summary_add(s, &row);
		summary_add(s, sample("silent", "ok", 100));
	}
	summary_row(s, 0, &r);
	ok(near(&r, COL_slept_share, 0.975),
	   "the share of waits that slept: the median of those known");
	summary_row(s, 1, &r);
	ok(!row_is_set(&r, COL_slept_share), "where no row has it: none");
	summary_free(s);
}

int main(void)
{
	test_several();
	test_noisy();
	test_sync();
	test_runs();
	test_estimate();
	test_costs();
	test_near_clock();
	test_tails();
	test_unused();
	test_cells();
	test_slept();
	return done_testing();
}
