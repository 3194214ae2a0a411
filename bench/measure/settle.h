/* SPDX-License-Identifier: MIT */
/*
 * When a warm-up may end: when its rounds no longer become faster or slower. A fixed length would
 * be too long for most operations, and too short where the processor's frequency still rises.
 */
#ifndef BENCH_MEASURE_SETTLE_H
#define BENCH_MEASURE_SETTLE_H

#include <stdbool.h>
#include <stdint.h>

#define SETTLE_ROUND_NS 500000u /* a round takes at least so long */
#define SETTLE_ROUNDS 6		/* that are compared with as many before them */
#define SETTLE_CLOSE 0.01	/* medians that differ by less are the same */

struct settle {
	double op_ns[2 *
		     SETTLE_ROUNDS]; /* what an operation took in the last rounds, oldest first */
	unsigned n;		     /* rounds so far */
};

/*
 * Adds a round in which an operation took `op_ns`. Whether the rounds agree: the medians of the
 * last SETTLE_ROUNDS and of those before differ by less than SETTLE_CLOSE, or by less than half the
 * range of the last ones. A steady drift of more than SETTLE_CLOSE in SETTLE_ROUNDS never agrees:
 * its medians are SETTLE_ROUNDS steps apart, and half the range is (SETTLE_ROUNDS - 1) / 2 steps. A
 * step in the last few rounds looks like noise and is not seen.
 */
bool settle_add(struct settle *s, double op_ns);

/*
 * What an operation takes by the median of the last rounds, at most SETTLE_ROUNDS; NAN without any.
 */
double settle_median(const struct settle *s);

#endif
