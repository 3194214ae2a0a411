/* SPDX-License-Identifier: MIT */
/*
 * What every loop needs to know of the processor: how to pause in a spin, how far apart to keep
 * data.
 */
#ifndef BENCH_MEASURE_CPU_H
#define BENCH_MEASURE_CPU_H

/*
 * Bytes between data of different writers: two lines of 64, because the spatial prefetcher of Intel
 * processors fetches lines in pairs (Intel 64 and IA-32 Optimization Reference Manual, "Data
 * Prefetching"), and the line of some arm64 processors is 128 bytes.
 */
#define BENCH_ALIGN 128

/*
 * One turn of a spin: lets the sibling thread run and delays the next look at the line waited for.
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

/*
 * Asks for the line at `p`, to be written: nobody else has it then. On x86 by name, since without
 * -mprfchw a compiler takes the prefetch for reading, after which the store asks once more;
 * processors that do not know it do nothing (Intel SDM volume 2, PREFETCHW).
 */
static inline void cpu_prefetch_write(const void *p)
{
#if defined(__x86_64__)
	__asm__ volatile("prefetchw %0" ::"m"(*(const char *)p));
#else
	__builtin_prefetch(p, 1);
#endif
}

#endif
