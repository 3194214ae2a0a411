/* SPDX-License-Identifier: MIT */
/* The doctor's findings as rows, for `handoff doctor` and the directory of a sweep. */
#ifndef BENCH_COMMAND_DOCTOR_H
#define BENCH_COMMAND_DOCTOR_H

#include "bench/machine/doctor.h"
#include "bench/record/row.h"

/* Examines this machine. */
void doctor_run(struct doctor *d);

/* The finding as a row of doctor.csv. */
void doctor_row(const struct doctor_finding *f, struct row *row);

#endif
