/* SPDX-License-Identifier: MIT */
/* pthread_mutex_t of every type: sleeps on a futex when contended (pthread_mutexattr_settype(3)).
 */
#include <pthread.h>

#include "bench/measure/sync_loops.h"

enum { ROBUST = 1 << 8, INHERIT = 1 << 9 };

static inline int mutex_enter(void *shared, void *local)
{
	return pthread_mutex_lock(shared);
}

static inline int mutex_leave(void *shared, void *local)
{
	return pthread_mutex_unlock(shared);
}

static int mutex_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	int want = setup->processes ? PTHREAD_PROCESS_SHARED : PTHREAD_PROCESS_PRIVATE, got = -1;
	pthread_mutexattr_t attr;
	int err = pthread_mutexattr_init(&attr);

	if (!err)
		err = pthread_mutexattr_settype(&attr, (int)(v->arg & 0xff));
	if (!err)
		err = pthread_mutexattr_setpshared(&attr, want);
	if (!err && v->arg & ROBUST)
		err = pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	if (!err && v->arg & INHERIT)
		err = pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	if (!err)
		err = pthread_mutexattr_getpshared(&attr, &got);
	if (!err)
		err = got == want ? pthread_mutex_init(shared, &attr) : ENOTSUP;
	pthread_mutexattr_destroy(&attr);
	return -err;
}

static void mutex_destroy(void *shared)
{
	pthread_mutex_destroy(shared);
}

static const struct lock_ops mutex_ops = {.enter = mutex_enter, .leave = mutex_leave};
LOCK_LOOPS(mutex_ops);

#define MUTEX(n, text, a)                                                                     \
	{                                                                                     \
		.name = n, .summary = text, .arg = a, .shared_size = sizeof(pthread_mutex_t), \
		.init = mutex_init, .destroy = mutex_destroy, .lock = &mutex_ops_loops        \
	}

static const struct sync_variant mutex_variants[] = {
	MUTEX("normal", "default type", PTHREAD_MUTEX_NORMAL),
	MUTEX("errorcheck", "checks its owner", PTHREAD_MUTEX_ERRORCHECK),
	MUTEX("recursive", "owner may lock again", PTHREAD_MUTEX_RECURSIVE),
	MUTEX("adaptive", "spins a little before it sleeps", PTHREAD_MUTEX_ADAPTIVE_NP),
	MUTEX("robust", "survives the death of its owner", PTHREAD_MUTEX_NORMAL | ROBUST),
	MUTEX("inherit", "priority-inheriting (FUTEX_LOCK_PI)", PTHREAD_MUTEX_NORMAL | INHERIT),
};
SYNC_MECHANISM(mutex);
