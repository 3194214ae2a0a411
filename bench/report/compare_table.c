/* SPDX-License-Identifier: MIT */
/* A comparison as a table for people, and as compare.csv of a run. */
#include "bench/report/compare_table.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RATIO_APART 0.05 /* logarithm: a ratio this far from new / base needs a word */

void compare_name(const struct cell_names *names, const struct row *row, char *text, size_t size)
{
	size_t used;

	cell_name(names, row, text, size);
	used = strlen(text);
	snprintf(text + used, size - used, " %s", row_get_text(row, COL_metric));
}

static const char *const ranks[] = {"slower", "faster", "inconclusive", "same", "incomparable"};

struct line {
	size_t nth;
	int rank; /* in ranks[] */
	double size;
};

static struct line line_of(size_t nth, const char *verdict, double ratio)
{
	struct line line = {nth, 0, ratio > 0 ? fabs(log(ratio)) : 0};

	while (strcmp(ranks[line.rank], verdict) != 0)
		line.rank++;
	return line;
}

static int by_interest(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return x->size > y->size ? -1 : x->size < y->size;
}

/* "4.1 %", or a dash where no change would give a verdict. */
static void write_seen(double detectable, char *text, size_t size)
{
	if (isnan(detectable))
		snprintf(text, size, "-");
	else
		snprintf(text, size, "%.1f %%", 100 * detectable);
}

/* The runs of one kind in base and new: "3 of 15 at 340.2". */
static void print_share(const struct row *row, const char *arm, enum column share, enum column fast,
			enum column slow)
{
	printf("  %s: %.1f", arm, row_get_decimal(row, fast));
	if (row_is_set(row, slow))
		printf(", and %.0f %% of the runs %.1f", 100 * row_get_decimal(row, share),
		       row_get_decimal(row, slow));
}

/* Why the ratio is not new / base, where it is far from it. */
static void print_why(const struct row *row)
{
	double quotient = row_get_decimal(row, COL_new) / row_get_decimal(row, COL_base);

	if (row_list_has(row_get_text(row, COL_flags), "modes")) {
		printf("%12s two kinds of runs;", "");
		print_share(row, "base", COL_slow_share_base, COL_fast_base, COL_slow_base);
		print_share(row, "new", COL_slow_share_new, COL_fast_new, COL_slow_new);
		printf("; p of the shares %.2g\n", row_get_decimal(row, COL_slow_p));
	} else if (fabs(log(row_get_decimal(row, COL_ratio) / quotient)) > RATIO_APART) {
		printf("%12s new / base is %.3f: the ratio is the middle of the ratios of runs, "
		       "which "
		       "vary more than that\n",
		       "", quotient);
	}
}

static void print_line(const struct cell_names *names, const struct row *row)
{
	char name[CELL_NAME_B], number[48], interval[48] = "none: too few values", seen[16];

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
	write_seen(row_get_decimal(row, COL_detectable), seen, sizeof(seen));
	printf("%-12s %7.3f  %-19s %7s  %5s  %12.1f  %12.1f  %s  %s%s%s\n",
	       row_get_text(row, COL_verdict), row_get_decimal(row, COL_ratio), interval, seen,
	       number, row_get_decimal(row, COL_base), row_get_decimal(row, COL_new),
	       row_get_text(row, COL_arm), name, row_is_set(row, COL_flags) ? "  " : "",
	       row_get_text(row, COL_flags));
	print_why(row);
}

static void print_group(const struct compare_group *g)
{
	char interval[48] = "none: too few", seen[16];

	if (!isnan(g->paired.exact.lo))
		snprintf(interval, sizeof(interval), "%.3f to %.3f", g->paired.exact.lo,
			 g->paired.exact.hi);
	write_seen(g->detectable, seen, sizeof(seen));
	printf("%-12s %7.3f  %-17s %7s  %6zu %6zu %5zu %5zu  %s\n",
	       compare_verdict_name(g->verdict), g->paired.ratio, interval, seen,
	       g->n[VERDICT_SLOWER], g->n[VERDICT_FASTER], g->n[VERDICT_SAME],
	       g->n[VERDICT_INCONCLUSIVE] + g->n[VERDICT_INCOMPARABLE], g->name);
}

/* The headline: what moved as a whole, for each arm. 0 or -ENOMEM. */
static int print_groups(const struct comparison *c)
{
	size_t n = comparison_groups(c);
	struct line *lines = calloc(n + 1, sizeof(*lines));
	size_t arm = 0;

	if (!lines)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct compare_group *g = comparison_group(c, i);

		lines[i] = line_of(i, compare_verdict_name(g->verdict), g->paired.ratio);
		arm = g->arm > arm ? g->arm : arm;
	}
	qsort(lines, n, sizeof(*lines), by_interest);
	for (size_t a = 1; a <= arm; a++) {
		printf("what moved as a whole: times of %s over those of %s\n",
		       comparison_arm(c, a), comparison_arm(c, 0));
		printf("%-12s %7s  %-17s %7s  %6s %6s %5s %5s  %s\n", "verdict", "ratio",
		       "95 % interval", "seen*", "slower", "faster", "same", "open",
		       "group of configurations");
		for (size_t i = 0; i < n; i++)
			if (comparison_group(c, lines[i].nth)->arm == a)
				print_group(comparison_group(c, lines[i].nth));
		putchar('\n');
	}
	free(lines);
	return 0;
}

int compare_print(const struct comparison *c)
{
	size_t n = comparison_count(c);
	struct line *lines = calloc(n + 1, sizeof(*lines));
	static struct cell_names names;
	static struct row row;
	int err = lines ? print_groups(c) : -ENOMEM;

	names.any = false;
	names.varies = names.lacks = 0;
	for (size_t i = 0; !err && i < n; i++) {
		comparison_row(c, i, &row);
		cell_names_add(&names, &row);
		lines[i] = line_of(i, row_get_text(&row, COL_verdict),
				   row_get_decimal(&row, COL_ratio));
	}
	if (!err) {
		qsort(lines, n, sizeof(*lines), by_interest);
		printf("%-12s %7s  %-19s %7s  %5s  %12s  %12s  %s\n", "verdict", "ratio",
		       "95 % interval", "seen*", "n", "base", "new", "profile and configuration");
	}
	for (size_t i = 0; !err && i < n; i++) {
		comparison_row(c, lines[i].nth, &row);
		print_line(&names, &row);
	}
	if (!err)
		printf("* smallest change beyond the smallest effect that such runs detect four "
		       "times in five, in this table of %zu; -: no change would be\n",
		       n);
	free(lines);
	return err;
}

void compare_print_missing(void *out, const struct row *cell, const char *arm, bool in_base)
{
	char name[CELL_NAME_B];

	cell_name(NULL, cell, name, sizeof(name));
	fprintf(out, "not compared: %s: no figures in %s\n", name, in_base ? arm : "the base");
}

void compare_print_too_few(const struct comparison *c, FILE *out)
{
	static const char *const words[][3] = {
		[COMPARE_BLOCKS] = {"pairs", "pairs each", "handoff profiles --rounds=%zu ..."},
		[COMPARE_RUNS] = {"blocks", "blocks of each run",
				  "handoff profiles, which compares block by block"},
		[COMPARE_BOOTS] = {"boots", "boots of each label",
				   "handoff sweep --label=NAME in each of %zu boots"},
	};
	const char *const *word = words[comparison_design(c)];
	size_t most = 0, needed = comparison_needed(c);
	static struct row row;

	for (size_t i = 0; i < comparison_count(c); i++) {
		uint64_t have, have_base;

		comparison_row(c, i, &row);
		have = row_get_u64(&row, COL_n, 0);
		have_base = row_get_u64(&row, COL_n_base, have);
		have = have < have_base ? have : have_base;
		most = have > most ? have : most;
	}
	if (most >= needed)
		return;
	fprintf(out, "too few %s: a verdict needs %zu %s; these have %zu at most: ", word[0],
		needed, word[1], most);
	fprintf(out, word[2], needed);
	fputs(" gives them\n", out);
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
