/* SPDX-License-Identifier: MIT */
/* pthread_spinlock_t: what libc offers; in glibc a compare-exchange on one word. */
#include <pthread.h>

#include "bench/measure/sync_loops.h"

static inline int spin_pthread_enter(void *shared, void *local)
{
	return -pthread_spin_lock(shared);
}

static inline int spin_pthread_leave(void *shared, void *local)
{
	return -pthread_spin_unlock(shared);
}

static int spin_pthread_init(const struct sync_variant *v, void *shared,
			     const struct sync_setup *setup)
{
	return -pthread_spin_init(shared, setup->processes ? PTHREAD_PROCESS_SHARED
							   : PTHREAD_PROCESS_PRIVATE);
}

static void spin_pthread_destroy(void *shared)
{
	pthread_spin_destroy(shared);
}

static const struct lock_ops spin_pthread_ops = {.enter = spin_pthread_enter,
						 .leave = spin_pthread_leave};
LOCK_LOOPS(spin_pthread_ops);

static const struct sync_variant spin_pthread_variants[] = {
	{.name = "plain",
	 .summary = "pthread_spin_lock",
	 .flags = SYNC_SPINS,
	 .shared_size = sizeof(pthread_spinlock_t),
	 .init = spin_pthread_init,
	 .destroy = spin_pthread_destroy,
	 .lock = &spin_pthread_ops_loops},
};
SYNC_MECHANISM(spin_pthread);
