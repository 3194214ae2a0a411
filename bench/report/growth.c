/* SPDX-License-Identifier: MIT */
/*
 * What a larger message costs, and how long the slowest round trips take: of the closest two cores,
 * as tables.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/text.h"
#include "bench/base/values.h"
#include "bench/report/findings.h"
#include "bench/report/parts.h"

#define TAILS_MAX 30 /* rows; every figure has the rest */

static struct query trips_of(const struct state *s, unsigned places)
{
	return (struct query){
		.state = s, .use = USE_PING_PONG, .metric = "op_p50_ns", .places = places};
}

/* The row of what `row` is, with another size; NULL: not measured. */
static const struct row *with_size(const struct report_data *b, const struct query *q,
				   const struct row *row, uint64_t size)
{
	struct query sized = *q;
	char mine[256], other[256];

	sized.size_b = size;
	finding_name(row, mine, sizeof(mine));
	for (size_t i = 0; i < b->summary.n; i++) {
		if (!query_matches(&sized, &b->summary.all[i]))
			continue;
		finding_name(&b->summary.all[i], other, sizeof(other));
		if (!strcmp(mine, other))
			return &b->summary.all[i];
	}
	return NULL;
}

/* A line of sizes, where there are several; `row` is the smallest. */
static void write_sizes(const struct report_data *b, const struct query *q, const struct row *row,
			const uint64_t *sizes, size_t n, FILE *out)
{
	const struct row *rows[QUERY_SIZES];
	char name[256];
	size_t found = 0;

	for (size_t i = 0; i < n; i++) {
		rows[i] = with_size(b, q, row, sizes[i]);
		found += rows[i] != NULL;
	}
	if (found < 2)
		return;
	finding_name(row, name, sizeof(name));
	fputs("<tr>", out);
	html_cell(out, name);
	for (size_t i = 0; i < n; i++)
		html_cell_figure(out, "op_p50_ns",
				 rows[i] ? row_get_decimal(rows[i], COL_median) : NAN);
	fputs("</tr>\n", out);
}

static int by_median(const void *a, const void *b)
{
	double x = row_get_decimal(*(const struct row *const *)a, COL_median);
	double y = row_get_decimal(*(const struct row *const *)b, COL_median);

	return x < y ? -1 : x > y;
}

/* The rows that match `q`, the fastest first, to be freed; NULL without memory. */
static const struct row **find_rows(const struct report_data *b, const struct query *q, size_t *n)
{
	const struct row **rows = calloc(b->summary.n + 1, sizeof(void *));

	*n = 0;
	for (size_t i = 0; rows && i < b->summary.n; i++)
		if (query_matches(q, &b->summary.all[i]))
			rows[(*n)++] = &b->summary.all[i];
	if (rows)
		qsort(rows, *n, sizeof(void *), by_median);
	return rows;
}

static void write_growth(const struct report_data *b, const struct state *s, FILE *out)
{
	enum relation relation = finding_relation(b, s, false);
	struct query q, first;
	char columns[1024] = "mechanism and wait mode", caption[128], size[32];
	uint64_t sizes[QUERY_SIZES];
	size_t n, n_rows;
	const struct row **rows;

	if (relation == RELATION_COUNT)
		relation = RELATION_SAME_PU;
	q = trips_of(s, QUERY_AT(relation));
	n = query_sizes(b, &q, sizes);
	if (!n)
		return;
	part_state_heading(b, s, out);
	for (size_t i = 0; i < n; i++) {
		value_print_bytes(sizes[i], size, sizeof(size));
		text_add(columns, sizeof(columns), "|#%s", size);
	}
	if (n == 1) {
		fprintf(out,
			"<p>Only messages of %s were measured. "
			"<code>handoff sweep --sizes=64,4k,64k</code> measures others.</p>\n",
			size);
		return;
	}
	snprintf(caption, sizeof(caption), "Median round trip by message size: %s",
		 finding_between(relation));
	html_table(out, caption, columns);
	first = q;
	first.size_b = sizes[0];
	rows = find_rows(b, &first, &n_rows);
	for (size_t i = 0; i < n_rows; i++)
		write_sizes(b, &q, rows[i], sizes, n, out);
	free(rows);
	html_table_end(out);
}

void part_sizes(const struct report_data *b, FILE *out)
{
	for (size_t i = 0; i < part_states(b); i++)
		write_growth(b, &b->states[i], out);
}

static int by_p99(const void *a, const void *b)
{
	double x = row_get_decimal(*(const struct row *const *)a, COL_p99_median);
	double y = row_get_decimal(*(const struct row *const *)b, COL_p99_median);

	return x < y ? -1 : x > y;
}

static void write_tail(const struct row *row, FILE *out)
{
	double median = row_get_decimal(row, COL_median),
	       p99 = row_get_decimal(row, COL_p99_median);
	char name[256], times[32];

	finding_name(row, name, sizeof(name));
	fputs("<tr>", out);
	html_cell(out, name);
	html_cell(out, finding_between(row_relation(row)));
	html_cell_figure(out, "op_p50_ns", median);
	html_cell_figure(out, "op_p50_ns", p99);
	snprintf(times, sizeof(times), "%.1f ×", p99 / median);
	fprintf(out, "<td class=n>%s</td>", times);
	html_cell_flags(out, row_get_text(row, COL_flags));
	fputs("</tr>\n", out);
}

static void write_tails(const struct report_data *b, const struct state *s, FILE *out)
{
	static const char columns[] = "mechanism and wait mode|between|#p50|#p99|#p99 / p50|marks";
	const struct row **rows = calloc(b->summary.n + 1, sizeof(void *));
	struct query q = trips_of(s, 0);
	uint64_t sizes[FINDING_SIZES];
	char caption[160], size[32];
	size_t n = 0, trips = 0;

	q.size_b = finding_sizes(b, s, sizes) ? sizes[0] : 0;
	for (size_t i = 0; rows && i < b->summary.n; i++) {
		const struct row *row = &b->summary.all[i];

		if (!query_matches(&q, row))
			continue;
		trips++;
		if (row_is_set(row, COL_p99_median))
			rows[n++] = row;
	}
	if (trips)
		part_state_heading(b, s, out);
	if (trips && !n)
		fputs("<p>Not measured: a p99 needs 1,000 round trips in every run. "
		      "More time for each run gives them.</p>\n",
		      out);
	if (n) {
		qsort(rows, n, sizeof(void *), by_p99);
		value_print_bytes(q.size_b, size, sizeof(size));
		snprintf(caption, sizeof(caption),
			 "Round trips of %s, the smallest 99th percentile first: median over the "
			 "runs; %zu "
			 "of %zu have one",
			 size, n, trips);
		html_table(out, caption, columns);
		for (size_t i = 0; i < n && i < TAILS_MAX; i++)
			write_tail(rows[i], out);
		html_table_end(out);
	}
	free(rows);
}

void part_tails(const struct report_data *b, FILE *out)
{
	for (size_t i = 0; i < part_states(b); i++)
		write_tails(b, &b->states[i], out);
}
