/* SPDX-License-Identifier: MIT */
/* Inside of the topology: the table that it is read into. Entries of PUs are in logical order. */
#ifndef BENCH_MACHINE_TOPOLOGY_TABLE_H
#define BENCH_MACHINE_TOPOLOGY_TABLE_H

#include <errno.h>
#include <stddef.h>

#include "bench/machine/topology.h"

struct hwloc_topology; /* hwloc_topology_t is a pointer to it */

/* Relations that name a domain: all narrower than the machine. */
#define DOMAINS RELATION_OTHER_NODE
#define NO_PU (-1) /* in the table by OS index */

struct pu {
	unsigned os;		  /* OS index */
	unsigned domain[DOMAINS]; /* number of each domain it is in, by relation; equal = shared */
	unsigned node;		  /* OS index of its NUMA node */
	unsigned kind;		  /* index of its kind of core */
	bool permitted;		  /* by the cgroup */
	bool allowed;		  /* by the cgroup and by the binding */
	bool isolated;		  /* from the scheduler */
	uint64_t interrupts;	  /* from devices, since boot */
};

struct node {
	unsigned os;  /* OS index */
	bool usable;  /* has memory, and the cgroup lets us have it */
	bool has_pus; /* not memory-only */
};

struct topology {
	struct pu *pus;		       /* in logical order */
	unsigned n_pus;		       /* entries */
	int *by_os;		       /* OS index to entry of pus, NO_PU */
	unsigned n_os;		       /* entries: highest OS index + 1 */
	unsigned *allowed;	       /* OS indices of the allowed PUs in logical order */
	unsigned n_allowed;	       /* entries */
	struct node *nodes;	       /* in logical order */
	unsigned n_nodes;	       /* entries */
	int *distance;		       /* n_nodes x n_nodes, -1 = unknown */
	char (*kinds)[16];	       /* names of the kinds of cores, slowest first */
	unsigned n_kinds;	       /* entries; 0 where all cores are alike */
	struct topology_counts counts; /* for people */
	bool this_machine;	       /* not a description of another one */
	bool is_virtual;	       /* a guest */
};

/* The entry of the PU of OS index `os`; NULL: none. */
static inline struct pu *topology_find_pu(const struct topology *t, unsigned os)
{
	return os < t->n_os && t->by_os[os] != NO_PU ? &t->pus[t->by_os[os]] : NULL;
}

/* The entry of the node of OS index `os`; -ENOENT. */
static inline int topology_find_node(const struct topology *t, unsigned os)
{
	for (unsigned i = 0; i < t->n_nodes; i++)
		if (t->nodes[i].os == os)
			return (int)i;
	return -ENOENT;
}

/* Says of each PU which domains it is in, its node among them. 0 or -ENOMEM. */
int topology_read_domains(struct topology *t, struct hwloc_topology *h);

#endif
