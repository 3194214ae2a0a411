/* SPDX-License-Identifier: MIT */
/*
 * The timed loops of a fan-out: one sender, several receivers, each of which gets every message. A
 * receiver writes down when it has read a message before it gives that back, and the sender reads
 * it when all have: so nothing is sent for the measurement's sake, and one side alone has
 * histograms.
 */
#ifndef BENCH_MEASURE_FAN_OUT_H
#define BENCH_MEASURE_FAN_OUT_H

#include <stdalign.h>

#include "bench/measure/ipc_loops.h"

/*
 * Messages whose stamps are kept: twice what a ring holds. A stamp is filed at the latest with the
 * send that takes its message's slot again, and written over by a message one round of the ring
 * later.
 */
#define FAN_STAMPS 128

/* What a receiver leaves for the sender; in memory of both. */
struct fan_stamps {
	alignas(BENCH_ALIGN)
		uint64_t read_ns[FAN_STAMPS]; /* when it had read a message, by number */
};

/* The sender's view of its receivers. */
struct fan_out {
	unsigned receivers;
	struct fan_stamps *stamps;   /* of each */
	uint64_t filed;		     /* messages so far whose times are filed */
	uint64_t due_ns[FAN_STAMPS]; /* when a message was to leave, by number */
	struct histogram first;	     /* ns from then until the first receiver had read it */
	struct histogram last;	     /* likewise the last one */
};

/* Files the times of all messages that every receiver has read. */
TEMPLATE void fan_out_file(const struct ipc_ops *ops, struct fan_out *fan, struct ipc_end *end)
{
	uint64_t taken = ops->taken(end);

	for (; fan->filed < taken; fan->filed++) {
		unsigned nth = fan->filed % FAN_STAMPS;
		uint64_t due = fan->due_ns[nth], first = UINT64_MAX, last = 0;

		for (unsigned i = 0; i < fan->receivers; i++) {
			uint64_t read = fan->stamps[i].read_ns[nth];

			first = read < first ? read : first;
			last = read > last ? read : last;
		}
		/* clocks of two PUs may differ by the bound in the row: not below 0 */
		histogram_add(&fan->first, first > due ? first - due : 0);
		histogram_add(&fan->last, last > due ? last - due : 0);
	}
}

/* Sends the next message, which was to leave at `due`; a tight sender waits until all have it. */
TEMPLATE int fan_out_send(const struct ipc_ops *ops, const struct ipc_wait *wait,
			  struct ipc_run *run, struct ipc_end *end, uint64_t due, bool paced)
{
	int err;

	run->fan_out->due_ns[run->sent % FAN_STAMPS] = due;
	err = ipc_send(ops, wait, run, end, run->touch);
	if (likely(!err) && !paced)
		ipc_reserve(ops, wait, end, &err);
	return err;
}

/*
 * The sender: on a schedule, where the ring takes what a slow receiver has not read yet; or tight,
 * the next message when all have the last. What is timed of a tight one is the time until the
 * sender sees that; of the others, the send alone.
 */
TEMPLATE int fan_out_publish_loop(const struct ipc_ops *ops, const struct ipc_wait *wait,
				  struct ipc_run *run, bool paced)
{
	struct ipc_end *end = run->end;
	struct fan_out *fan = run->fan_out;
	struct meter *m = &run->meter;

	end->one_by_one = !paced;
	histogram_clear(&fan->first);
	histogram_clear(&fan->last);
	m->begin_ns = m->end_ns = pace_begin(&run->pace);
	for (uint64_t i = 0; i < m->n && m->end_ns < m->deadline_ns; i++) {
		uint64_t due = paced ? pace_wait(&run->pace, i) : 0, t0 = clock_now_ns();
		int err = fan_out_send(ops, wait, run, end, paced ? due : t0, paced);

		if (unlikely(err))
			return err;
		if (paced)
			pace_sent(&run->pace, due, t0);
		else
			histogram_cover(&m->each, t0 - m->end_ns);
		meter_add(m, 1, t0, clock_now_ns());
		fan_out_file(ops, fan, end);
	}
	while (fan->filed < run->sent) {
		sched_yield(); /* a receiver may be on this PU */
		fan_out_file(ops, fan, end);
	}
	return 0;
}

/* A receiver: its stamp comes before it gives the message back, and so before the sender looks. */
TEMPLATE int fan_out_read(const struct ipc_ops *ops, const struct ipc_wait *wait,
			  struct ipc_run *run, struct ipc_end *end)
{
	const void *slot;
	bool right;
	int err;

	slot = ipc_peek(ops, wait, end, &err);
	if (unlikely(err))
		return err;
	right = payload_check(slot, run->msg_size, run->received, !end->side, run->touch);
	run->stamps->read_ns[run->received % FAN_STAMPS] = clock_now_ns();
	ops->release(end);
	if (unlikely(!right))
		return -EBADMSG;
	run->received++;
	return wait->moved ? wait->moved(end, IPC_IN) : 0;
}

TEMPLATE int fan_out_subscribe_loop(const struct ipc_ops *ops, const struct ipc_wait *wait,
				    struct ipc_run *run)
{
	struct ipc_end near, *end = ipc_local_end(ops, run, &near);
	int err = 0;

	while (!err &&
	       run->received < atomic_load_explicit(&run->control->limit, memory_order_relaxed))
		err = fan_out_read(ops, wait, run, end);
	ipc_store_end(ops, run, &near);
	return err;
}

/* Instances for `ops` and `wait`, besides those of IPC_LOOPS(). */
#define FAN_OUT_LOOPS(ops, wait)                                           \
	static TIMED int ops##_##wait##_publish_tight(struct ipc_run *run) \
	{                                                                  \
		return fan_out_publish_loop(&ops, &wait, run, false);      \
	}                                                                  \
	static TIMED int ops##_##wait##_publish_paced(struct ipc_run *run) \
	{                                                                  \
		return fan_out_publish_loop(&ops, &wait, run, true);       \
	}                                                                  \
	static int ops##_##wait##_publish(struct ipc_run *run, bool paced) \
	{                                                                  \
		return paced ? ops##_##wait##_publish_paced(run)           \
			     : ops##_##wait##_publish_tight(run);          \
	}                                                                  \
	static TIMED int ops##_##wait##_subscribe(struct ipc_run *run)     \
	{                                                                  \
		return fan_out_subscribe_loop(&ops, &wait, run);           \
	}                                                                  \
	_Static_assert(1, "ends with a semicolon")

/* What an entry of a family's modes has of them, beside IPC_MODE(). */
#define FAN_OUT_OF(ops, wait) \
	.publish = ops##_##wait##_publish, .subscribe = ops##_##wait##_subscribe

#endif
