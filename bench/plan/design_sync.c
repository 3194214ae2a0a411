/* SPDX-License-Identifier: MIT */
/* The cells of synchronization: each primitive in every experiment that it has. */
#include <stdio.h>
#include <string.h>

#include "bench/measure/sync_session.h"
#include "bench/plan/design.h"

/* One cell of a primitive: on the CPUs of `pair`, or so many threads in order when NULL. */
static void add_sync(struct designer *d, enum priority priority, struct sync_cell *c,
		     const struct placement *pair)
{
	struct row *row;
	char reason[CREW_REASON];

	if (pair)
		seats_on_pair(pair, c->ask.threads, &c->seats);
	else
		design_seats(d, d->order, c->ask.threads, &c->seats);
	row = design_add(d, priority, &c->ask, &c->seats);
	if (row && sync_session_check(c, reason))
		design_skip(row, reason);
}

#define SCALED UINT64_MAX   /* think time: 100 ns per thread, so that they meet equally often */
#define ALL 0		    /* threads: one per PU */
#define LONG_THINK_NS 10000 /* so long that threads seldom meet */

/* A cell of a lock. */
struct lock_cell {
	enum priority priority;
	enum sync_experiment experiment;
	unsigned threads;
	uint64_t critical_ns, think_ns;
	unsigned readers_pct, permits, lines;
	bool processes;
	enum load_kind load;
	bool every; /* variant has that priority; else it is that of a primitive's first alone */
};

#define LOCK(p, e, n, critical, think, ...)                                   \
	{                                                                     \
		.priority = (p), .experiment = SYNC_##e, .threads = (n),      \
		.critical_ns = (critical), .think_ns = (think), ##__VA_ARGS__ \
	}

/* Beside the ladder of threads: what matters, then one thing varied at a time. */
static const struct lock_cell lock_cells[] = {
	LOCK(FIRST_LOOK, UNCONTENDED, 1, 0, 0, .every = true),
	LOCK(FIRST_LOOK, UNCONTENDED, 1, 0, 0, .readers_pct = 100, .every = true),
	LOCK(RATES, CONTENDED, 2, 0, SCALED, .every = true),
	LOCK(BUSY, CONTENDED, 2, 0, SCALED, .load = LOAD_SAME),
	LOCK(WAITS, CONTENDED, 2, 0, 0),
	LOCK(RATES, READERS, 2, 100, SCALED, .readers_pct = 90, .every = true),
	LOCK(WAITS, CONTENDED, 2, 0, SCALED, .processes = true),
	LOCK(WAITS, READERS, 2, 100, SCALED, .readers_pct = 90, .processes = true),
	LOCK(WAITS, CONTENDED, 4, 100, SCALED, .permits = 2),
	LOCK(RATES, READERS, ALL, 100, SCALED, .readers_pct = 90),
	LOCK(SECTIONS, READERS, 2, 100, SCALED, .readers_pct = 0),
	LOCK(SECTIONS, READERS, 2, 100, SCALED, .readers_pct = 50),
	LOCK(SECTIONS, READERS, 2, 100, SCALED, .readers_pct = 99),
	LOCK(SECTIONS, READERS, 2, 100, SCALED, .readers_pct = 100),
	LOCK(SECTIONS, READERS, ALL, 100, SCALED, .readers_pct = 0),
	LOCK(SECTIONS, READERS, ALL, 100, SCALED, .readers_pct = 50),
	LOCK(SECTIONS, READERS, ALL, 100, SCALED, .readers_pct = 99),
	LOCK(SECTIONS, READERS, ALL, 100, SCALED, .readers_pct = 100),
	LOCK(SECTIONS, CONTENDED, 2, 0, LONG_THINK_NS),
	LOCK(SECTIONS, CONTENDED, 2, 100, 0),
	LOCK(SECTIONS, CONTENDED, 2, 100, SCALED),
	LOCK(SECTIONS, CONTENDED, 2, 100, LONG_THINK_NS),
	LOCK(SECTIONS, CONTENDED, 2, 1000, 0),
	LOCK(SECTIONS, CONTENDED, 2, 1000, SCALED),
	LOCK(SECTIONS, CONTENDED, 2, 1000, LONG_THINK_NS),
	LOCK(SECTIONS, CONTENDED, 2, 0, SCALED, .lines = 8),
	LOCK(SECTIONS, CONTENDED, 2, 0, SCALED, .lines = 32),
	LOCK(SECTIONS, CONTENDED, ALL, 100, 0),
	LOCK(SECTIONS, CONTENDED, ALL, 100, SCALED),
	LOCK(SECTIONS, CONTENDED, ALL, 100, LONG_THINK_NS),
	LOCK(SECTIONS, CONTENDED, ALL, 1000, 0),
	LOCK(SECTIONS, CONTENDED, ALL, 1000, SCALED),
	LOCK(SECTIONS, CONTENDED, ALL, 1000, LONG_THINK_NS),
};

static void add_lock(struct designer *d, const struct sync_cell *base, const struct lock_cell *l)
{
	bool as_planned = l->every || base->variant == base->mechanism->variants;
	struct sync_cell c = *base;

	c.ask.experiment = l->experiment;
	c.ask.threads = l->threads == ALL ? design_all(d) : l->threads;
	c.ask.critical_ns = l->critical_ns;
	c.ask.think_ns = l->think_ns == SCALED ? 100 * c.ask.threads : l->think_ns;
	c.ask.readers_pct = l->readers_pct;
	c.ask.permits = l->permits ? l->permits : 1;
	c.ask.lines = l->lines;
	c.ask.load = l->load;
	c.ask.endpoints =
		l->processes || (c.variant->flags & SYNC_PROCESSES_ONLY && c.ask.threads > 1)
			? ENDPOINTS_PROCESS
			: ENDPOINTS_THREAD;
	add_sync(d, as_planned ? l->priority : KINDS, &c, c.ask.threads <= 2 ? &d->closest : NULL);
}

/*
 * A curve of few points, which a short sweep of a large machine has, too: `all` threads and, well
 * below, 4, 16, 64 ... have the priority of two, the others that of a crowd.
 */
static enum priority crowd_priority(unsigned n, unsigned all)
{
	bool power_of_4 = !(n & (n - 1)) && __builtin_ctz(n) % 2 == 0;

	return n >= all || (power_of_4 && n <= all / 4) ? RATES : CROWDS;
}

/* Whether `n` threads in scatter order are on other PUs than in compact order. */
static bool scatter_differs(struct designer *d, unsigned n)
{
	for (unsigned i = 0; i < n && i < d->answers.allowed; i++)
		if (d->answers.in_compact[i] >= n)
			return true;
	return false;
}

/* 1, 2, 3, 4, 6, 8, 12, 16 ...: what follows `n`. */
static unsigned next_rung(unsigned n)
{
	return n < 3 ? n + 1 : n & (n - 1) ? n / 3 * 4 : n / 2 * 3;
}

/* Rungs of a ladder: three threads and on up to one per PU, then twice as many. */
static void design_rungs(struct designer *d, const struct sync_cell *base, struct lock_cell *l,
			 bool scattered)
{
	unsigned all = design_all(d);
	enum priority first = l->priority;

	for (unsigned n = 3; all > 2; n = next_rung(n)) {
		l->threads = n < all ? n : all;
		l->priority = first == CROWDS ? crowd_priority(l->threads, all) : first;
		add_lock(d, base, l);
		l->priority = LAYOUTS;
		d->order = ORDER_SCATTER;
		if (scattered && scatter_differs(d, l->threads))
			add_lock(d, base, l);
		d->order = ORDER_COMPACT;
		if (n >= all)
			break;
	}
	l->priority = first == CROWDS ? LAYOUTS : first;
	l->threads = 2 * all;
	if (l->threads <= CREW_MAX && l->threads > 2)
		add_lock(d, base, l);
}

/*
 * One thread, which the others are compared with, and the rungs, at think time for as many
 * collisions at each of them; of the mechanism's first variant also with none and with much. Two
 * threads are among lock_cells.
 */
static void design_ladders(struct designer *d, const struct sync_cell *base)
{
	static const uint64_t think_ns[] = {SCALED, 0, LONG_THINK_NS};

	for (size_t i = 0;
	     i < sizeof(think_ns) / sizeof(think_ns[0]) && (!i || d->rank <= RANK_FIRST); i++) {
		struct lock_cell l = LOCK(i ? SECTIONS : RATES, CONTENDED, 1, 0, think_ns[i]);

		add_lock(d, base, &l);
		l.priority = i ? SECTIONS : CROWDS;
		design_rungs(d, base, &l, !i);
	}
}

static void design_locks(struct designer *d, const struct sync_cell *base)
{
	const struct sync_variant *v = base->variant;

	if (!sync_can(v, SYNC_CONTENDED))
		return;
	for (size_t i = 0; i < sizeof(lock_cells) / sizeof(lock_cells[0]); i++) {
		const struct lock_cell *l = &lock_cells[i];

		if ((l->load && (d->request->load || d->rank != RANK_FIRST)) ||
		    !sync_can(v, l->experiment) || (l->threads == ALL && design_all(d) <= 2) ||
		    (l->permits > 1 && !(v->flags & SYNC_COUNTS)))
			continue;
		if (l->experiment == SYNC_UNCONTENDED && l->readers_pct && !sync_has_sides(v))
			continue;
		add_lock(d, base, l);
	}
	design_ladders(d, base);
}

/*
 * Broadcast and barrier: two threads, three, and on in steps of a half up to all PUs, four at
 * least.
 */
static void design_crowd(struct designer *d, struct sync_cell *c, enum sync_experiment experiment)
{
	unsigned all = topology_allowed_count(d->topology), step = 1;

	if (!sync_can(c->variant, experiment))
		return;
	all = all < 4 ? 4 : all < CREW_MAX ? all : CREW_MAX;
	c->ask.experiment = experiment;
	c->ask.threads = 2;
	add_sync(d, RATES, c, &d->closest);
	for (unsigned n = 3; n <= all; n += step) {
		c->ask.threads = n;
		add_sync(d, crowd_priority(n, all), c, NULL);
		if (n > 3 && !(n & (n - 1))) /* 4, 6, 8, 12, 16, 24 ... */
			step = n / 2;
	}
	if (c->ask.threads < all) {
		c->ask.threads = all;
		add_sync(d, RATES, c, NULL);
	}
}

/* The next number of threads of a crowd after `n`: 4, 8 ... and at last all PUs; 0 = no more. */
static unsigned larger_crowd(unsigned n, unsigned all)
{
	if (n >= all)
		return 0;
	n = n < 4 ? 4 : 2 * n;
	return n < all ? n : all;
}

/*
 * Queues: a pair as fast as it can, near-empty, near-full, with little room, on schedules; crowds.
 */
static void design_queue(struct designer *d, struct sync_cell *c)
{
	static const uint64_t capacities[] = {16, 65536}, every_ns[] = {10000, 100000};
	unsigned all = topology_allowed_count(d->topology);

	c->ask.experiment = SYNC_QUEUE;
	c->ask.threads = 2;
	c->ask.producers = 1;
	add_sync(d, RATES, c, &d->closest);
	c->ask.think_ns = 500;
	for (int full = 0; full < 2; full++) {
		c->ask.fill = full ? FILL_FULL : FILL_EMPTY;
		add_sync(d, SIZES, c, &d->closest);
	}
	c->ask.think_ns = 0;
	for (size_t i = 0; i < 2; i++) {
		c->ask.every_ns = every_ns[i];
		add_sync(d, SIZES, c, &d->closest);
	}
	c->ask.every_ns = 0;
	for (size_t i = 0; i < 2; i++) {
		struct sync_cell other = *c;

		other.ask.capacity = capacities[i];
		add_sync(d, SIZES, &other, &d->closest);
	}
	if (c->variant->flags & SYNC_SPSC)
		return;
	all = all < CREW_MAX ? all : CREW_MAX;
	for (unsigned n = 2; (n = larger_crowd(n, all));) {
		unsigned producers[] = {n / 2, n - 1, 1};

		c->ask.threads = n;
		for (size_t i = 0; i < (n > 2 ? 3 : 1); i++) {
			c->ask.producers = producers[i];
			add_sync(d, i ? CROWDS : crowd_priority(n, all), c, NULL);
		}
	}
}

/* Single operations: alone, beside a partner or each other on the closest two cores; crowds. */
static void design_op(struct designer *d, struct sync_cell *c)
{
	unsigned flags = c->variant->flags, all = topology_allowed_count(d->topology);

	c->ask.experiment = SYNC_OP;
	c->ask.threads = flags & SYNC_PAIR ? 2 : 1;
	add_sync(d, FIRST_LOOK, c, &d->closest);
	if (flags & (SYNC_PAIR | SYNC_SINGLE | SYNC_FLOOR))
		return;
	c->ask.threads = 2;
	for (c->ask.stride_b = 0; c->ask.stride_b <= 128;
	     c->ask.stride_b = c->ask.stride_b ? c->ask.stride_b * 16 : 8)
		if (!c->ask.stride_b || flags & SYNC_WORD)
			add_sync(d, WAITS, c, &d->closest);
	c->ask.stride_b = 0;
	all = all < CREW_MAX ? all : CREW_MAX;
	for (unsigned n = 2; (n = larger_crowd(n, all));) {
		c->ask.threads = n;
		add_sync(d, crowd_priority(n, all), c, NULL);
	}
}

/* Where two threads of a variant meet first. */
static int first_pair(const struct designer *d, const struct sync_variant *v, struct placement *ret)
{
	*ret = d->closest;
	return v->flags & SYNC_ONE_PU ? design_pair(d, RELATION_SAME_PU, ret) : 0;
}

/*
 * Two processes at what two threads do elsewhere in the plan; those of locks are among lock_cells.
 */
static void design_processes(struct designer *d, const struct sync_cell *base)
{
	static const enum sync_experiment what[] = {SYNC_HANDOFF, SYNC_BROADCAST, SYNC_BARRIER,
						    SYNC_QUEUE, SYNC_OP};
	struct sync_cell c = *base;
	struct placement at;

	if (first_pair(d, c.variant, &at) || c.variant->flags & SYNC_SINGLE)
		return;
	c.ask.threads = 2;
	c.ask.producers = 1;
	c.ask.endpoints = ENDPOINTS_PROCESS;
	for (size_t i = 0; i < sizeof(what) / sizeof(what[0]); i++) {
		c.ask.experiment = what[i];
		if (sync_can(c.variant, c.ask.experiment))
			add_sync(d, d->rank <= RANK_FIRST ? WAITS : KINDS, &c, &at);
	}
}

/* The values of the first option: operations alone, hand-off between threads and processes. */
static void design_options(struct designer *d, const struct sync_cell *base)
{
	const struct sync_variant *v = base->variant;
	struct sync_cell c = *base;
	struct placement at;

	if (!v->ladder || first_pair(d, v, &at))
		return;
	for (const uint64_t *value = v->ladder; *value; value++) {
		char option[64];

		snprintf(option, sizeof(option), "%s=%llu", v->options[0].name,
			 (unsigned long long)*value);
		c.ask.options[0] = option;
		c.ask.n_options = 1;
		c.ask.experiment = SYNC_OP;
		c.ask.threads = v->flags & SYNC_PAIR ? 2 : 1;
		c.ask.endpoints = ENDPOINTS_THREAD;
		if (sync_can(v, SYNC_OP))
			add_sync(d, SIZES, &c, &at);
		c.ask.experiment = SYNC_HANDOFF;
		c.ask.threads = 2;
		for (int processes = 0; sync_can(v, SYNC_HANDOFF) && processes < 2; processes++) {
			c.ask.endpoints = processes ? ENDPOINTS_PROCESS : ENDPOINTS_THREAD;
			add_sync(d, SIZES, &c, &at);
		}
	}
}

/*
 * Hand-over between two threads at every distance, and of the floor of sleepers on cores that are
 * kept awake.
 */
static void design_handoff(struct designer *d, struct sync_cell *c)
{
	struct placement p;
	struct sync_cell awake;

	c->ask.threads = 2;
	c->ask.experiment = SYNC_HANDOFF;
	for (unsigned r = 0; sync_can(c->variant, c->ask.experiment) && r < RELATION_COUNT; r++) {
		bool elsewhere = c->variant->flags & SYNC_ONE_PU && r != RELATION_SAME_PU;

		if (!elsewhere && !design_pair(d, r, &p))
			add_sync(d, PLACEMENTS, c, r == d->closest.relation ? &d->closest : &p);
	}
	awake = *c;
	if (d->rank == RANK_FLOOR && !strcmp(c->mechanism->name, "futex") &&
	    d->closest.relation != RELATION_SAME_PU && design_keep_awake(d, &awake.ask))
		add_sync(d, ASKED, &awake, &d->closest);
}

static void design_primitive(struct designer *d, struct sync_cell *c)
{
	design_processes(d, c);
	design_options(d, c);
	design_locks(d, c);
	c->ask.threads = 1;
	if (sync_can(c->variant, SYNC_OP))
		design_op(d, c);
	if (sync_can(c->variant, SYNC_QUEUE))
		design_queue(d, c);
	design_handoff(d, c);
	design_crowd(d, c, SYNC_BROADCAST);
	design_crowd(d, c, SYNC_BARRIER);
}

/*
 * A short sweep has each variant of a floor, because the smallest of them is the floor; of a futex
 * the plain call.
 */
static enum rank rank_of(const struct sync_mechanism *m, size_t nth)
{
	if (!strcmp(m->name, "null") || !strcmp(m->name, "cache_line") ||
	    (!nth && !strcmp(m->name, "futex")))
		return RANK_FLOOR;
	return nth ? RANK_OTHER : RANK_FIRST;
}

/* What every cell of a variant begins with. */
static void begin_cell(struct sync_cell *c, const struct sync_mechanism *m,
		       const struct sync_variant *v, const struct topology *t)
{
	*c = (struct sync_cell){.mechanism = m, .variant = v, .topology = t, .mem_node = -1};
	cell_init(&c->ask, GROUP_SYNC);
	c->ask.mechanism = m->name;
	c->ask.variant = v->name;
	c->ask.wait = v->flags & SYNC_SPINS ? "spin" : NULL;
	c->ask.has = sync_has(v);
	c->ask.gap_ns = SYNC_GAP_NS;
	c->ask.think_ns = 0;
	c->ask.readers_pct = 0;
}

void design_sync(struct designer *d)
{
	static struct sync_cell c;

	for (const struct sync_mechanism *m = sync_mechanisms(); m; m = m->next)
		for (size_t i = 0; i < m->n_variants; i++) {
			d->rank = rank_of(m, i);
			begin_cell(&c, m, &m->variants[i], d->topology);
			design_primitive(d, &c);
		}
}
