/* SPDX-License-Identifier: MIT */
/* The timed loops of waking: two roles that hand over to each other. */
#ifndef BENCH_MEASURE_WAKE_LOOPS_H
#define BENCH_MEASURE_WAKE_LOOPS_H

#include "bench/measure/sync_run.h"

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

/* Instances for one set of ops, as `<ops>_loops`. */
#define WAKE_LOOPS(ops)            \
	SYNC_LOOP(ops, wake, ping) \
	SYNC_LOOP(ops, wake, pong) \
	static const struct wake_loops ops##_loops = {.ping = ops##_ping, .pong = ops##_pong}

#endif
