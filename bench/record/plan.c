/* SPDX-License-Identifier: MIT */
/* The designed set of cells, their priority, the cut to the budget, the shuffled blocks. */
#include "bench/record/plan.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/ipc.h"
#include "bench/measure/ipc_session.h"
#include "bench/record/random.h"

#define PACED_FIRST_NS 1000000u	    /* between sends: long enough for a core to sleep */
#define MESSAGE_B 64		    /* of all cells but those that vary the size */
#define DURATION_LONG_NS 100000000u /* when all cells fit */
#define DURATION_SHORT_NS 50000000u /* when they do not */

/*
 * What is left out first has the highest number. A budget of some minutes shows each mechanism's
 * first variant in all that it does, before it shows the other variants in anything.
 */
enum priority {
	FIRST_LOOK, /* floors, default wait on the closest two cores, uncontended, operations alone */
	PLACEMENTS, /* the same over the other relations, hand-off */
	RATES, /* streams; two threads that want a lock with think time, queues, crowds of two */
	SCHEDULES, /* paced, the schedule on which a core falls asleep */
	VARIANTS,  /* FIRST_LOOK of the other variants */
	WAITS,	   /* the other wait modes on the closest two cores; locks without think time */
	SIZES,	/* the default wait mode over message sizes; queues near empty, near full, paced */
	CROWDS, /* more than two threads, pairs, producers */
	ALL_WAITS, /* the other wait modes over the other relations */
	LAYOUTS,   /* crowds in scatter order, and more threads than PUs */
	SECTIONS,  /* locks: lengths of critical section and think time, lines, shares of readers */
	KINDS,	   /* all but the first look of a mechanism's other variants */
};

/* A cell and where it stands. */
struct draft {
	struct row *cell;
	enum priority priority;
	size_t nth; /* in the order of design: keeps the sort stable */
};

/* What the machine has, found once: each answer takes the square of the number of PUs. */
struct answers {
	struct placement pair[RELATION_COUNT];
	bool has_pair[RELATION_COUNT];
	unsigned allowed;	     /* PUs in an order, CREW_MAX at most */
	unsigned order[2][CREW_MAX]; /* by enum order */
	struct {
		struct placement of; /* the first pair */
		unsigned n;	     /* how many fit; 0 = not asked yet */
		unsigned pus[CREW_MAX];
	} pairs[2]; /* of the closest two cores; of one PU */
};

struct designer {
	const struct topology *topology;
	struct answers answers;
	enum order order; /* of cells without a pair */
	bool first;	  /* the variant is its mechanism's first */
	const char *only;
	struct placement closest; /* the closest two cores; else what is there */
	struct draft *drafts;
	size_t n, room;
	int err;
};

static const char *const experiments[] = {
	[SYNC_UNCONTENDED] = "uncontended",
	[SYNC_CONTENDED] = "contended",
	[SYNC_READERS] = "readers",
	[SYNC_HANDOFF] = "handoff",
	[SYNC_QUEUE] = "queue",
	[SYNC_OP] = "op",
	[SYNC_BROADCAST] = "broadcast",
	[SYNC_MEET] = "meet",
};
static const char *const patterns[] = {"ping-pong", "paced", "stream"};

/* As placement_find(). */
static int find_pair(const struct designer *d, enum relation relation, struct placement *ret)
{
	if (!d->answers.has_pair[relation])
		return -ENOENT;
	*ret = d->answers.pair[relation];
	return 0;
}

/* As placement_order(): the first `n` PUs, and from the first again where there are no more. */
static void order_pus(const struct designer *d, enum order order, unsigned n, unsigned *pus)
{
	for (unsigned i = 0; i < n; i++)
		pus[i] = d->answers.order[order][i % d->answers.allowed];
}

static int ask_machine(struct designer *d)
{
	struct answers *a = &d->answers;
	int err = 0;

	a->allowed = topology_allowed_count(d->topology);
	if (a->allowed > CREW_MAX)
		a->allowed = CREW_MAX;
	for (unsigned r = 0; r < RELATION_COUNT; r++)
		a->has_pair[r] = !placement_find(d->topology, r, &a->pair[r]);
	for (unsigned o = 0; o < 2 && err >= 0; o++)
		err = placement_order(d->topology, o, a->allowed, a->order[o]);
	return err < 0 ? err : 0;
}

const char *plan_experiment_name(enum sync_experiment experiment)
{
	return experiments[experiment];
}

bool plan_matches(const struct row *cell, const char *only)
{
	char name[256], globs[1024], *save = NULL;

	if (!only)
		return true;
	snprintf(globs, sizeof(globs), "%s", only);
	snprintf(name, sizeof(name), "%s/%s:%s", row_get_text(cell, COL_group),
		 row_get_text(cell, COL_mechanism), row_get_text(cell, COL_variant));
	for (char *glob = strtok_r(globs, ",", &save); glob; glob = strtok_r(NULL, ",", &save))
		if (!fnmatch(glob, name, 0))
			return true;
	return false;
}

/* A new cell of a mechanism, or NULL when nobody asked for it or memory ran out. */
static struct row *add(struct designer *d, enum priority priority, const char *group,
		       const char *mechanism, const char *variant)
{
	struct row *cell;

	if (d->n == d->room) {
		size_t room = d->room ? 2 * d->room : 256;
		struct draft *drafts = reallocarray(d->drafts, room, sizeof(*drafts));

		d->err = drafts ? d->err : -ENOMEM;
		if (!drafts)
			return NULL;
		d->drafts = drafts;
		d->room = room;
	}
	cell = malloc(sizeof(*cell));
	if (!cell) {
		d->err = -ENOMEM;
		return NULL;
	}
	row_clear(cell);
	row_set_text(cell, COL_group, group);
	row_set_text(cell, COL_mechanism, mechanism);
	row_set_text(cell, COL_variant, variant);
	if (!plan_matches(cell, d->only)) {
		free(cell);
		return NULL;
	}
	row_set_text(cell, COL_sched, "other");
	row_set_text(cell, COL_mem_asked, "first");
	row_set_text(cell, COL_pages, "base");
	if (!d->first && priority < WAITS)
		priority = priority == FIRST_LOOK ? VARIANTS : KINDS;
	d->drafts[d->n] = (struct draft){cell, priority, d->n};
	d->n++;
	return cell;
}

static void set_skipped(struct row *cell, const char *reason)
{
	row_set_text(cell, COL_status, "skipped");
	row_set_text(cell, COL_reason, reason);
}

/* PUs of the cell's pairs or of its fan-in, joined by +. */
static void set_pus(struct row *cell, const struct ipc_cell *c)
{
	char text[CREW_MAX * 8];
	size_t used = 0;

	for (unsigned i = 0; i < ipc_members(c); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%u", i ? "+" : "",
					 c->pus[i]);
	row_set_text(cell, COL_cpus, text);
}

/* One IPC cell; `every_ns` counts for paced only. */
static void add_ipc(struct designer *d, enum priority priority, const struct ipc_cell *c)
{
	struct row *cell = add(d, priority, "ipc", c->mechanism->name, c->variant->name);
	char reason[CREW_REASON];

	if (!cell)
		return;
	row_set_text(cell, COL_wait, c->mode->wait->name);
	row_set_text(cell, COL_pattern, patterns[c->pattern]);
	row_set_text(cell, COL_endpoints, "process");
	row_set_text(cell, COL_touch, ipc_has_payload(c->variant) ? "line" : "none");
	if (ipc_has_payload(c->variant))
		row_set_u64(cell, COL_msg_size_b, c->msg_size);
	if (c->pattern == IPC_PING_PONG && ipc_is_timer(c->mode))
		row_set_u64(cell, COL_gap_ns, IPC_TIMER_NS);
	if (c->pattern == IPC_PACED)
		row_set_u64(cell, COL_every_ns, c->every_ns);
	if (c->pairs > 1)
		row_set_u64(cell, COL_pairs, c->pairs);
	if (c->producers)
		row_set_u64(cell, COL_producers, c->producers);
	else
		row_set_text(cell, COL_placement, relation_name(c->placement.relation));
	if (c->pairs > 1 || c->producers)
		set_pus(cell, c);
	else
		row_set_format(cell, COL_cpus, "%u+%u", c->placement.pu[0], c->placement.pu[1]);
	if (ipc_session_check(c, reason))
		set_skipped(cell, reason);
}

/* Every wait mode of a variant over every relation of the machine. */
static void design_waits(struct designer *d, struct ipc_cell c)
{
	const struct ipc_mode *mode;

	for (unsigned r = 0; r < RELATION_COUNT; r++) {
		bool closest = r == d->closest.relation;

		if (find_pair(d, r, &c.placement) || (c.variant->flags & IPC_FLOOR && !closest))
			continue;
		if (closest)
			c.placement = d->closest;
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

/* The mode in which a waiter sleeps, for schedules: on them a spinner shows nothing of interest. */
static const struct ipc_mode *sleeping_mode(const struct ipc_cell *c)
{
	const struct ipc_mode *mode;

	for (size_t i = 0; (mode = ipc_mode_of(c->mechanism, c->variant, i)); i++)
		if (!(mode->wait->flags & IPC_SPINS) && !mode->wait->missing)
			return mode;
	return NULL;
}

/* Message sizes and streams of a variant on the closest two cores. */
static void design_sizes(struct designer *d, struct ipc_cell c)
{
	static const size_t sizes[] = {1024, 4096, 65536};
	static const size_t stream_sizes[] = {64, 1024, 4096, 65536};

	c.mode = ipc_mode_of(c.mechanism, c.variant, 0);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		c.msg_size = sizes[i];
		add_ipc(d, SIZES, &c);
	}
	c.pattern = IPC_STREAM;
	for (size_t i = 0; i < sizeof(stream_sizes) / sizeof(*stream_sizes); i++) {
		c.msg_size = stream_sizes[i];
		add_ipc(d, c.msg_size == 64 || c.msg_size == 65536 ? RATES : SIZES, &c);
	}
}

static void design_schedules(struct designer *d, struct ipc_cell c)
{
	static const uint64_t every_ns[] = {100000, PACED_FIRST_NS, 10000000};

	c.pattern = IPC_PACED;
	c.mode = sleeping_mode(&c);
	for (size_t i = 0; c.mode && i < sizeof(every_ns) / sizeof(*every_ns); i++) {
		c.every_ns = every_ns[i];
		add_ipc(d, c.every_ns == PACED_FIRST_NS ? SCHEDULES : SIZES, &c);
	}
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
 * where it holds one such pair, each on a PU of its own.
 */
static void design_pairs(struct designer *d, struct ipc_cell c)
{
	unsigned fit = pairs_that_fit(d, &c.placement, c.pus);

	c.mode = ipc_mode_of(c.mechanism, c.variant, 0);
	if (fit < 2) {
		c.mode = sleeping_mode(&c);
		if (!c.mode || find_pair(d, RELATION_SAME_PU, &c.placement))
			return;
		fit = pairs_that_fit(d, &c.placement, c.pus);
	}
	for (c.pairs = fit; c.pairs >= 2 && c.pairs >= fit / 2; c.pairs /= 2)
		add_ipc(d, CROWDS, &c);
}

/* Three producers, and as many as the machine holds; they sleep where PUs are shared. */
static void design_fan_in(struct designer *d, struct ipc_cell c)
{
	unsigned allowed = topology_allowed_count(d->topology);
	unsigned full = allowed > CREW_MAX ? CREW_MAX - 1 : allowed - 1;

	c.pattern = IPC_STREAM;
	c.mode = allowed > 3 ? ipc_mode_of(c.mechanism, c.variant, 0) : sleeping_mode(&c);
	for (c.producers = 3; c.mode; c.producers = full) {
		order_pus(d, ORDER_COMPACT, c.producers + 1, c.pus);
		add_ipc(d, CROWDS, &c);
		if (c.producers >= full)
			break;
	}
}

static void design_ipc(struct designer *d)
{
	for (const struct ipc_mechanism *m = ipc_mechanisms(); m; m = m->next)
		for (size_t i = 0; i < m->n_variants; i++) {
			struct ipc_cell c = {
				.mechanism = m,
				.variant = &m->variants[i],
				.topology = d->topology,
				.msg_size = MESSAGE_B,
			};

			d->first = !i;
			design_waits(d, c);
			c.placement = d->closest;
			c.touch = ipc_has_payload(c.variant) ? TOUCH_LINE : TOUCH_NONE;
			if (ipc_has_payload(c.variant))
				design_sizes(d, c);
			if (!(c.variant->flags & IPC_FLOOR) ||
			    ipc_is_timer(ipc_mode_of(m, c.variant, 0)))
				design_schedules(d, c);
			if (!(c.variant->flags & IPC_FLOOR))
				design_pairs(d, c);
			if (c.variant->flags & IPC_FAN_IN)
				design_fan_in(d, c);
		}
}

/* As sync_main.c has them in its rows. */
static void set_lock(struct row *cell, const struct sync_cell *c)
{
	if (c->experiment == SYNC_READERS || c->readers_pct)
		row_set_u64(cell, COL_readers_pct, c->readers_pct);
	if (c->variant->flags & SYNC_COUNTS)
		row_set_u64(cell, COL_permits, c->permits);
	if (!sync_is_locking(c->experiment))
		return;
	row_set_u64(cell, COL_critical_ns, c->critical_ns);
	if (c->lines)
		row_set_u64(cell, COL_lines, c->lines);
}

static void set_queue(struct row *cell, const struct sync_cell *c)
{
	row_set_u64(cell, COL_producers, c->producers);
	row_set_u64(cell, COL_capacity, c->capacity);
	if (c->every_ns) {
		row_set_u64(cell, COL_every_ns, c->every_ns);
		return;
	}
	row_set_u64(cell, COL_think_ns, c->think_ns);
	if (c->think_ns)
		row_set_text(cell, COL_fill, c->full ? "full" : "empty");
}

/* One cell of a primitive: on the PUs of `pair`, or so many threads in compact order when NULL. */
static void add_sync(struct designer *d, enum priority priority, struct sync_cell *c,
		     const struct placement *pair)
{
	const struct sync_variant *v = c->variant;
	struct row *cell = add(d, priority, "sync", c->mechanism->name, v->name);
	char reason[CREW_REASON];

	if (!cell)
		return;
	if (!pair)
		order_pus(d, d->order, c->threads, c->pus);
	for (unsigned i = 0; i < c->threads; i++) {
		if (pair)
			c->pus[i] = pair->pu[i % 2];
		row_set_format(cell, COL_cpus, "%s%s%u", row_get_text(cell, COL_cpus), i ? "+" : "",
			       c->pus[i]);
	}
	if (!pair)
		row_set_text(cell, COL_order, order_name(d->order));
	if (pair && c->threads == 2)
		row_set_text(cell, COL_placement, relation_name(pair->relation));
	row_set_text(cell, COL_wait, v->flags & SYNC_SPINS ? "spin" : "");
	row_set_text(cell, COL_experiment, experiments[c->experiment]);
	row_set_text(cell, COL_endpoints, c->processes ? "process" : "thread");
	row_set_u64(cell, COL_threads, c->threads);
	if (c->experiment == SYNC_QUEUE)
		set_queue(cell, c);
	if (c->experiment == SYNC_OP && c->threads > 1 && v->flags & SYNC_WORD)
		row_set_u64(cell, COL_stride_b, c->stride_b);
	if (sync_is_locking(c->experiment) || c->experiment == SYNC_UNCONTENDED)
		set_lock(cell, c);
	if (sync_is_locking(c->experiment))
		row_set_u64(cell, COL_think_ns, c->think_ns);
	if (c->experiment == SYNC_BROADCAST)
		row_set_u64(cell, COL_gap_ns, c->gap_ns);
	if (sync_session_check(c, reason))
		set_skipped(cell, reason);
}

#define SCALED UINT64_MAX /* think time: 100 ns per thread, so that they meet equally often */
#define ALL 0		  /* threads: one per PU */

/* A cell of a lock. */
struct lock_cell {
	enum priority priority;
	enum sync_experiment experiment;
	unsigned threads;
	uint64_t critical_ns, think_ns;
	unsigned readers_pct, permits, lines;
	bool processes;
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
	LOCK(WAITS, CONTENDED, 2, 0, 0),
	LOCK(RATES, READERS, 2, 100, SCALED, .readers_pct = 90, .every = true),
	LOCK(WAITS, CONTENDED, 2, 0, SCALED, .processes = true),
	LOCK(WAITS, CONTENDED, 4, 100, SCALED, .permits = 2),
	LOCK(CROWDS, CONTENDED, ALL, 0, 0),
	LOCK(CROWDS, READERS, ALL, 100, SCALED, .readers_pct = 90),
	LOCK(SECTIONS, READERS, 2, 100, SCALED, .readers_pct = 0),
	LOCK(SECTIONS, READERS, 2, 100, SCALED, .readers_pct = 50),
	LOCK(SECTIONS, READERS, 2, 100, SCALED, .readers_pct = 99),
	LOCK(SECTIONS, READERS, 2, 100, SCALED, .readers_pct = 100),
	LOCK(SECTIONS, READERS, ALL, 100, SCALED, .readers_pct = 0),
	LOCK(SECTIONS, READERS, ALL, 100, SCALED, .readers_pct = 50),
	LOCK(SECTIONS, READERS, ALL, 100, SCALED, .readers_pct = 99),
	LOCK(SECTIONS, READERS, ALL, 100, SCALED, .readers_pct = 100),
	LOCK(SECTIONS, CONTENDED, 2, 100, SCALED),
	LOCK(SECTIONS, CONTENDED, 2, 1000, SCALED),
	LOCK(SECTIONS, CONTENDED, 2, 1000, 0),
	LOCK(SECTIONS, CONTENDED, 2, 0, 10000),
	LOCK(SECTIONS, CONTENDED, 2, 1000, 10000),
	LOCK(SECTIONS, CONTENDED, 2, 0, SCALED, .lines = 8),
	LOCK(SECTIONS, CONTENDED, ALL, 100, SCALED),
	LOCK(SECTIONS, CONTENDED, ALL, 1000, SCALED),
	LOCK(SECTIONS, CONTENDED, ALL, 0, 10000),
};

/* One thread per PU, or as many as a crew can have. */
static unsigned all_pus(const struct designer *d)
{
	unsigned all = topology_allowed_count(d->topology);

	return all < CREW_MAX ? all : CREW_MAX;
}

static void add_lock(struct designer *d, const struct sync_cell *base, const struct lock_cell *l)
{
	bool as_planned = l->every || base->variant == base->mechanism->variants;
	struct sync_cell c = *base;

	c.experiment = l->experiment;
	c.threads = l->threads == ALL ? all_pus(d) : l->threads;
	c.critical_ns = l->critical_ns;
	c.think_ns = l->think_ns == SCALED ? 100 * c.threads : l->think_ns;
	c.readers_pct = l->readers_pct;
	c.permits = l->permits ? l->permits : 1;
	c.lines = l->lines;
	c.processes = l->processes || (c.variant->flags & SYNC_APART && c.threads > 1);
	add_sync(d, as_planned ? l->priority : KINDS, &c, c.threads <= 2 ? &d->closest : NULL);
}

/* Whether `n` threads in scatter order are on other PUs than in compact order. */
static bool scatter_differs(struct designer *d, unsigned n)
{
	unsigned compact[CREW_MAX], scatter[CREW_MAX], same = 0;

	order_pus(d, ORDER_COMPACT, n, compact);
	order_pus(d, ORDER_SCATTER, n, scatter);
	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < n; k++)
			same += compact[i] == scatter[k];
	return same < n;
}

/* 1, 2, 3, 4, 6, 8, 12, 16 ...: what follows `n`. */
static unsigned next_rung(unsigned n)
{
	return n < 3 ? n + 1 : n & (n - 1) ? n / 3 * 4 : n / 2 * 3;
}

/* One thread, three, and on up to one per PU, in both orders; then twice as many. */
static void design_ladder(struct designer *d, const struct sync_cell *base)
{
	struct lock_cell l = LOCK(RATES, CONTENDED, 1, 0, SCALED);
	unsigned all = all_pus(d);

	add_lock(d, base, &l); /* what the others are compared with */
	l.priority = CROWDS;
	for (unsigned n = 3; all > 2; n = next_rung(n)) {
		l.threads = n < all ? n : all;
		l.priority = CROWDS;
		add_lock(d, base, &l);
		l.priority = LAYOUTS;
		d->order = ORDER_SCATTER;
		if (scatter_differs(d, l.threads))
			add_lock(d, base, &l);
		d->order = ORDER_COMPACT;
		if (n >= all)
			break;
	}
	l.priority = LAYOUTS;
	l.threads = 2 * all;
	if (l.threads <= CREW_MAX && l.threads > 2)
		add_lock(d, base, &l);
}

static void design_locks(struct designer *d, const struct sync_cell *base)
{
	const struct sync_variant *v = base->variant;

	if (!v->lock)
		return;
	for (size_t i = 0; i < sizeof(lock_cells) / sizeof(lock_cells[0]); i++) {
		const struct lock_cell *l = &lock_cells[i];

		if (!sync_can(v, l->experiment) || (l->threads == ALL && all_pus(d) <= 2) ||
		    (l->permits > 1 && !(v->flags & SYNC_COUNTS)))
			continue;
		if (l->experiment == SYNC_UNCONTENDED && l->readers_pct && !v->lock->alone_shared)
			continue;
		add_lock(d, base, l);
	}
	design_ladder(d, base);
}

/* Broadcast and barrier: two threads, three, and on in steps of a half up to all PUs, four at least. */
static void design_crowd(struct designer *d, struct sync_cell *c, enum sync_experiment experiment)
{
	unsigned all = topology_allowed_count(d->topology), step = 1;

	if (!sync_can(c->variant, experiment))
		return;
	all = all < 4 ? 4 : all < CREW_MAX ? all : CREW_MAX;
	c->experiment = experiment;
	c->threads = 2;
	add_sync(d, RATES, c, &d->closest);
	for (unsigned n = 3; n <= all; n += step) {
		c->threads = n;
		add_sync(d, CROWDS, c, NULL);
		if (n > 3 && !(n & (n - 1))) /* 4, 6, 8, 12, 16, 24 ... */
			step = n / 2;
	}
	if (c->threads < all) {
		c->threads = all;
		add_sync(d, CROWDS, c, NULL);
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

/* Queues: a pair as fast as it can, near-empty, near-full, with little room, on schedules; crowds. */
static void design_queue(struct designer *d, struct sync_cell *c)
{
	static const uint64_t capacities[] = {16, 65536}, every_ns[] = {10000, 100000};
	unsigned all = topology_allowed_count(d->topology);

	c->experiment = SYNC_QUEUE;
	c->threads = 2;
	c->producers = 1;
	add_sync(d, RATES, c, &d->closest);
	c->think_ns = 500;
	for (int full = 0; full < 2; full++) {
		c->full = full;
		add_sync(d, SIZES, c, &d->closest);
	}
	c->think_ns = c->full = 0;
	for (size_t i = 0; i < 2; i++) {
		c->every_ns = every_ns[i];
		add_sync(d, SIZES, c, &d->closest);
	}
	c->every_ns = 0;
	for (size_t i = 0; i < 2; i++) {
		struct sync_cell other = *c;

		other.capacity = capacities[i];
		add_sync(d, SIZES, &other, &d->closest);
	}
	if (c->variant->flags & SYNC_SPSC)
		return;
	all = all < CREW_MAX ? all : CREW_MAX;
	for (unsigned n = 2; (n = larger_crowd(n, all));) {
		unsigned producers[] = {n / 2, n - 1, 1};

		c->threads = n;
		for (size_t i = 0; i < (n > 2 ? 3 : 1); i++) {
			c->producers = producers[i];
			add_sync(d, CROWDS, c, NULL);
		}
	}
}

/* Single operations: alone, beside a partner or each other on the closest two cores; crowds. */
static void design_op(struct designer *d, struct sync_cell *c)
{
	unsigned flags = c->variant->flags, all = topology_allowed_count(d->topology);

	c->experiment = SYNC_OP;
	c->threads = flags & SYNC_PAIR ? 2 : 1;
	add_sync(d, FIRST_LOOK, c, &d->closest);
	if (flags & (SYNC_PAIR | SYNC_SINGLE | SYNC_FLOOR))
		return;
	c->threads = 2;
	for (c->stride_b = 0; c->stride_b <= 128; c->stride_b = c->stride_b ? c->stride_b * 16 : 8)
		if (!c->stride_b || flags & SYNC_WORD)
			add_sync(d, WAITS, c, &d->closest);
	c->stride_b = 0;
	all = all < CREW_MAX ? all : CREW_MAX;
	for (unsigned n = 2; (n = larger_crowd(n, all));) {
		c->threads = n;
		add_sync(d, CROWDS, c, NULL);
	}
}

static void design_primitive(struct designer *d, struct sync_cell *c)
{
	struct placement p;

	design_locks(d, c);
	c->threads = 1;
	if (sync_can(c->variant, SYNC_OP))
		design_op(d, c);
	if (sync_can(c->variant, SYNC_QUEUE))
		design_queue(d, c);
	c->threads = 2;
	c->experiment = SYNC_HANDOFF;
	for (unsigned r = 0; sync_can(c->variant, c->experiment) && r < RELATION_COUNT; r++) {
		bool elsewhere = c->variant->flags & SYNC_ONE_PU && r != RELATION_SAME_PU;

		if (!elsewhere && !find_pair(d, r, &p))
			add_sync(d, PLACEMENTS, c, r == d->closest.relation ? &d->closest : &p);
	}
	design_crowd(d, c, SYNC_BROADCAST);
	design_crowd(d, c, SYNC_MEET);
}

static void design_sync(struct designer *d)
{
	for (const struct sync_mechanism *m = sync_mechanisms(); m; m = m->next)
		for (size_t i = 0; i < m->n_variants; i++) {
			d->first = !i || !strcmp(m->name, "null");
			design_primitive(d, &(struct sync_cell){
						    .mechanism = m,
						    .variant = &m->variants[i],
						    .topology = d->topology,
						    .mem_node = -1,
						    .capacity = SYNC_CAPACITY,
						    .gap_ns = SYNC_GAP_NS,
					    });
		}
}

static int compare_drafts(const void *a, const void *b)
{
	const struct draft *x = a, *y = b;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return (x->nth > y->nth) - (x->nth < y->nth);
}

/* How many cells can have PLAN_INVOCATIONS of `cost_ns` in `time_ns`; one at least. */
static size_t affordable(uint64_t time_ns, uint64_t cost_ns)
{
	uint64_t n = time_ns / (cost_ns * PLAN_INVOCATIONS);

	return n ? (size_t)n : 1;
}

/* The pilot's blocks, and how many invocations `time_ns` has room for beside them. */
static void share_out(struct plan *plan, uint64_t time_ns)
{
	size_t most = plan->n_run * (PLAN_INVOCATIONS_MAX - PLAN_INVOCATIONS),
	       fit = time_ns / plan->cost_ns;
	uint64_t pilot_ns = plan->n_run * PLAN_INVOCATIONS * plan->cost_ns;

	plan->blocks = PLAN_INVOCATIONS;
	if (time_ns < pilot_ns) { /* even one cell is too much: fewer of it, and no interval */
		plan->blocks = fit ? (unsigned)(fit / plan->n_run) : 1;
		plan->blocks = plan->blocks ? plan->blocks : 1;
	} else {
		fit -= plan->n_run * PLAN_INVOCATIONS;
		plan->extra = fit < most ? fit : most;
	}
}

/* Chooses duration, cells and invocations by the budget; marks the cells that are left out. */
static void cut(struct plan *plan, const struct plan_request *request)
{
	uint64_t beside_ns = request->overhead_ns + TRIAL_WARM_NS;
	uint64_t time_ns = request->budget_ns / 5 * 4;
	size_t wanted = 0, fit = 0;

	for (size_t i = 0; i < plan->n_cells; i++)
		wanted += !row_is_set(&plan->cells[i], COL_status);
	plan->duration_ns = DURATION_LONG_NS;
	plan->cost_ns = beside_ns + plan->duration_ns;
	fit = request->budget_ns ? affordable(time_ns, plan->cost_ns) : wanted;
	if (fit < wanted) {
		plan->duration_ns = DURATION_SHORT_NS;
		plan->cost_ns = beside_ns + plan->duration_ns;
		fit = affordable(time_ns, plan->cost_ns);
	}
	for (size_t i = 0; i < plan->n_cells; i++) {
		struct row *cell = &plan->cells[i];

		if (row_is_set(cell, COL_status))
			continue;
		if (plan->n_run < fit) {
			plan->n_run++;
			row_set_u64(cell, COL_duration_ns, plan->duration_ns);
		} else {
			row_set_text(cell, COL_status, "not_planned");
			row_set_text(cell, COL_reason, "over the budget of time");
		}
	}
	share_out(plan, request->budget_ns ? time_ns : UINT64_MAX);
}

static int closest_pair(const struct topology *t, struct placement *ret)
{
	if (!placement_closest_two_cores(t, ret) || !placement_find(t, RELATION_SMT, ret))
		return 0;
	return placement_find(t, RELATION_SAME_PU, ret);
}

int plan_make(const struct plan_request *request, const struct topology *t, struct plan *ret)
{
	struct designer d = {.topology = t, .only = request->only};
	int err = closest_pair(t, &d.closest);

	*ret = (struct plan){.seed = request->seed};
	if (!err)
		err = ask_machine(&d);
	if (err)
		return err;
	design_ipc(&d);
	design_sync(&d);
	err = d.err ? d.err : d.n ? 0 : -ENOENT;
	ret->cells = err ? NULL : calloc(d.n, sizeof(*ret->cells));
	if (!err && !ret->cells)
		err = -ENOMEM;
	if (!err)
		qsort(d.drafts, d.n, sizeof(*d.drafts), compare_drafts);
	for (size_t i = 0; i < d.n; i++) {
		if (!err)
			ret->cells[ret->n_cells++] = *d.drafts[i].cell;
		free(d.drafts[i].cell);
	}
	free(d.drafts);
	if (!err)
		cut(ret, request);
	return err;
}

void plan_free(struct plan *plan)
{
	free(plan->cells);
	plan->cells = NULL;
}

void plan_order(const struct plan *plan, unsigned block, size_t *order)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->n_cells; i++)
		if (!row_is_set(&plan->cells[i], COL_status))
			order[n++] = i;
	random_shuffle(plan->seed, block, order, n);
}

/* Appends "--name=value" of `column` where the cell has it. */
static void add_option(struct plan_command *command, size_t *n, const struct row *cell,
		       enum column column, const char *name, const char *unit)
{
	char *text = command->text[*n];

	if (!row_is_set(cell, column))
		return;
	if (schema_column(column)->type == COLUMN_TEXT)
		snprintf(text, PLAN_ARGUMENT_B, "--%s=%s", name, row_get_text(cell, column));
	else
		snprintf(text, PLAN_ARGUMENT_B, "--%s=%llu%s", name,
			 (unsigned long long)row_get_u64(cell, column, 0), unit);
	command->argv[(*n)++] = text;
}

void plan_command(const struct row *cell, struct plan_command *command)
{
	bool ipc = !strcmp(row_get_text(cell, COL_group), "ipc");
	size_t n = 0;

	snprintf(command->text[n], PLAN_ARGUMENT_B, "%s_%s", row_get_text(cell, COL_group),
		 row_get_text(cell, COL_mechanism));
	command->argv[n] = command->text[n];
	n++;
	add_option(command, &n, cell, COL_variant, "variant", "");
	if (ipc)
		add_option(command, &n, cell, COL_wait, "wait", "");
	add_option(command, &n, cell, COL_pattern, "pattern", "");
	add_option(command, &n, cell, COL_msg_size_b, "msg-size", "");
	add_option(command, &n, cell, COL_gap_ns, "gap", "ns");
	add_option(command, &n, cell, COL_every_ns, "every", "ns");
	add_option(command, &n, cell, COL_experiment, "experiment", "");
	add_option(command, &n, cell, COL_threads, "threads", "");
	add_option(command, &n, cell, COL_pairs, "pairs", "");
	add_option(command, &n, cell, COL_producers, "producers", "");
	add_option(command, &n, cell, COL_capacity, "capacity", "");
	add_option(command, &n, cell, COL_fill, "fill", "");
	add_option(command, &n, cell, COL_stride_b, "stride", "");
	add_option(command, &n, cell, COL_critical_ns, "critical", "ns");
	add_option(command, &n, cell, COL_think_ns, "think", "ns");
	add_option(command, &n, cell, COL_readers_pct, "readers", "");
	add_option(command, &n, cell, COL_permits, "permits", "");
	add_option(command, &n, cell, COL_lines, "lines", "");
	if (!ipc && !strcmp(row_get_text(cell, COL_endpoints), "process"))
		add_option(command, &n, cell, COL_endpoints, "endpoints", "");
	add_option(command, &n, cell, COL_order, "order", "");
	if (!row_is_set(cell, COL_order)) {
		add_option(command, &n, cell, COL_cpus, "cpus", "");
		for (char *plus = command->text[n - 1]; (plus = strchr(plus, '+'));)
			*plus = ',';
	}
	add_option(command, &n, cell, COL_duration_ns, "duration", "ns");
	command->argv[n] = NULL;
}
