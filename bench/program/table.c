/* SPDX-License-Identifier: MIT */
#include "bench/program/table.h"

#include <errno.h>
#include <math.h>

#include "bench/analyse/headline.h"
#include "bench/base/values.h"
#include "bench/record/cell.h"

#define FIGURE_B 16

/*
 * The configuration comes last: rows come one by one, and nobody knows how long the names will be.
 */
#define LINE "%10s %10s %10s %10s  %s%s%s\n"

static int flush(FILE *out)
{
	errno = 0;
	return fflush(out) || ferror(out) ? (errno ? -errno : -EIO) : 0;
}

int table_heading(FILE *out)
{
	fprintf(out, LINE, "median", "p99", "max", "CPU per op", "configuration", "", "");
	return flush(out);
}

int table_row(FILE *out, const struct row *row)
{
	const struct metric *m = row_is_ok(row) ? headline_metric(row) : NULL;
	char name[CELL_NAME_B], median[FIGURE_B], p99[FIGURE_B], max[FIGURE_B], cpu[FIGURE_B];
	const char *unit = m ? schema_column(m->column)->unit : "";
	bool noisy = row_list_has(row_get_text(row, COL_flags), "noisy");

	cell_name(NULL, row, name, sizeof(name));
	value_print_figure(m ? row_get_decimal(row, m->column) : NAN, unit, median, FIGURE_B);
	value_print_figure(m && m->p99 != COL_COUNT ? row_get_decimal(row, m->p99) : NAN, unit, p99,
			   FIGURE_B);
	value_print_figure(m ? headline_longest(row, m) : NAN, "ns", max, FIGURE_B);
	value_print_figure(row_get_decimal(row, COL_cpu_ns_per_op), "ns", cpu, FIGURE_B);
	fprintf(out, LINE, median, p99, max, cpu, name, m && !noisy ? "" : "  ",
		!m	? row_get_text(row, COL_status)
		: noisy ? "noisy"
			: "");
	return flush(out);
}
