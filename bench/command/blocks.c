/* SPDX-License-Identifier: MIT */
/* Blocks, arms in random order, the repeat of what was disturbed. */
#include "bench/command/blocks.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/analyse/gate.h"
#include "bench/analyse/group.h"
#include "bench/base/clock.h"
#include "bench/base/random.h"
#include "bench/command/run_settings.h"

#define TRIED 5 /* invocations from which the time of one is taken */

/* The cells of the plan from `first` to before `end` that can run, until there are `most`. */
static void take_cells(struct blocks *b, size_t first, size_t end, size_t most,
		       uint64_t duration_ns)
{
	for (size_t i = first; i < end && b->n_cells < most; i++) {
		struct row *cell = &b->plan.cells[i];

		if (row_is_set(cell, COL_status))
			continue;
		row_set_u64(cell, COL_duration_ns, plan_duration_ns(cell, duration_ns, 1));
		b->cells[b->n_cells++] = i;
	}
}

int blocks_plan(struct blocks *b, const char *only, size_t most, uint64_t duration_ns)
{
	struct plan_request request = {
		.only = only, .seed = b->seed, .load = b->load, .named = b->named};
	struct topology *t;
	size_t floors;
	char *xml;
	int err = topology_load_xml(&t, &xml);

	if (err)
		return err;
	err = topology_is_this_machine(t) ? plan_make(&request, t, &b->plan) : -EUCLEAN;
	if (!err)
		run_settings_hand_on(xml); /* reading it anew is most of what an invocation costs */
	topology_free(t);
	free(xml);
	if (err)
		return err;
	b->cells = calloc(b->plan.n_cells + 1, sizeof(*b->cells));
	if (!b->cells)
		return -ENOMEM;
	floors = b->floors_last ? b->plan.n_floors : 0;
	take_cells(b, floors, b->plan.n_cells, most, duration_ns);
	take_cells(b, 0, floors, most, duration_ns);
	b->rows = calloc(b->n_arms * b->n_cells + 1, sizeof(*b->rows));
	if (!b->rows)
		return -ENOMEM;
	return b->n_cells ? 0 : -ENOENT;
}

uint64_t blocks_cost_ns(struct blocks *b)
{
	static struct row row;
	uint64_t begin = clock_system_now_ns();
	size_t n = b->n_cells < TRIED ? b->n_cells : TRIED;

	for (size_t i = 0; i < n; i++)
		if (invoke(&b->invoker, &b->plan.cells[b->cells[i * b->n_cells / n]], &row))
			return SECOND_NS / 4;
	return n ? (clock_system_now_ns() - begin) / n : SECOND_NS / 4;
}

/* Appends the times of row `nth`, whose arm it has, to their file. 0 or -errno. */
static int keep_times(struct blocks *b, size_t nth)
{
	struct row *row = &b->rows[nth];
	static struct row cell;
	int err;

	if (!b->times || !b->counts || !b->times[nth].text || !row_is_ok(row))
		return 0;
	row_copy(&cell, &b->plan.cells[b->cells[nth % b->n_cells]]);
	row_set_text(&cell, COL_arm, row_get_text(row, COL_arm));
	err = invoke_put_times(&b->invoker, &b->times[nth]);
	if (err)
		return err;
	return invoke_keep_times(&b->invoker, &b->dir, &cell,
				 (unsigned)row_get_u64(row, COL_block, 0), row);
}

/* Whether a repetition may cure it. */
static bool is_disturbed(const struct row *row)
{
	return row_list_has(row_get_text(row, COL_flags), "noisy") && gate_repeats(row);
}

/* The row of `cell` in `arm`; what was there before goes to the files as not used. */
static int measure(struct blocks *b, size_t arm, size_t cell, unsigned block, size_t nth)
{
	struct row *row = &b->rows[arm * b->n_cells + cell];
	bool again = row_is_set(row, COL_block);
	char why[GATE_WHY];
	int err = 0;

	if (again) {
		row_set_text(row, COL_used, "no");
		row_set_text(row, COL_reason, "noisy in one arm; repeated in all");
		b->noisy++;
		err = keep_times(b, arm * b->n_cells + cell);
		if (!err)
			err = rundir_csv_append(&b->samples, row);
	}
	if (!err)
		err = invoke(&b->invoker, &b->plan.cells[b->cells[cell]], row);
	if (!err && b->times)
		err = invoke_take_times(&b->invoker, row, &b->times[arm * b->n_cells + cell]);
	if (err)
		return err;
	row_set_text(row, COL_run_id, b->dir.run_id);
	row_set_text(row, COL_arm, b->arms[arm].name);
	row_set_u64(row, COL_seed, b->seed);
	row_set_u64(row, COL_block, block);
	row_set_u64(row, COL_order_in_block, nth);
	if (row_is_ok(row) && gate_noisy(row, why))
		invoke_flag_noisy(row, why, "");
	if (again || !is_disturbed(row)) /* else the repetition says how all are timed */
		plan_keep_timing(&b->plan.cells[b->cells[cell]], row);
	return 0;
}

/* The visit's rows say that settings changed under them. */
static void flag_drift(struct blocks *b, size_t arm, const bool *wanted)
{
	for (size_t i = 0; i < b->n_cells; i++)
		if (wanted[i])
			row_add_item(&b->rows[arm * b->n_cells + i], COL_flags, "drifted");
}

/* One visit of an arm: the cells that `wanted` names, in the order of `order`. */
static int visit(struct blocks *b, size_t arm, const size_t *order, const bool *wanted,
		 unsigned block, size_t *nth)
{
	struct arm *a = &b->arms[arm];
	struct arm_switch s = {&b->restore, &b->tuned, b->children, &b->invoker, b->error};
	int err = arm_enter(a, &s), left;
	char second[KNOBS_ERROR];

	if (!err) {
		child_interrupted(b->children, clock_system_now_ns() + b->settle_ns);
		if (b->entered)
			b->entered(b->arg, arm);
	}
	for (size_t i = 0; !err && i < b->n_cells; i++) {
		if (b->children->interrupted)
			err = -EINTR;
		else if (wanted[order[i]])
			err = measure(b, arm, order[i], block, ++*nth);
	}
	if (!err && b->leaving && b->leaving(b->arg, arm, block))
		flag_drift(b, arm, wanted);
	if (err)
		s.error = second; /* the first thing that went wrong is the one to tell */
	left = arm_leave(a, &s);
	return err ? err : left ? -EIO : 0;
}

/* All arms once, in random order, for the cells that `wanted` names. */
static int visit_all(struct blocks *b, const bool *wanted, unsigned block, uint64_t salt,
		     size_t *nth)
{
	size_t *order = calloc(b->n_cells + 1, sizeof(*order)), arms[ARMS_MAX] = {0};
	int err = order ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < b->n_cells; i++)
		order[i] = i;
	for (size_t i = 0; i < b->n_arms; i++)
		arms[i] = i;
	random_shuffle(b->seed + salt, block, arms, b->n_arms);
	if (!err)
		random_shuffle(b->seed + salt + 1, block, order, b->n_cells);
	for (size_t i = 0; !err && i < b->n_arms; i++)
		err = visit(b, arms[i], order, wanted, block, nth);
	free(order);
	return err;
}

/* Marks in `wanted` the cells that were noisy in any arm; whether there are any. */
static bool find_noisy(const struct blocks *b, bool *wanted)
{
	bool any = false;

	for (size_t cell = 0; cell < b->n_cells; cell++) {
		wanted[cell] = false;
		for (size_t arm = 0; arm < b->n_arms; arm++)
			wanted[cell] |= is_disturbed(&b->rows[arm * b->n_cells + cell]);
		any |= wanted[cell];
	}
	return any;
}

/* The rows of a whole block into the files. */
static int keep(struct blocks *b, struct comparison *comparison)
{
	int err = 0;

	for (size_t i = 0; !err && i < b->n_arms * b->n_cells; i++) {
		struct row *row = &b->rows[i];

		if (comparison)
			err = comparison_add(comparison, row, row_get_text(row, COL_arm));
		if (!b->counts) {
			row_set_text(row, COL_used, "no");
			row_set_text(row, COL_reason, "pilot");
		} else if (!err) {
			err = keep_times(b, i);
		}
		if (!err)
			err = rundir_csv_append(&b->samples, row);
	}
	return err ? err : rundir_csv_sync(&b->samples);
}

int blocks_run(struct blocks *b, unsigned block, bool counts, struct comparison *comparison)
{
	bool *wanted = calloc(b->n_cells + 1, sizeof(*wanted));
	size_t nth = 0;
	int err = wanted ? 0 : -ENOMEM;

	*b->error = '\0';
	b->counts = counts;
	for (size_t i = 0; i < b->n_arms * b->n_cells; i++)
		row_clear(&b->rows[i]);
	for (size_t i = 0; !err && i < b->n_cells; i++)
		wanted[i] = true;
	if (!err)
		err = visit_all(b, wanted, block, 0, &nth);
	if (!err && find_noisy(b, wanted))
		err = visit_all(b, wanted, block, 2, &nth);
	if (!err)
		err = keep(b, comparison);
	free(wanted);
	return err;
}

int blocks_write_skipped(struct blocks *b)
{
	static struct row row;
	int err = 0;

	for (size_t i = 0; i < b->n_skipped; i++)
		for (size_t k = 0; !err && k < b->n_cells; k++) {
			row_copy(&row, &b->plan.cells[b->cells[k]]);
			row_set_text(&row, COL_run_id, b->dir.run_id);
			row_set_text(&row, COL_arm, b->skipped[i].name);
			row_set_u64(&row, COL_seed, b->seed);
			row_set_status(&row, STATUS_SKIPPED);
			row_set_text(&row, COL_reason, b->skipped[i].why);
			row_set_text(&row, COL_used, "no");
			err = rundir_csv_append(&b->samples, &row);
		}
	return err;
}

int blocks_keep_times(struct blocks *b)
{
	b->times = calloc(b->n_arms * b->n_cells + 1, sizeof(*b->times));
	return b->times ? 0 : -ENOMEM;
}

int blocks_end(struct blocks *b)
{
	int left = 0;

	for (size_t i = 0; i < b->n_arms; i++)
		arm_free(&b->arms[i]);
	if (b->with_tuned)
		tuned_stop(&b->tuned);
	if (*b->restore.path)
		left = restore_end(&b->restore, stderr);
	rundir_csv_close(&b->samples);
	for (size_t i = 0; b->times && i < b->n_arms * b->n_cells; i++)
		free(b->times[i].text);
	free(b->times);
	plan_free(&b->plan);
	free(b->cells);
	free(b->rows);
	return left;
}
