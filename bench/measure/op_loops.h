/* SPDX-License-Identifier: MIT */
/* The timed loops of single operations: by one thread, and by several on one object. */
#ifndef BENCH_MEASURE_OP_LOOPS_H
#define BENCH_MEASURE_OP_LOOPS_H

#include "bench/measure/sync_run.h"

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

/* Instances for one set of ops, as `<ops>_loops`. */
#define OP_LOOPS(ops)               \
	SYNC_LOOP(ops, op, alone)   \
	SYNC_LOOP(ops, op, contend) \
	static const struct op_loops ops##_loops = {.alone = ops##_alone, .contend = ops##_contend}

#endif
