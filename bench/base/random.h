/* SPDX-License-Identifier: MIT */
/* Random choices that a seed repeats. */
#ifndef BENCH_RECORD_RANDOM_H
#define BENCH_RECORD_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* splitmix64 (Steele, Lea, Flood 2014): any seed will do. */
static inline uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* Puts order[0..n-1] into a random order (Fisher and Yates), another one for each `block`. */
static inline void random_shuffle(uint64_t seed, unsigned block, size_t *order, size_t n)
{
	uint64_t state = seed;

	state = random_next(&state) + block;
	for (; n > 1; n--) {
		size_t other = random_next(&state) % n, last = order[n - 1];

		order[n - 1] = order[other];
		order[other] = last;
	}
}

#endif
