/* SPDX-License-Identifier: MIT */
/*
 * The timed loops of waking: two roles that hand over to each other, one thread that wakes all
 * others, threads that meet at a barrier. In each, thread 0 leads and holds the clock; the others
 * follow until control->limit, which it publishes before its last round.
 */
#ifndef BENCH_MEASURE_WAKE_LOOPS_H
#define BENCH_MEASURE_WAKE_LOOPS_H

#include <sched.h>
#include <sys/resource.h>

#include "bench/measure/sync_run.h"

/* Whether a round is still to come for a thread that follows. */
TEMPLATE bool wake_goes_on(const struct sync_run *run)
{
	return run->count < atomic_load_explicit(&run->control->limit, memory_order_relaxed);
}

TEMPLATE int wake_round_trip(const struct wake_ops *ops, struct sync_run *run, void *shared)
{
	int err;

	inject(); /* before: after it, the other side would already run */
	err = ops->notify(shared, 1);
	run->count++;
	return unlikely(err) ? err : ops->wait(shared, 0);
}

/* An own copy of the pointer: after each wait (acquire) a compiler reads that of `run` again. */
TEMPLATE int wake_ping_loop(const struct wake_ops *ops, struct sync_run *run)
{
	void *shared = run->shared;

	if (!ops->notify)
		return -EOPNOTSUPP;
	return METER_LOOP(&run->meter, wake_round_trip(ops, run, shared));
}

/* Answers until the limit; the first role publishes it before its last notification. */
TEMPLATE int wake_pong_loop(const struct wake_ops *ops, struct sync_run *run)
{
	int err = ops->notify ? 0 : -EOPNOTSUPP;
	void *shared = run->shared;

	while (!err && wake_goes_on(run)) {
		err = ops->wait(shared, 1);
		if (likely(!err))
			err = ops->notify(shared, 0);
		run->count++;
	}
	return err;
}

/*
 * Waits, untimed, until `count` has reached `n`; gives way where others need this PU to get there.
 */
TEMPLATE void wake_await(const struct sync_run *run, const _Atomic uint64_t *count, uint64_t n)
{
	while (atomic_load_explicit(count, memory_order_acquire) < n) {
		if (run->shares_pu)
			sched_yield();
		else
			cpu_relax();
	}
}

/*
 * Those that have arrived are about to enter the wait, but a count cannot show that they sleep in
 * it: they get this time (ns) for it, and slept_share tells how many did. On a PU of its own the
 * calling thread spins, so that it is awake itself when it calls; else it gives way.
 */
TEMPLATE void wake_settle(const struct sync_run *run)
{
	uint64_t end = clock_now_ns() + run->gap_ns;

	while (clock_now_ns() < end) {
		if (run->shares_pu)
			sched_yield();
		else
			cpu_relax();
	}
}

/* From `begin` (ns) until the first and until the last of the others ran. */
TEMPLATE void wake_file(struct sync_run *run, uint64_t begin)
{
	struct sync_crowd *crowd = run->crowd;
	uint64_t first = UINT64_MAX, last = 0;

	for (unsigned m = 1; m < run->threads; m++) {
		uint64_t awake = run[m].awake_ns;

		first = awake < first ? awake : first;
		last = awake > last ? awake : last;
	}
	/* clocks of two PUs may differ by the bound in the row: not below 0 */
	histogram_add(&crowd->first, first > begin ? first - begin : 0);
	histogram_add(&crowd->last, last > begin ? last - begin : 0);
}

/*
 * Whether somebody ran again before the call of this round, the last of which all have returned
 * from.
 */
TEMPLATE bool wake_too_early(const struct sync_run *run)
{
	uint64_t returned = atomic_load_explicit(&run->crowd->awake, memory_order_relaxed);

	return returned != (run->count - 1) * (run->threads - 1);
}

/* The call; at a barrier it is the arrival of the last. */
TEMPLATE int wake_call_all(const struct wake_ops *ops, struct sync_run *run)
{
	if (ops->notify_all)
		return ops->notify_all(run->shared);
	return ops->meet ? ops->meet(run->shared, run->local) : -EOPNOTSUPP;
}

/* What ends by that call. */
TEMPLATE int wake_wait_all(const struct wake_ops *ops, struct sync_run *run)
{
	if (ops->wait_all)
		return ops->wait_all(run->shared, run->local);
	return ops->meet ? ops->meet(run->shared, run->local) : -EOPNOTSUPP;
}

TEMPLATE int wake_call_once(const struct wake_ops *ops, struct sync_run *run)
{
	struct sync_crowd *crowd = run->crowd;
	uint64_t others, begin;
	int err;

	run->count++;
	others = run->count * (run->threads - 1);
	wake_await(run, &crowd->arrived, others);
	wake_settle(run);
	if (unlikely(wake_too_early(run)))
		return -EBADMSG;
	begin = clock_now_ns();
	inject();
	err = wake_call_all(ops, run);
	if (unlikely(err))
		return err;
	wake_await(run, &crowd->awake, others);
	if (atomic_load_explicit(&crowd->recording, memory_order_relaxed))
		wake_file(run, begin);
	return 0;
}

TEMPLATE int wake_call_loop(const struct wake_ops *ops, struct sync_run *run)
{
	return METER_LOOP(&run->meter, wake_call_once(ops, run));
}

/* How often this thread has given up its PU so far (getrusage(2)). */
TEMPLATE uint64_t wake_sleeps(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return (uint64_t)usage.ru_nvcsw;
}

TEMPLATE int wake_hear_once(const struct wake_ops *ops, struct sync_run *run)
{
	struct sync_crowd *crowd = run->crowd;
	uint64_t sleeps = wake_sleeps();
	int err;

	atomic_fetch_add_explicit(&crowd->arrived, 1, memory_order_release);
	err = wake_wait_all(ops, run);
	run->awake_ns = clock_now_ns();
	if (atomic_load_explicit(&crowd->recording, memory_order_relaxed)) {
		run->seen.waits++;
		run->seen.slept += wake_sleeps() > sleeps;
	}
	/* release: whoever sees the count sees the stamp */
	atomic_fetch_add_explicit(&crowd->awake, 1, memory_order_release);
	run->count++;
	return err;
}

TEMPLATE int wake_hear_loop(const struct wake_ops *ops, struct sync_run *run)
{
	int err = 0;

	while (!err && wake_goes_on(run))
		err = wake_hear_once(ops, run);
	return err;
}

TEMPLATE int wake_meet_once(const struct wake_ops *ops, struct sync_run *run)
{
	inject();
	run->count++;
	return ops->meet(run->shared, run->local);
}

TEMPLATE int wake_meet_loop(const struct wake_ops *ops, struct sync_run *run)
{
	if (!ops->meet)
		return -EOPNOTSUPP;
	return METER_LOOP(&run->meter, wake_meet_once(ops, run));
}

TEMPLATE int wake_come_loop(const struct wake_ops *ops, struct sync_run *run)
{
	int err = ops->meet ? 0 : -EOPNOTSUPP;

	while (likely(!err) && wake_goes_on(run)) {
		err = ops->meet(run->shared, run->local);
		run->count++;
	}
	return err;
}

/*
 * Instances for one set of ops, as `<ops>_loops`; of what the ops lack, only the refusal is left.
 */
#define WAKE_LOOPS(ops_)                                \
	SYNC_LOOP(ops_, wake, ping)                     \
	SYNC_LOOP(ops_, wake, pong)                     \
	SYNC_LOOP(ops_, wake, call)                     \
	SYNC_LOOP(ops_, wake, hear)                     \
	SYNC_LOOP(ops_, wake, meet)                     \
	SYNC_LOOP(ops_, wake, come)                     \
	static const struct wake_loops ops_##_loops = { \
		.ops = &ops_,                           \
		.ping = ops_##_ping,                    \
		.pong = ops_##_pong,                    \
		.call = ops_##_call,                    \
		.hear = ops_##_hear,                    \
		.meet = ops_##_meet,                    \
		.come = ops_##_come,                    \
	}

#endif
