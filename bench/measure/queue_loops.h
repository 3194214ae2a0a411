/* SPDX-License-Identifier: MIT */
/* The timed loops of queues: producers and consumers, every item counted. */
#ifndef BENCH_MEASURE_QUEUE_LOOPS_H
#define BENCH_MEASURE_QUEUE_LOOPS_H

#include "bench/measure/sync_run.h"

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

/* Instances for one set of ops, as `<ops>_loops`. */
#define QUEUE_LOOPS(ops)                                                         \
	SYNC_LOOP(ops, queue, produce)                                           \
	SYNC_LOOP(ops, queue, consume)                                           \
	static const struct queue_loops ops##_loops = {.produce = ops##_produce, \
						       .consume = ops##_consume}

#endif
