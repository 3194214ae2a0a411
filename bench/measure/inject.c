/* SPDX-License-Identifier: MIT */
/* Injected truth: how much to inject, and what that costs. */
#include "bench/measure/inject.h"

#ifdef HANDOFF_INJECT
#include <math.h>
#include <stdlib.h>

#include "bench/base/clock.h"

#define COST_CALLS 1000 /* in a batch: the two stamps are then below 1 % of it */
#define COST_BATCHES 51 /* with and without, in turn; the fastest count */

uint64_t inject_count;

__attribute__((constructor)) static void inject_read(void)
{
	const char *text = getenv("HANDOFF_INJECT");

	if (text)
		inject_count = strtoull(text, NULL, 10);
}

/* Mean time (ns) of one call in a batch. */
static double batch_ns(void)
{
	uint64_t begin = clock_now_ns();

	for (int i = 0; i < COST_CALLS; i++)
		inject();
	return (double)(clock_now_ns() - begin) / COST_CALLS;
}

double inject_cost_ns(void)
{
	double with = INFINITY, without = INFINITY;
	const uint64_t count = inject_count;

	for (int i = 0; i < COST_BATCHES; i++) {
		inject_count = 0;
		without = fmin(without, batch_ns());
		inject_count = count;
		with = fmin(with, batch_ns());
	}
	return with - without;
}
#endif
