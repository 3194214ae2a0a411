/* SPDX-License-Identifier: MIT */
/*
 * Planning for a machine that is described by hwloc's XML, or, where the input does not begin with "<", by
 * its synthetic notation: placements are of PUs that may be used and of the relation asked for, and a plan
 * is made of cells whose command lines can be read.
 */
#include "bench/command/ipc_options.h"
#include "bench/command/sync_options.h"
#include "bench/machine/placement.h"
#include "bench/record/matrix.h"
#include "bench/record/schedule.h"
#include "tests/fuzz/fuzz.h"

#define PLACED_MAX 64  /* PUs; more only take longer */
#define PLANNED_MAX 16 /* likewise */

/* hwloc 2.9 forgets what it has read of a synthetic notation that turns out to be wrong. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libhwloc";
}

static int load(struct topology **t, const uint8_t *data, size_t size)
{
	char *text;
	int err;

	if (size && *data == '<') {
		setenv("HWLOC_XMLFILE", fuzz_file(data, size), 1);
		return topology_load(t);
	}
	text = strndup((const char *)data, size);
	err = topology_load_synthetic(t, text);
	free(text);
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
	struct sync_options so;
	struct ipc_options io;
	struct options o;
	int argc = 0;

	plan_command(cell, &command);
	while (command.argv[argc])
		argc++;
	options_init(&o, command.argv[0]);
	ipc_options_init(&io);
	sync_options_init(&so);
	if (!strncmp(command.argv[0], "ipc_", 4))
		CLAIM(!ipc_options_read(&o, &io, argc, command.argv));
	else
		CLAIM(!sync_options_read(&o, &so, argc, command.argv));
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
