/* SPDX-License-Identifier: MIT */
/*
 * See bench/machine/isolation.h. The files hold lists such as "2-3,8"; cpuset.cpus.isolated is of
 * the root of cgroup v2.
 */
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/machine/isolation.h"

static bool lists(const char *root, const char *file, unsigned pu)
{
	char path[PATH_MAX];
	unsigned first, last;
	bool found = false;
	FILE *in;

	snprintf(path, sizeof(path), "%s%s", root, file);
	in = fopen(path, "re");
	if (!in)
		return false;
	while (!found && fscanf(in, "%u", &first) == 1) {
		last = first;
		if (fscanf(in, "-%u", &last) < 0)
			last = first;
		found = first <= pu && pu <= last;
		if (fscanf(in, " ,") < 0)
			break;
	}
	fclose(in);
	return found;
}

unsigned isolation_of(const char *root, unsigned pu)
{
	unsigned found = 0;

	if (lists(root, "/sys/devices/system/cpu/isolated", pu))
		found |= ISOLATION_ISOLCPUS;
	if (lists(root, "/sys/devices/system/cpu/nohz_full", pu))
		found |= ISOLATION_NOHZ_FULL;
	if (lists(root, "/sys/fs/cgroup/cpuset.cpus.isolated", pu))
		found |= ISOLATION_CPUSET;
	return found;
}
