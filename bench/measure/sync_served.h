/* SPDX-License-Identifier: MIT */
/*
 * Experiments `order` and `herd`: nothing is timed. They count who is woken, and who is served
 * first.
 */
#ifndef BENCH_MEASURE_SYNC_SERVED_H
#define BENCH_MEASURE_SYNC_SERVED_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "bench/base/cpu.h"
#include "bench/measure/crew.h"

struct sync_session;

/* Where a waiter stands. */
enum served_place { SERVED_OUT, SERVED_COMING, SERVED_INSIDE };

/* One waiter, as the leader sees it. */
struct served_waiter {
	alignas(BENCH_ALIGN) _Atomic uint32_t told; /* odd: come; even: leave */
	_Atomic unsigned place;			    /* enum served_place */
	_Atomic unsigned rank;			    /* came out as the so-manyth, from 1 */
	_Atomic uint64_t came_switches;		    /* voluntary ones of this thread when it came */
	uint64_t seen_switches;			    /* when all had come */
};

/* What came of it. */
struct served_counts {
	uint64_t rounds;
	uint64_t woken;		  /* by the first event of each round, sum */
	uint64_t in_order;	  /* rounds in which all were served as they came */
	uint64_t last_first;	  /* rounds in which the last to come was the first */
	unsigned order[CREW_MAX]; /* of the last round: who, by arrival from 1 */
};

/* In memory that all threads see. */
struct served {
	_Atomic unsigned n; /* those that came out in this round */
	_Atomic bool over;  /* no more rounds */
	struct served_counts counts;
	struct served_waiter waiter[CREW_MAX]; /* by thread; 0 leads */
};

/* Gives thread `member` the class and nice value that `order` asks for; 0 or -errno. */
int served_prepare(struct crew *crew, struct sync_session *s, unsigned member);

/* What it does: 0 leads, the others wait. 0 or -errno; -EBADMSG when two were let in at once. */
int served_work(struct crew *crew, struct sync_session *s, unsigned member);

#endif
