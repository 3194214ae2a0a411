/* SPDX-License-Identifier: MIT */
/* What the machine is asked for a plan, and the cells of it as they are added. */
#include "bench/plan/design.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/grow.h"

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

struct row *design_add(struct designer *d, enum priority priority, const struct cell *ask,
		       const struct seats *seats)
{
	struct row *cell;

	d->err = d->err ? d->err : array_grow(&d->drafts, d->n, &d->room, sizeof(*d->drafts));
	cell = d->err ? NULL : malloc(sizeof(*cell));
	if (!cell) {
		d->err = -ENOMEM;
		return NULL;
	}
	row_clear(cell);
	cell_to_row(ask, seats, cell);
	if (d->load)
		row_set_text(cell, COL_load, load_name(d->load));
	if (!plan_matches(cell, d->only)) {
		free(cell);
		return NULL;
	}
	if (!d->first && priority < WAITS)
		priority = priority == FIRST_LOOK ? VARIANTS : KINDS;
	d->drafts[d->n] = (struct draft){cell, priority, d->n};
	d->n++;
	return cell;
}

enum priority design_busy(const char *mechanism)
{
	static const char *const shown[] = {"pipe", "futex", "timer", "mutex"};

	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		if (!strcmp(mechanism, shown[i]))
			return FIRST_LOOK;
	return BUSY;
}

void design_skip(struct row *cell, const char *reason)
{
	row_set_text(cell, COL_status, "skipped");
	row_set_text(cell, COL_reason, reason);
}
