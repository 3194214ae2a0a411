/* SPDX-License-Identifier: MIT */
/*
 * Named kernel objects that do not outlive the run: a journal tells leftovers from other people's.
 */
#ifndef BENCH_MEASURE_NAMES_H
#define BENCH_MEASURE_NAMES_H

#include <stddef.h>

#define NAME_SIZE 108 /* bytes that hold any name: what sun_path of a Unix socket address takes */

enum name_kind {
	NAME_SHM,      /* "/handoff-<id>-<n>" for shm_open() */
	NAME_MQ,       /* "/handoff-<id>-<n>" for mq_open() */
	NAME_PATH,     /* "<private directory>/<id>-<n>": file, FIFO, socket or empty directory */
	NAME_SEM,      /* "/handoff-<id>-<n>" for sem_open() */
	NAME_SYSV_SHM, /* "0x484f....-<n>", a key for shmget(): name_key() gives it as a number */
	NAME_SYSV_MSG, /* the same for msgget() */
	NAME_SYSV_SEM, /* the same for semget() */
	NAME_CGROUP,   /* "handoff-<id>-<n>": a control group, with those in it (cgroup.h) */
	NAME_TRACE,    /* "handoff-<id>-<n>": an instance of tracefs (tracefs.h) */
};

/*
 * Begins a run of names: makes the private directory ($XDG_RUNTIME_DIR/handoff, else
 * /run/user/<uid>/handoff, of root /run/handoff, else /tmp/handoff-<uid>), removes what dead runs
 * left behind, and creates this run's journal, locked with flock() until this process and all it
 * forked have ended. Returns 0; -EPERM when the directory is a link, not ours, or others can write
 * to it or replace it; -EALREADY when a run has begun; else -errno of the call that failed.
 */
int names_begin(void);

/*
 * Makes a new name of `kind` in `buf` (`size` bytes, NAME_SIZE is enough) and journals it; the
 * caller then creates the object. Threads and forked children may call it.
 * Returns 0, -ENAMETOOLONG, -EEXIST when others have all our System V keys, -ENOENT before
 * names_begin(), or -errno of writing the journal.
 */
int name_new(enum name_kind kind, char *buf, size_t size);

/*
 * The name here, in `buf` (NAME_SIZE bytes), of what another run has named `sent`: a path lies in
 * this run's private directory, whatever directory the other has it in. "" of "". 0; -EINVAL: no
 * run of ours makes such a name; or -ENAMETOOLONG.
 */
int name_of_other(const char *sent, char *buf);

/* The key_t of a System V name. */
int name_key(const char *name);

/* Removes the object `name` of this run if it is there; ignores names this run did not make. */
void name_remove(enum name_kind kind, const char *name);

/*
 * Removes every object of this run still there, the journal, and the directory if empty. Does
 * nothing in a forked child: the names belong to the process that began.
 */
void names_end(void);

/* Objects of dead runs that names_begin() removed. */
unsigned names_swept(void);

#endif
