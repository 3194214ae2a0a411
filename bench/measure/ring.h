/* SPDX-License-Identifier: MIT */
/*
 * A ring of message slots in shared memory per direction, one producer and one consumer each; with
 * one slot, a mailbox. A slot carries its own turn number beside the payload, so a message of up to
 * 48 bytes is one cache-line transfer, and one of 64 bytes two at once, in a pair of lines; the consumer's count stands on a line of its own and is read
 * by the producer only when the ring looks full (Lamport's queue with FastForward's in-slot flag:
 * Giacomoni, Moseley, Vachharajani, PPoPP 2008). Offsets only: the two sides map it at different
 * addresses.
 */
#ifndef BENCH_MEASURE_RING_H
#define BENCH_MEASURE_RING_H

#include <pthread.h>
#include <semaphore.h>
#include <stdalign.h>
#include <stdatomic.h>

#include "bench/base/cpu.h"
#include "bench/ipc.h"

/* Where one side sleeps for the other. */
struct ring_sleepers {
	alignas(BENCH_ALIGN) _Atomic uint32_t
		sleeping;      /* futex word: 1 = its owner sleeps or will */
	sem_t sem;	       /* process-shared */
	pthread_mutex_t mutex; /* process-shared */
	pthread_cond_t cond;   /* process-shared */
};

/* Head of one direction in shared memory; its slots follow at ring_layout(). */
struct ring_head {
	alignas(BENCH_ALIGN) _Atomic uint64_t taken; /* messages the consumer is done with */
	alignas(BENCH_ALIGN) _Atomic uint64_t
		claimed;	    /* ring of many producers: numbers given out */
	struct ring_sleepers items; /* the consumer waits here for a message */
	struct ring_sleepers space; /* the producer waits here for a slot */
};

struct ring_slot {
	_Atomic uint64_t turn; /* 1 + number of the message that lies here; ring_many.h: a lap */
	uint64_t pad;	       /* payload is 16-byte aligned */
	uint8_t payload[];
};

/* Goes on to the next message, when this one is published or given back. */
static inline void ring_advance(struct ring_view *v, uint64_t next)
{
	v->next = next;
	v->slot = (struct ring_slot *)(v->slots + (next & v->mask) * v->stride);
}

/* The next free slot's payload, or NULL while the ring is full. */
static inline void *ring_reserve(struct ipc_end *end)
{
	struct ring_view *v = &end->ring.view[IPC_OUT];

	if (v->next - v->taken_seen > v->mask) {
		/* acquire: the consumer's reads of the slot are over before we write it */
		v->taken_seen = atomic_load_explicit(&v->head->taken, memory_order_acquire);
		if (v->next - v->taken_seen > v->mask)
			return NULL;
	}
	return v->slot->payload;
}

/* Publishes what was written to the reserved slot. */
static inline void ring_commit(struct ipc_end *end)
{
	struct ring_view *v = &end->ring.view[IPC_OUT];
	uint64_t turn = v->next + 1;

	/* release: the payload is there before its turn number */
	atomic_store_explicit(&v->slot->turn, turn, memory_order_release);
	ring_advance(v, turn);
}

/*
 * The next message's payload, or NULL while there is none. The line where the payload begins is asked
 * for together with that of its turn: where it is another line, as from 49 bytes on, the receiver
 * waits for both at once, and not for one after the other.
 */
static inline const void *ring_peek(struct ipc_end *end)
{
	struct ring_view *v = &end->ring.view[IPC_IN];
	struct ring_slot *slot = v->slot;

	__builtin_prefetch(slot->payload);
	/* acquire: pairs with the release in ring_commit() */
	if (atomic_load_explicit(&slot->turn, memory_order_acquire) != v->next + 1)
		return NULL;
	return slot->payload;
}

/* Gives the slot of the message just read back. */
static inline void ring_release(struct ipc_end *end)
{
	struct ring_view *v = &end->ring.view[IPC_IN];
	uint64_t taken = v->next + 1;

	/* release: our reads of the payload come before the producer's next write */
	atomic_store_explicit(&v->head->taken, taken, memory_order_release);
	ring_advance(v, taken);
}

/* Whether a message (IPC_IN) or a slot (IPC_OUT) is there. */
static inline bool ring_ready(struct ipc_end *end, enum ipc_dir dir)
{
	return dir == IPC_IN ? ring_peek(end) != NULL : ring_reserve(end) != NULL;
}

#endif
