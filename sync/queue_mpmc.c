/* SPDX-License-Identifier: MIT */
/*
 * Bounded ring for any number of producers and consumers, after Dmitry Vyukov's "Bounded MPMC
 * queue" (1024cores.net). Slot i of turn k has the number k * slots + i when it is free for that
 * turn and one more when it is filled, so each side learns from the slot itself whether it may have
 * it, and producers and consumers meet nowhere else.
 *
 * Orders: the release of a slot's number publishes the item (by a producer) or that it was read (by
 * a consumer); the acquire of the number by who takes the slot next pairs with it. The indices only
 * deal out slots: relaxed.
 */
#include <stdalign.h>
#include <stdatomic.h>

#include "bench/measure/sync_loops.h"

struct slot {
	_Atomic uint64_t number; /* see above */
	uint64_t item;
};

struct ring {
	alignas(BENCH_ALIGN) _Atomic uint64_t put; /* slots dealt out to producers */
	alignas(BENCH_ALIGN) _Atomic uint64_t got; /* slots dealt out to consumers */
	alignas(BENCH_ALIGN) uint64_t mask;	   /* slots - 1 */
	alignas(BENCH_ALIGN) struct slot slot[];
};

/*
 * Takes the slot that index `next` deals out, once its number is that of the index plus `filled`;
 * NULL when it is not yet: full or empty. Its place among all into *ret.
 */
static inline struct slot *take(struct ring *r, _Atomic uint64_t *next, unsigned filled,
				uint64_t *ret)
{
	uint64_t at = atomic_load_explicit(next, memory_order_relaxed);

	for (;;) {
		struct slot *slot = &r->slot[at & r->mask];
		uint64_t number = atomic_load_explicit(&slot->number, memory_order_acquire);
		int64_t ahead = (int64_t)(number - at - filled);

		if (unlikely(ahead < 0))
			return NULL;
		if (likely(!ahead)) {
			*ret = at;
			if (likely(atomic_compare_exchange_weak_explicit(
				    next, &at, at + 1, memory_order_relaxed, memory_order_relaxed)))
				return slot;
		} else {
			at = atomic_load_explicit(next, memory_order_relaxed);
		}
	}
}

static inline int ring_put(void *shared, void *local, uint64_t item)
{
	struct ring *r = shared;
	uint64_t at;
	struct slot *slot = take(r, &r->put, 0, &at);

	if (!slot)
		return -EAGAIN;
	slot->item = item;
	atomic_store_explicit(&slot->number, at + 1, memory_order_release);
	return 0;
}

static inline int ring_get(void *shared, void *local, uint64_t *item)
{
	struct ring *r = shared;
	uint64_t at;
	struct slot *slot = take(r, &r->got, 1, &at);

	if (!slot)
		return -EAGAIN;
	/*
	 * two lines on: their numbers will be written, and a locked instruction waits for each
	 * write
	 */
	cpu_prefetch_write(&r->slot[(at + 8) & r->mask]);
	*item = slot->item;
	atomic_store_explicit(&slot->number, at + r->mask + 1, memory_order_release);
	return 0;
}

static int ring_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	struct ring *r = shared;

	r->mask = setup->capacity - 1;
	for (uint64_t i = 0; i <= r->mask; i++)
		atomic_store_explicit(&r->slot[i].number, i, memory_order_relaxed);
	return 0;
}

static const struct queue_ops ring_ops = {.put = ring_put, .get = ring_get};
QUEUE_LOOPS(ring_ops);

static const struct sync_variant queue_mpmc_variants[] = {
	{.name = "vyukov",
	 .summary = "ring whose slots say by a number whose turn it is",
	 .flags = SYNC_SPINS,
	 .init = ring_init,
	 .shared_size = sizeof(struct ring),
	 .item_size = sizeof(struct slot),
	 .queue = &ring_ops_loops},
};
SYNC_MECHANISM(queue_mpmc);
