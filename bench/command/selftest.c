/* SPDX-License-Identifier: MIT */
/*
 * `handoff selftest`: can this program, on this machine, tell a change from none? Two arms with the
 * same settings must not differ, a known change must be found. Everything goes the way of a real
 * comparison: the same switches, blocks, processes, statistics.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "bench/base/clock.h"
#include "bench/base/text.h"
#include "bench/command/arguments.h"
#include "bench/command/blocks.h"
#include "bench/command/command.h"
#include "bench/command/report.h"
#include "bench/command/suggest.h"
#include "bench/machine/limits.h"
#include "bench/machine/others.h"
#include "bench/record/cell.h"
#include "bench/report/compare_table.h"

#define PROGRAM "handoff selftest"
#define CELL_NS (SECOND_NS / 20) /* of measuring a pipe */
/* Each of the many invocations of identical arms measures for so long. */
#define SHORT_NS (SECOND_NS / 50)
#define CELLS 40 /* that the comparison with itself takes in turn */
/*
 * of them in each stretch of blocks: so few because what disturbs one * visit moves all its cells,
 * and then they are no cells of their own
 */
#define STRETCH 10
#define COMPARISONS 200			   /* of identical arms, at least */
#define PAIRS 15			   /* of each */
#define PROBE_PAIRS 6			   /* from which the size of the injected delay is made */
#define PROBE_COUNT 4000ul		   /* multiplications of the probe, some ns each */
#define HARMLESS "/proc/sys/vm/swappiness" /* set to what it is: the way of a real switch */
#define LATENCY "/dev/cpu_dma_latency"

static const char help[] =
	"Usage: handoff selftest [option]...\n"
	"Compares this machine with itself, then with known changes. It takes 15 to 20 minutes.\n"
	"  --comparisons=N      comparisons of identical profiles, at least; 200, and fewer leave "
	"the\n"
	"                       test incomplete\n"
	"  --only=GLOB[,GLOB]   configurations of these comparisons; 'ipc/*,sync/*'\n"
	"  --inject=DIR         microbenchmarks built with an injected delay (make bench-compare)\n"
	"  --settle=T           wait after each switch; 100ms\n"
	"  --out=DIR            the result directory; it must be new or empty\n"
	"  --seed=N             seed of all random choices\n"
	"  --help               this text\n"
	"Exit code 0: it can be trusted here; 1: it cannot; 2: a part could not be tried.\n";

struct selftest {
	struct children children;
	const char *only, *out, *inject;
	uint64_t settle_ns, seed, comparisons;
	struct rundir dir;
	struct blocks blocks; /* of the present test */
	bool failed;	      /* a part went wrong */
	bool untried;	      /* a part could not be tried */
	double sd;	      /* spread of log ratios at four cells of five */
	double pipe_sd;	      /* of those of the last comparison of a pipe */
	uint64_t visit_ns;    /* of one cell in both arms, with its share of the switches */
};

/* What identical arms gave. */
struct tally {
	size_t stretches;
	size_t n;	 /* comparisons */
	size_t up, down; /* with p below 0.05, by the side of their ratio */
	size_t verdicts; /* of faster or slower */
	size_t wrong;	 /* stretches with such a verdict */
};

static int take(void *to, int option, const char *value, char *want)
{
	struct selftest *t = to;

	switch (option) {
	case 'n':
		return option_number(value, 1, 100000, &t->comparisons, want);
	case 'w':
		return option_time(value, &t->settle_ns, want);
	case 's':
		return option_number(value, 0, INT64_MAX, &t->seed, want);
	case 'o':
		t->only = value;
		return 0;
	case 'i':
		t->inject = value;
		return 0;
	default:
		t->out = value;
		return 0;
	}
}

static int parse(struct selftest *t, int argc, char **argv)
{
	static const struct option options[] = {OPTION("only", 'o'),
						OPTION("comparisons", 'n'),
						OPTION("inject", 'i'),
						OPTION("settle", 'w'),
						OPTION("out", 'd'),
						OPTION("seed", 's'),
						OPTIONS_END};
	static const struct arguments arguments = {PROGRAM, help, options, take, false};

	return arguments_read(&arguments, t, argc, argv);
}

/* An arm that sets `path` to `value`. 0 or -ENOMEM. */
static int setting_arm(struct arm *arm, const char *name, const char *path, const char *value)
{
	struct knob knob = {.hold = !strcmp(path, LATENCY)};

	*arm = (struct arm){.n_parts = 1, .parts = {{.kind = &arm_knobs}}};
	snprintf(arm->name, sizeof(arm->name), "%s", name);
	snprintf(knob.path, SETTING_PATH, "%s", path);
	snprintf(knob.value, SETTING_VALUE, "%s", value);
	arm->parts[0].knobs = calloc(1, sizeof(struct knobs));
	return arm->parts[0].knobs ? knobs_add(arm->parts[0].knobs, &knob) : -ENOMEM;
}

/*
 * An arm of the machine as it is; with the microbenchmarks of `beside`, where not NULL, told
 * `count`.
 */
static void plain_arm(struct arm *arm, const char *name, const char *beside, unsigned long count)
{
	*arm = (struct arm){.n_parts = beside ? 2 : 0};
	snprintf(arm->name, sizeof(arm->name), "%s", name);
	if (!beside)
		return;
	arm->parts[0] = (struct arm_part){.kind = &arm_build, .beside = beside};
	snprintf(arm->text, sizeof(arm->text), "HANDOFF_INJECT=%lu", count);
	arm->parts[1] = (struct arm_part){
		.kind = &arm_env, .text = arm->text, .env.name = "HANDOFF_INJECT"};
}

/* `n` blocks from `first` on into `c`, and where it is not NULL into `all`. 0 or -errno. */
static int run(struct blocks *b, unsigned first, unsigned n, struct comparison *c,
	       struct comparison *all)
{
	int err = 0;

	for (unsigned i = 0; !err && i < n; i++) {
		err = blocks_run(b, first + i, true, c);
		for (size_t k = 0; all && !err && k < b->n_arms * b->n_cells; k++)
			err = comparison_add(all, &b->rows[k], row_get_text(&b->rows[k], COL_arm));
	}
	if (err && err != -EINTR)
		fprintf(stderr, PROGRAM ": a block could not be measured: %s\n",
			*b->error ? b->error : limits_explain(err));
	return err ? err : comparison_judge(c, COMPARE_EFFECT);
}

/* The blocks of the next test, of two arms that are still to be set. */
static struct blocks *two_arms(struct selftest *t)
{
	memset(&t->blocks, 0, sizeof(t->blocks));
	t->blocks.n_arms = 2;
	t->blocks.restore.fd = -1;
	return &t->blocks;
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
	invoker_begin(&b->invoker, &t->children);
	err = blocks_plan(b, only, most, most == CELLS ? SHORT_NS : CELL_NS);
	for (size_t i = 0; !err && i < b->n_arms && *b->restore.path == '\0'; i++)
		if (arm_changes(&b->arms[i]))
			err = restore_begin(&b->restore);
	if (err)
		*b->restore.path = '\0';
	if (!err && rundir_subdir(&b->dir, file) == 0) {
		text_add(b->dir.path, sizeof(b->dir.path), "/%s", file);
		err = rundir_csv_create(&b->samples, &b->dir, CSV_SAMPLES);
	}
	return err;
}

/* Ends `b`; a machine that is not as it was is a failure of its own. */
static void end(struct selftest *t, struct blocks *b)
{
	if (rundir_csv_close(&b->samples)) {
		printf("FAILED  rows could not be written\n");
		t->failed = true;
	}
	if (blocks_end(b)) {
		printf("FAILED  settings are not as they were found\n");
		t->failed = true;
	}
}

/* Counts what one stretch of identical arms gave, and keeps it in compare.csv. 0 or -errno. */
static int count(struct tally *y, const struct comparison *c, struct rundir_csv *csv)
{
	static struct row row;
	size_t before = y->verdicts;
	int err = comparison_count(c) ? 0 : -ENODATA;

	for (size_t i = 0; !err && i < comparison_count(c); i++) {
		enum verdict verdict;
		bool below;

		comparison_row(c, i, &row);
		verdict = row_verdict(&row, COL_verdict);
		below = row_get_decimal(&row, COL_p) < COMPARE_ALPHA;
		y->up += below && row_get_decimal(&row, COL_ratio) > 1;
		y->down += below && row_get_decimal(&row, COL_ratio) <= 1;
		y->verdicts += verdict == VERDICT_FASTER || verdict == VERDICT_SLOWER;
		err = rundir_csv_append(csv, &row);
	}
	y->n += comparison_count(c);
	y->wrong += y->verdicts > before;
	y->stretches++;
	return err;
}

/* Stretches of blocks with identical arms until there are enough comparisons. 0 or -errno. */
static int run_identical(struct selftest *t, struct blocks *b, struct tally *y)
{
	size_t cells[CELLS], n_cells = b->n_cells, visits;
	struct comparison *all = comparison_new(b->arms[0].name);
	static struct rundir_csv csv;
	uint64_t begin = clock_system_now_ns(), took;
	int err = all ? rundir_csv_create(&csv, &b->dir, CSV_COMPARE) : -ENOMEM, closed;

	memcpy(cells, b->cells, n_cells * sizeof(*cells));
	b->n_cells = n_cells < STRETCH ? n_cells : STRETCH;
	while (!err && y->n < t->comparisons) {
		struct comparison *c = comparison_new(b->arms[0].name);

		for (size_t i = 0; i < b->n_cells; i++)
			b->cells[i] = cells[(y->stretches * b->n_cells + i) % n_cells];
		err = c ? run(b, 1 + (unsigned)y->stretches * PAIRS, PAIRS, c, all) : -ENOMEM;
		if (!err)
			err = count(y, c, &csv);
		comparison_free(c);
		took = clock_system_now_ns() - begin;
		if (!err)
			fprintf(stderr,
				"%zu of %llu comparisons of identical profiles, %.0f min left\n",
				y->n, (unsigned long long)t->comparisons,
				y->n < t->comparisons
					? (double)took * (double)(t->comparisons - y->n) /
						  (double)y->n / 60e9
					: 0);
	}
	visits = y->stretches * PAIRS * b->n_cells;
	t->visit_ns = (clock_system_now_ns() - begin) / (visits ? visits : 1);
	if (!err)
		err = comparison_judge(all, COMPARE_EFFECT);
	if (!err)
		t->sd = comparison_deviation(all, 0.8);
	comparison_free(all);
	closed = rundir_csv_close(&csv);
	return err ? err : closed;
}

/* Two arms with the same settings: how often the statistics cry wolf. 0 or -errno. */
static int test_identical(struct selftest *t)
{
	struct blocks *b = two_arms(t);
	struct tally y = {0};
	char now[SETTING_VALUE];
	bool real = !geteuid() && !setting_read(HARMLESS, now), bad;
	size_t most, most_wrong;
	int err;

	for (size_t i = 0; i < 2; i++) {
		const char *name = i ? "second" : "first";

		if (!real)
			plain_arm(&b->arms[i], name, NULL, 0);
		else if (setting_arm(&b->arms[i], name, HARMLESS, now))
			return -ENOMEM;
	}
	err = begin(t, b, t->only, CELLS, "identical");
	if (!err)
		err = run_identical(t, b, &y);
	end(t, b);
	if (err)
		return err;
	most = paired_by_chance(y.n, COMPARE_ALPHA);
	most_wrong = paired_by_chance(y.stretches, COMPARE_ALPHA);
	bad = y.up + y.down > most || y.wrong > most_wrong;
	t->failed |= bad;
	t->untried |= y.n < COMPARISONS;
	printf("%s  identical profiles%s: %zu of %zu comparisons with p below 0.05 (%zu up, %zu "
	       "down; chance gives at most %zu, 99 times in 100)\n",
	       bad ? "FAILED" : "passed",
	       real ? ", switched like real ones" : " (no root: nothing is switched)",
	       y.up + y.down, y.n, y.up, y.down, most);
	printf("        %zu verdicts of faster or slower in %zu of %zu tables (chance: in at most "
	       "%zu)%s\n",
	       y.verdicts, y.wrong, y.stretches, most_wrong,
	       y.n < COMPARISONS ? "; fewer than 200 comparisons: the test is incomplete" : "");
	return 0;
}

/* Which of the cells of a mechanism: round trips of one small message between sleepers. */
static bool is_round_trip(const struct row *cell, bool one_pu)
{
	return row_use(cell) == USE_PING_PONG && row_wait(cell) == WAIT_BLOCK &&
	       row_get_u64(cell, COL_msg_size_b, 0) == 64 &&
	       (row_relation(cell) == RELATION_SAME_PU) == one_pu;
}

/*
 * Keeps of the cells of `b` the round trip across PUs and, with `both`, that on one PU. 0, -ENOENT.
 */
static int keep_round_trips(struct blocks *b, bool both)
{
	bool have[2] = {false, !both};
	size_t n = 0;

	for (size_t i = 0; i < b->n_cells; i++) {
		const struct row *cell = &b->plan.cells[b->cells[i]];

		for (int one_pu = 0; one_pu < 2; one_pu++)
			if (!have[one_pu] && is_round_trip(cell, one_pu)) {
				have[one_pu] = true;
				b->cells[n++] = b->cells[i];
				break;
			}
	}
	b->n_cells = n;
	return have[0] ? 0 : -ENOENT;
}

/*
 * Round trips of a pipe in the two arms of `b` over `pairs` blocks: the row across PUs into
 * `across`, with `one_pu` the row on one PU too; cleared where there is none. 0 or -errno.
 */
static int compare_pipe(struct selftest *t, struct blocks *b, unsigned pairs, const char *file,
			struct row *across, struct row *one_pu)
{
	struct comparison *c = comparison_new(b->arms[0].name);
	int err = c ? begin(t, b, "ipc/pipe:pair", SIZE_MAX, file) : -ENOMEM;
	static struct row row;

	row_clear(across);
	if (one_pu)
		row_clear(one_pu);
	if (!err)
		err = keep_round_trips(b, one_pu != NULL);
	if (!err)
		err = run(b, 1, pairs, c, NULL);
	for (size_t i = 0; !err && i < comparison_count(c); i++) {
		comparison_row(c, i, &row);
		if (strcmp(row_get_text(&row, COL_metric), "op_p50_ns") != 0)
			continue;
		if (row_relation(&row) != RELATION_SAME_PU)
			row_copy(across, &row);
		else if (one_pu)
			row_copy(one_pu, &row);
	}
	if (!err)
		t->pipe_sd = comparison_deviation(c, 1);
	if (!err && !row_is_set(across, COL_ratio))
		err = -ENODATA;
	end(t, b);
	comparison_free(c);
	return err;
}

/* One line of the result: what was done to which pipe, and what the comparison says of it. */
static void print_case(const char *outcome, const char *what, const struct row *row)
{
	printf("%s  %s: %s, ratio %.3f (%.3f to %.3f), smallest change seen %.1f %%\n", outcome,
	       what, row_get_text(row, COL_verdict), row_get_decimal(row, COL_ratio),
	       row_get_decimal(row, COL_ratio_lo), row_get_decimal(row, COL_ratio_hi),
	       100 * row_get_decimal(row, COL_detectable));
}

/* A delay of known size in the path of a message. 0 or -errno. */
static int test_injected(struct selftest *t)
{
	static struct row row;
	struct blocks *b;
	double added, wanted, seen;
	char what[128];
	int err;

	if (!t->inject) {
		printf("untried a delay injected into a pipe: make bench-compare builds the "
		       "programs for it\n");
		t->untried = true;
		return 0;
	}
	b = two_arms(t);
	plain_arm(&b->arms[0], "plain", t->inject, 0);
	plain_arm(&b->arms[1], "probe", t->inject, PROBE_COUNT);
	err = compare_pipe(t, b, PROBE_PAIRS, "probe", &row, NULL);
	if (err)
		return err;
	added = row_get_decimal(&row, COL_ratio) - 1;
	if (!(added > 0)) {
		printf("FAILED  a delay injected into a pipe: %lu multiplications took no time\n",
		       PROBE_COUNT);
		t->failed = true;
		return 0;
	}
	seen = paired_detectable(t->pipe_sd, PAIRS, 1) - 1; /* by PAIRS, from the spread of fewer */
	wanted = fmax(0.05, COMPARE_EFFECT + 1.5 * seen);
	b = two_arms(t);
	plain_arm(&b->arms[0], "plain", t->inject, 0);
	plain_arm(&b->arms[1], "injected", t->inject,
		  (unsigned long)(wanted / added * (double)PROBE_COUNT + 1));
	err = compare_pipe(t, b, PAIRS, "injected", &row, NULL);
	if (err)
		return err;
	t->failed |= row_verdict(&row, COL_verdict) != VERDICT_SLOWER;
	snprintf(what, sizeof(what), "a delay of %.1f %% injected into a pipe across CPUs",
		 100 * wanted);
	print_case(row_verdict(&row, COL_verdict) == VERDICT_SLOWER ? "passed" : "FAILED", what,
		   &row);
	return 0;
}

/* Whether a core may sleep here now: a state besides polling, and nobody who forbids it. */
static bool can_sleep(void)
{
	int32_t limit_us =
		0; /* the strictest that anybody holds (Documentation/power/pm_qos_interface) */
	int fd = open(LATENCY, O_RDWR | O_CLOEXEC);
	bool known = fd >= 0 && read(fd, &limit_us, sizeof(limit_us)) == sizeof(limit_us);

	if (fd >= 0)
		close(fd);
	return known && limit_us > 0 &&
	       !access("/sys/devices/system/cpu/cpu0/cpuidle/state1", F_OK);
}

/*
 * Sleep forbidden: a known effect on sleepers across PUs, for the peer's core then need not wake;
 * and none on a pair on one PU, which never lets it sleep. 0 or -errno.
 */
static int test_latency(struct selftest *t)
{
	static struct row across, one_pu;
	struct blocks *b;
	bool moved;
	int err;

	if (!can_sleep()) {
		printf("untried " LATENCY " = 0: needs root and cores that may sleep\n");
		t->untried = true;
		return 0;
	}
	b = two_arms(t);
	plain_arm(&b->arms[0], "none", NULL, 0);
	err = setting_arm(&b->arms[1], "no-sleep", LATENCY, "0");
	if (err)
		return err;
	err = compare_pipe(t, b, PAIRS, "latency", &across, &one_pu);
	if (err)
		return err;
	t->failed |= row_verdict(&across, COL_verdict) != VERDICT_FASTER;
	print_case(row_verdict(&across, COL_verdict) == VERDICT_FASTER ? "passed" : "FAILED",
		   LATENCY " = 0, which must speed up a pipe across CPUs", &across);
	if (!row_is_set(&one_pu, COL_ratio))
		return 0;
	moved = row_verdict(&one_pu, COL_verdict) == VERDICT_FASTER ||
		row_verdict(&one_pu, COL_verdict) == VERDICT_SLOWER;
	t->failed |= moved;
	print_case(moved ? "FAILED" : "passed",
		   LATENCY " = 0, which must not change a pipe on one CPU", &one_pu);
	return 0;
}

/* What changes can be seen here at all, by a plan of CELLS cells and two arms. */
static void print_sight(const struct selftest *t)
{
	static const unsigned minutes[] = {5, 30};

	printf("noise   the ratio of two runs varies by %.1f %% (standard deviation) in four of "
	       "five configurations\n",
	       100 * t->sd);
	for (size_t i = 0; i < 2; i++) {
		uint64_t block_ns = t->visit_ns * CELLS;
		size_t n = (size_t)(minutes[i] * 60 * SECOND_NS / (block_ns ? block_ns : 1));

		if (n < compare_pairs_needed(2))
			printf("sight   in %u minutes (%zu blocks of %d configurations): nothing; "
			       "a verdict needs at least %zu blocks\n",
			       minutes[i], n, CELLS, compare_pairs_needed(2));
		else
			printf("sight   in %u minutes (%zu blocks of %d configurations): changes "
			       "of %.1f %% and more, in four comparisons of five\n",
			       minutes[i], n, CELLS,
			       100 * expm1(compare_detectable(t->sd, n, CELLS, 2, COMPARE_EFFECT)));
	}
}

/*
 * Beside changed settings nothing can be told; 0, or an exit code after a line and before anything
 * is made.
 */
static int refuse_beside(void)
{
	char path[PATH_MAX], name[OTHERS_TEXT];
	int pending = restore_pending(path, sizeof(path));

	if (pending == 1)
		fprintf(stderr, PROGRAM
			": a killed comparison left settings changed; run handoff restore first\n");
	else if (pending == -EBUSY)
		fprintf(stderr, PROGRAM ": %s is changing settings of this machine; end it first\n",
			others_name(others_lock_holder(path), name));
	return pending == 1 || pending == -EBUSY ? EX_TEMPFAIL : 0;
}

/* --only has to match something; 0, or an exit code after a line and before anything is made. */
static int refuse_only(struct selftest *t)
{
	struct blocks *b = two_arms(t);
	int err = t->only ? blocks_plan(b, t->only, 1, SHORT_NS) : 0;

	blocks_end(b);
	if (err != -ENOENT)
		return 0;
	fprintf(stderr,
		PROGRAM ": --only=%s: matches nothing that runs here%s; handoff list shows the "
			"names\n",
		t->only, suggest_mechanism(t->only));
	return EX_USAGE;
}

static int run_all(struct selftest *t, int argc, char **argv)
{
	int code, err;

	t->settle_ns = SECOND_NS / 10;
	t->comparisons = COMPARISONS;
	t->seed = (uint64_t)time(NULL);
	code = parse(t, argc, argv);
	if (code)
		return code < 0 ? 0 : code;
	if (children_begin(&t->children))
		return EX_OSERR;
	code = invoke_refuse_class(PROGRAM);
	if (!code)
		code = refuse_beside();
	if (!code)
		code = refuse_only(t);
	if (code)
		return code;
	err = rundir_create(&t->dir, t->out);
	if (err)
		return report_cannot_create(PROGRAM, &t->dir, err);
	invoke_warn_others(PROGRAM);
	err = test_identical(t);
	if (!err)
		print_sight(t);
	if (!err)
		err = test_injected(t);
	if (!err)
		err = test_latency(t);
	if (err == -EINTR)
		return 130;
	if (err) {
		fprintf(stderr, PROGRAM ": not to its end: %s\n", limits_explain(err));
		return EX_SOFTWARE;
	}
	printf("%s\n", t->dir.path);
	return t->failed ? 1 : t->untried ? 2 : 0;
}

/*
 * On the heap, as in profiles: where data are limited, the kernel starts no program whose own are
 * more.
 */
int command_selftest(int argc, char **argv)
{
	struct selftest *t = calloc(1, sizeof(*t));
	int code = EX_OSERR;

	if (t)
		code = run_all(t, argc, argv);
	else
		fprintf(stderr, PROGRAM ": cannot begin: %s\n", limits_explain(-ENOMEM));
	free(t);
	return code;
}
