/* SPDX-License-Identifier: MIT */
#include "bench/measure/settle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare_times(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The median of op_ns[0..n-1], n up to SETTLE_ROUNDS; their range into *range. */
static double median(const double *op_ns, unsigned n, double *range)
{
	double sorted[SETTLE_ROUNDS];

	memcpy(sorted, op_ns, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), compare_times);
	*range = sorted[n - 1] - sorted[0];
	return (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
}

bool settle_add(struct settle *s, double op_ns)
{
	double before, last, range;

	memmove(s->op_ns, s->op_ns + 1, sizeof(s->op_ns) - sizeof(*s->op_ns));
	s->op_ns[2 * SETTLE_ROUNDS - 1] = op_ns;
	if (++s->n < 2 * SETTLE_ROUNDS)
		return false;
	before = median(s->op_ns, SETTLE_ROUNDS, &range);
	last = median(s->op_ns + SETTLE_ROUNDS, SETTLE_ROUNDS, &range);
	return fabs(last - before) <= fmax(SETTLE_CLOSE * before, range / 2);
}

double settle_median(const struct settle *s)
{
	unsigned n = s->n < SETTLE_ROUNDS ? s->n : SETTLE_ROUNDS;
	double range;

	return n ? median(s->op_ns + 2 * SETTLE_ROUNDS - n, n, &range) : NAN;
}
