/* SPDX-License-Identifier: MIT */
/* The control groups of this process that have a CPU quota, and what the quota has taken from them. */
#ifndef BENCH_MACHINE_CGROUP_H
#define BENCH_MACHINE_CGROUP_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * The path of this process's group of version 2, or of `controller` in version 1, by what /proc below
 * `root` says, into `path` (PATH_MAX bytes); "" when there is none.
 */
void cgroup_path(const char *root, const char *controller, char *path);

/*
 * Calls `each` with the directory of the group that the CPU controller knows, and with those of all groups
 * above it, in either version: the quota of each holds. `v1`: it has the files of version 1.
 */
void cgroup_each(const char *root, void (*each)(void *arg, const char *group, bool v1), void *arg);

/* What the quotas of all these groups have done since the groups were made. */
struct cgroup_throttled {
	uint64_t ns;	  /* that tasks were kept from running, all CPUs and groups together */
	uint64_t periods; /* in which a quota was used up */
};

/* Reads it; false when no group has such counters. */
bool cgroup_throttled(const char *root, struct cgroup_throttled *ret);

#endif
