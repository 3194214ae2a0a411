/* SPDX-License-Identifier: MIT */
/*
 * From samples.csv of one or several runs to summary.csv, blocks.csv, breakdown.csv, charts and
 * page.
 */
#ifndef BENCH_COMMAND_REPORT_H
#define BENCH_COMMAND_REPORT_H

#include <stddef.h>
#include <stdio.h>

#include "bench/analyse/drift.h"
#include "bench/analyse/summary.h"
#include "bench/command/child.h"
#include "bench/record/rundir.h"

/*
 * What one reading of samples.csv is made into. Begin with all zero, and a drift where blocks are
 * asked for.
 */
struct report_reading {
	struct summary *summary;
	struct drift *drift;
	/* Gets every row with the number of its run, where it is not NULL. 0 or -errno. */
	int (*also)(void *arg, size_t run, const struct row *row);
	void *arg;
	size_t run; /* that is being read */
};

/*
 * Reads the samples of the `n` directories `runs`. 0 or an exit code after a line that begins with
 * `program`.
 */
int report_read_runs(const char *program, char *const *runs, size_t n, struct report_reading *r);
void report_reading_free(struct report_reading *r);

/*
 * Writes summary.csv, blocks.csv and breakdown.csv of `to`; and percentiles.csv, where its
 * histograms are there. As above.
 */
int report_write(const char *program, const struct report_reading *r, const struct rundir *to,
		 bool percentiles);

/*
 * Both, of the one run `dir`, so that a summary is of the files as they are on the disk and nothing
 * else.
 */
int report_summarise(const char *program, const struct rundir *dir);

/*
 * Prints the summary of the `n` directories `runs` as a JSON object. 0 or an exit code after a
 * line.
 */
int report_print_json(const char *program, char *const *runs, size_t n);

/* Says which file of `dir` could not be written, or read (-EBADMSG); EX_IOERR, or EX_DATAERR. */
int report_cannot_write(const char *program, const struct rundir *dir, int err);

/*
 * Whether what is made of the run `dir` may be written into it. 0; or EX_NOPERM after a line when
 * others could lead it elsewhere, EX_NOINPUT when it is not there.
 */
int report_check(const char *program, const struct rundir *dir);

/* Says why there is no directory `dir`; EX_CANTCREAT, or EX_IOERR when the disk is full. */
int report_cannot_create(const char *program, const struct rundir *dir, int err);

/*
 * Path of `name` of scripts/: beside the build directory, else of the working directory if it is
 * ours.
 */
void report_find_script(const struct children *c, const char *name, char *path, size_t size);

/*
 * Draws `dir` and writes its report.html, for which the `n` directories `runs` hold the samples,
 * and what they show as lines to `words`, where that is not NULL. 0; 130 when interrupted; else an
 * exit code after a line (EX_UNAVAILABLE: no charts; EX_IOERR: disk full).
 */
int report_draw(const char *program, struct children *c, const char *dir, char *const *runs,
		size_t n, FILE *words);

/*
 * The directory for results of a command that are `file` alone: a new one, with machine.txt in it,
 * or that of a sweep which has no such file yet, to be part of its page. 0 or an exit code after a
 * line.
 */
int report_place(const char *program, struct rundir *dir, const char *out, enum csv_file file);

#endif
