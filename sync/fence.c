/* SPDX-License-Identifier: MIT */
/*
 * Fences alone, and after a store to a line that the partner keeps reading: then the fence has
 * something to wait for, the line that has to come back. membarrier(2) makes the other side pay:
 * private-expedited interrupts the PUs on which this process runs, global waits until all PUs have
 * switched. The row names the instruction; tests/instructions.t looks for it in the timed loops.
 */
#include <linux/membarrier.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/measure/sync_loops.h"

/* Reads the line as fast as it can. */
static inline int read_line(void *shared, void *local)
{
	uint64_t value = atomic_load_explicit((_Atomic uint64_t *)shared, memory_order_relaxed);

	__asm__ volatile("" ::"r"(value));
	return 1;
}

static inline void write_line(void *shared)
{
	atomic_store_explicit((_Atomic uint64_t *)shared, 1, memory_order_relaxed);
}

/* The statement alone and after a store, as ops with their loops: <id> and store_<id>. */
#define FENCE(id, statement)                                         \
	static inline int id##_op(void *shared, void *local)         \
	{                                                            \
		statement;                                           \
		return 1;                                            \
	}                                                            \
	static inline int store_##id##_op(void *shared, void *local) \
	{                                                            \
		write_line(shared);                                  \
		statement;                                           \
		return 1;                                            \
	}                                                            \
	static const struct op_ops id = {.op = id##_op};             \
	static const struct op_ops store_##id = {                    \
		.op = store_##id##_op,                               \
		.partner = read_line,                                \
	};                                                           \
	OP_LOOPS(id);                                                \
	OP_PARTNER_LOOPS(store_##id)

#define INSTRUCTION(text) __asm__ volatile(text ::: "memory")

FENCE(compiler, compiler_barrier());
FENCE(acquire, atomic_thread_fence(memory_order_acquire));
FENCE(release, atomic_thread_fence(memory_order_release));
FENCE(seq_cst, atomic_thread_fence(memory_order_seq_cst));
#if defined(__x86_64__)
FENCE(mfence, INSTRUCTION("mfence"));
FENCE(lfence, INSTRUCTION("lfence"));
FENCE(sfence, INSTRUCTION("sfence"));
#else
FENCE(dmb_ishst, INSTRUCTION("dmb ishst"));
#endif

/* 0 or -errno. */
static inline int membarrier(int command)
{
	return syscall(SYS_membarrier, command, 0, 0) ? -errno : 0;
}

static inline int private_op(void *shared, void *local)
{
	int err = membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);

	return err ? err : 1;
}

static inline int store_private_op(void *shared, void *local)
{
	write_line(shared);
	return private_op(shared, local);
}

static inline int global_op(void *shared, void *local)
{
	int err = membarrier(MEMBARRIER_CMD_GLOBAL);

	return err ? err : 1;
}

static const struct op_ops private = {.op = private_op};
static const struct op_ops store_private = {.op = store_private_op, .partner = read_line};
static const struct op_ops global = {.op = global_op};
OP_LOOPS(private);
OP_PARTNER_LOOPS(store_private);
OP_LOOPS(global);

/* A process has to say that it wants private-expedited; saying so twice does no harm. */
static int attach_private(void *shared, void *local, const struct sync_setup *setup)
{
	return membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
}

static int init_global(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	int commands = (int)syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);

	if (commands >= 0 && commands & MEMBARRIER_CMD_GLOBAL)
		return 0;
	return sync_fail(
		setup, -EOPNOTSUPP,
		"membarrier global is not there: the kernel runs with nohz_full or is old");
}

#if defined(__x86_64__)
#define ACQUIRE "none"
#define RELEASE "none"
#if defined(__clang__)
#define SEQ_CST "mfence"
#else
#define SEQ_CST "lock or"
#endif
#else
#define ACQUIRE "dmb ishld"
#define RELEASE "dmb ish"
#define SEQ_CST "dmb ish"
#endif

#define LINE .shared_size = sizeof(uint64_t)
#define PAIR(id, text, named)                                                                     \
	{.name = #id, .summary = text, .instruction = named, LINE, .op = &id##_loops},            \
	{                                                                                         \
		.name = "store_" #id, .summary = "store, then " text, .instruction = named, LINE, \
		.op = &store_##id##_loops                                                         \
	}

static const struct sync_variant fence_variants[] = {
	PAIR(compiler, "keeps the compiler from moving accesses", "none"),
	PAIR(acquire, "atomic_thread_fence acquire", ACQUIRE),
	PAIR(release, "atomic_thread_fence release", RELEASE),
	PAIR(seq_cst, "atomic_thread_fence seq_cst", SEQ_CST),
#if defined(__x86_64__)
	PAIR(mfence, "all loads and stores", "mfence"),
	PAIR(lfence, "loads, and waits for all instructions before", "lfence"),
	PAIR(sfence, "stores", "sfence"),
#else
	PAIR(dmb_ishst, "stores", "dmb ishst"),
#endif
	{.name = "membarrier_private",
	 .summary = "membarrier private-expedited",
	 .flags = SYNC_PRIVATE,
	 LINE,
	 .attach = attach_private,
	 .op = &private_loops},
	{.name = "store_membarrier_private",
	 .summary = "store, then membarrier private-expedited",
	 .flags = SYNC_PRIVATE,
	 LINE,
	 .attach = attach_private,
	 .op = &store_private_loops},
	{.name = "membarrier_global",
	 .summary = "membarrier global",
	 LINE,
	 .init = init_global,
	 .op = &global_loops},
};
SYNC_MECHANISM(fence);
