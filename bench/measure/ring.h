/* SPDX-License-Identifier: MIT */
/*
 * A ring of message slots in shared memory per direction, one producer and one consumer each. A
 * slot carries its own turn number beside the payload, so a message of up to 48 bytes is one
 * cache-line transfer. The consumer's count stands on a line of its own and is read by the producer
 * only when the ring looks full (Lamport's queue with FastForward's in-slot flag: Giacomoni,
 * Moseley, Vachharajani, PPoPP 2008). Offsets only: the two sides map it at different addresses.
 *
 * Two cases do without a second line:
 * - A message of 49 to 64 bytes fills a line of its own. When it is copied in, its first word goes
 *   last, and the consumer knows the message by that word's change (ring_send_line()).
 * - A ring of one slot, the mailbox: its producer needs the slot back for every message, so the
 *   consumer gives it back in the slot's own line. A turn of 0 says that the slot is free.
 */
#ifndef BENCH_MEASURE_RING_H
#define BENCH_MEASURE_RING_H

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <string.h>

#include "bench/base/cpu.h"
#include "bench/base/template.h"
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
	_Atomic uint64_t first[0]; /* word of the payload */
	uint8_t payload[];
};

static inline bool ring_is_mailbox(const struct ring_view *v)
{
	return !v->mask;
}

/*
 * Whether the first word of a message may tell that it came: copied in, it fills a line, and goes
 * last.
 */
static inline bool ring_by_line(const struct ring_view *v)
{
	return v->before;
}

/* What that word was in the message that lay in the next message's slot before. */
static inline uint64_t *ring_first_before(const struct ring_view *v)
{
	return &v->before[v->next & v->mask];
}

/* Goes on to the next message, when this one is published or given back. */
static inline void ring_advance(struct ring_view *v, uint64_t next)
{
	v->next = next;
	v->slot = (struct ring_slot *)(v->slots + (next & v->mask) * v->stride);
}

/*
 * Copies a message. The lengths of one line that are asked for most are constants, so that a few
 * moves take the place of a call; a longer one is worth the call, which picks what suits the
 * processor.
 */
static inline void ring_copy_message(void *to, const void *from, size_t len)
{
	switch (len) {
	case 8:
		memcpy(to, from, 8);
		return;
	case 48:
		memcpy(to, from, 48);
		return;
	case 56: /* of 64 what ring_send_line() copies */
		memcpy(to, from, 56);
		return;
	case 64:
		memcpy(to, from, 64);
		return;
	default:
		memcpy(to, from, len);
	}
}

/* The next free slot's payload, or NULL while the ring is full. */
static inline void *ring_reserve(struct ipc_end *end)
{
	struct ring_view *v = &end->ring.view[IPC_OUT];

	if (ring_is_mailbox(v)) /* acquire: as below */
		return atomic_load_explicit(&v->slot->turn, memory_order_acquire)
			       ? NULL
			       : v->slot->payload;
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
 * Publishes a message of a line with that line alone: its first word goes last, and the consumer
 * sees that it is another than before. Where it is the same, the turn tells, before the word is
 * stored: a consumer that watches the line (--pause) then finds the turn. What was before both
 * sides remember: to read it in the slot costs the producer a transfer (on a Xeon of model 207, 460
 * ns against 390).
 */
static inline void ring_send_line(struct ring_view *v, const void *buf, size_t len)
{
	const size_t word = sizeof(v->slot->first[0]);
	uint64_t first, turn = v->next + 1;

	memcpy(&first, buf, word);
	ring_copy_message(v->slot->payload + word, (const uint8_t *)buf + word, len - word);
	/* release, either: the rest of the message is there before */
	if (unlikely(first == *ring_first_before(v)))
		atomic_store_explicit(&v->slot->turn, turn, memory_order_release);
	atomic_store_explicit(v->slot->first, first, memory_order_release);
	*ring_first_before(v) = first;
	ring_advance(v, turn);
}

/* Copies out the message that ring_peek() has seen. */
static inline void ring_recv_line(struct ring_view *v, void *buf, size_t len)
{
	const size_t word = sizeof(v->slot->first[0]);
	/* relaxed: ring_peek() has acquired it, or its turn */
	uint64_t first = atomic_load_explicit(v->slot->first, memory_order_relaxed);

	memcpy(buf, &first, word);
	ring_copy_message((uint8_t *)buf + word, v->slot->payload + word, len - word);
	*ring_first_before(v) = first;
}

/*
 * The next message's payload, or NULL while there is none. The line where the payload begins is
 * asked for together with that of its turn: where it is another line, as from 49 bytes on, the
 * receiver waits for both at once, and not for one after the other.
 */
static inline const void *ring_peek(struct ipc_end *end)
{
	struct ring_view *v = &end->ring.view[IPC_IN];
	struct ring_slot *slot = v->slot;

	__builtin_prefetch(slot->payload);
	/* acquire: pairs with the release in ring_send_line() */
	if (ring_by_line(v) &&
	    atomic_load_explicit(slot->first, memory_order_acquire) != *ring_first_before(v))
		return slot->payload;
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

	/* release, either: our reads of the payload come before the producer's next write */
	if (ring_is_mailbox(v))
		atomic_store_explicit(&v->slot->turn, 0, memory_order_release);
	else
		atomic_store_explicit(&v->head->taken, taken, memory_order_release);
	ring_advance(v, taken);
}

static inline ssize_t ring_send(struct ipc_end *end, const void *buf, size_t len)
{
	void *slot = ring_reserve(end);

	if (unlikely(!slot))
		return -EAGAIN;
	if (ring_by_line(&end->ring.view[IPC_OUT])) {
		ring_send_line(&end->ring.view[IPC_OUT], buf, len);
	} else {
		ring_copy_message(slot, buf, len);
		ring_commit(end);
	}
	return (ssize_t)len;
}

static inline ssize_t ring_recv(struct ipc_end *end, void *buf, size_t len)
{
	const void *slot = ring_peek(end);

	if (unlikely(!slot))
		return -EAGAIN;
	if (ring_by_line(&end->ring.view[IPC_IN]))
		ring_recv_line(&end->ring.view[IPC_IN], buf, len);
	else
		ring_copy_message(buf, slot, len);
	ring_release(end);
	return (ssize_t)len;
}

/* Whether a message (IPC_IN) or a slot (IPC_OUT) is there. */
static inline bool ring_ready(struct ipc_end *end, enum ipc_dir dir)
{
	return dir == IPC_IN ? ring_peek(end) != NULL : ring_reserve(end) != NULL;
}

#endif
