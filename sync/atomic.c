/* SPDX-License-Identifier: MIT */
/*
 * Single atomic operations on one 8-byte word. The row names the instruction, because "a store" is
 * a mov or a locked xchg by its memory order (x86-64: Intel SDM 3A 9.2.3.9; arm64: with or without
 * LSE).
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

/* One operation as an op, its loops, under the name `id`; the expression is 1 (done) or 0 (lost).
 */
#define ATOMIC_OP(id, expression)                            \
	static inline int id##_op(void *shared, void *local) \
	{                                                    \
		return (expression);                         \
	}                                                    \
	static const struct op_ops id = {.op = id##_op};     \
	OP_LOOPS(id)

/* Keeps a loaded value alive: unused, the load might go. */
static inline int used(uint64_t value)
{
	__asm__ volatile("" ::"r"(value));
	return 1;
}

static inline int store(void *shared, memory_order order)
{
	atomic_store_explicit(WORD, 1, order);
	return 1;
}

static inline int increment_by_cas(void *shared)
{
	uint64_t seen = atomic_load_explicit(WORD, memory_order_relaxed);

	return atomic_compare_exchange_strong(WORD, &seen, seen + 1);
}

ATOMIC_OP(load, used(atomic_load(WORD)));
ATOMIC_OP(store_release, store(shared, memory_order_release));
ATOMIC_OP(store_seq_cst, store(shared, memory_order_seq_cst));
ATOMIC_OP(exchange, used(atomic_exchange(WORD, 1)));
ATOMIC_OP(fetch_add, used(atomic_fetch_add(WORD, 1)));
ATOMIC_OP(compare_exchange, increment_by_cas(shared));

#define OP(id, text, named)                                                             \
	{                                                                               \
		.name = #id, .summary = text, .instruction = named, .flags = SYNC_WORD, \
		.shared_size = sizeof(uint64_t), .op = &id##_loops                      \
	}

static const struct sync_variant atomic_variants[] = {
	OP(load, "seq_cst load", NAMED("mov", "ldar", "ldar")),
	OP(store_release, "release store", NAMED("mov", "stlr", "stlr")),
	OP(store_seq_cst, "seq_cst store", NAMED("xchg", "stlr", "stlr")),
	OP(exchange, "seq_cst exchange", NAMED("xchg", "swpal", "ldaxr+stlxr")),
	OP(fetch_add, "seq_cst fetch-add", NAMED("lock xadd", "ldaddal", "ldaxr+stlxr")),
	OP(compare_exchange, "load, then seq_cst compare-exchange of what was seen",
	   NAMED("lock cmpxchg", "casal", "ldaxr+stlxr")),
};
SYNC_MECHANISM(atomic);
