/* SPDX-License-Identifier: MIT */
/* Gaps of a loop that only reads the clock: time that somebody else took from it. */
#ifndef BENCH_BASE_GAPS_H
#define BENCH_BASE_GAPS_H

#include <stdint.h>

#include "bench/base/histogram.h"

#define GAPS_P99_LEAST 100 /* gaps from which their 99th percentile is one */

/* What a loop saw. Plain memory. */
struct gaps {
	uint64_t threshold_ns;	/* longer times between two readings are gaps */
	uint64_t spun_ns;	/* length of the loop */
	struct histogram above; /* the gaps, ns */
};

/* Empties `g`, also faults its pages in; gaps are what is longer than `threshold_ns`. */
void gaps_begin(struct gaps *g, uint64_t threshold_ns);

/* Takes `ns` between two readings of the clock: part of the loop, and a gap where it is long. */
static inline void gaps_add(struct gaps *g, uint64_t ns)
{
	g->spun_ns += ns;
	if (ns > g->threshold_ns)
		histogram_add(&g->above, ns);
}

/* Reads clock_now_ns() back to back for `spin_ns`. */
void gaps_spin(struct gaps *g, uint64_t spin_ns);

/* Share of the loop that went into gaps, 0 to 1; 0 of a loop that did not run. */
double gaps_share(const struct gaps *g);

/* Gaps per second of the loop; 0 of a loop that did not run. */
double gaps_per_s(const struct gaps *g);

/* 99th percentile of the gaps, ns; 0 below GAPS_P99_LEAST of them. */
uint64_t gaps_p99_ns(const struct gaps *g);

#endif
