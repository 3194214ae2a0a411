/* SPDX-License-Identifier: MIT */
/* The steps of a sweep, one fresh process each; after the pilot, who gets further ones. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/analyse/estimate.h"
#include "bench/analyse/extra_runs.h"
#include "bench/analyse/gate.h"
#include "bench/analyse/headline.h"
#include "bench/base/clock.h"
#include "bench/command/sweep.h"
#include "bench/record/samples.h"

/* What a step has taken until now with its repeats, or is expected to. */
static uint64_t cost_ns(const struct sweep *s)
{
	return s->done ? (clock_system_now_ns() - s->begin_ns) / s->done : s->plan.cost_ns;
}

static size_t steps_left(const struct sweep *s)
{
	size_t left = s->schedule.n - s->first - s->done;

	return s->schedule.blocks > s->plan.blocks ? left : left + s->plan.extra;
}

static void print_progress(const struct sweep *s, const char *what)
{
	uint64_t left_s = cost_ns(s) * steps_left(s) / SECOND_NS;
	size_t done = s->first + s->done, total = done + steps_left(s);

	fprintf(stderr,
		s->terminal ? "\r%3.0f %%  %zu of %zu runs  %llum %02llus left  %.60s\033[K"
			    : "%3.0f %%  %zu of %zu runs  %llum %02llus left  %s\n",
		total ? 100.0 * (double)done / (double)total : 100, done, total,
		(unsigned long long)left_s / 60, (unsigned long long)left_s % 60, what);
}

static int append(struct sweep *s, struct row *row)
{
	row_set_text(row, COL_run_id, s->dir.run_id);
	row_set_text(row, COL_arm, rundir_arm(&s->dir));
	row_set_u64(row, COL_seed, s->plan.seed);
	s->start_ns += row_get_u64(row, COL_start_ns, 0);
	s->warm_ns += row_get_u64(row, COL_warm_ns, 0);
	s->timed_ns += row_get_u64(row, COL_timed_ns, 0);
	return rundir_csv_append(&s->samples, row);
}

/* Whether there is time to run a row again and still all that are planned so far. */
static bool can_repeat(const struct sweep *s)
{
	size_t left = s->schedule.n - s->first - s->done + 1;

	return s->stop_ns == UINT64_MAX || clock_system_now_ns() + cost_ns(s) * left < s->stop_ns;
}

/* Measures the step once and appends its row. 1 when it is to be measured again, 0, -errno. */
static int try_step(struct sweep *s, const struct step *step, bool may_repeat)
{
	const struct row *cell = &s->plan.cells[step->cell];
	static struct row row;
	char why[GATE_WHY];
	int err = invoke(&s->invoker, cell, &row);
	bool ok, again = false;

	if (err)
		return err;
	ok = row_is_ok(&row);
	row_set_u64(&row, COL_block, step->block);
	row_set_u64(&row, COL_order_in_block, step->nth);
	if (ok && gate_noisy(&row, why)) {
		again = may_repeat && gate_repeats(&row) && can_repeat(s);
		invoke_flag_noisy(&row, why, again ? "; repeated" : "");
		if (again)
			row_set_text(&row, COL_used, "no");
	}
	plan_keep_timing(&s->plan.cells[step->cell], &row);
	s->seen[step->cell] = true;
	s->repeated += again;
	if (ok)
		err = invoke_keep_times(&s->invoker, &s->dir, cell, step->block, &row);
	if (!err)
		err = append(s, &row);
	if (err || again)
		return err ? err : 1;
	s->done++;
	s->ok += ok;
	s->failed += row_status(&row) == STATUS_FAILED || row_status(&row) == STATUS_INVALID;
	return 0;
}

/* One step, again while it is noisy and time allows. 0, -EINTR, -ETIME or -errno. */
static int run_step(struct sweep *s, const struct step *step)
{
	char what[256];
	int rc = 1;

	if (s->children.interrupted)
		return -EINTR;
	if (s->stop_ns != UINT64_MAX && clock_system_now_ns() + s->plan.cost_ns > s->stop_ns)
		return -ETIME;
	if (s->terminal) {
		cell_name(NULL, &s->plan.cells[step->cell], what, sizeof(what));
		print_progress(s, what);
	}
	for (unsigned i = 0; rc == 1; i++)
		rc = try_step(s, step, i < GATE_REPEATS);
	return rc;
}

/* The steps from `first` that are there. */
static int run_steps(struct sweep *s)
{
	int err = 0;

	while (!err && s->first + s->done < s->schedule.n) {
		const struct step *step = &s->schedule.steps[s->first + s->done];
		size_t next = s->first + s->done + 1;
		char what[64];

		err = run_step(s, step);
		if (err || (next < s->schedule.n && s->schedule.steps[next].block == step->block))
			continue;
		err = rundir_csv_sync(&s->samples);
		if (!err && !s->terminal) {
			snprintf(what, sizeof(what), "block %u", step->block);
			print_progress(s, what);
		}
	}
	return err;
}

const struct step *sweep_step(const struct sweep *s, uint64_t block, uint64_t nth)
{
	size_t low = 0, high = s->schedule.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct step *step = &s->schedule.steps[middle];

		if (step->block == block && step->nth == nth)
			return step;
		if (step->block < block || (step->block == block && step->nth < nth))
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* What the pilot found of each cell. */
struct pilot {
	const struct sweep *sweep;
	double (*value)[PLAN_INVOCATIONS]; /* [cell] its first metric, of each invocation */
	unsigned *n;			   /* [cell] entries of value */
};

/* Takes a row of samples.csv; 0. */
static int take_pilot(void *to, const struct row *row)
{
	struct pilot *p = to;
	const struct step *step = sweep_step(p->sweep, row_get_u64(row, COL_block, 0),
					     row_get_u64(row, COL_order_in_block, 0));
	const struct metric *m = headline_metric(row);

	if (step && m && row_counts(row) && p->n[step->cell] < PLAN_INVOCATIONS)
		p->value[step->cell][p->n[step->cell]++] = row_get_decimal(row, m->column);
	return 0;
}

/* Half the interval as a share of the median; NaN where there is none. */
static double half_width(double *value, unsigned n)
{
	struct interval ci;

	estimate_sort(value, n);
	ci = estimate_median_interval(value, n, 0.95);
	return (ci.hi - ci.lo) / 2 / estimate_median(value, n);
}

/* How many invocations the rest of the time has room for: a twentieth is kept for repeats. */
static size_t room(const struct sweep *s)
{
	uint64_t now = clock_system_now_ns();

	if (s->stop_ns == UINT64_MAX)
		return s->plan.extra;
	return s->stop_ns > now ? (s->stop_ns - now) / 20 * 19 / cost_ns(s) : 0;
}

/* After the pilot: further invocations for the cells with the widest intervals, once for all. */
static int extend(struct sweep *s)
{
	size_t n = s->plan.n_cells;
	struct pilot p = {s, calloc(n + 1, sizeof(*p.value)), calloc(n + 1, sizeof(*p.n))};
	double *width = calloc(n + 1, sizeof(*width));
	unsigned *extra = calloc(n + 1, sizeof(*extra));
	int err = p.value && p.n && width && extra ? 0 : -ENOMEM;
	size_t given;

	if (!err && samples_read(PROGRAM, s->dir.path, take_pilot, &p))
		err = -EIO;
	if (err)
		goto out_free;
	/* Of what most people ask for, intervals are to be half as wide as those of the others. */
	for (size_t i = 0; i < n; i++)
		width[i] = half_width(p.value[i], p.n[i]) *
			   (s->request.budget_ns && plan_is_asked(&s->plan.cells[i]) ? 2 : 1);
	given = extra_runs(width, p.n, extra, n, room(s), PLAN_INVOCATIONS_MAX, SUMMARY_TARGET,
			   s->request.budget_ns != 0);
	err = schedule_extend(&s->schedule, &s->plan, extra);
	if (!err)
		err = schedule_write(&s->schedule, &s->plan, &s->dir);
	if (!err)
		fprintf(stderr, "%spilot done: %zu extra run%s for the widest intervals\n",
			s->terminal ? "\r\033[K" : "", given, given == 1 ? "" : "s");
	s->plan.extra = 0;
out_free:
	free(p.value);
	free(p.n);
	free(width);
	free(extra);
	return err;
}

/* Rows for the cells that have none: those that cannot run, and those that time did not allow. */
static int append_rest(struct sweep *s)
{
	static struct row row;
	int err = 0;

	for (size_t i = 0; !err && i < s->plan.n_cells; i++) {
		if (s->seen[i])
			continue;
		row_copy(&row, &s->plan.cells[i]);
		row_set_text(&row, COL_used, "no");
		row_unset(&row, COL_duration_ns);
		if (!row_is_set(&row, COL_status)) {
			row_set_status(&row, STATUS_NOT_PLANNED);
			row_set_text(&row, COL_reason,
				     s->children.interrupted ? "interrupted"
							     : "the budget was used up");
		}
		err = append(s, &row);
	}
	return err;
}

int sweep_run(struct sweep *s)
{
	int err, rest;

	s->begin_ns = clock_system_now_ns();
	err = run_steps(s);
	if (!err && s->plan.extra && s->schedule.blocks == s->plan.blocks) {
		err = extend(s);
		if (!err)
			err = run_steps(s);
	} else if (!err || err == -ETIME || err == -EINTR) { /* with how each is timed */
		rest = schedule_write(&s->schedule, &s->plan, &s->dir);
		err = rest ? rest : err;
	}
	if (s->terminal)
		fprintf(stderr, "\r\033[K");
	if (err && err != -EINTR && err != -ETIME)
		return err;
	rest = append_rest(s);
	return rest ? rest : err;
}
