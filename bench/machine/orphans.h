/* SPDX-License-Identifier: MIT */
/* Objects that carry our names and that no journal of names.h knows any more. */
#ifndef BENCH_MACHINE_ORPHANS_H
#define BENCH_MACHINE_ORPHANS_H

#include <stdio.h>
#include <time.h>

/* Younger ones may be of a run whose journal is not to be seen from here. */
#define ORPHANS_AGE_S 3600

/*
 * Removes this user's shared memory, semaphores, message queues and control groups of our names
 * that have no journal and are older than ORPHANS_AGE_S at `now`; says each on `words`. How many
 * there were.
 */
unsigned orphans_remove(FILE *words, time_t now);

#endif
