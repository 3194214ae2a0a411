/* SPDX-License-Identifier: MIT */
/*
 * Bounded queue of 8-byte items under one mutex; full or empty is tried again, nobody sleeps in it.
 */
#include <pthread.h>
#include <stdalign.h>

#include "bench/measure/sync_loops.h"

struct queue {
	alignas(BENCH_ALIGN) pthread_mutex_t mutex;
	uint64_t capacity; /* items, a power of two */
	uint64_t put;	   /* items put since the start */
	uint64_t got;	   /* items got since the start */
	alignas(BENCH_ALIGN) uint64_t item[];
};

static inline int queue_mutex_put(void *shared, void *local, uint64_t item)
{
	struct queue *q = shared;
	int err = pthread_mutex_lock(&q->mutex);

	if (err)
		return -err;
	if (q->put - q->got == q->capacity)
		err = EAGAIN;
	else
		q->item[q->put++ & (q->capacity - 1)] = item;
	pthread_mutex_unlock(&q->mutex);
	return -err;
}

static inline int queue_mutex_get(void *shared, void *local, uint64_t *item)
{
	struct queue *q = shared;
	int err = pthread_mutex_lock(&q->mutex);

	if (err)
		return -err;
	if (q->put == q->got)
		err = EAGAIN;
	else
		*item = q->item[q->got++ & (q->capacity - 1)];
	pthread_mutex_unlock(&q->mutex);
	return -err;
}

static int queue_mutex_init(const struct sync_variant *v, void *shared,
			    const struct sync_setup *setup)
{
	struct queue *q = shared;
	pthread_mutexattr_t attr;
	int err;

	q->capacity = setup->capacity;
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, setup->processes ? PTHREAD_PROCESS_SHARED
							     : PTHREAD_PROCESS_PRIVATE);
	err = pthread_mutex_init(&q->mutex, &attr);
	pthread_mutexattr_destroy(&attr);
	return -err;
}

static const struct queue_ops queue_mutex_ops = {.put = queue_mutex_put, .get = queue_mutex_get};
QUEUE_LOOPS(queue_mutex_ops);

static const struct sync_variant queue_mutex_variants[] = {
	{.name = "mutex",
	 .summary = "ring of items under a mutex",
	 .flags = SYNC_SPINS,
	 .init = queue_mutex_init,
	 .shared_size = sizeof(struct queue),
	 .item_size = sizeof(uint64_t),
	 .queue = &queue_mutex_ops_loops},
};
SYNC_MECHANISM(queue_mutex);
