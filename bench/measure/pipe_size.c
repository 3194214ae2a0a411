/* SPDX-License-Identifier: MIT */
/* The size of pipes and FIFOs; F_SETPIPE_SZ in fcntl(2), limits in pipe(7). */
#include "bench/measure/pipe_size.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

const struct ipc_option pipe_options[] = {
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
