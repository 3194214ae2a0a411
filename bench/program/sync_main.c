/* SPDX-License-Identifier: MIT */
/* main of every build/sync_<name>: options to cells, cells to rows. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "bench/program/bench_main.h"
#include "bench/program/sync_options.h"
#include "bench/program/sync_to_row.h"
#include "bench/program/to_row.h"
#include "bench/record/csv.h"

static void list(const struct sync_mechanism *m)
{
	for (size_t i = 0; i < m->n_variants; i++) {
		const struct sync_variant *v = &m->variants[i];

		printf("%s:%s  %s; experiments:", m->name, v->name, v->summary);
		for (unsigned e = 0; e < SYNC_EXPERIMENTS; e++)
			if (sync_can(v, (enum sync_experiment)e))
				printf(" %s", sync_experiment_name((enum sync_experiment)e));
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
	if (!err && sync_overloaded(cell, result)) {
		row_set_text(row, COL_status, "overload");
		row_set_text(row, COL_reason, "the schedule was not kept");
	} else if (!err) {
		sync_fill_figures(row, cell, result);
	}
	return err;
}

static bool has_figures(const struct row *row)
{
	return !strcmp(row_get_text(row, COL_status), "ok");
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
	half.pus[0] = cell->pus[1];
	half.pus[1] = cell->pus[0];
	err = measure(&back, &half, result, lack);
	if (!err && has_figures(&back))
		sync_fill_back(row, &back);
	else
		*row = back;
	return err;
}

/* Runs one cell and prints its row; an exit code. */
static int run(const struct options *o, const struct sync_options *so, const struct sync_cell *cell,
	       const char *lack)
{
	struct sync_result *result = calloc(1, sizeof(*result));
	char why[CREW_REASON];
	static struct row row;
	struct load load;
	int err, code, written;

	if (!result)
		return EX_OSERR;
	row_clear(&row);
	fill_origin(&row, o, cell->topology);
	sync_fill_cell(&row, cell, so);
	snprintf(why, sizeof(why), "%s", lack);
	bench_load_begin(o, cell->topology, cell->pus, cell->threads, &load, why);
	err = sync_both_ways(cell) ? measure_both(&row, cell, result, why)
				   : measure(&row, cell, result, why);
	if (bench_load_end(&load, &row, why) && !err) {
		row_clear(&row);
		fill_origin(&row, o, cell->topology);
		sync_fill_cell(&row, cell, so);
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

/* The pair that was asked for; else one PU for what happens only there, and two cores for the rest. */
static int pair_of(const struct options *o, const struct sync_cell *cell, struct placement *ret,
		   char *lack)
{
	bool one_pu = cell->experiment == SYNC_HANDOFF && cell->variant->flags & SYNC_ONE_PU;

	if (one_pu && !o->n_cpus && !o->relation_given)
		return placement_find(cell->topology, RELATION_SAME_PU, ret) ? EX_UNAVAILABLE : 0;
	return bench_pair(o, cell->topology, ret, lack);
}

/* PUs for the threads: those named, those of the pair, or so many in an order. 0 or an exit code.
 */
static int place(const struct options *o, const struct sync_options *so, struct sync_cell *cell,
		 char *lack)
{
	struct placement pair = {.numa_distance = -1};
	int code = 0;

	if (o->n_cpus && o->n_cpus != 2) {
		for (unsigned i = 0; i < o->n_cpus; i++) {
			if (topology_is_allowed(cell->topology, o->cpus[i]))
				continue;
			fprintf(stderr,
				"%s: --cpus: PU %u %s; handoff topology shows those that can be "
				"used\n",
				o->program, o->cpus[i],
				topology_exists(cell->topology, o->cpus[i])
					? "is not allowed to this process"
					: "does not exist");
			return EX_USAGE;
		}
		for (unsigned i = 0; i < cell->threads; i++)
			cell->pus[i] = o->cpus[i % o->n_cpus];
	} else if (so->order_given || (cell->threads > 2 && !o->n_cpus)) {
		if (placement_order(cell->topology, so->order, cell->threads, cell->pus) < 0)
			return EX_OSERR;
	} else {
		code = pair_of(o, cell, &pair, lack);
		for (unsigned i = 0; i < cell->threads; i++)
			cell->pus[i] = pair.pu[i % 2];
	}
	if (code || *lack)
		return code == EX_USAGE ? code : 0;
	pair.pu[0] = cell->pus[0];
	pair.node[0] = topology_node(cell->topology, cell->pus[0]);
	pair.node[1] = topology_node(cell->topology, cell->pus[cell->threads > 1]);
	cell->mem_node = bench_node(o, cell->topology, &pair, lack);
	return 0;
}

/* What the experiment leaves to be asked of a lock. */
static void ask_lock(struct sync_cell *cell, const struct sync_options *so)
{
	bool reads = so->readers_given && cell->experiment == SYNC_UNCONTENDED;

	cell->readers_pct = reads || cell->experiment == SYNC_READERS ? so->readers_pct : 0;
	cell->permits =
		cell->variant->flags & SYNC_COUNTS || so->experiment_given ? so->permits : 1;
	cell->lines = so->lines;
}

/* Whether a lock that nobody else wants can also be taken for reading, and nobody said which. */
static bool has_other_side(const struct sync_options *so, const struct sync_cell *cell)
{
	return cell->experiment == SYNC_UNCONTENDED && !so->readers_given &&
	       sync_has_sides(cell->variant);
}

/* One row per variant, experiment and side of a lock that was asked for. */
static int run_all(const struct options *o, const struct sync_options *so, struct sync_cell *cell)
{
	const struct sync_mechanism *m = cell->mechanism;
	struct outcome out = {0};

	for (size_t i = 0; i < m->n_variants; i++) {
		cell->variant = &m->variants[i];
		if (o->variant && strcmp(o->variant, cell->variant->name))
			continue;
		for (unsigned e = 0; e < SYNC_EXPERIMENTS && out.worst <= EX_SOFTWARE; e++) {
			char lack[CREW_REASON] = "", want[OPTION_WANT];
			int code;

			cell->experiment = (enum sync_experiment)e;
			if (so->experiment_given ? so->experiment != cell->experiment
						 : !sync_can(cell->variant, cell->experiment))
				continue;
			cell->threads =
				sync_options_threads(cell->variant, cell->experiment, so->threads);
			cell->producers = so->producers ? so->producers : cell->threads / 2;
			ask_lock(cell, so);
			given_read(&so->given, cell->variant->options, cell->opt, want);
			code = place(o, so, cell, lack);
			if (code)
				return code;
			outcome_add(&out, run(o, so, cell, lack));
			cell->readers_pct = 100;
			if (has_other_side(so, cell) && out.worst <= EX_SOFTWARE)
				outcome_add(&out, run(o, so, cell, lack));
		}
	}
	return outcome_code(&out);
}

int main(int argc, char **argv)
{
	const struct sync_mechanism *m = sync_mechanisms();
	struct sync_options so;
	struct sync_cell cell = {.mechanism = m};
	struct topology *topology;
	struct options o;
	int code;

	options_init(&o, argv[0]);
	sync_options_init(&so);
	code = sync_options_read(&o, &so, argc, argv);
	if (code)
		return code < 0 ? options_flush(o.program, 0) : code;
	if (o.list) {
		list(m);
		return options_flush(o.program, 0);
	}
	code = sync_options_check(&o, &so, m);
	if (code)
		return code;
	code = o.header ? csv_write_header(stdout, CSV_SAMPLES) : 0;
	if (code) {
		fprintf(stderr, "%s: cannot write to standard output: %s\n", o.program,
			strerror(-code));
		return EX_IOERR;
	}
	if (o.repeat > 1)
		return options_repeat(&o, argc, argv);
	code = bench_begin(&o, &topology);
	if (code)
		return code;
	cell.topology = topology;
	cell.processes = o.processes;
	cell.pages = o.pages;
	cell.critical_ns = so.critical_ns;
	cell.think_ns = so.think_ns;
	cell.gap_ns = so.gap_ns;
	cell.capacity = so.capacity ? so.capacity : SYNC_CAPACITY;
	cell.full = so.full;
	cell.every_ns = so.every_ns;
	cell.stride_b = so.stride_b;
	cell.sched = o.sched;
	cell.size = o.size;
	code = run_all(&o, &so, &cell);
	bench_end(topology);
	return code;
}
