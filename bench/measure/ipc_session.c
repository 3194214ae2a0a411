/* SPDX-License-Identifier: MIT */
/* Both sides of an IPC measurement from open to close. */
#include "bench/measure/ipc_session.h"

#include <errno.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEET_ATTACHED };

/* What the driver and both sides see. */
struct shared {
	struct ipc_control control;
	_Atomic unsigned prepared;
	struct ipc_result result;
	struct {
		alignas(BENCH_ALIGN) uint64_t slept; /* see struct ipc_end */
		alignas(BENCH_ALIGN) uint64_t word;  /* what it writes beside a notification */
	} side[2];
};

/* Each process has its own copy, from before the fork. */
struct session {
	const struct ipc_cell *cell;
	const struct ipc_family *family;
	struct ipc_link link;
	struct ipc_end end[2];
	struct ipc_run run[2];
	struct shared *shared;
};

static int run_ping(void *arg)
{
	struct session *s = arg;

	return s->cell->mode->loops.ping(&s->run[0], s->cell->touch != TOUCH_NONE);
}

static int run_paced(void *arg)
{
	struct session *s = arg;

	return s->cell->mode->loops.paced(&s->run[0]);
}

static int run_stream(void *arg)
{
	struct session *s = arg;

	return s->cell->mode->loops.stream(&s->run[0]);
}

/*
 * The message buffers, on this side's own node and touched; a page at least, so that both are
 * apart. Beside a notification, memory of both sides.
 */
static int make_buffers(struct session *s, unsigned side)
{
	struct ipc_run *run = &s->run[side];
	void **buffer[] = {&run->out, &run->in};

	if (s->cell->variant->flags & IPC_NOTIFY) {
		run->out = &s->shared->side[side].word;
		run->in = &s->shared->side[!side].word;
		return 0;
	}

	for (int i = 0; i < 2; i++) {
		size_t page = memory_page_size(PAGES_BASE); /* before it: see IPC_HEADER */
		int err = memory_map(page + run->msg_size, PAGES_BASE, buffer[i]);

		if (!err)
			err = memory_prefault(*buffer[i], page + run->msg_size);
		if (err)
			return err;
		*buffer[i] = (uint8_t *)*buffer[i] + page;
	}
	return 0;
}

static int attach(struct session *s, unsigned side)
{
	struct ipc_end *end = &s->end[side];
	int err = 0;

	*end = (struct ipc_end){.link = &s->link, .side = side, .msg_size = s->link.msg_size};
	end->slept = &s->shared->side[side].slept;
	end->fd[IPC_IN] = end->fd[IPC_OUT] = -1;
	if (s->cell->variant->attach)
		err = s->cell->variant->attach(&s->link, end);
	if (!err && s->family->attach)
		err = s->family->attach(&s->link, end);
	if (!err && s->cell->mode->wait->setup)
		err = s->cell->mode->wait->setup(end);
	return err;
}

static void detach(struct session *s, unsigned side)
{
	if (s->cell->mode->wait->teardown)
		s->cell->mode->wait->teardown(&s->end[side]);
	if (s->family->detach)
		s->family->detach(&s->end[side]);
}

/* The initiator's last message: the responder has seen the limit when it has answered it. */
static int farewell(struct session *s)
{
	struct ipc_run *run = &s->run[0];

	atomic_store_explicit(&s->shared->control.limit, run->sent + 1, memory_order_release);
	meter_start(&run->meter, 1, 1, UINT64_MAX);
	return s->cell->pattern == IPC_STREAM ? run_stream(s) : run_ping(s);
}

static void check_memory(struct session *s)
{
	struct ipc_result *r = &s->shared->result;
	size_t len = 0;
	void *memory;

	r->node_check = 1;
	if (!s->family->memory || s->cell->mem_node < 0)
		return;
	memory = s->family->memory(&s->end[0], &len);
	r->node_check = memory_verify(memory, len, (unsigned)s->cell->mem_node);
}

/* Of the waits between the two looks at the counters, how many slept. */
static void mark(void *arg, bool end)
{
	struct session *s = arg;

	for (int side = 0; side < 2; side++) {
		uint64_t now = *(volatile uint64_t *)&s->shared->side[side].slept;

		s->shared->result.slept[side] = end ? now - s->shared->result.slept[side] : now;
	}
}

static void describe_trial(struct crew *crew, struct session *s)
{
	struct trial *t = &s->shared->result.trial;
	const struct ipc_cell *cell = s->cell;

	t->arg = s;
	t->meter = &s->run[0].meter;
	t->size = cell->size;
	t->size.cap = !cell->size.iterations;
	t->loop = run_ping;
	t->mark = mark;
	t->n_tasks = t->n_pus = crew->n;
	for (unsigned m = 0; m < crew->n; m++) {
		t->tasks[m] =
			(struct noise_task){crew_member(crew, m)->pid, crew_member(crew, m)->tid};
		t->pus[m] = cell->placement.pu[m];
	}
	if (crew->n == 2 && t->pus[0] == t->pus[1])
		t->n_pus = 1;
	if (cell->free)
		t->n_pus = 0;
	if (cell->pattern == IPC_STREAM)
		t->loop = run_stream;
	if (cell->pattern == IPC_PACED || cell->gap_ns) {
		t->warm = run_ping;
		t->loop = run_paced;
		t->size.stride = 1;
		t->pause_ns = cell->gap_ns;
	}
	if (ipc_is_timer(cell->mode)) { /* it pauses by itself */
		t->warm = NULL;
		t->pause_ns = 0;
		t->loop = run_paced;
		t->size.stride = 1;
	}
	if (cell->pattern == IPC_PACED && !t->size.iterations)
		t->size.iterations = cell->size.duration_ns / cell->every_ns + 1;
}

static int initiate(struct crew *crew, struct session *s)
{
	struct ipc_result *r = &s->shared->result;
	struct ipc_run *run = &s->run[0];
	int err;

	describe_trial(crew, s);
	err = trial_run(&r->trial);
	r->meter = run->meter;
	r->pace = run->pace;
	r->lost = run->lost;
	if (err)
		return err;
	check_memory(s);
	return crew->n > 1 ? farewell(s) : 0;
}

static int respond(struct session *s)
{
	const struct ipc_loops *loops = &s->cell->mode->loops;
	struct ipc_run *run = &s->run[1];

	return s->cell->pattern == IPC_STREAM ? loops->sink(run)
					      : loops->pong(run, run->touch != TOUCH_NONE);
}

static int explain(struct crew *crew, unsigned side, int err)
{
	if (err == -EBADMSG)
		return crew_fail(crew, side, err, "side %u received a wrong message", side);
	if (err == -ECONNREFUSED) /* what a datagram socket says of a peer that is gone */
		err = -ECONNRESET;
	if (err == -ECONNRESET || err == -EPIPE)
		return crew_fail(crew, side, err, "side %u lost its peer", side);
	return err ? crew_fail(crew, side, err, "side %u: %s", side, strerror(-err)) : 0;
}

static int work(struct crew *crew, unsigned side)
{
	struct session *s = crew->arg;
	struct ipc_run *run = &s->run[side];
	uint64_t begin;
	int err;

	*run = (struct ipc_run){
		.end = &s->end[side],
		.control = &s->shared->control,
		.msg_size = s->link.msg_size,
		.touch = s->cell->touch,
		.window = s->cell->window,
		.pace = {.every_ns = s->cell->every_ns,
			 .gap_ns = s->cell->gap_ns ? s->cell->gap_ns : IPC_TIMER_NS,
			 .sleeps = s->cell->sleeps},
	};
	err = make_buffers(s, side);
	begin = clock_now_ns();
	if (!err)
		err = attach(s, side);
	if (err)
		return crew_fail(crew, side, err, "attach: %s",
				 *s->link.why ? s->link.why : strerror(-err));
	if (side == 0) {
		s->shared->result.setup_ns += clock_now_ns() - begin;
		memcpy(s->shared->result.notes, s->link.notes, sizeof(s->link.notes));
	}
	crew_meet(crew, MEET_ATTACHED);
	s->shared->result.began = true;
	if (side == 0 && s->cell->variant->unlink)
		s->cell->variant->unlink(&s->link);
	err = explain(crew, side, side == 0 ? initiate(crew, s) : respond(s));
	detach(s, side);
	return err;
}

/* The driver's copies of descriptors would keep a dead side's connection open. */
static void started(struct crew *crew)
{
	struct session *s = crew->arg;
	if (s->family->close)
		s->family->close(&s->link);
}

__attribute__((format(printf, 3, 4))) static int refuse(char *reason, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, CREW_REASON, fmt, args);
	va_end(args);
	return err;
}

/* What size and pattern ask of the variant. */
static int check_message(const struct ipc_cell *cell, char *reason)
{
	const struct ipc_variant *v = cell->variant;
	size_t max = ipc_max_msg(v);
	bool stream = cell->pattern == IPC_STREAM;

	if (stream && !ipc_can_stream(v, cell->mode))
		return refuse(reason, -EOPNOTSUPP, "moves no payload: there is nothing to stream");
	if (!ipc_has_payload(v))
		return 0;
	if (cell->msg_size > max)
		return refuse(reason, -EMSGSIZE,
			      "message of %zu bytes is over the limit of %zu%s%s", cell->msg_size,
			      max, v->raise_max ? "; raise it with " : "",
			      v->raise_max ? v->raise_max : "");
	if (!stream || !ipc_is_lossy(cell->mode))
		return 0;
	if (cell->window)
		return refuse(reason, -EOPNOTSUPP,
			      "messages may be lost: a window would wait for ever");
	if (cell->msg_size < sizeof(uint64_t) || cell->touch == TOUCH_NONE)
		return refuse(reason, -EOPNOTSUPP,
			      "messages may be lost: they are counted by a number in the payload; "
			      "8 bytes touched at least");
	return 0;
}

int ipc_session_check(const struct ipc_cell *cell, char *reason)
{
	const struct ipc_wait *wait = cell->mode->wait;

	if (cell->mechanism->missing || wait->missing)
		return refuse(reason, -EOPNOTSUPP, "%s",
			      cell->mechanism->missing ? cell->mechanism->missing : wait->missing);
	if (!ipc_can_wait(cell->variant, wait))
		return refuse(reason, -EOPNOTSUPP, "this variant cannot wait so");
	if (cell->pages != PAGES_BASE && !ipc_family_of(cell->mechanism, cell->variant)->memory)
		return refuse(reason, -EOPNOTSUPP,
			      "shares no memory of ours: --pages has nothing to act on");
	if (wait->flags & IPC_SPINS && !cell->free &&
	    cell->placement.pu[0] == cell->placement.pu[1])
		return refuse(reason, -EDEADLK,
			      "a side that spins on the PU of the other would livelock");
	return check_message(cell, reason);
}

static int open_link(struct session *s, char *reason)
{
	uint64_t begin = clock_now_ns();
	int err = 0;

	s->link = (struct ipc_link){
		.variant = s->cell->variant,
		.msg_size = s->cell->variant->flags & IPC_NOTIFY ? IPC_NOTIFY_B : s->cell->msg_size,
		.producers = 1,
		.threads = s->cell->threads,
		.fd = {{-1, -1}, {-1, -1}},
		.mem_node = s->cell->mem_node,
		.pages = s->cell->pages,
		.prepared = &s->shared->prepared,
	};
	memcpy(s->link.opt, s->cell->opt, sizeof(s->link.opt));
	if (s->cell->variant->open)
		err = s->cell->variant->open(&s->link);
	if (!err && s->family->open)
		err = s->family->open(&s->link);
	s->shared->result.setup_ns = clock_now_ns() - begin;
	memcpy(s->shared->result.notes, s->link.notes, sizeof(s->link.notes));
	if (err)
		snprintf(reason, CREW_REASON, "open: %s",
			 *s->link.why ? s->link.why : strerror(-err));
	return err;
}

static void close_link(struct session *s)
{
	if (s->family->close)
		s->family->close(&s->link);
	if (s->cell->variant->close)
		s->cell->variant->close(&s->link);
}

/* What the read-back says about where everything was. */
static int judge_place(const struct session *s, char *reason)
{
	if (s->shared->result.node_check != -EXDEV)
		return 0;
	snprintf(reason, CREW_REASON, "shared memory is not on node %d", s->cell->mem_node);
	return -EXDEV;
}

static int run_crew(struct session *s, char *reason)
{
	const struct ipc_cell *cell = s->cell;
	struct crew crew = {
		.topology = cell->topology,
		.n = cell->variant->flags & IPC_FLOOR ? 1 : 2,
		.threads = cell->threads,
		.pus = cell->free ? NULL : cell->placement.pu,
		.node = cell->placement.node[0],
		.sched = cell->sched,
		.timeout_ns = trial_timeout_ns(&cell->size),
		.work = work,
		.started = started,
		.arg = s,
	};
	int err = open_link(s, reason);

	if (!err)
		err = crew_run(&crew, s->shared->result.side, reason);
	if (!err)
		err = judge_place(s, reason);
	close_link(s);
	return err;
}

int ipc_session_run(const struct ipc_cell *cell, struct ipc_result *result, char *reason)
{
	struct session *s;
	void *memory;
	int err = ipc_session_check(cell, reason);

	if (err)
		return err;
	s = calloc(1, sizeof(*s));
	err = s ? memory_map(sizeof(*s->shared), PAGES_BASE, &memory) : -ENOMEM;
	if (err) {
		snprintf(reason, CREW_REASON, "no memory for a session: %s", strerror(-err));
		free(s);
		return err;
	}
	s->cell = cell;
	s->family = ipc_family_of(cell->mechanism, cell->variant);
	s->shared = memory;
	atomic_store(&s->shared->control.limit, UINT64_MAX);
	err = run_crew(s, reason);
	*result = s->shared->result;
	memory_unmap(memory, sizeof(*s->shared), PAGES_BASE);
	free(s);
	return err;
}
