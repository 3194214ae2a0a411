/* SPDX-License-Identifier: MIT */
/* Names of groups, from the columns that tell what is done, where, and how it waits. */
#include "bench/analyse/group.h"

#include <math.h>
#include <stdio.h>

#include "bench/record/cell.h"

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

/* By the place of the bit USE_*. */
static const char *what_of(const struct row *cell)
{
	static const char *const names[] = {
		[IPC_PING_PONG] = "round trips",
		[IPC_PACED] = "paced round trips",
		[IPC_STREAM] = "streams",
		[IPC_FAN_OUT] = "fan-outs",
		[IPC_PATTERNS + SYNC_UNCONTENDED] = "uncontended locks",
		[IPC_PATTERNS + SYNC_CONTENDED] = "contended locks",
		[IPC_PATTERNS + SYNC_READERS] = "readers and writers",
		[IPC_PATTERNS + SYNC_HANDOFF] = "hand-overs",
		[IPC_PATTERNS + SYNC_QUEUE] = "queues",
		[IPC_PATTERNS + SYNC_OP] = "operations",
		[IPC_PATTERNS + SYNC_BROADCAST] = "broadcasts",
		[IPC_PATTERNS + SYNC_BARRIER] = "barriers",
		[IPC_PATTERNS + SYNC_ORDER] = "orders of waking",
		[IPC_PATTERNS + SYNC_HERD] = "herds",
		[IPC_PATTERNS + SYNC_INVERSION] = "priority inversions",
	};
	unsigned use = row_use(cell);

	return use ? names[__builtin_ctz(use)] : "";
}

bool group_name(const struct row *cell, bool tail, char name[GROUP_NAME])
{
	const char *where = row_get_text(cell, COL_placement);

	if (!*where)
		where = row_get_text(cell, COL_order);
	snprintf(name, GROUP_NAME, "%s%s%s%s%s",
		 row_spins(cell)	      ? "spinning "
		 : row_is_set(cell, COL_wait) ? "sleeping "
					      : "",
		 what_of(cell), *where ? " " : "", where, tail ? " p99" : "");
	return !row_is_floor(cell);
}
