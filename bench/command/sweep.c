/* SPDX-License-Identifier: MIT */
/*
 * `handoff sweep`: plans, starts a fresh process per row, collects, summarises, draws. It measures
 * nothing itself: it sleeps while a microbenchmark runs.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "bench/analyse/estimate.h"
#include "bench/base/clock.h"
#include "bench/base/wrap.h"
#include "bench/command/command.h"
#include "bench/command/report.h"
#include "bench/command/run_settings.h"
#include "bench/command/suggest.h"
#include "bench/command/sweep.h"
#include "bench/machine/limits.h"
#include "bench/machine/names.h"
#include "bench/measure/trial.h"

/*
 * Of an invocation where it cannot be tried, on a machine that is not this one: as of a small
 * guest.
 */
#define OVERHEAD_NS (25 * SECOND_NS / 1000)
#define TRIALS 5 /* invocations that are tried for it */

/* Tries `cell` once: what it takes beside the time it is given (ns), NAN where it did not run. */
static double try_cell(struct sweep *s, const struct row *cell)
{
	static struct row tried, row;
	uint64_t given_ns = row_get_u64(cell, COL_duration_ns, 0) / 2; /* as where not all fit */
	uint64_t begin_ns = clock_system_now_ns(), took_ns;

	row_copy(&tried, cell);
	row_set_u64(&tried, COL_duration_ns, given_ns);
	if (invoke(&s->invoker, &tried, &row) || !row_is_ok(&row))
		return NAN;
	took_ns = clock_system_now_ns() - begin_ns;
	return took_ns > given_ns ? (double)(took_ns - given_ns) : 0;
}

/*
 * What an invocation takes beside the time it is given: the median of a few cells. A mean would
 * leave a single row in the plan where the machine stalled for a second. Round trips so slow that
 * they need more for their tail have that in it.
 */
static void try_overhead(struct sweep *s, bool here)
{
	double over_ns[TRIALS];
	unsigned tried = 0;

	s->request.overhead_ns = OVERHEAD_NS;
	for (size_t i = 0; here && i < TRIALS && !s->children.interrupted; i++) {
		size_t nth = i * s->plan.n_cells / TRIALS;

		while (nth < s->plan.n_cells && row_is_set(&s->plan.cells[nth], COL_status))
			nth++;
		over_ns[tried] = nth < s->plan.n_cells ? try_cell(s, &s->plan.cells[nth]) : NAN;
		tried += !isnan(over_ns[tried]);
	}
	estimate_sort(over_ns, tried);
	if (tried)
		s->request.overhead_ns = (uint64_t)estimate_median(over_ns, tried);
}

/* Makes the plan for this machine; 0 or an exit code after a line. */
static int make_plan(struct sweep *s)
{
	struct topology *t;
	uint64_t budget_ns = s->request.budget_ns, begin_ns = clock_system_now_ns(), spent_ns;
	int err = topology_load_xml(&t, &s->topology_xml);

	if (err) {
		fprintf(stderr, "handoff sweep: cannot read the machine's topology: %s\n",
			topology_explain(err));
		return EX_OSERR;
	}
	if (!topology_is_this_machine(t) && !s->plan_only) {
		fprintf(stderr, "handoff sweep: HWLOC_XMLFILE or HWLOC_SYNTHETIC describes another "
				"machine: only --plan-only is possible\n");
		topology_free(t);
		return EX_USAGE;
	}
	s->asked_ns = budget_ns;
	s->request.budget_ns = 0;
	if (topology_is_this_machine(t))
		run_settings_hand_on(s->topology_xml);
	err = plan_make(&s->request, t, &s->plan);
	if (!err) {
		try_overhead(s, topology_is_this_machine(t));
		plan_free(&s->plan);
		spent_ns = clock_system_now_ns() - begin_ns;
		if (budget_ns)
			s->request.budget_ns = budget_ns > spent_ns ? budget_ns - spent_ns : 1;
		err = plan_make(&s->request, t, &s->plan);
	}
	topology_free(t);
	if (err == -ENOENT)
		fprintf(stderr,
			"handoff sweep: --only=%s: matches nothing%s; handoff list shows "
			"the names\n",
			s->request.only ? s->request.only : "*",
			suggest_mechanism(s->request.only ? s->request.only : ""));
	else if (err)
		fprintf(stderr, "handoff sweep: cannot plan: the topology or memory for it: %s\n",
			limits_explain(err));
	return err == -ENOENT ? EX_USAGE : err ? EX_OSERR : 0;
}

int sweep_complain(const struct sweep *s, const char *what, int err, int code)
{
	fprintf(stderr, PROGRAM ": %s: %s: %s\n", s->dir.path, what, strerror(-err));
	return code;
}

static void print_plan(const struct sweep *s)
{
	uint64_t shortest_ns = UINT64_MAX;
	size_t skipped = 0, rows = s->plan.n_run * s->plan.blocks + s->plan.extra;
	uint64_t time_s = rows * s->plan.cost_ns / SECOND_NS;

	for (size_t i = 0; i < s->plan.n_cells; i++) {
		uint64_t ns = row_get_u64(&s->plan.cells[i], COL_duration_ns, UINT64_MAX);

		skipped += row_status(&s->plan.cells[i]) == STATUS_SKIPPED;
		shortest_ns = ns < shortest_ns ? ns : shortest_ns;
	}
	if (s->asked_ns) /* what is left over is for repeats and drawing */
		time_s = s->asked_ns / SECOND_NS;
	wrap_print(
		stderr,
		"%s %llum %02llus: %zu configuration%s, each in %u runs of %llu ms or more; then "
		"about %zu extra runs where intervals are wide; seed %llu; %zu configurations "
		"cannot run here, %zu do not fit the budget",
		s->request.budget_ns ? "about" : "at most about", (unsigned long long)time_s / 60,
		(unsigned long long)time_s % 60, s->plan.n_run, s->plan.n_run == 1 ? "" : "s",
		s->plan.blocks, (unsigned long long)shortest_ns / 1000000, s->plan.extra,
		(unsigned long long)s->plan.seed, skipped,
		s->plan.n_cells - s->plan.n_run - skipped);
}

void sweep_limit(struct sweep *s, uint64_t spent_ns)
{
	uint64_t most_ns = s->request.budget_ns / 20 * 19; /* the rest is to draw */

	s->stop_ns = UINT64_MAX;
	if (s->request.budget_ns)
		s->stop_ns = clock_system_now_ns() + (most_ns > spent_ns ? most_ns - spent_ns : 0);
}

/* The files that a run has before its first row. 0 or an exit code after a line. */
static int prepare(struct sweep *s)
{
	int err = rundir_machine(&s->dir);

	if (!err)
		err = run_settings_before(&s->dir, s->topology_xml);
	if (!err)
		err = sweep_remember(s);
	if (!err)
		err = rundir_csv_create(&s->samples, &s->dir, CSV_SAMPLES);
	s->seen = calloc(s->plan.n_cells + 1, sizeof(*s->seen));
	if (!err && !s->seen)
		err = -ENOMEM;
	sweep_limit(s, 0);
	return err ? report_cannot_write(PROGRAM, &s->dir, err) : 0;
}

/* Measures, and writes what is made of the rows; 0 or an exit code after a line. */
static int sweep(struct sweep *s)
{
	int err = sweep_run(s);

	if (rundir_csv_close(&s->samples) && (!err || err == -ETIME))
		err = -EIO;
	if (err && err != -EINTR && err != -ETIME)
		return report_cannot_write(PROGRAM, &s->dir, err);
	err = run_settings_after(PROGRAM, &s->dir);
	if (err)
		return report_cannot_write(PROGRAM, &s->dir, err);
	err = report_summarise(PROGRAM, &s->dir);
	if (err)
		return err;
	return 0;
}

/* A new run: its directory and plan.csv; 0 or an exit code after a line. */
static int begin(struct sweep *s)
{
	int code = make_plan(s), err;

	if (code)
		return s->children.interrupted ? 130 : code;
	err = rundir_create(&s->dir, s->out);
	if (err)
		return report_cannot_create(PROGRAM, &s->dir, err);
	code = sweep_lock(s);
	if (code)
		return code;
	err = schedule_begin(&s->schedule, &s->plan);
	if (!err)
		err = schedule_write(&s->schedule, &s->plan, &s->dir);
	if (err)
		return report_cannot_write(PROGRAM, &s->dir, err);
	if (!s->plan_only)
		invoke_warn_others(PROGRAM);
	print_plan(s);
	return s->plan_only ? 0 : prepare(s);
}

/* Where the time went, of this command from its first line to now. */
static void print_shares(const struct sweep *s)
{
	double all = (double)(clock_system_now_ns() - s->command_ns);
	double timed = 100 * (double)s->timed_ns / all, warm = 100 * (double)s->warm_ns / all;
	double start = 100 * (double)s->start_ns / all;

	wrap_print(
		stderr,
		"%.0f s in total: %.1f %% measuring, %.1f %% warm-up, %.1f %% starting processes "
		"(%.1f ms each), %.1f %% everything else",
		all / 1e9, timed, warm, start,
		s->ok ? (double)s->start_ns / 1e6 / (double)(s->ok + s->repeated) : 0,
		100 - timed - warm - start);
}

/* The order of things from the plan to the path that is printed last; an exit code. */
static int run_all(struct sweep *s)
{
	int code = s->resume ? sweep_resume(s) : begin(s);

	if (code)
		return code;
	if (!s->plan_only) {
		code = sweep(s);
		if (code)
			return code;
		code = report_draw(PROGRAM, &s->children, s->dir.path, (char *const[]){s->dir.path},
				   1, stdout);
		print_shares(s);
		if (!s->ok && s->failed)
			code = EX_SOFTWARE;
	}
	printf("%s\n", s->dir.path);
	return s->children.interrupted ? 130 : code;
}

/*
 * What a sweep that was killed left in the system goes, even if no microbenchmark is to start.
 * Until names_end() the private directory stays: on a disk each invocation that makes it anew takes
 * milliseconds for that.
 */
static void remove_leftovers(void)
{
	if (!names_begin() && names_swept())
		fprintf(stderr, PROGRAM ": removed %u objects that a killed run had left\n",
			names_swept());
}

int command_sweep(int argc, char **argv)
{
	static struct sweep s;
	struct timespec t;
	int code, err;

	s.command_ns = clock_system_now_ns();
	s.request.budget_ns = 300 * SECOND_NS;
	code = sweep_options(&s, argc, argv);
	if (code)
		return code < 0 ? 0 : code;
	err = children_begin(&s.children);
	if (err) {
		fprintf(stderr, "handoff sweep: /proc/self/exe: %s\n", strerror(-err));
		return EX_OSERR;
	}
	code = s.plan_only ? 0 : invoke_refuse_class("handoff sweep");
	if (code)
		return code;
	clock_gettime(CLOCK_REALTIME, &t);
	if (!s.seed_given)
		s.request.seed = (uint64_t)t.tv_sec;
	s.terminal = isatty(STDERR_FILENO);
	s.stop_ns = UINT64_MAX;
	remove_leftovers();
	invoker_begin(&s.invoker, &s.children);
	code = run_all(&s);
	names_end();
	schedule_free(&s.schedule);
	plan_free(&s.plan);
	free(s.seen);
	free(s.topology_xml);
	free(s.only_and_floor);
	return code;
}
