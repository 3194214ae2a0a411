/* SPDX-License-Identifier: MIT */
/* needs: liburing */
/*
 * The fd family: pipes, FIFOs, sockets. A message is moved by read(2) and write(2) alone, so the
 * mechanisms differ by nothing but the kernel object behind the descriptor.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#if __has_include(<liburing.h>)
#include <liburing.h>
#define HAVE_LIBURING 1
#endif

#include "bench/measure/fd_wait.h"
#include "bench/measure/ipc_loops.h"

static inline ssize_t fd_send(struct ipc_end *end, const void *buf, size_t len)
{
	ssize_t n = write(end->fd[IPC_OUT], buf, len);

	return n < 0 ? -errno : n;
}

static inline ssize_t fd_recv(struct ipc_end *end, void *buf, size_t len)
{
	ssize_t n = read(end->fd[IPC_IN], buf, len);

	return n < 0 ? -errno : n;
}

static const struct ipc_ops fd_ops = {.send = fd_send, .recv = fd_recv};
static const struct ipc_ops fd_whole = {.send = fd_send, .recv = fd_recv, .whole = true};
static const struct ipc_ops fd_lossy = {
	.send = fd_send, .recv = fd_recv, .whole = true, .lossy = true, .one_sender = true};

#ifdef HAVE_LIBURING
#define RING_ENTRIES 2 /* one operation is in flight at a time */

static int fd_uring_setup(struct ipc_end *end)
{
	struct io_uring *ring = calloc(1, sizeof(*ring));
	int err;

	if (!ring)
		return -ENOMEM;
	err = io_uring_queue_init(RING_ENTRIES, ring, 0);
	if (err) {
		free(ring);
		if (err == -EPERM || err == -ENOSYS)
			snprintf(end->link->why, sizeof(end->link->why),
				 "no io_uring here: sysctl kernel.io_uring_disabled, or seccomp");
		return err;
	}
	end->waiting = ring;
	return 0;
}

static void fd_uring_teardown(struct ipc_end *end)
{
	if (!end->waiting)
		return;
	io_uring_queue_exit(end->waiting);
	free(end->waiting);
	end->waiting = NULL;
}

/*
 * One io_uring_enter(2) submits and waits. When a signal interrupts the wait, the operation stays
 * in flight: it is waited for again, never submitted twice.
 */
static inline ssize_t fd_uring_move(struct ipc_end *end, enum ipc_dir dir, void *buf, size_t len)
{
	struct io_uring *ring = end->waiting;
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
	struct io_uring_cqe *cqe;
	ssize_t n;

	if (dir == IPC_IN)
		io_uring_prep_read(sqe, end->fd[dir], buf, (unsigned)len, 0);
	else
		io_uring_prep_write(sqe, end->fd[dir], buf, (unsigned)len, 0);
	do
		n = io_uring_submit_and_wait(ring, 1);
	while (n == -EINTR);
	if (n < 0)
		return n;
	while (io_uring_peek_cqe(ring, &cqe))
		if ((n = io_uring_wait_cqe(ring, &cqe)) && n != -EINTR)
			return n;
	n = cqe->res;
	io_uring_cqe_seen(ring, cqe);
	return n;
}

static const struct ipc_wait fd_uring = {
	.name = "io_uring",
	.setup = fd_uring_setup,
	.teardown = fd_uring_teardown,
	.move = fd_uring_move,
	.calls = 2,
};
#else
static const struct ipc_wait fd_uring = {
	.name = "io_uring",
	.missing = "built without liburing: make deps",
};
#endif

IPC_LOOPS(fd_ops, fd_block);
IPC_SPIN_LOOPS(fd_ops, fd_spin);
IPC_LOOPS(fd_ops, fd_poll);
IPC_LOOPS(fd_ops, fd_epoll);
IPC_LOOPS(fd_ops, fd_uring);
IPC_LOOPS(fd_whole, fd_block);
IPC_SPIN_LOOPS(fd_whole, fd_spin);
IPC_LOOPS(fd_whole, fd_poll);
IPC_LOOPS(fd_whole, fd_epoll);
IPC_LOOPS(fd_whole, fd_uring);
IPC_LOOPS(fd_lossy, fd_block);
IPC_SPIN_LOOPS(fd_lossy, fd_spin);
IPC_LOOPS(fd_lossy, fd_poll);
IPC_LOOPS(fd_lossy, fd_epoll);
IPC_LOOPS(fd_lossy, fd_uring);

static const struct ipc_mode fd_modes[] = {
	IPC_MODE(fd_ops, fd_block), IPC_SPIN_MODE(fd_ops, fd_spin), IPC_MODE(fd_ops, fd_poll),
	IPC_MODE(fd_ops, fd_epoll), IPC_MODE(fd_ops, fd_uring),
};
static const struct ipc_mode fd_whole_modes[] = {
	IPC_MODE(fd_whole, fd_block), IPC_SPIN_MODE(fd_whole, fd_spin), IPC_MODE(fd_whole, fd_poll),
	IPC_MODE(fd_whole, fd_epoll), IPC_MODE(fd_whole, fd_uring),
};
static const struct ipc_mode fd_lossy_modes[] = {
	IPC_MODE(fd_lossy, fd_block), IPC_SPIN_MODE(fd_lossy, fd_spin), IPC_MODE(fd_lossy, fd_poll),
	IPC_MODE(fd_lossy, fd_epoll), IPC_MODE(fd_lossy, fd_uring),
};

/* A side keeps its own descriptors only: so that it sees end of file when its peer dies. */
int fd_attach(struct ipc_link *link, struct ipc_end *end)
{
	int *peer = link->fd[!end->side];
	int *own = link->fd[end->side];

	for (enum ipc_dir dir = IPC_IN; dir <= IPC_OUT; dir++) {
		if (own[dir] >= 0)
			end->fd[dir] = own[dir];
		if (!link->threads && peer[dir] >= 0 &&
		    (dir == IPC_IN || peer[IPC_IN] != peer[dir]))
			close(peer[dir]);
	}
	return 0;
}

/* The opener's own descriptors; may be called twice. */
void fd_close(struct ipc_link *link)
{
	for (int side = 0; side < 2; side++) {
		int *fd = link->fd[side];

		if (fd[IPC_OUT] >= 0 && fd[IPC_OUT] != fd[IPC_IN])
			close(fd[IPC_OUT]);
		if (fd[IPC_IN] >= 0)
			close(fd[IPC_IN]);
		fd[IPC_IN] = fd[IPC_OUT] = -1;
	}
}

/*
 * An empty datagram, as from side 1, unless one is under way: then its receiver only did not run.
 */
static void fd_nudge(struct ipc_link *link)
{
	int waiting[2] = {0, 0};

	for (int side = 0; side < 2; side++)
		if (ioctl(link->fd[side][IPC_IN], FIONREAD, &waiting[side]) || waiting[side])
			return;
	send(link->fd[1][IPC_OUT], "", 0, MSG_DONTWAIT | MSG_NOSIGNAL);
}

const struct ipc_family fd_family = {
	.attach = fd_attach,
	.close = fd_close,
	.modes = fd_modes,
	.n_modes = sizeof(fd_modes) / sizeof(fd_modes[0]),
};

const struct ipc_family fd_message_family = {
	.attach = fd_attach,
	.close = fd_close,
	.modes = fd_whole_modes,
	.n_modes = sizeof(fd_whole_modes) / sizeof(fd_whole_modes[0]),
};

const struct ipc_family fd_lossy_family = {
	.attach = fd_attach,
	.close = fd_close,
	.nudge = fd_nudge,
	.modes = fd_lossy_modes,
	.n_modes = sizeof(fd_lossy_modes) / sizeof(fd_lossy_modes[0]),
};
