/* SPDX-License-Identifier: MIT */
/*
 * One invocation of a synchronization cell: the object, its threads or processes, the experiment.
 */
#ifndef BENCH_MEASURE_SYNC_SESSION_H
#define BENCH_MEASURE_SYNC_SESSION_H

#include "bench/machine/memory.h"
#include "bench/machine/placement.h"
#include "bench/measure/crew.h"
#include "bench/measure/sync_loops.h"
#include "bench/measure/sync_served.h"
#include "bench/measure/trial.h"
#include "bench/record/cell.h"

/*
 * Broadcast: time between the arrival of the last thread and the call, so that all sleep. A thread
 * that counted itself is a system call away from sleep: some microseconds.
 */
#define SYNC_GAP_NS 50000u

/* What to measure, and where. */
struct sync_cell {
	struct cell ask;
	const struct sync_mechanism *mechanism;
	const struct sync_variant *variant;
	const struct topology *topology;
	struct seats seats;		 /* of each thread */
	int mem_node;			 /* node of the object; -1 = not asked for */
	uint64_t opt[BENCH_OPTIONS_MAX]; /* values of the variant's options; 0 = not given */
	bool lock_memory;		 /* keep all pages of the threads in memory */
	const struct load *load;	 /* that runs; NULL = none */
	struct trial_size size;
};

/* What came of it; valid when sync_session_run() returned 0. */
struct sync_result {
	/* These hold histograms or an entry for each thread: most of their pages stay unused. */
	struct meter meter;	/* operations, hand-offs or acquisitions of all threads together */
	struct histogram reads; /* readers: times to acquire for reading */
	struct histogram first_awake; /* broadcast: until the first of the others ran */
	struct histogram last_awake;  /* broadcast: until the last of them ran */
	struct pace pace; /* queue with a schedule: lateness and response times of all items */
	struct sync_counts seen[CREW_MAX]; /* by phases: what each thread counted */
	struct crew_member member[CREW_MAX];
	/* The rest is copied as it is. */
	struct trial trial;   /* of the experiments with one clock; for the others begin and end */
	unsigned most_inside; /* several permits: most threads that had one at once */
	uint64_t window_ns;   /* contended: length of the common window */
	double overlap;	      /* share of it in which all were there and none waited for a PU; NAN =
				 unknown */
	bool overload;	      /* queue with a schedule: a producer or consumer fell behind it */
	uint64_t skew_bound_ns; /* broadcast: most that a stamp can be off thread 0's clock; queue:
				   that a consumer's can be off its producer's */
	double slept_share; /* waking: share of waits in which the thread slept; NAN = unknown */
	struct served_counts served; /* order, herd */
	double inverted_share;	     /* inversion: of its rounds */
	uint64_t lost;		     /* op of one thread: of trial.counted_ops, those that failed */
	uint64_t stood_ns;	     /* the longest that a signal had stopped threads */
	uint64_t setup_ns;	     /* init of the object */
	char notes[BENCH_NOTES];     /* effective values; see sync_note() */
	_Atomic bool began; /* all were ready: what failed later is not the machine's lack */
	int node_check;	    /* memory_verify()'s word on the object; 1 = not asked for */
};

/*
 * Runs `cell`. 0, or -errno with one clause in `reason` (CREW_REASON bytes): -EOPNOTSUPP and the
 * like when it cannot run here; -ETIMEDOUT, -ECHILD, -EINTR as crew_run(); -EBADMSG when the lock
 * let too many threads in, a reader saw a write that was half done, or the queue lost, doubled or
 * reordered an item; -EXDEV when something ran or
 * lay elsewhere.
 */
int sync_session_run(const struct sync_cell *cell, struct sync_result *result, char *reason);

/* Why `cell` makes no sense whatever the machine does; 0 or -errno. */
int sync_session_check(const struct sync_cell *cell, char *reason);

/* Whether `v` can do `experiment`. */
bool sync_can(const struct sync_variant *v, enum sync_experiment experiment);

/* Whether `v` is a lock with a side for readers. */
bool sync_has_sides(const struct sync_variant *v);

/* Whether threads take turns at a lock: contended or readers. */
bool sync_is_locking(enum sync_experiment experiment);

/* HAS_* and USE_* of a variant; see bench/record/cell.h. */
unsigned sync_has(const struct sync_variant *v);
unsigned sync_use(const struct sync_variant *v);

/* Whether threads run against each other for a fixed time, instead of one timing its operations. */
bool sync_runs_for_a_time(const struct sync_cell *cell);

/* Whether threads wake each other, while thread 0 holds the clock. */
bool sync_wakes(const struct sync_cell *cell);

/*
 * Queue with a schedule, of one producer and one consumer on two PUs: an item is due by one clock
 * and comes out by another. Such a cell is run in both directions, with the two in each other's
 * places: by what one clock is ahead, one direction seems longer and the other shorter, so the mean
 * of the two is right whatever that is.
 */
bool sync_both_ways(const struct sync_cell *cell);

/* Whether it is counted who is served, and how many are woken: order or herd. */
bool sync_serves(enum sync_experiment experiment);

/* Threads of a cell that share a PU with another of it. */
bool sync_oversubscribed(const struct sync_cell *cell);

#endif
