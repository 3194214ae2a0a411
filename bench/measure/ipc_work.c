/* SPDX-License-Identifier: MIT */
/* What one member of an IPC session does, from attach to detach. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "bench/machine/limits.h"
#include "bench/measure/ipc_shared.h"

enum { MEET_ATTACHED, MEET_DONE };

/*
 * The message buffers, on this side's own node and touched; a page at least, so that both are
 * apart. Beside a notification, memory of both sides.
 */
static int make_buffers(struct ipc_member *m)
{
	struct ipc_session *s = m->session;
	void **buffer[] = {&m->run.out, &m->run.in};

	if (s->cell->variant->flags & IPC_NOTIFY) {
		m->run.out = &s->shared->member_shared[m->number].word;
		m->run.in = &s->shared->member_shared[m->number ^ 1].word;
		return 0;
	}
	for (int i = 0; i < 2; i++) {
		size_t page = memory_page_size(PAGES_BASE); /* before it: see IPC_HEADER */
		int err = memory_map(page + m->run.msg_size, PAGES_BASE, buffer[i]);

		if (!err)
			err = memory_prefault(*buffer[i], page + m->run.msg_size);
		if (err)
			return err;
		*buffer[i] = (uint8_t *)*buffer[i] + page;
	}
	return 0;
}

static int attach(struct ipc_member *m)
{
	struct ipc_session *s = m->session;
	struct ipc_end *end = &m->end;
	int err = 0;

	end->link = m->link;
	end->msg_size = m->link->msg_size;
	end->slept = &s->shared->member_shared[m->number].slept;
	end->fd[IPC_IN] = end->fd[IPC_OUT] = -1;
	/* one producer after the other: threads share what the link holds */
	while (!end->side && atomic_load(&m->link_shared->attached) != end->producer)
		sched_yield();
	if (s->cell->variant->attach)
		err = s->cell->variant->attach(m->link, end);
	if (!err && s->family->attach)
		err = s->family->attach(m->link, end);
	if (!err && s->cell->mode->wait->setup)
		err = s->cell->mode->wait->setup(end);
	if (!end->side)
		atomic_store(&m->link_shared->attached, end->producer + 1);
	return err;
}

static void detach(struct ipc_member *m)
{
	if (m->session->cell->mode->wait->teardown)
		m->session->cell->mode->wait->teardown(&m->end);
	if (m->session->family->detach)
		m->session->family->detach(&m->end);
}

int ipc_ask(struct ipc_member *m, struct peer_frame *f)
{
	return peer_ask(m->session->cell->peer, f,
			crew_member(m->session->crew, m->number)->reason);
}

static int respond(struct ipc_member *m)
{
	const struct ipc_loops *loops = &m->session->cell->mode->loops;

	if (m->session->cell->ask.producers)
		return loops->produce(&m->run);
	if (m->session->cell->ask.pattern == IPC_FAN_OUT)
		return loops->subscribe(&m->run);
	return m->session->cell->ask.pattern == IPC_STREAM
		       ? loops->sink(&m->run)
		       : loops->pong(&m->run, m->run.touch != TOUCH_NONE);
}

static int explain(struct crew *crew, struct ipc_member *m, int err)
{
	unsigned number = m->number;

	if (*crew_member(crew, number)->reason) /* a peer has said it */
		return err;
	if (err == -EBADMSG)
		return crew_fail(crew, number, err, "side %u received a wrong message", number);
	if (err == -ECONNREFUSED) /* what a datagram socket says of a peer that is gone */
		err = -ECONNRESET;
	if (err == METER_LOST)
		return crew_fail(crew, number, err, "all of its %llu messages were lost",
				 (unsigned long long)m->link_shared->result.lost);
	if (err == -ECONNRESET || err == -EPIPE)
		return crew_fail(crew, number, err, "side %u lost its peer", number);
	return err ? crew_fail(crew, number, err, "side %u: %s", number, limits_explain(err)) : 0;
}

/* Descriptors of other pairs, inherited across the fork, are not ours to keep open. */
static void drop_others(struct ipc_session *s, unsigned pair)
{
	for (unsigned i = 0; !ipc_has_threads(s->cell) && s->family->close && i < s->n_links; i++)
		if (i != pair)
			s->family->close(&s->link[i]);
}

static const char *explain_attach(const struct ipc_member *m, int err)
{
	if (*m->link->why)
		return m->link->why;
	if (err == -ENOENT && m->session->apart.way.kind == APART_IPC)
		return "its names are known in one IPC namespace only";
	if (err == -ENOENT && ipc_asks(m->session))
		return "its peer's names are not known here: another namespace, or another "
		       "directory?";
	return limits_explain(err);
}

/*
 * Where the other side was started by hand, side 0 opens and prepares, and the other waits for it.
 */
static int await_peer(struct ipc_member *m, enum peer_word word)
{
	struct peer_frame f = {.word = word};
	int err;

	if (!ipc_asks(m->session)) {
		if (m->session->cell->peer && word == PEER_READY)
			ipc_await(&m->link_shared->ready);
		return 0;
	}
	err = ipc_ask(m, &f);
	if (!err && word == PEER_READY)
		memcpy(m->link_shared->result.notes, f.notes, sizeof(f.notes));
	return err;
}

static int set_up(struct crew *crew, struct ipc_member *m)
{
	struct ipc_session *s = m->session;
	const struct ipc_cell *cell = s->cell;
	struct ipc_run *run = &m->run;
	uint64_t begin;
	int err;

	/*
	 * field by field: all else is 0, and these are a hundred pages that the start need not
	 * write
	 */
	run->end = &m->end;
	run->control = &m->link_shared->control;
	run->msg_size = m->link->msg_size;
	run->touch = cell->ask.touch;
	run->window = cell->ask.window;
	run->fan = cell->ask.producers && m->end.side ? &s->fan : NULL;
	if (cell->ask.pattern == IPC_FAN_OUT && m->end.side)
		run->stamps = &s->fan_out.stamps[m->end.consumer];
	else if (cell->ask.pattern == IPC_FAN_OUT)
		run->fan_out = &s->fan_out;
	run->seen = &s->shared->member_shared[m->number].seen;
	run->pace.every_ns = cell->ask.every_ns;
	run->pace.gap_ns =
		cell->ask.gap_ns || !ipc_is_timer(cell->mode) ? cell->ask.gap_ns : IPC_TIMER_NS;
	run->pace.slowest = cell->explain ? &m->link_shared->result.slowest : NULL;
	run->pace.sleeps = cell->sleeps;
	drop_others(s, m->pair);
	err = await_peer(m, PEER_ATTACH);
	if (err)
		return err;
	if (ipc_asks(s))
		ipc_set_prepared(m->link);
	err = make_buffers(m);
	begin = clock_now_ns();
	if (!err)
		err = attach(m);
	if (err)
		return crew_fail(crew, m->number, err, "attach: %s", explain_attach(m, err));
	if ((m->end.side == 0 || ipc_asks(s)) && m->end.producer == 0) {
		m->link_shared->result.setup_ns += clock_now_ns() - begin;
		memcpy(m->link_shared->result.notes, m->link->notes, sizeof(m->link->notes));
	}
	return 0;
}

/* Fan-out: a message leaves by the clock of one PU and is read by those of others. */
static void compare_clocks(struct ipc_member *m)
{
	struct ipc_session *s = m->session;
	uint64_t bound_ns = clock_compare(s->shared->line, s->cell->seats.pu, s->n, m->number);

	if (!m->number)
		m->link_shared->result.skew_bound_ns = bound_ns;
}

int ipc_work(struct crew *crew, unsigned number)
{
	struct ipc_session *s = crew->arg;
	struct ipc_member *m = &s->member[number];
	bool times = s->cell->peer ? ipc_asks(s) : m->end.side == (s->cell->ask.producers > 0);
	int err = set_up(crew, m);

	if (err)
		return err;
	crew_meet(crew, MEET_ATTACHED);
	err = await_peer(m, PEER_READY);
	if (err)
		return err;
	if (s->cell->ask.pattern == IPC_FAN_OUT)
		compare_clocks(m);
	/* by each side; two may be threads */
	__atomic_store_n(&m->link_shared->result.began, true, __ATOMIC_RELAXED);
	if ((s->cell->peer ? !ipc_asks(s) : times) && s->cell->variant->unlink)
		s->cell->variant->unlink(m->link);
	err = explain(crew, m, times ? ipc_measure(crew, m) : respond(m));
	if (!err) /* threads share what the first to detach would take away */
		crew_meet(crew, MEET_DONE);
	detach(m);
	return err;
}
