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
#include "bench/base/slowest.h"

/* How late what is due came, one after the other: see backlog_stands(). */
struct backlog {
	uint64_t n;	  /* noted so far */
	uint64_t last_ns; /* lateness of the last */
	uint64_t jump_ns; /* most by which one was later than the one before it: a stall */
	uint64_t peak_ns; /* how late that one was */
	uint64_t peak_at; /* its number */
};

struct pace {
	uint64_t every_ns;	    /* time between two scheduled sends; 0 = no schedule */
	uint64_t gap_ns;	    /* pause after a reply; 0 = none */
	bool sleeps;		    /* wait for the time asleep: the two sides share a PU */
	uint64_t begin_ns;	    /* time of the first scheduled send */
	struct backlog backlog;	    /* of the sends; queue: a producer's puts, a consumer's gets */
	struct histogram send_late; /* ns from the scheduled to the real send */
	struct histogram response;  /* ns from the scheduled send to the reply */
	struct slowest *slowest;    /* keeps when the slowest began and ended; NULL = nobody asks */
};

/* Empties `p`, which begins at `now_ns`. */
void pace_start(struct pace *p, uint64_t now_ns);

/*
 * Gives `to`, a pace or memory that holds zeros, what `from` says, but not where it keeps the
 * slowest; as histogram_copy().
 */
void pace_copy(struct pace *to, const struct pace *from);

/* Empties `p`, then begins: when (ns). What emptying takes is before it. */
uint64_t pace_begin(struct pace *p);

/* When send `i` is to leave (ns): on the schedule, or the gap from now. */
uint64_t pace_due(const struct pace *p, uint64_t i);

/* Waits until send `i` is due; returns the time (ns) when it was to leave. */
uint64_t pace_wait(struct pace *p, uint64_t i);

/* A send that was due at `due` left at `sent` (both ns). */
void pace_sent(struct pace *p, uint64_t due, uint64_t sent);

/* The same, and was answered at `answered` (ns); of a timer both are when it came. */
void pace_note(struct pace *p, uint64_t due, uint64_t sent, uint64_t answered);

/* The next one was late by `late_ns`. */
static inline void backlog_note(struct backlog *b, uint64_t late_ns)
{
	if (late_ns > b->last_ns && late_ns - b->last_ns > b->jump_ns) {
		b->jump_ns = late_ns - b->last_ns;
		b->peak_ns = late_ns;
		b->peak_at = b->n;
	}
	b->last_ns = late_ns;
	b->n++;
}

/*
 * Whether a backlog stands at the end that no single stall explains: it has grown besides the
 * largest jump, or not shrunk since. One stall, wherever it lies, is no overload: what comes after
 * it works it off.
 */
bool backlog_stands(const struct backlog *b, uint64_t every_ns);

/* Whether the schedule was not kept at the end. */
bool pace_overloaded(const struct pace *p);

#endif
