/* SPDX-License-Identifier: MIT */
/* The command line of the microbenchmarks: what both rooms share, and how values are read. */
#ifndef BENCH_PROGRAM_OPTIONS_H
#define BENCH_PROGRAM_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/base/clock.h"
#include "bench/machine/memory.h"
#include "bench/machine/topology.h"
#include "bench/measure/crew.h"
#include "bench/measure/load.h"
#include "bench/measure/trial.h"
#include "bench/option.h"

/* Where the memory that both sides share is to lie. */
enum mem_place { MEM_FIRST, MEM_SECOND, MEM_REMOTE, MEM_NODE };

/* Options of both rooms, with their defaults set by options_init(). */
struct options {
	const char *program;   /* for messages */
	const char *variant;   /* NULL = all */
	const char *histogram; /* file; NULL = none */
	const char *mem_text;  /* --mem as it was given */
	unsigned repeat;       /* invocations, each a fresh process */
	bool list;	       /* only list the variants */
	bool header;	       /* print the CSV header */
	bool processes;	       /* endpoints: processes, not threads */
	bool relation_given;   /* --placement names a relation */
	bool free;	       /* --placement=free */
	enum relation relation;
	unsigned cpus[CREW_MAX]; /* --cpus */
	unsigned n_cpus;	 /* entries; 0 = not given */
	enum mem_place mem;
	unsigned node; /* MEM_NODE: which */
	enum memory_pages pages;
	enum clock_kind clock;
	struct crew_sched sched;
	struct trial_size size;
	enum load_kind load; /* background load */
};

/* An option of a room: its name, how --help shows its value, what --help says, how it is read. */
struct option_row {
	const char *name;  /* without the dashes */
	const char *value; /* "" = takes none */
	const char *help;
	/* Reads `text` into `to`; 0, or -EINVAL with what would be right in `want` (OPTION_WANT
	 * bytes). */
	int (*read)(void *to, const char *text, char *want);
};

#define OPTION_WANT 200 /* bytes of the text that says what would be right */

/* Puts the defaults into `o`. */
void options_init(struct options *o, const char *program);

/*
 * Reads argv by the common rows into `o` and by `own` (n_own rows) into `to`. 0; or an exit code of
 * sysexits.h after one line on stderr; -1 when --help or --version was answered (exit 0).
 */
int options_read(struct options *o, const struct option_row *own, size_t n_own, void *to, int argc,
		 char **argv);

/*
 * Brings what was printed to where it goes: `code`, or EX_IOERR after a line when `code` is 0 and it
 * does not get there.
 */
int options_flush(const char *program, int code);

/* Whole numbers from `min` to `max`, times, sizes, PU lists. 0 or -EINVAL with `want`. */
int option_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret, char *want);
/* Nanoseconds from "1s", "250ms", "100us", "40ns"; a unit is needed. */
int option_time(const char *text, uint64_t *ret_ns, char *want);
/* A share from "5%"; above 0, 1000% at most. */
int option_percent(const char *text, double *ret, char *want);
/* Bytes from "64", "4K", "1M" (powers of 1024). */
int option_size(const char *text, uint64_t max, uint64_t *ret, char *want);
/* One of `n` names; its index into *ret. */
int option_choice(const char *text, const char *const *names, size_t n, unsigned *ret, char *want);

/* The kind of background load that `text` names. */
int option_load(const char *text, enum load_kind *ret, char *want);

/* --opt NAME=N as they were given: what they mean says the table of a variant. */
struct given_options {
	const char *text[BENCH_OPTIONS_MAX];
	unsigned n;
};

/* Keeps one more --opt. 0 or -EINVAL with `want`. */
int given_add(struct given_options *given, const char *text, char *want);

/*
 * Reads all that were given by `table` (NULL = no options) into values[BENCH_OPTIONS_MAX], 0 where
 * not given. NULL; or the first that is wrong, with `want`.
 */
const char *given_read(const struct given_options *given, const struct bench_option *table,
		       uint64_t *values, char *want);

/* A line per entry of `table` for --list. */
void options_list(const struct bench_option *table);

/* Runs this program again `o->repeat` times, one invocation each; the worst of their exit codes. */
int options_repeat(const struct options *o, int argc, char **argv);

/* "other", "fifo:50" as CSV and --sched say it, into `text` (32 bytes). */
void options_sched_name(const struct crew_sched *s, char *text);

#endif
