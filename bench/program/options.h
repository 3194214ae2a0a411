/* SPDX-License-Identifier: MIT */
/* The command line of the microbenchmarks: what to measure (bench/record/cell.def), and how. */
#ifndef BENCH_PROGRAM_OPTIONS_H
#define BENCH_PROGRAM_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/base/address.h"
#include "bench/base/clock.h"
#include "bench/base/values.h"
#include "bench/machine/environment.h"
#include "bench/measure/crew.h"
#include "bench/measure/load.h"
#include "bench/measure/trial.h"
#include "bench/record/cell.h"

struct options {
	const char *program;	 /* for messages */
	const char *histogram;	 /* file; NULL = none */
	bool explain;		 /* say why the slowest operations were slow */
	uint64_t explain_ns;	 /* those that took longer; 0 = several times the median */
	const char *explain_csv; /* file of their phases; NULL = none */
	unsigned repeat;	 /* invocations, each a fresh process */
	bool list;		 /* only list the variants */
	bool header;		 /* print the CSV header, or the heading of the table */
	bool csv;		 /* --csv */
	bool table;		 /* print a table for people: stdout is a terminal, and not --csv */
	bool lock_memory;	 /* keep all pages of the sides in memory */
	bool nice_given;	 /* --nice */
	bool load_nice_given;	 /* --load-nice */
	int serve_fd;		 /* connection of a peer that is to be served; -1 = none */
	bool inherit;		 /* ask for the class and nice value of this program's caller */
	char environment[ENVIRONMENT_TEXT]; /* that this was started in */
	const char *peer; /* address of the other side, as it was given; NULL = both are ours */
	struct socket_address peer_at; /* the same, read */
	enum clock_kind clock;
	struct trial_size size;
	struct cell ask; /* the configuration */
};

/* Puts the defaults into `o`. */
void options_init(struct options *o, const char *program, enum group group);

/* All options of the microbenchmarks of `group`, for getopt_long(3). */
const struct option *options_of(enum group group);

/*
 * Reads argv into `o`, whose `ask.can` says which experiments there are. 0; or an exit code of
 * sysexits.h after one line on stderr; -1 when --help or --version was answered (exit 0).
 */
int options_read(struct options *o, int argc, char **argv);

/*
 * Brings what was printed to where it goes: `code`, or EX_IOERR after a line when `code` is 0 and
 * it does not get there.
 */
int options_flush(const char *program, int code);

/* The kind of background load that `text` names. */
int option_load(const char *text, enum load_kind *ret, char *want);

/*
 * Reads the --opt of `cell` by `table` (NULL = no options) into values[BENCH_OPTIONS_MAX], 0 where
 * not given. NULL; or the first that is wrong, with `want`.
 */
const char *options_own(const struct cell *cell, const struct bench_option *table, uint64_t *values,
			char *want);

/* A line per entry of `table` for --list. */
void options_list(const struct bench_option *table);

/*
 * Runs this program again in a process of its own, with the options as given, then `more` (NULL =
 * none), and without another header. `preload`: a shared library that the loader gives it first
 * (ld.so(8)); NULL = none. Its exit code.
 */
int options_again(int argc, char **argv, char *more, const char *preload);

/* Runs this program again `o->repeat` times, one invocation each; the worst of their exit codes. */
int options_repeat(const struct options *o, int argc, char **argv);

#endif
