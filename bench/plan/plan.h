/* SPDX-License-Identifier: MIT */
/*
 * What a sweep runs: cells by priority, cut to the budget, and their order in each block. A pure
 * function of the machine's topology, the registered mechanisms and the request.
 */
#ifndef BENCH_PLAN_PLAN_H
#define BENCH_PLAN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/machine/topology.h"
#include "bench/measure/load.h"
#include "bench/record/cell.h"

#define PLAN_INVOCATIONS 6	/* fewer give no 95 % interval of the median */
#define PLAN_INVOCATIONS_MAX 30 /* more would narrow an interval that is narrow */
#define PLAN_SIZES 16
#define PLAN_TAIL_OPS 1000   /* operations that give a 99th percentile */
#define PLAN_TAIL_SENDS 1100 /* of a schedule, some to spare: its time is planned */
#define PLAN_TAIL_EVERY_NS 1000000u
#define PLAN_OWN_TAIL_EVERY_NS 100000u /* up to this each invocation has a tail of its own */
/*
 * Arguments of a microbenchmark: its name, variant, parameters, own options, how it is timed, the
 * NULL.
 */
#define PLAN_ARGUMENTS (PARAMETERS + BENCH_OPTIONS_MAX + 7)
#define PLAN_ARGUMENT_B CELL_OPTION_B

struct plan_request {
	const char *only;  /* as select_matches() has it; NULL = all */
	const char *named; /* a glob of whole names of cells, without what is usual; NULL = all */
	uint64_t sizes[PLAN_SIZES]; /* of messages, the first wherever there is but one */
	unsigned n_sizes;	    /* 0 = the usual ones */
	uint64_t budget_ns;	    /* for the whole sweep; 0 = no limit */
	uint64_t overhead_ns;	    /* of one invocation, beside measuring */
	uint64_t seed;		    /* of the order in the blocks */
	enum load_kind load;	    /* beside all cells */
};

struct plan {
	/*
	 * The cells, those that matter most first. Column `status` is empty for those that run,
	 * else not_planned or skipped, with a reason.
	 */
	struct row *cells;
	size_t n_cells;
	size_t n_floors;      /* of them, at the beginning: what the others are compared with */
	size_t n_run;	      /* cells that run, in each block once */
	unsigned blocks;      /* of the pilot: invocations of each of them */
	size_t extra;	      /* further invocations expected, for the cells that need them */
	uint64_t duration_ns; /* of a counted window; each cell has its own in COL_duration_ns */
	uint64_t cost_ns;     /* expected, per invocation, mean over the cells that run */
	uint64_t seed;
};

/*
 * Plans a sweep of `t` into *ret. A fifth of the budget is left for repeats; the cells of lowest
 * priority are cut until PLAN_INVOCATIONS of each fit into four fifths of the rest; those are the
 * pilot. What is left of the time is for `extra` invocations, to be shared out when the pilot has
 * shown which cells need them. 0; -ENOENT when `only` matches nothing; -ENOMEM.
 */
int plan_make(const struct plan_request *request, const struct topology *t, struct plan *ret);

/*
 * How long to measure `cell` (ns): `least_ns`. On a schedule so long that `runs` invocations
 * together have PLAN_TAIL_SENDS operations, on a fast one each of them. Slower schedules than
 * PLAN_TAIL_EVERY_NS have no 99th percentile: it would take 10 s a cell.
 */
uint64_t plan_duration_ns(const struct row *cell, uint64_t least_ns, unsigned runs);

/* Frees what plan_make() made. */
void plan_free(struct plan *plan);

/* The cells of `block` (from 1) in their order into order[0..n_run-1]: indices of plan->cells. */
void plan_order(const struct plan *plan, unsigned block, size_t *order);

/* The command line of a microbenchmark for one cell. */
struct plan_command {
	char text[PLAN_ARGUMENTS][PLAN_ARGUMENT_B]; /* text[0]: its file, "ipc_pipe" */
	char *argv[PLAN_ARGUMENTS];		    /* into `text`; NULL after the last */
};

/*
 * How `row`, the first invocation of `cell` that counts, was timed: alone or in batches, after how
 * long a warm-up. It is part of the plan from then on, so that all invocations, in all arms, are
 * timed alike. One that was disturbed and is measured again (used = no) decides nothing.
 */
void plan_keep_timing(struct row *cell, const struct row *row);

/* Puts into `command` what measures `cell`. */
void plan_command(const struct row *cell, struct plan_command *command);

/*
 * Whether `cell` is of what most people ask for: it comes first, and gets more of the further
 * invocations.
 */
bool plan_is_asked(const struct row *cell);

#endif
