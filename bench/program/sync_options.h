/* SPDX-License-Identifier: MIT */
/* Which options of sync_<name> go together, beside what bench/record/cell.def says. */
#ifndef BENCH_PROGRAM_SYNC_OPTIONS_H
#define BENCH_PROGRAM_SYNC_OPTIONS_H

#include "bench/measure/sync_session.h"
#include "bench/program/options.h"

/* Whether what was asked for goes together; 0, or EX_USAGE after a line. */
int sync_options_check(const struct options *o, const struct sync_mechanism *m);

/* Threads of an experiment: those asked for where it does not have a number of its own. */
unsigned sync_options_threads(const struct sync_variant *v, enum sync_experiment e, unsigned asked);

#endif
