/* SPDX-License-Identifier: MIT */
/*
 * What cache coherence alone takes to hand over: no system call, no kernel, a word that the other
 * PU watches; `handoff matrix` shows it for all pairs of PUs. How often the waiter looks decides
 * how often the line moves, and which variant is the fastest depends on the machine: the report
 * takes the smallest measured as floor. On a guest of an AMD Zen 5 whose host moved its two PUs,
 * those that look often were the fastest while there and back took 60 to 70 ns, and the one that
 * looks seldom while it took 290 ns (the others 430 to 570). It is an estimate and no bound: a
 * waiter that looks otherwise can be faster. Two lines and the token are protocols that others
 * measure too, under one name, with results 2.5 times apart: the variant and the instruction stand
 * in the row.
 */
#include <stdalign.h>
#include <stdatomic.h>

#include "bench/measure/sync_loops.h"

/*
 * One per role: a line that the other role alone writes, and on a line apart what the role itself
 * counts and nobody else sees.
 */
struct side {
	alignas(BENCH_ALIGN) _Atomic uint64_t rung; /* notifications so far */
	alignas(BENCH_ALIGN) uint64_t waits;	    /* waits of this role so far */
	uint64_t calls;				    /* notifications by this role so far */
};

/*
 * A hand-over costs two transfers: the store takes the line from the waiter, whose next look
 * fetches it back. The count is the caller's own: to read the line before the store would be one
 * transfer more.
 */
static inline int line_notify(void *shared, unsigned to)
{
	struct side *sides = shared;

	/* release, with the acquire in line_wait(): the woken side sees what was done before */
	atomic_store_explicit(&sides[to].rung, ++sides[!to].calls, memory_order_release);
	return 0;
}

/*
 * Without a pause between the looks: it takes up to 140 cycles (Intel 64 and IA-32 Optimization
 * Reference Manual, "Pause Latency in Skylake"), which is as long as the hand-over itself.
 */
static inline int line_wait_bare(void *shared, unsigned me)
{
	struct side *side = (struct side *)shared + me;
	uint64_t due = ++side->waits;

	while (atomic_load_explicit(&side->rung, memory_order_acquire) < due)
		;
	return 0;
}

static inline int line_wait_asked(void *shared, unsigned me)
{
	struct side *side = (struct side *)shared + me;
	uint64_t due = ++side->waits;

	SPIN_WHILE(true, &side->rung,
		   atomic_load_explicit(&side->rung, memory_order_acquire) < due);
	return 0;
}

static inline int line_wait_pause(void *shared, unsigned me)
{
	struct side *side = (struct side *)shared + me;
	uint64_t due = ++side->waits;

	while (atomic_load_explicit(&side->rung, memory_order_acquire) < due)
		cpu_relax();
	return 0;
}

/*
 * One line with one word: 0, or 1 + the role that is to go on. Only the holder of the turn stores.
 */
static inline int token_notify(void *shared, unsigned to)
{
	atomic_store_explicit((_Atomic uint64_t *)shared, to + 1, memory_order_release);
	return 0;
}

/*
 * Takes the token by compare-exchange. Also one that fails fetches the line for writing (on x86),
 * so the line is never shared: a hand-over costs two transfers, from the waiter to the notifier's
 * store and back.
 */
static inline int token_wait(void *shared, unsigned me)
{
	uint64_t mine;

	do
		mine = me + 1;
	while (!atomic_compare_exchange_weak_explicit((_Atomic uint64_t *)shared, &mine, 0,
						      memory_order_acquire, memory_order_relaxed));
	return 0;
}

/* One line with one word: the hand-overs so far. What a role alone sees lies on lines apart. */
struct turn {
	alignas(BENCH_ALIGN) _Atomic uint64_t turns;
	struct {
		alignas(BENCH_ALIGN) uint64_t turns; /* when this role last looked or handed over */
	} seen[2];
};

static inline int turn_notify(void *shared, unsigned to)
{
	struct turn *turn = shared;

	atomic_store_explicit(&turn->turns, ++turn->seen[!to].turns, memory_order_release);
	return 0;
}

TEMPLATE int turn_wait(void *shared, unsigned me, unsigned pauses)
{
	struct turn *turn = shared;
	uint64_t turns;

	while ((turns = atomic_load_explicit(&turn->turns, memory_order_acquire)) ==
	       turn->seen[me].turns)
		for (unsigned i = 0; i < pauses; i++)
			cpu_relax();
	turn->seen[me].turns = turns;
	return 0;
}

static inline int turn_wait_pause(void *shared, unsigned me)
{
	return turn_wait(shared, me, 1);
}

/*
 * A look before the store takes the line away from the notifier, who must fetch it back to store.
 * The first look after the store is the only one that has to move it. Four pauses take 76 ns on
 * Zen 5 (measured) and 560 cycles on Skylake (see above): about a transfer between PUs far apart.
 */
static inline int turn_wait_seldom(void *shared, unsigned me)
{
	return turn_wait(shared, me, 4);
}

static const struct wake_ops load_store = {.notify = line_notify, .wait = line_wait_bare};
static const struct wake_ops load_store_asked = {.notify = line_notify, .wait = line_wait_asked};
static const struct wake_ops load_store_pause = {.notify = line_notify, .wait = line_wait_pause};
static const struct wake_ops compare_exchange = {.notify = token_notify, .wait = token_wait};
static const struct wake_ops one_line_pause = {.notify = turn_notify, .wait = turn_wait_pause};
static const struct wake_ops one_line_seldom = {.notify = turn_notify, .wait = turn_wait_seldom};
WAKE_LOOPS(load_store);
WAKE_LOOPS(load_store_asked);
WAKE_LOOPS(load_store_pause);
WAKE_LOOPS(compare_exchange);
WAKE_LOOPS(one_line_pause);
WAKE_LOOPS(one_line_seldom);

#if defined(__x86_64__)
#define LOAD_STORE "mov"
#define COMPARE_EXCHANGE "lock cmpxchg"
#elif defined(__ARM_FEATURE_ATOMICS)
#define LOAD_STORE "ldar+stlr"
#define COMPARE_EXCHANGE "casa"
#else
#define LOAD_STORE "ldar+stlr"
#define COMPARE_EXCHANGE "ldaxr+stxr"
#endif

#define CACHE_LINE(id, text, named, size, paused)                                        \
	{                                                                                \
		.name = #id, .summary = text, .instruction = named, .flags = SYNC_SPINS, \
		.shared_size = size, .wake = &id##_loops, .wake_paused = paused          \
	}

static const struct sync_variant cache_line_variants[] = {
	CACHE_LINE(load_store, "two lines, one written by each side", LOAD_STORE,
		   2 * sizeof(struct side), &load_store_asked_loops),
	CACHE_LINE(load_store_pause, "likewise with a pause between two looks", LOAD_STORE,
		   2 * sizeof(struct side), NULL),
	CACHE_LINE(compare_exchange, "one line, the waiter takes a token by compare-exchange",
		   COMPARE_EXCHANGE, sizeof(uint64_t), NULL),
	CACHE_LINE(one_line_pause, "one line that both write, a pause between two looks",
		   LOAD_STORE, sizeof(struct turn), NULL),
	CACHE_LINE(one_line_seldom, "likewise with four pauses between two looks", LOAD_STORE,
		   sizeof(struct turn), NULL),
};
SYNC_MECHANISM(cache_line);
