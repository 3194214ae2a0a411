/* SPDX-License-Identifier: MIT */
/* Options that only microbenchmarks of IPC have. */
#ifndef BENCH_PROGRAM_IPC_OPTIONS_H
#define BENCH_PROGRAM_IPC_OPTIONS_H

#include "bench/measure/ipc_session.h"
#include "bench/program/options.h"

struct ipc_options {
	enum ipc_pattern pattern;
	const char *wait; /* NULL = the variant's default */
	size_t msg_size;  /* bytes */
	uint64_t gap_ns;
	uint64_t every_ns;
	uint64_t window;
	uint64_t pairs, producers; /* 0 = not given */
	enum touch touch;
	struct given_options given;
	unsigned initiator; /* 0 = by placement, 1 = spin, 2 = sleep */
};

/* What holds where nothing is said. */
void ipc_options_init(struct ipc_options *io);

/* Reads all options, also those of every microbenchmark; as options_read(). */
int ipc_options_read(struct options *o, struct ipc_options *io, int argc, char **argv);

/*
 * Whether what was asked for goes together, and `m` has the variant, wait mode and options; 0, or
 * EX_USAGE after a line.
 */
int ipc_options_check(const struct options *o, const struct ipc_options *io,
		      const struct ipc_mechanism *m);

/*
 * The mode called `name`, NULL when the cell's variant has none; without a name the first that can
 * run: spinning needs a second PU.
 */
const struct ipc_mode *ipc_options_mode(const struct ipc_cell *cell, const char *name);

#endif
