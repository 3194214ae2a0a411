/* SPDX-License-Identifier: MIT */
/* The cold half of the meter: how it starts, what it says. */
#include "bench/measure/meter.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

void meter_start(struct meter *m, uint64_t n, uint64_t stride, uint64_t deadline_ns)
{
	/* field by field: a copy of the histograms on the stack could fault in the timed part */
	m->n = n;
	m->stride = stride;
	m->deadline_ns = deadline_ns;
	m->done = m->batch_ops = m->batch_ns = m->begin_ns = m->end_ns = 0;
	m->lost = m->dropped = 0;
	histogram_clear(&m->each);
	histogram_clear(&m->batches);
}

void meter_copy(struct meter *to, const struct meter *from)
{
	memcpy(to, from, offsetof(struct meter, each));
	histogram_copy(&to->each, &from->each);
	histogram_copy(&to->batches, &from->batches);
}

double meter_mean_ns(const struct meter *m)
{
	if (m->batch_ops)
		return (double)m->batch_ns / (double)m->batch_ops;
	return histogram_mean(&m->each);
}

double meter_median_ns(const struct meter *m)
{
	if (m->batches.count)
		return (double)histogram_percentile(&m->batches, 50000) / 1000;
	return m->each.count ? (double)histogram_percentile(&m->each, 50000) : NAN;
}

uint64_t meter_stride(double op_ns)
{
	uint64_t stride = 2 * METER_CLOCKS;
	double clock_ns = bench_clock.cost_ns > bench_clock.tick_ns ? bench_clock.cost_ns
								    : bench_clock.tick_ns;

	if (op_ns > METER_CLOCKS * clock_ns)
		return 1;
	if (op_ns < 0.1)
		op_ns = 0.1;
	while ((double)stride * op_ns < 400 * clock_ns)
		stride *= 2;
	return stride;
}
