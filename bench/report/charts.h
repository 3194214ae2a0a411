/* SPDX-License-Identifier: MIT */
/* Charts that gnuplot drew, inside the page. */
#ifndef BENCH_REPORT_CHARTS_H
#define BENCH_REPORT_CHARTS_H

#include <stdio.h>

/* Writes the symbols that all charts of `dir` use, once, hidden. Nothing where there is no chart. */
void charts_symbols(const char *dir, FILE *out);

/*
 * Writes charts/NAME.svg of `dir`, and NAME_2.svg and so on, as figures with links to the files.
 * Identifiers become unique in the page, title and description the chart's alternative text.
 * Nothing where there is none.
 */
void charts_write(const char *dir, const char *name, FILE *out);

#endif
