/* SPDX-License-Identifier: MIT */
/* From samples.csv of one or several runs to summary.csv, blocks.csv, charts and page. */
#ifndef BENCH_COMMAND_REPORT_H
#define BENCH_COMMAND_REPORT_H

#include <stddef.h>

#include "bench/analyse/summary.h"
#include "bench/command/child.h"
#include "bench/record/rundir.h"

/*
 * Writes summary.csv and blocks.csv of `to`, and percentiles.csv where it is the one run, from samples.csv of the `n` directories `runs`, as they are on the
 * disk, so that a summary is of the files and nothing else. 0, or an exit code after a line on
 * stderr that begins with `program`.
 */
int report_summarise(const char *program, char *const *runs, size_t n, const struct rundir *to);

/*
 * The summary of the samples in the `n` directories `runs` into `ret`, which the caller frees. 0 or an exit code
 * after a line.
 */
int report_read_summary(const char *program, char *const *runs, size_t n, struct summary **ret);

/* Prints it as a JSON object. 0 or an exit code after a line. */
int report_print_json(const char *program, char *const *runs, size_t n);

/* Says which file of `dir` could not be written, or read (-EBADMSG); EX_IOERR, or EX_DATAERR. */
int report_cannot_write(const char *program, const struct rundir *dir, int err);

/*
 * Whether what is made of the run `dir` may be written into it. 0; or EX_NOPERM after a line when others
 * could lead it elsewhere, EX_NOINPUT when it is not there.
 */
int report_check(const char *program, const struct rundir *dir);

/* Says why there is no directory `dir`; EX_CANTCREAT, or EX_IOERR when the disk is full. */
int report_cannot_create(const char *program, const struct rundir *dir, int err);

/* Path of `name` of scripts/: beside the build directory, else of the working directory if it is ours. */
void report_find_script(const struct children *c, const char *name, char *path, size_t size);

/*
 * Draws `dir` and writes its report.html, for which the `n` directories `runs` hold the samples. 0; 130 when
 * interrupted; else an exit code after a line (EX_UNAVAILABLE: no charts; EX_IOERR: disk full).
 */
int report_draw(const char *program, struct children *c, const char *dir, char *const *runs,
		size_t n);

#endif
