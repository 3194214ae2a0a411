/* SPDX-License-Identifier: MIT */
/*
 * A word per direction, and futex(2) to sleep until it is set. The waker cannot know whether
 * anybody sleeps and always calls, as the simplest use of it does; a ring's wait mode `futex` keeps
 * a word for that and saves the call.
 */
#include <stdalign.h>

#include "bench/base/futex.h"
#include "bench/measure/ipc_loops.h"
#include "bench/measure/ipc_spin.h"

/* One direction, named by its sending side; in memory of both sides. */
struct futex_bell {
	alignas(BENCH_ALIGN) _Atomic uint32_t rung; /* 1 = notified and not yet taken */
};

static inline struct futex_bell *bell_of(struct ipc_end *end, enum ipc_dir dir)
{
	struct futex_bell *bell = end->link->memory;

	return &bell[dir == IPC_OUT ? end->side : !end->side];
}

static inline ssize_t bell_ring(struct ipc_end *end, const void *buf, size_t len)
{
	atomic_store_explicit(&bell_of(end, IPC_OUT)->rung, 1, memory_order_release);
	return (ssize_t)len;
}

static inline ssize_t bell_take(struct ipc_end *end, void *buf, size_t len)
{
	struct futex_bell *bell = bell_of(end, IPC_IN);

	/* looked at first: an exchange that finds nothing would still take the line */
	if (!atomic_load_explicit(&bell->rung, memory_order_relaxed) ||
	    !atomic_exchange_explicit(&bell->rung, 0, memory_order_acquire))
		return -EAGAIN;
	return (ssize_t)len;
}

/* Not lost: the kernel compares the word under the lock that a waker takes (futex(2)). */
static inline int bell_sleep(struct ipc_end *end, enum ipc_dir dir)
{
	if (futex_wait(&bell_of(end, dir)->rung, 0) != -EAGAIN)
		ipc_count_sleep(end);
	return 0;
}

static inline int bell_wake(struct ipc_end *end, enum ipc_dir dir)
{
	if (dir == IPC_OUT)
		futex_wake(&bell_of(end, dir)->rung, 1);
	return 0;
}

static inline int bell_watch(struct ipc_end *end, enum ipc_dir dir)
{
	const struct futex_bell *bell = bell_of(end, dir);

	pause_watch(&bell->rung);
	if (!atomic_load_explicit(&bell->rung, memory_order_relaxed))
		pause_wait();
	return 0;
}

static const struct ipc_ops bell_ops = {.trips_only = true, .send = bell_ring, .recv = bell_take};
static const struct ipc_wait bell_block = {
	.name = "block", .flags = IPC_COUNTS_SLEEP, .again = bell_sleep, .moved = bell_wake};
IPC_SPIN(bell_spin, IPC_WATCHES, bell_watch, .calls = IPC_NO_CALLS);

IPC_LOOPS(bell_ops, bell_block);
IPC_SPIN_LOOPS(bell_ops, bell_spin);

static const struct ipc_mode bell_modes[] = {
	IPC_MODE(bell_ops, bell_block),
	IPC_SPIN_MODE(bell_ops, bell_spin),
};
static const struct ipc_family bell_family = {.modes = bell_modes, .n_modes = 2};

static int bell_open(struct ipc_link *link)
{
	return memory_map(2 * sizeof(struct futex_bell), PAGES_BASE, &link->memory);
}

static int bell_attach(struct ipc_link *link, struct ipc_end *end)
{
	if (link->threads && end->side)
		return 0; /* one mapping, and the first side touches it */
	return memory_prefault(link->memory, 2 * sizeof(struct futex_bell));
}

static void bell_close(struct ipc_link *link)
{
	memory_unmap(link->memory, 2 * sizeof(struct futex_bell), PAGES_BASE);
	link->memory = NULL;
}

static const struct ipc_variant futex_variants[] = {
	{.name = "pair",
	 .summary = "notification: two words, the waker always calls",
	 .flags = IPC_NOTIFY,
	 .open = bell_open,
	 .attach = bell_attach,
	 .close = bell_close},
};
IPC_MECHANISM(futex, &bell_family);
