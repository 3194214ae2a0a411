/* SPDX-License-Identifier: MIT */
/*
 * Test-and-set with exponential backoff: after each failure a waiter stays away twice as long, up
 * to a limit (Anderson, "The Performance of Spin Lock Alternatives", IEEE TPDS 1/1, 1990). Times
 * are counted in pause instructions, whose length is the processor's.
 */
#include <stdalign.h>
#include <stdatomic.h>

#include "bench/measure/sync_loops.h"

#define FIRST 4	  /* pauses after the first failure */
#define MOST 1024 /* and at most */

struct backoff {
	alignas(BENCH_ALIGN) _Atomic unsigned taken;
	alignas(BENCH_ALIGN) unsigned first; /* read by waiters only, on a line of their own */
	unsigned most;
};

static inline unsigned stay_away(const struct backoff *lock, unsigned pauses)
{
	for (unsigned i = 0; i < pauses; i++)
		cpu_relax();
	return pauses < lock->most ? 2 * pauses : pauses;
}

/* Acquire pairs with the release of the last holder. */
static inline int set_enter(void *shared, void *local)
{
	struct backoff *lock = shared;
	unsigned pauses = 0;

	while (atomic_exchange_explicit(&lock->taken, 1, memory_order_acquire))
		pauses = stay_away(lock, pauses ? pauses : lock->first);
	return 0;
}

/* Looks before it tries, as spin_ttas does. */
static inline int test_enter(void *shared, void *local)
{
	struct backoff *lock = shared;
	unsigned pauses = 0;

	while (atomic_exchange_explicit(&lock->taken, 1, memory_order_acquire))
		do
			pauses = stay_away(lock, pauses ? pauses : lock->first);
		while (atomic_load_explicit(&lock->taken, memory_order_relaxed));
	return 0;
}

static inline int backoff_leave(void *shared, void *local)
{
	atomic_store_explicit(&((struct backoff *)shared)->taken, 0, memory_order_release);
	return 0;
}

static int backoff_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	struct backoff *lock = shared;

	lock->first = setup->opt[0] ? (unsigned)setup->opt[0] : FIRST;
	lock->most = setup->opt[1] ? (unsigned)setup->opt[1] : MOST;
	sync_note(setup, "first", lock->first);
	sync_note(setup, "most", lock->most);
	return 0;
}

static const struct bench_option backoff_options[] = {
	{"first", "pauses after the first failure; 4", 1u << 20},
	{"most", "pauses after any failure at most; 1024", 1u << 20},
	{.name = NULL},
};

static const struct lock_ops set_ops = {.enter = set_enter, .leave = backoff_leave};
static const struct lock_ops test_ops = {.enter = test_enter, .leave = backoff_leave};
LOCK_LOOPS(set_ops);
LOCK_LOOPS(test_ops);

static const struct sync_variant spin_backoff_variants[] = {
	{.name = "tas",
	 .summary = "test-and-set with exponential backoff",
	 .flags = SYNC_SPINS,
	 .options = backoff_options,
	 .init = backoff_init,
	 .shared_size = sizeof(struct backoff),
	 .lock = &set_ops_loops},
	{.name = "ttas",
	 .summary = "test-and-test-and-set with exponential backoff",
	 .flags = SYNC_SPINS,
	 .options = backoff_options,
	 .init = backoff_init,
	 .shared_size = sizeof(struct backoff),
	 .lock = &test_ops_loops},
};
SYNC_MECHANISM(spin_backoff);
