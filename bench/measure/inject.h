/* SPDX-License-Identifier: MIT */
/*
 * Injected truth: `make truth` builds with -DHANDOFF_INJECT and adds a known number of operations
 * to every send, enter and op, to prove that what we report moves by what was added. Elsewhere
 * nothing.
 */
#ifndef BENCH_MEASURE_INJECT_H
#define BENCH_MEASURE_INJECT_H

#include <stdint.h>

#include "bench/measure/template.h"

#ifdef HANDOFF_INJECT
extern uint64_t inject_count; /* operations per call; set from the environment, HANDOFF_INJECT */

/* A chain of dependent multiplications: each waits for the one before, so cost grows with count. */
TEMPLATE void inject(void)
{
	uint64_t x = inject_count | 1;

	for (uint64_t i = inject_count; i; i--) {
		x *= 0x9e3779b97f4a7c15u;
		__asm__ volatile("" : "+r"(x));
	}
}

/* Nanoseconds that one call of inject() takes here and now, measured in a batch of its own. */
double inject_cost_ns(void);
#else
TEMPLATE void inject(void)
{
}
#endif

#endif
