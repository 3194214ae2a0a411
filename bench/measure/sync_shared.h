/* SPDX-License-Identifier: MIT */
/* Inside of a session: what its parts share. */
#ifndef BENCH_MEASURE_SYNC_SHARED_H
#define BENCH_MEASURE_SYNC_SHARED_H

#include "bench/measure/settle.h"
#include "bench/measure/sync_inversion.h"
#include "bench/measure/sync_served.h"
#include "bench/measure/sync_session.h"

enum sync_meeting { MEET_PLACED, MEET_READY };

/*
 * Memory that driver and threads share; the object and the local parts follow, each
 * BENCH_ALIGN-aligned.
 */
struct sync_shared {
	struct sync_control control;
	struct sync_guarded guarded[2];
	struct sync_crowd crowd;
	struct clock_line line[CREW_MAX]; /* broadcast: compares a thread's clock to thread 0's */
	struct served served;		  /* order, herd */
	struct inversion inversion;
	struct sync_result result;
	alignas(BENCH_ALIGN) struct sync_run run[CREW_MAX];
};

/* Each process has its own copy, from before the fork. */
struct sync_session {
	const struct sync_cell *cell;
	struct sync_shared *shared;
	uint8_t *object;      /* variant's shared part, then the local ones */
	size_t object_size;   /* bytes of all of it */
	uint64_t phase_ns;    /* driver: when the present phase began */
	uint64_t due_ns;      /* driver: when the next step is due */
	bool looked;	      /* driver: the counters of the warm threads were read */
	struct settle settle; /* driver: rounds of the warm-up */
	uint64_t round_ns;    /* driver: when the present round began */
	uint64_t round_turns; /* driver: turns before it */
};

/* Bytes that hold `n` and end at a boundary of BENCH_ALIGN. */
static inline size_t sync_aligned(size_t n)
{
	return (n + BENCH_ALIGN - 1) / BENCH_ALIGN * BENCH_ALIGN;
}

/* Bytes of the variant's shared part with what the cell adds to it. */
size_t sync_object_size(const struct sync_cell *cell);

/* Whether another thread of the cell has the PU of `thread`. */
bool sync_shares_pu(const struct sync_cell *cell, unsigned thread);

/* What a variant's init and attach are told; texts of BENCH_NOTES bytes or NULL. */
struct sync_setup sync_setup_of(const struct sync_cell *cell, char *notes, char *why);

/* Says which threads and PUs the counters of `t` are of, and how thread 0 is timed. */
void sync_describe_trial(struct crew *crew, struct sync_session *s, struct trial *t);

/* Everything that one thread does; as crew_run() wants it. */
int sync_work(struct crew *crew, unsigned member);

/*
 * After all have ended: 0; -EBADMSG when what they counted cannot be, -EXDEV when memory lay
 * elsewhere; with a clause in `reason`.
 */
int sync_judge(struct sync_session *s, char *reason);

/* Puts what all threads together say into the result. */
void sync_collect(struct sync_session *s);

#endif
