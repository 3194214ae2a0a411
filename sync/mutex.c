/* SPDX-License-Identifier: MIT */
/*
 * pthread_mutex_t of every type and protocol, and C11's mtx_t: sleeps on a futex when contended
 * (pthread_mutexattr_settype(3)). Process-shared when the endpoints are processes.
 */
#include <pthread.h>
#include <sched.h>
#include <threads.h>

#include "bench/measure/sync_loops.h"

enum { ROBUST = 1 << 8, INHERIT = 1 << 9, PROTECT = 1 << 10, HELD = 1 << 11 };

/* The same `depth` times by one owner: constant, so that the loop goes. */
static inline int mutex_lock(pthread_mutex_t *mutex, int depth)
{
	int err = 0;

	for (int i = 0; i < depth && !err; i++)
		err = pthread_mutex_lock(mutex);
	return -err;
}

static inline int mutex_unlock(pthread_mutex_t *mutex, int depth)
{
	int err = 0;

	for (int i = 0; i < depth && !err; i++)
		err = pthread_mutex_unlock(mutex);
	return -err;
}

#define MUTEX_OPS(id, depth)                                                                \
	static inline int id##_enter(void *shared, void *local)                             \
	{                                                                                   \
		return mutex_lock(shared, depth);                                           \
	}                                                                                   \
	static inline int id##_leave(void *shared, void *local)                             \
	{                                                                                   \
		return mutex_unlock(shared, depth);                                         \
	}                                                                                   \
	static const struct lock_ops id##_ops = {.enter = id##_enter, .leave = id##_leave}; \
	LOCK_LOOPS(id##_ops)

MUTEX_OPS(mutex, 1);
MUTEX_OPS(twice, 2);
MUTEX_OPS(four_times, 4);

static inline int c11_enter(void *shared, void *local)
{
	return mtx_lock(shared) == thrd_success ? 0 : -EINVAL;
}

static inline int c11_leave(void *shared, void *local)
{
	return mtx_unlock(shared) == thrd_success ? 0 : -EINVAL;
}

static const struct lock_ops c11_ops = {.enter = c11_enter, .leave = c11_leave};
LOCK_LOOPS(c11_ops);

/* Lost where the mutex was taken; with its unlock where it was not. */
static inline int mutex_try(void *shared, void *local)
{
	int err = pthread_mutex_trylock(shared);

	if (err)
		return err == EBUSY ? 0 : -err;
	err = pthread_mutex_unlock(shared);
	return err ? -err : 1;
}

static const struct op_ops try_ops = {.op = mutex_try};
OP_LOOPS(try_ops);

static int set_kind(pthread_mutexattr_t *attr, intptr_t arg)
{
	int err = pthread_mutexattr_settype(attr, (int)(arg & 0xff));

	if (!err && arg & ROBUST)
		err = pthread_mutexattr_setrobust(attr, PTHREAD_MUTEX_ROBUST);
	if (!err && arg & INHERIT)
		err = pthread_mutexattr_setprotocol(attr, PTHREAD_PRIO_INHERIT);
	if (!err && arg & PROTECT)
		err = pthread_mutexattr_setprotocol(attr, PTHREAD_PRIO_PROTECT);
	if (!err && arg & PROTECT)
		err = pthread_mutexattr_setprioceiling(attr, sched_get_priority_max(SCHED_FIFO));
	return err;
}

static int mutex_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	int want = setup->processes ? PTHREAD_PROCESS_SHARED : PTHREAD_PROCESS_PRIVATE, got = -1;
	pthread_mutexattr_t attr;
	int err = pthread_mutexattr_init(&attr);

	if (!err)
		err = set_kind(&attr, v->arg);
	if (!err)
		err = pthread_mutexattr_setpshared(&attr, want);
	if (!err)
		err = pthread_mutexattr_getpshared(&attr, &got);
	if (!err)
		err = got == want ? pthread_mutex_init(shared, &attr) : ENOTSUP;
	pthread_mutexattr_destroy(&attr);
	if (!err && v->arg & HELD)
		err = pthread_mutex_lock(shared);
	return -err;
}

static void mutex_destroy(void *shared)
{
	pthread_mutex_destroy(shared);
}

static void held_destroy(void *shared)
{
	pthread_mutex_unlock(shared);
	pthread_mutex_destroy(shared);
}

static int c11_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	return mtx_init(shared, mtx_plain) == thrd_success ? 0 : -ENOMEM;
}

static void c11_destroy(void *shared)
{
	mtx_destroy(shared);
}

/* The ceiling raises the owner's real-time priority, which other classes do not have. */
static int protect_attach(void *shared, void *local, const struct sync_setup *setup)
{
	int policy = sched_getscheduler(0), err;

	if (policy != SCHED_FIFO && policy != SCHED_RR)
		return sync_fail(setup, -EPERM, "needs a real-time class: --sched=fifo:1");
	err = pthread_mutex_lock(shared);
	return err ? -err : -pthread_mutex_unlock(shared);
}

#define MUTEX(id, text, kind, ops)                                                                \
	{                                                                                         \
		.name = id, .summary = text, .arg = kind, .shared_size = sizeof(pthread_mutex_t), \
		.init = mutex_init, .destroy = mutex_destroy, .lock = &ops##_loops                \
	}
#define TRY(id, text, kind, end)                                                                  \
	{                                                                                         \
		.name = id, .summary = text, .arg = kind, .shared_size = sizeof(pthread_mutex_t), \
		.init = mutex_init, .destroy = end, .op = &try_ops_loops                          \
	}

static const struct sync_variant mutex_variants[] = {
	MUTEX("normal", "default type", PTHREAD_MUTEX_NORMAL, mutex_ops),
	MUTEX("errorcheck", "checks its owner", PTHREAD_MUTEX_ERRORCHECK, mutex_ops),
	MUTEX("recursive", "owner may lock again", PTHREAD_MUTEX_RECURSIVE, mutex_ops),
	MUTEX("recursive_2", "locked twice by its owner", PTHREAD_MUTEX_RECURSIVE, twice_ops),
	MUTEX("recursive_4", "locked four times by its owner", PTHREAD_MUTEX_RECURSIVE,
	      four_times_ops),
	MUTEX("adaptive", "spins a little before it sleeps", PTHREAD_MUTEX_ADAPTIVE_NP, mutex_ops),
	MUTEX("robust", "survives the death of its owner", PTHREAD_MUTEX_NORMAL | ROBUST,
	      mutex_ops),
	MUTEX("inherit", "priority-inheriting (FUTEX_LOCK_PI)", PTHREAD_MUTEX_NORMAL | INHERIT,
	      mutex_ops),
	{.name = "protect",
	 .summary = "priority-protecting: each owner is raised to the ceiling",
	 .arg = PTHREAD_MUTEX_NORMAL | PROTECT,
	 .shared_size = sizeof(pthread_mutex_t),
	 .init = mutex_init,
	 .attach = protect_attach,
	 .destroy = mutex_destroy,
	 .lock = &mutex_ops_loops},
	{.name = "c11",
	 .summary = "mtx_t of C11",
	 .flags = SYNC_PRIVATE | SYNC_TSAN_BLIND,
	 .shared_size = sizeof(mtx_t),
	 .init = c11_init,
	 .destroy = c11_destroy,
	 .lock = &c11_ops_loops},
	TRY("trylock", "trylock and unlock of a free mutex, lost when it is taken",
	    PTHREAD_MUTEX_NORMAL, mutex_destroy),
	TRY("trylock_busy", "trylock of a mutex that another thread holds: always lost",
	    PTHREAD_MUTEX_NORMAL | HELD, held_destroy),
};
SYNC_MECHANISM(mutex);
