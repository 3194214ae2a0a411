/* SPDX-License-Identifier: MIT */
/*
 * Wait modes of everything that is a descriptor: block, spin, poll, epoll. System calls per message
 * are known by construction: one to move; poll and epoll ask first, level-triggered, so one more.
 * `spin` retries a non-blocking call.
 */
#ifndef BENCH_MEASURE_FD_WAIT_H
#define BENCH_MEASURE_FD_WAIT_H

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>

#include "bench/ipc.h"
#include "bench/measure/ipc_spin.h"

/* Attach and close of the fd family, for families that move the bytes in another way. */
int fd_attach(struct ipc_link *link, struct ipc_end *end);
void fd_close(struct ipc_link *link);

/* Makes both descriptors of a side non-blocking; 0 or -errno. */
int fd_nonblock_setup(struct ipc_end *end);

/* As above, and one epoll instance per direction in end->waiting; 0 or -errno. */
int fd_epoll_setup(struct ipc_end *end);
void fd_epoll_teardown(struct ipc_end *end);

static inline int fd_poll_before(struct ipc_end *end, enum ipc_dir dir)
{
	struct pollfd p = {.fd = end->fd[dir], .events = dir == IPC_IN ? POLLIN : POLLOUT};

	return poll(&p, 1, -1) < 0 ? -errno : 0;
}

static inline int fd_epoll_before(struct ipc_end *end, enum ipc_dir dir)
{
	struct epoll_event event;

	return epoll_wait(((const int *)end->waiting)[dir], &event, 1, -1) < 0 ? -errno : 0;
}

static const struct ipc_wait fd_block = {.name = "block", .calls = 2};

IPC_SPIN(fd_spin, 0, spin_blind, .setup = fd_nonblock_setup);

static const struct ipc_wait fd_poll = {
	.name = "poll",
	.setup = fd_nonblock_setup,
	.before = fd_poll_before,
	.calls = 4,
};

static const struct ipc_wait fd_epoll = {
	.name = "epoll",
	.setup = fd_epoll_setup,
	.teardown = fd_epoll_teardown,
	.before = fd_epoll_before,
	.calls = 4,
};

#endif
