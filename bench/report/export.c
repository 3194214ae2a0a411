/* SPDX-License-Identifier: MIT */
#include "bench/report/export.h"

#include <stdbool.h>
#include <string.h>

#include "bench/base/utf8.h"
#include "bench/record/cell.h"
#include "bench/record/csv.h"

/* How a unit of ours is called there, and how many of it ours is. */
static const struct unit {
	const char *ours, *theirs;
	double factor;
} units[] = {
	{"ns", "seconds", 1e-9},
	{"1/s", "per_second", 1},
	{"MB/s", "bytes_per_second", 1e6},
	{"", "ratio", 1},
};

static const struct figure {
	enum column column;
	const char *name, *help;
} figures[] = {
	{COL_median, "median", "Median over the runs of what each run found."},
	{COL_ci_lo, "ci_low", "Lower 95 % limit of the median."},
	{COL_ci_hi, "ci_high", "Upper 95 % limit of the median."},
	{COL_p99_median, "p99", "Median over the runs of their 99th percentiles."},
};

/* What tells one sample from another; the name of the configuration alone would do. */
static const enum column labels[] = {COL_arm,	     COL_group,	  COL_mechanism,  COL_variant,
				     COL_wait,	     COL_pattern, COL_experiment, COL_placement,
				     COL_msg_size_b, COL_metric};

static const char *unit_of(const struct row *row)
{
	enum column column = schema_find(CSV_SAMPLES, row_get_text(row, COL_metric));

	return column == COL_COUNT ? "" : schema_column(column)->unit;
}

/* A label, with what the format wants escaped; bytes that are no UTF-8 become U+FFFD. */
static void put_label(FILE *out, const char *name, const char *value)
{
	fprintf(out, "%s=\"", name);
	while (*value) {
		unsigned length = utf8_length(value);

		if (!length)
			fputs("\357\277\275", out);
		else
			fprintf(out, "%s%.*s", *value == '"' || *value == '\\' ? "\\" : "",
				(int)length, value);
		value += length ? length : 1;
	}
	putc('"', out);
}

/*
 * Whether the summary is of several runs: then the label run_id tells apart what would be one
 * sample twice, for which node_exporter refuses the file. Of one run it would be another series
 * with each sweep.
 */
static bool has_runs(const struct summary *s)
{
	static struct row row, first;

	for (size_t i = 0; i < summary_count(s); i++) {
		summary_row(s, i, i ? &row : &first);
		if (i &&
		    strcmp(row_get_text(&row, COL_run_id), row_get_text(&first, COL_run_id)) != 0)
			return true;
	}
	return false;
}

static void put_labels(FILE *out, const struct row *row, bool runs)
{
	char name[CELL_NAME_B], number[CSV_NUMBER_B];

	cell_name(NULL, row, name, sizeof(name));
	putc('{', out);
	put_label(out, "configuration", name);
	if (runs) {
		putc(',', out);
		put_label(out, "run_id", row_get_text(row, COL_run_id));
	}
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		const struct column_info *info = schema_column(labels[i]);

		if (!row_is_set(row, labels[i]))
			continue;
		putc(',', out);
		put_label(out, info->name,
			  info->type == COLUMN_TEXT ? row_get_text(row, labels[i])
						    : csv_number(row, labels[i], number));
	}
	fputs("} ", out);
}

static void put_heading(FILE *out, const char *name, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void put_family(FILE *out, const struct summary *s, const struct figure *f,
		       const struct unit *u, bool runs)
{
	static struct row row;
	bool any = false;
	char name[64];

	snprintf(name, sizeof(name), "handoff_%s_%s", f->name, u->theirs);
	for (size_t i = 0; i < summary_count(s); i++) {
		summary_row(s, i, &row);
		if (!row_is_ok(&row) || strcmp(unit_of(&row), u->ours) != 0 ||
		    !row_is_set(&row, f->column))
			continue;
		if (!any)
			put_heading(out, name, f->help);
		any = true;
		fputs(name, out);
		put_labels(out, &row, runs);
		fprintf(out, "%.9g\n", row_get_decimal(&row, f->column) * u->factor);
	}
}

/* Whether others disturbed so many of its runs that the figure is not to be trusted. */
static void put_noisy(FILE *out, const struct summary *s, bool runs)
{
	static struct row row;
	bool any = false;

	for (size_t i = 0; i < summary_count(s); i++) {
		summary_row(s, i, &row);
		if (!row_is_ok(&row))
			continue;
		if (!any)
			put_heading(out, "handoff_noisy",
				    "1 if others disturbed the runs, else 0.");
		any = true;
		fputs("handoff_noisy", out);
		put_labels(out, &row, runs);
		fprintf(out, "%d\n", row_list_has(row_get_text(&row, COL_flags), "noisy"));
	}
}

void export_prometheus(FILE *out, const struct summary *s)
{
	bool runs = has_runs(s);

	for (size_t f = 0; f < sizeof(figures) / sizeof(figures[0]); f++)
		for (size_t u = 0; u < sizeof(units) / sizeof(units[0]); u++)
			put_family(out, s, &figures[f], &units[u], runs);
	put_noisy(out, s, runs);
}
