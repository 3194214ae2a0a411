/* SPDX-License-Identifier: MIT */
/*
 * Bounded rings for one producer and one consumer.
 *
 * cached: each side owns an index and remembers what it last saw of the other's, so that it reads
 * the other's line only when by that memory the ring is full or empty (Lee, Bu and Chandranmenon,
 * "A lock-free, cache-efficient shared ring buffer for multi-core architectures", ANCS 2009). What
 * an item costs depends on how far apart the sides run: while some lie in the ring, many are moved
 * between two looks; where it stays nearly empty or full, each item costs a look at a line that the
 * other side is about to write. A run stays where its start has led it: see depth_mean.
 *
 * flagged: an item that is not 0 says itself that its slot is full, and neither side reads the
 * other's index (Giacomoni, Moseley and Vachharajani, "FastForward for efficient pipeline
 * parallelism", PPoPP 2008). Sides that run close together share one line, and the store buffer
 * makes a batch of what is written to it meanwhile, so that their distance matters less.
 *
 * Orders of cached: the release of `put` makes the item visible before the index that says so; its
 * acquire by the consumer pairs with it. The release of `got` keeps the reading of a slot before
 * the index that frees it; its acquire by the producer pairs with it, so that a slot is not
 * overwritten while it is read. Each side's own index is written by nobody else: relaxed. That
 * these suffice in C11 is proved in Le, Guatto, Cohen and Pop, "Correct and Efficient Bounded FIFO
 * Queues", SBAC-PAD 2013.
 *
 * Orders of flagged: the release of an item, with the acquire by the consumer, makes visible what
 * was done before it was put. A slot is freed by a store to the very word that was read, and one
 * word's values have one order: relaxed.
 */
#include <stdalign.h>
#include <stdatomic.h>

#include "bench/measure/sync_loops.h"

struct ring {
	alignas(BENCH_ALIGN) _Atomic uint64_t put; /* items put; written by the producer ... */
	uint64_t seen_got;			   /* ... and what it last saw of got */
	uint64_t put_mask;			   /* slots - 1, in the producer's own line */
	alignas(BENCH_ALIGN) _Atomic uint64_t got; /* items got; written by the consumer ... */
	uint64_t seen_put;			   /* ... and what it last saw of put */
	uint64_t got_mask;			   /* slots - 1, in the consumer's own line */
	alignas(BENCH_ALIGN) uint64_t item[];
};

static inline int ring_put(void *shared, void *local, uint64_t item)
{
	struct ring *r = shared;
	uint64_t put = atomic_load_explicit(&r->put, memory_order_relaxed);

	if (unlikely(put - r->seen_got > r->put_mask)) {
		r->seen_got = atomic_load_explicit(&r->got, memory_order_acquire);
		if (put - r->seen_got > r->put_mask)
			return -EAGAIN;
	}
	r->item[put & r->put_mask] = item;
	atomic_store_explicit(&r->put, put + 1, memory_order_release);
	return 0;
}

static inline int ring_get(void *shared, void *local, uint64_t *item)
{
	struct ring *r = shared;
	uint64_t got = atomic_load_explicit(&r->got, memory_order_relaxed);

	if (unlikely(got == r->seen_put)) {
		r->seen_put = atomic_load_explicit(&r->put, memory_order_acquire);
		if (got == r->seen_put)
			return -EAGAIN;
	}
	*item = r->item[got & r->got_mask];
	atomic_store_explicit(&r->got, got + 1, memory_order_release);
	return 0;
}

static int ring_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	struct ring *r = shared;

	r->put_mask = r->got_mask = setup->capacity - 1;
	return 0;
}

static const struct queue_ops ring_ops = {.put = ring_put, .get = ring_get};
QUEUE_LOOPS(ring_ops);

struct flagged {
	alignas(BENCH_ALIGN) uint64_t put;	      /* items put; the producer's own */
	uint64_t put_mask;			      /* slots - 1, in the producer's own line */
	alignas(BENCH_ALIGN) uint64_t got;	      /* items got; the consumer's own */
	uint64_t got_mask;			      /* slots - 1, in the consumer's own line */
	alignas(BENCH_ALIGN) _Atomic uint64_t item[]; /* 0 = free */
};

static inline int flagged_put(void *shared, void *local, uint64_t item)
{
	struct flagged *r = shared;
	_Atomic uint64_t *slot = &r->item[r->put & r->put_mask];

	if (unlikely(atomic_load_explicit(slot, memory_order_relaxed)))
		return -EAGAIN;
	atomic_store_explicit(slot, item, memory_order_release);
	r->put++;
	return 0;
}

static inline int flagged_get(void *shared, void *local, uint64_t *item)
{
	struct flagged *r = shared;
	_Atomic uint64_t *slot = &r->item[r->got & r->got_mask];
	uint64_t found = atomic_load_explicit(slot, memory_order_acquire);

	if (unlikely(!found))
		return -EAGAIN;
	atomic_store_explicit(slot, 0, memory_order_relaxed);
	*item = found;
	r->got++;
	return 0;
}

static int flagged_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	struct flagged *r = shared;

	r->put_mask = r->got_mask = setup->capacity - 1;
	return 0;
}

static const struct queue_ops flagged_ops = {.put = flagged_put, .get = flagged_get};
QUEUE_LOOPS(flagged_ops);

static const struct sync_variant queue_spsc_variants[] = {
	{.name = "cached",
	 .summary = "ring of one producer and one consumer that remember each other's index",
	 .flags = SYNC_SPINS | SYNC_SPSC,
	 .init = ring_init,
	 .shared_size = sizeof(struct ring),
	 .item_size = sizeof(uint64_t),
	 .queue = &ring_ops_loops},
	{.name = "flagged",
	 .summary = "ring of one producer and one consumer whose slots say themselves whether they "
		    "are full",
	 .flags = SYNC_SPINS | SYNC_SPSC,
	 .init = flagged_init,
	 .shared_size = sizeof(struct flagged),
	 .item_size = sizeof(uint64_t),
	 .queue = &flagged_ops_loops},
};
SYNC_MECHANISM(queue_spsc);
