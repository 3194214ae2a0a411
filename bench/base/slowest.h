/* SPDX-License-Identifier: MIT */
/* When the slowest of many operations began and ended. */
#ifndef BENCH_BASE_SLOWEST_H
#define BENCH_BASE_SLOWEST_H

#include <stdint.h>

#define SLOWEST_MAX 1024 /* operations that are kept */

struct slow_op {
	uint64_t begin_ns, end_ns; /* stamps of the suite's clock */
};

/*
 * A heap: none is shorter than op[0], which goes when a longer one comes. Plain memory without
 * pointers: may live in shared memory. n = 0 before use.
 */
struct slowest {
	unsigned n;
	struct slow_op op[SLOWEST_MAX];
};

/*
 * Keeps the operation from `begin_ns` to `end_ns` if it is one of the slowest so far. Never
 * allocates.
 */
void slowest_add(struct slowest *s, uint64_t begin_ns, uint64_t end_ns);

/* Puts the longest first. No more may be added then. */
void slowest_sort(struct slowest *s);

#endif
