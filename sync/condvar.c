/* SPDX-License-Identifier: MIT */
/* pthread_cond_t: one role signals, the other wakes. The predicate is a count, so no wake-up is
 * lost. */
#include <pthread.h>
#include <stdalign.h>

#include "bench/measure/sync_loops.h"

/* One per role, so that a signal has one possible receiver. */
struct bell {
	alignas(BENCH_ALIGN) pthread_mutex_t mutex;
	pthread_cond_t cond;
	uint64_t rung; /* notifications not yet waited for */
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

static inline int bell_wait(void *shared, unsigned me)
{
	struct bell *bell = (struct bell *)shared + me;
	int err = pthread_mutex_lock(&bell->mutex);

	while (!bell->rung && !err)
		err = pthread_cond_wait(&bell->cond, &bell->mutex);
	bell->rung--;
	return -(err | pthread_mutex_unlock(&bell->mutex));
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
	for (struct bell *bell = shared; !err && bell < (struct bell *)shared + 2; bell++) {
		err |= pthread_mutex_init(&bell->mutex, &mutex);
		err |= pthread_cond_init(&bell->cond, &cond);
	}
	pthread_condattr_destroy(&cond);
	pthread_mutexattr_destroy(&mutex);
	return -err;
}

static const struct wake_ops held = {.notify = held_notify, .wait = bell_wait};
static const struct wake_ops released = {.notify = released_notify, .wait = bell_wait};
WAKE_LOOPS(held);
WAKE_LOOPS(released);

static const struct sync_variant condvar_variants[] = {
	{.name = "held",
	 .summary = "signalled with the mutex held",
	 .init = bell_init,
	 .shared_size = 2 * sizeof(struct bell),
	 .wake = &held_loops},
	{.name = "released",
	 .summary = "signalled after the mutex is released",
	 .init = bell_init,
	 .shared_size = 2 * sizeof(struct bell),
	 .wake = &released_loops},
};
SYNC_MECHANISM(condvar);
