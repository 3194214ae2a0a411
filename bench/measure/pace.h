/* SPDX-License-Identifier: MIT */
/*
 * When the initiator sends: on a schedule fixed beforehand (open loop: a stall is charged to every
 * message it delays), or a gap after each reply (closed loop: think time).
 */
#ifndef BENCH_MEASURE_PACE_H
#define BENCH_MEASURE_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/base/histogram.h"

struct pace {
	uint64_t every_ns;	    /* time between two scheduled sends; 0 = no schedule */
	uint64_t gap_ns;	    /* pause after a reply; 0 = none */
	bool sleeps;		    /* wait for the time asleep: the two sides share a PU */
	uint64_t begin_ns;	    /* time of the first scheduled send */
	uint64_t n;		    /* sends planned */
	uint64_t last_send_ns;	    /* time of the last real send */
	uint64_t late_ns[4];	    /* sum of lateness in each quarter of the run */
	struct histogram send_late; /* ns from the scheduled to the real send */
	struct histogram response;  /* ns from the scheduled send to the reply */
};

/* Begins at `now_ns` with `n` sends to come. */
void pace_start(struct pace *p, uint64_t now_ns, uint64_t n);

/* When send `i` is to leave (ns): on the schedule, or the gap from now. */
uint64_t pace_due(const struct pace *p, uint64_t i);

/* Waits until send `i` is due; returns the time (ns) when it was to leave. */
uint64_t pace_wait(struct pace *p, uint64_t i);

/* Send `i`, due at `due`, left at `sent` and was answered at `answered` (all ns). */
void pace_note(struct pace *p, uint64_t i, uint64_t due, uint64_t sent, uint64_t answered);

/*
 * True when the schedule was not kept after `done` sends: below 99 % of the rate asked for, or a
 * backlog still growing in the last quarter.
 */
bool pace_overloaded(const struct pace *p, uint64_t done);

#endif
