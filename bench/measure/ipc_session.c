/* SPDX-License-Identifier: MIT */
/* All members of an IPC measurement from open to close. */
#include "bench/measure/ipc_session.h"

#include <errno.h>
#include <sched.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/base/pause.h"
#include "bench/machine/limits.h"
#include "bench/measure/fan_out.h"
#include "bench/measure/together.h"

enum { MEET_ATTACHED, MEET_DONE };

#define MEETINGS 3 /* see struct trial */
/* Sends that a deadline is to end; a stream's numbers stay far from their end. */
#define ENDLESS (UINT64_MAX / 4)

/* What the members of one link and the driver see. */
struct link_shared {
	struct ipc_control control;
	_Atomic unsigned prepared;
	_Atomic unsigned attached; /* producers that have attached */
	_Atomic unsigned ready;	   /* of sides started by hand: the initiator has, too */
	_Atomic bool timed;	   /* the timed part is at work */
	struct ipc_result result;
	uint64_t stood_at; /* driver: what the initiator had sent at the last looks_alike looks */
	unsigned looks_alike;
};

/* What all members and the driver see. */
struct shared {
	_Atomic unsigned ready[MEETINGS]; /* initiators at each meeting of the pairs' trials */
	_Atomic bool met[MEETINGS];	  /* all are there */
	_Atomic uint64_t end_ns;	  /* when their timed part ends */
	struct clock_line
		line[CREW_MAX]; /* fan-out: where receivers compare clocks with the sender */
	struct fan_stamps stamps[CREW_MAX]; /* fan-out: of each receiver */
	struct {
		alignas(BENCH_ALIGN) uint64_t slept; /* see struct ipc_end */
		alignas(BENCH_ALIGN) uint64_t word;  /* what it writes beside a notification */
		alignas(BENCH_ALIGN) struct ipc_seen seen;
	} member_shared[CREW_MAX];
	struct link_shared link_shared[];
};

/* Each process has its own copy of these, from before the fork. */
struct member {
	struct session *session;
	unsigned number; /* in the crew */
	unsigned pair;
	struct ipc_link *link;
	struct link_shared *link_shared;
	struct ipc_end end;
	struct ipc_run run;
	int lost; /* -errno of what a peer was asked in between; 0 = it has answered */
};

struct session {
	const struct ipc_cell *cell;
	struct crew *crew; /* while it runs */
	const struct ipc_family *family;
	struct shared *shared;
	size_t shared_size; /* bytes */
	struct ipc_fan fan;
	struct fan_out fan_out;
	struct apart apart;	   /* its kind APART_NONE: none are */
	unsigned helper[CREW_MAX]; /* PUs, by member */
	int n_helpers;
	unsigned n_links, n; /* entries of link and member */
	struct ipc_link *link;
	struct member *member;
	uint64_t next_look_ns;	  /* driver; lossy round trips */
	struct together together; /* driver; sides that the scheduler places */
};

static int run_ping(void *arg)
{
	struct member *m = arg;

	return m->session->cell->mode->loops.ping(&m->run, m->run.touch != TOUCH_NONE);
}

static int run_paced(void *arg)
{
	struct member *m = arg;

	return m->session->cell->mode->loops.paced(&m->run);
}

static int run_stream(void *arg)
{
	struct member *m = arg;

	return m->session->cell->mode->loops.stream(&m->run);
}

static int run_collect(void *arg)
{
	struct member *m = arg;

	memcpy(m->run.fan->begin, m->run.fan->got, sizeof(m->run.fan->got));
	return m->session->cell->mode->loops.collect(&m->run);
}

static int run_publish(void *arg)
{
	struct member *m = arg;

	return m->session->cell->mode->loops.publish(&m->run, false);
}

static int run_publish_paced(void *arg)
{
	struct member *m = arg;

	return m->session->cell->mode->loops.publish(&m->run, true);
}

/* What the member that times runs, but for a schedule or a gap. */
static int (*loop_of(const struct ipc_cell *cell))(void *arg)
{
	if (cell->ask.pattern == IPC_FAN_OUT)
		return run_publish;
	if (cell->ask.pattern == IPC_STREAM)
		return cell->ask.producers ? run_collect : run_stream;
	return run_ping;
}

/*
 * The message buffers, on this side's own node and touched; a page at least, so that both are
 * apart. Beside a notification, memory of both sides.
 */
static int make_buffers(struct member *m)
{
	struct session *s = m->session;
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

static int attach(struct member *m)
{
	struct session *s = m->session;
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

static void detach(struct member *m)
{
	if (m->session->cell->mode->wait->teardown)
		m->session->cell->mode->wait->teardown(&m->end);
	if (m->session->family->detach)
		m->session->family->detach(&m->end);
}

/* Whether this side asks one that was started by hand. */
static bool asks(const struct session *s)
{
	return s->cell->peer && !s->cell->peer->serves;
}

/* Asks it; 0, or -errno with this member's reason. */
static int ask(struct member *m, struct peer_frame *f)
{
	return peer_ask(m->session->cell->peer, f,
			crew_member(m->session->crew, m->number)->reason);
}

/* The initiator's last message: the responder has seen the limit when it has answered it. */
static int farewell(struct member *m)
{
	uint64_t limit = m->run.sent + 1;
	struct peer_frame f = {.word = PEER_LIMIT, .limit = limit};
	int err = asks(m->session) ? ask(m, &f) : 0;

	if (err)
		return err;
	atomic_store_explicit(&m->link_shared->control.limit, limit, memory_order_release);
	do { /* again where it was lost on the way there */
		meter_start(&m->run.meter, 1, 1, UINT64_MAX);
		err = loop_of(m->session->cell)(m);
	} while (!err && m->run.sent < limit);
	return err;
}

/* The receiver takes what the producers still send, each its last message at the end. */
static int drain(struct member *m)
{
	atomic_store_explicit(&m->link_shared->control.stop, true, memory_order_relaxed);
	meter_start(&m->run.meter, UINT64_MAX, 1, UINT64_MAX);
	return m->session->cell->mode->loops.collect(&m->run);
}

static void check_memory(struct member *m)
{
	struct ipc_result *r = &m->link_shared->result;
	size_t len = 0;
	void *memory;

	r->node_check = 1;
	if (!m->session->family->memory || m->link->mem_node < 0)
		return;
	memory = m->session->family->memory(&m->end, &len);
	r->node_check = memory_verify(memory, len, (unsigned)m->link->mem_node);
}

/* What the counters of the other side say between the two looks. */
static void mark_peer(struct member *m, bool end)
{
	struct ipc_result *r = &m->link_shared->result;
	struct peer_frame f = {.word = PEER_LOOK};

	m->lost = ask(m, &f);
	if (m->lost)
		return;
	r->slept[0] = end ? r->slept[0] + f.look.slept : r->slept[0] - f.look.slept;
	r->trial.beyond = f.look.noise;
}

/* Of the waits between the two looks at the counters, how many slept. */
static void mark(void *arg, bool end)
{
	struct member *m = arg;
	struct session *s = m->session;

	for (unsigned i = 0; i < s->n; i++) {
		uint64_t now =
			__atomic_load_n(&s->shared->member_shared[i].slept, __ATOMIC_RELAXED);
		uint64_t *slept = &m->link_shared->result.slept[s->member[i].end.side];

		if (s->member[i].pair == m->pair)
			*slept = end ? *slept + now : *slept - now;
	}
	if (asks(s))
		mark_peer(m, end);
	atomic_store(&m->link_shared->timed, !end);
}

/* The initiators of concurrent pairs wait for each other; the last decides when all end. */
static uint64_t meet_pairs(void *arg, unsigned nth)
{
	struct member *m = arg;
	struct shared *shared = m->session->shared;
	unsigned all = m->session->n_links;

	if (atomic_fetch_add(&shared->ready[nth], 1) == all - 1) {
		uint64_t duration_ns = m->session->cell->size.duration_ns;

		atomic_store(&shared->end_ns, clock_now_ns() + duration_ns);
		atomic_store(&shared->met[nth], true);
	}
	while (!atomic_load(&shared->met[nth]))
		sched_yield();
	return atomic_load(&shared->end_ns);
}

/* Whose counters to read: those of all members. */
static void describe_noise(struct crew *crew, const struct load *load, struct trial *t)
{
	for (unsigned i = 0; i < crew->n && i < NOISE_TASKS_MAX; i++) {
		unsigned known = 0;

		t->tasks[t->n_tasks++] = (struct noise_task){
			crew_member(crew, i)->pid, crew_member(crew, i)->tid, false, false};
		while (crew->pus && known < t->n_pus && t->pus[known] != crew->pus[i])
			known++;
		if (crew->pus && known == t->n_pus)
			t->pus[t->n_pus++] = crew->pus[i];
	}
	trial_beside(t, load);
}

/* As many as fit the duration; up to TRIAL_CAP times as many where more are wanted. */
static uint64_t sends_on_schedule(const struct ipc_cell *cell)
{
	uint64_t fit = cell->size.duration_ns / cell->ask.every_ns + 1, least = cell->size.least;

	return fit >= least ? fit : least < TRIAL_CAP * fit ? least : TRIAL_CAP * fit;
}

static void describe_trial(struct crew *crew, struct member *m)
{
	const struct ipc_cell *cell = m->session->cell;
	struct trial *t = &m->link_shared->result.trial;
	bool fan_out = cell->ask.pattern == IPC_FAN_OUT;

	t->arg = m;
	t->meter = &m->run.meter;
	t->size = cell->size;
	t->size.cap = !cell->size.iterations;
	t->loop = loop_of(cell);
	t->mark = mark;
	t->beyond_same_pus = cell->seats.pu[0] == cell->seats.pu[1];
	if (m->pair == 0)
		describe_noise(crew, cell->load, t);
	if (fan_out) /* each message has its stamps */
		t->size.stride = 1;
	if (cell->ask.every_ns || cell->ask.gap_ns) {
		t->warm = t->loop;
		t->loop = fan_out ? run_publish_paced : run_paced;
		t->size.stride = 1;
		t->pause_ns = cell->ask.gap_ns;
	}
	if (ipc_is_timer(cell->mode)) { /* it pauses by itself */
		t->warm = NULL;
		t->pause_ns = 0;
		t->loop = run_paced;
		t->size.stride = 1;
	}
	if (cell->explain && t->loop == run_ping) { /* this one is told of each operation */
		t->loop = run_paced;
		t->size.stride = 1;
	}
	if (cell->ask.every_ns && !t->size.iterations)
		t->size.iterations = sends_on_schedule(cell);
	t->in_halves = t->loop == run_ping && m->session->n_links == 1;
	if (m->session->n_links > 1 || (cell->ask.producers && !t->size.iterations)) {
		t->meet = meet_pairs;
		t->size.iterations = ENDLESS;
	}
}

/* Touches the pages from `from` to before `to`. */
static int prefault(void *from, const void *to)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), begin = (uintptr_t)from / page * page;

	return memory_prefault((void *)begin, (uintptr_t)to - begin);
}

/*
 * What is filled in in the timed part, or at the look at the counters that ends it, would count as
 * a fault there. Not what is there for each member: it is filled in afterwards, and is large.
 */
static int prefault_result(struct member *m)
{
	struct ipc_result *r = &m->link_shared->result;
	int err = prefault(r, r->member);

	if (!err && m->run.fan_out)
		err = prefault(m->run.fan_out, m->run.fan_out + 1);
	if (!err && m->run.pace.every_ns + m->session->cell->ask.gap_ns)
		err = prefault(&m->run.pace, &m->run.pace + 1);
	return err;
}

/*
 * The member that times: the initiator of a pair, the receiver of a fan-in, the sender of a
 * fan-out.
 */
static int measure(struct crew *crew, struct member *m)
{
	struct ipc_result *r = &m->link_shared->result;
	int err;

	describe_trial(crew, m);
	err = prefault_result(m);
	if (err)
		return err;
	err = trial_run(&r->trial);
	if (m->lost)
		err = m->lost;
	r->meter = m->run.meter;
	r->pace = m->run.pace;
	r->pace.slowest = NULL;
	if (m->run.fan_out) {
		r->first = m->run.fan_out->first;
		r->pace.response = m->run.fan_out->last;
	}
	r->lost = m->run.lost + m->run.meter.lost;
	if (!err && !r->meter.done && r->lost)
		err = METER_LOST;
	if (err)
		return err;
	check_memory(m);
	if (m->run.fan) {
		for (unsigned i = 0; i < m->run.fan->producers; i++)
			r->got[i] = m->run.fan->got[i] - m->run.fan->begin[i];
		return drain(m);
	}
	return m->session->cell->variant->flags & IPC_FLOOR ? 0 : farewell(m);
}

static int respond(struct member *m)
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

static int explain(struct crew *crew, struct member *m, int err)
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
static void drop_others(struct session *s, unsigned pair)
{
	for (unsigned i = 0; !ipc_has_threads(s->cell) && s->family->close && i < s->n_links; i++)
		if (i != pair)
			s->family->close(&s->link[i]);
}

static const char *explain_attach(const struct member *m, int err)
{
	if (*m->link->why)
		return m->link->why;
	if (err == -ENOENT && m->session->apart.way.kind == APART_IPC)
		return "its names are known in one IPC namespace only";
	if (err == -ENOENT && asks(m->session))
		return "its peer's names are not known here: another namespace, or another "
		       "directory?";
	return limits_explain(err);
}

/*
 * Where the other side was started by hand, side 0 opens and prepares, and the other waits for it.
 */
static int await_peer(struct member *m, enum peer_word word)
{
	struct peer_frame f = {.word = word};
	int err;

	if (!asks(m->session)) {
		if (m->session->cell->peer && word == PEER_READY)
			ipc_await(&m->link_shared->ready);
		return 0;
	}
	err = ask(m, &f);
	if (!err && word == PEER_READY)
		memcpy(m->link_shared->result.notes, f.notes, sizeof(f.notes));
	return err;
}

static int set_up(struct crew *crew, struct member *m)
{
	struct session *s = m->session;
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
	if (asks(s))
		ipc_set_prepared(m->link);
	err = make_buffers(m);
	begin = clock_now_ns();
	if (!err)
		err = attach(m);
	if (err)
		return crew_fail(crew, m->number, err, "attach: %s", explain_attach(m, err));
	if ((m->end.side == 0 || asks(s)) && m->end.producer == 0) {
		m->link_shared->result.setup_ns += clock_now_ns() - begin;
		memcpy(m->link_shared->result.notes, m->link->notes, sizeof(m->link->notes));
	}
	return 0;
}

/* Fan-out: a message leaves by the clock of one PU and is read by those of others. */
static void compare_clocks(struct member *m)
{
	struct session *s = m->session;
	uint64_t bound_ns = clock_compare(s->shared->line, s->cell->seats.pu, s->n, m->number);

	if (!m->number)
		m->link_shared->result.skew_bound_ns = bound_ns;
}

static int work(struct crew *crew, unsigned number)
{
	struct session *s = crew->arg;
	struct member *m = &s->member[number];
	bool times = s->cell->peer ? asks(s) : m->end.side == (s->cell->ask.producers > 0);
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
	if ((s->cell->peer ? !asks(s) : times) && s->cell->variant->unlink)
		s->cell->variant->unlink(m->link);
	err = explain(crew, m, times ? measure(crew, m) : respond(m));
	if (!err) /* threads share what the first to detach would take away */
		crew_meet(crew, MEET_DONE);
	detach(m);
	return err;
}

/* The driver's copies of descriptors would keep a dead side's connection open. */
static void started(struct crew *crew)
{
	struct session *s = crew->arg;

	for (unsigned i = 0; s->family->close && i < s->n_links; i++)
		s->family->close(&s->link[i]);
}

/*
 * A message that was dropped leaves both sides waiting, and without a timer of their own. The
 * driver sees that nothing moves; its empty message ends the initiator's wait, in whatever wait
 * mode. Two looks may come at once after the whole machine stood still: of three, two are
 * LOST_LOOK_NS apart.
 */
#define LOST_LOOK_NS 125000000u
#define LOST_LOOKS 3
#define REPLY_LOOKS 16 /* without a look at the other side */

static void look_for_lost(struct session *s, unsigned pair)
{
	struct link_shared *link_shared = &s->shared->link_shared[pair];
	const struct ipc_seen *initiator = &s->shared->member_shared[2 * pair].seen;
	const struct ipc_seen *responder = &s->shared->member_shared[2 * pair + 1].seen;
	uint64_t sent = atomic_load(&initiator->sent), got = atomic_load(&responder->received);
	bool both_wait =
		sent != atomic_load(&initiator->received) && got == atomic_load(&responder->sent);

	link_shared->looks_alike =
		both_wait && sent == link_shared->stood_at ? link_shared->looks_alike + 1 : 1;
	link_shared->stood_at = sent;
	if (!both_wait || link_shared->looks_alike < LOST_LOOKS)
		return;
	link_shared->looks_alike = 0;
	atomic_store(&link_shared->control.got, got);
	atomic_store(&link_shared->control.stuck, sent);
	s->family->nudge(&s->link[pair]);
}

static uint64_t look_at_pairs(struct crew *crew, uint64_t now)
{
	struct session *s = crew->arg;

	if (now < s->next_look_ns)
		return s->next_look_ns;
	for (unsigned i = 0; i < s->n_links; i++)
		look_for_lost(s, i);
	s->next_look_ns = now + LOST_LOOK_NS;
	return s->next_look_ns;
}

/*
 * A peer's side cannot be seen. Where nothing moves for as long, and this side waits, a message was
 * lost, or its peer stands still: which of the two is not known, nor what it has received.
 */
static uint64_t await_reply(struct session *s, struct crew *crew, uint64_t now)
{
	struct link_shared *link_shared = &s->shared->link_shared[0];
	const struct ipc_seen *seen = &s->shared->member_shared[0].seen;
	uint64_t sent = atomic_load(&seen->sent);

	if (now < s->next_look_ns)
		return s->next_look_ns;
	link_shared->looks_alike =
		sent != atomic_load(&seen->received) && sent == link_shared->stood_at
			? link_shared->looks_alike + 1
			: 0;
	link_shared->stood_at = sent;
	if (link_shared->looks_alike == REPLY_LOOKS) {
		crew->failed = METER_LOST;
		snprintf(crew->why, sizeof(crew->why),
			 "no reply came for %u s: a message was lost, or its peer stands still",
			 REPLY_LOOKS * (LOST_LOOK_NS / 1000000) / 1000);
	}
	s->next_look_ns = now + LOST_LOOK_NS;
	return s->next_look_ns;
}

static uint64_t look_at_peer(struct crew *crew, uint64_t now)
{
	struct session *s = crew->arg;

	if (!asks(s))
		return peer_answer(s->cell->peer, crew, now);
	if (peer_gone(s->cell->peer, crew) || !ipc_is_lossy(s->cell->mode))
		return UINT64_MAX;
	return await_reply(s, crew, now);
}

static bool is_nudged(const struct ipc_cell *cell)
{
	return ipc_is_lossy(cell->mode) && cell->ask.pattern != IPC_STREAM && !cell->peer;
}

/* What the driver does now and then; when next. */
static uint64_t tick(struct crew *crew, uint64_t now)
{
	struct session *s = crew->arg;
	uint64_t lost = UINT64_MAX, look = UINT64_MAX;

	if (s->cell->peer)
		return look_at_peer(crew, now);
	if (is_nudged(s->cell))
		lost = look_at_pairs(crew, now);
	if (s->cell->seats.free && !s->cell->ask.producers)
		look = together_look(&s->together, crew,
				     atomic_load(&s->shared->link_shared[0].timed), now);
	return lost < look ? lost : look;
}

/* Where the memory of a link is to lie: with several pairs, at one of its own sides. */
static int node_of(const struct ipc_cell *cell, unsigned pair)
{
	if (cell->mem_node < 0 || cell->ask.pairs <= 1)
		return cell->mem_node;
	return (int)topology_memory_node(
		cell->topology,
		topology_node(cell->topology,
			      cell->seats.pu[2 * pair + (cell->ask.mem_asked == MEM_SECOND)]));
}

static struct apart *apart_of(struct session *s)
{
	return s->apart.way.kind ? &s->apart : NULL;
}

/* Asks a peer for the channel: what attach needs of it, and how long it took to open. */
static int ask_for_link(const struct ipc_cell *cell, struct ipc_link *link, uint64_t *took_ns,
			char *reason)
{
	struct peer_frame f = {.word = PEER_CELL,
			       .cell = {.msg_size = cell->ask.msg_size_b,
					.touch = cell->ask.touch,
					.pages = cell->ask.pages,
					.mem_node = cell->mem_node,
					.duration_ns = cell->size.duration_ns,
					.iterations = cell->size.iterations,
					.warm_ns = cell->size.warm_ns}};
	int err;

	snprintf(f.cell.mechanism, sizeof(f.cell.mechanism), "%s", cell->mechanism->name);
	snprintf(f.cell.variant, sizeof(f.cell.variant), "%s", cell->variant->name);
	snprintf(f.cell.wait, sizeof(f.cell.wait), "%s", cell->mode->wait->name);
	memcpy(f.cell.opt, cell->opt, sizeof(f.cell.opt));
	peer_send(cell->peer, &f); /* if it cannot be sent, the answer says why */
	err = peer_receive(cell->peer, PEER_OPEN, &f, reason);
	if (!err && (name_of_other(f.open.name[0], link->name[0]) ||
		     name_of_other(f.open.name[1], link->name[1]))) {
		snprintf(reason, CREW_REASON, "its peer's channel has a name that is none of ours");
		err = -EPROTO;
	}
	if (err)
		return err;
	link->socket_type = f.open.socket_type;
	*took_ns = f.open.took_ns;
	return 0;
}

static int tell_link(struct peer *peer, const struct ipc_link *link, uint64_t took_ns)
{
	struct peer_frame f = {.word = PEER_OPEN};

	memcpy(f.open.name, link->name, sizeof(f.open.name));
	f.open.socket_type = link->socket_type;
	f.open.took_ns = took_ns;
	return peer_send(peer, &f);
}

static int open_link(struct session *s, unsigned pair, char *reason)
{
	const struct ipc_cell *cell = s->cell;
	struct link_shared *link_shared = &s->shared->link_shared[pair];
	struct ipc_link *link = &s->link[pair];
	uint64_t begin = clock_now_ns(), peer_ns = 0;
	int err = 0;

	*link = (struct ipc_link){
		.variant = cell->variant,
		.msg_size = cell->variant->flags & IPC_NOTIFY ? IPC_NOTIFY_B : cell->ask.msg_size_b,
		.producers = cell->ask.producers ? cell->ask.producers : 1,
		.consumers = cell->ask.pattern == IPC_FAN_OUT ? cell->ask.consumers : 1,
		.threads = ipc_has_threads(cell),
		.fd = {{-1, -1}, {-1, -1}},
		.mem_node = node_of(cell, pair),
		.pages = cell->ask.pages,
		.prepared = &link_shared->prepared,
		.apart = apart_of(s),
		.at = cell->peer ? &cell->peer->at : NULL,
		.first = 2 * pair,
		.helper = {-1, -1},
	};
	for (unsigned side = 0; side < 2 && s->n_helpers; side++)
		link->helper[side] = (int)s->helper[2 * pair + side];
	memcpy(link->opt, cell->opt, sizeof(link->opt));
	atomic_store(&link_shared->control.limit, UINT64_MAX);
	if (asks(s)) {
		err = ask_for_link(cell, link, &peer_ns, reason);
		if (err)
			return err;
	} else if (cell->variant->open) {
		err = cell->variant->open(link);
	}
	if (!err && s->family->open)
		err = s->family->open(link);
	link_shared->result.setup_ns = asks(s) ? peer_ns : clock_now_ns() - begin;
	memcpy(link_shared->result.notes, link->notes, sizeof(link->notes));
	if (err)
		snprintf(reason, CREW_REASON, "open: %s",
			 *link->why ? link->why : limits_explain(err));
	if (!err && cell->peer && !asks(s))
		err = tell_link(cell->peer, link, link_shared->result.setup_ns);
	return err;
}

static void close_links(struct session *s, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (s->family->close)
			s->family->close(&s->link[i]);
		if (s->cell->variant->close)
			s->cell->variant->close(&s->link[i]);
	}
}

/* Adds what came of one more pair to `all`. */
static void add_pair(struct ipc_result *all, const struct ipc_result *one)
{
	uint64_t p50 = histogram_percentile(&one->meter.each, 50000);

	histogram_merge(&all->meter.each, &one->meter.each);
	all->meter.done += one->meter.done;
	all->meter.batch_ops += one->meter.batch_ops;
	all->meter.batch_ns += one->meter.batch_ns;
	if (one->meter.end_ns > all->meter.end_ns)
		all->meter.end_ns = one->meter.end_ns;
	if (one->meter.begin_ns < all->meter.begin_ns)
		all->meter.begin_ns = one->meter.begin_ns;
	all->trial.counted_ops += one->trial.counted_ops;
	all->slept[0] += one->slept[0];
	all->slept[1] += one->slept[1];
	all->lost += one->lost;
	all->ops_per_s += 1e9 / meter_mean_ns(&one->meter);
	if (p50 < all->pair_p50_ns[0])
		all->pair_p50_ns[0] = p50;
	if (p50 > all->pair_p50_ns[1])
		all->pair_p50_ns[1] = p50;
	if (one->node_check < all->node_check)
		all->node_check = one->node_check;
}

/* What came of all pairs, in *ret: it holds the members already. */
static void add_up(const struct session *s, struct ipc_result *ret)
{
	size_t fixed = offsetof(struct ipc_result, members);

	memcpy(ret, &s->shared->link_shared[0].result, fixed);
	ret->members = s->n;
	ret->ops_per_s = 1e9 / meter_mean_ns(&ret->meter);
	ret->pair_p50_ns[0] = ret->pair_p50_ns[1] = histogram_percentile(&ret->meter.each, 50000);
	for (unsigned i = 1; i < s->n_links; i++)
		add_pair(ret, &s->shared->link_shared[i].result);
}

/* What the driver of a side sees of a peer's, and answers with. */
static void describe_peer(struct session *s)
{
	struct link_shared *link_shared = &s->shared->link_shared[0];

	if (s->cell->peer)
		s->cell->peer->words = (struct peer_words){
			.prepared = s->family->memory ? &link_shared->prepared : NULL,
			.attached = &link_shared->attached,
			.ready = &link_shared->ready,
			.limit = &link_shared->control.limit,
			.slept = &s->shared->member_shared[0].slept,
			.notes = link_shared->result.notes,
		};
}

/*
 * The end of both sides; a peer's is the second of `result`, where its CPU is one of this machine.
 */
static int end_peer(struct session *s, struct ipc_result *result, char *reason)
{
	struct peer *peer = s->cell->peer;
	int err = peer_end(peer, &result->member[0], &result->member[1], reason);

	if (!err && !peer->serves && peer->same_kernel)
		result->members = 2;
	return err;
}

static int open_and_run(struct session *s, struct crew *crew, unsigned *opened,
			struct ipc_result *result, char *reason)
{
	int err;

	s->n_helpers = ipc_place_helpers(s->cell, s->helper, reason);
	err = s->n_helpers < 0 ? s->n_helpers : 0;
	while (!err && *opened < s->n_links)
		err = open_link(s, (*opened)++, reason);
	describe_peer(s);
	return err ? err : crew_run(crew, result->member, reason);
}

static int run_crew(struct session *s, struct ipc_result *result, char *reason)
{
	const struct ipc_cell *cell = s->cell;
	struct crew crew = {
		.topology = cell->topology,
		.n = s->n,
		.threads = ipc_has_threads(cell),
		.pus = cell->seats.free ? NULL : cell->seats.pu,
		.node = cell->seats.pair.node[0],
		.sched = cell_scheduling(&cell->ask),
		.load_priority = cell->ask.load_sched.priority,
		.apart = apart_of(s),
		.lock_memory = cell->lock_memory,
		.timeout_ns = trial_timeout_ns(&cell->size),
		.work = work,
		.started = is_nudged(cell) ? NULL : started,
		.tick = is_nudged(cell) || cell->seats.free || cell->peer ? tick : NULL,
		.watched = cell->peer ? &cell->peer->control : NULL,
		.arg = s,
	};
	unsigned opened = 0;
	int err;

	s->crew = &crew;
	err = open_and_run(s, &crew, &opened, result, reason);
	add_up(s, result);
	result->stood_ns = crew.stood_ns;
	result->same_cpu_share = together_share(&s->together);
	if (!err && result->node_check == -EXDEV) {
		snprintf(reason, CREW_REASON, "shared memory is not on node %d",
			 s->link[0].mem_node);
		err = -EXDEV;
	}
	if (!err && cell->peer)
		err = end_peer(s, result, reason);
	close_links(s, opened);
	return err;
}

/* With what keeps the sides apart around it, where they are to be. */
static int run_apart(struct session *s, struct ipc_result *result, char *reason)
{
	int err = apart_begin(&s->apart, &s->cell->ask.apart, s->n, reason);
	size_t used;

	if (!err)
		err = run_crew(s, result, reason);
	used = strlen(result->notes);
	if (*s->apart.note)
		snprintf(result->notes + used, sizeof(result->notes) - used, "%s%s",
			 used ? "+" : "", s->apart.note);
	apart_end(&s->apart);
	return err;
}

/*
 * Who is who: initiator and responder of each pair, producers and then their receiver, or a sender
 * and its receivers.
 */
static void number_members(struct session *s)
{
	const struct ipc_cell *cell = s->cell;
	bool fan_out = cell->ask.pattern == IPC_FAN_OUT;
	unsigned sides = s->n / s->n_links;

	s->fan_out.receivers = cell->ask.consumers;
	s->fan_out.stamps = s->shared->stamps;
	s->fan.producers = cell->ask.producers;
	for (unsigned i = 0; i < s->n; i++) {
		struct member *m = &s->member[i];

		m->session = s;
		m->number = i;
		m->pair = i / sides;
		m->end.side = cell->ask.producers ? i == cell->ask.producers
			      : asks(s)		  ? 1
			      : fan_out		  ? i > 0
						  : i % sides;
		m->end.consumer = fan_out && i ? i - 1 : 0;
		m->end.producer = cell->ask.producers && !m->end.side ? i : 0;
		m->link = &s->link[m->pair];
		m->link_shared = &s->shared->link_shared[m->pair];
	}
}

static void session_free(struct session *s)
{
	if (!s)
		return;
	if (s->shared)
		memory_unmap(s->shared, s->shared_size, PAGES_BASE);
	free(s->link);
	free(s->member);
	free(s);
}

static struct session *session_new(const struct ipc_cell *cell)
{
	struct session *s = calloc(1, sizeof(*s));
	void *memory = NULL;
	int err;

	if (!s)
		return NULL;
	s->cell = cell;
	s->family = ipc_family_of(cell->mechanism, cell->variant);
	s->n = ipc_members(cell);
	s->n_links = cell->ask.pairs > 1 ? cell->ask.pairs : 1;
	s->shared_size = sizeof(*s->shared) + s->n_links * sizeof(s->shared->link_shared[0]);
	s->link = calloc(s->n_links, sizeof(*s->link));
	s->member = calloc(s->n, sizeof(*s->member));
	err = memory_map(s->shared_size, PAGES_BASE, &memory);
	s->shared = err ? NULL : memory;
	if (!s->link || !s->member || !s->shared) {
		session_free(s);
		return NULL;
	}
	number_members(s);
	return s;
}

int ipc_session_run(const struct ipc_cell *cell, struct ipc_result *result, char *reason)
{
	struct ipc_cell own = *cell;
	struct session *s;
	int err = ipc_session_check(cell, reason);

	if (err)
		return err;
	pause_asked = cell->ask.pause;
	if (pause_asked)
		own.mode = cell->mode->paused;
	s = session_new(&own);
	if (!s) {
		snprintf(reason, CREW_REASON, "no memory for a session: %s",
			 limits_explain(-ENOMEM));
		return -ENOMEM;
	}
	err = run_apart(s, result, reason);
	session_free(s);
	return err;
}
