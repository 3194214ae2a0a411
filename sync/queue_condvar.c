/* SPDX-License-Identifier: MIT */
/*
 * Bounded queue of 8-byte items under a mutex, in which a producer sleeps while it is full and a
 * consumer while it is empty (pthread_cond_wait(3p)).
 */
#include <pthread.h>
#include <stdalign.h>

#include "bench/measure/sync_loops.h"

struct queue {
	alignas(BENCH_ALIGN) pthread_mutex_t mutex;
	pthread_cond_t room;  /* signalled for each item got */
	pthread_cond_t items; /* signalled for each item put */
	uint64_t mask;	      /* items it holds - 1 */
	uint64_t put;	      /* items put since the start */
	uint64_t got;	      /* items got since the start */
	alignas(BENCH_ALIGN) uint64_t item[];
};

static inline int queue_condvar_put(void *shared, void *local, uint64_t item)
{
	struct queue *q = shared;
	int err = pthread_mutex_lock(&q->mutex);

	while (!err && q->put - q->got > q->mask)
		err = pthread_cond_wait(&q->room, &q->mutex);
	if (err)
		return -err;
	q->item[q->put++ & q->mask] = item;
	err = pthread_mutex_unlock(&q->mutex);
	return -(err ? err : pthread_cond_signal(&q->items));
}

static inline int queue_condvar_get(void *shared, void *local, uint64_t *item)
{
	struct queue *q = shared;
	int err = pthread_mutex_lock(&q->mutex);

	while (!err && q->put == q->got)
		err = pthread_cond_wait(&q->items, &q->mutex);
	if (err)
		return -err;
	*item = q->item[q->got++ & q->mask];
	err = pthread_mutex_unlock(&q->mutex);
	return -(err ? err : pthread_cond_signal(&q->room));
}

static int queue_condvar_init(const struct sync_variant *v, void *shared,
			      const struct sync_setup *setup)
{
	int sharing = setup->processes ? PTHREAD_PROCESS_SHARED : PTHREAD_PROCESS_PRIVATE, err = 0;
	struct queue *q = shared;
	pthread_mutexattr_t mutex;
	pthread_condattr_t cond;

	q->mask = setup->capacity - 1;
	pthread_mutexattr_init(&mutex);
	pthread_condattr_init(&cond);
	err |= pthread_mutexattr_setpshared(&mutex, sharing);
	err |= pthread_condattr_setpshared(&cond, sharing);
	err |= pthread_mutex_init(&q->mutex, &mutex);
	err |= pthread_cond_init(&q->room, &cond);
	err |= pthread_cond_init(&q->items, &cond);
	pthread_condattr_destroy(&cond);
	pthread_mutexattr_destroy(&mutex);
	return -err;
}

static const struct queue_ops queue_condvar_ops = {.put = queue_condvar_put,
						   .get = queue_condvar_get};
QUEUE_LOOPS(queue_condvar_ops);

static const struct sync_variant queue_condvar_variants[] = {
	{.name = "blocking",
	 .summary = "sleeps while full or empty",
	 .init = queue_condvar_init,
	 .shared_size = sizeof(struct queue),
	 .item_size = sizeof(uint64_t),
	 .queue = &queue_condvar_ops_loops},
};
SYNC_MECHANISM(queue_condvar);
