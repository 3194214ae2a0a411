/* SPDX-License-Identifier: MIT */
/*
 * histograms/ of a run: per cell one file, block,lower_ns,upper_ns,count, to which every invocation
 * that counts appends its times; and percentiles.csv, made from them. All invocations of a cell
 * together are a picture of its tail, never the base of a test: their unit is not the sample. Those
 * that were noisy and measured again have a file of their own: their stalls are stalls all the
 * same.
 */
#ifndef BENCH_RECORD_HISTOGRAMS_H
#define BENCH_RECORD_HISTOGRAMS_H

#include "bench/base/histogram.h"
#include "bench/record/row.h"
#include "bench/record/rundir.h"

/*
 * Whether percentiles of `cell` are worth their room: round trips of its smallest message,
 * hand-offs, two threads at one lock with nothing else changed.
 */
bool histograms_wanted(const struct row *cell);

/*
 * Name of the file of `cell`, the same for all its invocations that count, and for all that were
 * `discarded`, into `name` (64 bytes or more).
 */
void histograms_name(const struct row *cell, bool discarded, char *name, size_t size);

/* What stands before a bucket that a microbenchmark writes with --histogram, and their columns. */
#define HISTOGRAMS_KEY 256 /* bytes */
#define HISTOGRAMS_KEY_COLUMNS "mechanism,variant,wait,placement,kind"

/* The key of `row`; kind is its pattern or experiment. No name holds a comma. */
void histograms_key(const struct row *row, char key[HISTOGRAMS_KEY]);

/*
 * Whether the times of `cell` are of single operations that may stall: not of streams, queues or
 * calls.
 */
bool histograms_tell_stalls(const struct row *cell);

/*
 * Appends what a microbenchmark wrote with --histogram into `fd`, as of `block`, to file `name`.
 * 0, -EBADMSG when it is no histogram, or -errno (-ENOSPC: disk full); then the file is as it was.
 */
int histograms_append(const struct rundir *dir, const char *name, unsigned block, int fd);

/* Cuts off what was appended as of block `first` and later, from all files. 0 or -errno. */
int histograms_cut(const struct rundir *dir, unsigned first);

/* All invocations of file `name` together into `h`. 0, -EBADMSG with histograms_wrong(), -errno. */
int histograms_read(const struct rundir *dir, const char *name, struct histogram *h);

/*
 * File, line, column of what was wrong in the last file read, and what was expected; "" if nothing.
 */
const char *histograms_wrong(void);

/*
 * Writes percentiles.csv from samples.csv and the files it names, those of discarded runs too. 0 or
 * -errno.
 */
int percentiles_write(const struct rundir *dir);

#endif
