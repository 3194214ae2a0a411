/* SPDX-License-Identifier: MIT */
/*
 * From rows of samples.csv to rows of blocks.csv: how quiet the machine was, and whether it stood
 * still, block by block and arm by arm.
 */
#ifndef BENCH_ANALYSE_DRIFT_H
#define BENCH_ANALYSE_DRIFT_H

#include "bench/record/row.h"

struct drift;

/* An empty one, or NULL without memory. */
struct drift *drift_new(void);

/* Adds a row of samples.csv; one that did not run counts for nothing. 0 or -ENOMEM. */
int drift_add(struct drift *d, const struct row *sample);

/* Relates each invocation that counts to the others of its cell, run and arm. 0 or -ENOMEM. */
int drift_judge(struct drift *d);

/* Rows that drift_row() can give. */
size_t drift_count(const struct drift *d);

/* Row `nth` of blocks.csv into `ret`, in the order in which blocks and arms first came. */
void drift_row(const struct drift *d, size_t nth, struct row *ret);

/* Frees `d`; NULL is fine. */
void drift_free(struct drift *d);

#endif
