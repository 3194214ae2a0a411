/* SPDX-License-Identifier: MIT */
/* What the mains of both rooms do alike: begin, choose PUs and node, collect exit codes, end. */
#ifndef BENCH_PROGRAM_BENCH_MAIN_H
#define BENCH_PROGRAM_BENCH_MAIN_H

#include <stdio.h>

#include "bench/machine/placement.h"
#include "bench/program/options.h"
#include "bench/record/row.h"

/* Exit codes of the rows of one command: 69 only if nothing ran, the worst otherwise. */
struct outcome {
	unsigned ok;	  /* rows with figures */
	unsigned skipped; /* rows that cannot run here */
	int worst;	  /* exit code of what failed; 0 = nothing */
};

/*
 * The driver's scheduling class and nice value, whatever it was started under: first of all,
 * because what is not ordinary starves others or cannot fork. With --inherit what it finds is what
 * `o` asks for. 0 or an exit code, after a line.
 */
int bench_schedule(struct options *o);

/*
 * Refuses builds without optimisation, starts clock, names and topology. 0 or an exit code, after a
 * line.
 */
int bench_begin(const struct options *o, struct topology **ret);
void bench_end(struct topology *t);

/* What the mains differ in. Each gives 0 or an exit code, after a line. */
struct bench_room {
	void (*list)(void);
	int (*check)(const struct options *o); /* that these options go together */
	/*
	 * Runs in processes of their own what cannot run in this one; then -1 when there is more to
	 * run here. NULL = all can.
	 */
	int (*run_apart)(const struct options *o, int argc, char **argv);
	int (*run)(const struct options *o, const struct topology *t);
};

/* A main from the options, which hold what is usual, to the exit code. */
int bench_main(struct options *o, const struct bench_room *room, int argc, char **argv);

/*
 * Seats for `n` sides as `o` asks: the CPUs named, an order, or a pair; `one_cpu`: on one CPU
 * unless told. Into *ret. 0; EX_USAGE after a line for CPUs that do not exist or are not allowed;
 * EX_UNAVAILABLE with `reason` (CREW_REASON bytes) when the machine has no such pair; EX_OSERR.
 */
int bench_seats(const struct options *o, const struct topology *t, unsigned n, bool one_cpu,
		struct seats *ret, char *reason);

/* The node that --mem names for the pair `p`; -ENOENT when there is none, with `reason`. */
int bench_node(const struct options *o, const struct topology *t, const struct placement *p,
	       char *reason);

/*
 * Flags the row where the node of that of the `n` PUs which was meant has no memory, and `node` is
 * the nearest that has.
 */
void bench_flag_node(struct row *row, const struct options *o, const struct topology *t,
		     const unsigned *pus, unsigned n, int node);

/*
 * Starts the load of --load beside the `n` PUs of `pus` into *ret, unless `lack` (CREW_REASON
 * bytes) says that nothing can be measured; into it goes why there can be no load.
 * bench_load_end() in any case.
 */
void bench_load_begin(const struct options *o, const struct topology *t, const unsigned *pus,
		      unsigned n, struct load *ret, char *lack);

/* Ends it and writes into `row` what it did; 0, or -ECHILD with `reason` when a part of it died. */
int bench_load_end(struct load *load, struct row *row, char *reason);

/* Counts the row's verdict (see fill_verdict()). */
void outcome_add(struct outcome *out, int code);

/* The exit code of the whole command. */
int outcome_code(const struct outcome *out);

/* Writes `row` to stdout; 0, or EX_IOERR (74) after a line. */
int bench_print(const struct options *o, const struct row *row);

/* Appends `h` under the row's cell to the file of --histogram; 0 or an exit code after a line. */
int bench_histogram(const struct options *o, const struct row *row, const struct histogram *h);

#endif
