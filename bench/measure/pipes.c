/* SPDX-License-Identifier: MIT */
/* The size of pipes and FIFOs; F_SETPIPE_SZ in fcntl(2), limits in pipe(7). */
#include "bench/measure/pipes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

const struct bench_option pipe_options[] = {
	{"size", "bytes that a pipe holds; the kernel rounds up to pages; 64K", 1u << 30},
	{.name = NULL},
};

int pipe_size(struct ipc_link *link, int fd)
{
	int size, err;

	if (link->opt[0] && fcntl(fd, F_SETPIPE_SZ, (int)link->opt[0]) < 0) {
		err = -errno;
		if (err == -EPERM)
			snprintf(link->why, sizeof(link->why),
				 "size is over this user's limit: sysctl fs.pipe-max-size");
		return err;
	}
	size = fcntl(fd, F_GETPIPE_SZ);
	if (size < 0)
		return -errno;
	if (!*link->notes)
		ipc_note(link, "size", (uint64_t)size);
	return 0;
}

int pipe_pair(struct ipc_link *link)
{
	for (int from = 0; from < 2; from++) {
		int fd[2], err;

		if (pipe2(fd, O_CLOEXEC))
			return -errno;
		link->fd[!from][IPC_IN] = fd[0];
		link->fd[from][IPC_OUT] = fd[1];
		err = pipe_size(link, fd[1]);
		if (err)
			return err;
	}
	return 0;
}
