/* SPDX-License-Identifier: MIT */
/*
 * The invocations of a sweep in their order, and plan.csv, which holds them: it is written before
 * the first of them runs, and a sweep that was interrupted goes on from it.
 */
#ifndef BENCH_PLAN_SCHEDULE_H
#define BENCH_PLAN_SCHEDULE_H

#include "bench/plan/plan.h"
#include "bench/record/rundir.h"

/* One invocation of one cell. */
struct step {
	size_t cell;	/* index of plan->cells */
	unsigned block; /* from 1 */
	unsigned nth;	/* place in the block, from 1 */
};

struct schedule {
	struct step *steps; /* by block and place */
	size_t n;	    /* steps */
	unsigned blocks;    /* the last one's number; 0 = none */
};

/* Appends the plan's own blocks: each cell that runs once in each. 0 or -ENOMEM. */
int schedule_begin(struct schedule *s, const struct plan *plan);

/*
 * Appends blocks with further invocations: extra[i] of cell i, each in another block, shuffled. 0
 * or -ENOMEM.
 */
int schedule_extend(struct schedule *s, const struct plan *plan, const unsigned *extra);

/* Writes plan.csv anew: the steps in their order, then the cells that do not run. 0 or -errno. */
int schedule_write(const struct schedule *s, const struct plan *plan, const struct rundir *dir);

/*
 * Reads plan.csv into `s` and `plan`, its run_id into `dir`. 0, -errno, -EBADMSG with `error` (512
 * bytes) when it is no plan.
 */
int schedule_read(struct schedule *s, struct plan *plan, struct rundir *dir, char *error);

void schedule_free(struct schedule *s);

#endif
