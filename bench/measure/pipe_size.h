/* SPDX-License-Identifier: MIT */
/* How much a pipe or FIFO holds: an option of all mechanisms that are made of them. */
#ifndef BENCH_MEASURE_PIPE_SIZE_H
#define BENCH_MEASURE_PIPE_SIZE_H

#include "bench/ipc.h"

/* --opt size=N, the first option of its variants. */
extern const struct ipc_option pipe_options[];

/* Gives the pipe `fd` the size asked for and notes the one that the first has; 0 or -errno. */
int pipe_size(struct ipc_link *link, int fd);

#endif
