/* SPDX-License-Identifier: MIT */
/* What a sweep keeps about the machine it runs on, before, after, and when it goes on. */
#ifndef BENCH_COMMAND_RUN_SETTINGS_H
#define BENCH_COMMAND_RUN_SETTINGS_H

#include "bench/machine/settings.h"
#include "bench/record/rundir.h"

/* The settings of this machine, with its name, the kernel's, and this build. NULL: no memory. */
struct settings *run_settings_read(void);

/* Writes settings/`name`, whole or not at all. 0 or -errno. */
int run_settings_write(const struct rundir *dir, const char *name, struct settings *s);

/*
 * Writes settings/before.txt, settings/topology.xml (hwloc's) and doctor.csv into a new run. 0 or
 * -errno.
 */
int run_settings_before(const struct rundir *dir, const char *topology_xml);

/*
 * Writes settings/after.txt. What changed since before.txt is said on stderr, each line beginning
 * with `program`, and written to settings/changed.txt. 0 or -errno.
 */
int run_settings_after(const char *program, const struct rundir *dir);

/*
 * Whether this is still the machine, kernel and build of the run: 0; -ESTALE after a line per
 * difference on stderr; -errno when before.txt cannot be read.
 */
int run_settings_check(const char *program, const struct rundir *dir);

/* Hands `topology_xml` to all programs started from now on; where that fails, they read it anew. */
void run_settings_hand_on(const char *topology_xml);

#endif
