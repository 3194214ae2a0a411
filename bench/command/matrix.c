/* SPDX-License-Identifier: MIT */
/*
 * `handoff matrix`: the time to hand over and back between every two PUs. Each invocation is a
 * fresh process with a fresh object, started from here without another program in between: a
 * machine of hundreds of PUs has a hundred thousand pairs.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "bench/analyse/estimate.h"
#include "bench/base/clock.h"
#include "bench/base/random.h"
#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/command/invoke.h"
#include "bench/command/report.h"
#include "bench/command/suggest.h"
#include "bench/machine/limits.h"
#include "bench/measure/sync_session.h"
#include "bench/plan/matrix.h"
#include "bench/plan/plan.h"
#include "bench/program/bench_main.h"

#define PROGRAM "handoff matrix"
/* One invocation; 1 ms of warm-up and 1 ms of clock gaps come on top. */
#define DURATION_NS 2000000u
#define WARM_NS 1000000u
#define PILOTS 8	    /* invocations that tell what one takes */
#define INVOCATIONS_MAX 30u /* more would narrow an interval that is narrow */

static const char help[] =
	"Usage: handoff matrix [option]...\n"
	"Measures the hand-over between every two CPUs that this process may use, and draws it.\n"
	"  --budget=T         time limit for everything; 1m. If not all pairs fit, each distance "
	"(smt,\n"
	"                     same-l3, other-package ...) gets a random sample of its pairs\n"
	"  --of=NAME:VARIANT  what hands over; cache_line:load_store. handoff list shows the "
	"names\n"
	"  --out=DIR          directory for matrix.csv and charts/: a new one, or that of a "
	"sweep;\n"
	"                     - prints matrix.csv\n"
	"  --seed=N           seed of the order and of the sample\n"
	"  --help             this text\n";

struct command {
	uint64_t budget_ns, seed, stop_ns;
	const char *out;     /* NULL = a new directory in results/ */
	const char *of_text; /* --of; NULL = not given */
	char of[128];	     /* name:variant */
	struct sync_cell cell;
	struct children children;
	struct rundir dir;
	struct matrix matrix;
	struct sync_result *result; /* of the present invocation */
	unsigned planned;	    /* invocations of each pair */
	uint64_t cost_ns;	    /* of one invocation, as seen */
	double *values;		    /* [pair * planned + k]: op_p50_ns of the k-th that counts */
	unsigned *n, *bad;	    /* [pair]: invocations that count, and that do not */
	char (*why)[CREW_REASON];   /* [pair]: of the last one that does not */
};

/* Whether `name`, without sync/, is that of the variant, or of its mechanism alone. */
static bool is_named(const struct command *c, const struct sync_mechanism *m, const char *name)
{
	return !strcmp(name, c->of) || !strcmp(name, m->name);
}

/*
 * Finds the variant that --of names: of a mechanism alone the first that can; 0 or EX_USAGE after a
 * line.
 */
static int find_variant(struct command *c, const char *typed)
{
	const char *name = typed + (strncmp(typed, "sync/", 5) ? 0 : 5);
	bool found = false;

	for (const struct sync_mechanism *m = sync_mechanisms(); m; m = m->next)
		for (size_t i = 0; i < m->n_variants; i++) {
			const struct sync_variant *v = &m->variants[i];

			snprintf(c->of, sizeof(c->of), "%s:%s", m->name, v->name);
			if (!is_named(c, m, name))
				continue;
			found = true;
			c->cell.mechanism = m;
			c->cell.variant = v;
			if (sync_can(v, SYNC_HANDOFF) && !(v->flags & SYNC_ONE_PU))
				return 0;
		}
	if (found)
		fprintf(stderr, PROGRAM ": --of=%s: does not hand over between two CPUs\n", typed);
	else
		fprintf(stderr,
			PROGRAM
			": --of=%s: no such primitive of sync/%s; handoff list shows their names\n",
			typed, suggest_mechanism(typed));
	return EX_USAGE;
}

static int take_option(void *to, int option, const char *value, char *want)
{
	struct command *c = to;

	switch (option) {
	case 'b':
		if (option_time(value, &c->budget_ns, want))
			return -EINVAL;
		return c->budget_ns < SECOND_NS
			       ? snprintf(want, OPTION_WANT, "a time of at least 1s")
			       : 0;
	case 's':
		return option_number(value, 0, INT64_MAX, &c->seed, want);
	case 'o':
		c->out = value;
		return 0;
	default:
		c->of_text = value;
		return 0;
	}
}

/* 0, -1 when --help was answered, or an exit code after a line. */
static int parse(struct command *c, int argc, char **argv)
{
	static const struct option options[] = {OPTION("budget", 'b'), OPTION("of", 'f'),
						OPTION("out", 'o'), OPTION("seed", 's'),
						OPTIONS_END};
	static const struct arguments arguments = {PROGRAM, help, options, take_option, false};
	int code = arguments_read(&arguments, c, argc, argv);

	return code ? code : find_variant(c, c->of_text ? c->of_text : "cache_line:load_store");
}

static void sit(const struct command *c, const struct matrix_pair *pair, struct seats *seats)
{
	unsigned wrong;

	if (seats_named(c->cell.topology, pair->pu, 2, 2, seats, &wrong)) /* no longer allowed */
		seats_on_pair(&(struct placement){.relation = pair->relation,
						  .pu = {pair->pu[0], pair->pu[1]},
						  .numa_distance = -1},
			      2, seats);
}

/* One invocation on the PUs of `pair`: its time there and back, NAN with `why`. -EINTR or 0. */
static int measure(struct command *c, const struct matrix_pair *pair, double *ret, char *why)
{
	struct sync_cell cell = c->cell;
	int err;

	sit(c, pair, &cell.seats);
	cell.mem_node =
		(int)topology_memory_node(cell.topology, topology_node(cell.topology, pair->pu[0]));
	err = sync_session_run(&cell, c->result, why);
	*ret = err ? NAN : meter_median_ns(&c->result->meter);
	if (!err && isnan(*ret))
		snprintf(why, CREW_REASON, "nothing was measured");
	return err == -EINTR ? err : 0;
}

/* What an invocation takes, from pairs all over the machine. -EINTR or 0. */
static int try_cost(struct command *c)
{
	size_t possible = matrix_possible(c->cell.topology);
	uint64_t begin = clock_system_now_ns();
	unsigned tried = 0;
	struct matrix few;
	int err = matrix_make(c->cell.topology, PILOTS, c->seed, &few);

	for (size_t i = 0; !err && i < few.n; i++) {
		char why[CREW_REASON];
		double ignored;

		if (!few.pairs[i].measured || clock_system_now_ns() - begin > c->budget_ns / 8)
			continue;
		err = measure(c, &few.pairs[i], &ignored, why);
		tried++;
	}
	c->cost_ns = (clock_system_now_ns() - begin) / (tried ? tried : 1);
	matrix_free(&few);
	return possible ? err : -ENOENT;
}

/* All pairs if six of each fit into what is left of the budget; more of them while they fit. */
static int make_plan(struct command *c, uint64_t left_ns)
{
	size_t affordable = (size_t)(left_ns / (c->cost_ns + 1)), n;
	int err = matrix_make(c->cell.topology, affordable / PLAN_INVOCATIONS, c->seed, &c->matrix);

	if (err)
		return err;
	n = affordable / c->matrix.n_measured;
	c->planned = n < PLAN_INVOCATIONS  ? PLAN_INVOCATIONS
		     : n < INVOCATIONS_MAX ? (unsigned)n
					   : INVOCATIONS_MAX;
	c->values = calloc(c->matrix.n * c->planned, sizeof(*c->values));
	c->n = calloc(c->matrix.n, sizeof(*c->n));
	c->bad = calloc(c->matrix.n, sizeof(*c->bad));
	c->why = calloc(c->matrix.n, sizeof(*c->why));
	return c->values && c->n && c->bad && c->why ? 0 : -ENOMEM;
}

static void print_plan(const struct command *c)
{
	const struct matrix *m = &c->matrix;
	size_t possible = matrix_possible(c->cell.topology);

	fprintf(stderr, "%zu of %zu pairs, %u runs each, about %.1f ms per run\n", m->n_measured,
		possible, c->planned, (double)c->cost_ns / 1e6);
	for (unsigned r = 0; m->n_measured < possible && r < RELATION_COUNT; r++)
		if (m->possible[r])
			fprintf(stderr, "  %-14s %zu of %zu pairs\n", relation_name(r),
				m->chosen[r], m->possible[r]);
}

/* Every pair once, in an order of this block's own. -EINTR, -ETIME or 0. */
static int run_block(struct command *c, unsigned block, size_t *order)
{
	size_t n = 0;
	int err = 0;

	for (size_t i = 0; i < c->matrix.n; i++)
		if (c->matrix.pairs[i].measured)
			order[n++] = i;
	random_shuffle(c->seed, block, order, n);
	for (size_t k = 0; !err && k < n; k++) {
		size_t i = order[k];
		double ns;

		if (clock_system_now_ns() + c->cost_ns > c->stop_ns)
			return -ETIME;
		err = measure(c, &c->matrix.pairs[i], &ns, c->why[i]);
		if (!err && !isnan(ns))
			c->values[i * c->planned + c->n[i]++] = ns;
		else if (!err)
			c->bad[i]++;
	}
	return err;
}

static int run_blocks(struct command *c)
{
	size_t *order = calloc(c->matrix.n, sizeof(*order));
	int err = order ? 0 : -ENOMEM;

	for (unsigned block = 1; !err && block <= c->planned; block++) {
		err = run_block(c, block, order);
		if (!err)
			fprintf(stderr, isatty(STDERR_FILENO) ? "\r%u of %u\033[K" : "%u of %u\n",
				block, c->planned);
	}
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K");
	free(order);
	return err;
}

static void fill_pair(const struct command *c, size_t i, struct row *row)
{
	const struct matrix_pair *pair = &c->matrix.pairs[i];
	const struct topology *t = c->cell.topology;
	double *values = &c->values[i * c->planned];
	struct interval ci;

	row_set_u64(row, COL_first_pu, pair->pu[0]);
	row_set_u64(row, COL_second_pu, pair->pu[1]);
	row_set_u64(row, COL_first_index, topology_logical(t, pair->pu[0]));
	row_set_u64(row, COL_second_index, topology_logical(t, pair->pu[1]));
	row_set_u64(row, COL_n, c->n[i]);
	row_set_u64(row, COL_n_unused, c->bad[i]);
	if (!c->n[i]) {
		row_set_text(row, COL_status, c->bad[i] ? "failed" : "not_planned");
		row_set_text(row, COL_reason,
			     c->bad[i]	      ? c->why[i]
			     : pair->measured ? "there was no time for it"
					      : "not in the sample of its distance");
		return;
	}
	estimate_sort(values, c->n[i]);
	ci = estimate_median_interval(values, c->n[i], 0.95);
	row_set_status(row, STATUS_OK);
	row_set_decimal(row, COL_median, estimate_median(values, c->n[i]));
	row_set_decimal(row, COL_ci_lo, ci.lo);
	row_set_decimal(row, COL_ci_hi, ci.hi);
}

static void fill_cell(const struct command *c, const struct matrix_pair *pair, struct row *row)
{
	const struct sync_cell *cell = &c->cell;
	struct seats seats;

	row_clear(row);
	row_set_text(row, COL_run_id, c->dir.run_id);
	row_set_text(row, COL_arm, "as-is");
	sit(c, pair, &seats);
	cell_to_row(&cell->ask, &seats, row);
	row_set_text(row, COL_metric, "op_p50_ns");
	if (topology_is_virtual(cell->topology))
		row_add_item(row, COL_flags, "virtual");
}

/* All rows to `out`; 0 or -errno. */
static int write_rows(const struct command *c, FILE *out)
{
	static struct row row;
	int err = csv_write_header(out, CSV_MATRIX);

	for (size_t i = 0; !err && i < c->matrix.n; i++) {
		fill_cell(c, &c->matrix.pairs[i], &row);
		fill_pair(c, i, &row);
		err = csv_write_row(out, CSV_MATRIX, &row);
	}
	return err;
}

/* matrix.csv, or standard output; 0 or an exit code after a line. */
static int write_matrix(const struct command *c)
{
	bool to_stdout = c->out && !strcmp(c->out, "-");
	struct whole w;
	int err = to_stdout ? 0 : rundir_whole(&w, &c->dir, "matrix.csv");

	if (to_stdout)
		err = write_rows(c, stdout);
	else if (!err)
		err = whole_close(&w, write_rows(c, w.out));
	if (!err)
		return 0;
	if (!to_stdout)
		return report_cannot_write(PROGRAM, &c->dir, err);
	fprintf(stderr, PROGRAM ": cannot write to standard output: %s\n", strerror(-err));
	return EX_IOERR;
}

/* Measures, writes, draws; an exit code. */
static int run_all(struct command *c)
{
	uint64_t begin = clock_system_now_ns();
	int code = 0, err;

	if (topology_allowed_count(c->cell.topology) < 2) {
		fprintf(stderr, PROGRAM ": needs two CPUs; this process may use one\n");
		return EX_UNAVAILABLE;
	}
	c->result = calloc(1, sizeof(*c->result));
	if (!c->result) {
		fprintf(stderr, PROGRAM ": cannot measure: %s\n", limits_explain(-ENOMEM));
		return EX_OSERR;
	}
	if (!c->out || strcmp(c->out, "-") != 0)
		code = report_place(PROGRAM, &c->dir, c->out, CSV_MATRIX);
	if (code)
		return code;
	invoke_warn_others(PROGRAM);
	err = try_cost(c);
	if (!err) {
		/* a tenth is to write and draw */
		c->stop_ns = begin + c->budget_ns / 10 * 9;
		err = make_plan(c, c->stop_ns > clock_system_now_ns()
					   ? c->stop_ns - clock_system_now_ns()
					   : 0);
	}
	if (err == -EINTR)
		return 130;
	if (err) {
		fprintf(stderr, PROGRAM ": cannot plan: the topology or memory for it: %s\n",
			limits_explain(err));
		return EX_OSERR;
	}
	print_plan(c);
	err = run_blocks(c);
	code = err == -ENOMEM ? EX_OSERR : write_matrix(c);
	if (!code && (!c->out || strcmp(c->out, "-") != 0)) {
		code = report_draw(PROGRAM, &c->children, c->dir.path, (char *const[]){c->dir.path},
				   1, stdout);
		printf("%s\n", c->dir.path);
	}
	return err == -EINTR ? 130 : code;
}

int command_matrix(int argc, char **argv)
{
	static struct command c = {.budget_ns = 60 * SECOND_NS};
	struct topology *topology;
	static struct options o;
	int code, err;

	c.seed = (uint64_t)time(NULL);
	code = parse(&c, argc, argv);
	if (code)
		return code < 0 ? 0 : code;
	err = children_begin(&c.children);
	if (err) {
		fprintf(stderr, PROGRAM ": /proc/self/exe: %s\n", strerror(-err));
		return EX_OSERR;
	}
	options_init(&o, PROGRAM, GROUP_SYNC);
	code = invoke_refuse_class(PROGRAM);
	if (!code)
		code = bench_schedule(&o);
	if (!code)
		code = bench_begin(&o, &topology);
	if (code)
		return code;
	c.cell.topology = topology;
	cell_init(&c.cell.ask, GROUP_SYNC);
	c.cell.ask.mechanism = c.cell.mechanism->name;
	c.cell.ask.variant = c.cell.variant->name;
	c.cell.ask.wait = c.cell.variant->flags & SYNC_SPINS ? "spin" : NULL;
	c.cell.ask.has = sync_has(c.cell.variant);
	c.cell.ask.experiment = SYNC_HANDOFF;
	c.cell.ask.threads = 2;
	c.cell.size = (struct trial_size){.duration_ns = DURATION_NS, .warm_ns = WARM_NS};
	code = run_all(&c);
	matrix_free(&c.matrix);
	free(c.result);
	free(c.values);
	free(c.n);
	free(c.bad);
	free(c.why);
	bench_end(topology);
	return code;
}
