/* SPDX-License-Identifier: MIT */
/* Reading the CSV files of a run, with words for the user where it cannot be. */
#ifndef BENCH_RECORD_SAMPLES_H
#define BENCH_RECORD_SAMPLES_H

#include "bench/record/row.h"

/*
 * Hands each row of `run`/samples.csv to `take` (0 or -errno). 0, or an exit code of sysexits.h
 * after a line on stderr that begins with `program`.
 */
int samples_read(const char *program, const char *run, int (*take)(void *to, const struct row *row),
		 void *to);

/* Likewise for another of its files. */
int rows_read(const char *program, const char *run, enum csv_file file,
	      int (*take)(void *to, const struct row *row), void *to);

#endif
