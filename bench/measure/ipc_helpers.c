/* SPDX-License-Identifier: MIT */
/* PUs for the threads of the kernel that work for the sides of an IPC measurement. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench/measure/ipc_session.h"

int ipc_place_helpers(const struct ipc_cell *cell, unsigned pus[CREW_MAX], char *reason)
{
	const unsigned *sides = cell->seats.pu;
	unsigned n = ipc_members(cell), used[2 * CREW_MAX];

	if (!(cell->variant->flags & IPC_HELPERS))
		return 0;
	if (cell->seats.free && topology_allowed_count(cell->topology) >= 2 * n)
		return 0;
	memcpy(used, sides, n * sizeof(*used));
	for (unsigned i = 0; i < n; i++) {
		int pu = cell->seats.free ? -ENOENT
					  : placement_beside(cell->topology, sides[i], used, n + i);

		if (pu < 0) {
			snprintf(reason, CREW_REASON,
				 "a thread of the kernel that spins works for each side: no CPU is "
				 "left for it");
			return pu == -ENOENT ? -EOPNOTSUPP : pu;
		}
		pus[i] = used[n + i] = (unsigned)pu;
	}
	return (int)n;
}
