/* SPDX-License-Identifier: MIT */
/* main of every build/ipc_<name>: options to cells, cells to rows. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "bench/measure/ipc_session.h"
#include "bench/program/bench_main.h"
#include "bench/program/ipc_options.h"
#include "bench/program/ipc_to_row.h"
#include "bench/program/to_row.h"
#include "bench/record/csv.h"

static void list(const struct ipc_mechanism *m)
{
	for (size_t i = 0; i < m->n_variants; i++) {
		const struct ipc_variant *v = &m->variants[i];
		const struct ipc_mode *mode;

		printf("%s:%s  %s; waits:", m->name, v->name, v->summary);
		for (size_t k = 0; (mode = ipc_mode_of(m, v, k)); k++)
			printf(" %s", mode->wait->name);
		putchar('\n');
		options_list(v->options);
	}
}

/* Runs one cell and prints its row; an exit code. */
static int run(const struct options *o, const struct ipc_cell *cell, bool over, const char *lack)
{
	struct ipc_result *result = calloc(1, sizeof(*result));
	bool several = cell->producers || cell->pairs > 1;
	static struct row row;
	unsigned busy[2 * CREW_MAX], n = ipc_members(cell);
	struct load load;
	char reason[CREW_REASON] = "";
	int err, code, written, helpers;

	if (!result)
		return EX_OSERR;
	row_clear(&row);
	fill_origin(&row, o, cell->topology);
	ipc_fill_cell(&row, cell);
	if (over)
		row_add_item(&row, COL_flags, "oversubscribed");
	snprintf(reason, sizeof(reason), "%s", lack);
	memcpy(busy, several ? cell->pus : cell->placement.pu, n * sizeof(*busy));
	helpers = *reason ? 0 : ipc_place_helpers(cell, busy + n, reason);
	row_set_list(&row, COL_helper_cpus, busy + n, helpers > 0 ? (unsigned)helpers : 0);
	bench_load_begin(o, cell->topology, busy, n + (helpers > 0 ? (unsigned)helpers : 0), &load,
			 reason);
	err = *reason ? -EOPNOTSUPP : ipc_session_run(cell, result, reason);
	if (bench_load_end(&load, &row, reason) && !err)
		err = -ECHILD;
	fill_status(&row, err, result->began, reason);
	if (!err && cell->pattern == IPC_PACED &&
	    pace_overloaded(&result->pace, result->meter.done + result->meter.dropped)) {
		row_set_text(&row, COL_status, "overload");
		row_set_text(&row, COL_reason, "the schedule was not kept");
	} else if (!err) {
		ipc_fill_figures(&row, cell, result);
	}
	code = fill_verdict(&row, o, err);
	written = bench_print(o, &row);
	if (!written && !strcmp(row_get_text(&row, COL_status), "ok"))
		written = bench_histogram(o, &row, &result->meter.each);
	free(result);
	return written ? written : code;
}

/* Whether the user chose as many PUs as `members`, all to be had; 0, or EX_USAGE after a line. */
static int check_cpus(const struct options *o, const struct topology *t, unsigned members)
{
	if (o->n_cpus != members) {
		fprintf(stderr, "%s: --cpus: %u PUs for %u sides\n", o->program, o->n_cpus,
			members);
		return EX_USAGE;
	}
	for (unsigned i = 0; i < members; i++)
		if (!topology_is_allowed(t, o->cpus[i])) {
			fprintf(stderr, "%s: --cpus: PU %u cannot be used here\n", o->program,
				o->cpus[i]);
			return EX_USAGE;
		}
	return 0;
}

/* PUs of several pairs or producers; sets *over when there are too few. 0 or an exit code. */
static int place_all(const struct options *o, struct ipc_cell *cell, bool *over)
{
	unsigned n = cell->producers ? cell->producers + 1 : 2 * cell->pairs, shared = 0;

	if (o->free || (!cell->producers && cell->pairs <= 1))
		return 0;
	if (o->n_cpus && check_cpus(o, cell->topology, n))
		return EX_USAGE;
	if (o->n_cpus)
		memcpy(cell->pus, o->cpus, n * sizeof(*cell->pus));
	else if (cell->producers &&
		 placement_order(cell->topology, ORDER_COMPACT, n, cell->pus) < 0)
		return EX_OSERR;
	else if (!cell->producers)
		placement_pairs(cell->topology, &cell->placement, cell->pairs, cell->pus);
	cell->by_order = cell->producers && !o->n_cpus;
	for (unsigned i = 0; i < n; i++)
		for (unsigned j = i + 1; j < n; j++)
			/* the sides of one pair may share a PU on purpose */
			shared +=
				cell->pus[i] == cell->pus[j] && (cell->producers || i / 2 != j / 2);
	*over = shared > 0;
	return 0;
}

/* One row per variant that was asked for. */
static int run_all(const struct options *o, const struct ipc_options *io, struct ipc_cell *cell)
{
	const struct ipc_mechanism *m = cell->mechanism;
	struct outcome out = {0};
	bool over = false;
	char lack[CREW_REASON] = "", want[OPTION_WANT];
	int code = bench_pair(o, cell->topology, &cell->placement, lack);

	if (!code)
		code = place_all(o, cell, &over);
	if (code && code != EX_UNAVAILABLE)
		return code;
	cell->mem_second = o->mem == MEM_SECOND;
	cell->mem_node = *lack ? -1 : bench_node(o, cell->topology, &cell->placement, lack);
	cell->sleeps = io->initiator
			       ? io->initiator == 2
			       : !cell->free && cell->placement.pu[0] == cell->placement.pu[1];
	for (size_t i = 0; i < m->n_variants && out.worst <= EX_SOFTWARE; i++) {
		cell->variant = &m->variants[i];
		if (o->variant && strcmp(o->variant, cell->variant->name))
			continue;
		cell->mode = ipc_options_mode(cell, io->wait);
		if (!cell->mode)
			continue;
		given_read(&io->given, cell->variant->options, cell->opt, want);
		cell->touch = ipc_has_payload(cell->variant) ? io->touch : TOUCH_NONE;
		cell->gap_ns = io->gap_ns;
		if (ipc_is_timer(cell->mode) && io->pattern == IPC_PING_PONG && !io->gap_ns)
			cell->gap_ns = IPC_TIMER_NS;
		outcome_add(&out, run(o, cell, over, lack));
	}
	return outcome_code(&out);
}

int main(int argc, char **argv)
{
	const struct ipc_mechanism *m = ipc_mechanisms();
	struct ipc_options io;
	struct topology *topology;
	struct options o;
	int code;

	options_init(&o, argv[0]);
	o.processes = true;
	ipc_options_init(&io);
	code = ipc_options_read(&o, &io, argc, argv);
	if (code)
		return code < 0 ? options_flush(o.program, 0) : code;
	if (o.list) {
		list(m);
		return options_flush(o.program, 0);
	}
	code = ipc_options_check(&o, &io, m);
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
	code = run_all(&o, &io,
		       &(struct ipc_cell){
			       .mechanism = m,
			       .topology = topology,
			       .free = o.free,
			       .threads = !o.processes,
			       .pattern = io.pattern,
			       .pages = o.pages,
			       .msg_size = io.msg_size,
			       .window = io.window,
			       .pairs = (unsigned)io.pairs,
			       .producers = (unsigned)io.producers,
			       .every_ns = io.every_ns,
			       .sched = o.sched,
			       .size = o.size,
		       });
	bench_end(topology);
	return code;
}
