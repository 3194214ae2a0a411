/* SPDX-License-Identifier: MIT */
/*
 * Numbers things in the order in which they come, each once: told apart by a hash of what they are.
 */
#ifndef BENCH_BASE_HASH_INDEX_H
#define BENCH_BASE_HASH_INDEX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Begin with all zero. */
struct hash_index {
	struct hash_slot *slots;
	size_t n;    /* things so far */
	size_t room; /* a power of two; 0 = none yet */
};

#define HASH_BEGIN UINT64_C(0xcbf29ce484222325)

/*
 * FNV-1a (Fowler, Noll, Vo; RFC 9923) over `n` bytes, after what gave `hash`. Of a million
 * different things two have one hash with a probability of 3e-8.
 */
uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t n);

/* The same over a text with its end, so that "ab" and "c" are not "a" and "bc". */
uint64_t hash_text(uint64_t hash, const char *text);

/* The number of what has `hash`, which is all->n before the call where it is new; -ENOMEM. */
ssize_t hash_index_find(struct hash_index *all, uint64_t hash);

void hash_index_free(struct hash_index *all);

#endif
