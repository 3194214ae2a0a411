/* SPDX-License-Identifier: MIT */
/*
 * pthread_rwlock_t: many readers or one writer. Which of them waits longer is the kind
 * (pthread_rwlockattr_setkind_np(3)); PTHREAD_RWLOCK_PREFER_WRITER_NP is not among the variants,
 * because glibc treats it as PREFER_READER.
 */
#include <pthread.h>

#include "bench/measure/sync_loops.h"

static inline int rwlock_enter(void *shared, void *local)
{
	return -pthread_rwlock_wrlock(shared);
}

static inline int rwlock_enter_shared(void *shared, void *local)
{
	return -pthread_rwlock_rdlock(shared);
}

static inline int rwlock_leave(void *shared, void *local)
{
	return -pthread_rwlock_unlock(shared);
}

static int rwlock_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	pthread_rwlockattr_t attr;
	int err = pthread_rwlockattr_init(&attr);

	if (err)
		return -err;
	err = pthread_rwlockattr_setkind_np(&attr, (int)v->arg);
	if (!err)
		err = pthread_rwlockattr_setpshared(
			&attr, setup->processes ? PTHREAD_PROCESS_SHARED : PTHREAD_PROCESS_PRIVATE);
	if (!err)
		err = pthread_rwlock_init(shared, &attr);
	pthread_rwlockattr_destroy(&attr);
	return -err;
}

static void rwlock_destroy(void *shared)
{
	pthread_rwlock_destroy(shared);
}

static const struct lock_ops rwlock_ops = {
	.enter = rwlock_enter,
	.leave = rwlock_leave,
	.enter_shared = rwlock_enter_shared,
	.leave_shared = rwlock_leave,
};
RW_LOOPS(rwlock_ops);

#define RWLOCK(id, text, kind)                                                 \
	{                                                                      \
		.name = id, .summary = text, .arg = kind, .init = rwlock_init, \
		.destroy = rwlock_destroy, .lock = &rwlock_ops_loops,          \
		.shared_size = sizeof(pthread_rwlock_t)                        \
	}

static const struct sync_variant rwlock_variants[] = {
	RWLOCK("prefer_readers", "readers pass waiting writers (the default)",
	       PTHREAD_RWLOCK_PREFER_READER_NP),
	RWLOCK("prefer_writers", "readers wait behind waiting writers",
	       PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP),
};
SYNC_MECHANISM(rwlock);
