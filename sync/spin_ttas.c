/* SPDX-License-Identifier: MIT */
/*
 * Test-and-test-and-set spinlock: waiters read until it looks free, so that they do not take the
 * line away from its holder (Rudolph and Segall, ISCA 1984).
 */
#include <stdatomic.h>

#include "bench/measure/sync_loops.h"

static inline int ttas_take(void *shared, void *local, bool asked)
{
	_Atomic unsigned *taken = shared;

	while (atomic_exchange_explicit(taken, 1, memory_order_acquire))
		SPIN_WHILE(asked, taken, atomic_load_explicit(taken, memory_order_relaxed));
	return 0;
}
SPIN_ENTER(ttas, ttas_take)

static inline int ttas_leave(void *shared, void *local)
{
	atomic_store_explicit((_Atomic unsigned *)shared, 0, memory_order_release);
	return 0;
}

static const struct lock_ops ttas_ops = {.enter = ttas_enter, .leave = ttas_leave};
static const struct lock_ops ttas_asked = {.enter = ttas_asked_enter, .leave = ttas_leave};
LOCK_LOOPS(ttas_ops);
LOCK_LOOPS(ttas_asked);

static const struct sync_variant spin_ttas_variants[] = {
	{.name = "plain",
	 .summary = "test-and-test-and-set",
	 .flags = SYNC_SPINS,
	 .shared_size = sizeof(_Atomic unsigned),
	 .lock = &ttas_ops_loops,
	 .lock_paused = &ttas_asked_loops},
};
SYNC_MECHANISM(spin_ttas);
