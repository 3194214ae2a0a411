/* SPDX-License-Identifier: MIT */
/*
 * Wait modes of a ring. `futex`, `condvar` and spin-then-block wake only a side that said it
 * sleeps; `semaphore` and `eventfd` carry one token per message. Nobody loses a wake-up: the
 * sleeper sets `sleeping` and looks again, the waker publishes and takes `sleeping`; both are
 * read-modify-writes of one word, so one of them is first. Either the waker finds the word set, or
 * the sleeper's acquire meets the waker's release, and its look finds what was published before.
 * That is enough (make models). Were one of them a plain store or load, both sides would need a
 * seq_cst fence before their look, as in Dekker's algorithm.
 */
#ifndef BENCH_MEASURE_RING_WAIT_H
#define BENCH_MEASURE_RING_WAIT_H

#include <errno.h>
#include <unistd.h>

#include "bench/base/clock.h"
#include "bench/base/futex.h"
#include "bench/measure/ipc_spin.h"
#include "bench/measure/ring.h"

#define RING_SPIN_NS 20000 /* ns that spin-then-block spins before it sleeps */

/* The sleepers where this side waits for `dir`. */
static inline struct ring_sleepers *ring_own_sleepers(struct ipc_end *end, enum ipc_dir dir)
{
	struct ring_head *head = end->ring.view[dir].head;

	return dir == IPC_IN ? &head->items : &head->space;
}

/* The sleepers where the peer waits for what this side just did. */
static inline struct ring_sleepers *ring_peer_sleepers(struct ipc_end *end, enum ipc_dir dir)
{
	struct ring_head *head = end->ring.view[dir].head;

	return dir == IPC_OUT ? &head->items : &head->space;
}

/* Says that this side will sleep; false, with that taken back, when there is no need to. */
static inline bool ring_fall_asleep(struct ipc_end *end, enum ipc_dir dir)
{
	struct ring_sleepers *sleepers = ring_own_sleepers(end, dir);

	atomic_exchange_explicit(&sleepers->sleeping, 1, memory_order_acquire);
	if (ring_ready(end, dir)) {
		/*
		 * An exchange too: a store would end the waker's release sequence (C11 5.1.2.4),
		 * and our next look could miss what it published.
		 */
		atomic_exchange_explicit(&sleepers->sleeping, 0, memory_order_relaxed);
		return false;
	}
	ipc_count_sleep(end);
	return true;
}

/* Whether the peer sleeps; if so it is this side's duty to wake it. */
static inline bool ring_take_sleeper(struct ring_sleepers *sleepers)
{
	return atomic_exchange_explicit(&sleepers->sleeping, 0, memory_order_release);
}

/* The word that changes with what this side waits for. */
static inline const void *ring_word(struct ipc_end *end, enum ipc_dir dir)
{
	struct ring_view *v = &end->ring.view[dir];

	if (dir == IPC_IN && ring_by_line(v))
		return v->slot->first;
	return dir == IPC_IN || ring_is_mailbox(v) ? &v->slot->turn : &v->head->taken;
}

static inline int ring_watch(struct ipc_end *end, enum ipc_dir dir)
{
	pause_watch(ring_word(end, dir));
	if (!ring_ready(end, dir))
		pause_wait();
	return 0;
}

IPC_SPIN(ring_spin, IPC_WATCHES, ring_watch, .calls = IPC_NO_CALLS);

static inline int ring_futex_again(struct ipc_end *end, enum ipc_dir dir)
{
	if (ring_fall_asleep(end, dir))
		futex_wait(&ring_own_sleepers(end, dir)->sleeping, 1);
	return 0;
}

static inline int ring_futex_moved(struct ipc_end *end, enum ipc_dir dir)
{
	struct ring_sleepers *sleepers = ring_peer_sleepers(end, dir);

	if (ring_take_sleeper(sleepers))
		futex_wake(&sleepers->sleeping, 1);
	return 0;
}

static const struct ipc_wait ring_futex = {
	.name = "futex",
	.flags = IPC_COUNTS_SLEEP,
	.again = ring_futex_again,
	.moved = ring_futex_moved,
};

/* The clock is read every 32nd turn, so that a message is seen as soon as with `spin`. */
static inline int ring_hybrid_again(struct ipc_end *end, enum ipc_dir dir)
{
	struct ring_side *ring = &end->ring;

	if (++ring->spins % 32 == 0) {
		uint64_t now = clock_now_ns();

		if (!ring->spin_end_ns)
			ring->spin_end_ns = now + RING_SPIN_NS;
		else if (now > ring->spin_end_ns)
			return ring_futex_again(end, dir);
	}
	cpu_relax();
	return 0;
}

static inline int ring_hybrid_moved(struct ipc_end *end, enum ipc_dir dir)
{
	end->ring.spins = 0;
	end->ring.spin_end_ns = 0;
	return ring_futex_moved(end, dir);
}

static const struct ipc_wait ring_hybrid = {
	.name = "spin-then-block",
	.flags = IPC_COUNTS_SLEEP,
	.again = ring_hybrid_again,
	.moved = ring_hybrid_moved,
};

/*
 * Sleeps until the waker's token for a full ring; the token of a wake-up already under way is taken
 * too.
 */
static inline int ring_sem_again(struct ipc_end *end, enum ipc_dir dir)
{
	struct ring_sleepers *sleepers = ring_own_sleepers(end, dir);

	atomic_exchange_explicit(&sleepers->sleeping, 1, memory_order_acquire);
	if (ring_ready(end, dir) && ring_take_sleeper(sleepers))
		return 0;
	ipc_count_sleep(end);
	while (sem_wait(&sleepers->sem))
		if (errno != EINTR)
			return -errno;
	return 0;
}

static inline int ring_sem_before(struct ipc_end *end, enum ipc_dir dir)
{
	struct ring_sleepers *sleepers = ring_own_sleepers(end, dir);

	if (dir == IPC_OUT || !sem_trywait(&sleepers->sem))
		return 0;
	ipc_count_sleep(end);
	return sem_wait(&sleepers->sem) ? -errno : 0;
}

static inline int ring_sem_moved(struct ipc_end *end, enum ipc_dir dir)
{
	struct ring_sleepers *sleepers = ring_peer_sleepers(end, dir);

	if (dir == IPC_OUT || ring_take_sleeper(sleepers))
		return sem_post(&sleepers->sem) ? -errno : 0;
	return 0;
}

static const struct ipc_wait ring_sem = {
	.name = "semaphore",
	.flags = IPC_COUNTS_SLEEP,
	.before = ring_sem_before,
	.again = ring_sem_again,
	.moved = ring_sem_moved,
};

static inline int ring_condvar_again(struct ipc_end *end, enum ipc_dir dir)
{
	struct ring_sleepers *sleepers = ring_own_sleepers(end, dir);

	pthread_mutex_lock(&sleepers->mutex);
	while (ring_fall_asleep(end, dir))
		pthread_cond_wait(&sleepers->cond, &sleepers->mutex);
	pthread_mutex_unlock(&sleepers->mutex);
	return 0;
}

static inline int ring_condvar_moved(struct ipc_end *end, enum ipc_dir dir)
{
	struct ring_sleepers *sleepers = ring_peer_sleepers(end, dir);

	if (ring_take_sleeper(sleepers)) {
		pthread_mutex_lock(&sleepers->mutex);
		pthread_cond_signal(&sleepers->cond);
		pthread_mutex_unlock(&sleepers->mutex);
	}
	return 0;
}

static const struct ipc_wait ring_condvar = {
	.name = "condvar",
	.flags = IPC_COUNTS_SLEEP,
	.again = ring_condvar_again,
	.moved = ring_condvar_moved,
};

static inline int ring_token_get(int fd)
{
	uint64_t token;

	return read(fd, &token, sizeof(token)) < 0 ? -errno : 0;
}

static inline int ring_token_put(int fd)
{
	uint64_t token = 1;

	return write(fd, &token, sizeof(token)) < 0 ? -errno : 0;
}

static inline int ring_eventfd_before(struct ipc_end *end, enum ipc_dir dir)
{
	return dir == IPC_IN ? ring_token_get(end->ring.view[dir].items_fd) : 0;
}

static inline int ring_eventfd_again(struct ipc_end *end, enum ipc_dir dir)
{
	struct ring_sleepers *sleepers = ring_own_sleepers(end, dir);
	int err;

	atomic_exchange_explicit(&sleepers->sleeping, 1, memory_order_acquire);
	if (ring_ready(end, dir) && ring_take_sleeper(sleepers))
		return 0;
	do
		err = ring_token_get(end->ring.view[dir].space_fd);
	while (err == -EINTR);
	return err;
}

static inline int ring_eventfd_moved(struct ipc_end *end, enum ipc_dir dir)
{
	struct ring_view *v = &end->ring.view[dir];
	int err = 0;

	if (dir == IPC_OUT || ring_take_sleeper(&v->head->space))
		do
			err = ring_token_put(dir == IPC_OUT ? v->items_fd : v->space_fd);
		while (err == -EINTR);
	return err;
}

static const struct ipc_wait ring_eventfd = {
	.name = "eventfd",
	.flags = IPC_BY_FORK,
	.before = ring_eventfd_before,
	.again = ring_eventfd_again,
	.moved = ring_eventfd_moved,
	.calls = 2, /* a slot is free before every message of a round trip */
};

#endif
