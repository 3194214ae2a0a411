/* SPDX-License-Identifier: MIT */
/* Writing HTML: text that cannot become markup, figures as people say them, tables. */
#ifndef BENCH_REPORT_HTML_H
#define BENCH_REPORT_HTML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define QUANTITY_B 48 /* room for a figure with its unit */

/* Writes `text` so that it stays text, in an element and in a quoted attribute. */
void html_text(FILE *out, const char *text);

/* `value` of `metric` (a column's name, which ends in the unit) as "4.46 µs", "12.3 M/s". */
void html_quantity(char text[QUANTITY_B], const char *metric, double value);

/* The same for a terminal of any encoding: "4.46 us". */
void text_quantity(char text[QUANTITY_B], const char *metric, double value);

/*
 * Writes `text`, which html_quantity() made, as terminals of any encoding show it. Returns `text`.
 */
char *text_ascii(char *text);

/* Writes a figure: rounded for people, with the value of the CSV file in the element. */
void html_figure(FILE *out, const char *metric, double value);

/*
 * Begins a table that scrolls by itself where it is wider than the page; `caption` says what it is.
 * `columns` has the headings, joined by "|"; with "#" before it a column is of numbers: set to the
 * right, sorted by value.
 */
void html_table(FILE *out, const char *caption, const char *columns);
void html_table_end(FILE *out);

/* Cells of a row, which begins with "<tr>": text; or a figure; NaN gives an empty cell. */
void html_cell(FILE *out, const char *text);

/* Flags joined by "+", with places to break at; "virtual" is said once, at the top of the page. */
void html_cell_flags(FILE *out, const char *flags);
void html_cell_figure(FILE *out, const char *metric, double value);

#endif
