/* SPDX-License-Identifier: MIT */
/* Which settings differ between the machines of a fleet, and who has what. */
#ifndef BENCH_REPORT_FLEET_SETTINGS_H
#define BENCH_REPORT_FLEET_SETTINGS_H

#include "bench/report/fleet.h"

/* A value of a setting, and the machines that have it. */
struct fleet_value {
	const char *text; /* NULL = they have no such setting */
	size_t n;
	const size_t *machines; /* n of them, by number */
};

/*
 * Calls `each` for every key whose value is not the same on all machines, with its `n` values: that
 * of most machines first. 0 or -ENOMEM.
 */
int fleet_settings(const struct fleet *f,
		   void (*each)(void *arg, const char *key, const struct fleet_value *values,
				size_t n),
		   void *arg);

#endif
