/* SPDX-License-Identifier: MIT */
/* The member of an IPC session that times: its trial, what it looks at, and its last message. */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "bench/measure/ipc_shared.h"

/* Sends that a deadline is to end; a stream's numbers stay far from their end. */
#define ENDLESS (UINT64_MAX / 4)

static int run_ping(void *arg)
{
	struct ipc_member *m = arg;

	return m->session->cell->mode->loops.ping(&m->run, m->run.touch != TOUCH_NONE);
}

static int run_paced(void *arg)
{
	struct ipc_member *m = arg;

	return m->session->cell->mode->loops.paced(&m->run);
}

static int run_stream(void *arg)
{
	struct ipc_member *m = arg;

	return m->session->cell->mode->loops.stream(&m->run);
}

static int run_collect(void *arg)
{
	struct ipc_member *m = arg;

	memcpy(m->run.fan->begin, m->run.fan->got, sizeof(m->run.fan->got));
	return m->session->cell->mode->loops.collect(&m->run);
}

static int run_publish(void *arg)
{
	struct ipc_member *m = arg;

	return m->session->cell->mode->loops.publish(&m->run, false);
}

static int run_publish_paced(void *arg)
{
	struct ipc_member *m = arg;

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

/* The initiator's last message: the responder has seen the limit when it has answered it. */
static int farewell(struct ipc_member *m)
{
	uint64_t limit = m->run.sent + 1;
	struct peer_frame f = {.word = PEER_LIMIT, .limit = limit};
	int err = ipc_asks(m->session) ? ipc_ask(m, &f) : 0;

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
static int drain(struct ipc_member *m)
{
	atomic_store_explicit(&m->link_shared->control.stop, true, memory_order_relaxed);
	meter_start(&m->run.meter, UINT64_MAX, 1, UINT64_MAX);
	return m->session->cell->mode->loops.collect(&m->run);
}

static void check_memory(struct ipc_member *m)
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
static void mark_peer(struct ipc_member *m, bool end)
{
	struct ipc_result *r = &m->link_shared->result;
	struct peer_frame f = {.word = PEER_LOOK};

	m->lost = ipc_ask(m, &f);
	if (m->lost)
		return;
	r->slept[0] = end ? r->slept[0] + f.look.slept : r->slept[0] - f.look.slept;
	r->trial.beyond = f.look.noise;
}

/* Of the waits between the two looks at the counters, how many slept. */
static void mark(void *arg, bool end)
{
	struct ipc_member *m = arg;
	struct ipc_session *s = m->session;

	for (unsigned i = 0; i < s->n; i++) {
		uint64_t now =
			__atomic_load_n(&s->shared->member_shared[i].slept, __ATOMIC_RELAXED);
		uint64_t *slept = &m->link_shared->result.slept[s->member[i].end.side];

		if (s->member[i].pair == m->pair)
			*slept = end ? *slept + now : *slept - now;
	}
	if (ipc_asks(s))
		mark_peer(m, end);
	atomic_store(&m->link_shared->timed, !end);
}

/* The initiators of concurrent pairs wait for each other; the last decides when all end. */
static uint64_t meet_pairs(void *arg, unsigned nth)
{
	struct ipc_member *m = arg;
	struct ipc_shared *shared = m->session->shared;
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

static void describe_trial(struct crew *crew, struct ipc_member *m)
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
 * a fault there. Not the histograms, nor what is there for each member: they are filled in
 * afterwards, and are large.
 */
static int prefault_result(struct ipc_member *m)
{
	struct ipc_result *r = &m->link_shared->result;
	int err = prefault(&r->trial, r->member);

	if (!err && m->run.fan_out)
		err = prefault(m->run.fan_out, m->run.fan_out + 1);
	if (!err && m->run.pace.every_ns + m->session->cell->ask.gap_ns)
		err = prefault(&m->run.pace, &m->run.pace + 1);
	return err;
}

int ipc_measure(struct crew *crew, struct ipc_member *m)
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
	meter_copy(&r->meter, &m->run.meter);
	pace_copy(&r->pace, &m->run.pace);
	if (m->run.fan_out) {
		histogram_copy(&r->first, &m->run.fan_out->first);
		histogram_copy(&r->pace.response, &m->run.fan_out->last);
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
