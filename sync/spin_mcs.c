/* SPDX-License-Identifier: MIT */
/*
 * MCS queue lock: each waiter spins on a line of its own, and the holder writes that of the next
 * (Mellor-Crummey and Scott, "Algorithms for Scalable Synchronization on Shared-Memory
 * Multiprocessors", ACM TOCS 9/1, 1991). First come, first served. Nodes are in memory that all
 * sides map at one address, so pointers hold between processes as well.
 *
 * Memory orders:
 * - exchange of the tail: acquire, for it may find the release of the last holder (NULL again);
 *   release, so that whoever finds our node there finds it initialised.
 * - `next`: stored release after `waiting` was set, loaded acquire before it is cleared: otherwise
 *   the set could overtake the clearing, and the waiter sleep on a lock it has.
 * - `waiting`: cleared release, seen acquire: the hand-over of what the lock protects.
 * - compare-exchange of the tail back to NULL: release, for the exchange that will find NULL; what
 *   it finds on failure is not used: relaxed.
 */
#include <stdalign.h>
#include <stdatomic.h>

#include "bench/measure/sync_loops.h"

struct mcs_node {
	alignas(BENCH_ALIGN) _Atomic(struct mcs_node *) next; /* who waits behind */
	_Atomic unsigned waiting;			      /* the one before has the lock */
};

typedef _Atomic(struct mcs_node *) mcs_tail; /* last in the queue; NULL = free */

static inline int mcs_take(void *shared, void *local, bool asked)
{
	struct mcs_node *me = local, *before;

	atomic_store_explicit(&me->next, NULL, memory_order_relaxed);
	before = atomic_exchange_explicit((mcs_tail *)shared, me, memory_order_acq_rel);
	if (likely(!before))
		return 0;
	atomic_store_explicit(&me->waiting, 1, memory_order_relaxed);
	atomic_store_explicit(&before->next, me, memory_order_release);
	SPIN_WHILE(asked, &me->waiting, atomic_load_explicit(&me->waiting, memory_order_acquire));
	return 0;
}
SPIN_ENTER(mcs, mcs_take)

static inline int mcs_leave(void *shared, void *local)
{
	struct mcs_node *me = local, *mine = me;
	struct mcs_node *next = atomic_load_explicit(&me->next, memory_order_acquire);

	if (likely(!next)) {
		if (atomic_compare_exchange_strong_explicit((mcs_tail *)shared, &mine, NULL,
							    memory_order_release,
							    memory_order_relaxed))
			return 0;
		while (!(next = atomic_load_explicit(&me->next, memory_order_acquire)))
			cpu_relax();
	}
	atomic_store_explicit(&next->waiting, 0, memory_order_release);
	return 0;
}

static const struct lock_ops mcs_ops = {.enter = mcs_enter, .leave = mcs_leave};
static const struct lock_ops mcs_asked = {.enter = mcs_asked_enter, .leave = mcs_leave};
LOCK_LOOPS(mcs_ops);
LOCK_LOOPS(mcs_asked);

static const struct sync_variant spin_mcs_variants[] = {
	{.name = "plain",
	 .summary = "MCS queue lock",
	 .flags = SYNC_SPINS | SYNC_FIFO,
	 .shared_size = sizeof(mcs_tail),
	 .local_size = sizeof(struct mcs_node),
	 .lock = &mcs_ops_loops,
	 .lock_paused = &mcs_asked_loops},
};
SYNC_MECHANISM(spin_mcs);
