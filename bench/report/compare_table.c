/* SPDX-License-Identifier: MIT */
/* A comparison as a table for people, and as compare.csv of a run. */
#include "bench/report/compare_table.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/analyse/unpaired.h"

void compare_name(const struct cell_names *names, const struct row *row, char *text, size_t size)
{
	size_t used;

	cell_name(names, row, text, size);
	used = strlen(text);
	snprintf(text + used, size - used, " %s", row_get_text(row, COL_metric));
}

struct line {
	size_t nth;
	int rank; /* slower, faster, inconclusive, same, incomparable */
	double size;
};

static int by_interest(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return x->size > y->size ? -1 : x->size < y->size;
}

static void print_line(const struct cell_names *names, const struct row *row)
{
	char name[CELL_NAME_B], number[48], interval[48] = "none: too few values";

	compare_name(names, row, name, sizeof(name));
	snprintf(number, sizeof(number), "%llu", (unsigned long long)row_get_u64(row, COL_n, 0));
	if (row_is_set(row, COL_n_base))
		snprintf(number, sizeof(number), "%llu/%llu",
			 (unsigned long long)row_get_u64(row, COL_n_base, 0),
			 (unsigned long long)row_get_u64(row, COL_n, 0));
	if (!row_is_set(row, COL_ratio))
		snprintf(interval, sizeof(interval), "none: a value of 0");
	if (row_is_set(row, COL_ratio_lo))
		snprintf(interval, sizeof(interval), "%.3f to %.3f",
			 row_get_decimal(row, COL_ratio_lo), row_get_decimal(row, COL_ratio_hi));
	printf("%-12s %7.3f  %-19s %5.1f %%  %5s  %12.1f  %12.1f  %s  %s%s%s\n",
	       row_get_text(row, COL_verdict), row_get_decimal(row, COL_ratio), interval,
	       100 * row_get_decimal(row, COL_detectable), number, row_get_decimal(row, COL_base),
	       row_get_decimal(row, COL_new), row_get_text(row, COL_arm), name,
	       row_is_set(row, COL_flags) ? "  " : "", row_get_text(row, COL_flags));
}

int compare_print(const struct comparison *c)
{
	static const char *const ranks[] = {"slower", "faster", "inconclusive", "same",
					    "incomparable"};
	size_t n = comparison_count(c);
	struct line *lines = calloc(n + 1, sizeof(*lines));
	static struct cell_names names;
	static struct row row;

	if (!lines)
		return -ENOMEM;
	names.any = false;
	names.varies = 0;
	for (size_t i = 0; i < n; i++) {
		comparison_row(c, i, &row);
		cell_names_add(&names, &row);
		lines[i] = (struct line){i, 0, 0};
		if (row_is_set(&row, COL_ratio))
			lines[i].size = fabs(log(row_get_decimal(&row, COL_ratio)));
		while (strcmp(ranks[lines[i].rank], row_get_text(&row, COL_verdict)) != 0)
			lines[i].rank++;
	}
	qsort(lines, n, sizeof(*lines), by_interest);
	printf("%-12s %7s  %-19s %7s  %5s  %12s  %12s  %s\n", "verdict", "ratio", "95 % interval",
	       "seen*", "n", "base", "new", "profile and configuration");
	for (size_t i = 0; i < n; i++) {
		comparison_row(c, lines[i].nth, &row);
		print_line(&names, &row);
	}
	printf("* smallest change that these runs would detect four times in five, as one of %zu "
	       "comparisons (Holm)\n",
	       n);
	free(lines);
	return 0;
}

void compare_print_missing(void *out, const struct row *cell, const char *arm, bool in_base)
{
	char name[CELL_NAME_B];

	cell_name(NULL, cell, name, sizeof(name));
	fprintf(out, "not compared: %s: no figures in %s\n", name, in_base ? arm : "the base");
}

void compare_print_too_few(const struct comparison *c, bool boots, FILE *out)
{
	size_t n = comparison_count(c), most = 0, needed;
	static struct row row;

	for (size_t i = 0; i < n; i++) {
		uint64_t have, have_base;

		comparison_row(c, i, &row);
		have = row_get_u64(&row, COL_n, 0);
		have_base = row_get_u64(&row, COL_n_base, have);
		have = have < have_base ? have : have_base;
		most = have > most ? have : most;
	}
	needed = boots ? unpaired_needed(n, COMPARE_ALPHA) : compare_pairs_needed(n);
	if (most < needed)
		fprintf(out,
			"too few %s: %zu comparisons need %zu %s for a verdict; these have %zu at "
			"most\n",
			boots ? "boots" : "pairs", n, needed,
			boots ? "boots of each label" : "pairs each", most);
}

int compare_write(const struct rundir *dir, const struct comparison *c)
{
	static struct rundir_csv csv;
	static struct row row;
	int err = rundir_csv_replace(&csv, dir, CSV_COMPARE), closed;

	for (size_t i = 0; !err && i < comparison_count(c); i++) {
		comparison_row(c, i, &row);
		err = rundir_csv_append(&csv, &row);
	}
	if (!err)
		err = rundir_csv_finish(&csv);
	closed = rundir_csv_close(&csv);
	return err ? err : closed;
}
