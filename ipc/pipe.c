/* SPDX-License-Identifier: MIT */
/* A pair of anonymous pipes, one per direction; each holds 64 KiB by default (pipe(7)). */
#include <errno.h>
#include <unistd.h>

#include "bench/ipc.h"
#include "bench/measure/pipe_size.h"

static int pipe_open(struct ipc_link *link)
{
	for (int from = 0; from < 2; from++) {
		int fd[2], err;

		if (pipe(fd))
			return -errno;
		link->fd[!from][IPC_IN] = fd[0];
		link->fd[from][IPC_OUT] = fd[1];
		err = pipe_size(link, fd[1]);
		if (err)
			return err;
	}
	return 0;
}

static const struct ipc_variant pipe_variants[] = {
	{.name = "pair",
	 .summary = "two anonymous pipes",
	 .flags = IPC_FAN_IN,
	 .options = pipe_options,
	 .open = pipe_open},
};
IPC_MECHANISM(pipe, &fd_family);
