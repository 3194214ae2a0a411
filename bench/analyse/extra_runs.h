/* SPDX-License-Identifier: MIT */
/* Giving invocations to the cells that need them most, once, from what a pilot showed. */
#ifndef BENCH_ANALYSE_ALLOT_H
#define BENCH_ANALYSE_ALLOT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Shares out `total` further invocations among `n` cells into extra[]. width[i]: half the interval
 * of cell i after have[i] invocations, as a share of its median (NaN or <= 0: not known; such a
 * cell gets none). An interval narrows with the root of the number: each invocation goes to the
 * cell whose interval is then the widest, none beyond `most` in all. With `spend` all are given,
 * even when every interval is expected to be at most `target`; without it they are kept then.
 * Returns how many were given.
 */
size_t extra_runs(const double *width, const unsigned *have, unsigned *extra, size_t n,
		  size_t total, unsigned most, double target, bool spend);

#endif
