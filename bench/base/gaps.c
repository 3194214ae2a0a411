/* SPDX-License-Identifier: MIT */
/* See bench/base/gaps.h. */
#include "bench/base/gaps.h"
#include "bench/base/clock.h"

void gaps_begin(struct gaps *g, uint64_t threshold_ns)
{
	g->threshold_ns = threshold_ns;
	g->spun_ns = 0;
	histogram_clear(&g->above);
}

void gaps_spin(struct gaps *g, uint64_t spin_ns)
{
	uint64_t begin = clock_now_ns(), last = begin;

	while (last - begin < spin_ns) {
		uint64_t now = clock_now_ns();

		gaps_add(g, now - last);
		last = now;
	}
}

double gaps_share(const struct gaps *g)
{
	return g->spun_ns ? (double)g->above.sum / (double)g->spun_ns : 0;
}

double gaps_per_s(const struct gaps *g)
{
	return g->spun_ns ? (double)g->above.count * SECOND_NS / (double)g->spun_ns : 0;
}

uint64_t gaps_p99_ns(const struct gaps *g)
{
	return g->above.count < GAPS_P99_LEAST ? 0 : histogram_percentile(&g->above, 99000);
}
