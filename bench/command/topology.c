/* SPDX-License-Identifier: MIT */
/* `handoff topology`: what this machine is made of, and which PUs stand for each relation. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/machine/placement.h"
#include "bench/machine/topology.h"
#include "bench/record/csv.h"

static const char help[] =
	"Usage: handoff topology [--csv]\n"
	"Shows the machine, and one pair of CPUs for each distance between two CPUs.\n"
	"  --csv   as CSV: "
	"relation,cpus,numa_distance,core_kinds,isolated,virtual,available,reason\n"
	"L# is hwloc's logical index. P# is the number that the kernel and --cpus use.\n";

static const char *yes_no(bool yes)
{
	return yes ? "yes" : "no";
}

static const char *plural(unsigned n)
{
	return n == 1 ? "" : "s";
}

static void print_machine(const struct topology *t)
{
	struct topology_counts c = topology_counts(t);

	printf("machine: %u package%s, %u NUMA node%s, %u core%s, %u CPU%s (%u allowed)%s\n",
	       c.packages, plural(c.packages), c.nodes, plural(c.nodes), c.cores, plural(c.cores),
	       c.pus, plural(c.pus), c.allowed,
	       topology_is_this_machine(t) ? ""
					   : ", described by HWLOC_XMLFILE or HWLOC_SYNTHETIC");
	if (topology_is_virtual(t))
		printf("virtual: a guest; this topology is what the hypervisor claims\n");
	printf("\n%-14s %-12s %-12s %-13s %-12s %s\n", "relation", "CPUs (L#)", "CPUs (P#)",
	       "NUMA distance", "core kinds", "isolated");
}

/* The NUMA distance in decimal into `text`, nothing where it is unknown. */
static const char *distance_text(int distance, char text[12])
{
	if (distance < 0)
		return "";
	snprintf(text, 12, "%d", distance);
	return text;
}

static void print_row(const struct topology *t, enum relation relation)
{
	struct placement p;
	char logical[32], os[32], distance[12];

	if (placement_find(t, relation, &p)) {
		printf("%-14s missing: %s\n", relation_name(relation),
		       placement_missing(t, relation));
		return;
	}
	snprintf(logical, sizeof(logical), "%u+%u", topology_logical(t, p.pu[0]),
		 topology_logical(t, p.pu[1]));
	snprintf(os, sizeof(os), "%u+%u", p.pu[0], p.pu[1]);
	distance_text(p.numa_distance, distance);
	printf("%-14s %-12s %-12s %-13s %-12s %s\n", relation_name(relation), logical, os,
	       p.numa_distance < 0 ? "unknown" : distance, *p.core_kinds ? p.core_kinds : "alike",
	       yes_no(p.isolated));
}

static void print_csv_row(const struct topology *t, enum relation relation)
{
	const char *virtual = yes_no(topology_is_virtual(t));
	struct placement p;
	char distance[12], why[256];

	if (placement_find(t, relation, &p))
		printf("%s,,,,,%s,no,%s\n", relation_name(relation), virtual,
		       csv_quote(why, placement_missing(t, relation)));
	else
		printf("%s,%u+%u,%s,%s,%s,%s,yes,\n", relation_name(relation), p.pu[0], p.pu[1],
		       distance_text(p.numa_distance, distance), p.core_kinds, yes_no(p.isolated),
		       virtual);
}

/* --csv, the only one. */
static int take_option(void *to, int option, const char *value, char *want)
{
	*(bool *)to = true;
	return 0;
}

int command_topology(int argc, char **argv)
{
	static const struct option options[] = {SWITCH("csv", 'c'), OPTIONS_END};
	static const struct arguments arguments = {"handoff topology", help, options, take_option,
						   false};
	struct topology *t;
	bool csv = false;
	int err = arguments_read(&arguments, &csv, argc, argv);

	if (err)
		return err < 0 ? 0 : err;
	err = topology_load(&t);
	if (err) {
		fprintf(stderr, "handoff topology: cannot read the machine: %s\n",
			topology_explain(err));
		return EX_UNAVAILABLE;
	}
	if (csv)
		printf("relation,cpus,numa_distance,core_kinds,isolated,virtual,available,"
		       "reason\n");
	else
		print_machine(t);
	for (unsigned r = 0; r < RELATION_COUNT; r++)
		csv ? print_csv_row(t, r) : print_row(t, r);
	topology_free(t);
	return EX_OK;
}
