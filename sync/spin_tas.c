/* SPDX-License-Identifier: MIT */
/*
 * Test-and-set spinlock: every try writes, so waiters take the line from its holder and from each
 * other. Anderson, "The Performance of Spin Lock Alternatives", IEEE TPDS 1/1 (1990), measured it
 * as the worst under contention. Acquire when the word was taken, release when it is given back:
 * what the last holder wrote is seen by the next.
 */
#include <stdatomic.h>

#include "bench/measure/sync_loops.h"

/* One turn of a waiter; the look beside a line that is watched writes nothing. */
static inline void tas_wait(_Atomic unsigned *taken, bool asked)
{
	if (!asked) {
		cpu_relax();
		return;
	}
	pause_watch(taken);
	if (atomic_load_explicit(taken, memory_order_relaxed))
		pause_wait();
}

static inline int exchange_take(void *shared, void *local, bool asked)
{
	while (atomic_exchange_explicit((_Atomic unsigned *)shared, 1, memory_order_acquire))
		tas_wait(shared, asked);
	return 0;
}
SPIN_ENTER(exchange, exchange_take)

static inline int compare_take(void *shared, void *local, bool asked)
{
	unsigned free = 0;

	while (!atomic_compare_exchange_weak_explicit((_Atomic unsigned *)shared, &free, 1,
						      memory_order_acquire, memory_order_relaxed)) {
		free = 0;
		tas_wait(shared, asked);
	}
	return 0;
}
SPIN_ENTER(compare, compare_take)

static inline int tas_leave(void *shared, void *local)
{
	atomic_store_explicit((_Atomic unsigned *)shared, 0, memory_order_release);
	return 0;
}

static const struct lock_ops exchange_ops = {.enter = exchange_enter, .leave = tas_leave};
static const struct lock_ops compare_ops = {.enter = compare_enter, .leave = tas_leave};
static const struct lock_ops exchange_asked = {.enter = exchange_asked_enter, .leave = tas_leave};
static const struct lock_ops compare_asked = {.enter = compare_asked_enter, .leave = tas_leave};
LOCK_LOOPS(exchange_ops);
LOCK_LOOPS(exchange_asked);
LOCK_LOOPS(compare_asked);
LOCK_LOOPS(compare_ops);

static const struct sync_variant spin_tas_variants[] = {
	{.name = "exchange",
	 .summary = "test-and-set by exchange",
	 .flags = SYNC_SPINS,
	 .shared_size = sizeof(_Atomic unsigned),
	 .lock = &exchange_ops_loops,
	 .lock_paused = &exchange_asked_loops},
	{.name = "compare_exchange",
	 .summary = "test-and-set by compare-exchange",
	 .flags = SYNC_SPINS,
	 .shared_size = sizeof(_Atomic unsigned),
	 .lock = &compare_ops_loops,
	 .lock_paused = &compare_asked_loops},
};
SYNC_MECHANISM(spin_tas);
