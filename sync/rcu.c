/* SPDX-License-Identifier: MIT */
/*
 * Read-copy-update of liburcu (Desnoyers et al., "User-Level Implementations of Read-Copy Update",
 * IEEE TPDS 23/2, 2012). A writer takes a mutex, writes the copy that nobody reads, publishes it,
 * and waits in synchronize_rcu() until the last reader of the other one is gone: that is its cost
 * here; call_rcu(), which lets somebody else wait, is not measured. Readers call the library's
 * functions, as a program that is not under the LGPL has to.
 *
 * The index of the copy is stored release after the copy was written and loaded acquire before it
 * is read. Data are relaxed atomics, since what synchronize_rcu() orders no tool can see.
 */
/* needs: liburcu liburcu-qsbr */
#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>

#include "bench/measure/sync_loops.h"

#if __has_include(<urcu/urcu-memb.h>) && __has_include(<urcu/urcu-qsbr.h>)
#include <urcu/urcu-memb.h>
#include <urcu/urcu-qsbr.h>

struct rcu {
	alignas(BENCH_ALIGN) pthread_mutex_t writers;
	alignas(BENCH_ALIGN) _Atomic unsigned current; /* copy to be read: 0 or 1 */
};

static inline unsigned rcu_copy(void *shared, bool write)
{
	struct rcu *rcu = shared;

	if (write)
		return !atomic_load_explicit(&rcu->current, memory_order_relaxed);
	return atomic_load_explicit(&rcu->current, memory_order_acquire);
}

static inline void publish(struct rcu *rcu)
{
	unsigned current = atomic_load_explicit(&rcu->current, memory_order_relaxed);

	atomic_store_explicit(&rcu->current, !current, memory_order_release);
}

static inline int memb_enter(void *shared, void *local)
{
	return -pthread_mutex_lock(&((struct rcu *)shared)->writers);
}

static inline int memb_leave(void *shared, void *local)
{
	publish(shared);
	urcu_memb_synchronize_rcu();
	return -pthread_mutex_unlock(&((struct rcu *)shared)->writers);
}

static inline int memb_enter_shared(void *shared, void *local)
{
	urcu_memb_read_lock();
	return 0;
}

static inline int memb_leave_shared(void *shared, void *local)
{
	urcu_memb_read_unlock();
	return 0;
}

/* Offline, for a writer that waits for the mutex would keep the one that has it waiting. */
static inline int qsbr_enter(void *shared, void *local)
{
	urcu_qsbr_thread_offline();
	return -pthread_mutex_lock(&((struct rcu *)shared)->writers);
}

static inline int qsbr_leave(void *shared, void *local)
{
	int err;

	publish(shared);
	urcu_qsbr_synchronize_rcu();
	err = pthread_mutex_unlock(&((struct rcu *)shared)->writers);
	urcu_qsbr_thread_online();
	return -err;
}

static inline int qsbr_enter_shared(void *shared, void *local)
{
	urcu_qsbr_read_lock();
	return 0;
}

/* Each turn says that it holds nothing any more; a program may say so less often. */
static inline int qsbr_leave_shared(void *shared, void *local)
{
	urcu_qsbr_read_unlock();
	urcu_qsbr_quiescent_state();
	return 0;
}

static int memb_attach(void *shared, void *local, const struct sync_setup *setup)
{
	urcu_memb_register_thread();
	return 0;
}

static void memb_detach(void *shared, void *local)
{
	urcu_memb_unregister_thread();
}

static int qsbr_attach(void *shared, void *local, const struct sync_setup *setup)
{
	urcu_qsbr_register_thread();
	return 0;
}

static void qsbr_detach(void *shared, void *local)
{
	urcu_qsbr_unregister_thread();
}

static int rcu_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	return -pthread_mutex_init(&((struct rcu *)shared)->writers, NULL);
}

static void rcu_destroy(void *shared)
{
	pthread_mutex_destroy(&((struct rcu *)shared)->writers);
}

#define RCU_OPS(kind)                                \
	static const struct lock_ops kind##_ops = {  \
		.enter = kind##_enter,               \
		.leave = kind##_leave,               \
		.enter_shared = kind##_enter_shared, \
		.leave_shared = kind##_leave_shared, \
		.copy = rcu_copy,                    \
		.overlapping = true,                 \
	};                                           \
	RW_LOOPS(kind##_ops)

RCU_OPS(memb);
RCU_OPS(qsbr);

#define RCU(kind)                                                          \
	.init = rcu_init, .destroy = rcu_destroy, .attach = kind##_attach, \
	.detach = kind##_detach, .shared_size = sizeof(struct rcu), .lock = &kind##_ops_loops
#define WHY NULL
#else
static const struct lock_loops none;
#define RCU(kind) .lock = &none
#define WHY "built without liburcu: make deps"
#endif

static const struct sync_variant rcu_variants[] = {
	{.name = "memb",
	 .summary = "liburcu, readers without a fence (membarrier)",
	 .flags = SYNC_PRIVATE,
	 RCU(memb)},
	{.name = "qsbr",
	 .summary = "liburcu, readers say when they hold nothing (quiescent states)",
	 .flags = SYNC_PRIVATE,
	 RCU(qsbr)},
};
SYNC_MECHANISM_NEEDS(rcu, WHY);
