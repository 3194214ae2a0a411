/* SPDX-License-Identifier: MIT */
/*
 * The ring for several producers and one consumer: Dmitry Vyukov's bounded queue (1024cores.net,
 * "Bounded MPMC queue"), whose consumer side needs no compare-and-swap here. A producer claims
 * a number by advancing head->claimed, owns the slot of that number, fills it, and hands it over by
 * the slot's turn. A slot's turn says in which lap it is free or full:
 *
 *	lap * slots		free for message number (lap * slots + index)
 *	lap * slots + 1		that message lies here
 *	(lap + 1) * slots	taken: free for the next lap
 *
 * so that memory of zeros is an empty ring. It takes two slots at least: with one, a full slot and
 * one free for the next lap would look alike.
 */
#ifndef BENCH_MEASURE_RING_MANY_H
#define BENCH_MEASURE_RING_MANY_H

#include <limits.h>
#include <string.h>

#include "bench/measure/ring_wait.h"

static inline struct ring_slot *many_slot(const struct ring_view *v, uint64_t number)
{
	return (struct ring_slot *)(v->slots + (number & v->mask) * v->stride);
}

/* The turn at which the slot of `number` is free for it. */
static inline uint64_t many_free(const struct ring_view *v, uint64_t number)
{
	return number & ~v->mask;
}

/*
 * The loop is the algorithm's: each turn of it means that another producer has claimed a number, so
 * nobody waits here for a sleeper.
 */
static inline ssize_t many_send(struct ipc_end *end, const void *buf, size_t len)
{
	struct ring_view *v = &end->ring.view[IPC_OUT];
	/* relaxed: only a first guess, which the compare-and-swap confirms */
	uint64_t number = atomic_load_explicit(&v->head->claimed, memory_order_relaxed);
	struct ring_slot *slot;

	for (;;) {
		int64_t lap;

		slot = many_slot(v, number);
		/* acquire: the consumer's reads of the slot are over before we write it */
		lap = (int64_t)(atomic_load_explicit(&slot->turn, memory_order_acquire) -
				many_free(v, number));
		if (lap < 0)
			return -EAGAIN; /* the message of the lap before still lies there */
		if (lap > 0) {		/* another has claimed this number meanwhile */
			number = atomic_load_explicit(&v->head->claimed, memory_order_relaxed);
			continue;
		}
		/* relaxed: claims order nothing but themselves; the slot's turn orders the bytes */
		if (atomic_compare_exchange_weak_explicit(&v->head->claimed, &number, number + 1,
							  memory_order_relaxed,
							  memory_order_relaxed))
			break;
	}
	memcpy(slot->payload, buf, len);
	/* release: the payload is there before its turn */
	atomic_store_explicit(&slot->turn, many_free(v, number) + 1, memory_order_release);
	return (ssize_t)len;
}

static inline ssize_t many_recv(struct ipc_end *end, void *buf, size_t len)
{
	struct ring_view *v = &end->ring.view[IPC_IN];
	struct ring_slot *slot = many_slot(v, v->next);
	uint64_t free = many_free(v, v->next);

	/* acquire: pairs with the release in many_send() */
	if (atomic_load_explicit(&slot->turn, memory_order_acquire) != free + 1)
		return -EAGAIN;
	memcpy(buf, slot->payload, len);
	/* release: our reads come before the next lap's write */
	atomic_store_explicit(&slot->turn, free + v->mask + 1, memory_order_release);
	v->next++;
	return (ssize_t)len;
}

/* Whether a message (IPC_IN) or a slot (IPC_OUT) is there; of the latter, it was. */
static inline bool many_ready(struct ipc_end *end, enum ipc_dir dir)
{
	struct ring_view *v = &end->ring.view[dir];
	uint64_t number = dir == IPC_IN
				  ? v->next
				  : atomic_load_explicit(&v->head->claimed, memory_order_relaxed);
	/* relaxed: whoever then moves a message acquires for himself */
	uint64_t turn = atomic_load_explicit(&many_slot(v, number)->turn, memory_order_relaxed);
	uint64_t free = many_free(v, number);

	return dir == IPC_IN ? turn == free + 1 : (int64_t)(turn - free) >= 0;
}

/*
 * As ring_futex_again(), but several producers sleep at one sleepers. None of them may take back
 * what another has said, so `sleeping` stays set until the consumer takes it: at worst it wakes
 * nobody. A producer that sleeps although a slot has become free meanwhile does so because another
 * found that slot, and the consumer's turn on that one's message wakes it.
 */
static inline int many_futex_again(struct ipc_end *end, enum ipc_dir dir)
{
	struct ring_sleepers *sleepers = ring_own_sleepers(end, dir);

	atomic_exchange_explicit(&sleepers->sleeping, 1, memory_order_acquire);
	if (many_ready(end, dir))
		return 0;
	ipc_count_sleep(end);
	futex_wait(&sleepers->sleeping, 1);
	return 0;
}

static inline int many_futex_moved(struct ipc_end *end, enum ipc_dir dir)
{
	struct ring_sleepers *sleepers = ring_peer_sleepers(end, dir);

	if (ring_take_sleeper(sleepers))
		futex_wake(&sleepers->sleeping, dir == IPC_OUT ? 1 : INT_MAX);
	return 0;
}

/*
 * Of a producer the slot that is free next: another may claim it meanwhile, and its turn moves for
 * that one too.
 */
static inline int many_watch(struct ipc_end *end, enum ipc_dir dir)
{
	struct ring_view *v = &end->ring.view[dir];
	uint64_t number = dir == IPC_IN
				  ? v->next
				  : atomic_load_explicit(&v->head->claimed, memory_order_relaxed);

	pause_watch(&many_slot(v, number)->turn);
	if (!many_ready(end, dir))
		pause_wait();
	return 0;
}

IPC_SPIN(many_spin, IPC_WATCHES, many_watch, .calls = IPC_NO_CALLS);

static const struct ipc_wait many_futex = {
	.name = "futex",
	.flags = IPC_COUNTS_SLEEP,
	.again = many_futex_again,
	.moved = many_futex_moved,
};

static const struct ipc_ops ring_many = {.send = many_send, .recv = many_recv, .whole = true};

#endif
