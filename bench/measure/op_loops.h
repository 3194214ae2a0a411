/* SPDX-License-Identifier: MIT */
/* The timed loops of single operations: by one thread, and by several on one object. */
#ifndef BENCH_MEASURE_OP_LOOPS_H
#define BENCH_MEASURE_OP_LOOPS_H

#include "bench/measure/sync_run.h"

/* One attempt that is not to be tried again: 1, 0 or -errno. */
TEMPLATE int op_try(const struct op_ops *ops, struct sync_run *run)
{
	int done;

	while (unlikely((done = ops->op(run->shared, run->local)) == -EAGAIN))
		cpu_relax();
	inject();
	return done;
}

TEMPLATE int op_once(const struct op_ops *ops, struct sync_run *run)
{
	int done = op_try(ops, run);

	if (unlikely(!done))
		run->seen.lost++;
	return done < 0 ? done : 0;
}

TEMPLATE int op_alone_loop(const struct op_ops *ops, struct sync_run *run)
{
	return METER_LOOP(&run->meter, op_once(ops, run));
}

/*
 * All threads on one object. The phase is looked at once per burst: short operations come in larger
 * ones, so that the look costs little.
 */
TEMPLATE int op_contend_loop(const struct op_ops *ops, struct sync_run *run)
{
	unsigned phase = PHASE_IDLE;

	sync_start(run);
	while ((phase = sync_phase(run, phase)) != PHASE_STOP) {
		for (unsigned i = 0; i < run->burst; i++) {
			int done = op_try(ops, run);

			if (unlikely(done < 0))
				return done;
			run->seen.lost += phase == PHASE_MEASURE && !done;
		}
		sync_count(run, phase, run->burst);
	}
	return 0;
}

/* Repeats the partner's work until the timed thread has ended. */
TEMPLATE int op_partner_loop(const struct op_ops *ops, struct sync_run *run)
{
	int err = 0;

	while (atomic_load_explicit(&run->control->phase, memory_order_acquire) != PHASE_STOP) {
		err = ops->partner(run->shared, run->local);
		if (unlikely(err < 0 && err != -EAGAIN))
			return err;
	}
	return 0;
}

/* Instances for one set of ops, as `<ops>_loops`; the second for ops with a partner. */
#define OP_LOOPS(ops)               \
	SYNC_LOOP(ops, op, alone)   \
	SYNC_LOOP(ops, op, contend) \
	static const struct op_loops ops##_loops = {.alone = ops##_alone, .contend = ops##_contend}
#define OP_PARTNER_LOOPS(ops)       \
	SYNC_LOOP(ops, op, alone)   \
	SYNC_LOOP(ops, op, partner) \
	static const struct op_loops ops##_loops = {.alone = ops##_alone, .partner = ops##_partner}

#endif
