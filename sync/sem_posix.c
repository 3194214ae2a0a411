/* SPDX-License-Identifier: MIT */
/* sem_t (sem_overview(7)): as a lock of one permit, and as a hand-off between two roles. */
#include <semaphore.h>
#include <stdalign.h>

#include "bench/measure/sync_loops.h"

/* The lock is the first one; roles have one each. */
struct permit {
	alignas(BENCH_ALIGN) sem_t sem;
};

static inline int sem_take(struct permit *p)
{
	while (sem_wait(&p->sem))
		if (errno != EINTR)
			return -errno;
	return 0;
}

static inline int sem_give(struct permit *p)
{
	return sem_post(&p->sem) ? -errno : 0;
}

static inline int sem_enter(void *shared, void *local)
{
	return sem_take(shared);
}

static inline int sem_leave(void *shared, void *local)
{
	return sem_give(shared);
}

static inline int sem_notify(void *shared, unsigned to)
{
	return sem_give((struct permit *)shared + 1 + to);
}

static inline int sem_wait_role(void *shared, unsigned me)
{
	return sem_take((struct permit *)shared + 1 + me);
}

static int sem_make(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	struct permit *p = shared;

	for (unsigned i = 0; i < 3; i++)
		if (sem_init(&p[i].sem, setup->processes, i == 0))
			return -errno;
	return 0;
}

static const struct lock_ops sem_lock = {.enter = sem_enter, .leave = sem_leave};
static const struct wake_ops sem_wake = {.notify = sem_notify, .wait = sem_wait_role};
LOCK_LOOPS(sem_lock);
WAKE_LOOPS(sem_wake);

static const struct sync_variant sem_posix_variants[] = {
	{.name = "unnamed",
	 .summary = "sem_init, one permit",
	 .init = sem_make,
	 .shared_size = 3 * sizeof(struct permit),
	 .lock = &sem_lock_loops,
	 .wake = &sem_wake_loops},
};
SYNC_MECHANISM(sem_posix);
