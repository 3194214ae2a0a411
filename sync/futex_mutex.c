/* SPDX-License-Identifier: MIT */
/*
 * Mutexes on a bare futex(2): the three-state one of Drepper, "Futexes Are Tricky" (2011) (his
 * mutex3, given back by an exchange), which calls the kernel only when somebody waits; and
 * FUTEX_LOCK_PI, whose word holds the owner's thread id, so that the kernel can lend it the
 * waiter's priority (Documentation/locking/pi-futex.rst).
 *
 * Taking the word is acquire, also by a waiter, whose exchange may find it free; giving it back is
 * release. A compare-exchange that fails takes nothing: relaxed.
 */
#include <linux/futex.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/measure/sync_loops.h"

enum { FREE, TAKEN, WAITED_FOR };

struct futex_mutex {
	alignas(BENCH_ALIGN) _Atomic uint32_t word;
	alignas(BENCH_ALIGN) int scope; /* FUTEX_PRIVATE_FLAG between threads of one process */
};

struct futex_owner {
	uint32_t tid; /* of this thread */
};

static inline long futex_call(struct futex_mutex *m, int op, uint32_t value)
{
	return syscall(SYS_futex, &m->word, op | m->scope, value, NULL, NULL, 0);
}

/* EAGAIN: the word changed before the kernel looked. */
static inline int states_wait(struct futex_mutex *m, uint32_t seen)
{
	if (seen != WAITED_FOR)
		seen = atomic_exchange_explicit(&m->word, WAITED_FOR, memory_order_acquire);
	while (seen != FREE) {
		if (futex_call(m, FUTEX_WAIT, WAITED_FOR) && errno != EAGAIN && errno != EINTR)
			return -errno;
		seen = atomic_exchange_explicit(&m->word, WAITED_FOR, memory_order_acquire);
	}
	return 0;
}

static inline int states_enter(void *shared, void *local)
{
	struct futex_mutex *m = shared;
	uint32_t seen = FREE;

	if (likely(atomic_compare_exchange_strong_explicit(
		    &m->word, &seen, TAKEN, memory_order_acquire, memory_order_relaxed)))
		return 0;
	return states_wait(m, seen);
}

static inline int states_leave(void *shared, void *local)
{
	struct futex_mutex *m = shared;

	if (likely(atomic_exchange_explicit(&m->word, FREE, memory_order_release) != WAITED_FOR))
		return 0;
	return futex_call(m, FUTEX_WAKE, 1) < 0 ? -errno : 0;
}

static inline int inherit_enter(void *shared, void *local)
{
	struct futex_mutex *m = shared;
	uint32_t seen = FREE;

	if (likely(atomic_compare_exchange_strong_explicit(
		    &m->word, &seen, ((struct futex_owner *)local)->tid, memory_order_acquire,
		    memory_order_relaxed)))
		return 0;
	while (futex_call(m, FUTEX_LOCK_PI, 0))
		if (errno != EINTR && errno != EAGAIN)
			return -errno;
	return 0;
}

static inline int inherit_leave(void *shared, void *local)
{
	struct futex_mutex *m = shared;
	uint32_t seen = ((struct futex_owner *)local)->tid;

	if (likely(atomic_compare_exchange_strong_explicit(
		    &m->word, &seen, FREE, memory_order_release, memory_order_relaxed)))
		return 0;
	return futex_call(m, FUTEX_UNLOCK_PI, 0) ? -errno : 0;
}

static int futex_mutex_init(const struct sync_variant *v, void *shared,
			    const struct sync_setup *setup)
{
	((struct futex_mutex *)shared)->scope = setup->processes ? 0 : FUTEX_PRIVATE_FLAG;
	return 0;
}

static int futex_mutex_attach(void *shared, void *local, const struct sync_setup *setup)
{
	((struct futex_owner *)local)->tid = (uint32_t)syscall(SYS_gettid);
	return 0;
}

static const struct lock_ops states_ops = {.enter = states_enter, .leave = states_leave};
static const struct lock_ops inherit_ops = {.enter = inherit_enter, .leave = inherit_leave};
LOCK_LOOPS(states_ops);
LOCK_LOOPS(inherit_ops);

static const struct sync_variant futex_mutex_variants[] = {
	{.name = "three_state",
	 .summary = "Drepper's: free, taken, taken and waited for",
	 .init = futex_mutex_init,
	 .shared_size = sizeof(struct futex_mutex),
	 .lock = &states_ops_loops},
	{.name = "pi",
	 .summary = "FUTEX_LOCK_PI: priority-inheriting",
	 .flags = SYNC_TSAN_BLIND,
	 .init = futex_mutex_init,
	 .attach = futex_mutex_attach,
	 .shared_size = sizeof(struct futex_mutex),
	 .local_size = sizeof(struct futex_owner),
	 .lock = &inherit_ops_loops},
};
SYNC_MECHANISM(futex_mutex);
