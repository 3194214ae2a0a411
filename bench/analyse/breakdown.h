/* SPDX-License-Identifier: MIT */
/*
 * What a round trip of two sides that sleep is made of, by sums and differences of other rows of
 * the same sweep. Each part is what certain rows say (parts[] in breakdown.c) and no more: a part
 * whose rows are not there is not measured, and its time stays in the rest.
 */
#ifndef BENCH_ANALYSE_BREAKDOWN_H
#define BENCH_ANALYSE_BREAKDOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/analyse/estimate.h"
#include "bench/record/row.h"

enum part {
	PART_CALLS,  /* its system calls, each as long as the shortest there is */
	PART_SWITCH, /* waking the other side and switching to it, as on one CPU */
	PART_WAKE,   /* two CPUs: what it takes more to wake another CPU; with PART_IDLE one that is
			awake */
	PART_IDLE,   /* two CPUs: what it takes more to wake one that is idle */
	PART_COPY,   /* what the message takes more than the smallest one measured */
	PART_REST,   /* the mechanism itself, and what is not explained; below 0: the parts are more
			than the whole */
	/* No parts of the whole: */
	PART_RESTED, /* what it takes more after a pause of BREAKDOWN_PAUSE_NS or longer */
	PART_AWAKE,  /* PART_WAKE and PART_IDLE: what CPUs that poll instead of sleeping can save */
	PART_COUNT
};

/* Long enough for a core to sleep: the sweep's usual schedule. */
#define BREAKDOWN_PAUSE_NS 1000000u

/* Where the times come from. */
enum source {
	SOURCE_TRIP,	/* the round trip itself */
	SOURCE_CALL,	/* ipc/syscall:getppid */
	SOURCE_FUTEX,	/* the bare futex between the same CPUs: row_is_bare_futex() */
	SOURCE_ONE_CPU, /* the bare futex on one CPU */
	SOURCE_AWAKE, /* the bare futex between the same CPUs beside a process of class idle on each
			 of them */
	SOURCE_SMALLER,	     /* the round trip with the smallest message, where that is smaller */
	SOURCE_RESTED,	     /* the round trip after a pause */
	SOURCE_FUTEX_RESTED, /* the bare futex after a pause */
	SOURCE_COUNT
};

struct breakdown {
	const struct row *source[SOURCE_COUNT]; /* rows of summary.csv; NULL = not measured */
	struct {
		bool applies;		    /* to where the sides are, and to such a message */
		double times[SOURCE_COUNT]; /* how many of each source it is the sum of */
		double ns;		    /* NaN = not measured */
		struct interval ci;	    /* 95 %; NaN = not known */
	} part[PART_COUNT];
	bool awake_failed; /* CPUs kept awake were slower than idle ones: PART_IDLE is not known */
	bool fastest;	   /* of its mechanism with such a message between such CPUs */
};

/*
 * Takes apart the round trips among the `n` rows of summary.csv whose sides sleep, where the bare
 * futex was measured between the same CPUs. The array into *ret, to be freed, its length into
 * *n_ret. 0 or -ENOMEM.
 *
 * Intervals are of sums of medians: the distances of the medians from their limits, squared and
 * added (MOVER: Zou, Donner, Statistics in Medicine 27, 2008). Rows are taken for independent of
 * each other.
 */
int breakdown_find(const struct row *rows, size_t n, struct breakdown **ret, size_t *n_ret);

/* System calls of the round trip, both sides; NaN where it depends on which side sleeps. */
double breakdown_calls(const struct breakdown *b);

/* "calls", "switch" ...: as column part has it. */
const char *breakdown_part_name(enum part part);

/* Row of breakdown.csv for `part` of `b`; false where it does not apply. */
bool breakdown_row(const struct breakdown *b, enum part part, struct row *ret);

#endif
