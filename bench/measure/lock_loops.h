/* SPDX-License-Identifier: MIT */
/* The timed loops of locks: one thread alone, and threads that want it at once. */
#ifndef BENCH_MEASURE_LOCK_LOOPS_H
#define BENCH_MEASURE_LOCK_LOOPS_H

#include "bench/measure/sync_run.h"

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

/* Instances for one set of ops, as `<ops>_loops`. */
#define LOCK_LOOPS(ops)                                                     \
	SYNC_LOOP(ops, lock, alone)                                         \
	SYNC_LOOP(ops, lock, contend)                                       \
	static const struct lock_loops ops##_loops = {.alone = ops##_alone, \
						      .contend = ops##_contend}

#endif
