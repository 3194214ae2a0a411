/* SPDX-License-Identifier: MIT */
/*
 * The cells of IPC: wait modes over relations, sizes, streams, schedules, pairs, fan-in, fan-out.
 */
#include <stdio.h>
#include <string.h>

#include "bench/base/pause.h"
#include "bench/ipc.h"
#include "bench/measure/ipc_session.h"
#include "bench/plan/design.h"

#define PACED_FIRST_NS 1000000u /* between sends: long enough for a core to sleep */

/* Adds an IPC cell; none where its mode is NULL, because the variant cannot wait like that. */
static void add_ipc(struct designer *d, enum priority priority, const struct ipc_cell *cell)
{
	struct ipc_cell c = *cell;
	char reason[CREW_REASON];
	struct row *row;

	if (!c.mode)
		return;
	c.ask.wait = c.mode->wait->name;
	if (c.ask.pattern != IPC_PACED && c.ask.pattern != IPC_FAN_OUT)
		c.ask.every_ns = 0;
	if (c.ask.pattern == IPC_PING_PONG && ipc_is_timer(c.mode))
		c.ask.gap_ns = IPC_TIMER_NS;
	row = design_add(d, priority, &c.ask, &c.seats);
	if (row && ipc_session_check(&c, reason))
		design_skip(row, reason);
}

/* Every wait mode of a variant over every relation of the machine. */
static void design_waits(struct designer *d, struct ipc_cell c)
{
	const struct ipc_mode *mode;

	for (unsigned r = 0; r < RELATION_COUNT; r++) {
		bool closest = r == d->closest.relation;
		struct placement pair;

		if (design_pair(d, r, &pair) || (c.variant->flags & IPC_FLOOR && !closest))
			continue;
		seats_on_pair(closest ? &d->closest : &pair, 2, &c.seats);
		for (size_t i = 0, run = 0; (mode = ipc_mode_of(c.mechanism, c.variant, i)); i++) {
			enum priority first = closest ? FIRST_LOOK : PLACEMENTS;
			enum priority other = closest ? WAITS : ALL_WAITS;
			char reason[CREW_REASON];

			c.mode = mode;
			add_ipc(d, run ? other : first, &c);
			run += !ipc_session_check(&c, reason);
		}
	}
}

/*
 * The ring that most people ask for, with each way to wait between two looks that this architecture
 * has.
 */
static void design_pauses(struct designer *d, struct ipc_cell c)
{
	c.mode = ipc_mode_of(c.mechanism, c.variant, 0);
	if (!c.mode->paused || !design_is_asked(c.mechanism->name, c.variant->name))
		return;
	seats_on_pair(&d->closest, 2, &c.seats);
	for (enum pause how = PAUSE_NONE; how < PAUSE_COUNT; how++) {
		c.ask.pause = how;
		if (how != PAUSE_YIELD && !pause_is_foreign(how)) /* yield is auto there */
			add_ipc(d, WAITS, &c);
	}
}

/* The mode in which a waiter sleeps, for schedules: on them a spinner shows nothing of interest. */
static const struct ipc_mode *sleeping_mode(const struct ipc_cell *c)
{
	const struct ipc_mode *mode;

	for (size_t i = 0; (mode = ipc_mode_of(c->mechanism, c->variant, i)); i++)
		if (strncmp(mode->wait->name, "spin", 4) != 0 && !mode->wait->missing)
			return mode;
	return NULL;
}

static const struct ipc_mode *mode_named(const struct ipc_cell *c, const char *name)
{
	const struct ipc_mode *mode;

	for (size_t i = 0; (mode = ipc_mode_of(c->mechanism, c->variant, i)); i++)
		if (!strcmp(mode->wait->name, name) && !mode->wait->missing)
			return mode;
	return NULL;
}

/*
 * The sizes of messages: those asked for; else many of what most people ask for, and some of the
 * others.
 */
static unsigned list_sizes(const struct designer *d, const struct ipc_cell *c, uint64_t *sizes)
{
	static const uint64_t many[] = {64, 256, 1024, 4096, 16384, 65536},
			      some[] = {64, 1024, 4096, 65536};
	const struct plan_request *request = d->request;
	bool asked = design_is_asked(c->mechanism->name, c->variant->name);
	const uint64_t *from = request->n_sizes ? request->sizes : asked ? many : some;
	unsigned n = request->n_sizes ? request->n_sizes : asked ? 6 : 4;

	memcpy(sizes, from, n * sizeof(*sizes));
	return n;
}

/* Message sizes and streams of a variant on the closest two cores. */
static void design_sizes(struct designer *d, struct ipc_cell c)
{
	uint64_t sizes[PLAN_SIZES];
	unsigned n = list_sizes(d, &c, sizes);
	enum priority priority = d->request->n_sizes ? FIRST_LOOK : SIZES;
	const struct ipc_mode *first = ipc_mode_of(c.mechanism, c.variant, 0),
			      *sleeps = sleeping_mode(&c);

	for (unsigned i = 1; i < n; i++) { /* the first one has every wait mode */
		c.ask.msg_size_b = sizes[i];
		c.mode = first;
		add_ipc(d, priority, &c);
		c.mode = sleeps;
		if (sleeps != first)
			add_ipc(d, priority, &c);
	}
	c.ask.pattern = IPC_STREAM;
	c.mode = first;
	for (unsigned i = 0; i < n; i++) {
		bool outer = !i || i + 1 == n;

		c.ask.msg_size_b = sizes[i];
		add_ipc(d, outer ? RATES : priority, &c);
	}
}

/*
 * Beside a busy process on each CPU: a side that sleeps, and one that spins for a moment first.
 * That one is woken once for each message, and never in the middle of a round trip, when it may
 * have run for more than its share.
 */
static void design_busy(struct designer *d, struct ipc_cell c)
{
	bool asked = d->request->load == LOAD_SAME;

	if (d->rank > RANK_FIRST || (d->request->load && !asked))
		return;
	c.ask.every_ns = PACED_FIRST_NS;
	c.ask.load = LOAD_SAME;
	c.mode = sleeping_mode(&c);
	if (!asked) /* else it is among the others */
		add_ipc(d, BUSY, &c);
	c.mode = mode_named(&c, "spin-then-block");
	add_ipc(d, BUSY, &c);
}

/* What other sleepers are taken apart with: see bench/analyse/breakdown.h. */
static bool is_bare_futex(const struct ipc_mechanism *m)
{
	return !strcmp(m->name, "futex");
}

/* A bare futex between the closest two cores that are kept awake. */
static void design_awake(struct designer *d, struct ipc_cell c)
{
	c.mode = ipc_mode_of(c.mechanism, c.variant, 0);
	if (d->closest.relation != RELATION_SAME_PU && design_keep_awake(d, &c.ask))
		add_ipc(d, ASKED, &c);
}

static void design_schedules(struct designer *d, struct ipc_cell c)
{
	static const uint64_t every_ns[] = {100000, PACED_FIRST_NS, 10000000};

	c.ask.pattern = IPC_PACED;
	c.mode = sleeping_mode(&c);
	for (size_t i = 0; i < sizeof(every_ns) / sizeof(*every_ns); i++) {
		c.ask.every_ns = every_ns[i];
		add_ipc(d,
			c.ask.every_ns != PACED_FIRST_NS ? SIZES
			: is_bare_futex(c.mechanism)	 ? ASKED
							 : SCHEDULES,
			&c);
	}
	design_busy(d, c);
}

/* How many pairs like `p` the machine holds without sharing PUs; their PUs into `pus`. */
static unsigned pairs_that_fit(struct designer *d, const struct placement *p, unsigned *pus)
{
	unsigned n = d->answers.allowed < CREW_MAX / 2 ? d->answers.allowed : CREW_MAX / 2, fit = 1;
	bool one_pu = p->relation == RELATION_SAME_PU;

	if (d->answers.pairs[one_pu].n && d->answers.pairs[one_pu].of.pu[0] == p->pu[0] &&
	    d->answers.pairs[one_pu].of.pu[1] == p->pu[1]) {
		memcpy(pus, d->answers.pairs[one_pu].pus, sizeof(d->answers.pairs[one_pu].pus));
		return d->answers.pairs[one_pu].n;
	}
	placement_pairs(d->topology, p, n, pus);
	while (fit < n && (pus[2 * fit] != pus[0] || pus[2 * fit + 1] != pus[1]))
		fit++;
	d->answers.pairs[one_pu].of = *p;
	d->answers.pairs[one_pu].n = fit;
	memcpy(d->answers.pairs[one_pu].pus, pus, sizeof(d->answers.pairs[one_pu].pus));
	return fit;
}

/*
 * Concurrent pairs: as many as the machine holds, and half of them; of the closest two cores, or,
 * where it holds one such pair, each on a CPU of its own.
 */
static void design_pairs(struct designer *d, struct ipc_cell c)
{
	struct placement pair = d->closest;
	unsigned fit;

	seats_on_pair(&pair, 2, &c.seats);
	fit = pairs_that_fit(d, &pair, c.seats.pu);
	c.mode = ipc_mode_of(c.mechanism, c.variant, 0);
	if (fit < 2) {
		c.mode = sleeping_mode(&c);
		if (!c.mode || design_pair(d, RELATION_SAME_PU, &pair))
			return;
		seats_on_pair(&pair, 2, &c.seats);
		fit = pairs_that_fit(d, &pair, c.seats.pu);
	}
	for (c.ask.pairs = fit; c.ask.pairs >= 2 && c.ask.pairs >= fit / 2; c.ask.pairs /= 2) {
		c.seats.n = 2 * c.ask.pairs;
		add_ipc(d, CROWDS, &c);
	}
}

/* Three producers, and as many as the machine holds; they sleep where CPUs are shared. */
static void design_fan_in(struct designer *d, struct ipc_cell c)
{
	unsigned allowed = topology_allowed_count(d->topology);
	unsigned full = allowed > CREW_MAX ? CREW_MAX - 1 : allowed - 1;

	c.ask.pattern = IPC_STREAM;
	c.mode = allowed > 3 ? ipc_mode_of(c.mechanism, c.variant, 0) : sleeping_mode(&c);
	for (c.ask.producers = 3;; c.ask.producers = full) {
		design_seats(d, ORDER_COMPACT, c.ask.producers + 1, &c.seats);
		add_ipc(d, CROWDS, &c);
		if (c.ask.producers >= full)
			break;
	}
}

/*
 * So many consumers on a schedule on which messages come one by one, asleep and, on CPUs of their
 * own, awake; and tight.
 */
static void design_consumers(struct designer *d, struct ipc_cell c, unsigned consumers)
{
	const struct ipc_mode *spins = mode_named(&c, "spin");

	c.ask.consumers = consumers;
	c.ask.every_ns = PACED_FIRST_NS;
	design_seats(d, ORDER_COMPACT, consumers + 1, &c.seats);
	c.mode = sleeping_mode(&c);
	add_ipc(d, CROWDS, &c);
	if (spins && consumers < topology_allowed_count(d->topology)) {
		c.mode = spins;
		add_ipc(d, CROWDS, &c);
	}
	c.ask.every_ns = 0;
	add_ipc(d, CROWDS, &c);
}

/* Two consumers, and as many as the machine has CPUs for beside the producer's. */
static void design_fan_out(struct designer *d, struct ipc_cell c)
{
	unsigned allowed = topology_allowed_count(d->topology);
	unsigned full = allowed > CREW_MAX ? CREW_MAX - 1 : allowed - 1;

	c.ask.pattern = IPC_FAN_OUT;
	design_consumers(d, c, 2);
	if (full && full != 2)
		design_consumers(d, c, full);
}

static enum rank rank_of(const struct ipc_mechanism *m, size_t nth)
{
	if (m->variants[nth].flags & IPC_FLOOR)
		return RANK_FLOOR;
	if (!(m->variants[nth].flags & IPC_TWIN))
		return nth ? RANK_OTHER : RANK_FIRST;
	return nth && m->variants[0].flags & IPC_TWIN ? RANK_TWIN : RANK_CONTROL;
}

void design_ipc(struct designer *d)
{
	static struct ipc_cell c;

	for (const struct ipc_mechanism *m = ipc_mechanisms(); m; m = m->next)
		for (size_t i = 0; i < m->n_variants; i++) {
			c = (struct ipc_cell){
				.mechanism = m,
				.variant = &m->variants[i],
				.topology = d->topology,
			};
			cell_init(&c.ask, GROUP_IPC);
			c.ask.mechanism = m->name;
			c.ask.variant = c.variant->name;
			c.ask.has = ipc_has(m, c.variant);
			if (!ipc_has_payload(c.variant))
				c.ask.touch = TOUCH_NONE;
			if (d->request->n_sizes && ipc_has_payload(c.variant))
				c.ask.msg_size_b = d->request->sizes[0];
			d->rank = rank_of(m, i);
			design_waits(d, c);
			design_pauses(d, c);
			seats_on_pair(&d->closest, 2, &c.seats);
			if (is_bare_futex(m))
				design_awake(d, c);
			if (ipc_has_payload(c.variant))
				design_sizes(d, c);
			if (!(c.variant->flags & IPC_FLOOR) ||
			    ipc_is_timer(ipc_mode_of(m, c.variant, 0)))
				design_schedules(d, c);
			if (!(c.variant->flags & IPC_FLOOR))
				design_pairs(d, c);
			if (c.variant->flags & IPC_FAN_IN)
				design_fan_in(d, c);
			if (c.variant->flags & IPC_TO_ALL)
				design_fan_out(d, c);
		}
}
