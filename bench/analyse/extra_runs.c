/* SPDX-License-Identifier: MIT */
/* One by one to the widest interval, as it is expected to be by then. */
#include "bench/analyse/extra_runs.h"

#include <math.h>

/* The cell whose interval is expected to be the widest; n when none may have more. */
static size_t widest(const double *width, const unsigned *have, const unsigned *extra, size_t n,
		     unsigned most, double target)
{
	size_t best = n;
	double best_width = target;

	for (size_t i = 0; i < n; i++) {
		unsigned now = have[i] + extra[i];
		double expected;

		if (!(width[i] > 0) || !have[i] || now >= most)
			continue;
		expected = width[i] * sqrt((double)have[i] / now);
		if (expected <= best_width)
			continue;
		best = i;
		best_width = expected;
	}
	return best;
}

size_t extra_runs(const double *width, const unsigned *have, unsigned *extra, size_t n,
		  size_t total, unsigned most, double target, bool spend)
{
	size_t given = 0;

	for (size_t i = 0; i < n; i++)
		extra[i] = 0;
	while (given < total) {
		size_t i = widest(width, have, extra, n, most, target);

		if (i == n &&
		    spend) /* all are narrow enough, or have the most: whoever is the widest */
			i = widest(width, have, extra, n, most, 0);
		if (i == n)
			break;
		extra[i]++;
		given++;
	}
	return given;
}
