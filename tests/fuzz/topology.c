/* SPDX-License-Identifier: MIT */
/*
 * Planning for machines as hwloc's XML describes them. The first line of the input is a machine of
 * tests/data/ or one in hwloc's synthetic notation; each other line "NAME N VALUE" gives the Nth
 * attribute NAME of its XML that value. (XML of any bytes finds faults of hwloc alone, which trusts
 * it: it is the user's own file.) Placements are of PUs that may be used and of the relation asked
 * for, and a plan is made of cells whose command lines can be read.
 */
/* needs: hwloc */
#include <ctype.h>
#include <hwloc.h>

#include "bench/machine/placement.h"
#include "bench/plan/matrix.h"
#include "bench/plan/schedule.h"
#include "bench/program/ipc_options.h"
#include "bench/program/sync_options.h"
#include "tests/fuzz/fuzz.h"

#define PLACED_MAX 64	/* PUs; more only take longer */
#define PLANNED_MAX 16	/* likewise */
#define INDEX_MAX 65536 /* number of a PU: hwloc has a bit for each up to it, in many sets */

/* hwloc 2.9 forgets what it has read of a synthetic notation that turns out to be wrong. */
const char *__lsan_default_suppressions(void); /* NOLINT: its name */
const char *__lsan_default_suppressions(void)  /* NOLINT: its name */
{
	return "leak:libhwloc";
}

/* A file of tests/data/ by its name without ending; NULL when there is none. */
static char *of_file(const char *name)
{
	char path[64], *text = NULL;
	size_t size = 0;
	FILE *in;

	if (strchr(name, '/') || strlen(name) > 20)
		return NULL;
	snprintf(path, sizeof(path), "tests/data/%s.xml", name);
	in = fopen(path, "re");
	if (in && getdelim(&text, &size, '\0', in) <= 0)
		text = NULL;
	if (in)
		fclose(in);
	return text;
}

/*
 * Whether the machine is of a size that hwloc is done with in this minute: the product of all
 * numbers, but for those in names ("l3:2") and of PUs ("indexes=0,4").
 */
static bool is_small(const char *description)
{
	unsigned long objects = 1;
	char *end;

	for (const char *at = description; *at; at = isdigit((uint8_t)*at) ? end : at + 1) {
		char before = at == description ? ' ' : at[-1];
		unsigned long n = strtoul(at, &end, 0);

		if (!isdigit((uint8_t)*at) || (isalpha((uint8_t)before) && *end == ':'))
			continue;
		if (strchr("=,", before) ? n > INDEX_MAX : n > PLACED_MAX)
			return false;
		if (!strchr("=,", before))
			objects *= n ? n : 1;
		if (objects > PLACED_MAX)
			return false;
	}
	return true;
}

/* The same of a synthetic machine. */
static char *of_notation(const char *description)
{
	char *text = NULL, *xml;
	hwloc_topology_t h;
	int size;

	if (!is_small(description) || hwloc_topology_init(&h))
		return NULL;
	if (!hwloc_topology_set_synthetic(h, description) && !hwloc_topology_load(h) &&
	    !hwloc_topology_export_xmlbuffer(h, &xml, &size, 0)) {
		text = strdup(xml);
		hwloc_free_xmlbuffer(h, xml);
	}
	hwloc_topology_destroy(h);
	return text;
}

/* `xml` with the change that `line` asks for; frees it. */
static char *changed(char *xml, const char *line)
{
	static const char *const names[] = {"os_index", "local_memory", "value", "depth"};
	char name[16], value[64], attribute[32], *at = xml, *text = NULL;
	unsigned nth = 0;
	size_t i = 0;

	if (sscanf(line, "%15s %u %63[^\"<>&\n]", name, &nth, value) != 3)
		return xml;
	while (i < sizeof(names) / sizeof(names[0]) && strcmp(name, names[i]) != 0)
		i++;
	if (i == sizeof(names) / sizeof(names[0]))
		return xml;
	snprintf(attribute, sizeof(attribute), " %s=\"", name);
	for (i = 0; at && i <= nth % 64; i++) {
		at = strstr(at, attribute);
		at = at ? at + strlen(attribute) : NULL;
	}
	if (!at || asprintf(&text, "%.*s%s%s", (int)(at - xml), xml, value, strchr(at, '"')) < 0)
		return xml;
	free(xml);
	return text;
}

static int load(struct topology **t, const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size), *rest = text;
	char *line = strsep(&rest, "\n"), *xml = of_file(line);
	int err;

	xml = xml ? xml : of_notation(line);
	while (xml && (line = strsep(&rest, "\n")))
		xml = changed(xml, line);
	free(text);
	if (!xml)
		return -1;
	setenv("HWLOC_XMLFILE", fuzz_file(xml, strlen(xml)), 1);
	err = topology_load(t);
	unsetenv("HWLOC_XMLFILE");
	free(xml);
	return err;
}

static void try_placements(const struct topology *t)
{
	unsigned n = topology_allowed_count(t), pus[2 * CREW_MAX];
	struct placement p;

	for (enum relation r = 0; r < RELATION_COUNT; r++) {
		if (placement_find(t, r, &p)) {
			CLAIM(*placement_missing(t, r));
			continue;
		}
		CLAIM(topology_is_allowed(t, p.pu[0]) && topology_is_allowed(t, p.pu[1]));
		CLAIM(topology_relation(t, p.pu[0], p.pu[1]) == r);
		CLAIM(placement_pairs(t, &p, 4, pus) >= 0 && topology_is_allowed(t, pus[7]));
		topology_remote_node(t, p.node[0]);
	}
	for (enum order o = 0; o < ORDER_COUNT; o++) {
		CLAIM(placement_order(t, o, CREW_MAX, pus) >= 0);
		for (unsigned i = 0; i < CREW_MAX; i++)
			CLAIM(topology_is_allowed(t, pus[i]));
	}
	CLAIM(n && placement_spare(t, pus, 2, pus + 2) <= n);
}

/* A command line that a sweep would run is one that the microbenchmark takes. */
static void try_command(const struct row *cell)
{
	static struct plan_command command;
	bool ipc = !strcmp(row_get_text(cell, COL_group), "ipc");
	static struct options o;
	int argc = 0;

	plan_command(cell, &command);
	while (command.argv[argc])
		argc++;
	CLAIM(argc);
	options_init(&o, command.argv[0], ipc ? GROUP_IPC : GROUP_SYNC);
	o.ask.can = ipc ? USE_IPC : USE_SYNC;
	CLAIM(!options_read(&o, argc, command.argv));
}

static void try_plan(const struct topology *t)
{
	/* all mechanisms only take longer */
	struct plan_request request = {
		.only = "ipc/pipe:pair,sync/queue_mutex:*", .budget_ns = 9000000000, .seed = 7};
	struct schedule s = {.steps = NULL};
	struct matrix m;
	struct plan plan;

	if (!plan_make(&request, t, &plan)) {
		CLAIM(plan.n_run <= plan.n_cells);
		for (size_t i = 0; i < plan.n_cells; i += 1 + plan.n_cells / 16)
			try_command(&plan.cells[i]);
		CLAIM(!schedule_begin(&s, &plan) && s.n == plan.n_run * plan.blocks);
		schedule_free(&s);
		plan_free(&plan);
	}
	if (!matrix_make(t, 50, 7, &m)) {
		for (size_t i = 0; i < m.n; i++)
			CLAIM(topology_is_allowed(t, m.pairs[i].pu[1]));
		matrix_free(&m);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct topology *t;

	if (load(&t, data, size))
		return 0;
	if (topology_counts(t).pus <= PLACED_MAX)
		try_placements(t);
	if (topology_counts(t).pus <= PLANNED_MAX)
		try_plan(t);
	topology_free(t);
	return 0;
}
