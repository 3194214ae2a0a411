/* SPDX-License-Identifier: MIT */
/* Steps of a sweep, into plan.csv and out of it. */
#include "bench/plan/schedule.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/record/cell.h"

/* Room for `more` steps. */
static int reserve(struct schedule *s, size_t more)
{
	struct step *steps = reallocarray(s->steps, s->n + more + 1, sizeof(*steps));

	if (!steps)
		return -ENOMEM;
	s->steps = steps;
	return 0;
}

/* The cells of `order` that have more than `given` of `extra` (NULL: all), as the next block. */
static void add_block(struct schedule *s, const size_t *order, size_t n, const unsigned *extra,
		      unsigned given)
{
	unsigned nth = 0;

	s->blocks++;
	for (size_t i = 0; i < n; i++)
		if (!extra || extra[order[i]] > given)
			s->steps[s->n++] = (struct step){order[i], s->blocks, ++nth};
}

int schedule_begin(struct schedule *s, const struct plan *plan)
{
	size_t *order = calloc(plan->n_run + 1, sizeof(*order));
	int err = order ? reserve(s, plan->n_run * plan->blocks) : -ENOMEM;

	for (unsigned block = 1; !err && block <= plan->blocks; block++) {
		plan_order(plan, block, order);
		add_block(s, order, plan->n_run, NULL, 0);
	}
	free(order);
	return err;
}

int schedule_extend(struct schedule *s, const struct plan *plan, const unsigned *extra)
{
	size_t *order = calloc(plan->n_run + 1, sizeof(*order)), total = 0;
	unsigned most = 0;
	int err;

	for (size_t i = 0; i < plan->n_cells; i++) {
		total += extra[i];
		most = extra[i] > most ? extra[i] : most;
	}
	err = order ? reserve(s, total) : -ENOMEM;
	for (unsigned given = 0; !err && given < most; given++) {
		plan_order(plan, s->blocks + 1, order);
		add_block(s, order, plan->n_run, extra, given);
	}
	free(order);
	return err;
}

static void stamp(struct row *row, const struct plan *plan, const struct rundir *dir)
{
	row_set_u64(row, COL_seed, plan->seed);
	row_set_text(row, COL_run_id, dir->run_id);
	row_set_text(row, COL_arm, rundir_arm(dir));
}

int schedule_write(const struct schedule *s, const struct plan *plan, const struct rundir *dir)
{
	static struct rundir_csv csv;
	static struct row row;
	int err = rundir_csv_replace(&csv, dir, CSV_PLAN), closed;

	for (size_t i = 0; !err && i < s->n; i++) {
		row_copy(&row, &plan->cells[s->steps[i].cell]);
		row_set_u64(&row, COL_block, s->steps[i].block);
		row_set_u64(&row, COL_order_in_block, s->steps[i].nth);
		stamp(&row, plan, dir);
		err = rundir_csv_append(&csv, &row);
	}
	for (size_t i = 0; !err && i < plan->n_cells; i++) {
		row_copy(&row, &plan->cells[i]);
		stamp(&row, plan, dir);
		if (row_is_set(&row, COL_status))
			err = rundir_csv_append(&csv, &row);
	}
	if (!err)
		err = rundir_csv_finish(&csv);
	closed = rundir_csv_close(&csv);
	return err ? err : closed;
}

/* What is in a row of plan.csv and not in a cell. */
static const enum column stamped[] = {COL_schema, COL_run_id, COL_seed,
				      COL_arm,	  COL_block,  COL_order_in_block};

/* Adds a cell of block 1, or one that does not run. */
static int add_cell(struct plan *plan, const struct row *row)
{
	struct row *cells = reallocarray(plan->cells, plan->n_cells + 1, sizeof(*cells));

	if (!cells)
		return -ENOMEM;
	plan->cells = cells;
	row_copy(&cells[plan->n_cells], row);
	for (size_t i = 0; i < sizeof(stamped) / sizeof(stamped[0]); i++)
		row_unset(&cells[plan->n_cells], stamped[i]);
	plan->n_cells++;
	return 0;
}

/* Takes one row of plan.csv. 0, -ENOMEM, -EBADMSG. */
static int take(struct schedule *s, struct plan *plan, const struct row *row)
{
	unsigned block = (unsigned)row_get_u64(row, COL_block, 0);
	unsigned nth = (unsigned)row_get_u64(row, COL_order_in_block, 0);
	const struct step *last = s->n ? &s->steps[s->n - 1] : NULL;
	size_t cell = 0;
	int err;

	plan->seed = row_get_u64(row, COL_seed, 0);
	if (!block)
		return row_is_set(row, COL_status) ? add_cell(plan, row) : -EBADMSG;
	if (nth != (last && last->block == block ? last->nth + 1 : 1) ||
	    block != (last ? last->block + (nth == 1) : 1))
		return -EBADMSG; /* a step is missing */
	if (block == 1) {
		err = add_cell(plan, row);
		cell = plan->n_run++;
		plan->duration_ns = row_get_u64(row, COL_duration_ns, 0);
	} else {
		while (cell < plan->n_run && !cell_same(&plan->cells[cell], row))
			cell++;
		err = cell == plan->n_run ? -EBADMSG : 0;
	}
	if (!err)
		err = reserve(s, 1);
	if (err)
		return err;
	s->steps[s->n++] = (struct step){cell, block, nth};
	s->blocks = block;
	return 0;
}

int schedule_read(struct schedule *s, struct plan *plan, struct rundir *dir, char *error)
{
	char path[PATH_MAX + 16];
	struct csv_reader reader;
	static struct row row;
	int err;

	*plan = (struct plan){.cells = NULL};
	*s = (struct schedule){.steps = NULL};
	snprintf(path, sizeof(path), "%s/plan.csv", dir->path);
	err = csv_open(&reader, path, CSV_PLAN);
	if (err) {
		snprintf(error, 512, "%.511s", reader.error);
		return err;
	}
	while (!err && (err = csv_next(&reader, &row)) == 1) {
		snprintf(dir->run_id, sizeof(dir->run_id), "%s", row_get_text(&row, COL_run_id));
		if (strcmp(row_get_text(&row, COL_arm), "as-is") != 0)
			snprintf(dir->label, sizeof(dir->label), "%s", row_get_text(&row, COL_arm));
		err = take(s, plan, &row);
		if (err)
			snprintf(reader.error, sizeof(reader.error),
				 "plan.csv:%llu: not a step that follows from those before it",
				 (unsigned long long)reader.line_number);
	}
	if (err)
		snprintf(error, 512, "%.511s", reader.error);
	csv_close(&reader);
	return err;
}

void schedule_free(struct schedule *s)
{
	free(s->steps);
	s->steps = NULL;
	s->n = 0;
}
