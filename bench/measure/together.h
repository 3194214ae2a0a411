/* SPDX-License-Identifier: MIT */
/*
 * For what share of the time the two sides of a pair are on one CPU, where the scheduler places
 * them. The sides note nothing: a stamp says only on which CPU the side is that takes it. The
 * driver looks, on a CPU of its own if there is one.
 */
#ifndef BENCH_MEASURE_TOGETHER_H
#define BENCH_MEASURE_TOGETHER_H

#include "bench/measure/crew.h"

/* Between two looks: each reads a file of /proc for each side, some 10 us. */
#define TOGETHER_LOOK_NS 5000000u

struct together {
	uint64_t next_ns;    /* when the next look is due */
	uint64_t looks, one; /* at a pair, and those that found both on one CPU */
};

/*
 * Driver: looks at members 0 and 1, 2 and 3 and so on, if it is time; the look counts if `timed`.
 * When the next is due (ns).
 */
uint64_t together_look(struct together *t, struct crew *crew, bool timed, uint64_t now);

/* The share of the looks that found both on one CPU; NAN: there was none. */
double together_share(const struct together *t);

#endif
