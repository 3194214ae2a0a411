/* SPDX-License-Identifier: MIT */
/*
 * Tables of what was measured: locks, pairs of PUs by relation, every figure, and what is missing.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/analyse/estimate.h"
#include "bench/analyse/summary.h"
#include "bench/base/grow.h"
#include "bench/record/cell.h"
#include "bench/report/html.h"
#include "bench/report/parts.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

static void cell_number(FILE *out, const struct row *row, enum column column)
{
	if (row_is_set(row, column))
		fprintf(out, "<td class=n>%" PRIu64 "</td>", row_get_u64(row, column, 0));
	else
		fputs("<td></td>", out);
}

/* Run or arm of a row, where there are several. */
static void cell_state(const struct report_data *b, const struct row *row, FILE *out)
{
	if (b->n_states > 1)
		html_cell(out, row_get_text(row, part_states(b) > 1 ? COL_run_id : COL_arm));
}

void part_name(const struct row *row, uint64_t said, FILE *out)
{
	char name[CELL_NAME_B];

	/*
	 * What is usual in no name: a name that says what varies in some other row is twice as
	 * long.
	 */
	cell_name_beside(NULL, row, said, name, sizeof(name));
	html_text(out, name);
}

static void cell_configuration(const struct row *row, uint64_t said, FILE *out)
{
	fputs("<td>", out);
	part_name(row, said, out);
	fputs("</td>", out);
}

/*
 * The row of the same cell with another metric, which stands behind it in the summary; NULL: none.
 */
static const struct row *of_same_cell(const struct report_data *b, const struct row *row,
				      const char *metric)
{
	const struct row *end = b->summary.all + b->summary.n;

	for (const struct row *r = row + 1; r < end && summary_same_cell(r, row); r++)
		if (!strcmp(row_get_text(r, COL_metric), metric))
			return r;
	return NULL;
}

/* What the lock of `row` costs when nobody else wants it; NaN: not measured. */
static double cost_alone(const struct report_data *b, const struct state *s, const struct row *row)
{
	struct query q = {.state = s, .use = USE_UNCONTENDED, .metric = "op_p50_ns"};

	for (size_t i = 0; i < b->summary.n; i++) {
		const struct row *other = &b->summary.all[i];

		if (query_matches(&q, other) &&
		    !strcmp(row_get_text(other, COL_mechanism), row_get_text(row, COL_mechanism)) &&
		    !strcmp(row_get_text(other, COL_variant), row_get_text(row, COL_variant)))
			return row_get_decimal(other, COL_median);
	}
	return NAN;
}

static void write_lock(const struct report_data *b, const struct state *s, const struct row *row,
		       FILE *out)
{
	const struct row *wait = of_same_cell(b, row, "acquire_p50_ns");
	const struct row *jain = of_same_cell(b, row, "jain");
	const struct row *change = of_same_cell(b, row, "owner_change_share");

	fputs("<tr>", out);
	cell_configuration(row, 0, out);
	html_cell_figure(out, "op_ns", cost_alone(b, s, row));
	html_cell_figure(out, "ops_per_s", row_get_decimal(row, COL_median));
	html_cell_figure(out, "jain", jain ? row_get_decimal(jain, COL_median) : NAN);
	html_cell_figure(out, "share", change ? row_get_decimal(change, COL_median) : NAN);
	html_cell_figure(out, "x_ns", wait ? row_get_decimal(wait, COL_median) : NAN);
	html_cell_figure(out, "x_ns", wait ? row_get_decimal(wait, COL_p99_median) : NAN);
	html_cell_flags(out, row_get_text(row, COL_flags));
	fputs("</tr>\n", out);
}

void part_locks(const struct report_data *b, FILE *out)
{
	static const char columns[] = "lock|#alone|#acquisitions, all threads|#Jain's index|#owner "
				      "changes|#wait, p50|#wait, p99|flags";

	for (size_t k = 0; k < part_states(b); k++) {
		const struct state *s = &b->states[k];
		struct query q = {.state = s, .use = USE_CONTENDED, .metric = "ops_per_s"};

		if (!query_any(b, &q))
			continue;
		part_state_heading(b, s, out);
		html_table(out, "Locks that several threads want", columns);
		for (size_t i = 0; i < b->summary.n; i++)
			if (query_matches(&q, &b->summary.all[i]) &&
			    row_get_u64(&b->summary.all[i], COL_threads, 0) > 1)
				write_lock(b, s, &b->summary.all[i], out);
		html_table_end(out);
	}
}

/* Pairs of PUs with one relation: how many, and their times. */
static void write_relation(const struct report_data *b, enum relation relation, double *values,
			   FILE *out)
{
	size_t n = 0, pairs = 0;

	for (size_t i = 0; i < b->matrix.n; i++) {
		const struct row *row = &b->matrix.all[i];

		if (row_relation(row) != relation)
			continue;
		pairs++;
		if (row_is_set(row, COL_median))
			values[n++] = row_get_decimal(row, COL_median);
	}
	if (!pairs)
		return;
	estimate_sort(values, n);
	fputs("<tr>", out);
	html_cell(out, relation_name(relation));
	fprintf(out, "<td class=n>%zu</td>", n);
	html_cell_figure(out, "op_ns", n ? values[0] : NAN);
	html_cell_figure(out, "op_ns", estimate_median(values, n));
	html_cell_figure(out, "op_ns", n ? values[n - 1] : NAN);
	fputs("</tr>\n", out);
}

void part_matrix(const struct report_data *b, FILE *out)
{
	static const char columns[] =
		"distance|#pairs measured|#fastest pair|#median of the pairs|#slowest pair";
	double *values = b->matrix.n ? calloc(b->matrix.n, sizeof(*values)) : NULL;

	if (!values)
		return;
	html_table(out, "Time there and back between two CPUs, by their distance", columns);
	for (enum relation r = 0; r < RELATION_COUNT; r++)
		write_relation(b, r, values, out);
	html_table_end(out);
	free(values);
}

/* What else was measured of the cell of `row`: its further rows follow it in the summary. */
static void cell_beside(const struct report_data *b, const struct row *row, FILE *out)
{
	const struct row *end = b->summary.all + b->summary.n;
	char median[QUANTITY_B], lo[QUANTITY_B], hi[QUANTITY_B];

	fputs("<td>", out);
	for (const struct row *r = row + 1; r < end && summary_same_cell(r, row); r++) {
		const char *metric = row_get_text(r, COL_metric);

		if (!row_is_set(r, COL_median))
			continue;
		html_quantity(median, metric, row_get_decimal(r, COL_median));
		fprintf(out, "%s%s %s", r > row + 1 ? "; " : "", metric, median);
		if (!row_is_set(r, COL_ci_lo))
			continue;
		html_quantity(lo, metric, row_get_decimal(r, COL_ci_lo));
		html_quantity(hi, metric, row_get_decimal(r, COL_ci_hi));
		fprintf(out, " (%s to %s)", lo, hi);
	}
	if (row_spins(row) && !row_asks_to_spin(row))
		fprintf(out, " spins: slept in %.0f %% of its waits",
			100 * row_get_decimal(row, COL_slept_share));
	if (row_is_set(row, COL_same_cpu_share))
		fprintf(out, " on one CPU %.0f %% of the time",
			100 * row_get_decimal(row, COL_same_cpu_share));
	fputs("</td>", out);
}

static void write_figure(const struct report_data *b, const struct row *row, FILE *out)
{
	const char *metric = row_get_text(row, COL_metric);

	fputs("<tr>", out);
	cell_state(b, row, out);
	cell_configuration(row, 0, out);
	html_cell(out, metric);
	html_cell_figure(out, metric, row_get_decimal(row, COL_median));
	html_cell_figure(out, metric, row_get_decimal(row, COL_ci_lo));
	html_cell_figure(out, metric, row_get_decimal(row, COL_ci_hi));
	html_cell_figure(out, metric, row_get_decimal(row, COL_p99_median));
	cell_number(out, row, COL_n);
	html_cell_flags(out, row_get_text(row, COL_flags));
	cell_beside(b, row, out);
	fputs("</tr>\n", out);
}

/* By the table of parameters; then as in the summary. */
static int by_cell(const void *a, const void *b)
{
	const struct row *one = *(const struct row *const *)a, *two = *(const struct row *const *)b;
	int order = cell_compare(one, two);

	return order ? order : one < two ? -1 : one > two;
}

/* The first row with a figure of each cell, in their order, to be freed; NULL: none. */
static const struct row **cells_in_order(const struct report_data *b, size_t *n)
{
	const struct row **cells = calloc(b->summary.n + 1, sizeof(void *));

	*n = 0;
	for (size_t i = 0; cells && i < b->summary.n; i++) {
		const struct row *row = &b->summary.all[i];

		if (row_is_set(row, COL_median) && (!*n || !summary_same_cell(cells[*n - 1], row)))
			cells[(*n)++] = row;
	}
	if (cells)
		qsort(cells, *n, sizeof(void *), by_cell);
	return cells;
}

void part_figures(const struct report_data *b, FILE *out)
{
	static const char columns[] =
		"run or profile|configuration|metric|#median|#from|#to|#p99|#n|flags|beside it";
	size_t first = b->n_states > 1 ? 0 : strlen("run or profile|"), n;
	const struct row **cells = cells_in_order(b, &n);

	if (n)
		html_table(out, "Every figure: median over the runs and its 95 % interval",
			   columns + first);
	for (size_t i = 0; i < n; i++)
		write_figure(b, cells[i], out);
	if (n)
		html_table_end(out);
	free(cells);
}

/* Whether row `i` of the summary is the first of a cell that has no figure, planned or not. */
static bool begins_missing(const struct report_data *b, size_t i, bool planned)
{
	const struct row *row = &b->summary.all[i];

	return !row_is_ok(row) && planned == (row_status(row) != STATUS_NOT_PLANNED) &&
	       !(i && summary_same_cell(row - 1, row));
}

static void write_skipped(const struct report_data *b, const struct row *row, FILE *out)
{
	fputs("<tr>", out);
	cell_state(b, row, out);
	cell_configuration(row, 0, out);
	html_cell(out, row_get_text(row, COL_status));
	html_cell(out, row_get_text(row, COL_reason));
	fputs("</tr>\n", out);
}

/* A fold with the cells that were to be measured and have no figure. */
static void part_skipped(const struct report_data *b, FILE *out)
{
	static const char title[] = "Skipped, failed or invalid, each with its reason";
	static const char columns[] = "run or profile|configuration|status|reason";
	size_t first = b->n_states > 1 ? 0 : strlen("run or profile|"), n = 0;

	for (size_t i = 0; i < b->summary.n; i++) {
		if (!begins_missing(b, i, true))
			continue;
		if (!n++) {
			fprintf(out, "<details><summary>%s</summary>\n", title);
			html_table(out, title, columns + first);
		}
		write_skipped(b, &b->summary.all[i], out);
	}
	if (!n)
		return;
	html_table_end(out);
	fprintf(out, "<p>%zu configurations.</p></details>\n", n);
}

/* Whether two cells that were not planned stand in one line. */
static bool same_line(const struct row *a, const struct row *b)
{
	static const enum column columns[] = {COL_run_id,  COL_arm,  COL_group, COL_mechanism,
					      COL_variant, COL_wait, COL_reason};

	for (size_t i = 0; i < N_OF(columns); i++)
		if (strcmp(row_get_text(a, columns[i]), row_get_text(b, columns[i])) != 0)
			return false;
	return true;
}

/* All cells that were not planned and stand in one line. */
struct unplanned {
	const struct row *first;
	size_t n;
};

/*
 * The lines of cells that were not planned, in the order of the first of each, to be freed; NULL
 * without memory.
 */
static struct unplanned *find_unplanned(const struct report_data *b, size_t *n)
{
	struct unplanned *lines = NULL;
	size_t room = 0;

	*n = 0;
	for (size_t i = 0; i < b->summary.n; i++) {
		size_t k = 0;

		if (!begins_missing(b, i, false))
			continue;
		while (k < *n && !same_line(lines[k].first, &b->summary.all[i]))
			k++;
		if (k == *n) {
			if (array_grow(&lines, *n, &room, sizeof(*lines)))
				break;
			lines[(*n)++] = (struct unplanned){&b->summary.all[i], 0};
		}
		lines[k].n++;
	}
	return lines;
}

static void write_unplanned(const struct report_data *b, const struct unplanned *line, FILE *out)
{
	fputs("<tr>", out);
	cell_state(b, line->first, out);
	cell_configuration(line->first, ~CELL_SAID(wait), out);
	fprintf(out, "<td class=n>%zu</td>", line->n);
	html_cell(out, row_get_text(line->first, COL_reason));
	fputs("</tr>\n", out);
}

/* A fold with what was not planned: of each mechanism how many cells; plan.csv has them all. */
static void part_unplanned(const struct report_data *b, FILE *out)
{
	static const char title[] = "Not planned: the budget was too small";
	static const char columns[] = "run or profile|mechanism|#configurations|reason";
	size_t first = b->n_states > 1 ? 0 : strlen("run or profile|"), n = 0, n_lines;
	struct unplanned *lines = find_unplanned(b, &n_lines);

	if (n_lines) {
		fprintf(out, "<details><summary>%s</summary>\n", title);
		html_table(out, title, columns + first);
	}
	for (size_t i = 0; i < n_lines; i++) {
		write_unplanned(b, &lines[i], out);
		n += lines[i].n;
	}
	free(lines);
	if (!n_lines)
		return;
	html_table_end(out);
	fprintf(out, "<p>%zu configurations; <code>plan.csv</code> has each.</p></details>\n", n);
}

void part_missing(const struct report_data *b, FILE *out)
{
	part_skipped(b, out);
	part_unplanned(b, out);
}
