/* SPDX-License-Identifier: MIT */
/*
 * pthread_cond_t: one role signals and the other wakes; or one thread calls and all wake. The
 * predicate is a count under the mutex, so no wake-up is lost, whoever comes first.
 */
#include <pthread.h>
#include <stdalign.h>
#include <time.h>

#include "bench/measure/sync_loops.h"

/* One per role, so that a signal has one possible receiver; broadcast needs only the first. */
struct bell {
	alignas(BENCH_ALIGN) pthread_mutex_t mutex;
	pthread_cond_t cond;
	uint64_t rung; /* notifications not yet waited for; broadcast: calls so far */
};

static inline int held_notify(void *shared, unsigned to)
{
	struct bell *bell = (struct bell *)shared + to;
	int err = pthread_mutex_lock(&bell->mutex);

	bell->rung++;
	err |= pthread_cond_signal(&bell->cond);
	return -(err | pthread_mutex_unlock(&bell->mutex));
}

static inline int released_notify(void *shared, unsigned to)
{
	struct bell *bell = (struct bell *)shared + to;
	int err = pthread_mutex_lock(&bell->mutex);

	bell->rung++;
	err |= pthread_mutex_unlock(&bell->mutex);
	return -(err | pthread_cond_signal(&bell->cond));
}

static inline int held_notify_all(void *shared)
{
	struct bell *bell = shared;
	int err = pthread_mutex_lock(&bell->mutex);

	bell->rung++;
	err |= pthread_cond_broadcast(&bell->cond);
	return -(err | pthread_mutex_unlock(&bell->mutex));
}

static inline int released_notify_all(void *shared)
{
	struct bell *bell = shared;
	int err = pthread_mutex_lock(&bell->mutex);

	bell->rung++;
	err |= pthread_mutex_unlock(&bell->mutex);
	return -(err | pthread_cond_broadcast(&bell->cond));
}

/*
 * `timed`: a deadline that never comes, 272 years after boot, near the most that the kernel's
 * clocks hold (KTIME_SEC_MAX): what it adds is a timer armed and cancelled for each wait that
 * sleeps.
 */
static inline int bell_sleep(struct bell *bell, bool timed)
{
	const struct timespec never = {.tv_sec = (time_t)1 << 33};

	if (timed)
		return pthread_cond_timedwait(&bell->cond, &bell->mutex, &never);
	return pthread_cond_wait(&bell->cond, &bell->mutex);
}

static inline int bell_wait_role(struct bell *bell, bool timed)
{
	int err = pthread_mutex_lock(&bell->mutex);

	while (!bell->rung && !err)
		err = bell_sleep(bell, timed);
	bell->rung--;
	return -(err | pthread_mutex_unlock(&bell->mutex));
}

/* `heard` is this thread's: calls it has returned from. */
static inline int bell_wait_call(struct bell *bell, uint64_t *heard, bool timed)
{
	int err = pthread_mutex_lock(&bell->mutex);

	while (bell->rung == *heard && !err)
		err = bell_sleep(bell, timed);
	++*heard;
	return -(err | pthread_mutex_unlock(&bell->mutex));
}

static inline int bell_wait(void *shared, unsigned me)
{
	return bell_wait_role((struct bell *)shared + me, false);
}

static inline int bell_wait_all(void *shared, void *local)
{
	return bell_wait_call(shared, local, false);
}

static inline int timed_wait(void *shared, unsigned me)
{
	return bell_wait_role((struct bell *)shared + me, true);
}

static inline int timed_wait_all(void *shared, void *local)
{
	return bell_wait_call(shared, local, true);
}

static int bell_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	int sharing = setup->processes ? PTHREAD_PROCESS_SHARED : PTHREAD_PROCESS_PRIVATE, err = 0;
	pthread_mutexattr_t mutex;
	pthread_condattr_t cond;

	pthread_mutexattr_init(&mutex);
	pthread_condattr_init(&cond);
	err |= pthread_mutexattr_setpshared(&mutex, sharing);
	err |= pthread_condattr_setpshared(&cond, sharing);
	err |= pthread_condattr_setclock(&cond, CLOCK_MONOTONIC);
	for (struct bell *bell = shared; !err && bell < (struct bell *)shared + 2; bell++) {
		err |= pthread_mutex_init(&bell->mutex, &mutex);
		err |= pthread_cond_init(&bell->cond, &cond);
	}
	pthread_condattr_destroy(&cond);
	pthread_mutexattr_destroy(&mutex);
	return -err;
}

static const struct wake_ops held = {.notify = held_notify,
				     .wait = bell_wait,
				     .notify_all = held_notify_all,
				     .wait_all = bell_wait_all};
static const struct wake_ops released = {.notify = released_notify,
					 .wait = bell_wait,
					 .notify_all = released_notify_all,
					 .wait_all = bell_wait_all};
static const struct wake_ops timed = {.notify = held_notify,
				      .wait = timed_wait,
				      .notify_all = held_notify_all,
				      .wait_all = timed_wait_all};
WAKE_LOOPS(held);
WAKE_LOOPS(released);
WAKE_LOOPS(timed);

#define CONDVAR(id, text)                                                               \
	{                                                                               \
		.name = #id, .summary = text, .init = bell_init,                        \
		.shared_size = 2 * sizeof(struct bell), .local_size = sizeof(uint64_t), \
		.wake = &id##_loops                                                     \
	}

static const struct sync_variant condvar_variants[] = {
	CONDVAR(held, "signalled with the mutex held"),
	CONDVAR(released, "signalled after the mutex is released"),
	CONDVAR(timed, "held, the waiter has a deadline that never comes"),
};
SYNC_MECHANISM(condvar);
