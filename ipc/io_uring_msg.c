/* SPDX-License-Identifier: MIT */
/* needs: liburing */
/*
 * A ring posts a completion into the other's ring (IORING_OP_MSG_RING, io_uring_enter(2)): a
 * notification. Both rings are made before the fork, because each side needs the other's.
 */
#include "bench/ipc.h"

#if __has_include(<liburing.h>)
#include <liburing.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/measure/fd_wait.h"
#include "bench/measure/ipc_loops.h"

#define ENTRIES 4 /* one message to a side is under way at a time */

enum { OWN, MESSAGE }; /* user_data of a completion */

static inline struct io_uring *ring_of(struct ipc_end *end, unsigned side)
{
	return (struct io_uring *)end->link->state + side;
}

static inline ssize_t msg_notify(struct ipc_end *end, const void *buf, size_t len)
{
	struct io_uring *ring = ring_of(end, end->side);
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
	int n;

	io_uring_prep_msg_ring(sqe, ring_of(end, !end->side)->ring_fd, 0, MESSAGE, 0);
	io_uring_sqe_set_data64(sqe, OWN);
	sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
	n = io_uring_submit(ring);
	return n < 0 ? n : (ssize_t)len;
}

/* What could not go out is seen here too: only a failure leaves a completion of our own. */
static inline ssize_t msg_look(struct ipc_end *end, void *buf, size_t len)
{
	struct io_uring *ring = ring_of(end, end->side);
	struct io_uring_cqe *cqe;
	ssize_t n = io_uring_peek_cqe(ring, &cqe);

	if (n)
		return n;
	n = cqe->user_data == MESSAGE ? (ssize_t)len : cqe->res;
	io_uring_cqe_seen(ring, cqe);
	return n;
}

/* block: a completion that is there already is taken without a call. */
static inline ssize_t msg_move(struct ipc_end *end, enum ipc_dir dir, void *buf, size_t len)
{
	struct io_uring_cqe *cqe;
	int n;

	if (dir == IPC_OUT)
		return msg_notify(end, buf, len);
	n = io_uring_wait_cqe(ring_of(end, end->side), &cqe);
	return n < 0 ? n : msg_look(end, buf, len);
}

static const struct ipc_ops msg_ops = {.trips_only = true, .send = msg_notify, .recv = msg_look};
static const struct ipc_wait msg_block = {.name = "block", .move = msg_move};
IPC_SPIN(msg_spin, 0, spin_blind, .calls = 1);

IPC_LOOPS(msg_ops, msg_block);
IPC_SPIN_LOOPS(msg_ops, msg_spin);

static const struct ipc_mode msg_modes[] = {
	IPC_MODE(msg_ops, msg_block),
	IPC_SPIN_MODE(msg_ops, msg_spin),
};

/* 0; or -errno where the kernel has no rings, or none that can send to another (Linux 5.18). */
static int try_rings(struct ipc_link *link)
{
	struct io_uring *ring = link->state;
	struct io_uring_probe *probe;
	int err = -EOPNOTSUPP;

	for (int side = 0; side < 2; side++) {
		int made = io_uring_queue_init(ENTRIES, &ring[side], 0);

		if (made)
			return made;
	}
	probe = io_uring_get_probe_ring(&ring[0]);
	if (probe && io_uring_opcode_supported(probe, IORING_OP_MSG_RING))
		err = 0;
	io_uring_free_probe(probe);
	return err;
}

static int msg_open(struct ipc_link *link)
{
	struct io_uring *ring = calloc(2, sizeof(*ring));
	int err;

	if (!ring)
		return -ENOMEM;
	ring[0].ring_fd = ring[1].ring_fd = -1;
	link->state = ring;
	err = try_rings(link);
	if (err == -EPERM || err == -ENOSYS || err == -EOPNOTSUPP)
		snprintf(link->why, sizeof(link->why),
			 "no io_uring with MSG_RING here: needs Linux 5.18, "
			 "kernel.io_uring_disabled=0");
	return err;
}

/* Of the opener; the sides' own end with them. */
static void msg_close(struct ipc_link *link)
{
	struct io_uring *ring = link->state;

	if (!ring)
		return;
	for (int side = 0; side < 2; side++)
		if (ring[side].ring_fd >= 0)
			io_uring_queue_exit(&ring[side]);
	free(ring);
	link->state = NULL;
}

static const struct ipc_family msg_family = {
	.open = msg_open,
	.close = msg_close,
	.modes = msg_modes,
	.n_modes = sizeof(msg_modes) / sizeof(msg_modes[0]),
};
#else
static const struct ipc_wait msg_missing = {
	.name = "block",
	.missing = "built without liburing: make deps",
};
static const struct ipc_mode msg_modes[] = {{.wait = &msg_missing}};
static const struct ipc_family msg_family = {.modes = msg_modes, .n_modes = 1};
#endif

static const struct ipc_variant io_uring_msg_variants[] = {
	{.name = "msg-ring", .summary = "one ring posts into the other", .flags = IPC_NOTIFY},
};
IPC_MECHANISM(io_uring_msg, &msg_family);
