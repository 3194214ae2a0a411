/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/*
 * Meter, pace and trial: how many operations run and how they are filed. The clock is the real one,
 * but nothing here depends on how fast anything is.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "bench/base/random.h"
#include "bench/measure/pace.h"
#include "bench/measure/settle.h"
#include "bench/measure/trial.h"
#include "bench/program/to_row.h"
#include "tests/tap.h"

static struct meter meter;
static uint64_t ran;	 /* operations so far */
static uint64_t fail_at; /* the operation that fails; 0 = none */
static uint64_t lose_at; /* the operation that has no end; 0 = none */
static uint64_t gap_at;	 /* the operation before whose batch a second passed; 0 = none */
static uint64_t stop_at; /* the operation after which the deadline has passed; 0 = none */
static int loop_err;	 /* what the last loop returned */

static uint64_t state = 1; /* of the random numbers */

static int operation(void)
{
	ran++;
	if (ran == stop_at)
		meter.deadline_ns = 1;
	if (ran == gap_at)
		meter.end_ns -= 1000000000;
	if (ran == lose_at)
		return METER_LOST;
	return ran == fail_at ? -EIO : 0;
}

static void run(uint64_t n, uint64_t stride)
{
	ran = 0;
	meter_start(&meter, n, stride, UINT64_MAX);
	loop_err = METER_LOOP(&meter, operation());
}

/* n operations at `stride`: how many run, how many of them alone, how many in batches. */
static void counts(uint64_t n, uint64_t stride, uint64_t alone)
{
	run(n, stride);
	ok(!loop_err && ran == n && meter.done == n,
	   "%" PRIu64 " by %" PRIu64 ": all run, none twice", n, stride);
	ok(meter.each.count == alone && meter.batch_ops == n - alone,
	   "%" PRIu64 " by %" PRIu64 ": %" PRIu64 " alone, the rest in batches", n, stride, alone);
	ok(meter.begin_ns <= meter.end_ns && meter.batch_ns <= meter.end_ns - meter.begin_ns &&
		   meter.each.sum + meter.batch_ns <= meter.end_ns - meter.begin_ns,
	   "%" PRIu64 " by %" PRIu64 ": times are within the run", n, stride);
}

static void test_loop(void)
{
	counts(1, 1, 1);
	counts(1000, 1, 1000);
	counts(1, 10, 1);
	counts(2, 10, 2); /* a last batch of one is an operation alone */
	counts(3, 10, 1);
	counts(10, 10, 1);
	counts(11, 10, 2);
	counts(1000, 10, 100);
	counts(1000, 2, 1000); /* batches of one */
	counts(1000, 3, 334);
	counts(1003, 10, 101);
	run(0, 1);
	ok(!ran && !meter.done, "none of none");
}

static void test_stops(void)
{
	fail_at = 25;
	run(100, 10);
	ok(loop_err == -EIO && ran == 25, "an error ends the loop at once");
	ok(meter.done == 21 && meter.each.count == 3 && meter.batch_ops == 18,
	   "and what failed is not counted");
	fail_at = 21;
	run(100, 10);
	ok(loop_err == -EIO && ran == 21 && meter.done == 20 && meter.each.count == 2,
	   "an error in an operation alone");
	fail_at = 0;
	stop_at = 15;
	run(100, 10);
	ok(!loop_err && ran == 20 && meter.done == 20,
	   "a deadline ends the loop at the next stamp");
	stop_at = 0;
	meter_start(&meter, 100, 1, 0);
	ran = 0;
	loop_err = METER_LOOP(&meter, operation());
	ok(!loop_err && !ran && !meter.done, "a deadline in the past: nothing runs");
}

/* Its batch has no mean, and an operation alone no time: neither is filed, and the rest goes on. */
static void test_lost(void)
{
	lose_at = 25;
	run(100, 10);
	ok(!loop_err && meter.lost == 1 && meter.dropped == 9 && meter.done == 91,
	   "one lost in a batch: the batch is dropped, the others run");
	ok(meter.each.count == 10 && meter.batch_ops == 81, "and only those are filed");
	lose_at = 21;
	run(100, 10);
	ok(!loop_err && meter.lost == 1 && meter.dropped == 1 && meter.done == 99 &&
		   meter.each.count == 9,
	   "one lost alone");
	stop_at = lose_at;
	run(100, 10);
	ok(!loop_err && ran == 21 && meter.lost == 1, "the deadline holds after a loss, too");
	lose_at = stop_at = 0;
}

static void test_mean(void)
{
	meter_start(&meter, 0, 10, UINT64_MAX);
	meter_add(&meter, 1, 1000, 1100);
	ok_is(meter_mean_ns(&meter), 100, "all alone: their mean");
	meter_add(&meter, 9, 2000, 2090);
	ok_is(meter_mean_ns(&meter), 10, "with batches: the batches' mean alone");
	meter_add(&meter, 18, 3000, 3360);
	ok_is(meter_mean_ns(&meter), 450.0 / 27, "batches count by their operations");
	ok(meter.done == 28 && meter.end_ns == 3360, "all are counted");
}

/* A stall shows in the maximum wherever it falls: alone, in a batch, between two stamps. */
static void test_max(void)
{
	meter_start(&meter, 0, 10, UINT64_MAX);
	meter_add(&meter, 1, 1000, 1100);
	ok_is(meter.each.max, 100, "the maximum of one alone is its time");
	meter_add(&meter, 9, 2000, 5002000);
	ok(meter.each.max == 5000000 && meter.each.count == 1,
	   "a batch is in the maximum, and is no sample");
	meter_add(&meter, 1, 5002000, 12002000);
	ok_is(meter.each.max, 7000000, "so is one alone that is longer");
	gap_at = 25;
	run(100, 10);
	gap_at = 0;
	ok(!loop_err && meter.each.max >= 1000000000, "so is the time between two batches");
}

/* One batch in which somebody else ran does not move the median, however long it took. */
static void test_median(void)
{
	meter_start(&meter, 0, 10, UINT64_MAX);
	ok(isnan(meter_median_ns(&meter)), "nothing done: no median");
	meter_add(&meter, 1, 1000, 1100);
	meter_add(&meter, 1, 1000, 1100);
	meter_add(&meter, 1, 1000, 9000000);
	ok_is(meter_median_ns(&meter), 100, "all alone: their median");
	meter_add(&meter, 9, 2000, 2090);
	meter_add(&meter, 8, 2000, 2060);
	meter_add(&meter, 9, 2000, 9000000);
	ok(fabs(meter_median_ns(&meter) - 10) < 0.02,
	   "with batches: the median of their means to the picosecond's bucket");
}

/* The stamps of the lone operation and of the batch cost at most 5 % (DESIGN.md section 5). */
static void test_stride(void)
{
	static const double costs[] = {1, 25, 40, 1000};
	struct clock real = bench_clock;

	for (size_t i = 0; i < sizeof(costs) / sizeof(costs[0]); i++) {
		bench_clock.cost_ns = costs[i];
		bench_clock.tick_ns = 0.5;
		ok_is(meter_stride(20 * costs[i] + 1), 1, "clock %g ns: long operations one by one",
		      costs[i]);
		for (unsigned quarters = 1; quarters <= 80 * costs[i]; quarters *= 2) {
			double op = quarters / 4.0, stride = (double)meter_stride(op);

			if (stride < 2 || 2 * costs[i] > 0.05 * op * (stride - 1)) {
				ok(false, "clock %g ns, operation %g ns: stride %g is too short",
				   costs[i], op, stride);
				break;
			}
		}
	}
	bench_clock.cost_ns = 1;
	bench_clock.tick_ns = 50;
	ok(meter_stride(999) > 1 && meter_stride(1001) == 1,
	   "a coarse tick counts like a dear clock");
	ok_is(meter_stride(0), meter_stride(0.05), "an operation of no time has a stride too");
	bench_clock = real;
}

/* `n` sends every 100 ns, send i late by lateness(i). */
static void make_pace(struct pace *p, uint64_t n, uint64_t (*lateness)(uint64_t i))
{
	memset(p, 0, sizeof(*p));
	p->every_ns = 100;
	pace_start(p, 1000000);
	for (uint64_t i = 0; i < n; i++) {
		uint64_t due = p->begin_ns + i * p->every_ns, sent = due + lateness(i);

		pace_note(p, due, sent, sent + 40);
	}
}

static uint64_t never_late(uint64_t i)
{
	return 0;
}

static uint64_t late_once(uint64_t i)
{
	return i == 500 ? 1000000 : 0;
}

/* 2 % slower than asked. */
static uint64_t falls_behind(uint64_t i)
{
	return 2 * i;
}

/* 3 % of the run lost at once and never made up: the rate alone tells. */
static uint64_t stalls(uint64_t i)
{
	return i >= 500 ? 3000 : 0;
}

/* 0.5 % slower than asked: within the 99 %, but the backlog grows without end. */
static uint64_t creeps_behind(uint64_t i)
{
	return i / 2;
}

/* Behind from the start, and no further. */
static uint64_t always_late(uint64_t i)
{
	return 300;
}

/* A backlog in the second quarter that is worked off. */
static uint64_t recovers(uint64_t i)
{
	return i >= 250 && i < 500 ? 5000 : 0;
}

static void test_pace(void)
{
	static struct pace p;

	make_pace(&p, 1000, never_late);
	ok(!pace_overloaded(&p), "in time: no overload");
	ok(p.begin_ns == 1000100 && p.send_late.count == 1000 && p.send_late.max == 0 &&
		   p.response.min == 40 && p.response.max == 40,
	   "in time: lateness 0; response = service time");
	make_pace(&p, 1000, late_once);
	ok(!pace_overloaded(&p) && p.send_late.max == 1000000 && p.response.max == 1000040,
	   "late once: no overload; the response counts from the schedule");
	make_pace(&p, 1000, falls_behind);
	ok(pace_overloaded(&p), "98 %% of the rate: overload");
	make_pace(&p, 1000, stalls);
	ok(pace_overloaded(&p), "a stall not made up: overload");
	make_pace(&p, 1000, creeps_behind);
	ok(pace_overloaded(&p), "a backlog that grows to the end: overload");
	make_pace(&p, 1000, always_late);
	ok(!pace_overloaded(&p), "late by a constant: no overload");
	make_pace(&p, 1000, recovers);
	ok(!pace_overloaded(&p), "a backlog worked off: no overload");
	make_pace(&p, 0, never_late);
	ok(!pace_overloaded(&p), "nothing sent: no overload");
	p.every_ns = 0;
	ok(!pace_overloaded(&p), "no schedule: no overload");
}

/*
 * A schedule as a server of one message at a time keeps it: each takes `service` of the period's
 * 1000 ns and up to 100 more, and two messages take `stall` besides. Whether it ends in overload.
 */
static bool simulate(unsigned n, uint64_t service, const unsigned at[2], const uint64_t stall[2])
{
	static struct pace p;
	uint64_t free_ns = 0;

	p.every_ns = 1000;
	pace_start(&p, 0);
	for (unsigned i = 0; i < n; i++) {
		uint64_t due = p.begin_ns + i * p.every_ns, sent = due > free_ns ? due : free_ns;

		free_ns = sent + service + random_next(&state) % 100;
		for (int k = 0; k < 2; k++)
			free_ns += i == at[k] ? stall[k] : 0;
		pace_note(&p, due, sent, free_ns);
	}
	return pace_overloaded(&p);
}

#define SCHEDULES 2000

/*
 * Wherever a stall lies and however long it is, the schedule is kept; a server too slow never does.
 */
static void test_pace_property(void)
{
	unsigned kept = 0, seen = 0;

	for (unsigned i = 0; i < SCHEDULES; i++) {
		unsigned n = 20 + random_next(&state) % 2000;
		unsigned at[2] = {random_next(&state) % n, n};
		uint64_t stall[2] = {random_next(&state) % (2000 * n), 0};

		kept += !simulate(n, random_next(&state) % 870, at, stall);
		n += 200; /* 2 % of fewer are no period */
		at[1] = random_next(&state) % n;
		stall[1] = random_next(&state) % 100000;
		seen += simulate(n, 970 + random_next(&state) % 1000, at, stall);
	}
	ok_is(kept, SCHEDULES, "one stall anywhere: %u of %u schedules are kept", kept, SCHEDULES);
	ok_is(seen, SCHEDULES, "a server too slow, with stalls: %u of %u are overload", seen,
	      SCHEDULES);
}

/* Both ways to wait end no earlier than the time asked for; the schedule does not drift. */
static void test_pace_wait(bool sleeps)
{
	static struct pace p;
	uint64_t begin, early = 0, moved = 0;

	p = (struct pace){.every_ns = 200000, .sleeps = sleeps};
	begin = pace_begin(&p);
	for (uint64_t i = 0; i < 10; i++) {
		uint64_t due = pace_wait(&p, i), now = clock_now_ns();

		early += now < due;
		moved += due != begin + (i + 1) * 200000;
	}
	ok(!early, "%s: no send before its time", sleeps ? "asleep" : "spinning");
	ok(!moved, "%s: the schedule stays where it was set", sleeps ? "asleep" : "spinning");
	p = (struct pace){.gap_ns = 50000, .sleeps = sleeps};
	begin = clock_now_ns();
	pace_wait(&p, 0);
	ok(clock_now_ns() - begin >= 50000, "%s: a gap is no shorter",
	   sleeps ? "asleep" : "spinning");
}

static uint64_t measured; /* operations of loops that were not warm-up */
static uint64_t warmed;

static int trial_warm(void *arg)
{
	warmed += meter.n;
	return METER_LOOP(&meter, operation());
}

static int trial_loop(void *arg)
{
	measured += meter.n;
	return METER_LOOP(&meter, operation());
}

static uint64_t slow_rounds;   /* that take longer than a round has to */
static uint64_t latest_warmed; /* operations of the last round */

/* Its first round is slow, as one in which the other side starts. */
static int trial_slow_start(void *arg)
{
	uint64_t until = clock_now_ns() + 2 * SETTLE_ROUND_NS;

	while (slow_rounds && clock_now_ns() < until)
		;
	slow_rounds -= slow_rounds > 0;
	latest_warmed = meter.n;
	return trial_warm(arg);
}

static int run_trial(struct trial *t, struct trial_size size)
{
	memset(t, 0, sizeof(*t));
	*t = (struct trial){.warm = trial_warm, .loop = trial_loop, .meter = &meter, .size = size};
	t->size.warm_ns = 1000000;
	ran = measured = warmed = 0;
	return trial_run(t);
}

static void test_trial(void)
{
	static struct trial t;
	int err = run_trial(&t, (struct trial_size){.iterations = 5000});

	ok(!err && measured == 5000 && meter.done == 5000 && !t.capped,
	   "trial: as many operations as asked");
	ok(warmed && ran == warmed + 5000, "trial: warmed up before, by the warm-up loop");
	ok_is(t.counted_ops, 5000,
	      "trial: a loop with a warm-up of its own is not run before it counts");
	ok(t.size.stride > 1 && meter.stride == t.size.stride,
	   "trial: short operations get a stride");
	err = run_trial(&t, (struct trial_size){.iterations = 5005, .stride = 7});
	ok(!err && meter.stride == 7 && meter.each.count == 5005 / 7,
	   "trial: a stride that was asked for is kept");
	err = run_trial(&t, (struct trial_size){.iterations = 1});
	ok(!err && meter.done == 1, "trial: a single one, if that is what was asked for");
	err = run_trial(&t, (struct trial_size){.duration_ns = 1});
	ok(!err && meter.done == 16, "trial: by the time, no fewer than 16 operations");
	err = run_trial(&t, (struct trial_size){.duration_ns = 1000000});
	ok(!err && t.size.iterations > 16 && meter.done == t.size.iterations,
	   "trial: operations that fill the time");
	t = (struct trial){.loop = trial_loop, .meter = &meter, .size = {.iterations = 5000}};
	ran = 0;
	err = trial_run(&t);
	ok(!err && meter.done == 5000 && ran > t.counted_ops,
	   "trial: without one the loop itself warms up");
	ok(t.counted_ops > 5000 && t.counted_ops <= 5100,
	   "trial: and again after the counters were read, which see it");
	t = (struct trial){.warm = trial_slow_start,
			   .loop = trial_loop,
			   .meter = &meter,
			   .size = {.duration_ns = 1000000}};
	slow_rounds = 1;
	err = trial_run(&t);
	ok(!err && latest_warmed > 1, "trial: after a slow first round the rounds still grow (%lu)",
	   (unsigned long)latest_warmed);
	fail_at = 50;
	err = run_trial(&t, (struct trial_size){.iterations = 5000});
	ok(err == -EIO && ran == 50 && !measured, "trial: an error in the warm-up ends it");
	fail_at = 0;
}

static void test_least(void)
{
	static struct trial t;
	int err = run_trial(
		&t, (struct trial_size){.duration_ns = 1000000, .iterations = 50, .least = 500});

	ok(!err && meter.done == 50, "trial: at least so many, but not more than were asked for");
	err = run_trial(&t, (struct trial_size){.duration_ns = 1, .least = 1u << 31, .cap = true});
	ok(!err && meter.done < 1u << 31, "trial: at least so many, as far as the time allows");
	err = run_trial(&t, (struct trial_size){.duration_ns = 1, .least = 50, .stride = 10});
	ok(!err && meter.done == 500 && meter.each.count == 50, "trial: so many timed alone");
	ok(!t.capped, "trial: what fits the time was done");
	t = (struct trial){.warm = trial_slow_start,
			   .loop = trial_loop,
			   .meter = &meter,
			   .size = {.duration_ns = 100000000, .least = 2000, .warm_ns = 1}};
	slow_rounds = 1;
	err = trial_run(&t);
	ok(!err && meter.done == 2000, "trial: however slow the warm-up was (%lu)",
	   (unsigned long)meter.done);
	ok(t.warm_begin_ns < t.warm_end_ns && t.warm_end_ns + TRIAL_GAP_NS <= t.timed_begin_ns,
	   "trial: the warm-up ends before the clock is watched");
}

/*
 * The warm-up that a row says is given to all later runs: what comes after it would be added each
 * time.
 */
static void test_phases(void)
{
	static struct trial t = {.warm_begin_ns = 1000,
				 .warm_end_ns = 5000,
				 .timed_begin_ns = 9000,
				 .timed_end_ns = 20000};
	static struct row row;

	fill_phases(&row, &t);
	ok(row_get_u64(&row, COL_warm_ns, 0) == 4000 && row_get_u64(&row, COL_timed_ns, 0) == 11000,
	   "phases: the look at the counters belongs to none");
}

static uint64_t stamp_ns; /* of the made-up clock of halves */
static unsigned halves;	  /* that ran */

/* Operations of 100 ns in the first half, of 150 in the second, 5 us later. */
static int trial_half(void *arg)
{
	meter.begin_ns = stamp_ns += 5000;
	stamp_ns += meter.n * (halves++ ? 150 : 100);
	meter.end_ns = stamp_ns;
	meter.done += meter.n;
	if (stop_at == halves)
		meter.deadline_ns = stamp_ns;
	return 0;
}

/* Operations of 1 us, as many as there is time for. */
static int trial_timed(void *arg)
{
	meter.begin_ns = meter.end_ns = stamp_ns += 5000;
	for (uint64_t i = 0; i < meter.n && meter.end_ns < meter.deadline_ns; i++)
		meter_add(&meter, 1, meter.end_ns, meter.end_ns + 1000);
	stamp_ns = meter.end_ns;
	halves++;
	return 0;
}

/* With a warm-up in which an operation takes SETTLE_ROUND_NS and more. */
static int run_after_slow_warm_up(struct trial *t, struct trial_size size)
{
	*t = (struct trial){.warm = trial_slow_start,
			    .loop = trial_timed,
			    .in_halves = true,
			    .meter = &meter,
			    .size = size};
	t->size.warm_ns = 1;
	slow_rounds = UINT64_MAX;
	stamp_ns = halves = 0;
	return trial_run(t);
}

static void test_cap(void)
{
	const struct trial_size brief = {.duration_ns = 15000000},
				usual = {.duration_ns = 50000000};

	ok(trial_cap_ns(&brief) == 100000000 && trial_cap_ns(&usual) == 200000000,
	   "a brief run has room for the operations of a p99, a longer one for four times its "
	   "time");
}

static void test_top_up(void)
{
	static struct trial t;
	const uint64_t long_ns = 100 * SETTLE_ROUND_NS;
	int err = run_after_slow_warm_up(&t, (struct trial_size){.duration_ns = long_ns});

	ok(!err && halves == 3 && t.timed_end_ns - t.timed_begin_ns >= long_ns &&
		   t.timed_end_ns - t.timed_begin_ns <= long_ns + 1000,
	   "top-up: %lu ns of %lu that were asked for",
	   (unsigned long)(t.timed_end_ns - t.timed_begin_ns), (unsigned long)long_ns);
	ok(meter.done == meter.each.count && meter.done >= long_ns / 1000 - 10,
	   "top-up: %lu operations are one result", (unsigned long)meter.done);
	ok(t.timed_begin_ns == 5000 && meter.each.max == 5000,
	   "top-up: what falls before it is seen");
	err = run_after_slow_warm_up(
		&t, (struct trial_size){.duration_ns = long_ns, .least = long_ns / 1000 * 3 / 5});
	ok(!err && halves == 2, "top-up: none where most of the time was measured");
	err = run_after_slow_warm_up(
		&t, (struct trial_size){.duration_ns = long_ns, .iterations = 1001});
	ok(!err && meter.done == 1001, "top-up: none where operations were asked for");
	slow_rounds = 0;
}

static int run_in_halves(struct trial *t, uint64_t iterations)
{
	*t = (struct trial){.warm = trial_warm,
			    .loop = trial_half,
			    .in_halves = true,
			    .meter = &meter,
			    .size = {.iterations = iterations, .warm_ns = 1}};
	stamp_ns = halves = 0;
	return trial_run(t);
}

static void test_halves(void)
{
	static struct trial t;
	int err = run_in_halves(&t, 1001);

	ok(!err && halves == 2 && meter.done == 1001, "halves: as many operations as asked");
	ok(fabs(t.later_ratio - 1.5) < 1e-9, "halves: the second took %.3f times as long",
	   t.later_ratio);
	ok(t.timed_begin_ns == 5000 && t.timed_end_ns == stamp_ns, "halves: one timed part");
	ok_is(meter.each.max, 5000, "halves: what falls between them is seen");
	stop_at = 1;
	err = run_in_halves(&t, 1001);
	ok(!err && halves == 1 && meter.done == 500 && t.capped && t.later_ratio == 0,
	   "halves: over after the first");
	stop_at = 0;
	err = run_in_halves(&t, 100);
	ok(!err && meter.done == 100 && t.later_ratio == 0, "halves: few operations say nothing");
	err = run_in_halves(&t, 1);
	ok(!err && meter.done == 1, "halves: a single operation");
}

int main(void)
{
	if (clock_init(CLOCK_KIND_AUTO))
		return 1;
	test_loop();
	test_stops();
	test_lost();
	test_mean();
	test_max();
	test_median();
	test_stride();
	test_pace();
	test_pace_property();
	test_pace_wait(false);
	test_pace_wait(true);
	test_trial();
	test_least();
	test_halves();
	test_top_up();
	test_cap();
	test_phases();
	return done_testing();
}
