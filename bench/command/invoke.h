/* SPDX-License-Identifier: MIT */
/* One invocation of a microbenchmark for a cell of a plan: a fresh process, its row, its times. */
#ifndef BENCH_COMMAND_INVOKE_H
#define BENCH_COMMAND_INVOKE_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/command/child.h"
#include "bench/record/cell.h"
#include "bench/record/row.h"
#include "bench/record/rundir.h"

#define INVOKE_OPTIONS 8

struct invoker {
	struct children *children;
	int histogram_fd; /* a child's times, until it is known whether they count; -1 = none */
	/*
	 * What an arm adds to every command. What a row says of these parameters is what its plan
	 * has: arms differ by them, the configuration does not.
	 */
	const char *options[INVOKE_OPTIONS];
	unsigned n_options;
	uint64_t parameters; /* bit 1 << enum parameter */
};

/* Adds an option, which says parameter `p` of the row; PARAMETERS = none. 0 or -E2BIG. */
int invoke_add_option(struct invoker *in, const char *option, enum parameter p);
void invoke_drop_options(struct invoker *in);

/* Makes `in` ready to start microbenchmarks. */
void invoker_begin(struct invoker *in, struct children *children);

/* Measures `cell` once. 0 with its row, whatever its status; -EINTR; -errno of the system. */
int invoke(struct invoker *in, const struct row *cell, struct row *row);

/* Times of an invocation, as it wrote them. */
struct times {
	char *text; /* NULL = none */
	size_t size_b;
};

/* Takes the times of the last invocation out of `in`, which was of `cell`. 0 or -errno. */
int invoke_take_times(struct invoker *in, const struct row *cell, struct times *ret);

/* Puts them back, as of the last invocation, and frees them. 0 or -errno. */
int invoke_put_times(struct invoker *in, struct times *times);

/*
 * Keeps the times of the last invocation in `dir`, apart where `row` was discarded, and says so in
 * `row`. 0 or -errno.
 */
int invoke_keep_times(struct invoker *in, const struct rundir *dir, const struct row *cell,
		      unsigned block, struct row *row);

/*
 * Where the class or nice value that this process was started with cannot be taken back: an exit
 * code after a line that begins with `program`; else 0.
 */
int invoke_refuse_class(const char *program);

/* A line on stderr where another command of ours measures on this machine. */
void invoke_warn_others(const char *program);

/*
 * Flags the row as noisy and says why, and who of us was at work as well; `then`: what comes of it.
 */
void invoke_flag_noisy(struct row *row, const char *why, const char *then);

#endif
