/* SPDX-License-Identifier: MIT */
/* An IPC cell and its result as a row of samples.csv. */
#ifndef BENCH_PROGRAM_IPC_TO_ROW_H
#define BENCH_PROGRAM_IPC_TO_ROW_H

#include "bench/measure/ipc_session.h"
#include "bench/record/row.h"

/* What was asked for; `placed`: it has seats. */
void ipc_fill_cell(struct row *row, const struct ipc_cell *cell, bool placed);

/* What came of it, of a session that returned 0. */
void ipc_fill_figures(struct row *row, const struct ipc_cell *cell, const struct ipc_result *r);

#endif
