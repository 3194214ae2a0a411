/* SPDX-License-Identifier: MIT */
/*
 * `handoff sweep`: plans, starts a fresh process per row, collects, summarises, draws. It measures
 * nothing itself: it sleeps while a microbenchmark runs.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "bench/command/child.h"
#include "bench/command/command.h"
#include "bench/command/invoke.h"
#include "bench/command/options.h"
#include "bench/command/report.h"
#include "bench/command/surroundings.h"
#include "bench/measure/clock.h"
#include "bench/record/plan.h"
#include "bench/record/rundir.h"

#define PROGRAM "handoff sweep"
#define SECOND_NS 1000000000ull
#define OVERHEAD_NS (100 * SECOND_NS / 1000) /* of an invocation, where it cannot be tried */
#define TRIALS 5			     /* invocations that are tried for it */
#define TRIAL_NS (SECOND_NS / 20)	     /* of measuring in each */

static const char help[] =
	"Usage: handoff sweep [option]...\n"
	"Measures this machine into a directory of CSV files and charts; prints its path last.\n"
	"  --budget=T           time for all of it, such as 5m (the default)\n"
	"  --quick              --budget=1m\n"
	"  --full               every cell ten times, however long it takes\n"
	"  --only=GLOB[,GLOB]   only what matches group/mechanism:variant, as 'ipc/*'\n"
	"  --out=DIR            the directory; it must not exist or be empty\n"
	"  --seed=N             of the order of the rows\n"
	"  --plan-only          write plan.csv and stop\n"
	"  --help               this text\n";

struct sweep {
	struct plan_request request;
	const char *out; /* NULL = results/<host>-<UTC time> */
	bool plan_only;
	bool seed_given;
	struct children children;
	bool terminal; /* stderr is one */
	struct plan plan;
	char *topology_xml; /* hwloc's, for the children and for settings/ */
	struct rundir dir;
	struct rundir_csv samples;
	struct invoker invoker;
	uint64_t begin_ns;	     /* CLOCK_MONOTONIC, of the first row */
	uint64_t stop_ns;	     /* no row begins that would end later; UINT64_MAX = never */
	size_t done, total;	     /* rows of the plan */
	size_t ok, failed, repeated; /* rows with figures, without, and thrown away as noisy */
	bool *seen;		     /* [plan.n_cells] the cell has a row */
};

/* What an invocation has taken until now, or is expected to. */
static uint64_t cost_ns(const struct sweep *s)
{
	size_t n = s->done + s->repeated;

	return n ? (clock_system_now_ns() - s->begin_ns) / n : s->plan.cost_ns;
}

static void print_progress(const struct sweep *s, const char *what)
{
	uint64_t left_s = cost_ns(s) * (s->total - s->done) / SECOND_NS;
	double share = s->total ? 100.0 * (double)s->done / (double)s->total : 100;

	fprintf(stderr,
		s->terminal ? "\r%3.0f %%  %zu of %zu rows  %llum %02llus left  %.60s\033[K"
			    : "%3.0f %%  %zu of %zu rows  %llum %02llus left  %s\n",
		share, s->done, s->total, (unsigned long long)left_s / 60,
		(unsigned long long)left_s % 60, what);
}

static int append(struct sweep *s, struct row *row)
{
	row_set_text(row, COL_run_id, s->dir.run_id);
	row_set_text(row, COL_arm, "as-is");
	row_set_u64(row, COL_seed, s->plan.seed);
	return rundir_csv_append(&s->samples, row);
}

/* Whether there is time to run a row again and still, at a tenth more, all that are planned. */
static bool can_repeat(const struct sweep *s)
{
	uint64_t rest_ns = cost_ns(s) * (s->total - s->done + 1);

	return s->stop_ns == UINT64_MAX ||
	       clock_system_now_ns() + rest_ns + rest_ns / 10 < s->stop_ns;
}

/* One invocation of the plan, again if it was noisy and time allows. 0, -EINTR or -errno. */
static int run_planned(struct sweep *s, size_t index, unsigned block, size_t nth)
{
	static struct row row;

	for (bool again = false;; again = true) {
		int err = invoke(&s->invoker, &s->plan.cells[index], &row);
		bool ok, noisy;

		if (err)
			return err;
		ok = !strcmp(row_get_text(&row, COL_status), "ok");
		noisy = ok && invoke_is_noisy(&row);
		row_set_u64(&row, COL_block, block);
		row_set_u64(&row, COL_order_in_block, nth);
		s->seen[index] = true;
		if (noisy)
			row_add_item(&row, COL_flags, "noisy");
		if (noisy && !again && can_repeat(s)) {
			row_set_text(&row, COL_used, "no");
			row_set_text(&row, COL_reason, "noisy; repeated");
			s->repeated++;
			err = append(s, &row);
			if (err)
				return err;
			continue;
		}
		s->done++;
		s->ok += ok;
		s->failed += !strcmp(row_get_text(&row, COL_status), "failed") ||
			     !strcmp(row_get_text(&row, COL_status), "invalid");
		err = ok ? invoke_keep_times(&s->invoker, &s->dir, &s->plan.cells[index], block,
					     &row)
			 : 0;
		return err ? err : append(s, &row);
	}
}

/* One block; 0, -EINTR, -ETIME when the budget is used up, or -errno. */
static int run_block(struct sweep *s, unsigned block, size_t *order)
{
	char what[256];
	int err = 0;

	plan_order(&s->plan, block, order);
	for (size_t i = 0; !err && i < s->plan.n_run; i++) {
		if (s->children.interrupted)
			return -EINTR;
		if (clock_system_now_ns() + cost_ns(s) > s->stop_ns)
			return -ETIME;
		invoke_name_cell(&s->plan.cells[order[i]], what, sizeof(what));
		if (s->terminal)
			print_progress(s, what);
		err = run_planned(s, order[i], block, i + 1);
	}
	if (!err)
		err = rundir_csv_sync(&s->samples);
	if (!err && !s->terminal) {
		snprintf(what, sizeof(what), "block %u of %u", block, s->plan.blocks);
		print_progress(s, what);
	}
	return err;
}

/* Rows for the cells that have none: those that cannot run, and those that time did not allow. */
static int append_rest(struct sweep *s)
{
	int err = 0;

	for (size_t i = 0; !err && i < s->plan.n_cells; i++) {
		struct row row = s->plan.cells[i];

		if (s->seen[i])
			continue;
		row_set_text(&row, COL_used, "no");
		row_unset(&row, COL_duration_ns);
		if (!row_is_set(&row, COL_status)) {
			row_set_text(&row, COL_status, "not_planned");
			row_set_text(&row, COL_reason,
				     s->children.interrupted ? "interrupted"
							     : "the budget was used up");
		}
		err = append(s, &row);
	}
	return err;
}

static int run_plan(struct sweep *s)
{
	size_t *order = calloc(s->plan.n_run + 1, sizeof(*order));
	int err, rest;

	s->seen = calloc(s->plan.n_cells + 1, sizeof(*s->seen));
	err = order && s->seen ? 0 : -ENOMEM;
	s->total = s->plan.n_run * s->plan.blocks;
	s->begin_ns = clock_system_now_ns();
	for (unsigned block = 1; !err && block <= s->plan.blocks; block++)
		err = run_block(s, block, order);
	free(order);
	if (s->terminal)
		fprintf(stderr, "\r\033[K");
	if (err && err != -EINTR && err != -ETIME)
		return err;
	rest = append_rest(s);
	return rest ? rest : err;
}

/* plan.csv: each invocation in its order, then the cells that do not run. */
static int write_plan(const struct sweep *s)
{
	size_t *order = calloc(s->plan.n_run + 1, sizeof(*order));
	static struct row row;
	struct rundir_csv csv;
	int err = order ? rundir_csv_create(&csv, &s->dir, CSV_PLAN) : -ENOMEM, closed;

	if (err)
		goto out_free;
	for (size_t i = 0; !err && i < s->plan.n_run * s->plan.blocks; i++) {
		size_t nth = i % s->plan.n_run;
		unsigned block = (unsigned)(i / s->plan.n_run) + 1;

		if (!nth)
			plan_order(&s->plan, block, order);
		row = s->plan.cells[order[nth]];
		row_set_u64(&row, COL_block, block);
		row_set_u64(&row, COL_order_in_block, nth + 1);
		row_set_u64(&row, COL_seed, s->plan.seed);
		row_set_text(&row, COL_run_id, s->dir.run_id);
		row_set_text(&row, COL_arm, "as-is");
		err = rundir_csv_append(&csv, &row);
	}
	for (size_t i = 0; !err && i < s->plan.n_cells; i++) {
		row = s->plan.cells[i];
		row_set_u64(&row, COL_seed, s->plan.seed);
		row_set_text(&row, COL_run_id, s->dir.run_id);
		row_set_text(&row, COL_arm, "as-is");
		if (row_is_set(&row, COL_status))
			err = rundir_csv_append(&csv, &row);
	}
	closed = rundir_csv_close(&csv);
	err = err ? err : closed;
out_free:
	free(order);
	return err;
}

/* 0, -1 when --help was answered, or an exit code after a line. */
static int parse(struct sweep *s, int argc, char **argv)
{
	static const struct option options[] = {
		{"budget", required_argument, NULL, 'b'},
		{"quick", no_argument, NULL, 'q'},
		{"full", no_argument, NULL, 'f'},
		{"only", required_argument, NULL, 'o'},
		{"out", required_argument, NULL, 'd'},
		{"seed", required_argument, NULL, 's'},
		{"plan-only", no_argument, NULL, 'p'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	char want[OPTION_WANT] = "";
	int option, bad = 0;

	opterr = 0;
	optind = 1;
	while (!bad && (option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		switch (option) {
		case 'h':
			fputs(help, stdout);
			return -1;
		case 'b':
			bad = option_time(optarg, &s->request.budget_ns, want);
			if (!bad && s->request.budget_ns < SECOND_NS)
				bad = snprintf(want, sizeof(want), "a time of at least 1s");
			break;
		case 'q':
			s->request.budget_ns = 60 * SECOND_NS;
			break;
		case 'f':
			s->request.budget_ns = 0;
			break;
		case 'o':
			s->request.only = optarg;
			break;
		case 'd':
			s->out = optarg;
			break;
		case 's':
			bad = option_number(optarg, 0, INT64_MAX, &s->request.seed, want);
			s->seed_given = true;
			break;
		case 'p':
			s->plan_only = true;
			break;
		default:
			fprintf(stderr, "handoff sweep: %s: %s; --help lists the options\n",
				argv[optind - 1],
				option == ':' ? "needs a value" : "no such option");
			return EX_USAGE;
		}
	}
	if (bad)
		fprintf(stderr, "handoff sweep: %s: not valid; it takes %s\n", argv[optind - 1],
			want);
	else if (optind < argc)
		fprintf(stderr, "handoff sweep: %s: not an option; --help lists them\n",
			argv[optind]);
	return bad || optind < argc ? EX_USAGE : 0;
}

/* What an invocation takes beside warm-up and measuring: the mean of a few cells, tried once. */
static void try_overhead(struct sweep *s)
{
	uint64_t asked_ns = TRIAL_NS + TRIAL_WARM_NS, took_ns = 0;
	unsigned tried = 0;

	s->request.overhead_ns = OVERHEAD_NS;
	for (size_t i = 0; i < TRIALS && !s->children.interrupted; i++) {
		size_t nth = i * s->plan.n_cells / TRIALS;
		static struct row cell, row;
		uint64_t begin_ns;

		while (nth < s->plan.n_cells && row_is_set(&s->plan.cells[nth], COL_status))
			nth++;
		if (nth == s->plan.n_cells)
			break;
		cell = s->plan.cells[nth];
		row_set_u64(&cell, COL_duration_ns, TRIAL_NS);
		begin_ns = clock_system_now_ns();
		if (invoke(&s->invoker, &cell, &row) ||
		    strcmp(row_get_text(&row, COL_status), "ok"))
			continue;
		took_ns += clock_system_now_ns() - begin_ns;
		tried++;
	}
	if (tried)
		s->request.overhead_ns =
			took_ns / tried > asked_ns ? took_ns / tried - asked_ns : 0;
}

/* Makes the plan for this machine; 0 or an exit code after a line. */
static int make_plan(struct sweep *s)
{
	struct topology *t;
	uint64_t budget_ns = s->request.budget_ns, begin_ns = clock_system_now_ns(), spent_ns;
	int err = topology_load_xml(&t, &s->topology_xml);

	if (err) {
		fprintf(stderr, "handoff sweep: cannot read the machine's topology: %s\n",
			strerror(-err));
		return EX_OSERR;
	}
	if (!topology_is_this_machine(t)) {
		fprintf(stderr, "handoff sweep: HWLOC_XMLFILE or HWLOC_SYNTHETIC is set: that "
				"machine is not this one\n");
		topology_free(t);
		return EX_USAGE;
	}
	s->request.budget_ns = 0;
	surroundings_hand_on(s->topology_xml);
	err = plan_make(&s->request, t, &s->plan);
	if (!err) {
		try_overhead(s);
		plan_free(&s->plan);
		spent_ns = clock_system_now_ns() - begin_ns;
		if (budget_ns)
			s->request.budget_ns = budget_ns > spent_ns ? budget_ns - spent_ns : 1;
		err = plan_make(&s->request, t, &s->plan);
	}
	topology_free(t);
	if (err == -ENOENT)
		fprintf(stderr,
			"handoff sweep: --only=%s: matches nothing; handoff list shows "
			"the names\n",
			s->request.only ? s->request.only : "*");
	else if (err)
		fprintf(stderr, "handoff sweep: cannot plan: %s\n", strerror(-err));
	return err == -ENOENT ? EX_USAGE : err ? EX_OSERR : 0;
}

/* Says what went wrong with the files of the run. */
static int complain(const struct sweep *s, const char *what, int err, int code)
{
	fprintf(stderr, "handoff sweep: %s: %s: %s\n", s->dir.path, what,
		err == -ENOTEMPTY ? "it exists and is not empty; name another with --out"
				  : strerror(-err));
	return code;
}

static void print_plan(const struct sweep *s)
{
	size_t skipped = 0;

	for (size_t i = 0; i < s->plan.n_cells; i++)
		skipped += !strcmp(row_get_text(&s->plan.cells[i], COL_status), "skipped");
	fprintf(stderr,
		"%zu cells, %u invocations each of %llu ms, seed %llu; %zu cannot run here, %zu "
		"are over the budget\n",
		s->plan.n_run, s->plan.blocks, (unsigned long long)s->plan.duration_ns / 1000000,
		(unsigned long long)s->plan.seed, skipped,
		s->plan.n_cells - s->plan.n_run - skipped);
}

/* Measures and writes; 0 or an exit code after a line. */
static int sweep(struct sweep *s)
{
	int err = rundir_machine(&s->dir);

	if (!err)
		err = surroundings_before(&s->dir, s->topology_xml);
	if (!err)
		err = rundir_csv_create(&s->samples, &s->dir, CSV_SAMPLES);
	if (err)
		return complain(s, "cannot write", err, EX_IOERR);
	s->stop_ns = UINT64_MAX;
	if (s->request.budget_ns)
		s->stop_ns = clock_system_now_ns() +
			     s->request.budget_ns / 20 * 19; /* the rest is to draw */
	err = run_plan(s);
	if (rundir_csv_close(&s->samples) && (!err || err == -ETIME))
		err = -EIO;
	if (err && err != -EINTR && err != -ETIME)
		return complain(s, "cannot write samples.csv", err, EX_IOERR);
	err = surroundings_after(PROGRAM, &s->dir);
	if (err)
		return complain(s, "cannot write settings", err, EX_IOERR);
	err = report_summarise(PROGRAM, (char *const[]){s->dir.path}, 1, &s->dir);
	if (err)
		return err;
	fprintf(stderr, "%zu rows with figures, %zu failed, %zu repeated because of noise\n", s->ok,
		s->failed, s->repeated);
	return 0;
}

/* The order of things from the plan to the path that is printed last; an exit code. */
static int run_all(struct sweep *s)
{
	int code = make_plan(s), err;

	if (code)
		return s->children.interrupted ? 130 : code;
	err = rundir_create(&s->dir, s->out);
	if (err)
		return complain(s, "cannot create", err, EX_CANTCREAT);
	err = write_plan(s);
	if (err)
		return complain(s, "cannot write plan.csv", err, EX_IOERR);
	print_plan(s);
	if (!s->plan_only) {
		code = sweep(s);
		if (code)
			return code;
		code = report_draw(PROGRAM, &s->children, s->dir.path);
		if (!s->ok && s->failed)
			code = EX_SOFTWARE;
	}
	printf("%s\n", s->dir.path);
	return s->children.interrupted ? 130 : code;
}

int command_sweep(int argc, char **argv)
{
	static struct sweep s;
	struct timespec t;
	int code, err;

	s.request.budget_ns = 300 * SECOND_NS;
	code = parse(&s, argc, argv);
	if (code)
		return code < 0 ? 0 : code;
	err = children_begin(&s.children);
	if (err) {
		fprintf(stderr, "handoff sweep: /proc/self/exe: %s\n", strerror(-err));
		return EX_OSERR;
	}
	clock_gettime(CLOCK_REALTIME, &t);
	if (!s.seed_given)
		s.request.seed = (uint64_t)t.tv_sec;
	s.terminal = isatty(STDERR_FILENO);
	invoker_begin(&s.invoker, &s.children);
	code = run_all(&s);
	plan_free(&s.plan);
	free(s.seen);
	free(s.topology_xml);
	return code;
}
