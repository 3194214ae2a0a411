/* SPDX-License-Identifier: MIT */
/*
 * Other commands of ours that are at work on this machine: who they are, as far as /proc shows
 * them.
 */
#ifndef BENCH_MACHINE_OTHERS_H
#define BENCH_MACHINE_OTHERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define OTHERS_TEXT 80 /* bytes of a text */

/* The process that holds the flock(2) of the file `path`; 0 where it is not to be known. */
pid_t others_lock_holder(const char *path);

/* Whether a signal has stopped the process. */
bool others_is_stopped(pid_t pid);

/*
 * What `pid` is: "process 1234 (handoff sweep)", into `text` (OTHERS_TEXT bytes). Returns `text`.
 */
const char *others_name(pid_t pid, char *text);

/*
 * A process of ours but this one that measures, whoever runs it: sweep, profiles, matrix, selftest;
 * 0 = none.
 */
pid_t others_measuring(void);

#endif
