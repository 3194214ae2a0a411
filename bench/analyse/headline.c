/* SPDX-License-Identifier: MIT */
#include "bench/analyse/headline.h"

#include <stdio.h>
#include <string.h>

const struct metric *headline_metric(const struct row *row)
{
	size_t n, of_cell[SUMMARY_METRICS_MAX];
	const struct metric *all = summary_metrics(&n);

	n = summary_metrics_of(row, of_cell);
	for (size_t i = 0; i < n; i++)
		if (row_is_set(row, all[of_cell[i]].column))
			return &all[of_cell[i]];
	return NULL;
}

double headline_longest(const struct row *row, const struct metric *m)
{
	enum column column = COL_stall_max_ns;
	char name[64];

	if (m->p99 != COL_COUNT) {
		const char *p99 = schema_column(m->p99)->name;

		snprintf(name, sizeof(name), "%.*s_max_ns", (int)(strstr(p99, "_p99") - p99), p99);
		column = schema_find(CSV_SAMPLES, name);
	}
	if (column == COL_COUNT || !row_is_set(row, column))
		column = COL_stall_max_ns;
	return row_get_decimal(row, column);
}
