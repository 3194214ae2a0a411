/* SPDX-License-Identifier: MIT */
/*
 * The interleaved measurement: in each block every arm is visited once, in random order, and every
 * cell measured in it once. What drifts from block to block is the same for all arms of a block.
 */
#ifndef BENCH_COMMAND_BLOCKS_H
#define BENCH_COMMAND_BLOCKS_H

#include "bench/analyse/compare.h"
#include "bench/command/arms.h"
#include "bench/command/invoke.h"
#include "bench/plan/plan.h"

#define BLOCKS_PILOT 5 /* blocks of which the spread is learnt; they do not count */

/* An arm that this machine cannot have. */
struct skipped {
	char name[ARM_NAME];
	char why[KNOBS_ERROR];
};

struct blocks {
	struct children *children;
	struct invoker invoker;
	struct rundir dir;
	struct rundir_csv samples;
	struct restore restore;
	bool with_tuned;    /* an arm is tuned's: all arms have its daemon */
	struct tuned tuned; /* the daemon of the present visit */
	struct plan plan;   /* its cells that run, the first n_cells of them */
	size_t *cells;	    /* indices into plan.cells */
	size_t n_cells;
	struct arm arms[ARMS_MAX]; /* arms[0] is the base */
	size_t n_arms;
	struct skipped skipped[ARMS_MAX];
	size_t n_skipped;
	enum load_kind load; /* beside all cells */
	const char *named;   /* a glob of whole names; NULL = all */
	bool floors_last;    /* of few cells they are the last, not the first */
	uint64_t seed;
	uint64_t settle_ns;	 /* after each switch, before anything is measured */
	struct row *rows;	 /* [n_arms][n_cells] of the present block */
	struct times *times;	 /* likewise, what percentiles come from; NULL = not kept */
	bool counts;		 /* the block being measured; a pilot's does not */
	unsigned noisy;		 /* invocations that were repeated */
	char error[KNOBS_ERROR]; /* why a switch failed */
	/* Called after every switch and settling; may be NULL. */
	void (*entered)(void *arg, size_t arm);
	/* Called at the end of a visit: whether settings changed since entered(); may be NULL. */
	bool (*leaving)(void *arg, size_t arm, unsigned block);
	void *arg;
};

/*
 * Plans: the `most` cells that matter most of those that `only` picks, each `duration_ns` long. 0;
 * -ENOENT when nothing matches; -EUCLEAN when the topology is not this machine's; -errno.
 */
int blocks_plan(struct blocks *b, const char *only, size_t most, uint64_t duration_ns);

/*
 * Measures block number `block`. A cell that was noisy in any arm is measured again in all arms,
 * once. With `counts` false its rows are a pilot's: used=no. Rows go to samples.csv when the block
 * is whole, and to `comparison` where it is not NULL. 0, -EINTR, or -errno (see `error`).
 */
int blocks_run(struct blocks *b, unsigned block, bool counts, struct comparison *comparison);

/*
 * Whatever happened: the machine back to what it was. How many settings are not as they were. Who
 * wants to know whether all rows are on the disk closes `samples` before.
 */
int blocks_end(struct blocks *b);

/* A row for each cell in each arm that was skipped, with the reason. 0 or -errno. */
int blocks_write_skipped(struct blocks *b);

/*
 * From now on histograms/ gets the times of the rows that count, of each cell and arm. 0 or
 * -ENOMEM.
 */
int blocks_keep_times(struct blocks *b);

/* Time of one invocation, ns, measured on the cells of the plan. */
uint64_t blocks_cost_ns(struct blocks *b);

#endif
