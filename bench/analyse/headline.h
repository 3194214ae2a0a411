/* SPDX-License-Identifier: MIT */
/* The one figure by which people know a configuration. */
#ifndef BENCH_ANALYSE_HEADLINE_H
#define BENCH_ANALYSE_HEADLINE_H

#include "bench/analyse/summary.h"

/* The first metric of a row of samples.csv that has a value in it; NULL where none has. */
const struct metric *headline_metric(const struct row *row);

/*
 * The longest time of the run: beside the percentile of `m` where there is one. NaN: not measured.
 */
double headline_longest(const struct row *row, const struct metric *m);

#endif
