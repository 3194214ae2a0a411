/* SPDX-License-Identifier: MIT */
/*
 * futex(2) by itself: a word says that something happened, the kernel only keeps those who sleep
 * until it does. The word is set before the wake call, and the kernel compares it again before it
 * lets anybody sleep, under the lock that the wake call takes too (kernel/futex/waitwake.c,
 * "waiters and wakers"): whoever comes first, no wake-up is lost.
 */
#include <limits.h>
#include <stdalign.h>

#include "bench/base/futex.h"
#include "bench/measure/sync_loops.h"

/* What one role sleeps on; broadcast: all sleep on the first. */
struct door {
	alignas(BENCH_ALIGN) _Atomic uint32_t word; /* 1: opened; broadcast: calls so far */
	int futex_private;			    /* 0 or FUTEX_PRIVATE_FLAG */
	unsigned flags2;			    /* of the calls of Linux 6.7 */
};

enum { DOORS = 3 }; /* one for each of two roles, and one that is never opened or for requeueing */
enum { SECOND = 2 };

#define ANY ((unsigned long)FUTEX_BITSET_MATCH_ANY) /* of the sleepers on a word */

/* Raw: the wake call is made whether anybody sleeps or not. */
static inline int door_notify(void *shared, unsigned to)
{
	struct door *door = (struct door *)shared + to;

	/* release: who sees the door open sees what was done before */
	atomic_store_explicit(&door->word, 1, memory_order_release);
	return futex_call(&door->word, FUTEX_WAKE | door->futex_private, 1);
}

/* Takes what was brought through an open door; false: it is closed. */
static inline bool door_pass(struct door *door)
{
	if (!atomic_load_explicit(&door->word, memory_order_acquire))
		return false;
	/* the other opens it again only after we have answered: nothing to lose */
	atomic_store_explicit(&door->word, 0, memory_order_relaxed);
	return true;
}

static inline int door_wait(void *shared, unsigned me)
{
	struct door *door = (struct door *)shared + me;

	while (!door_pass(door))
		futex_call(&door->word, FUTEX_WAIT | door->futex_private, 0);
	return 0;
}

/*
 * The calls of Linux 6.7 do the same with an argument each for what futex(2) packs into its
 * operation.
 */
static inline int door2_wake(struct door *door, int n)
{
	return syscall(SYS_futex_wake, &door->word, ANY, n, door->flags2) < 0 ? -errno : 0;
}

static inline void door2_sleep(struct door *door, uint32_t expected)
{
	syscall(SYS_futex_wait, &door->word, (unsigned long)expected, ANY, door->flags2, NULL, 0);
}

static inline int door2_notify(void *shared, unsigned to)
{
	struct door *door = (struct door *)shared + to;

	/* release: as in door_notify() */
	atomic_store_explicit(&door->word, 1, memory_order_release);
	return door2_wake(door, 1);
}

static inline int door2_wait(void *shared, unsigned me)
{
	struct door *door = (struct door *)shared + me;

	while (!door_pass(door))
		door2_sleep(door, 0);
	return 0;
}

/* Sleeps on its own door and on one that never opens, as somebody with two things to wait for. */
static inline int waitv_wait(void *shared, unsigned me)
{
	struct door *door = shared;
	uint32_t flags = FUTEX_32 | (door->futex_private ? FUTEX_PRIVATE_FLAG : 0);
	struct futex_waitv both[2] = {
		{.uaddr = (uintptr_t)&door[me].word, .flags = flags},
		{.uaddr = (uintptr_t)&door[SECOND].word, .flags = flags},
	};

	while (!door_pass(&door[me]))
		syscall(SYS_futex_waitv, both, 2, 0, NULL, 0);
	return 0;
}

/* Broadcast: only the calling thread writes the word. */
static inline void door_call(struct door *door)
{
	uint32_t calls = atomic_load_explicit(&door->word, memory_order_relaxed);

	atomic_store_explicit(&door->word, calls + 1, memory_order_release);
}

/* Until a call comes that this thread has not heard yet. */
static inline void door_hear(struct door *door, uint32_t *heard)
{
	while (atomic_load_explicit(&door->word, memory_order_acquire) == *heard)
		futex_call(&door->word, FUTEX_WAIT | door->futex_private, *heard);
	++*heard;
}

static inline int door_notify_all(void *shared)
{
	struct door *door = shared;

	door_call(door);
	return futex_call(&door->word, FUTEX_WAKE | door->futex_private, INT_MAX);
}

static inline int door_wait_all(void *shared, void *local)
{
	door_hear(shared, local);
	return 0;
}

static inline int door2_notify_all(void *shared)
{
	door_call(shared);
	return door2_wake(shared, INT_MAX);
}

static inline int door2_wait_all(void *shared, void *local)
{
	struct door *door = shared;
	uint32_t *heard = local;

	while (atomic_load_explicit(&door->word, memory_order_acquire) == *heard)
		door2_sleep(door, *heard);
	++*heard;
	return 0;
}

/*
 * Wakes one and moves the rest to a second word without waking them (FUTEX_CMP_REQUEUE, futex(2)).
 * The kernel does both under the locks of both words, so a woken thread finds the rest there.
 */
static inline int requeue_notify_all(void *shared)
{
	struct door *door = shared;
	uint32_t calls;

	door_call(door);
	calls = atomic_load_explicit(&door->word, memory_order_relaxed);
	return syscall(SYS_futex, &door->word, FUTEX_CMP_REQUEUE | door->futex_private, 1, INT_MAX,
		       &door[SECOND].word, calls) < 0
		       ? -errno
		       : 0;
}

/*
 * Everybody who was woken wakes the next one, so the chain ends only when nobody sleeps. Also one
 * who was woken for nothing: it may have gone through without sleep, and come to wait for the next
 * call before this one's requeueing, which may then wake it instead of one that still waits
 * (futex(2): no guarantee which; by priority, kernel/futex).
 */
static inline int requeue_wait_all(void *shared, void *local)
{
	struct door *door = shared;
	uint32_t *heard = local;
	int err = 0;

	while (err >= 0 && atomic_load_explicit(&door->word, memory_order_acquire) == *heard)
		if (!futex_call(&door->word, FUTEX_WAIT | door->futex_private, *heard))
			err = futex_call(&door[SECOND].word, FUTEX_WAKE | door->futex_private, 1);
	++*heard;
	return err;
}

static int door_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	struct door *door = shared;

	for (unsigned i = 0; i < DOORS; i++) {
		door[i].futex_private = setup->processes ? 0 : FUTEX_PRIVATE_FLAG;
		door[i].flags2 = futex2_flags(setup->processes);
	}
	return 0;
}

/* Asked with a word of no size that there is, it says EINVAL where it is. */
static int door2_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	if (syscall(SYS_futex_wake, NULL, 0, 0, ~0u) < 0 && errno != EINVAL)
		return sync_fail(setup, -EOPNOTSUPP,
				 "this kernel has no futex_wake and futex_wait: Linux 6.7 has");
	return door_init(v, shared, setup);
}

/*
 * futex_waitv(2) came with Linux 5.16: asked with nothing to wait for, it says EINVAL where it is.
 */
static int waitv_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	if (syscall(SYS_futex_waitv, NULL, 0, 0, NULL, 0) < 0 && errno != EINVAL)
		return sync_fail(setup, -errno, "this kernel has no futex_waitv: Linux 5.16 has");
	return door_init(v, shared, setup);
}

static const struct wake_ops wait_wake = {.notify = door_notify,
					  .wait = door_wait,
					  .notify_all = door_notify_all,
					  .wait_all = door_wait_all};
static const struct wake_ops wait_wake2 = {.notify = door2_notify,
					   .wait = door2_wait,
					   .notify_all = door2_notify_all,
					   .wait_all = door2_wait_all};
static const struct wake_ops waitv = {.notify = door_notify, .wait = waitv_wait};
static const struct wake_ops requeue = {.notify_all = requeue_notify_all,
					.wait_all = requeue_wait_all};
WAKE_LOOPS(wait_wake);
WAKE_LOOPS(wait_wake2);
WAKE_LOOPS(waitv);
WAKE_LOOPS(requeue);

static const struct sync_variant futex_variants[] = {
	{.name = "wait_wake",
	 .summary = "FUTEX_WAIT and FUTEX_WAKE, broadcast wakes all in one call",
	 .init = door_init,
	 .shared_size = DOORS * sizeof(struct door),
	 .local_size = sizeof(uint32_t),
	 .wake = &wait_wake_loops},
	{.name = "futex2",
	 .summary = "futex_wait and futex_wake of Linux 6.7, broadcast wakes all in one call",
	 .init = door2_init,
	 .shared_size = DOORS * sizeof(struct door),
	 .local_size = sizeof(uint32_t),
	 .wake = &wait_wake2_loops},
	{.name = "waitv",
	 .summary = "futex_waitv on two words of which one is set",
	 .init = waitv_init,
	 .shared_size = DOORS * sizeof(struct door),
	 .wake = &waitv_loops},
	{.name = "requeue",
	 .summary = "FUTEX_CMP_REQUEUE: one is woken and each wakes the next",
	 .init = door_init,
	 .shared_size = DOORS * sizeof(struct door),
	 .local_size = sizeof(uint32_t),
	 .wake = &requeue_loops},
};
SYNC_MECHANISM(futex);
