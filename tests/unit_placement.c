/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/*
 * Relations, representative pairs, orders and pinning, on described machines of many shapes and on
 * this one.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/machine/placement.h"
#include "bench/machine/topology.h"
#include "bench/measure/ipc_session.h"
#include "tests/tap.h"
#include "tests/tree.h"

/*
 * A machine whose PUs are numbered in logical order, so that arithmetic tells what two of them
 * share.
 */
struct machine {
	const char *description;	   /* for hwloc's synthetic backend */
	unsigned pus;			   /* in all */
	unsigned per[RELATION_OTHER_NODE]; /* PUs in a domain, by relation; 0 = all of them */
};

static const struct machine machines[] = {
	{"pu:1", 1, {1, 1, 1, 1, 1, 1}},
	{"core:2 pu:1", 2, {1, 1, 1, 1, 2, 2}},
	{"core:1 pu:2", 2, {1, 2, 2, 2, 2, 2}},
	{"l3:1 l2:1 core:2 pu:1", 2, {1, 1, 2, 2, 2, 2}},
	{"l2:2 core:2 pu:1", 4, {1, 1, 2, 2, 4, 4}},
	{"pack:2 core:4 pu:2", 16, {1, 2, 2, 2, 8, 8}},
	{"pack:2 l3:2 core:4 pu:1", 16, {1, 1, 1, 4, 8, 8}},
	{"pack:2 numa:4 l3:2 l2:2 core:2 pu:2", 128, {1, 2, 4, 8, 16, 64}},
	{"pack:1 numa:4 l3:1 l2:3 core:1 pu:2", 24, {1, 2, 2, 6, 6, 24}},
	{"node:1 pack:2 l3:1 l2:2 core:1 pu:2", 8, {1, 2, 2, 4, 4, 4}},
	{"node:1 pack:2 l3:2 core:2 pu:1", 8, {1, 1, 1, 2, 4, 4}},
	{"numa:2 pack:8 core:1 pu:1", 16, {1, 1, 1, 1, 1, 1, 8}}, /* a guest's */
	{"numa:2 pack:2 l3:1 core:2 pu:2", 16, {1, 2, 2, 4, 4, 4, 8}},
	{"numa:1 pack:8 core:1 pu:1", 8, {1, 1, 1, 1, 1, 1}},
	{"numa:2 pack:1 core:2 pu:1", 4, {1, 1, 1, 1, 2, 2}},
	{"pack:2 l3:1 numa:2 l2:2 core:2 pu:1", 16, {1, 1, 2, 4, 4, 8}},
	{"pack:4 numa:2 l3:4 l2:8 core:1 pu:2", 512, {1, 2, 2, 16, 64, 128}},
};

static enum relation expected(const struct machine *m, unsigned a, unsigned b)
{
	unsigned r = RELATION_SAME_PU;

	while (r < RELATION_OTHER_NODE && m->per[r] && a / m->per[r] != b / m->per[r])
		r++;
	return r;
}

/* Whether every pair has the relation that arithmetic says, both ways round. */
static bool relations_agree(const struct topology *t, const struct machine *m)
{
	for (unsigned a = 0; a < m->pus; a++)
		for (unsigned b = 0; b < m->pus; b++)
			if (topology_relation(t, a, b) != expected(m, a, b))
				return false;
	return true;
}

/* Whether two PUs that `t` allows have the relation. */
static bool has_pair(const struct topology *t, const struct machine *m, enum relation r)
{
	for (unsigned a = 0; a < m->pus; a++)
		for (unsigned b = 0; b < m->pus; b++)
			if (expected(m, a, b) == r && topology_is_allowed(t, a) &&
			    topology_is_allowed(t, b))
				return true;
	return false;
}

/*
 * Every relation that exists is found, on allowed PUs that have it and none closer; the others are
 * missing.
 */
static void check_pairs(const struct topology *t, const struct machine *m, const char *which)
{
	for (unsigned r = 0; r < RELATION_COUNT; r++) {
		bool have = has_pair(t, m, r), good;
		struct placement p, again;
		int err = placement_find(t, r, &p);

		if (have)
			good = !err && expected(m, p.pu[0], p.pu[1]) == r && p.relation == r &&
			       topology_is_allowed(t, p.pu[0]) && topology_is_allowed(t, p.pu[1]) &&
			       !placement_find(t, r, &again) && p.pu[0] == again.pu[0] &&
			       p.pu[1] == again.pu[1];
		else
			good = err == -ENOENT && *placement_missing(t, r) &&
			       !strchr(placement_missing(t, r), ',');
		ok(good, "%s, %s: %s is %s", m->description, which, relation_name(r),
		   have ? "found" : "missing");
	}
}

static void test_machine(const struct machine *m)
{
	unsigned pus[512], n = 0;
	struct topology *t;

	if (!ok(!topology_load_synthetic(&t, m->description), "%s loads", m->description))
		return;
	ok(topology_allowed_count(t) == m->pus && topology_counts(t).pus == m->pus &&
		   !topology_is_this_machine(t),
	   "%s has %u PUs, all allowed", m->description, m->pus);
	ok(relations_agree(t, m), "%s: each pair has its relation", m->description);
	check_pairs(t, m, "all PUs");
	for (unsigned pu = 0; pu < m->pus; pu += 3)
		pus[n++] = pu;
	ok(!topology_allow(t, pus, n) && topology_allowed_count(t) == n, "every third PU allowed");
	check_pairs(t, m, "every third PU");
	ok(!topology_allow(t, pus, 1) && topology_allowed_count(t) == 1, "only PU 0 allowed");
	check_pairs(t, m, "PU 0");
	topology_free(t);
}

static struct topology *synthetic(const char *description)
{
	struct topology *t = NULL;

	if (!ok(!topology_load_synthetic(&t, description), "%s loads", description))
		exit(done_testing());
	return t;
}

static bool finds(const struct topology *t, enum relation relation, unsigned a, unsigned b)
{
	struct placement p;

	return !placement_find(t, relation, &p) && p.pu[0] == a && p.pu[1] == b;
}

/* Puts counts of device interrupts into `t` as /proc/interrupts would say them. */
static int interrupts(struct topology *t, const char *text)
{
	FILE *in = fmemopen((void *)text, strlen(text), "r");
	int err = in ? topology_count_interrupts(t, in) : -errno;

	if (in)
		fclose(in);
	return err;
}

static void test_preferences(void)
{
	struct topology *t = synthetic("pack:2 core:4 pu:2");
	struct placement p;

	ok(finds(t, RELATION_SAME_PU, 2, 2), "same-pu keeps off PU 0 and its sibling");
	ok(finds(t, RELATION_SMT, 2, 3), "smt keeps off the core of PU 0");
	ok(finds(t, RELATION_SAME_NODE, 2, 4), "same-node keeps off the core of PU 0");
	ok(finds(t, RELATION_OTHER_PACKAGE, 2, 8), "other-package keeps the initiator");

	ok(!interrupts(t, "           CPU0 CPU2 CPU3 CPU8\n"
			  "  9:        1    900    0      4   IO-APIC  acpi\n"
			  " 11:        0      0    5  90000   GICv3 27 Level  arch_timer\n"
			  "LOC:        5      0    0  90000   Local timer interrupts\n"),
	   "interrupts are read");
	ok(topology_interrupts(t, 0) == 1 && topology_interrupts(t, 2) == 900 &&
		   topology_interrupts(t, 3) == 0 && topology_interrupts(t, 8) == 4,
	   "columns are matched by PU, timers do not count");
	ok(finds(t, RELATION_SAME_PU, 3, 3), "same-pu keeps off the PU that serves the interrupts");
	ok(finds(t, RELATION_SMT, 4, 5), "smt keeps off the core that serves the interrupts");
	ok(!interrupts(t, "") && !interrupts(t, "CPU0 CPU99\n 1: 5\n 2: x y\n 3:\n:\n\n"),
	   "cut or foreign interrupt tables do no harm");

	ok(!topology_isolate(t, "0-1,6,12-15\n"), "a list of isolated PUs is read");
	ok(topology_is_isolated(t, 6) && !topology_is_isolated(t, 7) && topology_is_isolated(t, 13),
	   "the isolated PUs are those of the list");
	ok(finds(t, RELATION_SMT, 12, 13), "isolated PUs are preferred, PU 0 is not");
	ok(!placement_find(t, RELATION_SMT, &p) && p.isolated, "the pair is marked isolated");
	ok(!placement_of(t, 6, 7, &p) && !p.isolated, "a pair of which one is isolated is not");
	ok(topology_isolate(t, "3-1") == -EINVAL && topology_isolate(t, "a") == -EINVAL &&
		   topology_isolate(t, "1-") == -EINVAL && topology_isolate(t, "1;2") == -EINVAL &&
		   topology_isolate(t, "-1") == -EINVAL && !topology_isolate(t, ""),
	   "a list that is none is refused, an empty one is fine");
	topology_free(t);
}

static void test_allow(void)
{
	static const unsigned first[] = {0, 1}, last[] = {3}, none[] = {99};
	struct topology *t = synthetic("core:4 pu:1");

	ok(topology_allow(t, none, 1) == -ENOENT && topology_allowed_count(t) == 4,
	   "a binding without a PU is refused and changes nothing");
	ok(!topology_allow(t, first, 2) && topology_allowed_count(t) == 2, "a binding is taken");
	ok(!topology_isolate(t, "2-3") && !topology_allow(t, first, 2) &&
		   topology_allowed_count(t) == 4,
	   "all but the isolated PUs is the kernel's default, not a wish");
	ok(!topology_allow(t, first, 1) && topology_allowed_count(t) == 1,
	   "fewer than these is a wish");
	ok(!topology_allow(t, last, 1) && topology_allowed_count(t) == 1 &&
		   topology_allowed_pu(t, 0) == 3,
	   "an isolated PU can be wished for");
	topology_free(t);
}

static void test_choice(void)
{
	static const unsigned allowed[] = {2, 3, 8};
	struct topology *t = synthetic("pack:2 numa:1 core:4 pu:2");
	struct placement p;

	ok(!placement_of(t, 0, 9, &p) && p.relation == RELATION_OTHER_PACKAGE && p.pu[0] == 0 &&
		   p.pu[1] == 9 && p.node[0] == 0 && p.node[1] == 1 && p.numa_distance == -1 &&
		   !*p.core_kinds,
	   "a chosen pair is described, what is unknown is left out");
	ok(!placement_of(t, 5, 4, &p) && p.relation == RELATION_SMT && p.pu[0] == 5,
	   "in the order given");
	ok(placement_of(t, 0, 16, &p) == -EINVAL && placement_of(t, -1u, 0, &p) == -EINVAL,
	   "a PU that does not exist is refused");
	ok(!placement_closest_two_cores(t, &p) && p.relation == RELATION_SAME_NODE,
	   "two cores are found");
	topology_allow(t, allowed, 3);
	ok_is(placement_of(t, 2, 4, &p), -EPERM, "a PU that is not allowed is refused");
	ok(!placement_closest_two_cores(t, &p) && p.relation == RELATION_OTHER_PACKAGE &&
		   p.pu[0] == 2 && p.pu[1] == 8,
	   "the closest two cores may be far apart");
	topology_allow(t, allowed, 2);
	ok_is(placement_closest_two_cores(t, &p), -ENOENT, "siblings are not two cores");
	topology_free(t);
}

static void test_orders(void)
{
	static const unsigned compact[] = {0, 1, 2, 3, 4, 5, 6, 7, 0, 1};
	static const unsigned scatter[] = {0, 4, 2, 6, 1, 5, 3, 7, 0, 4};
	static const unsigned deep[] = {0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15};
	static const unsigned allowed[] = {1, 2, 3, 6}, holes[] = {1, 6, 2, 3};
	struct topology *t = synthetic("pack:2 core:2 pu:2");
	unsigned pus[16];

	ok(!placement_order(t, ORDER_COMPACT, 8, pus) && !memcmp(pus, compact, 8 * sizeof(*pus)),
	   "compact is the logical order");
	ok(!placement_order(t, ORDER_SCATTER, 8, pus) && !memcmp(pus, scatter, 8 * sizeof(*pus)),
	   "scatter takes packages in turn, siblings last");
	ok(placement_order(t, ORDER_COMPACT, 10, pus) == 1 &&
		   !memcmp(pus, compact, sizeof(compact)),
	   "more threads than PUs start again, compact");
	ok(placement_order(t, ORDER_SCATTER, 10, pus) == 1 &&
		   !memcmp(pus, scatter, sizeof(scatter)),
	   "more threads than PUs start again, scatter");
	topology_allow(t, allowed, 4);
	ok(!placement_order(t, ORDER_SCATTER, 4, pus) && !memcmp(pus, holes, sizeof(holes)),
	   "scatter knows only allowed PUs");
	topology_free(t);
	t = synthetic("pack:2 l3:2 l2:2 core:1 pu:2");
	ok(!placement_order(t, ORDER_SCATTER, 16, pus) && !memcmp(pus, deep, sizeof(deep)),
	   "scatter takes packages, then L3 caches, then L2 caches, then siblings");
	topology_free(t);
}

static void test_spare(void)
{
	static const unsigned two[] = {2, 4}, firsts[] = {0, 2, 4, 6}, siblings[] = {1, 3, 5, 7};
	static const unsigned all[] = {0, 1, 2, 3, 4, 5, 6, 7}, others[] = {0, 1, 6, 7};
	struct topology *t = synthetic("pack:2 core:2 pu:2");
	unsigned spare[8];

	ok(placement_spare(t, two, 2, spare) == 4 && !memcmp(spare, others, sizeof(others)),
	   "spare PUs are those of other cores");
	ok(placement_spare(t, firsts, 4, spare) == 4 && !memcmp(spare, siblings, sizeof(siblings)),
	   "without a free core, those of the same cores");
	ok(!placement_spare(t, all, 8, spare), "with every PU used none is spare");
	ok(placement_spare(t, NULL, 0, spare) == 8, "with no PU used all are");
	ok(placement_beside(t, 2, two, 2) == 1 && placement_beside(t, 4, two, 2) == 6,
	   "beside a PU is the nearest of another core, rather not PU 0");
	ok_is(placement_beside(t, 2, firsts, 4), 3, "without a free core its sibling");
	ok_is(placement_beside(t, 2, all, 8), -ENOENT, "with every PU used none");
	ok(placement_bind_self(t, 1) == -ENODEV && placement_bind_node(t, 0) == -ENODEV &&
		   placement_bind_others(t, two, 2) == -ENODEV,
	   "no thread is bound by another machine's topology");
	topology_free(t);
}

/* Threads of the kernel that work for two sides. */
static void test_helpers(void)
{
	struct topology *t = synthetic("pack:2 core:2 pu:2"), *small = synthetic("core:3 pu:1");
	struct ipc_variant v = {.flags = 0};
	struct ipc_cell cell = {.variant = &v, .topology = t, .seats = {.n = 2, .pu = {2, 4}}};
	char reason[CREW_REASON] = "";
	unsigned pus[CREW_MAX];

	ok_is(ipc_place_helpers(&cell, pus, reason), 0, "without the flag there are no helpers");
	v.flags = IPC_HELPERS;
	ok(ipc_place_helpers(&cell, pus, reason) == 2 && pus[0] == 1 && pus[1] == 6,
	   "each side's helper has a PU of its own near it");
	cell.ask.pairs = 2;
	memcpy(cell.seats.pu, (unsigned[]){2, 3, 4, 5}, 4 * sizeof(*cell.seats.pu));
	ok(ipc_place_helpers(&cell, pus, reason) == 4 && pus[0] == 1 && pus[1] == 6 &&
		   pus[2] == 7 && pus[3] == 0,
	   "and no two have the same: rather a core of its own than one that is near");
	cell.ask.pairs = 1;
	cell.seats.free = true;
	ok_is(ipc_place_helpers(&cell, pus, reason), 0, "where the scheduler places, it does");
	cell.topology = small;
	ok(!*reason && ipc_place_helpers(&cell, pus, reason) == -EOPNOTSUPP &&
		   strstr(reason, "no CPU is left"),
	   "unless it has too few PUs for it: %s", reason);
	cell.seats.free = false;
	cell.seats.pu[0] = 0;
	cell.seats.pu[1] = 1;
	*reason = '\0';
	ok(ipc_place_helpers(&cell, pus, reason) == -EOPNOTSUPP && *reason,
	   "two sides and one PU more are too few");
	topology_free(t);
	topology_free(small);
}

/* The kernel's line of a thread, whose name may look like the end of itself. */
static void test_seen(void)
{
	tree_new();
	tree_put("/proc/7/task/8/stat", "8 (a) R 1 2 (b)) S 1 7 7 0 -1 4194560 5 0 0 0 1 2 0 0 20 "
					"0 1 0 99 3 4 5 6 7 8 9 10 "
					"11 0 0 0 1 0 0 17 13 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
	ok_is(placement_seen(tree_root, 7, 8), 13, "the CPU that a thread was on last");
	ok_is(placement_seen(tree_root, 7, 9), -ENOENT, "of one that has ended there is none");
	tree_put("/proc/7/task/8/stat", "8 (a) S 1 7\n");
	ok_is(placement_seen(tree_root, 7, 8), -EBADMSG, "nor where the kernel does not say it");
	ok(placement_seen("", getpid(), getpid()) >= 0, "here it does");
	tree_remove();
}

static struct topology *from_xml(const char *path)
{
	struct topology *t = NULL;

	setenv("HWLOC_XMLFILE", path, 1);
	if (!ok(!topology_load(&t), "%s loads", path))
		exit(done_testing());
	ok(!topology_is_this_machine(t), "%s is not this machine", path);
	unsetenv("HWLOC_XMLFILE");
	return t;
}

static void test_hybrid(void)
{
	struct topology *t = from_xml("tests/data/hybrid.xml");
	static const unsigned two_kinds[] = {2, 4, 5}, housekeeper[] = {0, 2, 4, 5};
	unsigned pus[8];
	struct placement p;

	ok(!strcmp(topology_core_kind(t, 1), "P") && !strcmp(topology_core_kind(t, 7), "E") &&
		   topology_core_rank(t, 1) == 1 && topology_core_rank(t, 7) == 0,
	   "the kinds of cores are told apart");
	ok(!placement_find(t, RELATION_SAME_PU, &p) && p.pu[0] == 2 && !strcmp(p.core_kinds, "P+P"),
	   "a fast core is preferred");
	ok(!placement_find(t, RELATION_SAME_L2, &p) && p.pu[0] == 4 && !strcmp(p.core_kinds, "E+E"),
	   "only slow cores share an L2");
	ok(!placement_find(t, RELATION_SAME_L3, &p) && !strcmp(p.core_kinds, "P+P"),
	   "a pair is of one kind, rather than keep off PU 0");
	ok(!placement_closest_two_cores(t, &p) && !strcmp(p.core_kinds, "P+P"),
	   "the closest two cores are of the fastest kind, though slow ones are closer");
	ok(!placement_order(t, ORDER_SCATTER, 8, pus) && topology_core_rank(t, pus[3]) == 1 &&
		   !topology_core_rank(t, pus[4]),
	   "scattered threads take the fast cores first");
	ok(!placement_order(t, ORDER_COMPACT, 8, pus) && pus[0] == 0 && pus[7] == 7,
	   "and so do compact ones");
	topology_allow(t, housekeeper, 4);
	ok(!placement_find(t, RELATION_SAME_L3, &p) && p.pu[0] == 0 && p.pu[1] == 2,
	   "two of one kind, even with PU 0");
	topology_allow(t, two_kinds, 3);
	ok(!placement_find(t, RELATION_SAME_L3, &p) && p.pu[0] == 2 && p.pu[1] == 4 &&
		   !strcmp(p.core_kinds, "P+E"),
	   "a pair of two kinds, where there is none of one, says so, in the order of its PUs");
	ok(!placement_closest_two_cores(t, &p) && !strcmp(p.core_kinds, "E+E"),
	   "two slow cores, where there is one fast");
	topology_free(t);
}

/*
 * That machine, its slow cores without their common L2: a fast and a slow one are as close as two
 * slow ones.
 */
static void test_one_kind(void)
{
	static const char path[] = "tests/data/hybrid.xml", close[] = "        </object>\n";
	static const unsigned one_fast[] = {2, 4, 5};
	char copy[] = "/tmp/handoff-placement-XXXXXX", line[4096];
	FILE *in = fopen(path, "re"), *out = fdopen(mkstemp(copy), "w");
	unsigned closed = 0;
	struct topology *t;
	struct placement p;

	while (in && out && fgets(line, sizeof(line), in))
		if (!strstr(line, "\"L2Cache\" cpuset=\"0x000000f0\"") &&
		    (strcmp(line, close) || ++closed != 3))
			fputs(line, out);
	if (in)
		fclose(in);
	if (out)
		fclose(out);
	t = from_xml(copy);
	topology_allow(t, one_fast, 3);
	ok(!placement_find(t, RELATION_SAME_L3, &p) && !strcmp(p.core_kinds, "E+E"),
	   "two of one kind, rather than one that is faster");
	topology_free(t);
	unlink(copy);
}

/* The machine of memory_only_node.xml, nodes 0 and 3 without a byte of memory. */
static void test_node_without_memory(void)
{
	static const char path[] = "tests/data/memory_only_node.xml";
	char copy[] = "/tmp/handoff-placement-XXXXXX", line[4096], *memory;
	FILE *in = fopen(path, "re"), *out = fdopen(mkstemp(copy), "w");
	struct topology *t;

	while (in && out && fgets(line, sizeof(line), in)) {
		memory = strstr(line, "local_memory=\"");
		if (memory && (strstr(line, " os_index=\"0\"") || strstr(line, " os_index=\"3\"")))
			snprintf(memory, sizeof(line) - (size_t)(memory - line),
				 "local_memory=\"0\"/>\n");
		fputs(line, out);
	}
	if (in)
		fclose(in);
	if (out)
		fclose(out);
	t = from_xml(copy);
	ok(topology_memory_node(t, 2) == 2, "a node with memory is its own");
	ok(topology_memory_node(t, 0) == 1, "of one without, the nearest that has some");
	ok(topology_memory_node(t, 9) == 9, "a node that does not exist is left to fail");
	topology_free(t);
	unlink(copy);
}

static void test_nodes(void)
{
	static const unsigned ends[] = {0, 1, 4};
	struct topology *t = from_xml("tests/data/memory_only_node.xml");
	struct placement p;

	ok(topology_counts(t).nodes == 4 && topology_node(t, 0) == 0 && topology_node(t, 5) == 2,
	   "a PU's node is the nearest, not the memory-only one");
	ok(topology_distance(t, 0, 1) == 10 && topology_distance(t, 0, 4) == 31 &&
		   topology_distance(t, 4, 2) == 21,
	   "distances are read");
	ok(!placement_find(t, RELATION_OTHER_PACKAGE, &p) && p.pu[0] == 1 && p.pu[1] == 2 &&
		   p.numa_distance == 21 && p.node[0] == 0 && p.node[1] == 1,
	   "of several other packages the nearest is taken");
	topology_allow(t, ends, 3);
	ok(!placement_find(t, RELATION_OTHER_PACKAGE, &p) && p.pu[1] == 4 && p.numa_distance == 31,
	   "the farther one where it is the only one");
	ok(topology_remote_node(t, 0) == 2 && topology_remote_node(t, 2) == 0,
	   "remote memory is the farthest that other PUs have, not the memory-only node's");
	ok_is(topology_remote_node(t, 9), -ENOENT, "a node that does not exist has no remote one");
	topology_free(t);
	t = synthetic("[numa(memory=1GB)] pack:1 [numa(memory=1GB)] core:2 pu:1");
	ok_is(topology_remote_node(t, topology_node(t, 0)), (int)(1 - topology_node(t, 0)),
	      "a memory-only node is remote where there is no other");
	topology_free(t);
	t = synthetic("pack:1 core:2 pu:1");
	ok_is(topology_remote_node(t, 0), -ENOENT, "one node has no remote one");
	topology_free(t);
}

static void test_bad_machines(void)
{
	struct topology *t;
	enum relation r;

	ok_is(topology_load_synthetic(&t, "nonsense:3"), -EINVAL, "a bad description is refused");
	setenv("HWLOC_XMLFILE", "tests/data/no-such-file.xml", 1);
	ok_is(topology_load(&t), -EINVAL,
	      "an XML file that is not there is not taken for this machine");
	/* what fuzzing found: hwloc takes them */
	setenv("HWLOC_XMLFILE", "tests/data/refused/alien_pu.xml", 1);
	ok_is(topology_load(&t), -EINVAL, "a PU of a number beyond all machines is refused");
	setenv("HWLOC_XMLFILE", "tests/data/refused/same_pu.xml", 1);
	ok_is(topology_load(&t), -EINVAL, "and two PUs of one number");
	unsetenv("HWLOC_XMLFILE");
	for (unsigned i = 0; i < RELATION_COUNT; i++)
		ok(!relation_parse(relation_name(i), &r) && r == i, "%s is parsed",
		   relation_name(i));
	ok(relation_parse("same", &r) == -EINVAL && relation_parse("", &r) == -EINVAL &&
		   relation_parse("smt ", &r) == -EINVAL,
	   "other relations are refused");
}

/*
 * Whether the calling thread may run on exactly the PUs that `t` allows and `wanted` (if any) does
 * not hold.
 */
static bool bound_outside(const struct topology *t, const unsigned *unwanted, unsigned n)
{
	size_t size = CPU_ALLOC_SIZE(1 << 16);
	cpu_set_t *set = CPU_ALLOC(1 << 16);
	bool good = set && !sched_getaffinity(0, size, set);

	for (unsigned i = 0; good && i < topology_allowed_count(t); i++) {
		unsigned pu = topology_allowed_pu(t, i);
		bool wanted = true;

		for (unsigned k = 0; k < n; k++)
			wanted &= unwanted[k] != pu;
		good = wanted == !!CPU_ISSET_S(pu, size, set);
	}
	CPU_FREE(set);
	return good;
}

/* What is bound is what the kernel says: on this machine, with the PUs that there are. */
static void test_binding(void)
{
	struct topology *t, *pinned;
	struct placement p;
	unsigned last, n, *pus;

	if (!ok(!topology_load(&t) && topology_is_this_machine(t), "this machine loads"))
		return;
	n = topology_allowed_count(t);
	pus = calloc(n + 1, sizeof(*pus));
	if (!pus)
		return;
	last = topology_allowed_pu(t, n - 1);
	for (unsigned i = 0; i < n; i++)
		ok(!placement_bind_self(t, topology_allowed_pu(t, i)) &&
			   !placement_check_self(topology_allowed_pu(t, i)) &&
			   sched_getcpu() == (int)topology_allowed_pu(t, i),
		   "the thread is pinned to PU %u", topology_allowed_pu(t, i));
	ok(placement_check_self(last + 1) == -EXDEV && placement_check_self(1 << 20) == -EXDEV,
	   "a pin to another PU is seen");
	ok_is(placement_bind_self(t, 1 << 20), -EINVAL, "no pin to a PU that does not exist");

	ok(!topology_load(&pinned) && topology_allowed_count(pinned) == 1 &&
		   topology_allowed_pu(pinned, 0) == last && topology_counts(pinned).pus >= n,
	   "a pinned process sees the machine, and that it may use one PU of it");
	if (n > 1)
		ok(placement_bind_self(pinned, topology_allowed_pu(t, 0)) == -EPERM &&
			   placement_of(pinned, last, topology_allowed_pu(t, 0), &p) == -EPERM,
		   "a PU outside the binding is refused");
	topology_free(pinned);

	ok(!placement_order(t, ORDER_COMPACT, n, pus) && !placement_bind_others(t, pus, n) &&
		   bound_outside(t, NULL, 0),
	   "with all PUs used the driver runs on all");
	ok_is(placement_check_self(last), (n > 1 ? -EXDEV : 0),
	      "a thread that may run on several is not pinned");
	if (n == 2 && topology_relation(t, pus[0], pus[1]) > RELATION_SMT)
		ok(!placement_bind_others(t, &last, 1) && bound_outside(t, &last, 1),
		   "the driver keeps off the used PU");
	ok(!placement_bind_node(t, topology_node(t, last)), "the thread is bound to a node");
	if (topology_counts(t).nodes == 1)
		ok(bound_outside(t, NULL, 0), "the only node has all PUs");
	ok_is(placement_bind_node(t, 1 << 20), -ENOENT, "no binding to a node without PUs");
	free(pus);
	topology_free(t);
}

/* Pairs of one relation over the machine, until it holds no more of them. */
static void test_pairs(void)
{
	struct topology *t = synthetic("pack:1 l3:1 core:4 pu:2");
	struct placement p;
	unsigned pus[10] = {0}, seen = 0;
	bool apart = true;

	ok(!placement_closest_two_cores(t, &p) && !placement_pairs(t, &p, 4, pus),
	   "four cores with two PUs each hold four pairs");
	for (unsigned i = 0; i < 8; i++) {
		seen |= 1u << pus[i];
		apart = apart && topology_relation(t, pus[i & ~1u], pus[i | 1]) == p.relation;
	}
	ok(seen == 0xff && apart, "no PU twice, and all pairs as far apart as the first");
	ok(placement_pairs(t, &p, 5, pus) == 1 && pus[8] == pus[0] && pus[9] == pus[1],
	   "a fifth shares the PUs of the first");
	ok(!placement_of(t, 4, 4, &p) && !placement_pairs(t, &p, 2, pus) && pus[0] == 4 &&
		   pus[1] == 4 && pus[2] == pus[3] && pus[2] != 4,
	   "pairs on one PU take another PU each");
	topology_free(t);
}

int main(void)
{
	test_pairs();
	for (unsigned i = 0; i < sizeof(machines) / sizeof(*machines); i++)
		test_machine(&machines[i]);
	test_preferences();
	test_allow();
	test_choice();
	test_orders();
	test_spare();
	test_helpers();
	test_seen();
	test_hybrid();
	test_one_kind();
	test_nodes();
	test_node_without_memory();
	test_bad_machines();
	test_binding();
	return done_testing();
}
