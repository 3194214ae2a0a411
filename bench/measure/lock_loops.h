/* SPDX-License-Identifier: MIT */
/*
 * The timed loops of locks: one thread alone, threads that want it at once, readers and writers.
 *
 * The protected lines are written plainly, so that TSan sees a lock that does not order them; only
 * where readers and a writer overlap by design are they relaxed atomics (Boehm, "Can seqlocks get
 * along with programming language memory models?", MSPC 2012).
 */
#ifndef BENCH_MEASURE_LOCK_LOOPS_H
#define BENCH_MEASURE_LOCK_LOOPS_H

#include "bench/measure/sync_run.h"

TEMPLATE int lock_pair(const struct lock_ops *ops, void *shared, void *local)
{
	int err = ops->enter(shared, local);

	if (unlikely(err))
		return err;
	inject();
	return ops->leave(shared, local);
}

TEMPLATE int lock_pair_shared(const struct lock_ops *ops, void *shared, void *local)
{
	int err = ops->enter_shared(shared, local);

	if (unlikely(err))
		return err;
	inject();
	return ops->leave_shared(shared, local);
}

/* Own copies of the pointers: an atomic would make the compiler read those of `run` again. */
TEMPLATE int lock_alone_loop(const struct lock_ops *ops, struct sync_run *run)
{
	void *shared = run->shared, *local = run->local;

	return METER_LOOP(&run->meter, lock_pair(ops, shared, local));
}

TEMPLATE int lock_alone_shared_loop(const struct lock_ops *ops, struct sync_run *run)
{
	void *shared = run->shared, *local = run->local;

	return METER_LOOP(&run->meter, lock_pair_shared(ops, shared, local));
}

TEMPLATE uint64_t lock_get(const struct lock_ops *ops, const uint64_t *word)
{
	return ops->overlapping ? __atomic_load_n(word, __ATOMIC_RELAXED) : *word;
}

TEMPLATE void lock_put(const struct lock_ops *ops, uint64_t *word, uint64_t value)
{
	if (ops->overlapping)
		__atomic_store_n(word, value, __ATOMIC_RELAXED);
	else
		*word = value;
}

/* Holds the lock for the time asked for. */
TEMPLATE void lock_hold(struct sync_run *run, bool measuring)
{
	uint64_t begin;

	if (!run->critical_ns)
		return;
	begin = clock_now_ns();
	sync_stamp(run, begin, begin + run->critical_ns);
	begin = sync_delay(begin, run->critical_ns) - begin;
	if (measuring)
		run->seen.critical_ns += begin;
}

/* The critical section: every line is written before the time asked for and after it. */
TEMPLATE void lock_write(const struct lock_ops *ops, struct sync_run *run, bool measuring)
{
	unsigned copy = ops->copy ? ops->copy(run->shared, true) : 0;
	struct sync_line *line = run->guarded[copy].line;
	const struct sync_line *from = ops->copy ? run->guarded[!copy].line : line;
	uint64_t turn = lock_get(ops, &from->first) + 1;

	if (from->owner != run->me + 1)
		run->seen.owner_changes += measuring;
	if (ops->copy || from->owner != run->me + 1)
		line->owner = run->me + 1;
	lock_put(ops, &line->first, turn);
	for (unsigned i = 1; unlikely(i < run->lines); i++)
		lock_put(ops, &line[i].first, turn);
	lock_hold(run, measuring);
	for (unsigned i = run->lines - 1; unlikely(i); i--)
		lock_put(ops, &line[i].last, turn);
	lock_put(ops, &line->last, turn);
}

/* What a reader does: whether all that it read belongs to one and the same turn. */
TEMPLATE bool lock_read(const struct lock_ops *ops, struct sync_run *run, bool measuring)
{
	unsigned copy = ops->copy ? ops->copy(run->shared, false) : 0;
	const struct sync_line *line = run->guarded[copy].line;
	uint64_t turn = lock_get(ops, &line->last), odd = 0;

	for (unsigned i = 1; unlikely(i < run->lines); i++)
		odd |= lock_get(ops, &line[i].last) ^ turn;
	lock_hold(run, measuring);
	for (unsigned i = 0; i < run->lines; i++)
		odd |= lock_get(ops, &line[i].first) ^ turn;
	return !odd;
}

/*
 * The critical section of several permits: those inside are counted, and too many are an error.
 * Relaxed is enough: what the lock orders is ordered in the count as well (C11 5.1.2.4, coherence).
 */
TEMPLATE int lock_share(struct sync_run *run, bool measuring)
{
	struct sync_control *c = run->control;
	unsigned inside = 1 + atomic_fetch_add_explicit(&c->inside, 1, memory_order_relaxed);

	if (unlikely(inside > atomic_load_explicit(&c->most_inside, memory_order_relaxed)))
		atomic_store_explicit(&c->most_inside, inside, memory_order_relaxed);
	lock_hold(run, measuring);
	atomic_fetch_sub_explicit(&c->inside, 1, memory_order_relaxed);
	return unlikely(inside > run->permits) ? -EBADMSG : 0;
}

/*
 * One turn that writes. `*got` is stamped with the lock held, what is done with it after: others
 * wait. Called with two constants for `stamp`.
 */
TEMPLATE int lock_turn(const struct lock_ops *ops, struct sync_run *run, bool measuring,
		       uint64_t *got)
{
	int err = ops->enter(run->shared, run->local), wrong = 0;

	if (unlikely(err))
		return err;
	inject();
	if (got)
		*got = clock_now_ns();
	if (likely(run->permits == 1))
		lock_write(ops, run, measuring);
	else
		wrong = lock_share(run, measuring);
	err = ops->leave(run->shared, run->local);
	return unlikely(wrong) ? wrong : err;
}

/* One turn that reads, as often as the lock says that what was read may be half written. */
TEMPLATE int lock_read_turn(const struct lock_ops *ops, struct sync_run *run, bool measuring,
			    uint64_t *got)
{
	bool whole;
	int err;

	for (;;) {
		err = ops->enter_shared(run->shared, run->local);
		if (unlikely(err))
			return err;
		inject();
		if (got)
			*got = clock_now_ns();
		whole = lock_read(ops, run, measuring);
		err = ops->leave_shared(run->shared, run->local);
		if (likely(err != -EAGAIN))
			return unlikely(!whole && !err) ? -EBADMSG : err;
		run->seen.retries += measuring;
	}
}

/* A turn of either kind, the `*until`-th of which is timed into `h`. */
TEMPLATE int lock_timed(const struct lock_ops *ops, struct sync_run *run, bool reads,
			uint64_t *until, struct histogram *h)
{
	uint64_t asked, got = 0;
	int err;

	if (--*until)
		return reads ? lock_read_turn(ops, run, false, NULL)
			     : lock_turn(ops, run, false, NULL);
	*until = run->stride;
	asked = clock_now_ns();
	sync_stamp(run, asked, asked);
	err = reads ? lock_read_turn(ops, run, false, &got) : lock_turn(ops, run, false, &got);
	if (likely(!err))
		histogram_add(h, got - asked);
	return err;
}

TEMPLATE int lock_contend_loop(const struct lock_ops *ops, struct sync_run *run)
{
	uint64_t until = run->stride;
	unsigned phase = PHASE_IDLE;
	int err = 0;

	sync_start(run);
	while (!err && (phase = sync_phase(run, phase)) != PHASE_STOP) {
		bool measuring = phase == PHASE_MEASURE;

		if (phase == PHASE_SAMPLE)
			err = lock_timed(ops, run, false, &until, &run->meter.each);
		else
			err = lock_turn(ops, run, measuring, NULL);
		sync_count(run, phase, 1);
		sync_think(run, measuring);
	}
	return err;
}

/* Each turn is a reader's or a writer's by the thread's own generator. */
TEMPLATE int lock_readers_loop(const struct lock_ops *ops, struct sync_run *run)
{
	uint64_t until[2] = {run->stride, run->stride};
	unsigned phase = PHASE_IDLE;
	int err = 0;

	sync_start(run);
	while (!err && (phase = sync_phase(run, phase)) != PHASE_STOP) {
		bool measuring = phase == PHASE_MEASURE;
		bool reads = sync_random(run) % 100 < run->readers_pct;

		if (phase == PHASE_SAMPLE && reads)
			err = lock_timed(ops, run, true, &until[1], &run->reads);
		else if (phase == PHASE_SAMPLE)
			err = lock_timed(ops, run, false, &until[0], &run->meter.each);
		else if (reads)
			err = lock_read_turn(ops, run, measuring, NULL);
		else
			err = lock_turn(ops, run, measuring, NULL);
		sync_count(run, phase, 1);
		run->seen.reads[phase] += reads;
		sync_think(run, measuring);
	}
	return err;
}

/*
 * `id`_enter of a lock that spins, and `id`_asked_enter with the pause asked for: `take`, called
 * with a constant for what SPIN_WHILE wants to know.
 */
#define SPIN_ENTER(id, take)                                          \
	static inline int id##_enter(void *shared, void *local)       \
	{                                                             \
		return take(shared, local, false);                    \
	}                                                             \
	static inline int id##_asked_enter(void *shared, void *local) \
	{                                                             \
		return take(shared, local, true);                     \
	}

/* Instances for one set of ops, as `<ops>_loops`. */
#define LOCK_LOOPS(ops_)                                \
	SYNC_LOOP(ops_, lock, alone)                    \
	SYNC_LOOP(ops_, lock, contend)                  \
	static const struct lock_loops ops_##_loops = { \
		.ops = &ops_,                           \
		.alone = ops_##_alone,                  \
		.contend = ops_##_contend,              \
	}

/* Likewise for ops with a side for readers. */
#define RW_LOOPS(ops_)                                  \
	SYNC_LOOP(ops_, lock, alone)                    \
	SYNC_LOOP(ops_, lock, alone_shared)             \
	SYNC_LOOP(ops_, lock, contend)                  \
	SYNC_LOOP(ops_, lock, readers)                  \
	static const struct lock_loops ops_##_loops = { \
		.ops = &ops_,                           \
		.alone = ops_##_alone,                  \
		.alone_shared = ops_##_alone_shared,    \
		.contend = ops_##_contend,              \
		.readers = ops_##_readers,              \
	}

#endif
