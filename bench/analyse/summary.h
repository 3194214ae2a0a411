/* SPDX-License-Identifier: MIT */
/*
 * From rows of samples.csv to rows of summary.csv: per cell and metric the median over invocations
 * of what each invocation found, with an exact order-statistic interval.
 */
#ifndef BENCH_ANALYSE_SUMMARY_H
#define BENCH_ANALYSE_SUMMARY_H

#include "bench/record/row.h"

#define SUMMARY_TARGET 0.05 /* target_met: half the interval is at most this share of the median */

struct summary;

/* An empty summary, or NULL without memory. */
struct summary *summary_new(void);

/* Adds one row of samples.csv to its cell. 0 or -ENOMEM. */
int summary_add(struct summary *s, const struct row *sample);

/* Rows that summary_row() can give. */
size_t summary_count(const struct summary *s);

/* Row `nth` of summary.csv into `ret`, in the order in which the cells first came. */
void summary_row(const struct summary *s, size_t nth, struct row *ret);

/* Frees `s`; NULL is fine. */
void summary_free(struct summary *s);

#endif
