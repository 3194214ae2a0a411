/* SPDX-License-Identifier: MIT */
/*
 * One side reaches into the other's memory (process_vm_readv(2)): one copy, made by the kernel, no
 * shared mapping but for a word per direction that says whether a message lies there. `read`
 * fetches from the sender's buffer, `write` puts into the receiver's; a futex tells that it is
 * done, and wakes only a side that sleeps.
 */
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/uio.h>

#include "bench/base/cpu.h"
#include "bench/base/futex.h"
#include "bench/measure/ipc_loops.h"

enum { READS, WRITES };
enum { FULL = 1, SLEEPER = 2 }; /* bits of a state: a message lies there; the other side sleeps */

/* One direction, in memory of both sides. */
struct vm_half {
	alignas(BENCH_ALIGN) _Atomic uint32_t state;
	alignas(BENCH_ALIGN) void *buffer; /* where its messages lie, in the process ... */
	pid_t pid;			   /* ... that owns the buffer */
};

struct vm_side {
	struct vm_half *half[2]; /* [enum ipc_dir] */
	void *buffer;		 /* this side's */
	bool wakes;		 /* the last move found a sleeper */
};

static inline bool vm_is_full(const struct vm_half *half)
{
	/* acquire: what the other side did with the buffer is over */
	return atomic_load_explicit(&half->state, memory_order_acquire) & FULL;
}

/* Says that the message is there or gone; whether somebody slept for it is in what it replaces. */
static inline void vm_turn(struct vm_side *own, enum ipc_dir dir, uint32_t state)
{
	own->wakes = atomic_exchange_explicit(&own->half[dir]->state, state, memory_order_acq_rel) &
		     SLEEPER;
}

static inline void *vm_reserve(struct ipc_end *end)
{
	struct vm_side *own = end->own;

	return vm_is_full(own->half[IPC_OUT]) ? NULL : own->buffer;
}

static inline void vm_commit(struct ipc_end *end)
{
	vm_turn(end->own, IPC_OUT, FULL);
}

static inline int vm_error(void)
{
	return errno == ESRCH ? -ECONNRESET : -errno; /* the peer is dead */
}

static inline ssize_t vm_fetch(struct ipc_end *end, void *buf, size_t len)
{
	struct vm_side *own = end->own;
	const struct vm_half *half = own->half[IPC_IN];
	struct iovec here = {buf, len}, there = {half->buffer, len};
	ssize_t n;

	if (!vm_is_full(half))
		return -EAGAIN;
	n = process_vm_readv(half->pid, &here, 1, &there, 1, 0);
	if (n < 0)
		return vm_error();
	vm_turn(own, IPC_IN, 0);
	return n;
}

static inline ssize_t vm_store(struct ipc_end *end, const void *buf, size_t len)
{
	struct vm_side *own = end->own;
	const struct vm_half *half = own->half[IPC_OUT];
	struct iovec here = {(void *)(uintptr_t)buf, len}, there = {half->buffer, len};
	ssize_t n;

	if (vm_is_full(half))
		return -EAGAIN;
	n = process_vm_writev(half->pid, &here, 1, &there, 1, 0);
	if (n < 0)
		return vm_error();
	vm_turn(own, IPC_OUT, FULL);
	return n;
}

static inline const void *vm_peek(struct ipc_end *end)
{
	struct vm_side *own = end->own;

	return vm_is_full(own->half[IPC_IN]) ? own->buffer : NULL;
}

static inline void vm_release(struct ipc_end *end)
{
	vm_turn(end->own, IPC_IN, 0);
}

/*
 * State and sleeper are one word: if it has changed since we looked, the exchange that changed it
 * fails our compare or our futex_wait(); if not, that exchange is still to come and will see us.
 */
static inline int vm_sleep(struct ipc_end *end, enum ipc_dir dir)
{
	struct vm_side *own = end->own;
	_Atomic uint32_t *state = &own->half[dir]->state;
	uint32_t blocked = dir == IPC_OUT ? FULL : 0, expected = blocked;

	if (!atomic_compare_exchange_strong(state, &expected, blocked | SLEEPER) &&
	    expected != (blocked | SLEEPER))
		return 0;
	ipc_count_sleep(end);
	futex_wait(state, blocked | SLEEPER);
	return 0;
}

static inline int vm_wake(struct ipc_end *end, enum ipc_dir dir)
{
	struct vm_side *own = end->own;

	if (own->wakes)
		futex_wake(&own->half[dir]->state, 1);
	return 0;
}

static const struct ipc_ops vm_reads = {
	.whole = true, .reserve = vm_reserve, .commit = vm_commit, .recv = vm_fetch};
static const struct ipc_ops vm_writes = {
	.whole = true, .send = vm_store, .peek = vm_peek, .release = vm_release};
static const struct ipc_wait vm_block = {
	.name = "block", .flags = IPC_COUNTS_SLEEP, .again = vm_sleep, .moved = vm_wake};

IPC_LOOPS(vm_reads, vm_block);
IPC_LOOPS(vm_writes, vm_block);

static int vm_open(struct ipc_link *link)
{
	return memory_map(2 * sizeof(struct vm_half), PAGES_BASE, &link->memory);
}

static void vm_close(struct ipc_link *link)
{
	memory_unmap(link->memory, 2 * sizeof(struct vm_half), PAGES_BASE);
	link->memory = NULL;
}

/* The second side tries whether it may, before anything counts. */
static int vm_try(struct ipc_link *link, const struct vm_half *peer)
{
	struct iovec to, from;
	char here;

	ipc_await_prepared(link);
	to = (struct iovec){&here, 1};
	from = (struct iovec){peer->buffer, 1};
	if (process_vm_readv(peer->pid, &to, 1, &from, 1, 0) == 1)
		return 0;
	if (errno == ESRCH)
		return -ECONNRESET;
	snprintf(link->why, sizeof(link->why), "%s",
		 errno == ENOSYS ? "the kernel lacks process_vm_readv (CONFIG_CROSS_MEMORY_ATTACH)"
				 : "forbidden between siblings: by a container's seccomp filter or "
				   "kernel.yama.ptrace_scope");
	return -errno;
}

/* A half is named by its sending side; its buffer is the sender's or the receiver's. */
static int vm_attach(struct ipc_link *link, struct ipc_end *end)
{
	enum ipc_dir keeps = link->variant->arg == READS ? IPC_OUT : IPC_IN;
	struct vm_half *half = link->memory;
	struct vm_side *own = calloc(1, sizeof(*own));

	end->own = own;
	if (!own || memory_map(link->msg_size, PAGES_BASE, &own->buffer) ||
	    memory_prefault(own->buffer, link->msg_size))
		return -ENOMEM;
	own->half[IPC_OUT] = &half[end->side];
	own->half[IPC_IN] = &half[!end->side];
	own->half[keeps]->buffer = own->buffer;
	own->half[keeps]->pid = getpid();
	/* ptrace(2): Yama lets nobody but ancestors in; no such module is fine */
	prctl(PR_SET_DUMPABLE, 1);
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	if (end->side)
		return vm_try(link, own->half[!keeps]);
	ipc_set_prepared(link);
	return 0;
}

static void vm_detach(struct ipc_end *end)
{
	struct vm_side *own = end->own;

	/* the last reply is fetched from here, so here it must stay until it is */
	while (end->link->variant->arg == READS && vm_is_full(own->half[IPC_OUT]))
		usleep(100);
	memory_unmap(own->buffer, end->msg_size, PAGES_BASE);
	free(own);
	end->own = NULL;
}

static const struct ipc_mode vm_read_modes[] = {IPC_MODE(vm_reads, vm_block)};
static const struct ipc_mode vm_write_modes[] = {IPC_MODE(vm_writes, vm_block)};
static const struct ipc_family vm_read_family = {
	.detach = vm_detach, .modes = vm_read_modes, .n_modes = 1};
static const struct ipc_family vm_write_family = {
	.detach = vm_detach, .modes = vm_write_modes, .n_modes = 1};

#define VM .flags = IPC_BY_PID, .open = vm_open, .attach = vm_attach, .close = vm_close

static const struct ipc_variant process_vm_variants[] = {
	{.name = "read", .summary = "the receiver copies from the sender", .arg = READS, VM},
	{.name = "write",
	 .summary = "the sender copies into the receiver",
	 .family = &vm_write_family,
	 .arg = WRITES,
	 VM},
};
IPC_MECHANISM(process_vm, &vm_read_family);
