/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/* The steps of a sweep: in plan.csv as they were made, and what is no plan is refused. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/plan/schedule.h"
#include "tests/tree.h"

static struct plan plan, again;
static struct schedule made, loaded;
static struct rundir dir;
static char error[512];

/* Four cells, of which the third cannot run. */
static void make_plan(void)
{
	plan = (struct plan){.cells = calloc(4, sizeof(*plan.cells)), .n_cells = 4, .n_run = 3};
	plan.blocks = 2;
	plan.seed = 5;
	for (unsigned i = 0; i < 4; i++) {
		struct row *cell = &plan.cells[i];

		row_clear(cell);
		row_set_text(cell, COL_group, "ipc");
		row_set_text(cell, COL_mechanism, "tube");
		row_set_u64(cell, COL_msg_size_b, 64u << i);
		row_set_u64(cell, COL_duration_ns, 1000);
	}
	row_set_text(&plan.cells[2], COL_status, "skipped");
	row_set_text(&plan.cells[2], COL_reason, "no tube; here");
}

static uint64_t size_of(const struct plan *p, size_t cell)
{
	return row_get_u64(&p->cells[cell], COL_msg_size_b, 0);
}

static bool same_steps(void)
{
	bool same = made.n == loaded.n && made.blocks == loaded.blocks;

	for (size_t i = 0; same && i < made.n; i++)
		same = made.steps[i].block == loaded.steps[i].block &&
		       made.steps[i].nth == loaded.steps[i].nth &&
		       size_of(&plan, made.steps[i].cell) == size_of(&again, loaded.steps[i].cell);
	return same;
}

static int read_again(void)
{
	schedule_free(&loaded);
	plan_free(&again);
	return schedule_read(&loaded, &again, &dir, error);
}

static void test_blocks(void)
{
	const unsigned extra[] = {0, 2, 0, 1};
	unsigned n[4] = {0}, twice = 0;

	ok(!schedule_begin(&made, &plan) && made.n == 6 && made.blocks == 2,
	   "the pilot: each cell that runs in each block");
	ok(!schedule_extend(&made, &plan, extra) && made.n == 9 && made.blocks == 4,
	   "further blocks for those that need them");
	for (size_t i = 0; i < made.n; i++) {
		n[made.steps[i].cell]++;
		for (size_t k = 0; k < i; k++)
			twice += made.steps[k].block == made.steps[i].block &&
				 made.steps[k].cell == made.steps[i].cell;
	}
	ok(n[0] == 2 && n[1] == 4 && n[2] == 0 && n[3] == 3 && !twice,
	   "each as often as asked, never twice in a block");
	ok(made.steps[6].block == 3 && made.steps[6].nth == 1 && made.steps[7].nth == 2 &&
		   made.steps[8].block == 4 && made.steps[8].cell == 1,
	   "the fewer in the earlier blocks");
}

static void test_file(void)
{
	snprintf(dir.path, sizeof(dir.path), "%s", tree_root);
	snprintf(dir.run_id, sizeof(dir.run_id), "here");
	ok(!schedule_write(&made, &plan, &dir), "plan.csv is written");
	dir.run_id[0] = '\0';
	ok(!read_again() && same_steps(), "and read: the same steps in the same order");
	ok(!strcmp(dir.run_id, "here") && again.seed == 5, "its run and its seed");
	ok(again.n_cells == 4 && again.n_run == 3 &&
		   !strcmp(row_get_text(&again.cells[3], COL_reason), "no tube; here"),
	   "and what cannot run");
	ok(!row_is_set(&again.cells[0], COL_run_id) && !row_is_set(&again.cells[0], COL_block) &&
		   !row_is_set(&again.cells[0], COL_seed),
	   "cells bear nothing of the step");
}

static void test_refused(void)
{
	static const char head[] =
		"schema,run_id,seed,block,order_in_block,arm,status,reason,group,mechanism\n";
	char text[512];

	snprintf(text, sizeof(text), "%s1,r,1,1,1,a,,,ipc,x\n1,r,1,1,3,a,,,ipc,y\n", head);
	tree_put("/plan.csv", text);
	ok(read_again() == -EBADMSG && strstr(error, "plan.csv:3:"), "a step is missing: %s",
	   error);
	snprintf(text, sizeof(text), "%s1,r,1,1,1,a,,,ipc,x\n1,r,1,2,1,a,,,ipc,y\n", head);
	tree_put("/plan.csv", text);
	ok_is(read_again(), -EBADMSG, "a later block has a cell that the first has not: %s", error);
	snprintf(text, sizeof(text), "%s1,r,1,1,1,a,,,ipc,x\n1,r,1,3,1,a,,,ipc,x\n", head);
	tree_put("/plan.csv", text);
	ok_is(read_again(), -EBADMSG, "a block is missing: %s", error);
	tree_put("/plan.csv", "a,b\n");
	ok_is(read_again(), -EBADMSG, "no plan at all: %s", error);
	tree_drop("/plan.csv");
	ok_is(read_again(), -ENOENT, "no file: %s", error);
}

int main(void)
{
	tree_new();
	make_plan();
	test_blocks();
	test_file();
	test_refused();
	schedule_free(&made);
	schedule_free(&loaded);
	plan_free(&plan);
	plan_free(&again);
	tree_remove();
	return done_testing();
}
