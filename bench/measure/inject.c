/* SPDX-License-Identifier: MIT */
/* Injected truth: how much to inject, and what that costs. */
#include "bench/measure/inject.h"

#ifdef HANDOFF_INJECT
#include <stdlib.h>

#include "bench/analyse/order.h"
#include "bench/measure/clock.h"

#define COST_CALLS 1000 /* in a batch: the two stamps are then below 1 % of it */
#define COST_BATCHES 51 /* with and without, in turn; the medians count */

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
	double with[COST_BATCHES], without[COST_BATCHES];
	const uint64_t count = inject_count;

	for (int i = 0; i < COST_BATCHES; i++) {
		inject_count = 0;
		without[i] = batch_ns();
		inject_count = count;
		with[i] = batch_ns();
	}
	order_sort(with, COST_BATCHES);
	order_sort(without, COST_BATCHES);
	return order_median(with, COST_BATCHES) - order_median(without, COST_BATCHES);
}
#endif
