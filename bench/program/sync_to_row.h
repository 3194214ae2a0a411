/* SPDX-License-Identifier: MIT */
/* The row of a synchronization cell: what was asked, and what came of it. */
#ifndef BENCH_PROGRAM_SYNC_TO_ROW_H
#define BENCH_PROGRAM_SYNC_TO_ROW_H

#include "bench/measure/sync_session.h"
#include "bench/record/row.h"

/* What was asked for; `placed`: it has seats. */
void sync_fill_cell(struct row *row, const struct sync_cell *cell, bool placed);

/* The figures of one that ran. */
void sync_fill_figures(struct row *row, const struct sync_cell *cell, const struct sync_result *r);

/* Joins the figures of one direction with those of the other; see sync_both_ways(). */
void sync_fill_back(struct row *row, const struct row *back);

/* The times of an invocation that its histogram shows. */
const struct histogram *sync_fill_times(const struct sync_cell *cell, const struct sync_result *r);

#endif
