/* SPDX-License-Identifier: MIT */
/* A pair of anonymous pipes, one per direction; each holds 64 KiB by default (pipe(7)). */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "bench/ipc.h"

static const struct ipc_option pipe_options[] = {
	{"size", "bytes that a pipe holds; the kernel rounds up to pages", 1u << 30},
	{.name = NULL},
};

static int pipe_open(struct ipc_link *link)
{
	for (int from = 0; from < 2; from++) {
		int fd[2];

		if (pipe(fd))
			return -errno;
		link->fd[!from][IPC_IN] = fd[0];
		link->fd[from][IPC_OUT] = fd[1];
		if (link->opt[0] && fcntl(fd[1], F_SETPIPE_SZ, (int)link->opt[0]) < 0)
			return -errno;
	}
	ipc_note(link, "size", (uint64_t)fcntl(link->fd[0][IPC_OUT], F_GETPIPE_SZ));
	return 0;
}

static const struct ipc_variant pipe_variants[] = {
	{.name = "pair",
	 .summary = "two anonymous pipes",
	 .options = pipe_options,
	 .open = pipe_open},
};
IPC_MECHANISM(pipe, &fd_family);
