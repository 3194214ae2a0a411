/* SPDX-License-Identifier: MIT */
/* What every loop needs to know of the processor: how to pause in a spin, how far apart to keep
 * data. */
#ifndef BENCH_MEASURE_CPU_H
#define BENCH_MEASURE_CPU_H

/*
 * Bytes between data of different writers: two lines of 64, because the spatial prefetcher of Intel
 * processors fetches lines in pairs (Intel 64 and IA-32 Optimization Reference Manual, "Data
 * Prefetching"), and the line of some arm64 processors is 128 bytes.
 */
#define BENCH_ALIGN 128

/* One turn of a spin: lets the sibling thread run and delays the next look at the line waited for.
 */
static inline void cpu_relax(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield" ::: "memory");
#else
#error "handoff knows x86-64 and arm64"
#endif
}

#endif
