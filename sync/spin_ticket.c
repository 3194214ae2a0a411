/* SPDX-License-Identifier: MIT */
/*
 * Ticket lock: first come, first served (Reed and Kanodia, CACM 22/2, 1979; Mellor-Crummey and
 * Scott, "Algorithms for Scalable Synchronization", ACM TOCS 9/1, 1991, also for the proportional
 * backoff).
 *
 * Drawing a ticket orders nothing: relaxed. The acquire load that sees the own number pairs with
 * the release store of the last holder, who alone writes `serving` and may read it relaxed.
 */
#include <stdalign.h>
#include <stdatomic.h>

#include "bench/measure/sync_loops.h"

#define PAUSES 8 /* per holder ahead */

struct ticket {
	alignas(BENCH_ALIGN) _Atomic uint32_t next; /* ticket that the next one draws */
	_Atomic uint32_t serving;		    /* ticket that may go in */
};

/* Drawing does not disturb those who wait, at the price of a second line for the holder. */
struct split {
	alignas(BENCH_ALIGN) _Atomic uint32_t next;
	alignas(BENCH_ALIGN) _Atomic uint32_t serving;
};

static inline int draw(_Atomic uint32_t *next, _Atomic uint32_t *serving, unsigned pauses)
{
	uint32_t mine = atomic_fetch_add_explicit(next, 1, memory_order_relaxed), now;

	while ((now = atomic_load_explicit(serving, memory_order_acquire)) != mine)
		for (uint32_t i = pauses ? (mine - now) * pauses : 1; i; i--)
			cpu_relax();
	return 0;
}

static inline int draw_asked(_Atomic uint32_t *next, _Atomic uint32_t *serving)
{
	uint32_t mine = atomic_fetch_add_explicit(next, 1, memory_order_relaxed);

	SPIN_WHILE(true, serving, atomic_load_explicit(serving, memory_order_acquire) != mine);
	return 0;
}

static inline int serve(_Atomic uint32_t *serving)
{
	uint32_t mine = atomic_load_explicit(serving, memory_order_relaxed);

	atomic_store_explicit(serving, mine + 1, memory_order_release);
	return 0;
}

static inline int ticket_enter(void *shared, void *local)
{
	struct ticket *lock = shared;

	return draw(&lock->next, &lock->serving, 0);
}

static inline int ticket_asked_enter(void *shared, void *local)
{
	struct ticket *lock = shared;

	return draw_asked(&lock->next, &lock->serving);
}

static inline int ticket_leave(void *shared, void *local)
{
	return serve(&((struct ticket *)shared)->serving);
}

static inline int backoff_enter(void *shared, void *local)
{
	struct ticket *lock = shared;

	return draw(&lock->next, &lock->serving, PAUSES);
}

static inline int split_enter(void *shared, void *local)
{
	struct split *lock = shared;

	return draw(&lock->next, &lock->serving, 0);
}

static inline int split_asked_enter(void *shared, void *local)
{
	struct split *lock = shared;

	return draw_asked(&lock->next, &lock->serving);
}

static inline int split_leave(void *shared, void *local)
{
	return serve(&((struct split *)shared)->serving);
}

static const struct lock_ops ticket_ops = {.enter = ticket_enter, .leave = ticket_leave};
static const struct lock_ops backoff_ops = {.enter = backoff_enter, .leave = ticket_leave};
static const struct lock_ops split_ops = {.enter = split_enter, .leave = split_leave};
static const struct lock_ops ticket_asked = {.enter = ticket_asked_enter, .leave = ticket_leave};
static const struct lock_ops split_asked = {.enter = split_asked_enter, .leave = split_leave};
LOCK_LOOPS(ticket_ops);
LOCK_LOOPS(ticket_asked);
LOCK_LOOPS(split_asked);
LOCK_LOOPS(backoff_ops);
LOCK_LOOPS(split_ops);

#define TICKET(id, text, size, ops, paused)                                                        \
	{                                                                                          \
		.name = id, .summary = text, .flags = SYNC_SPINS | SYNC_FIFO, .shared_size = size, \
		.lock = &ops##_loops, .lock_paused = paused                                        \
	}

static const struct sync_variant spin_ticket_variants[] = {
	TICKET("plain", "ticket lock on one line", sizeof(struct ticket), ticket_ops,
	       &ticket_asked_loops),
	TICKET("backoff", "waits 8 pauses per thread ahead between two looks",
	       sizeof(struct ticket), backoff_ops, NULL),
	TICKET("split", "next ticket and ticket served on two lines", sizeof(struct split),
	       split_ops, &split_asked_loops),
};
SYNC_MECHANISM(spin_ticket);
