/* SPDX-License-Identifier: MIT */
/*
 * A thread is created, returns at once, and is joined. It inherits the PU of its creator
 * (pthread_create(3)), so both take turns on one. glibc keeps stacks of ended threads
 * (nptl/allocatestack.c): from the second on none is mapped, unless it is one of a size of its own.
 */
#include <pthread.h>
#include <threads.h>

#include "bench/measure/sync_loops.h"

static void *nothing(void *arg)
{
	return arg;
}

static int nothing_c11(void *arg)
{
	return 0;
}

static inline int posix_op(void *shared, void *local)
{
	pthread_t thread;
	int err = pthread_create(&thread, NULL, nothing, NULL);

	if (!err)
		err = pthread_join(thread, NULL);
	return err ? -err : 1;
}

static inline int c11_op(void *shared, void *local)
{
	thrd_t thread;

	if (thrd_create(&thread, nothing_c11, NULL) != thrd_success)
		return -EAGAIN;
	return thrd_join(thread, NULL) == thrd_success ? 1 : -ESRCH;
}

static const struct op_ops posix_thread = {.op = posix_op};
static const struct op_ops c11_thread = {.op = c11_op};
OP_LOOPS(posix_thread);
OP_LOOPS(c11_thread);

static const struct sync_variant thread_variants[] = {
	{.name = "create_join",
	 .summary = "pthread_create and pthread_join",
	 .flags = SYNC_FORKS,
	 .op = &posix_thread_loops},
	{.name = "c11",
	 .summary = "thrd_create and thrd_join",
	 .flags = SYNC_FORKS,
	 .op = &c11_thread_loops},
};
SYNC_MECHANISM(thread);
