/* SPDX-License-Identifier: MIT */
/* main of every build/sync_<name>: options to cells, cells to rows. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "bench/base/library.h"
#include "bench/measure/sync_inversion.h"
#include "bench/program/bench_main.h"
#include "bench/program/sync_options.h"
#include "bench/program/sync_to_row.h"
#include "bench/program/to_row.h"

static void list(void)
{
	const struct sync_mechanism *m = sync_mechanisms();

	for (size_t i = 0; i < m->n_variants; i++) {
		const struct sync_variant *v = &m->variants[i];

		printf("%s:%s  %s; experiments:", m->name, v->name, v->summary);
		for (unsigned e = 0; e < SYNC_EXPERIMENTS; e++)
			if (sync_can(v, (enum sync_experiment)e))
				printf(" %s", parameter_word(PARAMETER_experiment, e));
		putchar('\n');
		options_list(v->options);
	}
}

/* Fills the figures of `cell` into `row`, or why there are none; 0 or -errno. */
static int measure(struct row *row, const struct sync_cell *cell, struct sync_result *result,
		   const char *lack)
{
	char reason[CREW_REASON] = "";
	int err;

	snprintf(reason, sizeof(reason), "%s", lack);
	err = *lack ? -EOPNOTSUPP : sync_session_run(cell, result, reason);
	fill_status(row, err, result->began, reason);
	if (!err && result->overload)
		fill_overload(row, &result->trial);
	else if (!err)
		sync_fill_figures(row, cell, result);
	return err;
}

static bool has_figures(const struct row *row)
{
	return row_is_ok(row);
}

/* Once in each direction, for half of the time; see sync_both_ways(). */
static int measure_both(struct row *row, const struct sync_cell *cell, struct sync_result *result,
			const char *lack)
{
	struct sync_cell half = *cell;
	static struct row back;
	int err;

	row_copy(&back, row);
	half.size.duration_ns /= 2;
	err = measure(row, &half, result, lack);
	if (err || !has_figures(row))
		return err;
	half.seats.pu[0] = cell->seats.pu[1];
	half.seats.pu[1] = cell->seats.pu[0];
	err = measure(&back, &half, result, lack);
	if (!err && has_figures(&back))
		sync_fill_back(row, &back);
	else
		*row = back;
	return err;
}

/* Begins the row of `cell`: its name, place and what was asked. */
static void begin_row(struct row *row, const struct options *o, const struct sync_cell *cell,
		      const char *lack)
{
	row_clear(row);
	fill_origin(row, o, cell->topology);
	sync_fill_cell(row, cell, !*lack);
}

/* Runs one cell and prints its row; an exit code. */
static int run(const struct options *o, struct sync_cell *cell, const char *lack)
{
	struct sync_result *result = calloc(1, sizeof(*result));
	char why[CREW_REASON];
	static struct row row;
	struct load load;
	int err, code, written;

	if (!result)
		return EX_OSERR;
	begin_row(&row, o, cell, lack);
	bench_flag_node(&row, o, cell->topology, cell->seats.pu, cell->ask.threads, cell->mem_node);
	snprintf(why, sizeof(why), "%s", lack);
	bench_load_begin(o, cell->topology, cell->seats.pu, cell->seats.n, &load, why);
	cell->load = &load;
	err = sync_both_ways(cell) ? measure_both(&row, cell, result, why)
				   : measure(&row, cell, result, why);
	cell->load = NULL;
	if (bench_load_end(&load, &row, why) && !err) {
		begin_row(&row, o, cell, lack);
		err = -ECHILD;
		fill_status(&row, err, true, why);
	}
	code = fill_verdict(&row, o, err);
	written = bench_print(o, &row);
	if (!written && has_figures(&row))
		written = bench_histogram(o, &row, sync_fill_times(cell, result));
	free(result);
	return written ? written : code;
}

/*
 * Seats for the threads, and the node of the object. 0 or an exit code; why there are none in
 * `lack`.
 */
static int place(const struct options *o, struct sync_cell *cell, char *lack)
{
	bool one_cpu = cell->ask.experiment == SYNC_INVERSION ||
		       (cell->ask.experiment == SYNC_HANDOFF && cell->variant->flags & SYNC_ONE_PU);
	int code = bench_seats(o, cell->topology, cell->ask.threads, one_cpu, &cell->seats, lack);

	if (!code && !*lack)
		cell->mem_node = bench_node(o, cell->topology, &cell->seats.pair, lack);
	return code == EX_UNAVAILABLE && *lack ? 0 : code;
}

/* What one experiment of a variant makes of what was asked of all. */
static void settle(const struct options *o, struct sync_cell *cell, enum sync_experiment e)
{
	const struct cell *ask = &o->ask;
	bool reads = cell_given(ask, PARAMETER_readers_pct) && e == SYNC_UNCONTENDED;
	char want[OPTION_WANT];

	cell->ask = *ask;
	cell->ask.mechanism = cell->mechanism->name;
	cell->ask.variant = cell->variant->name;
	cell->ask.wait = cell->variant->flags & SYNC_SPINS ? "spin" : NULL;
	cell->ask.has = sync_has(cell->variant);
	cell->ask.experiment = e;
	cell->ask.threads = sync_options_threads(cell->variant, e, ask->threads);
	cell->ask.producers = ask->producers ? ask->producers : cell->ask.threads / 2;
	cell->ask.gap_ns = cell_given(ask, PARAMETER_gap_ns) ? ask->gap_ns : SYNC_GAP_NS;
	if (e == SYNC_INVERSION && !cell_given(ask, PARAMETER_critical_ns))
		cell->ask.critical_ns = INVERSION_CRITICAL_NS;
	cell->ask.readers_pct = reads || e == SYNC_READERS ? ask->readers_pct : 0;
	if (!(cell->ask.has & HAS_PERMITS) && !cell_given(ask, PARAMETER_experiment))
		cell->ask.permits = 1;
	options_own(ask, cell->variant->options, cell->opt, want);
}

/* Whether a lock that nobody else wants can also be taken for reading, and nobody said which. */
static bool has_other_side(const struct options *o, const struct sync_cell *cell)
{
	return cell->ask.experiment == SYNC_UNCONTENDED &&
	       !cell_given(&o->ask, PARAMETER_readers_pct) && sync_has_sides(cell->variant);
}

/* The rows of one experiment of a variant: of a lock with a side for readers, of both sides. */
static int run_experiment(const struct options *o, struct sync_cell *cell, enum sync_experiment e,
			  struct outcome *out)
{
	char lack[CREW_REASON] = "";
	int code;

	settle(o, cell, e);
	code = place(o, cell, lack);
	if (code)
		return code;
	outcome_add(out, run(o, cell, lack));
	if (!has_other_side(o, cell) || out->worst > EX_SOFTWARE)
		return 0;
	cell->ask.readers_pct = 100;
	outcome_add(out, run(o, cell, lack));
	return 0;
}

/*
 * What is run where no experiment is asked for: all that times something in any class, or what
 * there is.
 */
static bool is_usual(const struct sync_variant *v, enum sync_experiment e)
{
	return sync_can(v, e) && e != SYNC_INVERSION &&
	       (!sync_serves(e) || !sync_can(v, SYNC_CONTENDED));
}

static struct outcome out; /* of all rows, also those of other processes */

static bool is_wanted(const struct options *o, const struct sync_variant *v)
{
	return !o->ask.variant || !strcmp(o->ask.variant, v->name);
}

/*
 * The library that `v` is still to be started with, into `path`. Where there is none, or it was in
 * vain, the variant says so.
 */
static bool needs_library(const struct sync_variant *v, char path[PATH_MAX])
{
	return v->library && !getenv(ENVIRONMENT_PRELOADED) &&
	       !library_gives("malloc", v->library) && !library_find(v->library, path, PATH_MAX);
}

/* One row per variant that has a library to be started with, each by a process of its own. */
static int run_apart(const struct options *o, int argc, char **argv)
{
	const struct sync_mechanism *m = sync_mechanisms();
	char path[PATH_MAX], variant[64];
	unsigned here = 0;

	for (size_t i = 0; i < m->n_variants; i++) {
		const struct sync_variant *v = &m->variants[i];

		if (!is_wanted(o, v))
			continue;
		if (!needs_library(v, path)) {
			here++;
			continue;
		}
		snprintf(variant, sizeof(variant), "--variant=%s", v->name);
		outcome_add(&out, options_again(argc, argv, variant, path));
		if (out.worst > EX_SOFTWARE)
			return out.worst;
	}
	return here ? -1 : outcome_code(&out);
}

/* One row per variant, experiment and side of a lock that was asked for. */
static int run_all(const struct options *o, const struct topology *t)
{
	static struct sync_cell cell;
	const struct sync_mechanism *m = sync_mechanisms();
	bool chosen = cell_given(&o->ask, PARAMETER_experiment);
	char path[PATH_MAX];

	cell.mechanism = m;
	cell.topology = t;
	cell.size = o->size;
	cell.lock_memory = o->lock_memory;
	for (size_t i = 0; i < m->n_variants; i++) {
		cell.variant = &m->variants[i];
		if (!is_wanted(o, cell.variant) || needs_library(cell.variant, path))
			continue;
		for (unsigned e = 0; e < SYNC_EXPERIMENTS && out.worst <= EX_SOFTWARE; e++) {
			int code;

			if (chosen ? o->ask.experiment != e : !is_usual(cell.variant, e))
				continue;
			code = run_experiment(o, &cell, e, &out);
			if (code)
				return code;
		}
	}
	return outcome_code(&out);
}

static int check(const struct options *o)
{
	return sync_options_check(o, sync_mechanisms());
}

int main(int argc, char **argv)
{
	static const struct bench_room sync = {list, check, run_apart, run_all};
	const struct sync_mechanism *m = sync_mechanisms();
	static struct options o;

	options_init(&o, argv[0], GROUP_SYNC);
	for (size_t i = 0; i < m->n_variants; i++)
		o.ask.can |= sync_use(&m->variants[i]);
	return bench_main(&o, &sync, argc, argv);
}
