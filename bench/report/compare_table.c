/* SPDX-License-Identifier: MIT */
/* A comparison as a table for people, and as compare.csv of a run. */
#include "bench/report/compare_table.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/grow.h"
#include "bench/base/text.h"
#include "bench/base/wrap.h"
#include "bench/report/html.h"

#define LINE "%-12s %7.3f  %-14s  %7s %6s %9s %9s"
#define HEADING "%-12s %7s  %-14s  %7s %6s %9s %9s  %s\n"
#define WAITS_SAID 4	 /* configurations that wait otherwise; compare.csv has all */
#define RATIO_APART 0.05 /* logarithm: a ratio this far from new / base needs a word */

void compare_name(const struct cell_names *names, const struct row *row, char *text, size_t size)
{
	size_t used;

	cell_name(names, row, text, size);
	used = strlen(text);
	snprintf(text + used, size - used, " %s", row_get_text(row, COL_metric));
}

/* Where a line stands among the others. */
struct line {
	size_t nth;
	enum verdict verdict;
	double size;
};

static struct line line_of(size_t nth, enum verdict verdict, double ratio)
{
	return (struct line){nth, verdict, ratio > 0 ? fabs(log(ratio)) : 0};
}

static int by_interest(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	if (x->verdict != y->verdict)
		return x->verdict < y->verdict ? -1 : 1;
	return x->size > y->size ? -1 : x->size < y->size;
}

/* "4.1 %", or a dash where no change would give a verdict. */
static void write_seen(double detectable, char *text, size_t size)
{
	if (isnan(detectable))
		snprintf(text, size, "-");
	else if (detectable >= 10)
		snprintf(text, size, "> 999 %%");
	else
		snprintf(text, size, "%.1f %%", 100 * detectable);
}

/* The runs of one kind in base and new: "base 340 ns and 20 % of them 900 ns". */
static void print_share(const struct row *row, const char *arm, enum column share, enum column fast,
			enum column slow)
{
	const char *metric = row_get_text(row, COL_metric);
	char text[QUANTITY_B];

	text_quantity(text, metric, row_get_decimal(row, fast));
	printf(" %s %s", arm, text);
	if (!row_is_set(row, slow))
		return;
	text_quantity(text, metric, row_get_decimal(row, slow));
	printf(" and %.0f %% of them %s", 100 * row_get_decimal(row, share), text);
}

/* Why the ratio is not new / base, where it is far from it. */
static void print_why(const struct row *row)
{
	double quotient = row_get_decimal(row, COL_new) / row_get_decimal(row, COL_base);

	if (row_list_has(row_get_text(row, COL_flags), "modes")) {
		printf("%12s two kinds of runs:", "");
		print_share(row, "base", COL_slow_share_base, COL_fast_base, COL_slow_base);
		putchar(';');
		print_share(row, "new", COL_slow_share_new, COL_fast_new, COL_slow_new);
		printf("; p %.2g\n", row_get_decimal(row, COL_slow_p));
	} else if (fabs(log(row_get_decimal(row, COL_ratio) / quotient)) > RATIO_APART) {
		printf("%12s new / base is %.3f: the ratios of single runs vary more than that\n",
		       "", quotient);
	}
}

static void print_line(const struct cell_names *names, const struct row *row)
{
	const char *metric = row_get_text(row, COL_metric), *flags = row_get_text(row, COL_flags);
	char name[CELL_NAME_B], number[48], interval[48] = "too few values", seen[16];
	char base[QUANTITY_B], new[QUANTITY_B];
	int used;

	compare_name(names, row, name, sizeof(name));
	snprintf(number, sizeof(number), "%llu", (unsigned long long)row_get_u64(row, COL_n, 0));
	if (row_is_set(row, COL_n_base))
		snprintf(number, sizeof(number), "%llu/%llu",
			 (unsigned long long)row_get_u64(row, COL_n_base, 0),
			 (unsigned long long)row_get_u64(row, COL_n, 0));
	if (!row_is_set(row, COL_ratio))
		snprintf(interval, sizeof(interval), "a value of 0");
	if (row_is_set(row, COL_ratio_lo))
		snprintf(interval, sizeof(interval), "%.3f to %.3f",
			 row_get_decimal(row, COL_ratio_lo), row_get_decimal(row, COL_ratio_hi));
	write_seen(row_get_decimal(row, COL_detectable), seen, sizeof(seen));
	text_quantity(base, metric, row_get_decimal(row, COL_base));
	text_quantity(new, metric, row_get_decimal(row, COL_new));
	used = printf(LINE, row_get_text(row, COL_verdict), row_get_decimal(row, COL_ratio),
		      interval, seen, number, base, new);
	if (used + (int)strlen(name) + 2 + (int)strlen(flags) > TERMINAL_COLUMNS)
		printf("\n%11s", "");
	printf("  %s%s%s\n", name, *flags ? "  " : "", flags);
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

		lines[i] = line_of(i, g->verdict, g->paired.ratio);
		arm = g->arm > arm ? g->arm : arm;
	}
	qsort(lines, n, sizeof(*lines), by_interest);
	for (size_t a = 1; a <= arm; a++) {
		wrap_print(stdout, "what moved as a whole: times of %s over those of %s",
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

/* "B against A: 3 slower, 5 faster, 2 inconclusive, 300 same of 310 figures" */
static void print_tally(const struct comparison *c, size_t arm, FILE *out)
{
	size_t count[VERDICT_COUNT + 1] = {0}, n = 0;
	static struct row row;
	char text[256] = "";

	for (size_t i = 0; i < comparison_count(c); i++) {
		comparison_row(c, i, &row);
		if (strcmp(row_get_text(&row, COL_arm), comparison_arm(c, arm)) != 0)
			continue;
		count[row_verdict(&row, COL_verdict)]++;
		n++;
	}
	for (enum verdict v = 0; v < VERDICT_COUNT; v++)
		if (v != VERDICT_INCOMPARABLE || count[v])
			text_add(text, sizeof(text), "%s%zu %s", v ? ", " : "", count[v],
				 compare_verdict_name(v));
	wrap_print(out, "%s against %s: %s, of %zu figures", comparison_arm(c, arm),
		   comparison_arm(c, 0), text, n);
}

void compare_print_tally(const struct comparison *c, FILE *out)
{
	static const char *const pairs[] = {
		[COMPARE_BLOCKS] = "the ratios of all blocks and their means",
		[COMPARE_RUNS] = "the ratios of each run of one to each run of the other",
		[COMPARE_BOOTS] = "the ratios of each boot of one to each boot of the other",
	};

	for (size_t arm = 1; arm < comparison_arms(c); arm++)
		print_tally(c, arm, out);
	wrap_print(out,
		   "ratio: new / base by Hodges and Lehmann, the median of %s; base and new are "
		   "medians, so "
		   "that new / base may differ a little",
		   pairs[comparison_design(c)]);
}

/* The table of one profile, the lines that are its own in `lines`. */
static void print_arm(const struct comparison *c, const struct cell_names *names, size_t arm,
		      const struct line *lines, size_t n)
{
	static struct row row;
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		comparison_row(c, lines[i].nth, &row);
		if (strcmp(row_get_text(&row, COL_arm), comparison_arm(c, arm)) != 0)
			continue;
		if (!any) {
			printf("%s over %s\n", comparison_arm(c, arm), comparison_arm(c, 0));
			printf(HEADING, "verdict", "ratio", "95 % interval", "seen*", "n", "base",
			       "new", "configuration and figure");
		}
		any = true;
		print_line(names, &row);
	}
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
		lines[i] = line_of(i, row_verdict(&row, COL_verdict),
				   row_get_decimal(&row, COL_ratio));
	}
	if (!err)
		qsort(lines, n, sizeof(*lines), by_interest);
	for (size_t arm = 1; !err && arm < comparison_arms(c); arm++)
		print_arm(c, &names, arm, lines, n);
	if (!err)
		wrap_print(
			stdout,
			"* smallest change beyond the smallest effect that such runs detect four "
			"times in five, in this table of %zu; -: no change would be",
			n);
	free(lines);
	return err;
}

/* A variant that is not compared, in so many configurations. */
struct fold {
	char name[128];
	size_t n;
};

/* What one profile, or the base, lacks. */
struct missing {
	const char *arm;
	bool in_base; /* the base has it, the profile lacks it */
	struct fold *folds;
	size_t n, room, all;
	int err;
};

static void add_missing(void *to, const struct row *cell, const char *arm, bool in_base)
{
	struct missing *m = to;
	char name[128];
	size_t k = 0;

	if (m->err || in_base != m->in_base || strcmp(arm, m->arm) != 0)
		return;
	snprintf(name, sizeof(name), "%s/%s:%s", row_get_text(cell, COL_group),
		 row_get_text(cell, COL_mechanism), row_get_text(cell, COL_variant));
	while (k < m->n && strcmp(m->folds[k].name, name) != 0)
		k++;
	if (k == m->n) {
		m->err = array_grow(&m->folds, m->n, &m->room, sizeof(*m->folds));
		if (m->err)
			return;
		m->folds[m->n++] = (struct fold){.n = 0};
		memcpy(m->folds[k].name, name, sizeof(name));
	}
	m->folds[k].n++;
	m->all++;
}

/* A line for what `arm`, or the base, lacks. */
static int print_missing(const struct comparison *c, size_t arm, bool in_base, FILE *out)
{
	struct missing m = {.arm = comparison_arm(c, arm), .in_base = in_base};
	char *text = NULL;
	size_t size;
	FILE *list = open_memstream(&text, &size);

	if (!list)
		return -ENOMEM;
	comparison_missing(c, add_missing, &m);
	for (size_t i = 0; i < m.n; i++) {
		fprintf(list, "%s%s", i ? ", " : "", m.folds[i].name);
		if (m.folds[i].n > 1)
			fprintf(list, " (%zu)", m.folds[i].n);
	}
	if (fclose(list))
		m.err = -ENOMEM;
	if (m.n && !m.err)
		wrap_print(out, "not compared, no figures in %s: %zu configuration%s of %s",
			   in_base ? m.arm : "the base", m.all, m.all == 1 ? "" : "s", text);
	free(text);
	free(m.folds);
	return m.err;
}

int compare_print_missing(const struct comparison *c, FILE *out)
{
	int err = 0;

	for (size_t arm = 1; !err && arm < comparison_arms(c); arm++) {
		err = print_missing(c, arm, true, out);
		if (!err)
			err = print_missing(c, arm, false, out);
	}
	return err;
}

bool compare_waits(const struct row *row, const struct row *last, char *text, size_t size)
{
	if (!row_waits_otherwise(row) ||
	    (cell_same(row, last) &&
	     !strcmp(row_get_text(row, COL_arm), row_get_text(last, COL_arm))))
		return false;
	snprintf(text, size, "slept in %.0f %% of its waits before, in %.0f %% now",
		 100 * row_get_decimal(row, COL_slept_share),
		 100 * row_get_decimal(row, COL_slept_share_new));
	return true;
}

void compare_print_waits(const struct comparison *c, FILE *out)
{
	static struct row row, last;
	char name[CELL_NAME_B], how[80];
	size_t n = 0;

	row_clear(&last);
	for (size_t i = 0; i < comparison_count(c); i++) {
		comparison_row(c, i, &row);
		if (compare_waits(&row, &last, how, sizeof(how)) && n++ < WAITS_SAID) {
			cell_name(NULL, &row, name, sizeof(name));
			wrap_print(out, "waits otherwise: %s %s (%s)", name, how,
				   row_get_text(&row, COL_arm));
		}
		row_copy(&last, &row);
	}
	if (n)
		wrap_print(out,
			   "waits otherwise: %zu in all, which sleep in one profile and spin in "
			   "the other; groups have them as in the base (columns slept_share, "
			   "slept_share_new)",
			   n);
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
	char command[128];

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
	snprintf(command, sizeof(command), word[2], needed);
	wrap_print(out, "too few %s: a verdict needs %zu %s; these have %zu at most: %s gives them",
		   word[0], needed, word[1], most, command);
}

static void nth_row(const void *from, size_t nth, struct row *row)
{
	comparison_row(from, nth, row);
}

int compare_write(const struct rundir *dir, const struct comparison *c)
{
	return rundir_write_rows(dir, CSV_COMPARE, comparison_count(c), nth_row, c);
}
