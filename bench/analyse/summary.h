/* SPDX-License-Identifier: MIT */
/*
 * From rows of samples.csv to rows of summary.csv: per cell and metric the median over invocations
 * of what each invocation found, with an exact order-statistic interval.
 */
#ifndef BENCH_ANALYSE_SUMMARY_H
#define BENCH_ANALYSE_SUMMARY_H

#include "bench/record/row.h"

/* For target_met: half the interval is at most this share of the median. */
#define SUMMARY_TARGET 0.02

#define SUMMARY_METRICS_MAX 6 /* of one cell */

/* A column that tells about cells of one kind. */
struct metric {
	unsigned of;	    /* a pattern or experiment, USE_*; or some rows of one */
	bool floor;	    /* only of floors, only elsewhere */
	enum column column; /* the metric */
	enum column p99;    /* its 99th percentile in the same row; COL_COUNT = none */
};

/* All metrics; *n is their number. */
const struct metric *summary_metrics(size_t *n);

/* Those of all metrics, by number, that tell about the cell of `sample`; how many. */
size_t summary_metrics_of(const struct row *sample, size_t ret[SUMMARY_METRICS_MAX]);

/* Whether more of `column` is better: a rate or a share of successes, not a time. */
bool summary_grows(enum column column);

/* Whether two rows are of one cell of one run. */
bool summary_same_cell(const struct row *a, const struct row *b);

/* A hash that they share, and no other row. */
uint64_t summary_hash(const struct row *row);

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
