/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/*
 * The clock against CLOCK_MONOTONIC and against itself; nothing here depends on how fast the
 * machine is.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/base/clock.h"
#include "tests/tap.h"

/* clock_now_ns() lies between two reads of CLOCK_MONOTONIC, but for what calibration may be off. */
static bool agrees_with_system(void)
{
	for (int i = 0; i < 1000; i++) {
		uint64_t before = clock_system_now_ns();
		uint64_t now = clock_now_ns();
		uint64_t after = clock_system_now_ns();

		if (now + 1000000 < before || now > after + 1000000)
			return false;
	}
	return true;
}

/* On one PU; the counters of two may differ. */
static bool never_goes_back(void)
{
	uint64_t last = clock_now_ns();

	for (int i = 0; i < 1000000; i++) {
		uint64_t now = clock_now_ns();

		if (now < last)
			return false;
		last = now;
	}
	return true;
}

/* The greatest common divisor of many stamps: a clock that steps by 256 ns has 256. */
static uint64_t step_of_stamps(void)
{
	uint64_t step = 0;

	for (int i = 0; i < 10000; i++) {
		uint64_t a = clock_now_ns(), rest;

		for (; step; a = step, step = rest)
			rest = a % step;
		step = a;
	}
	return step;
}

/* 5 ms of clock_now_ns() last 5 ms of CLOCK_MONOTONIC, at least once where nobody interrupts. */
static bool rate_is_right(void)
{
	for (int i = 0; i < 50; i++) {
		uint64_t s0 = clock_system_now_ns(), c0 = clock_now_ns(), c1, s1;

		clock_wait_until(c0 + 5000000);
		c1 = clock_now_ns();
		s1 = clock_system_now_ns();
		/* NTP may slew by 500 ppm; 0.2 % in all, once out of 50 undisturbed */
		if (c1 - c0 <= s1 - s0 + 10000 && s1 - s0 <= c1 - c0 + 10000)
			return true;
	}
	return false;
}

static void test_kind(enum clock_kind kind)
{
	const char *name = clock_kind_name(kind);

	ok_is(bench_clock.kind, kind, "%s: is the kind asked for", name);
	ok(agrees_with_system(), "%s: within 1 ms of CLOCK_MONOTONIC", name);
	ok(never_goes_back(), "%s: never goes back in a million reads", name);
	ok((double)step_of_stamps() <= bench_clock.tick_ns + 1,
	   "%s: stamps have no common step above the clock's own", name);
	ok(rate_is_right(), "%s: 5 ms are 5 ms", name);
	ok(bench_clock.cost_ns > 0 && bench_clock.cost_ns < 1e6, "%s: costs %.1f ns", name,
	   bench_clock.cost_ns);
	ok(bench_clock.tick_ns > 0 && bench_clock.tick_ns < 1e6, "%s: steps by %.3f ns", name,
	   bench_clock.tick_ns);
}

/* A child forked after clock_init() shares base and rate: its stamp lies between two of ours. */
static void test_fork(void)
{
	uint64_t *stamp = mmap(NULL, sizeof(*stamp), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint64_t before = clock_now_ns(), after;
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		*stamp = clock_now_ns();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	after = clock_now_ns();
	/* fork and exit take longer than any skew that leaves a machine usable */
	ok(before <= *stamp && *stamp <= after, "a forked child's stamp lies between the parent's");
	munmap(stamp, sizeof(*stamp));
}

#define AHEAD_NS 1000000 /* of a clock that answers wrongly */

static struct clock_line line;

static void *answer(void *arg)
{
	clock_answer(&line);
	return NULL;
}

/* Answers as a thread does whose clock is ahead by AHEAD_NS. */
static void *answer_ahead(void *arg)
{
	for (uint64_t n = 1;; n++) {
		uint64_t asked;

		while ((asked = atomic_load(&line.asked)) != n && asked != CLOCK_LINE_END)
			sched_yield();
		if (asked == CLOCK_LINE_END)
			return NULL;
		line.stamp_ns = clock_now_ns() + AHEAD_NS;
		atomic_store(&line.answered, n);
	}
}

static struct clock_skew compare(void *(*answerer)(void *))
{
	struct clock_skew skew;
	pthread_t thread;

	memset(&line, 0, sizeof(line));
	pthread_create(&thread, NULL, answerer, NULL);
	clock_ask(&line, &skew);
	pthread_join(thread, NULL);
	return skew;
}

/* On one PU both threads read one counter, so the bounds must enclose an offset that is known. */
static void test_skew(void)
{
	struct clock_skew skew;
	cpu_set_t all, one;
	int cpu = sched_getcpu();

	sched_getaffinity(0, sizeof(all), &all);
	CPU_ZERO(&one);
	CPU_SET((size_t)cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
	skew = compare(answer);
	ok(skew.lo <= 0 && skew.hi >= 0, "one clock is compared with itself: 0 is within bounds");
	skew = compare(answer_ahead);
	ok(skew.lo <= AHEAD_NS && skew.hi >= AHEAD_NS,
	   "a clock ahead by a known time: within bounds");
	ok(clock_skew_bound_ns(&skew) >= AHEAD_NS, "and the bound is not below it");
	sched_setaffinity(0, sizeof(all), &all);
	ok(clock_skew_bound_ns(&(struct clock_skew){-70, 30}) == 70 &&
		   clock_skew_bound_ns(&(struct clock_skew){-20, 90}) == 90 &&
		   clock_skew_bound_ns(&(struct clock_skew){40, 60}) == 60,
	   "the bound is the farther end");
}

/* Whether a program that finds `mult` and the like in its environment believes it. */
static bool takes(uint64_t mult, uint64_t from_ticks, uint64_t from_ns)
{
	char text[128];

	snprintf(text, sizeof(text), "%llu 1e-06 %llu %llu 50", (unsigned long long)mult,
		 (unsigned long long)from_ticks, (unsigned long long)from_ns);
	setenv(CLOCK_VARIABLE, text, 1);
	return !clock_init(CLOCK_KIND_COUNTER) && bench_clock.mult == mult;
}

/* A rate that is handed on is taken when it explains the time since, and only then. */
static void test_handed_on(void)
{
	unsigned long long mult = 0, ticks = 0, ns = 0, width;
	const char *text;
	double error;
	char good[128] = "";

	clock_hand_on();
	text = getenv(CLOCK_VARIABLE);
	ok(text && sscanf(text, "%llu %lf %llu %llu %llu", &mult, &error, &ticks, &ns, &width) == 5,
	   "the rate is handed on in the environment");
	snprintf(good, sizeof(good), "%s", text ? text : "");
	mult += mult / 100000; /* off by less than is refused, and by more than a calibration is */
	for (int i = 0; i < 100 && !takes(mult, ticks, ns); i++)
		;
	ok_is(bench_clock.mult, mult, "it is taken as it is");
	ok(bench_clock.rate_error > 0 && bench_clock.rate_error < 1e-4,
	   "with what it may be off: %.1e", bench_clock.rate_error);
	ok(agrees_with_system() && rate_is_right(), "and tells the right time");
	ok(!takes(mult + mult / 1000, ticks, ns), "a rate that is off by a thousandth is not");
	ok(!takes(mult, ticks, ns - 1000000000), "nor one from before a sleep of the machine");
	ok(!takes(mult, ticks - ticks / 2, ns), "nor one of another counter");
	ok(!takes(mult, ticks + ((uint64_t)1 << 62), ns), "nor one of the future");
	setenv(CLOCK_VARIABLE, "4 parts of nonsense", 1);
	ok(!clock_init(CLOCK_KIND_COUNTER) && bench_clock.mult != 4, "nor nonsense");
	ok(agrees_with_system() && rate_is_right(), "without it the rate is measured");
	setenv(CLOCK_VARIABLE, good, 1);
	ok(!clock_init(CLOCK_KIND_MONOTONIC) && bench_clock.rate_error == 0,
	   "the kernel's clock has no use for it");
	unsetenv(CLOCK_VARIABLE);
	clock_init(CLOCK_KIND_COUNTER);
}

int main(void)
{
	int err;

	ok(agrees_with_system(), "before clock_init() it is CLOCK_MONOTONIC");
	ok(!clock_init(CLOCK_KIND_MONOTONIC), "the kernel's clock can be had");
	test_kind(CLOCK_KIND_MONOTONIC);
	ok_is(bench_clock.rate_error, 0, "the kernel's clock needs no calibration");
	err = clock_init(CLOCK_KIND_COUNTER);
	if (err) {
		ok_is(err, -EOPNOTSUPP, "a counter that is not invariant is refused");
		ok_is(bench_clock.kind, CLOCK_KIND_MONOTONIC, "and the clock stays as it was");
	} else {
		test_kind(CLOCK_KIND_COUNTER);
		ok(bench_clock.rate_error > 0 && bench_clock.rate_error < 1e-3,
		   "counter: rate known to %.1e", bench_clock.rate_error);
		test_fork();
		test_handed_on();
	}
	ok(!clock_init(CLOCK_KIND_AUTO), "there is always a clock");
	ok_is(bench_clock.kind, (err ? CLOCK_KIND_MONOTONIC : CLOCK_KIND_COUNTER),
	      "auto is the counter where it can be trusted");
	ok(!strcmp(clock_kind_name(CLOCK_KIND_COUNTER), "counter") &&
		   !strcmp(clock_kind_name(CLOCK_KIND_MONOTONIC), "monotonic"),
	   "the names are the CSV's");
	test_skew();
	return done_testing();
}
