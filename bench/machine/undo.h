/* SPDX-License-Identifier: MIT */
/*
 * What a comparison changes beside settings, as lines of its journal (see restore.h), and how it is
 * undone. Keys are "daemon PID", "task PID/TID" and "service NAME"; a process counts only with the
 * start time that was noted, so that another one with its number is never touched.
 */
#ifndef BENCH_MACHINE_UNDO_H
#define BENCH_MACHINE_UNDO_H

#include <stdio.h>
#include <sys/types.h>

#define UNDO_KEY 64 /* bytes of a key */

/*
 * Start time of a process (tid = pid) or thread, clock ticks after boot, or 0 when it is not there.
 */
unsigned long long undo_start_time(pid_t pid, pid_t tid);

/*
 * How the thread is scheduled, as "START POLICY NICE PRIORITY MASK" into `value` (`size` bytes);
 * MASK is hexadecimal. 0; -ENOENT when it has ended; -EOPNOTSUPP for a deadline task; or -errno.
 */
int undo_read_task(pid_t pid, pid_t tid, char *value, size_t size);

/* Whether `key` is one of these and of the kind `kind`. */
int undo_is(const char *key, const char *kind);

/* Undoes what a line says. 0, or 1 after words on `words` (NULL: none). */
int undo(const char *key, const char *value, FILE *words);

/*
 * Before settings are put back: when `key` is a service that is at work all the same (after a
 * reboot, or because somebody started it), it ends, so that its roll-back comes first and its start
 * last.
 */
void undo_end_service(const char *key);

/* Runs systemctl `verb` tuned: 0 when it succeeds. */
int undo_systemctl(const char *verb);

#endif
