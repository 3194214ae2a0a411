/* SPDX-License-Identifier: MIT */
/* Answers from the table: a look-up each. */
#include <errno.h>

#include "bench/base/values.h"
#include "bench/machine/topology_table.h"

bool topology_is_this_machine(const struct topology *t)
{
	return t->this_machine;
}

bool topology_is_virtual(const struct topology *t)
{
	return t->is_virtual;
}

struct topology_counts topology_counts(const struct topology *t)
{
	return t->counts;
}

unsigned topology_allowed_count(const struct topology *t)
{
	return t->n_allowed;
}

unsigned topology_allowed_pu(const struct topology *t, unsigned nth)
{
	return t->allowed[nth];
}

unsigned topology_pu(const struct topology *t, unsigned nth)
{
	return t->pus[nth].os;
}

bool topology_exists(const struct topology *t, unsigned pu)
{
	return topology_find_pu(t, pu);
}

bool topology_is_allowed(const struct topology *t, unsigned pu)
{
	const struct pu *p = topology_find_pu(t, pu);

	return p && p->allowed;
}

unsigned topology_logical(const struct topology *t, unsigned pu)
{
	return (unsigned)(topology_find_pu(t, pu) - t->pus);
}

unsigned topology_node(const struct topology *t, unsigned pu)
{
	return topology_find_pu(t, pu)->node;
}

const char *topology_core_kind(const struct topology *t, unsigned pu)
{
	return t->n_kinds ? t->kinds[topology_find_pu(t, pu)->kind] : "";
}

unsigned topology_core_rank(const struct topology *t, unsigned pu)
{
	return topology_find_pu(t, pu)->kind;
}

bool topology_is_isolated(const struct topology *t, unsigned pu)
{
	return topology_find_pu(t, pu)->isolated;
}

uint64_t topology_interrupts(const struct topology *t, unsigned pu)
{
	return topology_find_pu(t, pu)->interrupts;
}

unsigned topology_domain(const struct topology *t, unsigned pu, enum relation relation)
{
	return topology_find_pu(t, pu)->domain[relation];
}

enum relation topology_relation(const struct topology *t, unsigned a, unsigned b)
{
	const struct pu *p = topology_find_pu(t, a), *q = topology_find_pu(t, b);
	unsigned r = RELATION_SAME_PU;

	while (r < DOMAINS && p->domain[r] != q->domain[r])
		r++;
	return r;
}

int topology_distance(const struct topology *t, unsigned a, unsigned b)
{
	int from = topology_find_node(t, topology_node(t, a)),
	    to = topology_find_node(t, topology_node(t, b));

	return from < 0 || to < 0 ? -1 : t->distance[from * (int)t->n_nodes + to];
}

unsigned topology_memory_node(const struct topology *t, unsigned node)
{
	int from = topology_find_node(t, node), best = -1;

	if (from < 0 || t->nodes[from].usable)
		return node;
	for (unsigned i = 0; i < t->n_nodes; i++) {
		const int *row = t->distance + from * (int)t->n_nodes;

		if (t->nodes[i].usable &&
		    (best < 0 || row[i] < row[best] ||
		     (row[i] == row[best] && t->nodes[i].os < t->nodes[best].os)))
			best = (int)i;
	}
	return best < 0 ? node : t->nodes[best].os;
}

int topology_remote_node(const struct topology *t, unsigned node)
{
	int from = topology_find_node(t, node), best = -ENOENT;

	if (from < 0)
		return -ENOENT;
	for (unsigned i = 0; i < t->n_nodes; i++) {
		const int *row = t->distance + from * (int)t->n_nodes;
		const struct node *n = &t->nodes[i], *b = best < 0 ? NULL : &t->nodes[best];

		if (!n->usable || (int)i == from)
			continue;
		if (!b || n->has_pus > b->has_pus ||
		    (n->has_pus == b->has_pus &&
		     (row[i] > row[best] || (row[i] == row[best] && n->os < b->os))))
			best = (int)i;
	}
	return best < 0 ? best : (int)t->nodes[best].os;
}
static const char *const relation_names[RELATION_COUNT] = {
	[RELATION_SAME_PU] = "same-pu",
	[RELATION_SMT] = "smt",
	[RELATION_SAME_L2] = "same-l2",
	[RELATION_SAME_L3] = "same-l3",
	[RELATION_SAME_NODE] = "same-node",
	[RELATION_SAME_PACKAGE] = "same-package",
	[RELATION_OTHER_PACKAGE] = "other-package",
	[RELATION_OTHER_NODE] = "other-node",
};

const char *relation_name(enum relation relation)
{
	return relation_names[relation];
}

int relation_parse(const char *name, enum relation *ret)
{
	int found = name_find(relation_names, RELATION_COUNT, name);

	if (found < 0)
		return -EINVAL;
	*ret = (enum relation)found;
	return 0;
}
