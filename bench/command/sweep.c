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

#include "bench/command/command.h"
#include "bench/command/options.h"
#include "bench/command/report.h"
#include "bench/command/surroundings.h"
#include "bench/command/sweep.h"
#include "bench/measure/clock.h"
#include "bench/measure/names.h"

/* Of an invocation where it cannot be tried, on a machine that is not this one: as of a small guest. */
#define OVERHEAD_NS (15 * SECOND_NS / 1000)
#define TRIALS 5		  /* invocations that are tried for it */
#define TRIAL_NS (SECOND_NS / 20) /* of measuring in each */

static const char help[] =
	"Usage: handoff sweep [option]...\n"
	"Measures this machine into a directory of CSV files and charts; prints its path last.\n"
	"  --budget=T           time for all of it, such as 5m (the default)\n"
	"  --quick              --budget=1m\n"
	"  --full               every cell until its interval is narrow, however long it takes\n"
	"  --only=GLOB[,GLOB]   only what matches group/mechanism:variant, as 'ipc/*'\n"
	"  --label=NAME         what this state of the machine is called: for handoff compare "
	"--by=label\n"
	"  --out=DIR            the directory; it must not exist or be empty\n"
	"  --seed=N             of the order of the rows\n"
	"  --load=KIND          beside a load on the SMT siblings (sibling), memory or other PUs\n"
	"                       (cpu)\n"
	"  --plan-only          write plan.csv and stop\n"
	"  --resume=DIR         go on with a sweep that was interrupted, by whatever\n"
	"  --help               this text\n";

static const struct option options[] = {
	{"budget", required_argument, NULL, 'b'}, {"quick", no_argument, NULL, 'q'},
	{"full", no_argument, NULL, 'f'},	  {"only", required_argument, NULL, 'o'},
	{"out", required_argument, NULL, 'd'},	  {"seed", required_argument, NULL, 's'},
	{"plan-only", no_argument, NULL, 'p'},	  {"resume", required_argument, NULL, 'r'},
	{"label", required_argument, NULL, 'l'},  {"load", required_argument, NULL, 'L'},
	{"help", no_argument, NULL, 'h'},	  {0},
};

/* A label is a column, and part of a directory's name. */
static int take_label(struct sweep *s, const char *value, char *want)
{
	static const char valid[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	if (!*value || strlen(value) >= sizeof(s->dir.label) || value[strspn(value, valid)] ||
	    !strcmp(value, "as-is"))
		return snprintf(want, OPTION_WANT, "up to %zu letters, digits, dots, dashes",
				sizeof(s->dir.label) - 1);
	snprintf(s->dir.label, sizeof(s->dir.label), "%s", value);
	return 0;
}

/* Runs with a label need the fixed amount of work by which it is seen whether the machine moved. */
static int add_floor(struct sweep *s)
{
	if (!*s->dir.label || !s->request.only)
		return 0;
	if (asprintf(&s->only_and_floor, "%s,sync/null:op", s->request.only) < 0)
		return EX_OSERR;
	s->request.only = s->only_and_floor;
	return 0;
}

/* Takes one option and its value. 0, or nonzero and in `want` what would be valid. */
static int take_option(struct sweep *s, int option, const char *value, char *want)
{
	int bad = 0;

	s->others_given |= option != 'r';
	switch (option) {
	case 'b':
		bad = option_time(value, &s->request.budget_ns, want);
		if (!bad && s->request.budget_ns < SECOND_NS)
			bad = snprintf(want, OPTION_WANT, "a time of at least 1s");
		break;
	case 'q':
		s->request.budget_ns = 60 * SECOND_NS;
		break;
	case 'f':
		s->request.budget_ns = 0;
		break;
	case 'l':
		bad = take_label(s, value, want);
		break;
	case 'o':
		s->request.only = value;
		break;
	case 'd':
		s->out = value;
		break;
	case 's':
		bad = option_number(value, 0, INT64_MAX, &s->request.seed, want);
		s->seed_given = true;
		break;
	case 'L':
		bad = option_load(value, &s->request.load, want);
		break;
	case 'p':
		s->plan_only = true;
		break;
	case 'r':
		s->resume = value;
		break;
	}
	return bad;
}

/* 0, -1 when --help was answered, or an exit code after a line. */
static int parse(struct sweep *s, int argc, char **argv)
{
	char want[OPTION_WANT] = "";
	int option, bad = 0;

	opterr = 0;
	optind = 1;
	while (!bad && (option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return -1;
		}
		if (option == ':' || option == '?') {
			fprintf(stderr, PROGRAM ": %s: %s; --help lists the options\n",
				argv[optind - 1],
				option == ':' ? "needs a value" : "no such option");
			return EX_USAGE;
		}
		bad = take_option(s, option, optarg, want);
	}
	if (bad)
		fprintf(stderr, PROGRAM ": %s: not valid; it takes %s\n", argv[optind - 1], want);
	else if (optind < argc)
		fprintf(stderr, PROGRAM ": %s: not an option; --help lists them\n", argv[optind]);
	else if (s->resume && s->others_given)
		fprintf(stderr,
			PROGRAM ": --resume=%s: goes with no other option: the run has its plan\n",
			s->resume);
	else
		return add_floor(s);
	return EX_USAGE;
}

/* What an invocation takes beside warm-up and measuring: the mean of a few cells, tried once. */
static void try_overhead(struct sweep *s, bool here)
{
	uint64_t asked_ns = TRIAL_NS + TRIAL_WARM_NS, took_ns = 0;
	unsigned tried = 0;

	s->request.overhead_ns = OVERHEAD_NS;
	for (size_t i = 0; here && i < TRIALS && !s->children.interrupted; i++) {
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
	if (!topology_is_this_machine(t) && !s->plan_only) {
		fprintf(stderr,
			"handoff sweep: HWLOC_XMLFILE or HWLOC_SYNTHETIC is set: that "
			"machine is not this one and can only be planned for: --plan-only\n");
		topology_free(t);
		return EX_USAGE;
	}
	s->asked_ns = budget_ns;
	s->request.budget_ns = 0;
	if (topology_is_this_machine(t))
		surroundings_hand_on(s->topology_xml);
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
			"handoff sweep: --only=%s: matches nothing; handoff list shows "
			"the names\n",
			s->request.only ? s->request.only : "*");
	else if (err)
		fprintf(stderr, "handoff sweep: cannot plan: %s\n", strerror(-err));
	return err == -ENOENT ? EX_USAGE : err ? EX_OSERR : 0;
}

int sweep_complain(const struct sweep *s, const char *what, int err, int code)
{
	fprintf(stderr, PROGRAM ": %s: %s: %s\n", s->dir.path, what, strerror(-err));
	return code;
}

static void print_plan(const struct sweep *s)
{
	size_t skipped = 0, rows = s->plan.n_run * s->plan.blocks + s->plan.extra;
	uint64_t time_s = rows * s->plan.cost_ns / SECOND_NS;

	for (size_t i = 0; i < s->plan.n_cells; i++)
		skipped += !strcmp(row_get_text(&s->plan.cells[i], COL_status), "skipped");
	if (s->asked_ns) /* what is left over is for repeats and drawing */
		time_s = s->asked_ns / SECOND_NS;
	fprintf(stderr,
		"%s %llum %02llus: %zu cells, each %u times for %llu ms; then about %zu further "
		"times where intervals are wide; seed %llu; %zu cells cannot run here, %zu are "
		"over "
		"the budget\n",
		s->request.budget_ns ? "about" : "at most about", (unsigned long long)time_s / 60,
		(unsigned long long)time_s % 60, s->plan.n_run, s->plan.blocks,
		(unsigned long long)s->plan.duration_ns / 1000000, s->plan.extra,
		(unsigned long long)s->plan.seed, skipped,
		s->plan.n_cells - s->plan.n_run - skipped);
}

/* The files that a run has before its first row. 0 or an exit code after a line. */
static int prepare(struct sweep *s)
{
	int err = rundir_machine(&s->dir);

	if (!err)
		err = surroundings_before(&s->dir, s->topology_xml);
	if (!err)
		err = sweep_remember(s);
	if (!err)
		err = rundir_csv_create(&s->samples, &s->dir, CSV_SAMPLES);
	s->seen = calloc(s->plan.n_cells + 1, sizeof(*s->seen));
	if (!err && !s->seen)
		err = -ENOMEM;
	s->stop_ns = UINT64_MAX;
	if (s->request.budget_ns)
		s->stop_ns = clock_system_now_ns() +
			     s->request.budget_ns / 20 * 19; /* the rest is to draw */
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
	err = surroundings_after(PROGRAM, &s->dir);
	if (err)
		return report_cannot_write(PROGRAM, &s->dir, err);
	err = report_summarise(PROGRAM, (char *const[]){s->dir.path}, 1, &s->dir);
	if (err)
		return err;
	fprintf(stderr, "%zu rows with figures, %zu failed, %zu repeated because of noise\n", s->ok,
		s->failed, s->repeated);
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
	print_plan(s);
	return s->plan_only ? 0 : prepare(s);
}

/* Where the time went, of this command from its first line to now. */
static void print_shares(const struct sweep *s)
{
	double all = (double)(clock_system_now_ns() - s->command_ns);
	double timed = 100 * (double)s->timed_ns / all, warm = 100 * (double)s->warm_ns / all;
	double start = 100 * (double)s->start_ns / all;

	fprintf(stderr,
		"%.0f s, of them %.1f %% timed, %.1f %% warm-up, %.1f %% starts of invocations "
		"(%.1f ms each), %.1f %% all else\n",
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
				   1);
		print_shares(s);
		if (!s->ok && s->failed)
			code = EX_SOFTWARE;
	}
	printf("%s\n", s->dir.path);
	return s->children.interrupted ? 130 : code;
}

/* What a sweep that was killed left in the system goes, even if no microbenchmark is to start. */
static void remove_leftovers(void)
{
	if (names_begin())
		return;
	if (names_swept())
		fprintf(stderr, PROGRAM ": removed %u objects that a killed run had left\n",
			names_swept());
	names_end();
}

int command_sweep(int argc, char **argv)
{
	static struct sweep s;
	struct timespec t;
	int code, err;

	s.command_ns = clock_system_now_ns();
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
	s.stop_ns = UINT64_MAX;
	remove_leftovers();
	invoker_begin(&s.invoker, &s.children);
	code = run_all(&s);
	schedule_free(&s.schedule);
	plan_free(&s.plan);
	free(s.seen);
	free(s.topology_xml);
	free(s.only_and_floor);
	return code;
}
