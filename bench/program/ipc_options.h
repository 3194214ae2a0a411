/* SPDX-License-Identifier: MIT */
/* Which options of ipc_<name> go together, beside what bench/record/cell.def says. */
#ifndef BENCH_PROGRAM_IPC_OPTIONS_H
#define BENCH_PROGRAM_IPC_OPTIONS_H

#include "bench/measure/ipc_session.h"
#include "bench/program/options.h"

/*
 * Whether what was asked for goes together, and `m` has the variant, wait mode and options; 0, or
 * EX_USAGE after a line.
 */
int ipc_options_check(const struct options *o, const struct ipc_mechanism *m);

/*
 * The mode called `name`, NULL when the cell's variant has none; without a name the first that can
 * run: spinning needs a second CPU.
 */
const struct ipc_mode *ipc_options_mode(const struct ipc_cell *cell, const char *name);

#endif
