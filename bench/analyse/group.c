/* SPDX-License-Identifier: MIT */
/* Names of groups, from the columns that tell what is done, where, and how it waits. */
#include "bench/analyse/group.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/analyse/summary.h"

#define LEAST_SIZE 0.05 /* a logarithm: on a quiet machine all members count alike */

double group_mean(const double *x, const double *size, size_t n)
{
	double sum = 0, weights = 0;

	for (size_t i = 0; i < n; i++) {
		double width = fmax(size[i], LEAST_SIZE), most = GROUP_OUTER * width;

		sum += fmin(most, fmax(-most, x[i])) / (width * width);
		weights += 1 / (width * width);
	}
	return n ? sum / weights : NAN;
}

bool group_spins(const struct row *row)
{
	const char *wait = row_get_text(row, COL_wait);

	return !strncmp(wait, "spin", 4) || !strcmp(wait, "yield");
}

static const char *what_of(const struct row *cell)
{
	static const char *const names[][2] = {
		{"ping-pong", "round trips"},
		{"paced", "paced round trips"},
		{"stream", "streams"},
		{"uncontended", "uncontended locks"},
		{"contended", "contended locks"},
		{"readers", "readers and writers"},
		{"handoff", "hand-overs"},
		{"broadcast", "broadcasts"},
		{"meet", "barriers"},
		{"queue", "queues"},
		{"op", "operations"},
	};
	const char *kind = row_get_text(cell, COL_pattern);

	if (!*kind)
		kind = row_get_text(cell, COL_experiment);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(kind, names[i][0]))
			return names[i][1];
	return kind;
}

bool group_name(const struct row *cell, bool tail, char name[GROUP_NAME])
{
	const char *wait = row_get_text(cell, COL_wait);
	const char *where = row_get_text(cell, COL_placement);

	if (!*where)
		where = row_get_text(cell, COL_order);
	snprintf(name, GROUP_NAME, "%s%s%s%s%s",
		 group_spins(cell) ? "spinning "
		 : *wait	   ? "sleeping "
				   : "",
		 what_of(cell), *where ? " " : "", where, tail ? " p99" : "");
	return !summary_is_floor(cell);
}
