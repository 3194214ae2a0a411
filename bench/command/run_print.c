/* SPDX-License-Identifier: MIT */
/* `handoff run`: rows to configurations with their figures; the table, CSV and JSON of these. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "bench/analyse/estimate.h"
#include "bench/analyse/headline.h"
#include "bench/analyse/summary.h"
#include "bench/base/text.h"
#include "bench/command/run.h"
#include "bench/record/cell.h"
#include "bench/record/csv.h"
#include "bench/record/json.h"

#define PROGRAM "handoff run"
#define COLUMNS 7

/* A configuration: a line of the table. */
struct line {
	struct row row; /* as in summary.csv: its first metric that has a value */
	const struct metric *metric;
	double max_ns;		/* longest time of all runs; NaN = none */
	double cpu_ns;		/* CPU time per operation, median over the runs; likewise */
	unsigned n_ok, n_noisy; /* its runs, and those of them that were disturbed */
};

struct lines {
	struct line *all;
	size_t n;
	struct cell_names names;
};

static const struct metric *find_metric(const struct row *row)
{
	enum column metric = schema_find(CSV_SAMPLES, row_get_text(row, COL_metric));
	size_t n, of_cell[SUMMARY_METRICS_MAX];
	const struct metric *all = summary_metrics(&n);

	n = summary_metrics_of(row, of_cell);
	for (size_t i = 0; i < n; i++)
		if (all[of_cell[i]].column == metric)
			return &all[of_cell[i]];
	return &all[0];
}

/* What summary.csv has no column for, from the rows of the configuration. */
static void add_figures(const struct run *r, struct line *line)
{
	double *cpu = calloc(r->n_rows + 1, sizeof(*cpu));
	size_t n = 0;

	line->metric = find_metric(&line->row);
	line->max_ns = line->cpu_ns = NAN;
	for (size_t i = 0; cpu && i < r->n_rows; i++) {
		const struct row *row = &r->rows[i].row;

		if (!row_is_ok(row) || !summary_same_cell(row, &line->row))
			continue;
		line->max_ns = fmax(line->max_ns, headline_longest(row, line->metric));
		line->n_ok++;
		line->n_noisy += row_list_has(row_get_text(row, COL_flags), "noisy");
		if (row_is_set(row, COL_cpu_ns_per_op))
			cpu[n++] = row_get_decimal(row, COL_cpu_ns_per_op);
	}
	estimate_sort(cpu, n);
	line->cpu_ns = estimate_median(cpu, n);
	free(cpu);
}

/* Of each configuration the first metric with a value into `lines`. 0 or -ENOMEM. */
static int make_lines(const struct run *r, struct lines *lines)
{
	struct summary *s = summary_new();
	int err = s ? 0 : -ENOMEM;

	for (size_t t = 0; t < r->n_targets; t++) /* in the order in which they were asked for */
		for (size_t i = 0; !err && i < r->n_rows; i++)
			if (r->rows[i].target == t)
				err = summary_add(s, &r->rows[i].row);
	lines->all = err ? NULL : calloc(summary_count(s) + 1, sizeof(*lines->all));
	if (!lines->all)
		err = -ENOMEM;
	for (size_t i = 0; !err && i < summary_count(s); i++) {
		struct line *last = lines->n ? &lines->all[lines->n - 1] : NULL;
		struct row *row = &lines->all[lines->n].row;

		summary_row(s, i, row);
		if (!last || !summary_same_cell(row, &last->row))
			lines->n++;
		else if (!row_is_set(&last->row, COL_median))
			row_copy(&last->row, row);
	}
	for (size_t i = 0; !err && i < lines->n; i++) {
		add_figures(r, &lines->all[i]);
		cell_names_add(&lines->names, &lines->all[i].row);
	}
	summary_free(s);
	return err;
}

/*
 * What is to be known of a line: why it has no figures; how many of its runs were disturbed, that
 * it waited otherwise than asked, and how the scheduler placed it.
 */
static void print_note(char *text, size_t size, const struct line *line)
{
	const struct row *row = &line->row;

	*text = '\0';
	if (!row_is_ok(row)) {
		snprintf(text, size, "%s: %s", row_get_text(row, COL_status),
			 row_get_text(row, COL_reason));
		return;
	}
	if (line->n_noisy)
		snprintf(text, size, "noisy in %u of %u", line->n_noisy, line->n_ok);
	if (row_spins(row) && !row_asks_to_spin(row))
		text_add(text, size, "%sspins: slept in %.0f %% of its waits", *text ? "; " : "",
			 100 * row_get_decimal(row, COL_slept_share));
	if (row_is_set(row, COL_same_cpu_share))
		text_add(text, size, "%son one CPU %.0f %% of the time", *text ? "; " : "",
			 100 * row_get_decimal(row, COL_same_cpu_share));
}

typedef char texts[COLUMNS][CELL_NAME_B];

/* The name of a line: what all lines have stands above them, in `common`. */
static void fill_name(const struct lines *lines, const struct line *line, char *name, char *common)
{
	*common = '\0';
	if (lines->n > 1)
		cell_name_apart(&lines->names, &line->row, name, common, CELL_NAME_B);
	else
		cell_name(NULL, &line->row, name, CELL_NAME_B);
}

static void fill_texts(const struct line *line, texts to)
{
	const struct row *row = &line->row;
	const char *unit = schema_column(line->metric->column)->unit;
	double median = row_get_decimal(row, COL_median);

	value_print_figure(median, unit, to[1], CELL_NAME_B);
	value_print_range(row_get_decimal(row, COL_ci_lo), row_get_decimal(row, COL_ci_hi), median,
			  unit, to[2], CELL_NAME_B);
	value_print_figure(row_get_decimal(row, COL_p99_median), unit, to[3], CELL_NAME_B);
	value_print_figure(line->max_ns, "ns", to[4], CELL_NAME_B);
	value_print_figure(line->cpu_ns, "ns", to[5], CELL_NAME_B);
	print_note(to[6], CELL_NAME_B, line);
}

/* The headings; a median that is no time is not called a percentile. */
static void fill_heading(const struct lines *lines, texts to)
{
	static const char *const heading[COLUMNS] = {
		"configuration", "p50", "95 % interval", "p99", "max", "CPU per operation", "",
	};

	for (unsigned c = 0; c < COLUMNS; c++)
		snprintf(to[c], CELL_NAME_B, "%s", heading[c]);
	for (size_t i = 0; i < lines->n; i++)
		if (strcmp(schema_column(lines->all[i].metric->column)->unit, "ns") != 0)
			snprintf(to[1], CELL_NAME_B, "median");
}

/* How a table looks. */
struct look {
	const char *left, *between, *right;
	bool padded; /* also the last column */
};

/* A line of the table: the name and the note to the left, figures to the right. */
static void print_texts(texts line, const int *width, const struct look *look)
{
	unsigned n = look->padded ? (width[COLUMNS - 1] ? COLUMNS : COLUMNS - 1)
				  : (*line[COLUMNS - 1] ? COLUMNS : COLUMNS - 1);

	for (unsigned c = 0; c < n; c++) {
		bool left = c == 0 || c == COLUMNS - 1;
		int w = c == COLUMNS - 1 && !look->padded ? 0 : width[c];

		printf("%s%*s", c ? look->between : look->left, left ? -w : w, line[c]);
	}
	printf("%s\n", look->right);
}

/* The line of Markdown below the headings. */
static void print_rule(const int *width)
{
	for (unsigned c = 0; c < COLUMNS; c++)
		if (c < COLUMNS - 1 || width[c])
			printf(c == 0 || c == COLUMNS - 1 ? "|---" : "|---:");
	printf("|\n");
}

static bool is_virtual(const struct run *r)
{
	for (size_t i = 0; i < r->n_rows; i++)
		if (row_list_has(row_get_text(&r->rows[i].row, COL_flags), "virtual"))
			return true;
	return false;
}

/* How far to trust the figures. */
static void print_trust(const struct run *r)
{
	if (r->n_noisy)
		printf("%u of %u runs disturbed: %s", r->n_noisy, r->n_ok, r->why);
	else
		printf("%u runs, 0 disturbed", r->n_ok);
	printf("%s%s\n", r->runs < 6 ? "; fewer than 6 runs give no interval" : "",
	       is_virtual(r) ? "; virtual machine" : "");
}

/* How often each kind of operations took long. 0 or -ENOMEM. */
static int print_stalls(const struct run *r)
{
	const char *before = r->format == RUN_MARKDOWN ? "- " : "";
	char text[STALLS_TEXT];
	int err = 0;

	for (size_t i = 0; !err && i < r->stalls.n; i++) {
		err = stalls_say(&r->stalls.groups[i], STALLS_SAID, text);
		if (!err)
			printf("%s%s\n", before, text);
	}
	if (r->stalls.n)
		printf("%sa second is one of the operations that were timed alone\n%s", before,
		       *before ? "\n" : "");
	return err;
}

static int print_table(const struct run *r, const struct lines *lines)
{
	static const struct look plain = {"", "  ", "", false},
				 markdown = {"| ", " | ", " |", true};
	const struct look *look = r->format == RUN_MARKDOWN ? &markdown : &plain;
	texts *all = calloc(lines->n + 1, sizeof(*all));
	char common[CELL_NAME_B] = "";
	int width[COLUMNS] = {0}, err;

	if (!all)
		return -ENOMEM;
	fill_heading(lines, all[0]);
	for (size_t i = 0; i < lines->n; i++) {
		fill_name(lines, &lines->all[i], all[i + 1][0], common);
		fill_texts(&lines->all[i], all[i + 1]);
	}
	if (*common)
		printf("all:%s\n%s", common, look == &markdown ? "\n" : "");
	for (size_t i = 0; i <= lines->n; i++)
		for (unsigned c = 0; c < COLUMNS; c++)
			if ((int)strlen(all[i][c]) > width[c])
				width[c] = (int)strlen(all[i][c]);
	for (size_t i = 0; i <= lines->n; i++) {
		print_texts(all[i], width, look);
		if (!i && look == &markdown)
			print_rule(width);
	}
	if (look == &markdown)
		printf("\n");
	err = print_stalls(r);
	print_trust(r);
	free(all);
	return err;
}

/* A line as an object: as in summary.csv, and what that has no column for. */
static void json_line(struct json *j, const struct line *line)
{
	static struct row more;

	row_clear(&more);
	row_set_decimal(&more, COL_rtt_max_ns, line->max_ns);
	row_set_decimal(&more, COL_cpu_ns_per_op, line->cpu_ns);
	json_row_begin(j, CSV_SUMMARY, &line->row);
	json_text(j, "unit", schema_column(line->metric->column)->unit);
	json_unsigned(j, "n_noisy", line->n_noisy);
	json_value(j, "max_ns", &more, COL_rtt_max_ns);
	json_value(j, "cpu_ns_per_op", &more, COL_cpu_ns_per_op);
	json_row_end(j);
}

/* How often operations of each kind took longer than each limit. 0 or -ENOMEM. */
static int json_stalls(struct json *j, const struct run *r)
{
	struct rate rate;
	int err = 0;

	json_list_begin(j, "stalls");
	for (size_t i = 0; i < r->stalls.n; i++)
		for (int limit = 0; !err && limit < STALL_LIMITS; limit++) {
			err = stalls_rate(&r->stalls.groups[i], limit, &rate);
			if (err)
				break;
			json_object_begin(j);
			json_text(j, "kind", r->stalls.groups[i].name);
			json_unsigned(j, "above_ns", stall_limits_ns[limit]);
			json_unsigned(j, "seen", rate.count);
			json_decimal(j, "timed_s", rate.seconds);
			json_decimal(j, "per_s", rate.per_s);
			json_decimal(j, "per_s_lo", rate.ci.lo);
			json_decimal(j, "per_s_hi", rate.ci.hi);
			json_bool(j, "clustered", rate.clustered);
			json_object_end(j);
		}
	json_list_end(j);
	return err;
}

static int print_json(const struct run *r, const struct lines *lines)
{
	struct json j;
	int err;

	json_begin(&j, stdout, "run");
	json_unsigned(&j, "n", r->n_ok);
	json_unsigned(&j, "n_noisy", r->n_noisy);
	if (*r->why)
		json_text(&j, "disturbed_by", r->why);
	json_bool(&j, "virtual", is_virtual(r));
	err = json_stalls(&j, r);
	if (err)
		return err;
	json_rows(&j);
	for (size_t i = 0; i < lines->n; i++)
		json_line(&j, &lines->all[i]);
	return json_end(&j);
}

static int print_csv(const struct run *r)
{
	int err = csv_write_header(stdout, CSV_SAMPLES);

	for (size_t i = 0; !err && i < r->n_rows; i++)
		err = csv_write_row(stdout, CSV_SAMPLES, &r->rows[i].row);
	return err;
}

int run_print(const struct run *r)
{
	static struct lines lines;
	int err = r->format == RUN_CSV ? print_csv(r) : make_lines(r, &lines);

	if (!err && r->format != RUN_CSV)
		err = r->format == RUN_JSON ? print_json(r, &lines) : print_table(r, &lines);
	free(lines.all);
	if (!err)
		return 0;
	fprintf(stderr, PROGRAM ": cannot print: %s\n", strerror(-err));
	return EX_IOERR;
}
