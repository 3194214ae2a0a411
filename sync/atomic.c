/* SPDX-License-Identifier: MIT */
/*
 * Single atomic operations on one 8-byte word, in the orders and forms for which this processor has
 * instructions of their own. The row names the instruction, because "a store" is a mov or a locked
 * xchg by its memory order (x86-64: Intel SDM 3A 9.2.3.9; arm64: with LSE or as a loop of exclusive
 * load and store). tests/instructions.t looks into the timed loops for what is named here.
 */
#include <stdatomic.h>

#include "bench/measure/sync_loops.h"

#if defined(__x86_64__)
#define NAMED(x86, lse, llsc) x86
#elif defined(__ARM_FEATURE_ATOMICS)
#define NAMED(x86, lse, llsc) lse
#else
#define NAMED(x86, lse, llsc) llsc
#endif

#define WORD ((_Atomic uint64_t *)shared)

/*
 * One operation as an op, its loops, under the name `id`; the expression is 1 (done) or 0 (lost).
 */
#define ATOMIC_OP(id, expression)                            \
	static inline int id##_op(void *shared, void *local) \
	{                                                    \
		return (expression);                         \
	}                                                    \
	static const struct op_ops id = {.op = id##_op};     \
	OP_LOOPS(id)

/* Keeps a value alive: unused, a load might go, or the form without a result be taken. */
static inline int used(uint64_t value)
{
	__asm__ volatile("" ::"r"(value));
	return 1;
}

static inline int do_load(void *shared, memory_order order)
{
	return used(atomic_load_explicit(WORD, order));
}

static inline int do_store(void *shared, memory_order order)
{
	atomic_store_explicit(WORD, 1, order);
	return 1;
}

static inline int do_swap(void *shared, memory_order order)
{
	return used(atomic_exchange_explicit(WORD, 1, order));
}

static inline int do_add(void *shared, memory_order order)
{
	return used(atomic_fetch_add_explicit(WORD, 1, order));
}

/* Increments what it saw, unless another thread was faster. */
static inline int do_cas(void *shared, memory_order order, bool weak)
{
	uint64_t seen = atomic_load_explicit(WORD, memory_order_relaxed);

	return weak ? atomic_compare_exchange_weak_explicit(WORD, &seen, seen + 1, order,
							    memory_order_relaxed)
		    : atomic_compare_exchange_strong_explicit(WORD, &seen, seen + 1, order,
							      memory_order_relaxed);
}

ATOMIC_OP(load, do_load(shared, memory_order_seq_cst));
ATOMIC_OP(store_release, do_store(shared, memory_order_release));
ATOMIC_OP(exchange, do_swap(shared, memory_order_seq_cst));
ATOMIC_OP(fetch_add, do_add(shared, memory_order_seq_cst));
ATOMIC_OP(fetch_or, used(atomic_fetch_or(WORD, 1)));
ATOMIC_OP(fetch_and, used(atomic_fetch_and(WORD, ~(uint64_t)1)));
ATOMIC_OP(compare_exchange, do_cas(shared, memory_order_seq_cst, false));
ATOMIC_OP(compare_exchange_weak, do_cas(shared, memory_order_seq_cst, true));
#if defined(__x86_64__)
/* Loads are all alike, and so are all locked instructions; but a result nobody wants is cheaper. */
static inline int ignored(uint64_t value)
{
	return 1;
}

ATOMIC_OP(store_seq_cst, do_store(shared, memory_order_seq_cst));
ATOMIC_OP(add, ignored(atomic_fetch_add(WORD, 1)));
ATOMIC_OP(or, ignored(atomic_fetch_or(WORD, 1)));
ATOMIC_OP(and, ignored(atomic_fetch_and(WORD, ~(uint64_t)1)));
#else
/* Store-release is both release and seq_cst (Arm ARM B2.3.11); the others differ. */
ATOMIC_OP(load_relaxed, do_load(shared, memory_order_relaxed));
ATOMIC_OP(store_relaxed, do_store(shared, memory_order_relaxed));
ATOMIC_OP(exchange_relaxed, do_swap(shared, memory_order_relaxed));
ATOMIC_OP(exchange_acquire, do_swap(shared, memory_order_acquire));
ATOMIC_OP(exchange_release, do_swap(shared, memory_order_release));
ATOMIC_OP(fetch_add_relaxed, do_add(shared, memory_order_relaxed));
ATOMIC_OP(fetch_add_acquire, do_add(shared, memory_order_acquire));
ATOMIC_OP(fetch_add_release, do_add(shared, memory_order_release));
ATOMIC_OP(compare_exchange_relaxed, do_cas(shared, memory_order_relaxed, false));
ATOMIC_OP(compare_exchange_acquire, do_cas(shared, memory_order_acquire, false));
ATOMIC_OP(compare_exchange_release, do_cas(shared, memory_order_release, false));
#endif

#define OP(id, text, named)                                                             \
	{                                                                               \
		.name = #id, .summary = text, .instruction = named, .flags = SYNC_WORD, \
		.shared_size = sizeof(uint64_t), .op = &id##_loops                      \
	}

static const struct sync_variant atomic_variants[] = {
	OP(load, "seq_cst load", NAMED("mov", "ldar", "ldar")),
	OP(store_release, "release store", NAMED("mov", "stlr", "stlr")),
	OP(exchange, "seq_cst exchange", NAMED("xchg", "swpal", "ldaxr+stlxr")),
	OP(fetch_add, "seq_cst fetch-add", NAMED("lock xadd", "ldaddal", "ldaxr+stlxr")),
	OP(fetch_or, "seq_cst fetch-or whose old value is used",
	   NAMED("lock cmpxchg", "ldsetal", "ldaxr+stlxr")),
	OP(fetch_and, "seq_cst fetch-and whose old value is used",
	   NAMED("lock cmpxchg", "ldclral", "ldaxr+stlxr")),
	OP(compare_exchange, "load, then seq_cst compare-exchange of what was seen",
	   NAMED("lock cmpxchg", "casal", "ldaxr+stlxr")),
	OP(compare_exchange_weak, "likewise, weak: may fail for no reason",
	   NAMED("lock cmpxchg", "casal", "ldaxr+stlxr")),
#if defined(__x86_64__)
	OP(store_seq_cst, "seq_cst store", "xchg"),
	OP(add, "seq_cst add whose old value nobody wants", "lock add"),
	OP(or, "seq_cst or whose old value nobody wants", "lock or"),
	OP(and, "seq_cst and whose old value nobody wants", "lock and"),
#else
	OP(load_relaxed, "relaxed load", "ldr"),
	OP(store_relaxed, "relaxed store", "str"),
	OP(exchange_relaxed, "relaxed exchange", NAMED("", "swp", "ldxr+stxr")),
	OP(exchange_acquire, "acquire exchange", NAMED("", "swpa", "ldaxr+stxr")),
	OP(exchange_release, "release exchange", NAMED("", "swpl", "ldxr+stlxr")),
	OP(fetch_add_relaxed, "relaxed fetch-add", NAMED("", "ldadd", "ldxr+stxr")),
	OP(fetch_add_acquire, "acquire fetch-add", NAMED("", "ldadda", "ldaxr+stxr")),
	OP(fetch_add_release, "release fetch-add", NAMED("", "ldaddl", "ldxr+stlxr")),
	OP(compare_exchange_relaxed, "relaxed compare-exchange", NAMED("", "cas", "ldxr+stxr")),
	OP(compare_exchange_acquire, "acquire compare-exchange", NAMED("", "casa", "ldaxr+stxr")),
	OP(compare_exchange_release, "release compare-exchange", NAMED("", "casl", "ldxr+stlxr")),
#endif
};
SYNC_MECHANISM(atomic);
