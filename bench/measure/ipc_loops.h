/* SPDX-License-Identifier: MIT */
/*
 * The timed loops of IPC, once for all mechanisms. They own partial transfers, EINTR, end of file,
 * waiting, payload and stamps. IPC_LOOPS() instantiates them for one pair of ops and wait mode.
 *
 * A round trip is timed from before the initiator writes its message to after it has read the
 * reply: so a mechanism that lets the payload be written in place and one that copies it do equal
 * work.
 *
 * Each loop takes run->end out of memory once: after a payload is written a compiler has to read it
 * again, and in a spinning round trip of 100 ns these reads are in the way of the next message.
 */
#ifndef BENCH_MEASURE_IPC_LOOPS_H
#define BENCH_MEASURE_IPC_LOOPS_H

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>

#include "bench/ipc.h"
#include "bench/measure/crew.h"
#include "bench/measure/inject.h"
#include "bench/measure/meter.h"
#include "bench/measure/pace.h"
#include "bench/measure/payload.h"

/* What the two sides agree on while running; in shared memory, written by the initiator, rarely. */
struct ipc_control {
	_Atomic uint64_t limit;	 /* the responder ends after this many messages */
	_Atomic uint64_t ack_at; /* stream: an acknowledgement is due after this many */
	_Atomic uint64_t acked;	 /* lossy stream: the receiver has seen all before this number */
	_Atomic uint64_t lost;	 /* lossy stream: messages that the receiver missed so far */
	_Atomic uint64_t stuck;	 /* lossy round trip, by the driver: the initiator has sent so many
				    and  nothing is under way; 0 = not so */
	_Atomic uint64_t got;	 /* ... and the responder has received so many of them */
	_Atomic bool stop;	 /* fan-in: producers send their last message */
};

/*
 * Fan-in: the number of a message holds its producer and, in the last one, a mark; the rest is the
 * producer's own count.
 */
#define FAN_PRODUCER 48
#define FAN_LAST ((uint64_t)1 << 47)

/* The receiver's view of its producers. */
struct ipc_fan {
	unsigned producers;
	unsigned ended;		  /* producers whose last message has come */
	uint64_t begin[CREW_MAX]; /* messages of each before the present loop */
	uint64_t got[CREW_MAX];	  /* messages of each so far: the next one's count */
};

/* Lossy round trips: what a side has sent and received, as the driver sees it. */
struct ipc_seen {
	_Atomic uint64_t sent, received;
};

/* One side's part in a session. */
struct ipc_run {
	struct ipc_end *end;
	struct ipc_control *control;
	void *out, *in;	 /* message buffers, msg_size bytes each */
	size_t msg_size; /* bytes */
	enum touch touch;
	uint64_t sent;		   /* messages sent so far: the next one's number */
	uint64_t received;	   /* likewise */
	struct ipc_fan *fan;	   /* fan-in: receiver; NULL elsewhere */
	struct fan_out *fan_out;   /* fan-out: sender; NULL elsewhere */
	struct fan_stamps *stamps; /* fan-out: a receiver's own; NULL elsewhere */
	uint64_t lost;		   /* lossy stream: numbers that never came; receiver */
	struct ipc_seen *seen;	   /* lossy: where this side says how far it is */
	uint64_t window;    /* stream: messages until an acknowledgement; 0 = only at the end */
	struct meter meter; /* what to run and what came of it; initiator */
	struct pace pace;   /* gap or schedule; initiator */
};

/* Moves the whole message at `buf` out; 0 or -errno. */
TEMPLATE int ipc_push(const struct ipc_ops *ops, const struct ipc_wait *wait, struct ipc_run *run,
		      struct ipc_end *end, const void *buf)
{
	const uint8_t *p = buf;
	size_t left = run->msg_size;
	ssize_t n = 0;

	while (left) {
		int err = wait->before ? wait->before(end, IPC_OUT) : 0;

		if (likely(!err))
			n = wait->move ? wait->move(end, IPC_OUT, (void *)p, left)
				       : ops->send(end, p, left); /* NOLINT: a constant */
		else
			n = err;
		if (likely(n >= 0)) {
			if (ops->whole && unlikely((size_t)n != left))
				return -EMSGSIZE;
			p += n;
			left -= (size_t)n;
			continue;
		}
		if (n == -EAGAIN && wait->again)
			n = wait->again(end, IPC_OUT);
		if (n < 0 && n != -EINTR && n != -EAGAIN)
			return (int)n;
	}
	return 0;
}

/* Moves a whole message in; 0, -ECONNRESET when the peer is gone (lossy: METER_LOST), or -errno. */
TEMPLATE int ipc_pull(const struct ipc_ops *ops, const struct ipc_wait *wait, struct ipc_run *run,
		      struct ipc_end *end)
{
	uint8_t *p = run->in;
	size_t left = run->msg_size;
	ssize_t n = 0;

	while (left) {
		int err = wait->before ? wait->before(end, IPC_IN) : 0;

		if (likely(!err))
			n = wait->move ? wait->move(end, IPC_IN, p, left)
				       : ops->recv(end, p, left); /* NOLINT: a constant */
		else
			n = err;
		if (likely(n > 0)) {
			if (ops->whole && unlikely((size_t)n != left))
				return -EMSGSIZE;
			p += n;
			left -= (size_t)n;
			continue;
		}
		if (n == 0)
			return ops->lossy ? METER_LOST : -ECONNRESET;
		if (n == -EAGAIN && wait->again)
			n = wait->again(end, IPC_IN);
		if (n < 0 && n != -EINTR && n != -EAGAIN)
			return (int)n;
	}
	return 0;
}

/* Waits until the mechanism lends a place to write to; NULL with *err set on failure. */
TEMPLATE void *ipc_reserve(const struct ipc_ops *ops, const struct ipc_wait *wait,
			   struct ipc_end *end, int *err)
{
	for (;;) {
		void *slot = NULL;

		*err = wait->before ? wait->before(end, IPC_OUT) : 0;
		if (likely(!*err))
			slot = ops->reserve(end);
		if (likely(slot))
			return slot;
		if (!*err && wait->again)
			*err = wait->again(end, IPC_OUT);
		if (*err && *err != -EINTR)
			return NULL;
	}
}

/* Waits until a message lies in the mechanism's memory; NULL with *err set on failure. */
TEMPLATE const void *ipc_peek(const struct ipc_ops *ops, const struct ipc_wait *wait,
			      struct ipc_end *end, int *err)
{
	for (;;) {
		const void *slot = NULL;

		*err = wait->before ? wait->before(end, IPC_IN) : 0;
		if (likely(!*err))
			slot = ops->peek(end);
		if (likely(slot))
			return slot;
		if (!*err && wait->again)
			*err = wait->again(end, IPC_IN);
		if (*err && *err != -EINTR)
			return NULL;
	}
}

/* Sends a message that carries `number`, payload written first; 0 or -errno. */
TEMPLATE int ipc_send_number(const struct ipc_ops *ops, const struct ipc_wait *wait,
			     struct ipc_run *run, struct ipc_end *end, uint64_t number,
			     enum touch touch)
{
	void *slot = run->out;
	int err = 0;

	inject(); /* before: after it, the message would already be under way beside it */
	if (ops->reserve)
		slot = ipc_reserve(ops, wait, end, &err);
	if (unlikely(err))
		return err;
	payload_write(slot, run->msg_size, number, end->side, touch);
	if (ops->commit)
		ops->commit(end);
	else
		err = ipc_push(ops, wait, run, end, slot);
	if (unlikely(err))
		return err;
	run->sent++;
	return wait->moved ? wait->moved(end, IPC_OUT) : 0;
}

/* Sends the next message. */
TEMPLATE int ipc_send(const struct ipc_ops *ops, const struct ipc_wait *wait, struct ipc_run *run,
		      struct ipc_end *end, enum touch touch)
{
	return ipc_send_number(ops, wait, run, end, run->sent, touch);
}

/* Receives the next message and checks it; 0, -EBADMSG when it is not the one due, or -errno. */
TEMPLATE int ipc_recv(const struct ipc_ops *ops, const struct ipc_wait *wait, struct ipc_run *run,
		      struct ipc_end *end, enum touch touch)
{
	const void *slot = run->in;
	bool right;
	int err = 0;

	if (ops->peek)
		slot = ipc_peek(ops, wait, end, &err);
	else
		err = ipc_pull(ops, wait, run, end);
	if (unlikely(err))
		return err;
	right = payload_check(slot, run->msg_size, run->received, !end->side, touch);
	if (ops->peek)
		ops->release(end);
	if (unlikely(!right))
		return -EBADMSG;
	run->received++;
	return wait->moved ? wait->moved(end, IPC_IN) : 0;
}

/*
 * The same where messages may be dropped: what is missing before the one that came is counted; one
 * that was there before is passed over, because the sender repeats its last until it is confirmed.
 */
TEMPLATE int ipc_recv_lossy(const struct ipc_ops *ops, const struct ipc_wait *wait,
			    struct ipc_run *run, struct ipc_end *end, enum touch touch)
{
	uint64_t number;

	do {
		int err = ipc_pull(ops, wait, run, end);

		if (unlikely(err))
			return err;
		memcpy(&number, run->in, sizeof(number));
		number >>= 1; /* see payload_word() */
	} while (unlikely(number < run->received));
	run->lost += number - run->received;
	run->received = number;
	if (unlikely(!payload_check(run->in, run->msg_size, number, !end->side, touch)))
		return -EBADMSG;
	run->received++;
	return wait->moved ? wait->moved(end, IPC_IN) : 0;
}

/*
 * Says how far this side is: two stores to a line that only the driver reads, some times a second.
 */
TEMPLATE void ipc_say(const struct ipc_ops *ops, struct ipc_run *run)
{
	if (!ops->lossy)
		return;
	atomic_store_explicit(&run->seen->sent, run->sent, memory_order_relaxed);
	atomic_store_explicit(&run->seen->received, run->received, memory_order_relaxed);
}

/*
 * The driver has sent an empty message: whether what this side waits for was dropped, and not
 * something before it. Both sides then go on from what the responder has.
 */
static inline bool ipc_is_lost(struct ipc_run *run)
{
	/* acquire: `got` */
	if (atomic_exchange_explicit(&run->control->stuck, 0, memory_order_acquire) != run->sent)
		return false;
	run->sent = run->received = atomic_load_explicit(&run->control->got, memory_order_relaxed);
	return true;
}

/* 0, METER_LOST when request or reply was dropped on the way, or -errno. */
TEMPLATE int ipc_round_trip(const struct ipc_ops *ops, const struct ipc_wait *wait,
			    struct ipc_run *run, struct ipc_end *end, enum touch touch)
{
	int err = ipc_send(ops, wait, run, end, touch);

	if (unlikely(err))
		return err;
	ipc_say(ops, run);
	do
		err = ipc_recv(ops, wait, run, end, touch);
	while (ops->lossy && unlikely(err == METER_LOST) && !ipc_is_lost(run));
	ipc_say(ops, run);
	return err;
}

/* Sleeps on a schedule, or for the gap again and again; an operation is how late it ends. */
TEMPLATE int ipc_timer_loop(const struct ipc_ops *ops, const struct ipc_wait *wait,
			    struct ipc_run *run)
{
	struct ipc_end *end = run->end;
	struct meter *m = &run->meter;
	int err = 0;

	m->begin_ns = pace_begin(&run->pace);
	for (uint64_t i = 0; i < m->n && !err && m->end_ns < m->deadline_ns; i++) {
		uint64_t due = pace_due(&run->pace, i), now;

		err = ops->arm(end, clock_system_now_ns() + (due - clock_now_ns()));
		if (likely(!err))
			err = ipc_pull(ops, wait, run, end);
		if (unlikely(err))
			break;
		now = clock_now_ns();
		if (unlikely(now < due)) /* the two clocks are not compared to the last tick */
			now = due;
		meter_add(m, 1, due, now);
		pace_note(&run->pace, due, now, now);
	}
	return err;
}

/*
 * The end that a loop over rings works on: a copy of its own, which a compiler keeps in registers.
 * It could not with the one in memory, for after each look at a slot (acquire) all else has to be
 * read again: three loads, one after the other, between a message's arrival and its being seen.
 */
TEMPLATE struct ipc_end *ipc_local_end(const struct ipc_ops *ops, const struct ipc_run *run,
				       struct ipc_end *near)
{
	if (!ops->rings)
		return run->end;
	*near = *run->end;
	return near;
}

TEMPLATE void ipc_store_end(const struct ipc_ops *ops, const struct ipc_run *run,
			    const struct ipc_end *near)
{
	if (ops->rings)
		*run->end = *near;
}

/* Closed loop: the next message leaves when the reply is there, after the gap where one is set. */
TEMPLATE int ipc_ping_loop(const struct ipc_ops *ops, const struct ipc_wait *wait,
			   struct ipc_run *run, enum touch touch)
{
	struct ipc_end near, *end = ipc_local_end(ops, run, &near);
	int err;

	if (ops->arm)
		return ipc_timer_loop(ops, wait, run);
	err = METER_LOOP(&run->meter, ipc_round_trip(ops, wait, run, end, touch));
	ipc_store_end(ops, run, &near);
	return err;
}

/*
 * Echoes until the limit; it is published before the last message is sent, so it is seen in time.
 */
TEMPLATE int ipc_pong_loop(const struct ipc_ops *ops, const struct ipc_wait *wait,
			   struct ipc_run *run, enum touch touch)
{
	struct ipc_end near, *end = ipc_local_end(ops, run, &near);
	int err = 0;

	while (!err &&
	       run->received < atomic_load_explicit(&run->control->limit, memory_order_relaxed)) {
		err = ipc_recv(ops, wait, run, end, touch);
		ipc_say(ops, run);
		if (likely(!err))
			err = ipc_send(ops, wait, run, end, touch);
		ipc_say(ops, run);
	}
	ipc_store_end(ops, run, &near);
	return err;
}

/* Round trips with pauses: on a schedule fixed beforehand, or a gap after each reply. */
TEMPLATE int ipc_paced_loop(const struct ipc_ops *ops, const struct ipc_wait *wait,
			    struct ipc_run *run)
{
	struct ipc_end *end = run->end;
	struct meter *m = &run->meter;
	int err = 0;

	if (ops->arm)
		return ipc_timer_loop(ops, wait, run);
	m->begin_ns = pace_begin(&run->pace);
	for (uint64_t i = 0; i < m->n && !err && m->end_ns < m->deadline_ns; i++) {
		uint64_t due = pace_wait(&run->pace, i);
		uint64_t t0 = clock_now_ns();

		err = ipc_round_trip(ops, wait, run, end, run->touch);
		if (ops->lossy && unlikely(err == METER_LOST)) {
			meter_lose(m, 1, clock_now_ns());
			run->pace.begin_ns += m->end_ns - t0; /* a time of ours, no stall */
			err = 0;
			continue;
		}
		if (unlikely(err))
			break;
		meter_add(m, 1, t0, clock_now_ns());
		pace_note(&run->pace, due, t0, m->end_ns);
		if (!run->pace.every_ns) /* a stall in the gap has no other column */
			histogram_cover(&m->each, t0 - due);
	}
	return err;
}

/* Whether nothing can be streamed: then of a loop that does nothing is left. */
TEMPLATE bool ipc_only_trips(const struct ipc_ops *ops)
{
	return ops->trips_only || ops->arm;
}

/* Messages of a stream between two looks at the clock: it costs them less than 1 %. */
static inline uint64_t ipc_stream_step(const struct ipc_run *run)
{
	return run->msg_size >= 4096 ? 1 : 16 * run->meter.stride;
}

/* Stamps a stream; whether its time is over. */
TEMPLATE bool ipc_stream_look(struct meter *m)
{
	uint64_t now = clock_now_ns();

	histogram_cover(&m->each, now - m->end_ns);
	m->end_ns = now;
	return now >= m->deadline_ns;
}

TEMPLATE void ipc_stream_begin(struct meter *m)
{
	m->begin_ns = m->end_ns = clock_now_ns();
}

/* All `n` messages are through. */
TEMPLATE void ipc_stream_end(struct meter *m, uint64_t n)
{
	ipc_stream_look(m);
	m->batch_ns = m->end_ns - m->begin_ns;
	m->batch_ops = m->done = n;
}

/*
 * A stream whose end may be dropped like any other message: the last is repeated until the receiver
 * has confirmed it, in memory. What was lost in between is known by then.
 */
TEMPLATE int ipc_lossy_stream(const struct ipc_ops *ops, const struct ipc_wait *wait,
			      struct ipc_run *run)
{
	struct ipc_end *end = run->end;
	struct ipc_control *c = run->control;
	struct meter *m = &run->meter;
	uint64_t first = run->sent, n = m->n, step = ipc_stream_step(run), look = step, last;
	uint64_t before = atomic_load_explicit(&c->lost, memory_order_relaxed);
	int err = 0;

	atomic_store_explicit(&c->ack_at, first + n, memory_order_release);
	ipc_stream_begin(m);
	for (uint64_t i = 1; i <= n && !err; i++) {
		if (unlikely(i == look && i < n)) {
			look += step;
			if (ipc_stream_look(m)) {
				n = i;
				atomic_store_explicit(&c->ack_at, first + n, memory_order_release);
			}
		}
		err = ipc_send(ops, wait, run, end, run->touch);
	}
	last = first + n;
	/* acquire: what the receiver stored in `lost` before */
	while (!err && atomic_load_explicit(&c->acked, memory_order_acquire) != last) {
		sched_yield(); /* the receiver may be on this PU */
		run->sent--;
		err = ipc_send(ops, wait, run, end, run->touch);
	}
	ipc_stream_end(m, n);
	run->lost = atomic_load_explicit(&c->lost, memory_order_relaxed) - before;
	return err;
}

TEMPLATE int ipc_lossy_sink(const struct ipc_ops *ops, const struct ipc_wait *wait,
			    struct ipc_run *run)
{
	struct ipc_end *end = run->end;
	struct ipc_control *c = run->control;
	int err = 0;

	while (!err && run->received < atomic_load_explicit(&c->limit, memory_order_relaxed)) {
		err = ipc_recv_lossy(ops, wait, run, end, run->touch);
		if (run->received != atomic_load_explicit(&c->ack_at, memory_order_relaxed))
			continue;
		atomic_store_explicit(&c->lost, run->lost, memory_order_relaxed);
		/* release: after `lost` */
		atomic_store_explicit(&c->acked, run->received, memory_order_release);
	}
	return err;
}

/*
 * One way: messages as fast as the channel takes them; time ends with the receiver's word, which is
 * due after the last, and which one that is may be decided by the deadline.
 */
TEMPLATE int ipc_stream_loop(const struct ipc_ops *ops, const struct ipc_wait *wait,
			     struct ipc_run *run)
{
	struct ipc_end *end = run->end;
	struct meter *m = &run->meter;
	uint64_t n = m->n, step = ipc_stream_step(run), look = step, first = run->sent;
	int err = 0;

	if (ipc_only_trips(ops))
		return -EOPNOTSUPP;
	if (ops->lossy)
		return ipc_lossy_stream(ops, wait, run);
	atomic_store_explicit(&run->control->ack_at, first + n, memory_order_release);
	ipc_stream_begin(m);
	for (uint64_t i = 1; i <= n && !err; i++) {
		if (unlikely(i == look && i < n)) {
			look += step;
			if (ipc_stream_look(m)) {
				n = i;
				atomic_store_explicit(&run->control->ack_at, first + n,
						      memory_order_release);
			}
		}
		err = ipc_send(ops, wait, run, end, run->touch);
		if (!err && run->window && i % run->window == 0 && i < n)
			err = ipc_recv(ops, wait, run, end, run->touch);
	}
	if (likely(!err))
		err = ipc_recv(ops, wait, run, end, run->touch);
	ipc_stream_end(m, n);
	return err;
}

TEMPLATE int ipc_sink_loop(const struct ipc_ops *ops, const struct ipc_wait *wait,
			   struct ipc_run *run)
{
	struct ipc_end *end = run->end;
	struct ipc_control *c = run->control;
	uint64_t burst = 0;
	int err = 0;

	if (ipc_only_trips(ops))
		return -EOPNOTSUPP;
	if (ops->lossy)
		return ipc_lossy_sink(ops, wait, run);
	while (!err && run->received < atomic_load_explicit(&c->limit, memory_order_relaxed)) {
		bool due;

		err = ipc_recv(ops, wait, run, end, run->touch);
		due = run->received == atomic_load_explicit(&c->ack_at, memory_order_relaxed);
		burst = due ? 0 : burst + 1;
		if (!err && (due || (run->window && burst == run->window)))
			err = ipc_send(ops, wait, run, end, run->touch);
		if (burst == run->window)
			burst = 0;
	}
	return err;
}

/* One of several senders: as fast as the channel takes them until told to stop. */
TEMPLATE int ipc_produce_loop(const struct ipc_ops *ops, const struct ipc_wait *wait,
			      struct ipc_run *run)
{
	struct ipc_end *end = run->end;
	const uint64_t producer = (uint64_t)end->producer << FAN_PRODUCER;
	int err = 0;

	if (ipc_only_trips(ops) || ops->one_sender)
		return -EOPNOTSUPP;
	while (likely(!err) && !atomic_load_explicit(&run->control->stop, memory_order_relaxed))
		err = ipc_send_number(ops, wait, run, end, producer | run->sent, run->touch);
	return err ? err
		   : ipc_send_number(ops, wait, run, end, producer | FAN_LAST | run->sent,
				     run->touch);
}

/* Files a message of whichever producer; -EBADMSG when it is not the one due from it. */
TEMPLATE int ipc_collect(const struct ipc_ops *ops, const struct ipc_wait *wait,
			 struct ipc_run *run)
{
	struct ipc_end *end = run->end;
	struct ipc_fan *fan = run->fan;
	const void *slot = run->in;
	uint64_t number, producer;
	bool right;
	int err = 0;

	if (ops->peek)
		slot = ipc_peek(ops, wait, end, &err);
	else
		err = ipc_pull(ops, wait, run, end);
	if (unlikely(err))
		return err;
	memcpy(&number, slot, sizeof(number));
	number >>= 1; /* see payload_word() */
	producer = number >> FAN_PRODUCER;
	right = producer < fan->producers && (number & (FAN_LAST - 1)) == fan->got[producer] &&
		payload_check(slot, run->msg_size, number, 0, run->touch);
	if (ops->peek)
		ops->release(end);
	if (unlikely(!right))
		return -EBADMSG;
	if (unlikely(number & FAN_LAST))
		fan->ended++;
	else
		fan->got[producer]++;
	return wait->moved ? wait->moved(end, IPC_IN) : 0;
}

/* The receiver of several: so many messages, or until the deadline or the end of all senders. */
TEMPLATE int ipc_collect_loop(const struct ipc_ops *ops, const struct ipc_wait *wait,
			      struct ipc_run *run)
{
	struct meter *m = &run->meter;
	uint64_t i = 0, step = ipc_stream_step(run), look = step;
	int err = 0;

	if (ipc_only_trips(ops) || ops->one_sender)
		return -EOPNOTSUPP;
	ipc_stream_begin(m);
	while (i < m->n && run->fan->ended < run->fan->producers) {
		err = ipc_collect(ops, wait, run);
		if (unlikely(err))
			break;
		if (unlikely(++i == look)) {
			look += step;
			if (ipc_stream_look(m))
				break;
		}
	}
	ipc_stream_end(m, i);
	return err;
}

/*
 * One side of a closed loop, `side`, by how much of the payload is touched: nothing, one word, as
 * told.
 */
#define IPC_CLOSED_LOOPS(ops, wait, side)                                   \
	static TIMED int ops##_##wait##_##side##_none(struct ipc_run *run)  \
	{                                                                   \
		return ipc_##side##_loop(&ops, &wait, run, TOUCH_NONE);     \
	}                                                                   \
	static TIMED int ops##_##wait##_##side##_word(struct ipc_run *run)  \
	{                                                                   \
		return ipc_##side##_loop(&ops, &wait, run, TOUCH_WORD);     \
	}                                                                   \
	static TIMED int ops##_##wait##_##side##_some(struct ipc_run *run)  \
	{                                                                   \
		return ipc_##side##_loop(&ops, &wait, run, run->touch);     \
	}                                                                   \
	static int ops##_##wait##_##side(struct ipc_run *run, bool touched) \
	{                                                                   \
		if (!touched)                                               \
			return ops##_##wait##_##side##_none(run);           \
		return payload_is_one_word(run->msg_size, run->touch)       \
			       ? ops##_##wait##_##side##_word(run)          \
			       : ops##_##wait##_##side##_some(run);         \
	}

/* A loop that touches as told: it times more than one round trip, or waits in between. */
#define IPC_LOOP(ops, wait, name)                                   \
	static TIMED int ops##_##wait##_##name(struct ipc_run *run) \
	{                                                           \
		return ipc_##name##_loop(&ops, &wait, run);         \
	}

/* Instances for `ops` and `wait`. */
#define IPC_LOOPS(ops, wait)              \
	IPC_CLOSED_LOOPS(ops, wait, ping) \
	IPC_CLOSED_LOOPS(ops, wait, pong) \
	IPC_LOOP(ops, wait, paced)        \
	IPC_LOOP(ops, wait, stream)       \
	IPC_LOOP(ops, wait, sink)         \
	IPC_LOOP(ops, wait, produce)      \
	IPC_LOOP(ops, wait, collect)      \
	_Static_assert(1, "ends with a semicolon")

/* One entry of a family's modes; behind it other loops, see fan_out.h. */
#define IPC_MODE(op, w, ...) IPC_MODE_OF(op, w, NULL, __VA_ARGS__)

/* Likewise of a mode that spins, with `paused_` beside it (bench/measure/ipc_spin.h). */
#define IPC_MODE_OF(op, w, paused_, ...)                   \
	{                                                  \
		.wait = &w, .ops = &op, .paused = paused_, \
		.loops = {.ping = op##_##w##_ping,         \
			  .pong = op##_##w##_pong,         \
			  .paced = op##_##w##_paced,       \
			  .stream = op##_##w##_stream,     \
			  .sink = op##_##w##_sink,         \
			  .produce = op##_##w##_produce,   \
			  .collect = op##_##w##_collect,   \
			  __VA_ARGS__},                    \
	}

#endif
