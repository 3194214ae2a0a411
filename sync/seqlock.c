/* SPDX-License-Identifier: MIT */
/*
 * Sequence lock: readers write nothing, and read again when a writer was there meanwhile. Writers
 * keep each other out with a spinlock. The protected data are relaxed atomics, and the orders are
 * those of Boehm, "Can seqlocks get along with programming language memory models?", MSPC 2012:
 * - reader: acquire at the even number, so that data are read after it; acquire fence before the
 *   second look at the number, so that they are read before it;
 * - writer: release fence after the odd number, so that data are written after it; release store of
 *   the even number, so that they are written before it.
 */
#include <stdalign.h>
#include <stdatomic.h>

#include "bench/measure/sync_loops.h"

struct seqlock {
	alignas(BENCH_ALIGN) _Atomic uint32_t number; /* odd while a writer is in */
	_Atomic unsigned taken;			      /* by a writer */
};

struct seqlock_reader {
	uint32_t seen; /* number at the beginning of the read */
};

static inline int seqlock_enter(void *shared, void *local)
{
	struct seqlock *lock = shared;
	uint32_t number;

	while (atomic_exchange_explicit(&lock->taken, 1, memory_order_acquire))
		while (atomic_load_explicit(&lock->taken, memory_order_relaxed))
			cpu_relax();
	number = atomic_load_explicit(&lock->number, memory_order_relaxed);
	atomic_store_explicit(&lock->number, number + 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	return 0;
}

static inline int seqlock_leave(void *shared, void *local)
{
	struct seqlock *lock = shared;
	uint32_t number = atomic_load_explicit(&lock->number, memory_order_relaxed);

	atomic_store_explicit(&lock->number, number + 1, memory_order_release);
	atomic_store_explicit(&lock->taken, 0, memory_order_release);
	return 0;
}

static inline int seqlock_enter_shared(void *shared, void *local)
{
	struct seqlock *lock = shared;
	uint32_t number;

	while ((number = atomic_load_explicit(&lock->number, memory_order_acquire)) & 1)
		cpu_relax();
	((struct seqlock_reader *)local)->seen = number;
	return 0;
}

static inline int seqlock_leave_shared(void *shared, void *local)
{
	const struct seqlock_reader *me = local;
	struct seqlock *lock = shared;

	atomic_thread_fence(memory_order_acquire);
	return atomic_load_explicit(&lock->number, memory_order_relaxed) == me->seen ? 0 : -EAGAIN;
}

static const struct lock_ops seqlock_ops = {
	.enter = seqlock_enter,
	.leave = seqlock_leave,
	.enter_shared = seqlock_enter_shared,
	.leave_shared = seqlock_leave_shared,
	.overlapping = true,
};
RW_LOOPS(seqlock_ops);

static const struct sync_variant seqlock_variants[] = {
	{.name = "spin",
	 .summary = "readers write nothing and read again, writers take a spinlock",
	 .flags = SYNC_SPINS,
	 .shared_size = sizeof(struct seqlock),
	 .local_size = sizeof(struct seqlock_reader),
	 .lock = &seqlock_ops_loops},
};
SYNC_MECHANISM(seqlock);
