/* SPDX-License-Identifier: MIT */
#include "bench/base/descriptors.h"

#include <fcntl.h>
#include <unistd.h>

void descriptors_fill(void)
{
	int fd;

	do /* open(2) gives the lowest that is free */
		fd = open("/dev/null", fcntl(STDIN_FILENO, F_GETFD) < 0 ? O_WRONLY : O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}
