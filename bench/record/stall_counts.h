/* SPDX-License-Identifier: MIT */
/* How often operations took long, run by run, from the histograms of a run directory. */
#ifndef BENCH_RECORD_STALL_COUNTS_H
#define BENCH_RECORD_STALL_COUNTS_H

#include <stdint.h>

#include "bench/record/row.h"
#include "bench/record/rundir.h"

#define STALL_LIMITS 3
extern const uint64_t stall_limits_ns[STALL_LIMITS]; /* 100 us, 1 ms, 10 ms */

/* The operations of one configuration in one block that were timed alone. */
struct stalls {
	unsigned block;
	double seconds;		      /* all their times together */
	uint64_t above[STALL_LIMITS]; /* how many took longer than each limit */
};

/*
 * Calls `each` for every block of histogram file `name`, in the order of the file, until it gives
 * anything but 0. What it gave; -EBADMSG for a line that is no bucket; -errno (-ENOENT: no such
 * file).
 */
int stall_counts(const struct rundir *dir, const char *name,
		 int (*each)(void *arg, const struct stalls *stalls), void *arg);

/*
 * Calls `each` likewise for every histogram that a microbenchmark wrote with --histogram into `fd`,
 * with its key (histograms.h). What it gave; -EBADMSG; -errno.
 */
int stall_counts_written(int fd,
			 int (*each)(void *arg, const char *key, const struct stalls *stalls),
			 void *arg);

#endif
