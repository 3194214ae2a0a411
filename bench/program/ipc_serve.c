/* SPDX-License-Identifier: MIT */
/* What a peer asks for, looked at before any of it is used. */
#include "bench/program/ipc_serve.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "bench/measure/ipc_session.h"
#include "bench/program/ipc_options.h"

__attribute__((format(printf, 2, 3))) static int refuse(char *reason, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, CREW_REASON, fmt, args);
	va_end(args);
	return -EOPNOTSUPP;
}

static int find_variant(const struct options *o, struct ipc_cell *cell, const struct peer_cell *ask,
			char *reason)
{
	const struct ipc_mechanism *m = ipc_mechanisms();

	for (size_t i = 0; i < m->n_variants; i++)
		if (!strcmp(m->variants[i].name, ask->variant))
			cell->variant = &m->variants[i];
	if (strcmp(ask->mechanism, m->name) != 0)
		return refuse(reason, "this serves ipc/%s, not ipc/%s", m->name, ask->mechanism);
	if (!cell->variant || (o->ask.variant && strcmp(o->ask.variant, ask->variant) != 0))
		return refuse(reason, "this serves %s:%s, not %s:%s", m->name,
			      o->ask.variant ? o->ask.variant : m->variants[0].name, m->name,
			      ask->variant);
	cell->mechanism = m;
	cell->mode = ipc_options_mode(cell, ask->wait);
	if (!cell->mode)
		return refuse(reason, "%s:%s has no wait mode %s", m->name, ask->variant,
			      ask->wait);
	return 0;
}

/* Numbers that an option would have refused. */
static int check_numbers(const struct ipc_variant *v, const struct peer_cell *ask, char *reason)
{
	bool right = ask->msg_size && ask->msg_size <= IPC_MSG_MAX && ask->touch <= TOUCH_ALL &&
		     ask->pages <= PAGES_HUGE && ask->mem_node >= -1 && ask->mem_node <= INT_MAX &&
		     ask->duration_ns <= TIME_MAX_NS && ask->warm_ns <= TIME_MAX_NS &&
		     ask->iterations <= ITERATIONS_MAX;
	unsigned n = 0;

	while (v->options && v->options[n].name)
		n++;
	for (unsigned i = 0; i < BENCH_OPTIONS_MAX; i++)
		right = right && ask->opt[i] <= (i < n ? v->options[i].max : 0);
	return right ? 0 : refuse(reason, "a number is beyond its range");
}

/*
 * The cell that the peer asks for, as far as this side needs to know it. 0 or -errno with `reason`.
 */
static int take_cell(const struct options *o, struct ipc_cell *cell, const struct peer_cell *ask,
		     char *reason)
{
	int err = find_variant(o, cell, ask, reason);

	if (!err)
		err = check_numbers(cell->variant, ask, reason);
	if (err)
		return err;
	cell->ask = o->ask;
	cell->ask.mechanism = cell->mechanism->name;
	cell->ask.variant = cell->variant->name;
	cell->ask.wait = cell->mode->wait->name;
	cell->ask.msg_size_b = ask->msg_size;
	cell->ask.touch = (unsigned)ask->touch;
	cell->ask.pages = (unsigned)ask->pages;
	cell->mem_node = (int)ask->mem_node;
	memcpy(cell->opt, ask->opt, sizeof(cell->opt));
	cell->size = (struct trial_size){.duration_ns = ask->duration_ns,
					 .iterations = ask->iterations,
					 .warm_ns = ask->warm_ns};
	return 0;
}

/* From the first word to the last. 0 or -errno with `reason`. */
static int serve(const struct options *o, struct ipc_cell *cell, struct ipc_result *result,
		 char *reason)
{
	struct peer_frame f;
	int err = peer_receive(cell->peer, PEER_CELL, &f, reason);

	if (err)
		return err;
	err = take_cell(o, cell, &f.cell, reason);
	return err ? err : ipc_session_run(cell, result, reason);
}

static void say(const struct options *o, const struct ipc_cell *cell, int err, const char *reason)
{
	const char *host = cell->peer->hello.host;
	char size[32];

	if (err) {
		fprintf(stderr, "%s: %s%s%s\n", o->program, host, *host ? ": " : "", reason);
		return;
	}
	value_print_bytes(cell->ask.msg_size_b, size, sizeof(size));
	fprintf(stderr, "%s: %s: %s:%s %s %s, served\n", o->program, host, cell->ask.mechanism,
		cell->ask.variant, cell->ask.wait, size);
}

int ipc_serve(const struct options *o, const struct topology *t, const struct seats *seats,
	      const char *lack)
{
	static struct ipc_cell cell;
	static struct peer peer;
	struct ipc_result *result = calloc(1, sizeof(*result));
	char reason[CREW_REASON] = "";
	int err;

	if (!result)
		return EX_OSERR;
	cell.topology = t;
	cell.peer = &peer;
	cell.lock_memory = o->lock_memory;
	cell.seats = *seats;
	cell.seats.pu[0] = seats->pu[1];
	cell.seats.pu[1] = UINT_MAX; /* the peer's own affair */
	cell.seats.pair.node[0] = seats->pair.node[1];
	cell.seats.n = 1;
	if (*lack) {
		fprintf(stderr, "%s: %s\n", o->program, lack);
		free(result);
		return EX_UNAVAILABLE;
	}
	err = peer_accept(&peer, o->serve_fd, cell.seats.pu[0], reason);
	if (!err) {
		err = serve(o, &cell, result, reason);
		if (err)
			err = peer_part(&peer, err, reason);
	}
	say(o, &cell, err, reason);
	peer_close(&peer);
	free(result);
	return err == -EINTR ? 130 : err ? EX_SOFTWARE : 0;
}
