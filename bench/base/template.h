/* SPDX-License-Identifier: MIT */
/*
 * How a timed loop is made: a TEMPLATE takes constant descriptors and is inlined whole, so that the
 * compiler turns their function pointers into direct, inlined calls; a TIMED function is one
 * instance of it. All instances stand in section .text.timed, where a test looks for indirect
 * calls.
 */
#ifndef BENCH_MEASURE_TEMPLATE_H
#define BENCH_MEASURE_TEMPLATE_H

#define TEMPLATE static inline __attribute__((always_inline))
#define TIMED __attribute__((noinline, section(".text.timed")))

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* Keeps the compiler from moving or merging memory accesses across it; no instruction. */
#define compiler_barrier() __asm__ volatile("" ::: "memory")

#endif
