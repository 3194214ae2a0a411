/* SPDX-License-Identifier: MIT */
/*
 * The timed loops of synchronization, once for all primitives: uncontended and contended locks,
 * hand-off, queues, single operations. Macros at the end instantiate them for one set of ops.
 *
 * Contended experiments run for a fixed time. The driver moves a phase word that every thread reads
 * in each turn; what is counted in PHASE_MEASURE happened in the one window that all threads share.
 */
#ifndef BENCH_MEASURE_SYNC_LOOPS_H
#define BENCH_MEASURE_SYNC_LOOPS_H

#include <stdalign.h>
#include <stdatomic.h>

#include "bench/measure/inject.h"
#include "bench/measure/meter.h"
#include "bench/sync.h"

enum sync_phase { PHASE_IDLE, PHASE_WARM, PHASE_MEASURE, PHASE_STOP, PHASE_COUNT };

/* What all threads of a session see besides the object itself. */
struct sync_control {
	alignas(BENCH_ALIGN) _Atomic unsigned phase; /* enum sync_phase; written by the driver */
	_Atomic uint64_t limit; /* hand-off: the answering role ends after this many */
	alignas(BENCH_ALIGN) _Atomic unsigned producing; /* queue: producers not yet done */
};

/* What a critical section works on: one cache line, protected by the lock and nothing else. */
struct sync_guarded {
	alignas(BENCH_ALIGN) uint64_t entries; /* critical sections run */
	uint64_t owner;			       /* 1 + thread that ran the last one */
};

/* What one thread counted; unless it says otherwise, in PHASE_MEASURE. */
struct sync_counts {
	uint64_t turns[PHASE_COUNT]; /* acquisitions, operations or items in each phase */
	uint64_t lost;		     /* op: attempts that failed */
	uint64_t owner_changes;	     /* acquisitions that followed another thread's */
	uint64_t critical_ns;	     /* sum of the times the lock was held on purpose */
	uint64_t think_ns;	     /* sum of the think times */
	uint64_t first_ns;	     /* stamp of the first turn; 0 = none */
	uint64_t last_ns;	     /* stamp of the first turn after the phase */
	uint64_t checksum;	     /* queue, all phases: exclusive or of the items put or got */
};

/* One thread's part in a session; in memory that the driver sees. */
struct sync_run {
	alignas(BENCH_ALIGN) void *shared;
	void *local;
	struct sync_control *control;
	struct sync_guarded *guarded;
	unsigned me;	      /* number of this thread */
	unsigned consumers;   /* queue: threads that get */
	uint64_t critical_ns; /* time to hold the lock */
	uint64_t think_ns;    /* time between two acquisitions, +-25 % */
	uint64_t stride;      /* contended: each stride-th acquisition is timed */
	uint64_t random;      /* state of this thread's generator; not 0 */
	uint64_t count;	      /* hand-off: notifications so far */
	struct sync_counts seen;
	struct meter meter; /* alone and hand-off: what to run; all: times of single operations */
};

/* Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8/14 (2003): per thread, no lock, no
 * call. */
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

/* Think time: uniform between 75 and 125 % of what was asked, so that threads do not fall into
 * step. */
TEMPLATE void sync_think(struct sync_run *run, bool measuring)
{
	uint64_t begin, jitter;

	if (!run->think_ns)
		return;
	begin = clock_now_ns();
	jitter = run->think_ns / 2 ? sync_random(run) % (run->think_ns / 2) : 0;
	jitter += run->think_ns - run->think_ns / 4;
	begin = sync_delay(begin, jitter) - begin;
	if (measuring)
		run->seen.think_ns += begin;
}

/* The phase now; stamps the edges of the measured one. */
TEMPLATE unsigned sync_phase(struct sync_run *run, unsigned before)
{
	unsigned phase = atomic_load_explicit(&run->control->phase, memory_order_acquire);

	if (unlikely(phase != before)) {
		if (phase == PHASE_MEASURE)
			run->seen.first_ns = clock_now_ns();
		else if (phase == PHASE_STOP)
			run->seen.last_ns = clock_now_ns();
	}
	return phase;
}

/* Waits for the common start; spins, since every thread has arrived. */
TEMPLATE void sync_start(struct sync_run *run)
{
	while (atomic_load_explicit(&run->control->phase, memory_order_acquire) == PHASE_IDLE)
		cpu_relax();
}

TEMPLATE int lock_pair(const struct lock_ops *ops, struct sync_run *run)
{
	int err = ops->enter(run->shared, run->local);

	if (unlikely(err))
		return err;
	inject();
	return ops->leave(run->shared, run->local);
}

TEMPLATE int lock_alone_loop(const struct lock_ops *ops, struct sync_run *run)
{
	return METER_LOOP(&run->meter, lock_pair(ops, run));
}

/* The critical section: one protected line, and the time asked for. */
TEMPLATE void lock_critical(struct sync_run *run, bool measuring)
{
	struct sync_guarded *g = run->guarded;
	uint64_t begin;

	if (g->owner != run->me + 1) {
		g->owner = run->me + 1;
		run->seen.owner_changes += measuring;
	}
	g->entries++;
	if (!run->critical_ns)
		return;
	begin = clock_now_ns();
	begin = sync_delay(begin, run->critical_ns) - begin;
	if (measuring)
		run->seen.critical_ns += begin;
}

/* The stamp of an acquisition is taken with the lock held, what is done with it after: others wait. */
TEMPLATE int lock_contend_loop(const struct lock_ops *ops, struct sync_run *run)
{
	uint64_t until_stamp = run->stride;
	unsigned phase = PHASE_IDLE;
	int err = 0;

	sync_start(run);
	while ((phase = sync_phase(run, phase)) != PHASE_STOP && !err) {
		bool measuring = phase == PHASE_MEASURE, stamp = --until_stamp == 0;
		uint64_t asked = stamp ? clock_now_ns() : 0, got = 0;

		err = ops->enter(run->shared, run->local);
		if (unlikely(err))
			break;
		inject();
		if (unlikely(stamp))
			got = clock_now_ns();
		lock_critical(run, measuring);
		err = ops->leave(run->shared, run->local);
		run->seen.turns[phase]++;
		if (unlikely(stamp)) {
			until_stamp = run->stride;
			if (measuring)
				histogram_add(&run->meter.each, got - asked);
		}
		sync_think(run, measuring);
	}
	return err;
}

TEMPLATE int wake_round_trip(const struct wake_ops *ops, struct sync_run *run)
{
	int err;

	inject(); /* before: after it, the other side would already run */
	err = ops->notify(run->shared, 1);
	run->count++;
	return unlikely(err) ? err : ops->wait(run->shared, 0);
}

TEMPLATE int wake_ping_loop(const struct wake_ops *ops, struct sync_run *run)
{
	return METER_LOOP(&run->meter, wake_round_trip(ops, run));
}

/* Answers until the limit; the first role publishes it before its last notification. */
TEMPLATE int wake_pong_loop(const struct wake_ops *ops, struct sync_run *run)
{
	int err = 0;

	while (!err &&
	       run->count < atomic_load_explicit(&run->control->limit, memory_order_relaxed)) {
		err = ops->wait(run->shared, 1);
		if (likely(!err))
			err = ops->notify(run->shared, 0);
		run->count++;
	}
	return err;
}

/* Items are (1 + producer) << 48 | serial number; SYNC_ITEM_END tells a consumer that no more will
 * come. */
#define SYNC_ITEM_SHIFT 48
#define SYNC_ITEM_END UINT64_MAX
#define SYNC_PRODUCERS_MAX 256

/* Puts `item`, trying again while the queue is full; 0 or -errno. */
TEMPLATE int queue_put(const struct queue_ops *ops, struct sync_run *run, uint64_t item)
{
	int err;

	while ((err = ops->put(run->shared, run->local, item)) == -EAGAIN)
		cpu_relax();
	return err;
}

TEMPLATE int queue_produce_loop(const struct queue_ops *ops, struct sync_run *run)
{
	uint64_t item = (uint64_t)(run->me + 1) << SYNC_ITEM_SHIFT;
	unsigned phase = PHASE_IDLE;
	int err = 0;

	sync_start(run);
	while ((phase = sync_phase(run, phase)) != PHASE_STOP && !err) {
		err = queue_put(ops, run, ++item);
		inject();
		run->seen.checksum ^= item;
		run->seen.turns[phase]++;
		sync_think(run, phase == PHASE_MEASURE);
	}
	if (err || atomic_fetch_sub(&run->control->producing, 1) > 1)
		return err;
	for (unsigned i = 0; i < run->consumers && !err; i++)
		err = queue_put(ops, run, SYNC_ITEM_END);
	return err;
}

/* Counts and checks every item: each producer's come in order (to one consumer). -EBADMSG when not.
 */
TEMPLATE int queue_consume_loop(const struct queue_ops *ops, struct sync_run *run)
{
	uint64_t last[SYNC_PRODUCERS_MAX] = {0}, item = 0;
	unsigned phase = PHASE_IDLE;
	int err = 0;

	sync_start(run);
	for (;;) {
		unsigned from;

		phase = sync_phase(run, phase);
		err = ops->get(run->shared, run->local, &item);
		if (err == -EAGAIN) {
			cpu_relax();
			continue;
		}
		if (err || item == SYNC_ITEM_END)
			return err;
		from = (unsigned)(item >> SYNC_ITEM_SHIFT) % SYNC_PRODUCERS_MAX;
		if (unlikely(item <= last[from]))
			return -EBADMSG;
		last[from] = item;
		run->seen.checksum ^= item;
		run->seen.turns[phase]++;
	}
}

TEMPLATE int op_once(const struct op_ops *ops, struct sync_run *run)
{
	int done = ops->op(run->shared, run->local);

	inject();
	return done < 0 ? done : 0;
}

TEMPLATE int op_alone_loop(const struct op_ops *ops, struct sync_run *run)
{
	return METER_LOOP(&run->meter, op_once(ops, run));
}

/* All threads on one object: the phase is looked at every 64 operations, so that it costs little.
 */
TEMPLATE int op_contend_loop(const struct op_ops *ops, struct sync_run *run)
{
	unsigned phase = PHASE_IDLE;

	sync_start(run);
	while ((phase = sync_phase(run, phase)) != PHASE_STOP) {
		for (int i = 0; i < 64; i++) {
			int done = ops->op(run->shared, run->local);

			if (unlikely(done < 0))
				return done;
			inject();
			run->seen.lost += phase == PHASE_MEASURE && !done;
		}
		run->seen.turns[phase] += 64;
	}
	return 0;
}

#define SYNC_LOOP(ops, kind, what)                          \
	static TIMED int ops##_##what(struct sync_run *run) \
	{                                                   \
		return kind##_##what##_loop(&ops, run);     \
	}

/* Instances for the ops of one kind, as `<ops>_loops`. */
#define LOCK_LOOPS(ops)                                                     \
	SYNC_LOOP(ops, lock, alone)                                         \
	SYNC_LOOP(ops, lock, contend)                                       \
	static const struct lock_loops ops##_loops = {.alone = ops##_alone, \
						      .contend = ops##_contend}

#define WAKE_LOOPS(ops)            \
	SYNC_LOOP(ops, wake, ping) \
	SYNC_LOOP(ops, wake, pong) \
	static const struct wake_loops ops##_loops = {.ping = ops##_ping, .pong = ops##_pong}

#define QUEUE_LOOPS(ops)                                                         \
	SYNC_LOOP(ops, queue, produce)                                           \
	SYNC_LOOP(ops, queue, consume)                                           \
	static const struct queue_loops ops##_loops = {.produce = ops##_produce, \
						       .consume = ops##_consume}

#define OP_LOOPS(ops)               \
	SYNC_LOOP(ops, op, alone)   \
	SYNC_LOOP(ops, op, contend) \
	static const struct op_loops ops##_loops = {.alone = ops##_alone, .contend = ops##_contend}

#endif
