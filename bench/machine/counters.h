/* SPDX-License-Identifier: MIT */
/*
 * What the processor and the kernel count of our sides (perf_event_open(2)): cycles and cache
 * misses where there is a PMU that may be read, switches and faults everywhere. Counting costs time
 * at each switch, so nobody counts unasked.
 */
#ifndef BENCH_MACHINE_COUNTERS_H
#define BENCH_MACHINE_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/machine/noise.h"

enum counter {
	COUNTER_CYCLES,
	COUNTER_INSTRUCTIONS,
	COUNTER_CACHE_MISSES,
	COUNTER_HITM,
	COUNTER_SWITCHES,
	COUNTER_MIGRATIONS,
	COUNTER_FAULTS,
	COUNTER_COUNT
};

#define COUNTERS_WHY 128

struct counters {
	unsigned asked; /* bits 1 << enum counter */
	unsigned n;	/* tasks */
	int fd[COUNTER_COUNT][NOISE_TASKS_MAX];
	bool user[COUNTER_COUNT]; /* of it only what happens outside the kernel */
	/* Results: */
	unsigned have;		     /* bits of those that could be read of every task */
	double value[COUNTER_COUNT]; /* all tasks together */
	int err[COUNTER_COUNT];	     /* -errno of the others */
};

/*
 * Reads names joined by commas into bits. 0; or -EINVAL with what would be right in `want`
 * (OPTION_WANT bytes).
 */
int counters_parse(const char *text, unsigned *ret, char *want);

/*
 * What perf_event_open(2) calls the loads that found their line modified in another core's cache,
 * as libpfm4 knows it of this processor; LIBPFM_FORCE_PMU names another. 0; -ENOPKG: without
 * libpfm4; -ENOMSG: it knows no such event.
 */
int counters_hitm(uint32_t *type, uint64_t *config);

/* "cycles"; with user: "cycles:u". */
const char *counters_name(enum counter counter, bool user);

/*
 * Begins to count those of c->asked, for tasks that are no sides not; counters_end() in the same
 * process, in any case.
 */
void counters_begin(struct counters *c, const struct noise_task *tasks, unsigned n);

/* Reads and closes them: value, have and err. */
void counters_end(struct counters *c);

/* Why the counter cannot be read, after `err`, in words. */
const char *counters_why(enum counter counter, int err);

#endif
