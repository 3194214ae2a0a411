/* SPDX-License-Identifier: MIT */
/* Which PUs share a core, a cache, a node or a package: domains that nest, whatever hwloc says. */
/* needs: hwloc */
#include <hwloc.h>
#include <stdlib.h>

#include "bench/machine/topology_table.h"

/*
 * The lowest of the nodes attached closest to `pu`: memory hangs beside the tree of PUs, at any
 * height.
 */
static hwloc_obj_t nearest_node(hwloc_obj_t pu)
{
	hwloc_obj_t best = NULL;

	for (hwloc_obj_t at = pu; at && !best; at = at->parent) {
		for (hwloc_obj_t m = at->memory_first_child; m; m = m->next_sibling) {
			hwloc_obj_t node = m;

			while (node && node->type != HWLOC_OBJ_NUMANODE)
				node = node->memory_first_child; /* below a memory-side cache */
			if (node && (!best || node->os_index < best->os_index))
				best = node;
		}
	}
	return best;
}

/*
 * hwloc's objects for the domains of `pu`; one that is not reported is stood in for by the next
 * narrower.
 */
static void raw_domains(hwloc_topology_t h, hwloc_obj_t pu, hwloc_obj_t raw[DOMAINS])
{
	static const struct {
		enum relation relation;
		hwloc_obj_type_t type;
	} levels[] = {
		{RELATION_SMT, HWLOC_OBJ_CORE},
		{RELATION_SAME_L2, HWLOC_OBJ_L2CACHE},
		{RELATION_SAME_L3, HWLOC_OBJ_L3CACHE},
	};

	raw[RELATION_SAME_PU] = pu;
	for (unsigned i = 0; i < sizeof(levels) / sizeof(*levels); i++) {
		hwloc_obj_t o = hwloc_get_ancestor_obj_by_type(h, levels[i].type, pu);

		raw[levels[i].relation] = o ? o : raw[levels[i].relation - 1];
	}
	raw[RELATION_SAME_NODE] = nearest_node(pu);
	raw[RELATION_SAME_PACKAGE] = hwloc_get_ancestor_obj_by_type(h, HWLOC_OBJ_PACKAGE, pu);
	raw[RELATION_OTHER_PACKAGE] = NULL; /* the machine: see part_shared_nodes() */
}

/* Whether the node holds all of the package and more. */
static bool holds_more(hwloc_obj_t node, hwloc_obj_t package)
{
	return node && package && hwloc_bitmap_isincluded(package->cpuset, node->cpuset) &&
	       !hwloc_bitmap_isequal(package->cpuset, node->cpuset);
}

/*
 * Where a node, and not the only one, holds several packages, the widest domain is a node or a
 * package.
 */
static void part_shared_nodes(struct topology *t, hwloc_obj_t (*raw)[DOMAINS])
{
	bool shared = false;

	for (unsigned i = 0; i < t->n_pus; i++)
		shared |= raw[i][RELATION_SAME_NODE] != raw[0][RELATION_SAME_NODE];
	if (!shared)
		return;
	shared = false;
	for (unsigned i = 0; i < t->n_pus; i++)
		shared |= holds_more(raw[i][RELATION_SAME_NODE], raw[i][RELATION_SAME_PACKAGE]);
	for (unsigned i = 0; shared && i < t->n_pus; i++)
		raw[i][RELATION_OTHER_PACKAGE] =
			holds_more(raw[i][RELATION_SAME_NODE], raw[i][RELATION_SAME_PACKAGE])
				? raw[i][RELATION_SAME_NODE]
				: raw[i][RELATION_SAME_PACKAGE];
}

/*
 * Numbers the domains from the widest in, so that they nest: equal only if the next wider is equal
 * too.
 */
static void number_domains(struct topology *t, hwloc_obj_t (*raw)[DOMAINS])
{
	for (int d = DOMAINS - 1; d >= 0; d--) {
		for (unsigned i = 0; i < t->n_pus; i++) {
			struct pu *p = &t->pus[i];

			p->domain[d] = i;
			for (unsigned j = i;
			     j-- > 0 && p->domain[d] == i && d > RELATION_SAME_PU;) {
				const struct pu *q = &t->pus[j];

				if (raw[j][d] == raw[i][d] &&
				    (d == DOMAINS - 1 || q->domain[d + 1] == p->domain[d + 1]))
					p->domain[d] = q->domain[d];
			}
		}
	}
}

int topology_read_domains(struct topology *t, hwloc_topology_t h)
{
	hwloc_obj_t(*raw)[DOMAINS] = calloc(t->n_pus, sizeof(*raw));

	if (!raw)
		return -ENOMEM;
	for (unsigned i = 0; i < t->n_pus; i++) {
		raw_domains(h, hwloc_get_obj_by_type(h, HWLOC_OBJ_PU, i), raw[i]);
		t->pus[i].node =
			raw[i][RELATION_SAME_NODE] ? raw[i][RELATION_SAME_NODE]->os_index : 0;
	}
	part_shared_nodes(t, raw);
	number_domains(t, raw);
	free(raw);
	return 0;
}
