/* SPDX-License-Identifier: MIT */
/*
 * sched_yield(2): alone, a call that finds nobody else to run; as a pair, two sides that hand a
 * word to each other and yield until it is theirs: on one PU (--placement=same-pu) the floor of a
 * switch between two tasks, with nobody put to sleep or woken.
 */
#include <sched.h>
#include <stdalign.h>

#include "bench/measure/ipc_loops.h"

/* One direction, named by its sending side; in memory of both sides. */
struct yield_flag {
	alignas(BENCH_ALIGN) _Atomic uint32_t set;
};

static inline ssize_t alone_send(struct ipc_end *end, const void *buf, size_t len)
{
	return (ssize_t)len;
}

static inline ssize_t alone_yield(struct ipc_end *end, void *buf, size_t len)
{
	return sched_yield() ? -errno : (ssize_t)len;
}

static inline ssize_t flag_set(struct ipc_end *end, const void *buf, size_t len)
{
	struct yield_flag *flag = end->link->memory;

	atomic_store_explicit(&flag[end->side].set, 1, memory_order_release);
	return (ssize_t)len;
}

static inline ssize_t flag_take(struct ipc_end *end, void *buf, size_t len)
{
	struct yield_flag *flag = (struct yield_flag *)end->link->memory + !end->side;

	if (!atomic_load_explicit(&flag->set, memory_order_acquire))
		return -EAGAIN;
	atomic_store_explicit(&flag->set, 0, memory_order_relaxed);
	return (ssize_t)len;
}

static inline int flag_yield(struct ipc_end *end, enum ipc_dir dir)
{
	return sched_yield() ? -errno : 0;
}

static const struct ipc_ops alone_ops = {.send = alone_send, .recv = alone_yield};
static const struct ipc_wait alone_wait = {.name = "none", .calls = 1};
static const struct ipc_ops pair_ops = {.trips_only = true, .send = flag_set, .recv = flag_take};
static const struct ipc_wait pair_wait = {.name = "yield", .again = flag_yield};

IPC_LOOPS(alone_ops, alone_wait);
IPC_LOOPS(pair_ops, pair_wait);
static const struct ipc_mode alone_modes[] = {IPC_MODE(alone_ops, alone_wait)};
static const struct ipc_mode pair_modes[] = {IPC_MODE(pair_ops, pair_wait)};
static const struct ipc_family alone_family = {.modes = alone_modes, .n_modes = 1};
static const struct ipc_family pair_family = {.modes = pair_modes, .n_modes = 1};

static int pair_open(struct ipc_link *link)
{
	return memory_map(2 * sizeof(struct yield_flag), PAGES_BASE, &link->memory);
}

static int pair_attach(struct ipc_link *link, struct ipc_end *end)
{
	if (link->threads && end->side)
		return 0; /* one mapping, and the first side touches it */
	return memory_prefault(link->memory, 2 * sizeof(struct yield_flag));
}

static void pair_close(struct ipc_link *link)
{
	memory_unmap(link->memory, 2 * sizeof(struct yield_flag), PAGES_BASE);
	link->memory = NULL;
}

static const struct ipc_variant yield_variants[] = {
	{.name = "alone", .summary = "one sched_yield with nobody else to run", .flags = IPC_FLOOR},
	{.name = "pair",
	 .summary = "notification: a word, its waiter yields",
	 .family = &pair_family,
	 .flags = IPC_NOTIFY,
	 .open = pair_open,
	 .attach = pair_attach,
	 .close = pair_close},
};
IPC_MECHANISM(yield, &alone_family);
