/* SPDX-License-Identifier: MIT */
/*
 * The ring of Concurrency Kit (concurrencykit.org), an independent implementation to compare
 * queue_spsc and queue_mpmc with. Of its slots one stays empty, so that it holds an item less than
 * the capacity. Its atomics are assembler, which TSan does not see.
 */
/* needs: ck */
#include <stdalign.h>

#include "bench/measure/sync_loops.h"

#if __has_include(<ck_ring.h>)
#include <ck_ring.h>

struct ring {
	alignas(BENCH_ALIGN) ck_ring_t ring;
	alignas(BENCH_ALIGN) ck_ring_buffer_t slot[];
};

/* Queue ops over the ring's functions of one kind; items are its pointers. */
#define CK_RING(kind)                                                                         \
	static inline int kind##_put(void *shared, void *local, uint64_t item)                \
	{                                                                                     \
		struct ring *r = shared;                                                      \
                                                                                              \
		return ck_ring_enqueue_##kind(&r->ring, r->slot, (void *)(uintptr_t)item)     \
			       ? 0                                                            \
			       : -EAGAIN;                                                     \
	}                                                                                     \
	static inline int kind##_get(void *shared, void *local, uint64_t *item)               \
	{                                                                                     \
		struct ring *r = shared;                                                      \
                                                                                              \
		return ck_ring_dequeue_##kind(&r->ring, r->slot, (void *)item) ? 0 : -EAGAIN; \
	}                                                                                     \
	static const struct queue_ops kind##_ops = {.put = kind##_put, .get = kind##_get};    \
	QUEUE_LOOPS(kind##_ops)

CK_RING(spsc);
CK_RING(mpmc);

static int ring_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	ck_ring_init(&((struct ring *)shared)->ring, (unsigned)setup->capacity);
	return 0;
}

#define CK(kind)                                               \
	.init = ring_init, .shared_size = sizeof(struct ring), \
	.item_size = sizeof(ck_ring_buffer_t), .queue = &kind##_ops_loops
#define WHY NULL
#else
static const struct queue_loops none;
#define CK(kind) .queue = &none
#define WHY "built without Concurrency Kit: make deps"
#endif

#define FLAGS (SYNC_SPINS | SYNC_TSAN_BLIND)

static const struct sync_variant queue_ck_variants[] = {
	{.name = "spsc",
	 .summary = "ck_ring of one producer and one consumer",
	 .flags = FLAGS | SYNC_SPSC,
	 CK(spsc)},
	{.name = "mpmc", .summary = "ck_ring of any number of each", .flags = FLAGS, CK(mpmc)},
};
SYNC_MECHANISM_NEEDS(queue_ck, WHY);
