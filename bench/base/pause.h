/* SPDX-License-Identifier: MIT */
/*
 * How a side that spins waits between two looks (--pause). The usual way is cpu_relax(), a constant
 * of the timed loops. Every loop that spins exists once more with the way that was asked for: which
 * one that is is read after a look that has failed, and beside the instruction itself.
 *
 * umwait, mwaitx and wfe wait until a cache line is written. What is written between the look and
 * the wait is not lost: the line is watched first, then looked at once more.
 */
#ifndef BENCH_BASE_PAUSE_H
#define BENCH_BASE_PAUSE_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/base/cpu.h"

/* In the order of the words of cell.def. */
enum pause {
	PAUSE_AUTO, /* cpu_relax(): pause on x86-64, yield on arm64 */
	PAUSE_PAUSE,
	PAUSE_NONE, /* no instruction: looks as often as it can */
	PAUSE_TPAUSE,
	PAUSE_UMWAIT,
	PAUSE_MWAITX,
	PAUSE_YIELD,
	PAUSE_ISB,
	PAUSE_WFE,
	PAUSE_COUNT
};

/*
 * Ticks of the TSC. tpause wakes for nothing else, so this is how late it may see what it waits
 * for. The others are woken; their limit is the one that Linux sets anyway (IA32_UMWAIT_CONTROL,
 * /sys/devices/system/cpu/umwait_control/max_time). wfe ends with the next event of the kernel's
 * stream, 10 kHz.
 */
#define PAUSE_TPAUSE_TICKS 512
#define PAUSE_WATCH_TICKS 100000

/* The way that was asked for; set before the sides begin. */
extern enum pause pause_asked;

/* Whether it is an instruction of another architecture than this one. */
bool pause_is_foreign(enum pause how);

/* Why this processor cannot wait so; NULL = it can. */
const char *pause_missing(enum pause how);

/* The word that --pause has for `how`. */
const char *pause_name(enum pause how);

/* Whether it waits until a cache line is written. */
static inline bool pause_watches(enum pause how)
{
	return how == PAUSE_UMWAIT || how == PAUSE_MWAITX || how == PAUSE_WFE;
}

/*
 * Begins to watch the line of `word` (4 bytes at least), where the way asked for does. Look once
 * more before the wait.
 */
static inline void pause_watch(const volatile void *word)
{
#if defined(__x86_64__)
	if (pause_asked == PAUSE_UMWAIT)
		__asm__ volatile("umonitor %0" ::"r"(word) : "memory");
	else if (pause_asked == PAUSE_MWAITX)
		__asm__ volatile("monitorx" ::"a"(word), "c"(0), "d"(0) : "memory");
#else
	uint32_t seen;

	if (pause_asked == PAUSE_WFE)
		__asm__ volatile("ldxr %w0, [%1]" : "=r"(seen) : "r"(word) : "memory");
#endif
}

/* Waits once as was asked for. Ifs and no switch: that may become an indirect jump. */
static inline void pause_wait(void)
{
	enum pause how = pause_asked;

	if (how == PAUSE_NONE) {
		__asm__ volatile("" ::: "memory");
		return;
	}
#if defined(__x86_64__)
	if (how <= PAUSE_PAUSE) {
		cpu_relax();
		return;
	}
	if (how == PAUSE_MWAITX) { /* EAX: C0, the lightest; ECX: bounded by EBX */
		__asm__ volatile("mwaitx" ::"a"(0xf0), "b"(PAUSE_WATCH_TICKS), "c"(2) : "memory");
		return;
	}
	/* C0.1, the lighter of their two states: bit 0 of the operand */
	uint64_t end = __builtin_ia32_rdtsc() +
		       (how == PAUSE_TPAUSE ? PAUSE_TPAUSE_TICKS : PAUSE_WATCH_TICKS);
	uint32_t low = (uint32_t)end, high = (uint32_t)(end >> 32);

	if (how == PAUSE_TPAUSE)
		__asm__ volatile("tpause %0" ::"r"(1), "a"(low), "d"(high) : "cc", "memory");
	else
		__asm__ volatile("umwait %0" ::"r"(1), "a"(low), "d"(high) : "cc", "memory");
#else
	if (how == PAUSE_YIELD || how == PAUSE_AUTO)
		cpu_relax();
	else if (how == PAUSE_ISB)
		__asm__ volatile("isb" ::: "memory");
	else
		__asm__ volatile("wfe" ::: "memory");
#endif
}

/*
 * Spins while `condition`, which looks at `word` and changes nothing: with cpu_relax(), or where
 * the constant `asked` is true with what was asked for.
 */
#define SPIN_WHILE(asked, word, condition)    \
	while (condition) {                   \
		if (!(asked)) {               \
			cpu_relax();          \
		} else {                      \
			pause_watch(word);    \
			if (condition)        \
				pause_wait(); \
		}                             \
	}

#endif
