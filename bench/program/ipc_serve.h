/* SPDX-License-Identifier: MIT */
/* One measurement as the side that another program asks for: see bench/measure/peer.h. */
#ifndef BENCH_PROGRAM_IPC_SERVE_H
#define BENCH_PROGRAM_IPC_SERVE_H

#include "bench/program/options.h"

/*
 * Serves the client connected to o->serve_fd, from the second of two `seats`, unless `lack` says
 * that there are none. One line on stderr says what came of it. 0 or an exit code.
 */
int ipc_serve(const struct options *o, const struct topology *t, const struct seats *seats,
	      const char *lack);

#endif
