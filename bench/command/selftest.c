/* SPDX-License-Identifier: MIT */
/*
 * `handoff selftest`: can this program, on this machine, tell a change from none? Two arms with the
 * same settings must not differ, a known change must be found. Everything goes the way of a real
 * comparison: the same switches, blocks, processes, statistics.
 */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "bench/command/blocks.h"
#include "bench/command/command.h"
#include "bench/command/compare_table.h"
#include "bench/command/options.h"
#include "bench/measure/clock.h"

#define PROGRAM "handoff selftest"
#define SECOND_NS 1000000000ull
#define CELL_NS (SECOND_NS / 20)
#define CELLS 40	/* in each stretch of blocks */
#define COMPARISONS 200 /* of identical arms, at least */
#define PAIRS 15	/* of each */
#define FALSE_MOST \
	18 /* of 200 with p below 0.05 by chance: 99 % of the binomial (qbinom(.99, 200, .05)) */
#define HARMLESS "/proc/sys/vm/swappiness" /* set to what it is: the way of a real switch */
#define LATENCY "/dev/cpu_dma_latency"

static const char help[] =
	"Usage: handoff selftest [option]...\n"
	"Compares this machine with itself, then with known changes; about 15 minutes.\n"
	"  --only=GLOB[,GLOB]   cells of the comparison with itself; 'ipc/*,sync/*'\n"
	"  --inject=DIR         directory of microbenchmarks built with injection (make "
	"bench-compare)\n"
	"  --settle=T           wait after each switch; 200ms\n"
	"  --out=DIR            the directory; it must not exist or be empty\n"
	"  --seed=N             of all random choices\n"
	"  --help               this text\n"
	"Exit code 0: it can be trusted here; 1: it cannot; 2: a part could not be tried.\n";

struct selftest {
	struct children children;
	const char *only, *out, *inject;
	uint64_t settle_ns, seed;
	struct rundir dir;
	bool failed;  /* a part went wrong */
	bool untried; /* a part could not be tried */
	double sd;    /* spread of log ratios at four cells of five */
	uint64_t block_ns;
};

/* 0, -1 when --help was answered, or an exit code after a line. */
static int parse(struct selftest *t, int argc, char **argv)
{
	static const struct option options[] = {
		{"only", required_argument, NULL, 'o'},
		{"inject", required_argument, NULL, 'i'},
		{"settle", required_argument, NULL, 'w'},
		{"out", required_argument, NULL, 'd'},
		{"seed", required_argument, NULL, 's'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	char want[OPTION_WANT] = "";
	int option, bad = 0;

	opterr = 0;
	optind = 0;
	while (!bad && (option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return -1;
		}
		if (option == 'o')
			t->only = optarg;
		else if (option == 'i')
			t->inject = optarg;
		else if (option == 'd')
			t->out = optarg;
		else if (option == 'w')
			bad = option_time(optarg, &t->settle_ns, want);
		else if (option == 's')
			bad = option_number(optarg, 0, INT64_MAX, &t->seed, want);
		else
			bad = snprintf(want, sizeof(want), "an option that --help lists");
	}
	if (!bad && optind == argc)
		return 0;
	fprintf(stderr, PROGRAM ": %s: not valid; it takes %s\n", argv[bad ? optind - 1 : optind],
		bad ? want : "no arguments");
	return EX_USAGE;
}

/* An arm that sets `path` to `value`. */
static void setting_arm(struct arm *arm, const char *name, const char *path, const char *value)
{
	*arm = (struct arm){.kind = ARM_KNOBS};
	for (size_t i = 0; i < KNOBS_MAX; i++)
		arm->knobs.held[i] = -1;
	snprintf(arm->name, sizeof(arm->name), "%s", name);
	arm->knobs.n = 1;
	snprintf(arm->knobs.knob[0].path, SETTING_PATH, "%s", path);
	snprintf(arm->knobs.knob[0].value, SETTING_VALUE, "%s", value);
	arm->knobs.knob[0].hold = !strcmp(path, LATENCY);
}

static void plain_arm(struct arm *arm, const char *name, const char *beside, unsigned long count)
{
	*arm = (struct arm){.kind = beside ? ARM_BUILD : ARM_NONE};
	for (size_t i = 0; i < KNOBS_MAX; i++)
		arm->knobs.held[i] = -1;
	snprintf(arm->name, sizeof(arm->name), "%s", name);
	if (!beside)
		return;
	snprintf(arm->beside, sizeof(arm->beside), "%s", beside);
	snprintf(arm->count, sizeof(arm->count), "%lu", count);
}

/* A comparison of b->arms over the cells of `only`; `n` blocks from `first`. 0 or -errno. */
static int run(struct selftest *t, struct blocks *b, unsigned first, unsigned n,
	       struct comparison *c)
{
	int err = 0;

	for (unsigned i = 0; !err && i < n; i++) {
		err = blocks_run(b, first + i, true, c);
		fprintf(stderr, "block %u of %u\n", i + 1, n);
	}
	if (err && err != -EINTR)
		fprintf(stderr, PROGRAM ": %s\n", *b->error ? b->error : strerror(-err));
	return err ? err : comparison_judge(c, COMPARE_EFFECT);
}

/* Makes `b` ready with its arms set; 0 or -errno. */
static int begin(struct selftest *t, struct blocks *b, const char *only, size_t most,
		 const char *file)
{
	int err;

	b->children = &t->children;
	b->seed = t->seed;
	b->settle_ns = t->settle_ns;
	b->dir = t->dir;
	b->restore.fd = -1;
	invoker_begin(&b->invoker, &t->children);
	err = blocks_plan(b, only, most, CELL_NS);
	for (size_t i = 0; !err && i < b->n_arms && *b->restore.path == '\0'; i++)
		if (arm_changes(&b->arms[i]))
			err = restore_begin(&b->restore);
	if (err)
		*b->restore.path = '\0';
	if (!err && rundir_subdir(&b->dir, file) == 0) {
		snprintf(b->dir.path + strlen(b->dir.path),
			 sizeof(b->dir.path) - strlen(b->dir.path), "/%s", file);
		err = rundir_csv_create(&b->samples, &b->dir, CSV_SAMPLES);
	}
	return err;
}

/* Ends `b`; a machine that is not as it was is a failure of its own. */
static void end(struct selftest *t, struct blocks *b)
{
	if (blocks_end(b)) {
		printf("FAILED  settings are not as they were found\n");
		t->failed = true;
	}
}

/* Two arms with the same settings: how often the statistics cry wolf. 0 or -errno. */
static int test_identical(struct selftest *t)
{
	static struct blocks b;
	char now[SETTING_VALUE];
	size_t n = 0, below = 0, verdicts = 0;
	bool real = !geteuid() && !setting_read(HARMLESS, now);
	static struct row row;
	int err;

	b.n_arms = 2;
	for (size_t i = 0; i < 2; i++) {
		const char *name = i ? "second" : "first";

		if (real)
			setting_arm(&b.arms[i], name, HARMLESS, now);
		else
			plain_arm(&b.arms[i], name, NULL, 0);
	}
	err = begin(t, &b, t->only, CELLS, "identical");
	for (unsigned stretch = 0; !err && n < COMPARISONS; stretch++) {
		struct comparison *c = comparison_new("first");
		uint64_t began = clock_system_now_ns();

		err = c ? run(t, &b, 1 + stretch * PAIRS, PAIRS, c) : -ENOMEM;
		t->block_ns = (clock_system_now_ns() - began) / PAIRS;
		for (size_t i = 0; !err && i < comparison_count(c); i++) {
			comparison_row(c, i, &row);
			verdicts += strcmp(row_get_text(&row, COL_verdict), "faster") == 0 ||
				    strcmp(row_get_text(&row, COL_verdict), "slower") == 0;
		}
		if (!err && !comparison_count(c))
			err = -ENODATA;
		if (!err) {
			n += comparison_count(c);
			below += comparison_below(c, COMPARE_ALPHA);
			t->sd = comparison_deviation(c, 0.8);
		}
		comparison_free(c);
	}
	end(t, &b);
	if (err)
		return err;
	t->failed |= below * COMPARISONS > FALSE_MOST * n || verdicts;
	printf("%s  identical arms%s: %zu of %zu comparisons with p below 0.05 (at most %zu by "
	       "chance), %zu "
	       "verdicts of faster or slower\n",
	       below * COMPARISONS > FALSE_MOST * n || verdicts ? "FAILED" : "passed",
	       real ? ", switched like real ones" : " (no root: nothing is switched)", below, n,
	       FALSE_MOST * n / COMPARISONS, verdicts);
	return 0;
}

/* Ratio of arms[1] to arms[0] of one cell over `pairs` blocks; verdict into `verdict`. 0 or -errno. */
static int compare_one(struct selftest *t, struct blocks *b, const char *only, unsigned pairs,
		       const char *file, struct row *row)
{
	struct comparison *c = comparison_new(b->arms[0].name);
	int err = c ? begin(t, b, only, 1, file) : -ENOMEM;

	if (!err)
		err = run(t, b, 1, pairs, c);
	if (!err && !comparison_count(c))
		err = -ENODATA;
	if (!err)
		comparison_row(c, 0, row);
	end(t, b);
	comparison_free(c);
	return err;
}

/* A delay of known size in the path of a message. 0 or -errno. */
static int test_injected(struct selftest *t)
{
	static const char cell[] = "ipc/pipe:pair";
	static struct blocks probe, real;
	static struct row row;
	const unsigned long trial = 1000;
	double per_count, wanted, base_ns;
	unsigned long count;
	int err;

	if (!t->inject) {
		printf("untried injected delay: no microbenchmarks with injection; make "
		       "bench-compare builds "
		       "them\n");
		t->untried = true;
		return 0;
	}
	probe.n_arms = real.n_arms = 2;
	plain_arm(&probe.arms[0], "inject-0", t->inject, 0);
	plain_arm(&probe.arms[1], "inject-1000", t->inject, trial);
	err = compare_one(t, &probe, cell, 6, "probe", &row);
	if (err)
		return err;
	base_ns = row_get_decimal(&row, COL_base);
	per_count = (row_get_decimal(&row, COL_new) - base_ns) / (double)trial;
	wanted = fmax(0.05, 0.02 + 1.5 * row_get_decimal(&row, COL_detectable));
	count = (unsigned long)(wanted * base_ns / (per_count > 0 ? per_count : 1) + 1);
	plain_arm(&real.arms[0], "inject-0", t->inject, 0);
	plain_arm(&real.arms[1], "injected", t->inject, count);
	err = compare_one(t, &real, cell, PAIRS, "injected", &row);
	if (err)
		return err;
	t->failed |= strcmp(row_get_text(&row, COL_verdict), "slower") != 0;
	printf("%s  a delay of %.1f %% injected into a pipe: %s, ratio %.3f (%.3f to %.3f)\n",
	       strcmp(row_get_text(&row, COL_verdict), "slower") ? "FAILED" : "passed",
	       100 * wanted, row_get_text(&row, COL_verdict), row_get_decimal(&row, COL_ratio),
	       row_get_decimal(&row, COL_ratio_lo), row_get_decimal(&row, COL_ratio_hi));
	return 0;
}

/* Deep sleep forbidden: a known effect on who sleeps across PUs. 0 or -errno. */
static int test_latency(struct selftest *t)
{
	static struct blocks b;
	static struct row row;
	int err;

	if (access(LATENCY, W_OK) || access("/sys/devices/system/cpu/cpu0/cpuidle/state1", F_OK)) {
		printf("untried " LATENCY " = 0: needs root and a machine with idle states\n");
		t->untried = true;
		return 0;
	}
	b.n_arms = 2;
	plain_arm(&b.arms[0], "none", NULL, 0);
	setting_arm(&b.arms[1], "no-sleep", LATENCY, "0");
	err = compare_one(t, &b, "ipc/pipe:pair", PAIRS, "latency", &row);
	if (err)
		return err;
	printf("known   " LATENCY " = 0 on a pipe across PUs: %s, ratio %.3f (%.3f to %.3f)\n",
	       row_get_text(&row, COL_verdict), row_get_decimal(&row, COL_ratio),
	       row_get_decimal(&row, COL_ratio_lo), row_get_decimal(&row, COL_ratio_hi));
	return 0;
}

/* What changes can be seen here at all. */
static void print_sight(const struct selftest *t)
{
	static const unsigned minutes[] = {5, 30};

	printf("spread of the ratio of two invocations at four cells of five: %.1f %%\n",
	       100 * t->sd);
	for (size_t i = 0; i < 2; i++) {
		size_t n = (size_t)(minutes[i] * 60 * SECOND_NS / (t->block_ns ? t->block_ns : 1));

		if (n < 6)
			printf("in %u minutes: too few blocks of %d cells for any interval\n",
			       minutes[i], CELLS);
		else
			printf("in %u minutes (%zu blocks of %d cells): changes of %.1f %% and "
			       "more\n",
			       minutes[i], n, CELLS,
			       100 * (paired_detectable(t->sd, n, CELLS) - 1));
	}
}

int command_selftest(int argc, char **argv)
{
	static struct selftest t = {.settle_ns = SECOND_NS / 5};
	int code, err;

	t.seed = (uint64_t)time(NULL);
	code = parse(&t, argc, argv);
	if (code)
		return code < 0 ? 0 : code;
	if (children_begin(&t.children))
		return EX_OSERR;
	err = rundir_create(&t.dir, t.out);
	if (err) {
		fprintf(stderr, PROGRAM ": %s: cannot create: %s\n", t.dir.path,
			err == -ENOTEMPTY ? "it exists and is not empty" : strerror(-err));
		return EX_CANTCREAT;
	}
	err = test_identical(&t);
	if (!err)
		print_sight(&t);
	if (!err)
		err = test_injected(&t);
	if (!err)
		err = test_latency(&t);
	if (err == -EINTR)
		return 130;
	if (err) {
		fprintf(stderr, PROGRAM ": %s\n",
			err == -EEXIST ? "a killed run has left settings changed; run handoff "
					 "restore first"
				       : strerror(-err));
		return EX_SOFTWARE;
	}
	printf("%s\n", t.dir.path);
	return t.failed ? 1 : t.untried ? 2 : 0;
}
