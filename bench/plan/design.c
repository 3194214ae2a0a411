/* SPDX-License-Identifier: MIT */
/* What the machine is asked for a plan, and the cells of it as they are added. */
#include "bench/plan/design.h"

#include <errno.h>
#include <fnmatch.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/grow.h"
#include "bench/plan/select.h"

/*
 * What most people ask for, in ten mechanisms: notifications, streams, queues, sockets, shared
 * memory.
 */
static const char *const asked[] = {
	"pipe:pair",	  "unix_stream:socketpair",
	"posix_shm:ring", "eventfd:pair",
	"futex:pair",	  "tcp:v4",
	"udp:v4",	  "unix_dgram:socketpair",
	"posix_mq:pair",  "sysv_msg:pair",
};

static void look_up_compact(struct answers *a)
{
	for (unsigned i = 0; i < a->allowed; i++) {
		unsigned k = 0;

		while (k < a->allowed && a->order[ORDER_COMPACT][k] != a->order[ORDER_SCATTER][i])
			k++;
		a->in_compact[i] = k;
	}
}

int design_ask(struct designer *d)
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
	look_up_compact(a);
	return err < 0 ? err : 0;
}

int design_pair(const struct designer *d, enum relation relation, struct placement *ret)
{
	if (!d->answers.has_pair[relation])
		return -ENOENT;
	*ret = d->answers.pair[relation];
	return 0;
}

void design_seats(const struct designer *d, enum order order, unsigned n, struct seats *ret)
{
	struct placement two = {.numa_distance = -1};

	for (unsigned i = 0; i < 2; i++) {
		two.pu[i] = d->answers.order[order][i % d->answers.allowed];
		two.node[i] = topology_node(d->topology, two.pu[i]);
	}
	seats_on_pair(&two, n, ret);
	for (unsigned i = 0; i < n; i++)
		ret->pu[i] = d->answers.order[order][i % d->answers.allowed];
	ret->related = false;
	ret->by_order = true;
	ret->order = order;
}

unsigned design_all(const struct designer *d)
{
	unsigned all = topology_allowed_count(d->topology);

	return all < CREW_MAX ? all : CREW_MAX;
}

bool design_is_asked(const char *mechanism, const char *variant)
{
	char name[128];

	snprintf(name, sizeof(name), "%s:%s", mechanism, variant);
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
		if (!strcmp(asked[i], name))
			return true;
	return false;
}

bool plan_is_asked(const struct row *cell)
{
	return row_is_ipc(cell) &&
	       design_is_asked(row_get_text(cell, COL_mechanism), row_get_text(cell, COL_variant));
}

/* The priority of a cell that its mechanism's first variant has at `priority`. */
static enum priority ranked(enum rank rank, enum priority priority)
{
	if (rank == RANK_FLOOR && (priority == FIRST_LOOK || priority == PLACEMENTS))
		return FLOORS;
	if (rank <= RANK_FIRST)
		return priority;
	if (rank == RANK_TWIN || (rank == RANK_CONTROL && priority != FIRST_LOOK))
		return TWINS;
	if (priority >= WAITS)
		return priority;
	return priority == FIRST_LOOK ? VARIANTS : KINDS;
}

/* The ring whose ways to wait stand in the chart of costs. */
static bool is_ring(const struct row *cell)
{
	return !strcmp(row_get_text(cell, COL_mechanism), "posix_shm");
}

/* What most people ask for comes sooner than other cells of its kind. */
static enum priority raised(enum priority priority, const struct row *cell)
{
	uint64_t size_b = row_get_u64(cell, COL_msg_size_b, 0);
	enum wait wait = row_wait(cell);
	bool one_cpu = row_relation(cell) == RELATION_SAME_PU;

	if (!plan_is_asked(cell))
		return priority;
	switch (priority) {
	case FIRST_LOOK:
		return ASKED;
	case PLACEMENTS:
		return one_cpu ? ASKED : priority;
	case ALL_WAITS:
		return one_cpu && wait == WAIT_FUTEX ? ASKED : priority;
	case BUSY:
		return ASKED_MORE;
	case SCHEDULES:
		return CURVES;
	case RATES:
		return size_b == 65536 ? ASKED_RATES : ASKED_MORE;
	case WAITS:
		return wait == WAIT_FUTEX		    ? ASKED
		       : wait == WAIT_SPIN || is_ring(cell) ? ASKED_MORE
							    : priority;
	case SIZES:
		if (row_has_pattern(cell, IPC_PING_PONG) && (size_b == 4096 || size_b == 65536))
			return ASKED_SIZES;
		if (row_has_pattern(cell, IPC_PACED))
			return row_get_u64(cell, COL_every_ns, 0) == PLAN_OWN_TAIL_EVERY_NS
				       ? ASKED_RATES
				       : priority;
		return CURVES;
	default:
		return priority;
	}
}

/* Whether it was asked for, by the names of its mechanism and of itself. */
static bool is_wanted(const struct plan_request *request, const struct row *cell)
{
	char name[CELL_NAME_B];

	if (!select_matches(request->only, row_get_text(cell, COL_group),
			    row_get_text(cell, COL_mechanism), row_get_text(cell, COL_variant)))
		return false;
	if (request->named)
		cell_name(NULL, cell, name, sizeof(name));
	return !request->named || !fnmatch(request->named, name, 0);
}

struct row *design_add(struct designer *d, enum priority priority, const struct cell *ask,
		       const struct seats *seats)
{
	const struct plan_request *request = d->request;
	struct row *cell;

	d->err = d->err ? d->err : array_grow(&d->drafts, d->n, &d->room, sizeof(*d->drafts));
	cell = d->err ? NULL : malloc(sizeof(*cell));
	if (!cell) {
		d->err = -ENOMEM;
		return NULL;
	}
	row_clear(cell);
	cell_to_row(ask, seats, cell);
	if (request->load)
		row_set_text(cell, COL_load, load_name(request->load));
	if (!is_wanted(request, cell)) {
		free(cell);
		return NULL;
	}
	d->drafts[d->n] = (struct draft){cell, raised(ranked(d->rank, priority), cell), d->n};
	d->n++;
	return cell;
}

bool design_keep_awake(const struct designer *d, struct cell *cell)
{
	cell->load = LOAD_SAME;
	cell->load_sched.policy = SCHED_IDLE;
	return !d->request->load;
}

void design_skip(struct row *cell, const char *reason)
{
	row_set_status(cell, STATUS_SKIPPED);
	row_set_text(cell, COL_reason, reason);
}
