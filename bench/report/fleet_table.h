/* SPDX-License-Identifier: MIT */
/* What was found of a fleet, in words and in a table for a terminal. */
#ifndef BENCH_REPORT_FLEET_TABLE_H
#define BENCH_REPORT_FLEET_TABLE_H

#include <stdio.h>

#include "bench/report/fleet.h"

/*
 * The machines into order[n_machines], the oddest first, then by name; how many of them are odd. 0
 * or -ENOMEM.
 */
int fleet_order(const struct fleet *f, size_t *order, size_t *n_odd);

/*
 * How many configurations of a group `m` has a difference in, and how many of those on the side of
 * the group's.
 */
size_t fleet_sides(const struct fleet *f, size_t group, size_t m, size_t *same_side);

/*
 * Of the machines of a fleet in one group: how many have each verdict, and the median of what would
 * be found.
 */
struct fleet_tally {
	size_t n[ODD_VERDICTS];
	double detectable; /* a logarithm; NaN: nothing would */
};
struct fleet_tally fleet_tally(const struct fleet *f, size_t group);

/* "+5.2 %" of a difference, "" of NaN. */
#define FLEET_PERCENT_B 24
const char *fleet_percent(char text[FLEET_PERCENT_B], double logarithm);

/*
 * Prints kinds, odd machines, what each place could show, and settings that differ. 0 or -ENOMEM.
 */
int fleet_print(const struct fleet *f, FILE *out);

#endif
