/* SPDX-License-Identifier: MIT */
/* Filling a row of samples.csv with what both rooms have in common. */
#ifndef BENCH_PROGRAM_TO_ROW_H
#define BENCH_PROGRAM_TO_ROW_H

#include "bench/base/histogram.h"
#include "bench/machine/noise.h"
#include "bench/machine/placement.h"
#include "bench/measure/trial.h"
#include "bench/program/options.h"
#include "bench/record/row.h"

#define P99_SAMPLES 1000   /* fewer do not describe a 99th percentile */
#define P999_SAMPLES 10000 /* nor a 99.9th */

/* Environment variable: when the child was started (CLOCK_MONOTONIC, ns). */
#define CHILD_STARTED "HANDOFF_STARTED"

/* Who, where, when, built how: the same for every row of a process. */
void fill_origin(struct row *row, const struct options *o, const struct topology *t);

/* Where the `n` members ran, and how they were scheduled: all alike. */
void fill_members(struct row *row, const struct crew_member *member, unsigned n);

/*
 * Status, reason and flags by the session's `err`; `began`: the sides were ready, so it is no lack.
 */
void fill_status(struct row *row, int err, bool began, const char *reason);

/*
 * Min, percentiles, max and mean of `h` from column `first` (its _min_ns) on; what is too few is
 * left empty.
 */
void fill_latency(struct row *row, enum column first, const struct histogram *h);

/*
 * The same without those below `least_ns`, which the difference of two PUs' clocks could have made:
 * a flag says so.
 */
void fill_latency_between(struct row *row, enum column first, const struct histogram *h,
			  double least_ns);

/*
 * A percentile of times between stamps of two PUs, whose clocks may differ by `skew_ns`, into
 * `column` where that is a tenth of it at most (DESIGN.md section 5); else a flag.
 */
void fill_between(struct row *row, enum column column, const struct histogram *h, unsigned per_100k,
		  uint64_t skew_ns);

/* The meter's figures: op_ns, samples, batch, stride, duration. */
void fill_meter(struct row *row, const struct meter *m, const struct trial *t);

/*
 * The longest that nothing moved without a known reason: by the stamps of `m` (NULL: it has none
 * that say so), or `stopped_ns` by signals.
 */
void fill_stood(struct row *row, const struct meter *m, const struct trial *t, uint64_t stopped_ns);

/* Counters of the noise between the snapshots and cost per operation of `ops` operations in all. */
void fill_noise(struct row *row, const struct trial *t, double ops);

/* How long the invocation took to start, to warm up, and to time. */
void fill_phases(struct row *row, const struct trial *t);

/*
 * That the schedule of `t` was not kept: no figures, but the time that it took, which a budget
 * counts.
 */
void fill_overload(struct row *row, const struct trial *t);

/* The outcome of the memory check: node, or the flag that it could not be verified. */
void fill_memory(struct row *row, int check, int node);

/*
 * Says on stderr why a row has no figures, or that others disturbed it, which it is flagged with;
 * the exit code it stands for: 0, 69, 70 or 130.
 */
int fill_verdict(struct row *row, const struct options *o, int err);

#endif
