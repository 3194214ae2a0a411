/* SPDX-License-Identifier: MIT */
/*
 * Injected truth: `make truth` builds with -DHANDOFF_INJECT and adds a known number of operations
 * to every send, enter, notify and op, to prove that what we report moves by what was added.
 * Elsewhere nothing.
 */
#ifndef BENCH_MEASURE_INJECT_H
#define BENCH_MEASURE_INJECT_H

#include <stdint.h>

#include "bench/base/template.h"

#ifdef HANDOFF_INJECT
extern uint64_t inject_count; /* operations per call; set from the environment, HANDOFF_INJECT */

/*
 * Nothing after it starts before all that is before it is done, stores in the store buffer apart
 * (Intel SDM volume 2, LFENCE; AMD APM volume 3, where the kernel makes it so: DE_CFG bit 1).
 * arm64: what follows an ISB is fetched after what precedes it has been resolved (Arm ARM,
 * B2.6.12).
 */
TEMPLATE void inject_fence(void)
{
#if defined(__x86_64__)
	__asm__ volatile("lfence" ::: "memory");
#else
	__asm__ volatile("isb" ::: "memory");
#endif
}

/*
 * A chain of dependent multiplications: each waits for the one before, so cost grows with count.
 * The fences keep it from overlapping with the path around it: an out-of-order core would hide a
 * short chain behind a locked instruction and charge nothing for it. They are there with a count of
 * 0 too, so they are in both arms and what is between the arms is the chain alone.
 */
TEMPLATE void inject(void)
{
	uint64_t x = inject_count | 1;

	inject_fence();
	for (uint64_t i = inject_count; i; i--) {
		x *= 0x9e3779b97f4a7c15u;
		__asm__ volatile("" : "+r"(x));
	}
	inject_fence();
}

/*
 * Nanoseconds by which inject_count operations lengthen one call of inject(), here and now,
 * measured in batches of its own. Needs clock_init().
 */
double inject_cost_ns(void);
#else
TEMPLATE void inject(void)
{
}
#endif

#endif
