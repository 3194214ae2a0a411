/* SPDX-License-Identifier: MIT */
/*
 * The control groups of this process, what their CPU quotas have taken from it, and groups of our
 * own.
 */
#ifndef BENCH_MACHINE_CGROUP_H
#define BENCH_MACHINE_CGROUP_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * The path of this process's group of version 2, or of `controller` in version 1, by what /proc
 * below `root` says, into `path` (PATH_MAX bytes); "" when there is none.
 */
void cgroup_path(const char *root, const char *controller, char *path);

/*
 * Calls `each` with the directory of the group that the CPU controller knows, and with those of all
 * groups above it, in either version: the quota of each holds. `v1`: it has the files of version 1.
 */
void cgroup_each(const char *root, void (*each)(void *arg, const char *group, bool v1), void *arg);

/* What the quotas of all these groups have done since the groups were made. */
struct cgroup_throttled {
	uint64_t ns;	  /* that tasks were kept from running, all CPUs and groups together */
	uint64_t periods; /* in which a quota was used up */
};

/* Reads it; false when no group has such counters. */
bool cgroup_throttled(const char *root, struct cgroup_throttled *ret);

/*
 * Makes the group `name`, and `depth` - 1 groups one in the other in it, where the CPU controller
 * shares time between them: below our own group, or in version 2 below the nearest above it whose
 * children have the controller. The innermost one's directory goes into `path` and the one that
 * holds `name` into `parent` (PATH_MAX bytes each). 0; -EOPNOTSUPP where no group can be made so;
 * or -errno, and nothing was made.
 */
int cgroup_make(const char *root, const char *name, unsigned depth, char *path, char *parent);

/*
 * Where the CPU controller has this process: a number that differs for any two groups; 0 = it
 * cannot be read.
 */
uint64_t cgroup_number(const char *root);

/*
 * Calls `each` with each group that can be seen, in all trees: it is the directory `name` in that
 * of the descriptor `dir`. Its own groups are not visited after it has returned true.
 */
void cgroup_walk(const char *root, bool (*each)(void *arg, int dir, const char *name), void *arg);

/*
 * Removes the group `name` in the directory `dir`, with those in it; whether it is gone. Its
 * processes have ended.
 */
bool cgroup_remove_at(int dir, const char *name);

/* Removes the groups of that name, wherever they are; whether there was one. */
bool cgroup_remove(const char *root, const char *name);

#endif
