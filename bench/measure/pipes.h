/* SPDX-License-Identifier: MIT */
/* What mechanisms made of pipes share: the pair, and how much a pipe or FIFO holds. */
#ifndef BENCH_MEASURE_PIPES_H
#define BENCH_MEASURE_PIPES_H

#include "bench/ipc.h"

/* --opt size=N, the first option of its variants. */
extern const struct bench_option pipe_options[];

/* Gives the pipe `fd` the size asked for and notes the one that the first has; 0 or -errno. */
int pipe_size(struct ipc_link *link, int fd);

/* An open that makes two anonymous pipes of that size; 0 or -errno. */
int pipe_pair(struct ipc_link *link);

#endif
