/* SPDX-License-Identifier: MIT */
/*
 * --explain: a cell measured in turns without a trace and with one, and why its slowest operations
 * were slow.
 */
#ifndef BENCH_PROGRAM_EXPLAIN_H
#define BENCH_PROGRAM_EXPLAIN_H

#include <stdio.h>

#include "bench/analyse/explain.h"
#include "bench/analyse/paired.h"
#include "bench/measure/ipc_session.h"
#include "bench/program/options.h"
#include "bench/record/row.h"

#define EXPLAIN_ROUNDS 6 /* fewer give the cost of tracing no interval */
/* What takes longer than so many median operations is slow, unless told otherwise. */
#define EXPLAIN_MEDIANS 10

/* Zeroed before use. */
struct explain_report {
	struct explanation explanation;
	uint64_t n_ops;	    /* in the timed parts with a trace */
	uint64_t steal_ns;  /* that the hypervisor took meanwhile; no event says when */
	bool full;	    /* there may be more slow ones than are kept */
	bool by_median;	    /* what is slow was not told */
	struct paired cost; /* median with the trace over that without */
	const char *clock;  /* how the stamps of the trace become ours */
};

/*
 * Measures `cell` EXPLAIN_ROUNDS times without a trace and as often with one, for a part of its
 * duration each. Into *result goes the run with a trace that had the slowest operation. 0;
 * -EOPNOTSUPP and the like with `reason` where there can be no trace; or as ipc_session_run().
 * explain_free(&r->explanation) in any case.
 */
int explain_run(const struct options *o, struct ipc_cell *cell, struct ipc_result *result,
		struct explain_report *r, char *reason);

/* Flags its row, which never counts. */
void explain_flag(struct row *row);

/* Prints the causes and the slowest operations of `row`, a line per phase. */
void explain_print(const struct explain_report *r, const struct row *row, FILE *out);

/*
 * Appends the phases of the slowest to the file of --explain-csv. 0 or an exit code after a line.
 */
int explain_csv(const struct options *o, const struct explain_report *r, const struct row *row);

#endif
