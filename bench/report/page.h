/* SPDX-License-Identifier: MIT */
/* report.html of a run or of several. */
#ifndef BENCH_REPORT_PAGE_H
#define BENCH_REPORT_PAGE_H

#include <stddef.h>
#include <stdio.h>

/*
 * Writes report.html of `dir` from its CSV files and charts, from samples.csv, settings/ and
 * machine.txt of the `n` directories `runs`, and from the template. 0, or an exit code after a line
 * on stderr that begins with `program`. What the page answers first goes to `words` as lines (NULL:
 * nowhere).
 */
int page_write(const char *program, const char *dir, char *const *runs, size_t n,
	       const char *template_path, FILE *words);

#endif
