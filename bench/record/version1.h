/* SPDX-License-Identifier: MIT */
/* Rows of files that were written when the schema was version 1. */
#ifndef BENCH_RECORD_VERSION1_H
#define BENCH_RECORD_VERSION1_H

#include "bench/record/row.h"
#include "bench/record/schema.h"

/* Turns `row`, just read from a `file` of version 1, into one of this version. */
void version1_translate(enum csv_file file, struct row *row);

#endif
