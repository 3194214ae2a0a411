/* SPDX-License-Identifier: MIT */
/*
 * Stalls: how many operations a second took longer than 100 us, 1 ms, 10 ms, counted over all
 * configurations of a kind, so that minutes are enough where the tail of one configuration never
 * is. A second is one of the operations that were timed alone, whose histograms a run keeps. Runs
 * that the gate discarded count: it repeats those that were disturbed, so the others have fewer
 * stalls.
 */
#ifndef BENCH_REPORT_STALLS_H
#define BENCH_REPORT_STALLS_H

#include <stdio.h>

#include "bench/analyse/group.h"
#include "bench/analyse/rates.h"
#include "bench/base/hash_index.h"
#include "bench/record/stall_counts.h"

/* The runs of one arm and one kind of configurations. */
struct stall_group {
	char *arm;
	char name[GROUP_NAME];
	size_t n, room; /* runs; those of one configuration that one block discarded count as one */
	struct stalls *runs;
	uint64_t discarded[STALL_LIMITS]; /* of all that were seen: in runs measured again */
};

struct stall_table {
	struct stall_group *groups;
	size_t n, room;
	struct rundir dir;	 /* the run that is being read */
	const char *arm;	 /* of all its rows; NULL = their own */
	struct hash_index files; /* of it: read already */
};

/* Begins the run `run`, as of `arm`, or of each row's own where it is NULL. Both are kept. */
void stalls_begin(struct stall_table *t, const char *run, const char *arm);

/*
 * Adds what the histogram of `row` of that run holds, once. Without histograms nothing. 0 or
 * -errno.
 */
int stalls_add_row(struct stall_table *t, const struct row *row);

/*
 * Both, for all rows of the run. 0, or an exit code of sysexits.h after a line that begins with
 * `program`.
 */
int stalls_read(struct stall_table *t, const char *program, const char *run, const char *arm);

/* Adds one run, of the configuration of `row`, as of `arm`; a floor adds nothing. 0 or -ENOMEM. */
int stalls_add(struct stall_table *t, const char *arm, const struct row *row,
	       const struct stalls *run);

/* The rate above limit `nth` of a group. 0 or -ENOMEM. */
int stalls_rate(const struct stall_group *g, int nth, struct rate *ret);

#define STALLS_TEXT 320 /* bytes */
/* The limit that is said first: above what waking takes, often enough to count. */
#define STALLS_SAID 1

/* "2.97 stalls above 1 ms a second (2.40 to 3.60), 114 seen, in KIND" into `text`. 0 or -ENOMEM. */
int stalls_say(const struct stall_group *g, int nth, char text[STALLS_TEXT]);

/*
 * Prints what changed in every arm against `base`: each kind and limit that has any stall, p
 * adjusted by Holm over all of them. 0 or -ENOMEM.
 */
int stalls_print(const struct stall_table *t, const char *base, FILE *out);

void stalls_free(struct stall_table *t);

#endif
