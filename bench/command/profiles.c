/* SPDX-License-Identifier: MIT */
/*
 * `handoff profiles`: states of the machine against each other, in blocks that visit each of them
 * once in random order. Says what differed, what got faster or slower, and puts everything back.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "bench/base/clock.h"
#include "bench/base/wrap.h"
#include "bench/command/arguments.h"
#include "bench/command/arm_settings.h"
#include "bench/command/blocks.h"
#include "bench/command/command.h"
#include "bench/command/report.h"
#include "bench/command/suggest.h"
#include "bench/machine/limits.h"
#include "bench/machine/others.h"
#include "bench/program/options.h"
#include "bench/record/csv.h"
#include "bench/record/samples.h"
#include "bench/report/compare_table.h"
#include "bench/report/effective.h"

#define PROGRAM "handoff profiles"
#define VISIT_NS (20 * SECOND_NS) /* of cells in one visit of an arm, about */
#define CELLS_MAX 150
#define CELL_NS (SECOND_NS / 20) /* of measuring, per invocation */
#define EFFECT_WANTED 1.05	 /* what the pilot plans to find, four times in five */
#define PILOT_QUANTILE 0.8	 /* at this share of the cells */

static const char help[] =
	"Usage: handoff profiles [option]... PROFILE [PROFILE]...\n"
	"Compares profiles, which are states of this machine. Each block visits every profile "
	"once,\n"
	"in random order.\n"
	"  PROFILE              none; or parts joined by +, which are\n"
	"                       knobs:NAME (scripts/profiles/NAME.knobs) or knobs:PATH/FILE,\n"
	"                       tuned:NAME, a profile of tuned, or tuned:PATH/DIRECTORY,\n"
	"                       options:--NAME=VALUE of the measured sides, such as "
	"--slice=100us,\n"
	"                       env:NAME=VALUE in their environment,\n"
	"                       scx:PROGRAM, a scheduler of sched_ext\n"
	"  --baseline=PROFILE   what the others are compared with; none, the machine as it is\n"
	"  --budget=T           time limit; 30m. The blocks that a verdict needs are made in any "
	"case\n"
	"  --rounds=N           number of blocks; without it, a pilot of 5 blocks decides\n"
	"  --only=GLOB[,GLOB]   only configurations that match group/mechanism:variant\n"
	"  --name=GLOB          only those whose whole name matches, such as '*paced*every 1 ms*'\n"
	"  --cells=N            only the N most important configurations, floors last; 150, or "
	"what\n"
	"                       the budget allows\n"
	"  --duration=T         time to measure each configuration in a visit; 50ms\n"
	"  --load=KIND          add a background load: sibling, cpu, memory, or same (a busy "
	"process\n"
	"                       on each measured CPU)\n"
	"  --settle=T           wait after each switch; 2s\n"
	"  --effect=P%          smallest change that matters; 2%\n"
	"  --plan-only          print the possible configurations as CSV, the most important "
	"first\n"
	"  --out=DIR            the result directory; it must be new or empty\n"
	"  --seed=N             seed of all random choices\n"
	"  --help               this text\n"
	"Changing settings needs root. They are put back at the end, also after Ctrl-C.\n"
	"After a crash, handoff restore puts them back.\n";

struct profiles {
	struct blocks blocks;
	struct children children;
	const char *baseline, *only, *out;
	uint64_t budget_ns, duration_ns;
	unsigned rounds; /* 0 = by the pilot */
	uint64_t cells;	 /* at most */
	double effect;
	bool plan_only;
	struct arm_settings observed;
};

static int read_rounds(const char *text, unsigned *ret, char *want)
{
	uint64_t n;
	int err = option_number(text, 6, 10000, &n, want);

	*ret = err ? 0 : (unsigned)n;
	return err;
}

/* A visit of a configuration, and no longer than its watchdog lets it be. */
static int read_duration(const char *text, uint64_t *ret, char *want)
{
	int err = option_time(text, ret, want);

	if (!err && (*ret < SECOND_NS / 1000 || *ret > VISIT_NS)) {
		snprintf(want, OPTION_WANT, "a time from 1ms to 20s");
		return -EINVAL;
	}
	return err;
}

static int take(void *to, int option, const char *text, char *want)
{
	struct profiles *p = to;

	switch (option) {
	case 'b':
		p->baseline = text;
		return 0;
	case 't':
		return option_time(text, &p->budget_ns, want);
	case 'r':
		return read_rounds(text, &p->rounds, want);
	case 'o':
		p->only = text;
		return 0;
	case 'c':
		p->blocks.floors_last =
			true; /* few are asked for: those that are compared, not their floors */
		return option_number(text, 1, CELLS_MAX, &p->cells, want);
	case 'w':
		return option_time(text, &p->blocks.settle_ns, want);
	case 'D':
		return read_duration(text, &p->duration_ns, want);
	case 'N':
		p->blocks.named = text;
		return 0;
	case 'L':
		return option_load(text, &p->blocks.load, want);
	case 'e':
		return option_percent(text, &p->effect, want);
	case 'd':
		p->out = text;
		return 0;
	case 'p':
		p->plan_only = true;
		return 0;
	default:
		return option_number(text, 0, INT64_MAX, &p->blocks.seed, want);
	}
}

/* 0, -1 when --help was answered, or an exit code after a line. */
static int parse(struct profiles *p, int argc, char **argv)
{
	static const struct option options[] = {OPTION("baseline", 'b'), OPTION("budget", 't'),
						OPTION("rounds", 'r'),	 OPTION("only", 'o'),
						OPTION("name", 'N'),	 OPTION("cells", 'c'),
						OPTION("settle", 'w'),	 OPTION("duration", 'D'),
						OPTION("load", 'L'),	 OPTION("effect", 'e'),
						OPTION("out", 'd'),	 SWITCH("plan-only", 'p'),
						OPTION("seed", 's'),	 OPTIONS_END};
	static const struct arguments arguments = {PROGRAM, help, options, take, true};
	int code = arguments_read(&arguments, p, argc, argv);

	if (code)
		return code;
	if (optind < argc && argc - optind < ARMS_MAX)
		return 0;
	fprintf(stderr, PROGRAM ": name the profiles to compare with %s, at most %d\n", p->baseline,
		ARMS_MAX - 1);
	return EX_USAGE;
}

/*
 * Reads one; what this machine cannot have is skipped, where that `may` be. 0 or an exit code after
 * a line.
 */
static int read_arm(struct profiles *p, const char *name, bool may)
{
	struct blocks *b = &p->blocks;
	struct arm *arm = &b->arms[b->n_arms];
	int err = arm_read(arm, name, p->children.beside, b->error);

	if (!err) {
		b->with_tuned |= arm_has_profile(arm);
		b->n_arms++;
		return 0;
	}
	arm_free(arm);
	may = may && err == -EOPNOTSUPP;
	fprintf(stderr, PROGRAM ": %s%s\n", may ? "skipped: " : "", b->error);
	if (!may)
		return err == -EINVAL ? EX_USAGE : EX_UNAVAILABLE;
	snprintf(b->skipped[b->n_skipped].name, ARM_NAME, "%s", name);
	snprintf(b->skipped[b->n_skipped++].why, KNOBS_ERROR, "%s", b->error);
	return 0;
}

/* Reads baseline and arms; 0 or an exit code after a line. */
static int read_arms(struct profiles *p, int n, char **names)
{
	struct blocks *b = &p->blocks;

	for (int i = -1; i < n; i++) {
		const char *name = i < 0 ? p->baseline : names[i];
		int code;

		for (size_t k = 0; k < b->n_arms; k++)
			if (!strcmp(b->arms[k].name, name)) {
				fprintf(stderr, PROGRAM ": %s is named twice\n", name);
				return EX_USAGE;
			}
		code = read_arm(p, name, i >= 0);
		if (code)
			return code;
	}
	for (size_t i = 0; b->with_tuned && i < b->n_arms; i++)
		arm_add_daemon(&b->arms[i]);
	return b->n_arms > 1 ? 0 : EX_UNAVAILABLE;
}

/* Begins the journal where an arm changes something; 0 or an exit code after a line. */
static int begin_restore(struct profiles *p)
{
	struct blocks *b = &p->blocks;
	char name[OTHERS_TEXT], busy[OTHERS_TEXT + 32];
	bool changes = false;
	int err;

	for (size_t i = 0; i < b->n_arms; i++)
		changes |= arm_changes(&b->arms[i]);
	if (!changes)
		return 0;
	err = restore_begin(&b->restore);
	if (!err)
		return 0;
	snprintf(busy, sizeof(busy), "%s is changing settings",
		 others_name(others_lock_holder(b->restore.path), name));
	fprintf(stderr, PROGRAM ": %s: %s\n", b->restore.path,
		err == -EEXIST
			? "a killed comparison left settings changed; run handoff restore first"
		: err == -EBUSY ? busy
		: err == -EPERM ? "not trusted: other users can write it, and it decides what is "
				  "written to the machine"
				: strerror(-err));
	*b->restore.path = '\0';
	return EX_CANTCREAT;
}

/* The pairs without which a comparison of so many arms can say nothing, whatever they show. */
static size_t least_rounds(const struct blocks *b)
{
	size_t needed = compare_pairs_needed(b->n_arms);

	return needed > PAIRED_ROUNDS_MIN ? needed : PAIRED_ROUNDS_MIN;
}

static uint64_t block_ns(const struct blocks *b, size_t n_cells, uint64_t cost_ns)
{
	return b->n_arms * (b->settle_ns + n_cells * cost_ns);
}

/* As many cells as a visit and the budget hold; 0 or an exit code after a line. */
static int choose_cells(struct profiles *p)
{
	struct blocks *b = &p->blocks;
	size_t n = b->n_cells, rounds = p->rounds ? p->rounds : BLOCKS_PILOT + least_rounds(b);
	uint64_t cost_ns, all_ns;

	cost_ns = blocks_cost_ns(b);
	if (n > VISIT_NS / cost_ns)
		n = VISIT_NS / cost_ns + 1;
	while (n > 1 && rounds * block_ns(b, n, cost_ns) > p->budget_ns)
		n--;
	b->n_cells = n;
	if (rounds < compare_pairs_needed(b->n_arms)) {
		fprintf(stderr,
			PROGRAM ": --rounds=%u: %zu profiles need %zu rounds for a verdict\n",
			p->rounds, b->n_arms, compare_pairs_needed(b->n_arms));
		return EX_USAGE;
	}
	all_ns = rounds * block_ns(b, n, cost_ns);
	wrap_print(stderr, "%zu configuration%s, %zu profiles, at least %llu min%s; seed %llu", n,
		   n == 1 ? "" : "s", b->n_arms, (unsigned long long)(all_ns / SECOND_NS / 60 + 1),
		   all_ns > p->budget_ns ? ", more than the budget: a verdict needs that" : "",
		   (unsigned long long)b->seed);
	return 0;
}

static void entered(void *arg, size_t arm)
{
	struct profiles *p = arg;

	arm_settings_entered(&p->observed, &p->blocks, arm);
}

static bool leaving(void *arg, size_t arm, unsigned block)
{
	struct profiles *p = arg;

	return arm_settings_leaving(&p->observed, &p->blocks, arm, block);
}

/* Runs blocks `first` to `last`; 0 or -errno. */
static int run_blocks(struct profiles *p, unsigned first, unsigned last, bool counts,
		      struct comparison *c)
{
	struct blocks *b = &p->blocks;
	uint64_t begin = clock_system_now_ns();
	int err = 0;

	for (unsigned block = first; !err && block <= last; block++) {
		err = blocks_run(b, block, counts, c);
		if (!err)
			fprintf(stderr, "%s block %u of %u, %llu s left\n",
				counts ? "main" : "pilot", block - first + 1, last - first + 1,
				(unsigned long long)((clock_system_now_ns() - begin) / SECOND_NS *
						     (last - block) / (block - first + 1)));
	}
	return err;
}

/*
 * What is to be found: a change of 5 %, or one as far beyond the smallest effect as that is of 2 %.
 */
static double wanted_ratio(const struct profiles *p)
{
	return fmax(EFFECT_WANTED, EFFECT_WANTED * (1 + p->effect) / (1 + COMPARE_EFFECT));
}

/*
 * Blocks of the main run, frozen here: what the pilot's spread asks for, as far as the budget goes.
 */
static unsigned decide(struct profiles *p, struct comparison *pilot, uint64_t one_block_ns)
{
	size_t least = least_rounds(&p->blocks), n = least, fit;
	double sd, wanted = wanted_ratio(p);

	if (comparison_judge(pilot, p->effect))
		return (unsigned)least;
	sd = comparison_deviation(pilot, PILOT_QUANTILE);
	if (!isnan(sd))
		n = comparison_rounds(pilot, wanted, PILOT_QUANTILE);
	if (n < least)
		n = least;
	fit = p->budget_ns / one_block_ns;
	fit = fit > BLOCKS_PILOT ? fit - BLOCKS_PILOT : 0;
	wrap_print(stderr,
		   "pilot: ratios spread by %.1f %% in four of five configurations; to detect a "
		   "change of %.1f %% among %zu comparisons takes %zu blocks%s",
		   100 * sd, 100 * (wanted - 1), comparison_count(pilot), n,
		   fit >= n	  ? ""
		   : fit >= least ? "; the budget allows fewer"
				  : "; the budget allows too few for any verdict");
	if (fit < n)
		n = fit > least ? fit : least;
	return (unsigned)n;
}

static int take_effective(void *to, const struct row *row)
{
	return effective_add(to, row, row_get_text(row, COL_arm));
}

/* What the kernel made of configurations differently in the arms; an exit code. */
static int print_effective(const struct blocks *b)
{
	struct effective *e = effective_new(b->arms[0].name);
	int code = e ? samples_read(PROGRAM, b->dir.path, take_effective, e) : EX_OSERR;

	if (!code && effective_print(e, stdout))
		code = EX_OSERR;
	effective_free(e);
	return code;
}

/* Files and words for what was measured; an exit code. */
static int conclude(struct profiles *p, struct comparison *c)
{
	struct blocks *b = &p->blocks;
	int err = compare_write(&b->dir, c), code;

	if (!err)
		err = arm_settings_write(&p->observed, b);
	if (err)
		return report_cannot_write(PROGRAM, &b->dir, err);
	compare_print_tally(c, stdout);
	arm_settings_print(&p->observed, b, stdout);
	for (size_t i = 0; i < b->n_skipped; i++)
		printf("skipped: %s\n", b->skipped[i].why);
	code = print_effective(b);
	if (code)
		return code;
	if (b->with_tuned)
		printf("tuned's daemon ran in every profile, with an empty one where the profile "
		       "is not tuned's; dynamic tuning was off\n");
	wrap_print(
		stdout,
		"design: blocks visit every profile once in random order (seed %llu), "
		"configurations shuffled; %g s of settling after each switch; %u noisy runs were "
		"repeated in all profiles",
		(unsigned long long)b->seed, (double)b->settle_ns / SECOND_NS, b->noisy);
	compare_print_waits(c, stdout);
	compare_print_too_few(c, stdout);
	err = compare_print(c);
	if (!err)
		err = compare_print_missing(c, stdout);
	return err ? EX_OSERR : 0;
}

/* Why the run ended: a switch that failed, a full disk, or the system. An exit code. */
static int complain_run(const struct blocks *b, int err)
{
	if (!*b->error && (err == -ENOSPC || err == -EDQUOT || err == -EFBIG || err == -EROFS))
		return report_cannot_write(PROGRAM, &b->dir, err);
	if (*b->error)
		fprintf(stderr, PROGRAM ": %s\n", b->error);
	else
		fprintf(stderr, PROGRAM ": a block could not be measured: %s\n",
			limits_explain(err));
	return EX_IOERR;
}

/* No configuration can be compared; what the last block says of that. */
static int complain_nothing(const struct blocks *b)
{
	const char *why = "";

	for (size_t i = 0; !*why && i < b->n_arms * b->n_cells; i++)
		if (!row_is_ok(&b->rows[i]))
			why = row_get_text(&b->rows[i], COL_reason);
	fprintf(stderr, PROGRAM ": no configuration has figures in two profiles%s%s\n",
		*why ? ": " : "", why);
	return EX_SOFTWARE;
}

/* What came of the runs; those of an interrupted one may be none. An exit code. */
static int judge(struct profiles *p, struct comparison *c, bool interrupted)
{
	int err = comparison_judge(c, p->effect);

	if (err) {
		fprintf(stderr, PROGRAM ": the runs cannot be compared: %s\n", limits_explain(err));
		return EX_OSERR;
	}
	if (comparison_count(c))
		return conclude(p, c);
	return interrupted ? 0 : complain_nothing(&p->blocks);
}

/* Pilot and main run; an exit code. */
static int measure(struct profiles *p)
{
	struct blocks *b = &p->blocks;
	struct comparison *pilot = comparison_new(b->arms[0].name);
	struct comparison *c = comparison_new(b->arms[0].name);
	unsigned first = p->rounds ? 1 : BLOCKS_PILOT + 1, last = p->rounds;
	int err = pilot && c ? 0 : -ENOMEM, code, closed;
	uint64_t begin = clock_system_now_ns();

	if (!err && !p->rounds) {
		err = run_blocks(p, 1, BLOCKS_PILOT, false, pilot);
		if (!err)
			last = BLOCKS_PILOT +
			       decide(p, pilot, (clock_system_now_ns() - begin) / BLOCKS_PILOT);
	}
	if (!err)
		err = run_blocks(p, first, last, true, c);
	closed = rundir_csv_close(&b->samples);
	err = err && err != -EINTR ? err : closed ? closed : err;
	if (err && err != -EINTR)
		code = complain_run(b, err);
	else
		code = judge(p, c, err == -EINTR);
	comparison_free(pilot);
	comparison_free(c);
	return code ? code : err == -EINTR ? 130 : 0;
}

static int complain_plan(const struct profiles *p, int err)
{
	if (err == -ENOENT)
		fprintf(stderr,
			PROGRAM
			": --only=%s: matches nothing that runs here%s; handoff list shows the "
			"names\n",
			p->only ? p->only : "*", suggest_mechanism(p->only ? p->only : ""));
	else
		fprintf(stderr, PROGRAM ": cannot plan: the topology or memory for it: %s\n",
			limits_explain(err));
	return err == -ENOENT ? EX_USAGE : EX_OSERR;
}

/* The cells of which a visit measures as many as it holds; an exit code. */
static int print_plan(const struct blocks *b)
{
	int err = csv_write_header(stdout, CSV_PLAN);

	for (size_t i = 0; !err && i < b->n_cells; i++)
		err = csv_write_row(stdout, CSV_PLAN, &b->plan.cells[b->cells[i]]);
	if (!err)
		return 0;
	fprintf(stderr, PROGRAM ": cannot write to standard output: %s\n", strerror(-err));
	return EX_IOERR;
}

/* Everything between the options and the end; an exit code. */
static int run_all(struct profiles *p)
{
	struct blocks *b = &p->blocks;
	int code, err = blocks_plan(b, p->only, p->cells, p->duration_ns);

	if (err)
		return complain_plan(p, err);
	if (p->plan_only)
		return print_plan(b);
	code = choose_cells(p);
	if (!code)
		code = begin_restore(p);
	if (code)
		return code;
	err = rundir_create(&b->dir, p->out);
	if (err)
		return report_cannot_create(PROGRAM, &b->dir, err);
	invoke_warn_others(PROGRAM);
	err = rundir_machine(&b->dir);
	if (!err)
		err = rundir_csv_create(&b->samples, &b->dir, CSV_SAMPLES);
	if (!err)
		err = blocks_write_skipped(b);
	if (err)
		return report_cannot_write(PROGRAM, &b->dir, err);
	if (blocks_keep_times(b))
		return EX_OSERR;
	p->observed.found = settings_read("", environ);
	if (b->with_tuned && tuned_begin(&b->restore, b->error)) {
		fprintf(stderr, PROGRAM ": %s\n", b->error);
		return EX_UNAVAILABLE;
	}
	return measure(p);
}

/* Summary, charts and page of what was measured, and where they are; the exit code after `code`. */
static int report(struct profiles *p, int code)
{
	char *runs[] = {p->blocks.dir.path};
	int drawn = report_summarise(PROGRAM, &p->blocks.dir);

	if (!drawn)
		drawn = report_draw(PROGRAM, &p->children, runs[0], runs, 1, stdout);
	if (!drawn || !code)
		printf("%s\n", runs[0]);
	return code || drawn == EX_UNAVAILABLE ? code : drawn; /* no charts: it has said so */
}

static int run_profiles(struct profiles *p, int argc, char **argv)
{
	int code, left;

	p->baseline = "none";
	p->budget_ns = 1800 * SECOND_NS;
	p->effect = COMPARE_EFFECT;
	p->cells = CELLS_MAX;
	p->duration_ns = CELL_NS;
	p->blocks.settle_ns = 2 * SECOND_NS;
	p->blocks.seed = (uint64_t)time(NULL);
	p->blocks.restore.fd = -1;
	p->blocks.children = &p->children;
	p->blocks.entered = entered;
	p->blocks.leaving = leaving;
	p->blocks.arg = p;
	code = parse(p, argc, argv);
	if (code)
		return code < 0 ? 0 : code;
	if (children_begin(&p->children))
		return EX_OSERR;
	code = p->plan_only ? 0 : invoke_refuse_class(PROGRAM);
	if (code)
		return code;
	invoker_begin(&p->blocks.invoker, &p->children);
	code = read_arms(p, argc - optind, argv + optind);
	if (!code)
		code = run_all(p);
	left = blocks_end(&p->blocks);
	if (p->observed.found)
		left = arm_settings_check_restored(&p->observed, PROGRAM, left);
	if (p->observed.found && (!code || code == 130))
		code = report(p, code);
	arm_settings_free(&p->observed);
	return code ? code : left;
}

int command_profiles(int argc, char **argv)
{
	struct profiles *p = calloc(1, sizeof(*p));
	int code = EX_OSERR;

	if (p)
		code = run_profiles(p, argc, argv);
	else
		fprintf(stderr, PROGRAM ": cannot begin: %s\n", limits_explain(-ENOMEM));
	free(p);
	return code;
}
