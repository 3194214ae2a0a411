/* SPDX-License-Identifier: MIT */
/* Options of microbenchmarks of synchronization: which go together. */
#include "bench/program/sync_options.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "bench/measure/sync_inversion.h"

#define ORDER_THREADS 5 /* one that has it and four that wait */
#define HERD_THREADS 9

static bool is_asked(const struct options *o, enum sync_experiment e)
{
	return !cell_given(&o->ask, PARAMETER_experiment) || o->ask.experiment == e;
}

unsigned sync_options_threads(const struct sync_variant *v, enum sync_experiment e, unsigned asked)
{
	if (e == SYNC_UNCONTENDED)
		return 1;
	if (e == SYNC_HANDOFF)
		return 2;
	if (e == SYNC_INVERSION)
		return asked ? asked : INVERSION_THREADS;
	if (asked < 3 && sync_serves(e)) /* the first has it, and two wait at least */
		return asked ? 3 : e == SYNC_ORDER ? ORDER_THREADS : HERD_THREADS;
	if (asked == 1 && (e == SYNC_BROADCAST || e == SYNC_BARRIER))
		return 2;
	if (asked)
		return asked;
	return e == SYNC_OP && !(v->flags & SYNC_PAIR) ? 1 : 2;
}

/* Whether an experiment of `v` that was asked for counts what is done in a time. */
static bool runs_for_a_time(const struct sync_variant *v, const struct options *o)
{
	if (o->ask.variant && strcmp(o->ask.variant, v->name))
		return false;
	for (unsigned e = 0; e < SYNC_EXPERIMENTS; e++) {
		struct sync_cell cell = {.variant = v, .ask.experiment = e};

		if (!sync_can(v, e) || !is_asked(o, e))
			continue;
		cell.ask.threads = sync_options_threads(v, e, o->ask.threads);
		if (sync_runs_for_a_time(&cell))
			return true;
	}
	return false;
}

/* Whether every --opt is one of each variant asked for; 0, or EX_USAGE after a line. */
static int check_own(const struct options *o, const struct sync_mechanism *m)
{
	for (size_t i = 0; i < m->n_variants; i++) {
		const struct sync_variant *v = &m->variants[i];
		uint64_t values[BENCH_OPTIONS_MAX];
		char want[OPTION_WANT];
		const char *wrong;

		if (o->ask.variant && strcmp(o->ask.variant, v->name))
			continue;
		wrong = options_own(&o->ask, v->options, values, want);
		if (!wrong)
			continue;
		fprintf(stderr, "%s: --opt %s: not valid for %s:%s; it takes %s\n", o->program,
			wrong, m->name, v->name, want);
		return EX_USAGE;
	}
	return 0;
}

static bool needs_two(enum sync_experiment e)
{
	return e == SYNC_QUEUE || e == SYNC_BROADCAST || e == SYNC_BARRIER;
}

/* Which numbers do not go together; NULL = all do. */
static const char *wrong_numbers(const struct cell *ask)
{
	bool chosen = cell_given(ask, PARAMETER_experiment);
	bool alone = chosen && ask->experiment == SYNC_UNCONTENDED;

	if (cell_given(ask, PARAMETER_readers_pct) && !chosen)
		return "--readers goes with --experiment=readers or uncontended";
	if (cell_given(ask, PARAMETER_readers_pct) && alone && ask->readers_pct % 100)
		return "--readers: one thread alone only reads or only writes: 100 or 0";
	if (cell_given(ask, PARAMETER_fill) && !ask->think_ns)
		return "--fill says who thinks: it needs --think of more than 0";
	if (cell_given(ask, PARAMETER_placement) && ask->placement == PLACEMENT_FREE)
		return "--placement=free is for IPC; here threads are pinned";
	if (cell_given(ask, PARAMETER_placement) && ask->threads > 2)
		return "--placement names a pair: --threads=2 at most, or use --order";
	if (ask->producers && ask->producers >= (ask->threads ? ask->threads : 2))
		return "--producers must leave a thread to consume: fewer than --threads";
	if (chosen && sync_serves(ask->experiment) && ask->threads && ask->threads < 3)
		return "--experiment=order and herd need three threads or more: one that has it, "
		       "two that wait";
	if (chosen && needs_two(ask->experiment) && ask->threads == 1)
		return "--experiment=queue, broadcast and barrier need two threads or more";
	return NULL;
}

int sync_options_check(const struct options *o, const struct sync_mechanism *m)
{
	bool known = !o->ask.variant, can = !cell_given(&o->ask, PARAMETER_experiment),
	     timed = false;
	const char *wrong = NULL;
	char line[256];

	for (size_t i = 0; i < m->n_variants; i++) {
		known = known || !strcmp(o->ask.variant, m->variants[i].name);
		can = can || sync_can(&m->variants[i], o->ask.experiment);
		timed = timed || runs_for_a_time(&m->variants[i], o);
	}
	if (!known)
		wrong = "--variant: no such variant; --list shows them";
	else if (!can)
		wrong = "--experiment: no variant has it; --list shows the experiments";
	else if ((o->size.iterations || o->size.least) && timed)
		wrong = "--iterations and --least go with --experiment=uncontended, handoff, "
			"broadcast, barrier, order, herd, or op of one thread: the others run for "
			"--duration";
	if (!wrong)
		wrong = cell_conflict(&o->ask, line);
	if (!wrong)
		wrong = wrong_numbers(&o->ask);
	if (wrong)
		fprintf(stderr, "%s: %s\n", o->program, wrong);
	return wrong ? EX_USAGE : check_own(o, m);
}
