/* SPDX-License-Identifier: MIT */
/*
 * CLH queue lock: each waiter spins on the node of the one before it, and takes that node over when
 * it leaves (Craig, "Building FIFO and Priority-Queuing Spin Locks from Atomic Swap", TR 93-02-02,
 * Univ. of Washington, 1993; Magnusson, Landin and Hagersten, IPPS 1994). First come, first served.
 *
 * Memory orders: the exchange of the tail is release, so that whoever finds our node there finds it
 * `held`, and acquire, so that we find that of the one before likewise. `held` is cleared release
 * and seen acquire: the hand-over of what the lock protects, and of the node.
 */
#include <stdalign.h>
#include <stdatomic.h>

#include "bench/measure/sync_loops.h"

struct clh_node {
	alignas(BENCH_ALIGN) _Atomic unsigned held; /* its owner has the lock or waits for it */
};

struct clh {
	alignas(BENCH_ALIGN) _Atomic(struct clh_node *) tail; /* last in the queue */
	struct clh_node first;				      /* what the first one waits on */
};

struct clh_local {
	alignas(BENCH_ALIGN) struct clh_node *mine; /* to be put into the queue */
	struct clh_node *before;		    /* whose it was, to be taken over */
	struct clh_node node;			    /* the first one of its own */
};

static inline int clh_take(void *shared, void *local, bool asked)
{
	struct clh_local *me = local;
	struct clh_node *before;

	atomic_store_explicit(&me->mine->held, 1, memory_order_relaxed);
	before = atomic_exchange_explicit(&((struct clh *)shared)->tail, me->mine,
					  memory_order_acq_rel);
	me->before = before;
	SPIN_WHILE(asked, &before->held, atomic_load_explicit(&before->held, memory_order_acquire));
	return 0;
}
SPIN_ENTER(clh, clh_take)

static inline int clh_leave(void *shared, void *local)
{
	struct clh_local *me = local;

	atomic_store_explicit(&me->mine->held, 0, memory_order_release);
	me->mine = me->before;
	return 0;
}

static int clh_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	struct clh *lock = shared;

	atomic_init(&lock->tail, &lock->first);
	return 0;
}

static int clh_attach(void *shared, void *local, const struct sync_setup *setup)
{
	struct clh_local *me = local;

	me->mine = &me->node;
	return 0;
}

static const struct lock_ops clh_ops = {.enter = clh_enter, .leave = clh_leave};
static const struct lock_ops clh_asked = {.enter = clh_asked_enter, .leave = clh_leave};
LOCK_LOOPS(clh_ops);
LOCK_LOOPS(clh_asked);

static const struct sync_variant spin_clh_variants[] = {
	{.name = "plain",
	 .summary = "CLH queue lock",
	 .flags = SYNC_SPINS | SYNC_FIFO,
	 .init = clh_init,
	 .attach = clh_attach,
	 .shared_size = sizeof(struct clh),
	 .local_size = sizeof(struct clh_local),
	 .lock = &clh_ops_loops,
	 .lock_paused = &clh_asked_loops},
};
SYNC_MECHANISM(spin_clh);
