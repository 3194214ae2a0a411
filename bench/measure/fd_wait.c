/* SPDX-License-Identifier: MIT */
/* Cold half of the descriptor wait modes. */
#include "bench/measure/fd_wait.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static int nonblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK))
		return -errno;
	return 0;
}

int fd_nonblock_setup(struct ipc_end *end)
{
	int err = nonblock(end->fd[IPC_IN]);

	return err ? err : nonblock(end->fd[IPC_OUT]);
}

/*
 * One instance per direction: a socket is both, and asked for both it would always be ready to
 * write.
 */
int fd_epoll_setup(struct ipc_end *end)
{
	int err = fd_nonblock_setup(end);
	int *epoll;

	if (err)
		return err;
	epoll = malloc(2 * sizeof(*epoll));
	if (!epoll)
		return -ENOMEM;
	epoll[IPC_IN] = epoll[IPC_OUT] = -1;
	end->waiting = epoll;
	for (enum ipc_dir dir = IPC_IN; dir <= IPC_OUT; dir++) {
		struct epoll_event event = {.events = dir == IPC_IN ? EPOLLIN : EPOLLOUT};

		epoll[dir] = epoll_create1(EPOLL_CLOEXEC);
		if (epoll[dir] < 0)
			return -errno;
		if (epoll_ctl(epoll[dir], EPOLL_CTL_ADD, end->fd[dir], &event))
			return -errno;
	}
	return 0;
}

void fd_epoll_teardown(struct ipc_end *end)
{
	int *epoll = end->waiting;

	if (!epoll)
		return;
	for (enum ipc_dir dir = IPC_IN; dir <= IPC_OUT; dir++)
		if (epoll[dir] >= 0)
			close(epoll[dir]);
	free(epoll);
	end->waiting = NULL;
}
