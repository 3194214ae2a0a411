/* SPDX-License-Identifier: MIT */
/* The timed loops of queues: producers and consumers, every item counted. */
#ifndef BENCH_MEASURE_QUEUE_LOOPS_H
#define BENCH_MEASURE_QUEUE_LOOPS_H

#include "bench/measure/sync_run.h"

/*
 * Items are (1 + producer) << 48 | serial number; SYNC_ITEM_END tells a consumer that no more will
 * come.
 */
#define SYNC_ITEM_SHIFT 48
#define SYNC_ITEM_END UINT64_MAX
#define SYNC_SERIAL_MASK (((uint64_t)1 << SYNC_ITEM_SHIFT) - 1)
#define SYNC_PRODUCERS_MAX 256

/* Puts `item`, trying again while the queue is full; 0 or -errno. */
TEMPLATE int queue_put(const struct queue_ops *ops, struct sync_run *run, uint64_t item)
{
	int err;

	while ((err = ops->put(run->shared, run->local, item)) == -EAGAIN)
		cpu_relax();
	return err;
}

/*
 * Items in the queue, from what all threads say they have moved. Reading a counter takes its line
 * from its writer for a moment: with SYNC_DEPTH_NS, for less than 2 % of the time.
 */
#define SYNC_DEPTH_NS 10000 /* a producer lets so much pass between two samples, unless paced */

/* Looks in the warm-up too, so that all it needs has been touched before. */
TEMPLATE void queue_sample_depth(struct sync_run *run, bool measuring)
{
	const struct sync_run *all = run - run->me;
	int64_t depth = 0;

	for (unsigned i = 0; i < run->producers + run->consumers; i++) {
		int64_t moved = (int64_t)atomic_load_explicit(&all[i].moved, memory_order_relaxed);

		depth += i < run->producers ? moved : -moved;
	}
	run->seen.depth_sum += measuring && depth > 0 ? (uint64_t)depth : 0;
	run->seen.depth_samples += measuring;
}

/*
 * What a loop has counted and not yet written down. Every store of ours stands in the store buffer
 * between two of the queue's, and waits there with them while a line comes from the other side: the
 * fewer, the more items are under way at once.
 */
struct queue_tally {
	uint64_t items, checksum;
	uint64_t most; /* items until they are written down; SYNC_STAMP_EVERY is a multiple of it */
};

/* What others see of a count is up to 16 items old, in queues of which that is a small part. */
#define QUEUE_TALLY 16
#define QUEUE_TALLY_FROM 1024 /* items of capacity */

/* One for a loop that is `paced` or not; a thread that thinks has time for every item. */
TEMPLATE struct queue_tally queue_tally(const struct sync_run *run, bool paced)
{
	bool often = paced || run->think_ns || run->capacity < QUEUE_TALLY_FROM;

	return (struct queue_tally){0, 0, often ? 1 : QUEUE_TALLY};
}

TEMPLATE void queue_write_down(struct sync_run *run, unsigned phase, struct queue_tally *tally)
{
	uint64_t moved = atomic_load_explicit(&run->moved, memory_order_relaxed) + tally->items;

	atomic_store_explicit(&run->moved, moved, memory_order_relaxed);
	run->seen.checksum ^= tally->checksum;
	sync_count(run, phase, (unsigned)tally->items);
	tally->items = tally->checksum = 0;
}

/* Counts an item put or got; whether all that was counted is written down. */
TEMPLATE bool queue_count(struct sync_run *run, unsigned phase, struct queue_tally *tally,
			  uint64_t item)
{
	tally->checksum ^= item;
	if (likely(++tally->items < tally->most))
		return false;
	queue_write_down(run, phase, tally);
	return true;
}

/* The phase now; what was counted in the one before is written down as its. */
TEMPLATE unsigned queue_phase(struct sync_run *run, unsigned before, struct queue_tally *tally)
{
	unsigned phase = sync_phase(run, before);

	if (unlikely(phase != before) && tally->items)
		queue_write_down(run, before, tally);
	return phase;
}

/* A producer has ended; the last one tells the consumers. 0 or -errno. */
TEMPLATE int queue_end(const struct queue_ops *ops, struct sync_run *run)
{
	int err = 0;

	if (atomic_fetch_sub(&run->control->producing, 1) > 1)
		return 0;
	for (unsigned i = 0; i < run->consumers && !err; i++)
		err = queue_put(ops, run, SYNC_ITEM_END);
	return err;
}

TEMPLATE int queue_produce_loop(const struct queue_ops *ops, struct sync_run *run)
{
	uint64_t item = (uint64_t)(run->me + 1) << SYNC_ITEM_SHIFT, look_ns = 0;
	struct queue_tally tally = queue_tally(run, false);
	const bool thinks = run->think_ns;
	unsigned phase = PHASE_IDLE;
	int err = 0;

	sync_start(run);
	while ((phase = queue_phase(run, phase, &tally)) != PHASE_STOP) {
		err = queue_put(ops, run, ++item);
		if (unlikely(err))
			return err;
		inject();
		if (queue_count(run, phase, &tally, item) && unlikely(run->stamp_ns >= look_ns)) {
			look_ns = run->stamp_ns + SYNC_DEPTH_NS;
			queue_sample_depth(run, phase == PHASE_MEASURE);
		}
		if (thinks)
			sync_think(run, phase == PHASE_MEASURE);
	}
	return queue_end(ops, run);
}

/* Item `i` is put when it is due, however late the one before it was. */
TEMPLATE int queue_produce_paced_loop(const struct queue_ops *ops, struct sync_run *run)
{
	uint64_t item = (uint64_t)(run->me + 1) << SYNC_ITEM_SHIFT;
	struct queue_tally tally = queue_tally(run, true);
	struct pace *pace = &run->pace;
	unsigned phase = PHASE_IDLE;
	int err = 0;

	sync_start(run);
	pace->begin_ns = clock_now_ns() + (run->me + 1) * pace->every_ns / run->producers;
	for (uint64_t i = 0; (phase = queue_phase(run, phase, &tally)) != PHASE_STOP; i++) {
		uint64_t due = pace_wait(pace, i), sent = clock_now_ns();

		err = queue_put(ops, run, ++item);
		if (unlikely(err))
			return err;
		inject();
		queue_count(run, phase, &tally, item);
		queue_sample_depth(run, phase == PHASE_MEASURE);
		if (phase == PHASE_MEASURE) {
			uint64_t late = sent > due ? sent - due : 0;

			histogram_add(&pace->send_late, late);
			backlog_note(&pace->backlog, late);
		}
	}
	return queue_end(ops, run);
}

/* How long after it was due to be put item `serial` (from 1) of producer `from` came out. */
TEMPLATE void queue_note_response(struct sync_run *run, unsigned from, uint64_t serial)
{
	const struct pace *pace = &run[(int)from - (int)run->me].pace;
	uint64_t due = pace->begin_ns + (serial - 1) * pace->every_ns, now = clock_now_ns();

	uint64_t late = now > due ? now - due : 0;

	histogram_add(&run->pace.response, late);
	backlog_note(&run->pace.backlog, late);
}

/*
 * Counts and checks every item: each producer's come in order (to one consumer). -EBADMSG when not.
 */
TEMPLATE int queue_consume(const struct queue_ops *ops, struct sync_run *run, bool paced)
{
	uint64_t last[SYNC_PRODUCERS_MAX] = {0}, latest = 0, item = 0;
	struct queue_tally tally = queue_tally(run, paced);
	const bool thinks = run->think_ns;
	unsigned phase = PHASE_IDLE,
		 of = 0; /* whose item was the latest; its last[] is not written */
	int err = 0;

	sync_start(run);
	for (;;) {
		unsigned from;

		phase = queue_phase(run, phase, &tally);
		err = ops->get(run->shared, run->local, &item);
		if (err == -EAGAIN) {
			cpu_relax();
			continue;
		}
		if (err || item == SYNC_ITEM_END) {
			if (tally.items)
				queue_write_down(run, phase, &tally);
			return err;
		}
		from = (unsigned)(item >> SYNC_ITEM_SHIFT) - 1;
		if (unlikely(from != of)) {
			if (from >= run->producers)
				return -EBADMSG;
			last[of] = latest;
			latest = last[of = from];
		}
		if (unlikely(item <= latest))
			return -EBADMSG;
		if (paced && phase == PHASE_MEASURE)
			queue_note_response(run, from, item & SYNC_SERIAL_MASK);
		latest = item;
		queue_count(run, phase, &tally, item);
		if (thinks && phase != PHASE_STOP)
			sync_think(run, phase == PHASE_MEASURE);
	}
}

TEMPLATE int queue_consume_loop(const struct queue_ops *ops, struct sync_run *run)
{
	return queue_consume(ops, run, false);
}

TEMPLATE int queue_consume_paced_loop(const struct queue_ops *ops, struct sync_run *run)
{
	return queue_consume(ops, run, true);
}

/* Instances for one set of ops, as `<ops>_loops`. */
#define QUEUE_LOOPS(ops)                                \
	SYNC_LOOP(ops, queue, produce)                  \
	SYNC_LOOP(ops, queue, consume)                  \
	SYNC_LOOP(ops, queue, produce_paced)            \
	SYNC_LOOP(ops, queue, consume_paced)            \
	static const struct queue_loops ops##_loops = { \
		.produce = ops##_produce,               \
		.consume = ops##_consume,               \
		.produce_paced = ops##_produce_paced,   \
		.consume_paced = ops##_consume_paced,   \
	}

#endif
