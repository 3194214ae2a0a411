/* SPDX-License-Identifier: MIT */
/* A sweep: what its parts share. */
#ifndef BENCH_COMMAND_SWEEP_H
#define BENCH_COMMAND_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/command/child.h"
#include "bench/command/invoke.h"
#include "bench/plan/plan.h"
#include "bench/plan/schedule.h"
#include "bench/record/rundir.h"

#define PROGRAM "handoff sweep"

struct sweep {
	struct plan_request request;
	uint64_t asked_ns;    /* the budget as it was asked for; 0 = none */
	const char *out;      /* --out; NULL = results/<host>-<UTC time> */
	const char *resume;   /* --resume; NULL = a new run */
	char *only_and_floor; /* --only of a labelled run, with the cell that tells runs apart */
	bool plan_only;
	bool seed_given;
	bool others_given; /* options that do not go with --resume */
	bool terminal;	   /* stderr is one */
	struct children children;
	struct plan plan;
	struct schedule schedule;
	char *topology_xml; /* hwloc's, for the children and for settings/ */
	struct rundir dir;
	struct rundir_csv samples;
	struct invoker invoker;
	uint64_t begin_ns;	     /* CLOCK_MONOTONIC, of the first row */
	uint64_t stop_ns;	     /* no row begins that would end later; UINT64_MAX = never */
	size_t first;		     /* step to begin with: those before it are done */
	size_t done;		     /* steps that this process has done */
	size_t ok, failed, repeated; /* rows with figures, without, and thrown away as noisy */
	uint64_t command_ns;	     /* CLOCK_MONOTONIC, of the beginning of all */
	uint64_t start_ns, warm_ns, timed_ns; /* sums of these columns over all rows */
	bool *seen;			      /* [plan.n_cells] the cell has a row */
};

/* Reads the command line. 0, -1 when --help was answered, or an exit code after a line. */
int sweep_options(struct sweep *s, int argc, char **argv);

/*
 * Runs the steps from s->first on, and those that the pilot calls for. 0; -EINTR; -ETIME when the
 * budget was used up; -errno of the system.
 */
int sweep_run(struct sweep *s);

/*
 * Takes up the run in s->resume: its plan, its whole blocks; what was begun after them is put
 * aside. 0 or an exit code after a line.
 */
int sweep_resume(struct sweep *s);

/* Keeps what a resumed sweep has to know beside plan.csv. 0 or -errno. */
int sweep_remember(const struct sweep *s);

/* From now on the budget counts, of which rows that are there have taken `spent_ns`. */
void sweep_limit(struct sweep *s, uint64_t spent_ns);

/* What sweep_remember() kept. 0, -errno, -EBADMSG. */
int sweep_recall(struct sweep *s);

/*
 * Reads samples.csv against the plan, cuts it and the histograms back to whole blocks and marks in
 * s->seen what is done. 0, -errno, -EBADMSG after a line.
 */
int sweep_take_up(struct sweep *s);

/* Locks the directory until this process ends. 0 or an exit code after a line. */
int sweep_lock(const struct sweep *s);

/* Says what went wrong with the files of the run; returns `code`. */
int sweep_complain(const struct sweep *s, const char *what, int err, int code);

/* The step of `block` and `nth` place; NULL when there is none. */
const struct step *sweep_step(const struct sweep *s, uint64_t block, uint64_t nth);

#endif
