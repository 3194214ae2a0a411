/* SPDX-License-Identifier: MIT */
/* Sentences for a terminal. */
#ifndef BENCH_BASE_WRAP_H
#define BENCH_BASE_WRAP_H

#include <stdio.h>

#define TERMINAL_COLUMNS 120

/* How many columns a line to `out` may have: those of its terminal, at most TERMINAL_COLUMNS. */
size_t wrap_columns(FILE *out);

/*
 * Writes the formatted text in lines of at most wrap_columns() bytes, broken at blanks; all but the
 * first begin with two blanks. A word that is longer stands alone. Ends the last line.
 */
void wrap_print(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Likewise one text, all of whose lines begin with `indent` blanks, and with two more after the
 * first.
 */
void wrap_below(FILE *out, size_t indent, const char *text);

#endif
