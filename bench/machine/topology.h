/* SPDX-License-Identifier: MIT */
/*
 * What this machine is made of: PUs, the caches, nodes and packages they share, and which of them
 * this process may use. Everything is read from hwloc once, into a table: later questions cost a
 * look-up. PUs and nodes are named by OS index everywhere, as taskset and numactl do.
 */
#ifndef BENCH_MACHINE_TOPOLOGY_H
#define BENCH_MACHINE_TOPOLOGY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct topology;

/*
 * How two PUs lie to each other: the closest domain they share. The domains are made to nest,
 * whatever the machine says: two PUs share a core, an L2, an L3, a node only if they share every
 * wider one too. So: cores of one L3 that lies across two nodes (sub-NUMA clusters) are same-l3
 * inside a node and same-package across; two packages that form one node (node interleaving,
 * numa=off) are other-package, since the link between them is there whatever the firmware calls it,
 * with numa_distance 10 beside it. Only where packages share a node (guests that give each CPU a
 * package) are pairs that cross nodes told from them: other-node. The names therefore mean the same
 * with every such setting, and profiles can be compared. A level that the machine does not report
 * shares what the next narrower one shares; a machine that reports no package is one package.
 */
enum relation {
	RELATION_SAME_PU,	/* one PU: the two take turns */
	RELATION_SMT,		/* two PUs of one core */
	RELATION_SAME_L2,	/* two cores, one level-2 cache */
	RELATION_SAME_L3,	/* two level-2 caches, one level-3 cache */
	RELATION_SAME_NODE,	/* two level-3 caches, one NUMA node of one package */
	RELATION_SAME_PACKAGE,	/* two NUMA nodes, one package */
	RELATION_OTHER_PACKAGE, /* two packages; of one NUMA node, where packages share one */
	RELATION_OTHER_NODE,	/* two packages of two NUMA nodes, where packages share a node */
	RELATION_COUNT
};

/* Numbers of things in the whole machine, allowed or not. */
struct topology_counts {
	unsigned packages; /* physical packages; 1 where none is reported */
	unsigned nodes;	   /* NUMA nodes, memory-only ones included */
	unsigned cores;	   /* physical cores; PUs where none is reported */
	unsigned pus;	   /* online processing units */
	unsigned allowed;  /* of them, usable by this process */
};

/*
 * Reads the machine into *ret: this one, or the one that HWLOC_XMLFILE or HWLOC_SYNTHETIC names. Of
 * this machine the allowed PUs are those that the cgroup and the binding of the calling thread
 * allow: load before pinning. 0, -ENOMEM, -EINVAL when hwloc cannot read it, -ENOENT when no PU is
 * allowed.
 */
int topology_load(struct topology **ret);

/*
 * Environment variable that names a file with this machine's topology as hwloc's XML: what a
 * driver has read and hands on, because reading it anew takes milliseconds, seconds on large
 * machines. topology_load() obeys it; what this process may use is still asked of the kernel.
 */
#define TOPOLOGY_VARIABLE "HANDOFF_TOPOLOGY"

/* Like topology_load(), and the XML for TOPOLOGY_VARIABLE into *xml, to be freed. */
int topology_load_xml(struct topology **ret, char **xml);

/*
 * Builds the machine of hwloc's synthetic `description` ("package:2 core:4 pu:2"), all PUs allowed.
 * As above.
 */
int topology_load_synthetic(struct topology **ret, const char *description);

/* Why loading failed with `err`, in one clause: also what hwloc was told by its variables. */
const char *topology_explain(int err);

/* Frees `t`; NULL is fine. */
void topology_free(struct topology *t);

/*
 * Allows only the `n` PUs of `pus`, as sched_getaffinity() reports them, among those that the
 * machine allows. Where that is every PU but the isolated ones, it is what the kernel gives to
 * every process under isolcpus= and nobody's wish: then the isolated ones are allowed too. 0,
 * -ENOMEM; -ENOENT, with nothing changed, when no PU would be left.
 */
int topology_allow(struct topology *t, const unsigned *pus, unsigned n);

/*
 * Marks the PUs of `list` ("2-3,8", as in /sys/devices/system/cpu/isolated) isolated, all others
 * not. 0 or -EINVAL.
 */
int topology_isolate(struct topology *t, const char *list);

/*
 * Counts the device interrupts of each PU from `in`, which has the form of /proc/interrupts. Only
 * numbered lines count: the named ones (timer, rescheduling) follow what runs on a PU, ours
 * included. 0 or -ENOMEM.
 */
int topology_count_interrupts(struct topology *t, FILE *in);

/*
 * Whether `t` describes the machine that this process runs on, so that pinning by it makes sense.
 */
bool topology_is_this_machine(const struct topology *t);

/* Whether the machine is a guest: its topology is then the hypervisor's claim. */
bool topology_is_virtual(const struct topology *t);

/* Numbers of things, for people. */
struct topology_counts topology_counts(const struct topology *t);

/* PUs that this process may use, at least 1. */
unsigned topology_allowed_count(const struct topology *t);

/*
 * The `nth` (from 0, below the count above) allowed PU in logical order: neighbours are close to
 * each other.
 */
unsigned topology_allowed_pu(const struct topology *t, unsigned nth);

/* The `nth` (from 0, below counts.pus) PU of the machine in logical order, allowed or not. */
unsigned topology_pu(const struct topology *t, unsigned nth);

/* Whether PU `pu` is online on this machine. */
bool topology_exists(const struct topology *t, unsigned pu);

/* Whether `pu` exists and this process may use it. */
bool topology_is_allowed(const struct topology *t, unsigned pu);

/* The rest asks about PUs that exist. */

/* hwloc's logical index (L#) of `pu`. */
unsigned topology_logical(const struct topology *t, unsigned pu);

/* The NUMA node of `pu`; of several (DRAM and high-bandwidth memory), the lowest. */
unsigned topology_node(const struct topology *t, unsigned pu);

/*
 * Kind of core of `pu`: "P", "E", or "kind0" (most efficient), "kind1" ...; "" where all cores are
 * alike.
 */
const char *topology_core_kind(const struct topology *t, unsigned pu);

/* Performance rank of the kind of core of `pu`, 0 = the slowest kind; 0 where all are alike. */
unsigned topology_core_rank(const struct topology *t, unsigned pu);

/* Whether the scheduler keeps other work off `pu` (isolcpus=). */
bool topology_is_isolated(const struct topology *t, unsigned pu);

/* Device interrupts that `pu` served since boot; 0 on another machine. */
uint64_t topology_interrupts(const struct topology *t, unsigned pu);

/*
 * A number for the domain of `pu` that `relation` (not RELATION_OTHER_NODE) names: its core for
 * RELATION_SMT and so on: which of topology_pu() is its first PU. Two PUs share the domain when the
 * numbers are equal.
 */
unsigned topology_domain(const struct topology *t, unsigned pu, enum relation relation);

/* The closest relation that holds between `a` and `b`. */
enum relation topology_relation(const struct topology *t, unsigned a, unsigned b);

/*
 * NUMA distance from the node of PU `a` to that of `b` (firmware's units, 10 = local), -1 =
 * unknown.
 */
int topology_distance(const struct topology *t, unsigned a, unsigned b);

/*
 * `node` where it has memory that we may use; else the nearest by distance that has, the lowest
 * index of equals; `node` where none has.
 */
unsigned topology_memory_node(const struct topology *t, unsigned node);

/*
 * The node whose memory is remote to `node`: the farthest by distance that has memory we may use, a
 * node of other PUs before a memory-only one, the lowest index of equals. Its index, or -ENOENT
 * when there is none.
 */
int topology_remote_node(const struct topology *t, unsigned node);

/*
 * "same-pu", "smt", "same-l2", "same-l3", "same-node", "same-package", "other-package",
 * "other-node".
 */
const char *relation_name(enum relation relation);

/* The relation called `name` into *ret; 0 or -EINVAL. */
int relation_parse(const char *name, enum relation *ret);

#endif
