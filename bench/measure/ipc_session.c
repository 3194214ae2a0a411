/* SPDX-License-Identifier: MIT */
/* An IPC session from open to close: its links, its members, and what came of it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/pause.h"
#include "bench/machine/limits.h"
#include "bench/measure/ipc_shared.h"

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

static struct apart *apart_of(struct ipc_session *s)
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

static int open_link(struct ipc_session *s, unsigned pair, char *reason)
{
	const struct ipc_cell *cell = s->cell;
	struct ipc_link_shared *link_shared = &s->shared->link_shared[pair];
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
	if (ipc_asks(s)) {
		err = ask_for_link(cell, link, &peer_ns, reason);
		if (err)
			return err;
	} else if (cell->variant->open) {
		err = cell->variant->open(link);
	}
	if (!err && s->family->open)
		err = s->family->open(link);
	link_shared->result.setup_ns = ipc_asks(s) ? peer_ns : clock_now_ns() - begin;
	memcpy(link_shared->result.notes, link->notes, sizeof(link->notes));
	if (err)
		snprintf(reason, CREW_REASON, "open: %s",
			 *link->why ? link->why : limits_explain(err));
	if (!err && cell->peer && !ipc_asks(s))
		err = tell_link(cell->peer, link, link_shared->result.setup_ns);
	return err;
}

static void close_links(struct ipc_session *s, unsigned n)
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
static void add_up(const struct ipc_session *s, struct ipc_result *ret)
{
	const struct ipc_result *first = &s->shared->link_shared[0].result;

	meter_copy(&ret->meter, &first->meter);
	pace_copy(&ret->pace, &first->pace);
	histogram_copy(&ret->first, &first->first);
	memcpy(&ret->trial, &first->trial,
	       offsetof(struct ipc_result, members) - offsetof(struct ipc_result, trial));
	ret->members = s->n;
	ret->ops_per_s = 1e9 / meter_mean_ns(&ret->meter);
	ret->pair_p50_ns[0] = ret->pair_p50_ns[1] = histogram_percentile(&ret->meter.each, 50000);
	for (unsigned i = 1; i < s->n_links; i++)
		add_pair(ret, &s->shared->link_shared[i].result);
}

/* What the driver of a side sees of a peer's, and answers with. */
static void describe_peer(struct ipc_session *s)
{
	struct ipc_link_shared *link_shared = &s->shared->link_shared[0];

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
static int end_peer(struct ipc_session *s, struct ipc_result *result, char *reason)
{
	struct peer *peer = s->cell->peer;
	int err = peer_end(peer, &result->member[0], &result->member[1], reason);

	if (!err && !peer->serves && peer->same_kernel)
		result->members = 2;
	return err;
}

static int open_and_run(struct ipc_session *s, struct crew *crew, unsigned *opened,
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

/* The driver's copies of descriptors would keep a dead side's connection open. */
static void started(struct crew *crew)
{
	struct ipc_session *s = crew->arg;

	for (unsigned i = 0; s->family->close && i < s->n_links; i++)
		s->family->close(&s->link[i]);
}

static int run_crew(struct ipc_session *s, struct ipc_result *result, char *reason)
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
		.work = ipc_work,
		.started = ipc_is_nudged(cell) ? NULL : started,
		.tick = ipc_is_nudged(cell) || cell->seats.free || cell->peer ? ipc_watch : NULL,
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
static int run_apart(struct ipc_session *s, struct ipc_result *result, char *reason)
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
static void number_members(struct ipc_session *s)
{
	const struct ipc_cell *cell = s->cell;
	bool fan_out = cell->ask.pattern == IPC_FAN_OUT;
	unsigned sides = s->n / s->n_links;

	s->fan_out.receivers = cell->ask.consumers;
	s->fan_out.stamps = s->shared->stamps;
	s->fan.producers = cell->ask.producers;
	for (unsigned i = 0; i < s->n; i++) {
		struct ipc_member *m = &s->member[i];

		m->session = s;
		m->number = i;
		m->pair = i / sides;
		m->end.side = cell->ask.producers ? i == cell->ask.producers
			      : ipc_asks(s)	  ? 1
			      : fan_out		  ? i > 0
						  : i % sides;
		m->end.consumer = fan_out && i ? i - 1 : 0;
		m->end.producer = cell->ask.producers && !m->end.side ? i : 0;
		m->link = &s->link[m->pair];
		m->link_shared = &s->shared->link_shared[m->pair];
	}
}

static void session_free(struct ipc_session *s)
{
	if (!s)
		return;
	if (s->shared)
		memory_unmap(s->shared, s->shared_size, PAGES_BASE);
	free(s->link);
	free(s->member);
	free(s);
}

static struct ipc_session *session_new(const struct ipc_cell *cell)
{
	struct ipc_session *s = calloc(1, sizeof(*s));
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
	struct ipc_session *s;
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
