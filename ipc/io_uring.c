/* SPDX-License-Identifier: MIT */
/* needs: liburing */
/*
 * A socket pair on which each side sends and receives by its own ring (io_uring(7)). With SQPOLL a
 * thread of the kernel submits, pinned to a PU of its own (IORING_SETUP_SQ_AFF; left to itself it
 * starts on its side's PU, where both spin and a round trip takes time slices): a side then makes a
 * system call only to wait or to wake that thread, whose CPU time is in no column of the two sides.
 */
#include <errno.h>
#include <stdio.h>

#include "bench/measure/socket.h"

#if __has_include(<liburing.h>)
#include <liburing.h>
#include <stdlib.h>

#include "bench/measure/fd_wait.h"
#include "bench/measure/ipc_loops.h"

#define ENTRIES 2     /* one operation of a side is in flight at a time */
#define IDLE_MS 1000u /* after so long without work the kernel's thread sleeps: in no run */

/* One side's ring. */
struct uring_side {
	struct io_uring ring;
	bool moving; /* an operation is in flight */
};

/* Queues a move unless it is in flight: a second attempt looks for the same one. Whether it did. */
static inline bool start(struct ipc_end *end, enum ipc_dir dir, void *buf, size_t len)
{
	struct uring_side *own = end->own;
	struct io_uring_sqe *sqe;

	if (own->moving)
		return false;
	sqe = io_uring_get_sqe(&own->ring);
	if (dir == IPC_OUT)
		io_uring_prep_send(sqe, end->fd[dir], buf, len, MSG_NOSIGNAL);
	else
		io_uring_prep_recv(sqe, end->fd[dir], buf, len, 0);
	own->moving = true;
	return true;
}

/* Takes the completion that is there; -EAGAIN when none is. */
static inline ssize_t finish(struct uring_side *own)
{
	struct io_uring_cqe *cqe;
	ssize_t n = io_uring_peek_cqe(&own->ring, &cqe);

	if (n)
		return n;
	n = cqe->res;
	io_uring_cqe_seen(&own->ring, cqe);
	own->moving = false;
	return n;
}

/* spin: submitted by one call or by the kernel's thread, then looked for in memory. */
static inline ssize_t attempt(struct ipc_end *end, enum ipc_dir dir, void *buf, size_t len)
{
	struct uring_side *own = end->own;
	int n = start(end, dir, buf, len) ? io_uring_submit(&own->ring) : 0;

	return n < 0 ? n : finish(own);
}

static inline ssize_t uring_send(struct ipc_end *end, const void *buf, size_t len)
{
	return attempt(end, IPC_OUT, (void *)(uintptr_t)buf, len);
}

static inline ssize_t uring_recv(struct ipc_end *end, void *buf, size_t len)
{
	return attempt(end, IPC_IN, buf, len);
}

/*
 * block: one call submits and waits. A signal ends the wait, not the move: it is waited for again.
 */
static inline ssize_t uring_move(struct ipc_end *end, enum ipc_dir dir, void *buf, size_t len)
{
	struct uring_side *own = end->own;
	int n;

	start(end, dir, buf, len);
	n = io_uring_submit_and_wait(&own->ring, 1);
	return n < 0 ? n : finish(own);
}

static const struct ipc_ops uring_ops = {
	.one_sender = true, .send = uring_send, .recv = uring_recv};
static const struct ipc_wait uring_block = {.name = "block", .move = uring_move, .calls = 2};
IPC_SPIN(uring_spin, 0, spin_blind, .calls = 2);
IPC_SPIN(sqpoll_spin, 0, spin_blind, .calls = 0);

IPC_LOOPS(uring_ops, uring_block);
IPC_SPIN_LOOPS(uring_ops, uring_spin);
IPC_SPIN_LOOPS(uring_ops, sqpoll_spin);

static const struct ipc_mode uring_modes[] = {
	IPC_MODE(uring_ops, uring_block),
	IPC_SPIN_MODE(uring_ops, uring_spin),
};
static const struct ipc_mode sqpoll_modes[] = {
	IPC_MODE(uring_ops, uring_block),
	IPC_SPIN_MODE(uring_ops, sqpoll_spin),
};

/* Here and not before the fork: the kernel's thread belongs to the process that makes the ring. */
static int uring_attach(struct ipc_link *link, struct ipc_end *end)
{
	struct io_uring_params params = {
		.flags = (unsigned)link->variant->arg,
		.sq_thread_idle = IDLE_MS,
	};
	int helper = link->helper[end->side];
	struct uring_side *own = calloc(1, sizeof(*own));
	int err;

	if (helper >= 0) {
		params.flags |= IORING_SETUP_SQ_AFF;
		params.sq_thread_cpu = (unsigned)helper;
	}
	err = own ? io_uring_queue_init_params(ENTRIES, &own->ring, &params) : -ENOMEM;
	if (err == -EPERM || err == -ENOSYS)
		snprintf(link->why, sizeof(link->why),
			 "no io_uring here: sysctl kernel.io_uring_disabled, or seccomp");
	if (err == -EINVAL && params.flags & IORING_SETUP_DEFER_TASKRUN)
		snprintf(link->why, sizeof(link->why),
			 "this kernel has no IORING_SETUP_DEFER_TASKRUN: Linux 6.1 has");
	if (err) {
		free(own);
		return err == -EINVAL ? -EOPNOTSUPP : err;
	}
	end->own = own;
	return fd_attach(link, end);
}

static void uring_detach(struct ipc_end *end)
{
	struct uring_side *own = end->own;

	io_uring_queue_exit(&own->ring);
	free(own);
	end->own = NULL;
}

#define SQPOLL IORING_SETUP_SQPOLL
#define DEFER (IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN)
#define FAMILY(m)                                                                                \
	{                                                                                        \
		.attach = uring_attach, .detach = uring_detach, .close = fd_close, .modes = (m), \
		.n_modes = sizeof(m) / sizeof((m)[0]),                                           \
	}
static const struct ipc_family uring_family = FAMILY(uring_modes);
static const struct ipc_family sqpoll_family = FAMILY(sqpoll_modes);
#else
static const struct ipc_wait uring_missing = {
	.name = "block",
	.missing = "built without liburing: make deps",
};
static const struct ipc_mode uring_modes[] = {{.wait = &uring_missing}};
static const struct ipc_family uring_family = {.modes = uring_modes, .n_modes = 1};
#define sqpoll_family uring_family
#define SQPOLL 0
#define DEFER 0
#endif

static int uring_open(struct ipc_link *link)
{
	return socket_pair(link, SOCK_STREAM);
}

static const struct ipc_variant io_uring_variants[] = {
	{.name = "socketpair",
	 .summary = "send and receive by rings",
	 .options = socket_options,
	 .open = uring_open},
	{.name = "socketpair-sqpoll",
	 .summary = "the same; kernel threads submit, each on a CPU of its own",
	 .family = &sqpoll_family,
	 .flags = IPC_HELPERS,
	 .arg = SQPOLL,
	 .options = socket_options,
	 .open = uring_open},
	/* completions are made when they are waited for: a look alone would never see one */
	{.name = "socketpair-defer",
	 .summary = "send and receive by rings that work only where their owner waits",
	 .arg = DEFER,
	 .waits = "block",
	 .options = socket_options,
	 .open = uring_open},
};
IPC_MECHANISM(io_uring, &uring_family);
