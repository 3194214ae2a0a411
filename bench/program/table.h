/* SPDX-License-Identifier: MIT */
/* Rows for people: what a microbenchmark prints on a terminal. */
#ifndef BENCH_PROGRAM_TABLE_H
#define BENCH_PROGRAM_TABLE_H

#include <stdio.h>

#include "bench/record/row.h"

/* Print the heading, or a row of samples.csv in a line, and flush. 0 or -errno of the write. */
int table_heading(FILE *out);
int table_row(FILE *out, const struct row *row);

#endif
