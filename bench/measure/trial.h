/* SPDX-License-Identifier: MIT */
/*
 * One measured run of a loop by one thread: warm-up that is thrown away, a look at the noise
 * counters, the timed part, another look. Used by every experiment that a single clock can time.
 */
#ifndef BENCH_MEASURE_TRIAL_H
#define BENCH_MEASURE_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/machine/counters.h"
#include "bench/machine/noise.h"
#include "bench/measure/load.h"
#include "bench/measure/meter.h"

#define TRIAL_WARM_NS 50000000u /* a warm-up ends at the latest after this */
#define TRIAL_GAP_NS 1000000u	/* how long the clock is watched for gaps before the timed part */

/* How much to measure. */
struct trial_size {
	uint64_t duration_ns; /* about this long, where iterations is 0 */
	uint64_t iterations;  /* exactly this many operations; 0 = as many as fit the duration */
	uint64_t least;	      /* so many timed alone, if trial_cap_ns() allows; iterations is 0 */
	uint64_t stride;      /* each stride-th operation alone; 0 = by the operation's length */
	bool cap;	      /* cut a run that takes trial_cap_ns() */
	uint64_t warm_ns;     /* warm-up; 0 = until it settles, see bench/measure/settle.h */
	unsigned counters;    /* to read as well: bits 1 << enum counter */
};

#define TRIAL_CAP 4
#define TRIAL_CAP_NS 100000000u /* where that is less: room for the operations of a p99 */
#define ITERATIONS_MAX 1000000000000u

/* The longest (ns) that the timed part of `size` may take where it is cut. */
static inline uint64_t trial_cap_ns(const struct trial_size *size)
{
	uint64_t cap_ns = TRIAL_CAP * size->duration_ns;

	return cap_ns > TRIAL_CAP_NS ? cap_ns : TRIAL_CAP_NS;
}

/*
 * The watchdog's time (ns) for a run of `size`: set-up and warm-up, and what a slow machine may
 * need.
 */
static inline uint64_t trial_timeout_ns(const struct trial_size *size)
{
	return 20000000000u + 2 * trial_cap_ns(size) + size->iterations * 100000;
}

struct trial {
	int (*warm)(void *arg); /* runs `meter` untimed; NULL = loop */
	int (*loop)(void *arg); /* runs `meter`; 0 or -errno */
	void *arg;		/* of both */
	struct meter *meter;	/* holds the result afterwards */
	struct trial_size size; /* what was asked for; stride and iterations are filled in */
	uint64_t pause_ns;	/* between two operations, on purpose: counts for the size, not the
				   stride */
	void (*mark)(void *arg,
		     bool end); /* called beside the two looks at the counters; NULL = not */
	/*
	 * With others beside it: waits for them; called before the counters are read (0), before
	 * the timed part (1), whose end (ns) it returns, and after it (2). NULL = alone. A trial
	 * without tasks leaves the counters to another.
	 */
	uint64_t (*meet)(void *arg, unsigned nth);
	bool in_halves; /* the loop is a METER_LOOP: the timed part enters it twice or more */
	struct noise_task tasks[NOISE_TASKS_MAX]; /* whose counters to read */
	unsigned n_tasks;			  /* entries of tasks */
	unsigned pus[NOISE_PUS_MAX];		  /* whose counters to read */
	unsigned n_pus;				  /* entries of pus */
	/* results */
	uint64_t warm_begin_ns;		  /* when the warm-up began */
	uint64_t warm_end_ns;		  /* when it was over: then the counters are looked at */
	uint64_t timed_begin_ns;	  /* when the first operation that counts began */
	uint64_t timed_end_ns;		  /* when nothing was timed any more */
	struct noise_snapshot begin, end; /* counters around the timed part */
	struct counters counters;	  /* of perf, likewise; none unless asked for */
	uint64_t counted_ops;		  /* operations between the two snapshots */
	uint64_t clock_gap_max_ns;	  /* see noise_clock_gap_max() */
	double later_ratio;   /* what an operation took in the second half over the first; 0 = not
				 known */
	uint64_t enough;      /* operations that were to be done, without those of size.least */
	bool capped;	      /* ended by time before these were done */
	bool beyond_same_pus; /* beyond is of the PUs of this one */
	struct noise beyond;  /* counters of a side of another program; n_tasks 0 = none */
};

/* Once its tasks are known: a load on their PUs is not foreign. NULL = there is none. */
void trial_beside(struct trial *t, const struct load *load);

/*
 * Reads the counters before the timed part, or at its end, of a trial that has tasks; both by one
 * process.
 */
void trial_look(struct trial *t, bool end);

/*
 * The first look once more, at the tasks alone: where another thread than the sides looks, a side
 * that it kept waiting has run since.
 */
void trial_look_again(struct trial *t);

/* What happened around the timed part, to all sides. 0 or -EINVAL; see noise_delta(). */
int trial_noise(const struct trial *t, struct noise *ret);

/* Runs the trial in the calling thread; 0 or what the loop returned. */
int trial_run(struct trial *t);

#endif
