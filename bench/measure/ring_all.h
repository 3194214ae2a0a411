/* SPDX-License-Identifier: MIT */
/*
 * The ring for one producer and several consumers, each of which gets every message. As in ring.h
 * the slot says which message lies in it, so that all consumers look at one line alone; each has a
 * count of its own of what it has read, on a line of its own, and the producer goes by the
 * smallest: nothing is lost, and the slowest consumer holds up all.
 */
#ifndef BENCH_MEASURE_RING_ALL_H
#define BENCH_MEASURE_RING_ALL_H

#include <limits.h>

#include "bench/measure/ring_wait.h"

/* What one consumer says of itself; in shared memory, behind the head of the direction. */
struct ring_reader {
	alignas(BENCH_ALIGN) _Atomic uint64_t taken; /* messages that it is done with */
};

/* Messages that every consumer is done with. */
static inline uint64_t all_taken(struct ipc_end *end)
{
	const struct ring_view *v = &end->ring.view[IPC_OUT];
	uint64_t least = UINT64_MAX;

	for (unsigned i = 0; i < v->n_readers; i++) {
		/* acquire: that one's reads of the slot are over before we write it */
		uint64_t taken = atomic_load_explicit(&v->readers[i].taken, memory_order_acquire);

		least = taken < least ? taken : least;
	}
	return least;
}

/*
 * The next slot's payload; NULL while a consumer has not read what lies there, or the last message.
 */
static inline void *all_reserve(struct ipc_end *end)
{
	struct ring_view *v = &end->ring.view[IPC_OUT];
	uint64_t most = end->one_by_one ? 0 : v->mask;

	if (v->next - v->taken_seen > most) {
		v->taken_seen = all_taken(end);
		if (v->next - v->taken_seen > most)
			return NULL;
	}
	return v->slot->payload;
}

static inline void all_release(struct ipc_end *end)
{
	struct ring_view *v = &end->ring.view[IPC_IN];
	uint64_t taken = v->next + 1;

	/* release: our reads of the payload come before the producer's next write */
	atomic_store_explicit(&v->readers->taken, taken, memory_order_release);
	ring_advance(v, taken);
}

/*
 * As ring_futex_again(), but all consumers sleep at one word, which one call wakes. It says how
 * many messages there are, and in its lowest bit whether somebody sleeps: were it that bit alone,
 * a late consumer would fall asleep over a message that came, where another has said meanwhile that
 * it waits for the next. Nobody takes back what another has said: at worst a call wakes nobody.
 */
static inline int all_futex_again(struct ipc_end *end, enum ipc_dir dir)
{
	struct ring_sleepers *sleepers = ring_own_sleepers(end, dir);
	uint32_t word = atomic_fetch_or_explicit(&sleepers->sleeping, 1, memory_order_acquire) | 1;

	if (dir == IPC_IN ? ring_peek(end) != NULL : all_reserve(end) != NULL)
		return 0;
	ipc_count_sleep(end);
	futex_wait(&sleepers->sleeping, word);
	return 0;
}

static inline int all_futex_moved(struct ipc_end *end, enum ipc_dir dir)
{
	struct ring_sleepers *sleepers = ring_peer_sleepers(end, dir);
	uint32_t word = dir == IPC_OUT ? (uint32_t)end->ring.view[dir].next << 1 : 0;

	if (atomic_exchange_explicit(&sleepers->sleeping, word, memory_order_release) & 1)
		futex_wake(&sleepers->sleeping, dir == IPC_OUT ? INT_MAX : 1);
	return 0;
}

static const struct ipc_wait all_futex = {
	.name = "futex",
	.flags = IPC_COUNTS_SLEEP,
	.again = all_futex_again,
	.moved = all_futex_moved,
};

static const struct ipc_ops ring_all = {
	.rings = true,
	.reserve = all_reserve,
	.commit = ring_commit,
	.taken = all_taken,
	.peek = ring_peek,
	.release = all_release,
};

#endif
