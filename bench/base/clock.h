/* SPDX-License-Identifier: MIT */
/*
 * The one clock of all timestamps: integer nanoseconds from the processor's counter or the kernel.
 */
#ifndef BENCH_BASE_CLOCK_H
#define BENCH_BASE_CLOCK_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>

#include "bench/base/cpu.h"

#define SECOND_NS 1000000000ull

enum clock_kind {
	CLOCK_KIND_AUTO, /* only as a wish: the counter where it can be trusted, else the kernel */
	CLOCK_KIND_COUNTER,   /* rdtscp, cntvct_el0 */
	CLOCK_KIND_MONOTONIC, /* clock_gettime(CLOCK_MONOTONIC) */
};

/*
 * nanoseconds = (ticks - base) * mult / 2^CLOCK_SHIFT; a constant, so that it is one mul and one
 * shrd
 */
#define CLOCK_SHIFT 32

struct clock {
	enum clock_kind kind; /* never CLOCK_KIND_AUTO after clock_init() */
	uint64_t mult;	      /* ns per tick, times 2^CLOCK_SHIFT */
	uint64_t base;	      /* ticks (modulo 2^64) when the clock stood at 0 ns */
	double cost_ns;	      /* one read in a row of reads */
	double tick_ns; /* smallest step seen; the kernel's may look finer than its counter's: it is
			   rounded */
	double rate_error; /* bound of the relative error of mult; 0 for CLOCK_KIND_MONOTONIC */
};

/*
 * Constant after clock_init(). Processes forked later inherit it, so their stamps are comparable as
 * far as the counters of the PUs are in step. Before, it reads CLOCK_MONOTONIC.
 */
extern struct clock bench_clock;

/*
 * The calibration reaches back to here: what a program does before clock_init() costs it nothing.
 */
void clock_begin(void);

/*
 * Chooses the clock, calibrates the counter (2 ms since clock_begin(), at most 200; none where
 * clock_hand_on() of the starter did) and measures cost and tick.
 * At that moment clock_now_ns() equals CLOCK_MONOTONIC, whatever the kind.
 * Returns 0, -EOPNOTSUPP when CLOCK_KIND_COUNTER is demanded and the counter is not invariant,
 * -errno of clock_gettime() else.
 */
int clock_init(enum clock_kind wanted);

/* Environment variable by which a program finds the calibration of the one that started it. */
#define CLOCK_VARIABLE "HANDOFF_CLOCK"

/*
 * Calibrates for 20 ms, and leaves the counter's rate in CLOCK_VARIABLE for programs that this one
 * starts: they save the time and all have the same rate. They check it against the time that has
 * passed since; on a rate that does not explain it (other machine, suspended, migrated) they
 * calibrate anew.
 */
void clock_hand_on(void);

/* The CSV's name of `kind`: "counter", "monotonic", and "auto" for the wish. */
const char *clock_kind_name(enum clock_kind kind);

/* CLOCK_MONOTONIC in ns: for code off the timed path, and the origin of clock_now_ns(). */
uint64_t clock_system_now_ns(void);

/*
 * The counter in ticks, in program order with the loads and instructions on both sides.
 * x86: RDTSCP waits until all earlier instructions have executed and earlier loads are globally
 * visible; later ones may start before it unless an LFENCE follows at once (Intel SDM volume 2,
 * RDTSCP). Earlier stores may still sit in the store buffer. Linux' rdtsc_ordered() goes without
 * the LFENCE: a later load may then be served before the stamp of a start, by some ns. arm64:
 * CNTVCT_EL0 may be read out of order; an ISB before keeps earlier instructions before it (Linux,
 * arch/arm64/include/asm/arch_timer.h), an ISB after keeps later ones after it.
 */
__attribute__((always_inline)) static inline uint64_t clock_ticks(void)
{
#if defined(__x86_64__)
	uint32_t low, high;

	__asm__ volatile("rdtscp\n\tlfence" : "=a"(low), "=d"(high) : : "rcx", "memory");
	return (uint64_t)high << 32 | low;
#else
	uint64_t ticks;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r"(ticks) : : "memory");
	return ticks;
#endif
}

/* What clock_now_ns() says when the counter stands at `ticks`; of CLOCK_KIND_COUNTER. */
__attribute__((always_inline)) static inline uint64_t clock_ns_of_ticks(uint64_t ticks)
{
	unsigned __int128 scaled = (unsigned __int128)(ticks - bench_clock.base) * bench_clock.mult;

	return (uint64_t)(scaled >> CLOCK_SHIFT);
}

/* Now, in ns since the kernel's CLOCK_MONOTONIC origin as of clock_init(). */
__attribute__((always_inline)) static inline uint64_t clock_now_ns(void)
{
	if (__builtin_expect(bench_clock.kind != CLOCK_KIND_COUNTER, 0))
		return clock_system_now_ns();
	return clock_ns_of_ticks(clock_ticks());
}

/* Ends a comparison: see struct clock_line. */
#define CLOCK_LINE_END UINT64_MAX

/* The line over which two threads compare their clocks; zeroed before use, in memory of both. */
struct clock_line {
	alignas(BENCH_ALIGN) _Atomic uint64_t
		asked;		   /* number of the question; CLOCK_LINE_END = no more */
	_Atomic uint64_t answered; /* number of the question that `stamp_ns` answers */
	uint64_t stamp_ns;	   /* the answering thread's clock between question and answer */
};

/*
 * How far the clock of the answering thread is ahead of the asking one's: from `lo` to `hi` (ns).
 */
struct clock_skew {
	int64_t lo, hi;
};

/*
 * Two threads, each on its PU, compare their clocks: one calls clock_ask(), the other
 * clock_answer(). A stamp taken between question and answer lies between the asking thread's two
 * stamps around them, so each round bounds the offset from both sides (Cristian, "Probabilistic
 * clock synchronization", Distributed Computing 3, 1989) and the tightest bounds of many rounds
 * count. Of threads on one PU there is nothing to compare. A tick is added for the rounding.
 */
void clock_ask(struct clock_line *line, struct clock_skew *ret);
void clock_answer(struct clock_line *line);

/* Most that the two clocks can differ (ns). */
uint64_t clock_skew_bound_ns(const struct clock_skew *skew);

/*
 * `n` threads compare the clocks of their PUs with that of thread 0, which runs on pus[0]: each
 * calls it with its own number `me`, `line` has an entry for each. To thread 0 the bound of all; to
 * others 0.
 */
uint64_t clock_compare(struct clock_line *line, const unsigned *pus, unsigned n, unsigned me);

/* Spins until clock_now_ns() has reached `t_ns`. */
__attribute__((always_inline)) static inline void clock_wait_until(uint64_t t_ns)
{
	while (clock_now_ns() < t_ns)
		cpu_relax();
}

#endif
