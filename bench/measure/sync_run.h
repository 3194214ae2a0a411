/* SPDX-License-Identifier: MIT */
/*
 * What the timed loops of synchronization have in common: phases, counts, think time.
 *
 * Contended experiments run for a fixed time. The driver moves a phase word that every thread reads
 * in each turn; what is counted in PHASE_MEASURE happened in the one window that all threads share.
 * Locks are timed in a window of their own behind it, so that no stamp slows what is counted: in it
 * each SYNC_STAMP_EVERY-th turn of a thread is stamped, to tell how long it can have stood still.
 */
#ifndef BENCH_MEASURE_SYNC_RUN_H
#define BENCH_MEASURE_SYNC_RUN_H

#include <stdalign.h>
#include <stdatomic.h>

#include "bench/measure/inject.h"
#include "bench/measure/meter.h"
#include "bench/measure/pace.h"
#include "bench/measure/payload.h"
#include "bench/record/cell.h"
#include "bench/sync.h"

/*
 * Turns between two stamps of a counted window: a read of the clock is then below 0.2 ns of each.
 */
#define SYNC_STAMP_EVERY 256

/*
 * Before PHASE_MEASURE, and in PHASE_LOOK after it, the driver reads the counters of threads that
 * go on: it may need a PU of theirs.
 */
enum sync_phase {
	PHASE_IDLE,
	PHASE_WARM,
	PHASE_MEASURE,
	PHASE_LOOK,
	PHASE_SAMPLE,
	PHASE_STOP,
	PHASE_COUNT
};

/* What all threads of a session see besides the object itself. */
struct sync_control {
	alignas(BENCH_ALIGN) _Atomic unsigned phase; /* enum sync_phase; written by the driver */
	_Atomic uint64_t limit; /* waking: threads that follow end after so many rounds */
	alignas(BENCH_ALIGN) _Atomic unsigned producing; /* queue: producers not yet done */
	alignas(BENCH_ALIGN) _Atomic unsigned inside; /* several permits: threads that have one */
	_Atomic unsigned most_inside;		      /* most that had one at once */
};

/* A cache line that a lock protects. `first` and `last` differ while a turn writes it. */
struct sync_line {
	alignas(PAYLOAD_LINE) uint64_t first; /* turns that began to write it */
	uint64_t last;			      /* turns that ended writing it */
	uint64_t owner;			      /* first line: 1 + thread that wrote last */
};

/* What a critical section works on: protected by the lock and nothing else. */
struct sync_guarded {
	alignas(BENCH_ALIGN) struct sync_line line[LINES_MAX];
};

/* Broadcast: what the calling thread and the others tell each other beside the object itself. */
struct sync_crowd {
	alignas(BENCH_ALIGN) _Atomic uint64_t arrived;	 /* all rounds: those about to wait */
	alignas(BENCH_ALIGN) _Atomic uint64_t awake;	 /* all rounds: those that ran again */
	alignas(BENCH_ALIGN) _Atomic uint32_t recording; /* rounds count: not the warm-up */
	struct histogram first; /* ns from the call until the first of the others ran */
	struct histogram last;	/* until the last of them ran */
};

/* What one thread counted; unless it says otherwise, in PHASE_MEASURE. */
struct sync_counts {
	uint64_t turns[PHASE_COUNT]; /* acquisitions, operations or items in each phase */
	uint64_t reads[PHASE_COUNT]; /* readers: of them, those that only read */
	uint64_t retries;	     /* readers: reads begun again because they may be torn */
	uint64_t lost;		     /* op: attempts that failed */
	uint64_t owner_changes;	     /* acquisitions that followed another thread's */
	uint64_t critical_ns;	     /* sum of the times the lock was held on purpose */
	uint64_t think_ns;	     /* sum of the think times */
	uint64_t first_ns;	     /* stamp of the first turn; 0 = none */
	uint64_t last_ns;	     /* stamp of the first turn after the phase */
	uint64_t stall_ns;	/* longest time between two stamps, without think and hold times */
	uint64_t waits;		/* broadcast: waits ... */
	uint64_t slept;		/* ... and those of them in which the thread slept */
	uint64_t checksum;	/* queue, all phases: exclusive or of the items put or got */
	uint64_t depth_sum;	/* queue: items in it, sum over the samples */
	uint64_t depth_samples; /* queue: number of them */
};

/* One thread's part in a session; in memory that the driver sees. */
struct sync_run {
	alignas(BENCH_ALIGN) void *shared;
	void *local;
	struct sync_control *control;
	struct sync_guarded *guarded; /* two copies; see struct lock_ops */
	struct sync_crowd *crowd;     /* broadcast */
	unsigned me;		      /* number of this thread */
	unsigned threads;	      /* of all; their runs stand in a row, thread 0's first */
	bool shares_pu;		      /* another thread of this session has the same PU */
	unsigned producers;	      /* queue: threads that put: the first of all */
	unsigned consumers;	      /* queue: threads that get */
	uint64_t capacity;	      /* queue: items that it holds */
	unsigned burst;		      /* op, contended: operations between two looks at the phase */
	unsigned permits;	      /* how many may be in at once */
	unsigned lines;		      /* that the critical section writes */
	unsigned readers_pct;	      /* readers: share of turns that only read */
	uint64_t critical_ns;	      /* time to hold the lock */
	uint64_t think_ns;	      /* time between two acquisitions or items, +-25 % */
	uint64_t stride;	      /* contended: in PHASE_SAMPLE each stride-th turn is timed */
	uint64_t random;	      /* state of this thread's generator; not 0 */
	uint64_t gap_ns;	      /* broadcast: time to fall asleep before each call */
	uint64_t count;		      /* waking: rounds so far */
	uint64_t awake_ns;	      /* broadcast: when this thread last ran again */
	uint64_t stamp_ns; /* this thread's last stamp, or the end of a time it waits on purpose */
	unsigned phase;	   /* the last that this thread has seen; enum sync_phase */
	alignas(BENCH_ALIGN) _Atomic uint64_t
		moved; /* queue: items put or got so far; others look at it now and then */
	struct sync_counts seen;
	struct pace pace;   /* queue with a schedule: when items are due, how late they come */
	struct meter meter; /* alone and hand-off: what to run; all: times of single operations */
	struct histogram reads; /* readers: times to acquire for reading; meter.each: for writing */
};

/*
 * Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8/14 (2003): per thread, no lock, no
 * call.
 */
TEMPLATE uint64_t sync_random(struct sync_run *run)
{
	uint64_t x = run->random;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return run->random = x;
}

/* Spins for about `ns` from `now`; returns the time it really ended. */
TEMPLATE uint64_t sync_delay(uint64_t now, uint64_t ns)
{
	uint64_t end = now + ns;

	while ((now = clock_now_ns()) < end)
		cpu_relax();
	return now;
}

/*
 * A stamp `now`, after which the thread works or waits on purpose until `until`. What passed since
 * the last one is the longest that anything in it can have taken. It is of the counted window where
 * that has opened and this thread has not seen it close: a thread that stood still at an edge, or
 * all through it, did so in it.
 */
TEMPLATE void sync_stamp(struct sync_run *run, uint64_t now, uint64_t until)
{
	uint64_t passed = now > run->stamp_ns ? now - run->stamp_ns : 0;

	/* a sample is being timed where this thread is past the window: it is spared the load */
	if (run->phase > PHASE_MEASURE ||
	    atomic_load_explicit(&run->control->phase, memory_order_acquire) < PHASE_MEASURE)
		histogram_cover(&run->meter.each, passed);
	else if (passed > run->seen.stall_ns)
		run->seen.stall_ns = passed;
	run->stamp_ns = until;
}

/* Counts `n` turns; SYNC_STAMP_EVERY is a multiple of it. */
TEMPLATE void sync_count(struct sync_run *run, unsigned phase, unsigned n)
{
	uint64_t turns = run->seen.turns[phase] += n;

	if (unlikely(turns % SYNC_STAMP_EVERY == 0)) {
		uint64_t now = clock_now_ns();

		sync_stamp(run, now, now);
	}
}

/*
 * Think time: uniform between 75 and 125 % of what was asked, so that threads do not fall into
 * step.
 */
TEMPLATE void sync_think(struct sync_run *run, bool measuring)
{
	uint64_t begin, jitter;

	if (!run->think_ns)
		return;
	begin = clock_now_ns();
	jitter = run->think_ns / 2 ? sync_random(run) % (run->think_ns / 2) : 0;
	jitter += run->think_ns - run->think_ns / 4;
	sync_stamp(run, begin, begin + jitter);
	begin = sync_delay(begin, jitter) - begin;
	if (measuring)
		run->seen.think_ns += begin;
}

/* The phase now; stamps its edges. What is covered before PHASE_SAMPLE belongs to the warm-up. */
TEMPLATE unsigned sync_phase(struct sync_run *run, unsigned before)
{
	unsigned phase = atomic_load_explicit(&run->control->phase, memory_order_acquire);

	if (unlikely(phase != before)) {
		uint64_t now = clock_now_ns();

		sync_stamp(run, now, now);
		run->phase = phase;
		if (phase == PHASE_MEASURE)
			run->seen.first_ns = now;
		else if (before == PHASE_MEASURE)
			run->seen.last_ns = now;
		if (phase == PHASE_SAMPLE)
			run->meter.each.max = 0;
	}
	return phase;
}

/*
 * Waits for the common start; spins, since every thread has arrived. The last stamp is the last
 * time from before a look that found none: a thread that has no CPU then stands still.
 */
TEMPLATE void sync_start(struct sync_run *run)
{
	uint64_t now = run->stamp_ns = clock_now_ns();

	while (atomic_load_explicit(&run->control->phase, memory_order_acquire) == PHASE_IDLE) {
		run->stamp_ns = now;
		cpu_relax();
		now = clock_now_ns();
	}
}

#define SYNC_LOOP(ops, kind, what)                          \
	static TIMED int ops##_##what(struct sync_run *run) \
	{                                                   \
		return kind##_##what##_loop(&ops, run);     \
	}

#endif
