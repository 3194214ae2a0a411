/* SPDX-License-Identifier: MIT */
/*
 * Where the sides of one configuration run: on a pair, on pairs like it, in an order, or as named.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "bench/machine/placement.h"

/* The nodes of the first two sides, which say where memory is near, and whether they are a pair. */
static void look_at_first(const struct topology *t, struct seats *s)
{
	unsigned second = s->pu[s->n > 1];

	if (s->n > 2 || placement_of(t, s->pu[0], second, &s->pair)) {
		s->pair = (struct placement){.pu = {s->pu[0], second}, .numa_distance = -1};
		s->pair.node[0] = topology_node(t, s->pu[0]);
		s->pair.node[1] = topology_node(t, second);
	}
	s->related = s->n == 2;
}

void seats_on_pair(const struct placement *pair, unsigned n, struct seats *ret)
{
	ret->n = n;
	ret->pair = *pair;
	ret->related = n == 2 || (n > 2 && pair->relation == RELATION_SAME_PU);
	ret->free = ret->by_order = false;
	for (unsigned i = 0; i < n; i++)
		ret->pu[i] = pair->pu[i % 2];
	if (n == 1) {
		ret->pair.pu[1] = pair->pu[0];
		ret->pair.node[1] = pair->node[0];
	}
}

void seats_of_pairs(const struct topology *t, const struct placement *pair, unsigned pairs,
		    struct seats *ret)
{
	seats_on_pair(pair, 2, ret);
	if (pairs > 1)
		placement_pairs(t, pair, pairs, ret->pu);
	ret->n = 2 * pairs;
}

int seats_in_order(const struct topology *t, enum order order, unsigned n, struct seats *ret)
{
	int err = placement_order(t, order, n, ret->pu);

	ret->n = n;
	ret->free = false;
	ret->by_order = true;
	ret->order = order;
	if (err >= 0)
		look_at_first(t, ret);
	return err < 0 ? err : 0;
}

int seats_named(const struct topology *t, const unsigned *pus, unsigned n_pus, unsigned n,
		struct seats *ret, unsigned *wrong)
{
	assert(n_pus > 0);
	for (unsigned i = 0; i < n_pus; i++)
		if (!topology_is_allowed(t, pus[i])) {
			*wrong = pus[i];
			return topology_exists(t, pus[i]) ? -EPERM : -EINVAL;
		}
	ret->n = n;
	ret->free = ret->by_order = false;
	for (unsigned i = 0; i < n; i++)
		ret->pu[i] = pus[i % n_pus];
	look_at_first(t, ret);
	return 0;
}

bool seats_shared(const struct seats *s, bool pairs)
{
	for (unsigned i = 0; i < s->n; i++)
		for (unsigned j = i + 1; j < s->n; j++)
			if (s->pu[i] == s->pu[j] && !(pairs && i / 2 == j / 2))
				return true;
	return false;
}
