/* SPDX-License-Identifier: MIT */
/* What the machine is asked for a plan, and the cells of it as they are added. */
#include "bench/plan/design.h"

#include <errno.h>
#include <stdlib.h>

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
	return err < 0 ? err : 0;
}

int design_pair(const struct designer *d, enum relation relation, struct placement *ret)
{
	if (!d->answers.has_pair[relation])
		return -ENOENT;
	*ret = d->answers.pair[relation];
	return 0;
}

void design_pus(const struct designer *d, enum order order, unsigned n, unsigned *pus)
{
	for (unsigned i = 0; i < n; i++)
		pus[i] = d->answers.order[order][i % d->answers.allowed];
}

unsigned design_all(const struct designer *d)
{
	unsigned all = topology_allowed_count(d->topology);

	return all < CREW_MAX ? all : CREW_MAX;
}

struct row *design_add(struct designer *d, enum priority priority, const char *group,
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
	if (d->load)
		row_set_text(cell, COL_load, load_name(d->load));
	if (!d->first && priority < WAITS)
		priority = priority == FIRST_LOOK ? VARIANTS : KINDS;
	d->drafts[d->n] = (struct draft){cell, priority, d->n};
	d->n++;
	return cell;
}

void design_skip(struct row *cell, const char *reason)
{
	row_set_text(cell, COL_status, "skipped");
	row_set_text(cell, COL_reason, reason);
}
