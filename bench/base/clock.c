/* SPDX-License-Identifier: MIT */
/*
 * Choice and calibration of the clock.
 *
 * The counter is calibrated against CLOCK_MONOTONIC_RAW: its rate is the hardware's and the same in
 * every invocation, while NTP slews CLOCK_MONOTONIC by up to 500 ppm (clock_gettime(2),
 * adjtimex(2)), which would move whole runs against each other. The origin is CLOCK_MONOTONIC's,
 * because sleeps until a time need it; the two part by at most those 500 ppm.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "bench/base/clock.h"

#define SANDWICHES 64 /* reads of which the narrowest pair counts */
#define BATCHES 25    /* odd, for a median; some 40 us, with each invocation */
#define BATCH 64      /* reads per batch */
/* A calibration takes no longer, though the kernel's clock be slow to read. */
#define SPIN_MAX_NS 200000000
#define RATE_DRIFT_MAX 2e-5 /* of a rate that was handed on: some ppm are the host's clock */

/*
 * Two clocks are compared so often and for so long. Where no answer came within SKEW_WIDE_NS it
 * goes on: beside a busy process the other does not run for some milliseconds at a time.
 */
#define SKEW_ROUNDS 1000
#define SKEW_NS 5000000
#define SKEW_WIDE_NS 2000
#define SKEW_MOST_NS 50000000
#define SPINS 10000 /* before a spinner gives its PU away */

struct clock bench_clock;

/* The counter and a clock of the kernel read at the same moment. */
struct sandwich {
	uint64_t ticks;	   /* middle of the two counter reads around ... */
	uint64_t ns;	   /* ... the read of the kernel's clock */
	uint64_t width_ns; /* between two reads of the kernel's clock around both: limit of the
			      error */
};

/*
 * How long a calibration takes at least, and how exact it must be: two reads 50 ns wide around 20
 * ms give 2.5e-6.
 */
struct exactness {
	uint64_t span_ns;
	double rate_error;
};

static const struct exactness for_many = {20000000, 5e-6}; /* whose figures are compared */
static const struct exactness for_one = {2000000, 5e-5};

static struct sandwich calibrated_from; /* where the calibration began; ns 0 = nowhere yet */

static uint64_t read_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

uint64_t clock_system_now_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}

const char *clock_kind_name(enum clock_kind kind)
{
	static const char *const name[] = {
		[CLOCK_KIND_AUTO] = "auto",
		[CLOCK_KIND_COUNTER] = "counter",
		[CLOCK_KIND_MONOTONIC] = "monotonic",
	};

	return name[kind];
}

#if defined(__x86_64__)
/*
 * Linux drops "tsc" from its clock sources when its watchdog found the counters out of step or
 * unsteady.
 */
static bool kernel_trusts_tsc(void)
{
	FILE *file =
		fopen("/sys/devices/system/clocksource/clocksource0/available_clocksource", "re");
	char line[256], *rest = line;
	bool found = false;

	if (!file)
		return true; /* says nothing: CPUID's word stands */
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	while (rest && !found)
		found = !strcmp(strsep(&rest, " \n"), "tsc");
	fclose(file);
	return found;
}

/* RDTSCP: CPUID 0x80000001 EDX bit 27 (Intel SDM volume 2, CPUID). A guest may lack it. */
static bool counter_readable(void)
{
	unsigned a, b, c, d;

	return __get_cpuid(0x80000001, &a, &b, &c, &d) && d & 1u << 27;
}

/* Invariant TSC: CPUID 0x80000007 EDX bit 8 (likewise). */
static bool counter_usable(void)
{
	unsigned a, b, c, d;

	return counter_readable() && __get_cpuid(0x80000007, &a, &b, &c, &d) && d & 1u << 8 &&
	       kernel_trusts_tsc();
}
#else
static bool counter_readable(void)
{
	return true;
}

/*
 * The generic timer's counter runs at a constant rate and is in step on all PUs (Arm ARM, D12.1).
 */
static bool counter_usable(void)
{
	return true;
}
#endif

/* The narrowest of many sandwiches: an interrupt in one makes it wide. */
static struct sandwich read_sandwich(clockid_t id)
{
	struct sandwich best = {.width_ns = UINT64_MAX};

	for (int i = 0; i < SANDWICHES; i++) {
		uint64_t outer = read_ns(id);
		uint64_t t0 = clock_ticks();
		uint64_t ns = read_ns(id);
		uint64_t t1 = clock_ticks();
		uint64_t width = read_ns(id) - outer;

		if (width < best.width_ns)
			best = (struct sandwich){t0 + (t1 - t0) / 2, ns, width};
	}
	return best;
}

void clock_begin(void)
{
	/* a guest leaves itself for CPUID; a clock that is handed on has a beginning of its own */
	if (!getenv(CLOCK_VARIABLE) && counter_readable())
		calibrated_from = read_sandwich(CLOCK_MONOTONIC_RAW);
}

/* Sets mult and rate_error of `c`. Each end is off by at most half its width. */
static void calibrate(struct clock *c, const struct exactness *wanted)
{
	struct sandwich begin, end;
	double span_ns;

	if (!calibrated_from.ns)
		calibrated_from = read_sandwich(CLOCK_MONOTONIC_RAW);
	begin = calibrated_from;
	do {
		while (read_ns(CLOCK_MONOTONIC_RAW) - begin.ns < wanted->span_ns)
			cpu_relax();
		end = read_sandwich(CLOCK_MONOTONIC_RAW);
		span_ns = (double)(end.ns - begin.ns);
		c->rate_error = (double)(begin.width_ns + end.width_ns) / 2 / span_ns;
	} while (c->rate_error > wanted->rate_error && span_ns < SPIN_MAX_NS);

	c->mult = (uint64_t)(span_ns / (double)(end.ticks - begin.ticks) *
				     (double)((uint64_t)1 << CLOCK_SHIFT) +
			     0.5);
}

/*
 * The rate of whoever started us, if it explains what both clocks have counted since it began to
 * calibrate: at least as long ago as a calibration takes, so the answer is as exact as another one.
 */
static bool take_handed_on(struct clock *c)
{
	const char *text = getenv(CLOCK_VARIABLE);
	struct sandwich from, now;
	double span_ns, width, off, rate_error;
	uint64_t mult;
	char rest;

	if (!text || sscanf(text, "%" SCNu64 " %lf %" SCNu64 " %" SCNu64 " %" SCNu64 "%c", &mult,
			    &rate_error, &from.ticks, &from.ns, &from.width_ns, &rest) != 5)
		return false;
	now = read_sandwich(CLOCK_MONOTONIC_RAW);
	if (!mult || now.ns < from.ns + for_many.span_ns || now.ticks <= from.ticks)
		return false;
	span_ns = (double)(now.ns - from.ns);
	width = (double)(now.width_ns + from.width_ns) / 2 / span_ns;
	off = fabs((double)(now.ticks - from.ticks) * (double)mult /
			   (double)((uint64_t)1 << CLOCK_SHIFT) / span_ns -
		   1);
	if (!(off <= RATE_DRIFT_MAX && width <= for_many.rate_error && rate_error >= 0))
		return false;
	c->mult = mult;
	c->rate_error = fmax(rate_error, off + width);
	calibrated_from = from;
	return true;
}

/* Where the counter stood when CLOCK_MONOTONIC was 0. */
static void set_origin(struct clock *c)
{
	struct sandwich now = read_sandwich(CLOCK_MONOTONIC);

	c->base = now.ticks - (uint64_t)(((unsigned __int128)now.ns << CLOCK_SHIFT) / c->mult);
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The median over batches of what one read takes, in ns. */
static double measure_cost_ns(void)
{
	uint64_t batch_ns[BATCHES], *median = &batch_ns[BATCHES / 2];

	for (int b = 0; b < BATCHES; b++) {
		uint64_t begin = clock_now_ns(), end = begin;

		for (int i = 0; i < BATCH; i++)
			end = clock_now_ns();
		batch_ns[b] = end - begin;
	}
	qsort(batch_ns, BATCHES, sizeof(batch_ns[0]), compare_u64);
	return (double)*median / BATCH;
}

static uint64_t greatest_divisor(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/*
 * The step of the clock in its own unit (ticks or ns). Where some reads in a row are equal, a step
 * takes longer than a read and the smallest difference is the step; else all differences are
 * multiples of it (a TSC may advance by its multiplier at a time).
 */
static double measure_tick_ns(const struct clock *c)
{
	bool counter = c->kind == CLOCK_KIND_COUNTER;
	uint64_t last = counter ? clock_ticks() : clock_system_now_ns();
	uint64_t smallest = UINT64_MAX, divisor = 0, step;
	bool stood = false;

	for (int i = 0; i < BATCHES * BATCH; i++) {
		uint64_t now = counter ? clock_ticks() : clock_system_now_ns();
		uint64_t diff = now - last;

		last = now;
		stood |= !diff;
		if (diff && diff < smallest)
			smallest = diff;
		divisor = greatest_divisor(diff, divisor);
	}
	step = stood ? smallest : divisor;
	return counter ? (double)step * (double)c->mult / (double)((uint64_t)1 << CLOCK_SHIFT)
		       : (double)step;
}

static int init(enum clock_kind wanted, const struct exactness *exactness)
{
	struct timespec ts;
	struct clock c = {.kind = CLOCK_KIND_MONOTONIC};
	bool handed_on;

	if (clock_gettime(CLOCK_MONOTONIC_RAW, &ts) || clock_gettime(CLOCK_MONOTONIC, &ts))
		return -errno;
	/* its giver has asked the processor: CPUID leaves a guest, for tens of microseconds */
	handed_on = wanted != CLOCK_KIND_MONOTONIC && take_handed_on(&c);
	if (handed_on || (wanted != CLOCK_KIND_MONOTONIC && counter_usable()))
		c.kind = CLOCK_KIND_COUNTER;
	else if (wanted == CLOCK_KIND_COUNTER)
		return -EOPNOTSUPP;
	if (c.kind == CLOCK_KIND_COUNTER) {
		if (!handed_on)
			calibrate(&c, exactness);
		set_origin(&c);
	}
	c.tick_ns = measure_tick_ns(&c);
	bench_clock = c;
	bench_clock.cost_ns = measure_cost_ns();
	return 0;
}

void clock_hand_on(void)
{
	char text[128];

	if (init(CLOCK_KIND_AUTO, &for_many) || bench_clock.kind != CLOCK_KIND_COUNTER)
		return;
	snprintf(text, sizeof(text), "%" PRIu64 " %.3e %" PRIu64 " %" PRIu64 " %" PRIu64,
		 bench_clock.mult, bench_clock.rate_error, calibrated_from.ticks,
		 calibrated_from.ns, calibrated_from.width_ns);
	setenv(CLOCK_VARIABLE, text, 1);
}

int clock_init(enum clock_kind wanted)
{
	return init(wanted, &for_one);
}

/* Spins until *word is `n`, or CLOCK_LINE_END; the other thread may need our PU. What it is. */
static uint64_t await(const _Atomic uint64_t *word, uint64_t n)
{
	uint64_t value;

	for (unsigned spins = 0;; spins++) {
		value = atomic_load_explicit(word, memory_order_acquire);
		if (value == n || value == CLOCK_LINE_END)
			return value;
		if (spins < SPINS)
			cpu_relax();
		else
			sched_yield();
	}
}

void clock_ask(struct clock_line *line, struct clock_skew *ret)
{
	int64_t tick = (int64_t)bench_clock.tick_ns + 1;
	uint64_t begin = 0;

	*ret = (struct clock_skew){INT64_MIN, INT64_MAX};
	for (uint64_t n = 1; n <= SKEW_ROUNDS; n++) {
		uint64_t before = clock_now_ns(), after;
		int64_t lo, hi;

		begin = begin ? begin : before;
		atomic_store_explicit(&line->asked, n, memory_order_release);
		await(&line->answered, n);
		after = clock_now_ns();
		lo = (int64_t)(line->stamp_ns - after) - tick;
		hi = (int64_t)(line->stamp_ns - before) + tick;
		ret->lo = lo > ret->lo ? lo : ret->lo;
		ret->hi = hi < ret->hi ? hi : ret->hi;
		if (after - begin > (ret->hi - ret->lo < SKEW_WIDE_NS ? SKEW_NS : SKEW_MOST_NS))
			break;
	}
	atomic_store_explicit(&line->asked, CLOCK_LINE_END, memory_order_release);
}

void clock_answer(struct clock_line *line)
{
	for (uint64_t n = 1; await(&line->asked, n) == n; n++) {
		line->stamp_ns = clock_now_ns();
		atomic_store_explicit(&line->answered, n, memory_order_release);
	}
}

uint64_t clock_skew_bound_ns(const struct clock_skew *skew)
{
	uint64_t behind = skew->lo < 0 ? 0 - (uint64_t)skew->lo : (uint64_t)skew->lo;
	uint64_t ahead = skew->hi < 0 ? 0 - (uint64_t)skew->hi : (uint64_t)skew->hi;

	return behind > ahead ? behind : ahead;
}

uint64_t clock_compare(struct clock_line *line, const unsigned *pus, unsigned n, unsigned me)
{
	uint64_t bound_ns = 0;

	if (me && pus[me] != pus[0])
		clock_answer(&line[me]);
	for (unsigned i = 1; !me && i < n; i++) {
		struct clock_skew skew = {0, 0};

		if (pus[i] != pus[0])
			clock_ask(&line[i], &skew);
		if (clock_skew_bound_ns(&skew) > bound_ns)
			bound_ns = clock_skew_bound_ns(&skew);
	}
	return bound_ns;
}
