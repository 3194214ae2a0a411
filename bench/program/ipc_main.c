/* SPDX-License-Identifier: MIT */
/* main of every build/ipc_<name>: options to cells, cells to rows. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "bench/measure/ipc_session.h"
#include "bench/program/bench_main.h"
#include "bench/program/explain.h"
#include "bench/program/ipc_options.h"
#include "bench/program/ipc_serve.h"
#include "bench/program/ipc_to_row.h"
#include "bench/program/to_row.h"

static void list(void)
{
	const struct ipc_mechanism *m = ipc_mechanisms();

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

/* Whether its times are those from the intended send, and not round trips. */
static bool has_responses(const struct ipc_cell *cell)
{
	return cell->ask.pattern == IPC_PACED || cell->ask.pattern == IPC_FAN_OUT;
}

/*
 * Why its slowest operations were slow; on stderr where stdout has rows. 0 or an exit code after a
 * line.
 */
static int tell(const struct options *o, const struct explain_report *why, const struct row *row)
{
	if (row_is_ok(row)) {
		explain_print(why, row, o->table ? stdout : stderr);
		return explain_csv(o, why, row);
	}
	fprintf(stderr, "%s: nothing is explained: %s\n", o->program,
		row_get_text(row, COL_reason));
	return 0;
}

/* Prints the row and what belongs to it. 0 or an exit code after a line. */
static int publish(const struct options *o, const struct ipc_cell *cell,
		   const struct ipc_result *result, const struct row *row)
{
	int written = bench_print(o, row);

	if (written || o->explain || !row_is_ok(row))
		return written;
	return bench_histogram(o, row,
			       has_responses(cell) ? &result->pace.response : &result->meter.each);
}

/* Runs one cell and prints its row; an exit code. */
static int run(const struct options *o, struct ipc_cell *cell, const char *lack)
{
	struct ipc_result *result = calloc(1, sizeof(*result));
	struct explain_report why = {.full = false};
	static struct row row;
	unsigned busy[2 * CREW_MAX], n = ipc_members(cell);
	struct load load;
	char reason[CREW_REASON] = "";
	int err, code, written, helpers;

	if (!result)
		return EX_OSERR;
	row_clear(&row);
	fill_origin(&row, o, cell->topology);
	ipc_fill_cell(&row, cell, !*lack);
	if (!*lack && !cell->seats.free && n > 2 && seats_shared(&cell->seats, cell->ask.pairs > 1))
		row_add_item(&row, COL_flags, "oversubscribed");
	snprintf(reason, sizeof(reason), "%s", lack);
	bench_flag_node(&row, o, cell->topology, cell->seats.pu, n, cell->mem_node);
	memcpy(busy, cell->seats.pu, n * sizeof(*busy));
	helpers = *reason ? 0 : ipc_place_helpers(cell, busy + n, reason);
	row_set_list(&row, COL_helper_cpus, busy + n, helpers > 0 ? (unsigned)helpers : 0);
	if (o->ask.load != LOAD_SAME && helpers > 0)
		n += (unsigned)helpers;
	bench_load_begin(o, cell->topology, busy, n, &load, reason);
	cell->load = &load;
	err = *reason	   ? -EOPNOTSUPP
	      : o->explain ? explain_run(o, cell, result, &why, reason)
			   : ipc_session_run(cell, result, reason);
	cell->load = NULL;
	if (err && cell->peer)
		err = peer_part(cell->peer, err, reason);
	if (bench_load_end(&load, &row, reason) && !err)
		err = -ECHILD;
	fill_status(&row, err, result->began, reason);
	if (!err && pace_overloaded(&result->pace))
		fill_overload(&row, &result->trial);
	else if (!err)
		ipc_fill_figures(&row, cell, result);
	if (o->explain && !err)
		explain_flag(&row);
	code = fill_verdict(&row, o, err);
	written = publish(o, cell, result, &row);
	if (!written && o->explain && !err)
		written = tell(o, &why, &row);
	explain_free(&why.explanation);
	free(result);
	return written ? written : code;
}

/* What the variant makes of what was asked of all. */
static void settle(const struct options *o, struct ipc_cell *cell, const struct ipc_variant *v)
{
	char want[OPTION_WANT];

	cell->variant = v;
	cell->ask = o->ask;
	cell->ask.mechanism = cell->mechanism->name;
	cell->ask.variant = v->name;
	cell->ask.has = ipc_has(cell->mechanism, v);
	cell->mode = ipc_options_mode(cell, o->ask.wait);
	if (!cell->mode)
		return;
	cell->ask.wait = cell->mode->wait->name;
	options_own(&o->ask, v->options, cell->opt, want);
	if (!ipc_has_payload(v))
		cell->ask.touch = TOUCH_NONE;
	if (ipc_is_timer(cell->mode) && o->ask.pattern == IPC_PING_PONG && !o->ask.gap_ns)
		cell->ask.gap_ns = IPC_TIMER_NS;
}

/* Whether another side is on the CPU of the first. */
static bool first_shares(const struct seats *s)
{
	unsigned i = 1;

	while (i < s->n && s->pu[i] != s->pu[0])
		i++;
	return !s->free && i < s->n;
}

/* Where this side and a peer are; a relation only where one kernel numbers the CPUs of both. */
static void sit_beside(const struct options *o, struct ipc_cell *cell, char *lack)
{
	const struct peer *peer = cell->peer;
	struct seats *seats = &cell->seats;
	bool known = peer->same_kernel && topology_exists(cell->topology, peer->hello.pu);
	bool asked = cell_given(&o->ask, PARAMETER_placement);

	if (!known) {
		if (asked)
			snprintf(lack, CREW_REASON,
				 "--placement is of two CPUs of one machine, and its peer is under "
				 "another kernel: leave it out");
		return;
	}
	seats->n = 2;
	seats->related = true;
	seats->pu[1] = peer->hello.pu;
	placement_between(cell->topology, seats->pu[0], seats->pu[1], &seats->pair);
	if (asked && seats->pair.relation != o->ask.placement)
		snprintf(lack, CREW_REASON,
			 "CPU %u and CPU %u of its peer are %s: --cpus says where each side is",
			 seats->pu[0], seats->pu[1], relation_name(seats->pair.relation));
}

/* Meets the peer, where it can be one of this variant; into `lack` goes why not. */
static void meet(const struct options *o, struct ipc_cell *cell, struct peer *peer, char *lack)
{
	cell->peer = peer;
	peer->control.fd = -1;
	cell->seats.n = 1;
	cell->seats.related = false;
	cell->seats.pu[1] = UINT_MAX;
	if (!*lack && !ipc_session_check(cell, lack) &&
	    !peer_connect(peer, &o->peer_at, o->peer, cell->seats.pu[0], lack))
		sit_beside(o, cell, lack);
}

/* Whether the initiator sleeps until it sends. */
static bool sleeps(const struct options *o, const struct seats *seats)
{
	if (o->ask.initiator)
		return o->ask.initiator == INITIATOR_SLEEP;
	return o->ask.load == LOAD_SAME || first_shares(seats);
}

/* One variant, which is settled: its row, and its exit code. */
static int run_variant(const struct options *o, struct ipc_cell *cell, const char *lack)
{
	static struct peer peer;
	char why[CREW_REASON];
	int code;

	snprintf(why, sizeof(why), "%s", lack);
	if (o->peer) {
		meet(o, cell, &peer, why);
		settle(o, cell, cell->variant); /* how it waits, now that both CPUs are known */
	}
	cell->sleeps = sleeps(o, &cell->seats);
	code = run(o, cell, why);
	if (o->peer)
		peer_close(&peer);
	return code;
}

/* One row per variant that was asked for. */
static int run_all(const struct options *o, const struct topology *t)
{
	static struct ipc_cell cell;
	const struct ipc_mechanism *m = ipc_mechanisms();
	unsigned n = ipc_sides(&o->ask);
	struct outcome out = {0};
	char lack[CREW_REASON] = "";
	int code = bench_seats(o, t, n, false, &cell.seats, lack);

	if (code && code != EX_UNAVAILABLE)
		return code;
	if (o->serve_fd >= 0)
		return ipc_serve(o, t, &cell.seats, lack);
	cell.mechanism = m;
	cell.topology = t;
	cell.size = o->size;
	cell.lock_memory = o->lock_memory;
	cell.mem_node = *lack ? -1 : bench_node(o, t, &cell.seats.pair, lack);
	for (size_t i = 0; i < m->n_variants && out.worst <= EX_SOFTWARE; i++) {
		if (o->ask.variant && strcmp(o->ask.variant, m->variants[i].name))
			continue;
		settle(o, &cell, &m->variants[i]);
		if (cell.mode)
			outcome_add(&out, run_variant(o, &cell, lack));
	}
	return outcome_code(&out);
}

static int check(const struct options *o)
{
	if (o->peer)
		peer_share_names(&o->peer_at);
	return ipc_options_check(o, ipc_mechanisms());
}

int main(int argc, char **argv)
{
	static const struct bench_room ipc = {.list = list, .check = check, .run = run_all};
	static struct options o;

	options_init(&o, argv[0], GROUP_IPC);
	o.ask.can = USE_IPC;
	return bench_main(&o, &ipc, argc, argv);
}
