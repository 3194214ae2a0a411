/* SPDX-License-Identifier: MIT */
/* The directory of a run and its files, of which every row is whole or, if last, dropped. */
#ifndef BENCH_RECORD_RUNDIR_H
#define BENCH_RECORD_RUNDIR_H

#include <limits.h>
#include <stdio.h>

#include "bench/base/whole.h"
#include "bench/record/csv.h"

#define RUNDIR_LABEL 32

struct rundir {
	char path[PATH_MAX];	  /* as it is shown to the user */
	char run_id[160];	  /* column run_id: host, UTC time, label */
	char label[RUNDIR_LABEL]; /* what --label called the state of the machine; "" = nothing */
};

/* Column arm of a run that is not one of several arms: its label, or "as-is". */
const char *rundir_arm(const struct rundir *dir);

/*
 * Makes the directory `out`, or results/<host>-<UTC time>[-<label>] when NULL, with charts/ in it;
 * one that exists must be empty, and nobody else's to write. 0; -ENOTEMPTY; -EPERM; -ENAMETOOLONG;
 * or -errno of the system. `path` is set also on failure.
 */
int rundir_create(struct rundir *dir, const char *out);

/*
 * Whether nobody but this user and root can change what is written into the directory and what was
 * read from its files. 0; -EPERM, with the name of the file in rundir_writing(); -errno.
 */
int rundir_trust(const struct rundir *dir);

/* Makes the directory `name` in it, where it is not there. 0 or -errno. */
int rundir_subdir(const struct rundir *dir, const char *name);

/*
 * What a message about a write that failed names: the file of a run that was opened for writing
 * last, or the CSV file that could not be appended to, such as "plan.csv". Like errno it is one for
 * all: one thread writes runs.
 */
const char *rundir_writing(void);

/* Files that are not opened by rundir_whole() or as CSV say so themselves. */
void rundir_set_writing(const char *name);

/* Opens `name` of the directory, to be written whole. 0 or -errno. */
int rundir_whole(struct whole *w, const struct rundir *dir, const char *name);

/* A CSV file that rows are appended to. */
struct rundir_csv {
	FILE *file;
	enum csv_file kind;	  /* which one, and so its name */
	char part[PATH_MAX + 64]; /* what it is called until it is finished; "" = its own name */
	off_t whole_b;		  /* bytes up to the end of the last whole row */
};

/* Creates the file and writes its header. 0 or -errno. */
int rundir_csv_create(struct rundir_csv *csv, const struct rundir *dir, enum csv_file kind);

/*
 * Like rundir_csv_create() for a file that may be there: the new one takes its place in
 * rundir_csv_finish(), and without that never.
 */
int rundir_csv_replace(struct rundir_csv *csv, const struct rundir *dir, enum csv_file kind);

/*
 * Opens the file that is there, to go on behind its first `whole_b` bytes: the rest is cut off. 0
 * or -errno.
 */
int rundir_csv_go_on(struct rundir_csv *csv, const struct rundir *dir, enum csv_file kind,
		     uint64_t whole_b);

/* Syncs what was written and puts it in its place. 0 or -errno; it must be closed in any case. */
int rundir_csv_finish(struct rundir_csv *csv);

/* Appends `row`. 0, or -errno and the file is as it was before (-ENOSPC: disk full). */
int rundir_csv_append(struct rundir_csv *csv, const struct row *row);

/* Brings what was appended onto the disk. 0 or -errno. */
int rundir_csv_sync(struct rundir_csv *csv);

/* Syncs and closes; 0 or -errno. A part that was not finished goes. Harmless when not created. */
int rundir_csv_close(struct rundir_csv *csv);

/* Writes a file of the `n` rows that `get` gives anew, whole or not at all. 0 or -errno. */
int rundir_write_rows(const struct rundir *dir, enum csv_file kind, size_t n,
		      void (*get)(const void *from, size_t nth, struct row *row), const void *from);

/*
 * Writes machine.txt: kernel, its command line, processor, caches, mitigations, build, and the
 * topology as `handoff topology` shows it. 0 or -errno.
 */
int rundir_machine(const struct rundir *dir);

#endif
