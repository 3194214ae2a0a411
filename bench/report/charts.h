/* SPDX-License-Identifier: MIT */
/* Charts that gnuplot drew, inside the page. */
#ifndef BENCH_REPORT_CHARTS_H
#define BENCH_REPORT_CHARTS_H

#include <stdbool.h>
#include <stdio.h>

/*
 * Writes the symbols that all charts of `dir` use, once, hidden. Nothing where there is no chart.
 */
void charts_symbols(const char *dir, FILE *out);

/*
 * Writes the charts of the list that belong to `section` of the page, as far as `dir` has them:
 * each page of charts/NAME.svg as a figure with links to its files. Identifiers become unique in
 * the page, title and description the chart's alternative text. False where the list has no such
 * section.
 */
bool charts_write(const char *dir, const char *section, FILE *out);

#endif
