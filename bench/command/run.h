/* SPDX-License-Identifier: MIT */
/* `handoff run`: what was asked for, what was measured, and how that is printed. */
#ifndef BENCH_COMMAND_RUN_H
#define BENCH_COMMAND_RUN_H

#include "bench/analyse/gate.h"
#include "bench/command/child.h"
#include "bench/program/bench_main.h"
#include "bench/record/row.h"
#include "bench/report/stalls.h"

#define RUN_ITEMS 16  /* sizes, and places */
#define RUN_PASSED 64 /* words for the microbenchmarks */

enum run_format { RUN_TABLE, RUN_MARKDOWN, RUN_CSV, RUN_JSON };

/* One microbenchmark with its options: a configuration, or all that a primitive has. */
struct run_target {
	char program[64]; /* "ipc_pipe" */
	char variant[64]; /* these are options; empty = not given */
	char wait[64], size[64], where[64];
	char timing[64]; /* as in the first run */
	char *argv[RUN_PASSED + 9];
	bool done; /* it cannot run here: once is enough */
};

/* A row as it was printed, with its flags. */
struct run_row {
	struct row row;
	size_t target;
};

struct run {
	struct children children;
	enum run_format format;
	const char *wait;  /* NULL = not given */
	uint64_t runs;	   /* of each target */
	bool explain;	   /* say why the slowest round trips were slow, and nothing else */
	const char *above; /* what is slow; NULL = as the microbenchmark has it */
	const char *out;   /* directory for its file and picture; NULL = none */
	char *sizes[RUN_ITEMS], *where[RUN_ITEMS], *passed[RUN_PASSED];
	unsigned n_sizes, n_where, n_passed;
	struct run_target *targets;
	size_t n_targets, targets_room;
	struct run_row *rows; /* in the order of the runs */
	size_t n_rows, rows_room;
	int histogram_fd;   /* the times of one run; -1 = they are not kept */
	char histogram[48]; /* what asks for them */
	struct stall_table stalls;
	struct outcome outcome;
	unsigned n_ok, n_noisy; /* rows with figures; of these, those that were disturbed */
	char why[GATE_WHY];	/* the first of them, by what */
};

/*
 * Measures all targets, and fills the rows. 0, or an exit code after a line; 130 when interrupted.
 */
int run_measure(struct run *r);

/* Has each target say why its slowest round trips were slow. 0 or an exit code after a line. */
int run_explain(struct run *r);

/* What a child said, on our stderr. */
void run_hand_on(int fd);

/* Prints the rows in the format asked for. 0 or an exit code after a line. */
int run_print(const struct run *r);

#endif
