/* SPDX-License-Identifier: MIT */
/* A comparison as a table for people, and as compare.csv of a run. */
#ifndef BENCH_REPORT_COMPARE_TABLE_H
#define BENCH_REPORT_COMPARE_TABLE_H

#include "bench/analyse/compare.h"
#include "bench/record/cell.h"
#include "bench/record/rundir.h"

/*
 * Cell and metric of a row of compare.csv in words: "ipc/pipe:pair block ... op_p50_ns"; see
 * cell_name().
 */
void compare_name(const struct cell_names *names, const struct row *row, char *text, size_t size);

/* Prints groups and cells on stdout, each with what changed most first; 0 or -ENOMEM. */
int compare_print(const struct comparison *c);

/* Says how many verdicts of each kind each profile has, and what a ratio is. */
void compare_print_tally(const struct comparison *c, FILE *out);

/*
 * Says which variants have no figures in a profile or in the base, with how many configurations. 0
 * or -ENOMEM.
 */
int compare_print_missing(const struct comparison *c, FILE *out);

/*
 * Whether the configuration of `row` of compare.csv waits in another way in its arm than in the
 * base, and `last`, the row before it, is not of the same: then how, into `text`: "slept in 100 %
 * of its waits before, in 2 % now".
 */
bool compare_waits(const struct row *row, const struct row *last, char *text, size_t size);

/* Says which configurations do, and that they stay in the group that they have in the base. */
void compare_print_waits(const struct comparison *c, FILE *out);

/* Says when no verdict can come from so few values, how many it takes, and the command for them. */
void compare_print_too_few(const struct comparison *c, FILE *out);

/* Writes compare.csv. 0 or -errno. */
int compare_write(const struct rundir *dir, const struct comparison *c);

#endif
