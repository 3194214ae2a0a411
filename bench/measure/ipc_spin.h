/* SPDX-License-Identifier: MIT */
/*
 * Wait modes that spin: each once with the usual pause between two looks, and once with the one
 * that was asked for (--pause). A family names both by IPC_SPIN, IPC_SPIN_LOOPS and IPC_SPIN_MODE.
 */
#ifndef BENCH_MEASURE_IPC_SPIN_H
#define BENCH_MEASURE_IPC_SPIN_H

#include "bench/base/pause.h"
#include "bench/ipc.h"

static inline int spin_again(struct ipc_end *end, enum ipc_dir dir)
{
	cpu_relax();
	return 0;
}

/* Of what shows in no line that this side could watch: a descriptor, an object of the kernel. */
static inline int spin_blind(struct ipc_end *end, enum ipc_dir dir)
{
	pause_wait();
	return 0;
}

/*
 * The mode `id`, and as `id`_paused the same with the pause asked for, after a failed attempt by
 * `asked_`: spin_blind(), or with IPC_WATCHES in `more` what watches a line.
 */
#define IPC_SPIN(id, more, asked_, ...)                                                         \
	static const struct ipc_wait id = {                                                     \
		.name = "spin", .flags = IPC_SPINS | (more), .again = spin_again, __VA_ARGS__}; \
	static const struct ipc_wait id##_paused = {                                            \
		.name = "spin", .flags = IPC_SPINS | (more), .again = asked_, __VA_ARGS__}

/* The loops of both, and the mode of the second. */
#define IPC_SPIN_LOOPS(ops, wait)      \
	IPC_LOOPS(ops, wait);          \
	IPC_LOOPS(ops, wait##_paused); \
	static const struct ipc_mode ops##_##wait##_paused_mode = IPC_MODE(ops, wait##_paused)

/* The entry of a family's modes. */
#define IPC_SPIN_MODE(op, w) IPC_MODE_OF(op, w, &op##_##w##_paused_mode)

#endif
