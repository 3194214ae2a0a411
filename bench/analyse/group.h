/* SPDX-License-Identifier: MIT */
/*
 * Which configurations are expected to move together: those of one pattern or experiment between
 * the same kind of CPUs whose sides sleep, or spin, while they wait.
 */
#ifndef BENCH_ANALYSE_GROUP_H
#define BENCH_ANALYSE_GROUP_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/record/row.h"

#define GROUP_NAME 64
/* Configurations that make a group: fewer say little more than each by itself. */
#define GROUP_LEAST 4
#define GROUP_OUTER 3.0

/*
 * What a block says of a group: the mean of its members, each weighted by the inverse square of its
 * usual `size` and brought to GROUP_OUTER such sizes where it lies farther out: those that vary
 * little count more. That signs are exchanged does not change the sizes, so the test stays exact.
 * NaN of nothing.
 */
double group_mean(const double *x, const double *size, size_t n);

/*
 * The name of the group of `cell`, of its medians or of its tails, into `name`: "sleeping round
 * trips same-l3". False for a floor, which is no mechanism.
 */
bool group_name(const struct row *cell, bool tail, char name[GROUP_NAME]);

#endif
