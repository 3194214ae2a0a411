/* SPDX-License-Identifier: MIT */
/* Options of ipc_<name>: what goes together. */
#include "bench/program/ipc_options.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

const struct ipc_mode *ipc_options_mode(const struct ipc_cell *cell, const char *name)
{
	bool shares = ipc_shares_pu(cell);
	const struct ipc_mode *mode;

	for (size_t i = 0; (mode = ipc_mode_of(cell->mechanism, cell->variant, i)); i++) {
		const struct ipc_wait *w = mode->wait;

		if (name ? !strcmp(name, w->name)
			 : !(w->missing || (shares && w->flags & IPC_SPINS)))
			return mode;
	}
	return name ? NULL : ipc_mode_of(cell->mechanism, cell->variant, 0);
}

/* Says which wait modes the first variant that was asked for has. */
static void refuse_wait(const struct options *o, const struct ipc_mechanism *m)
{
	const struct ipc_variant *v = m->variants;
	const struct ipc_mode *mode;

	while (o->ask.variant && strcmp(o->ask.variant, v->name))
		v++;
	fprintf(stderr, "%s: --wait=%s: no such wait mode here; it takes one of", o->program,
		o->ask.wait);
	for (size_t i = 0; (mode = ipc_mode_of(m, v, i)); i++)
		fprintf(stderr, " %s", mode->wait->name);
	fputc('\n', stderr);
}

/* Whether variant, wait mode and options asked for exist; 0, or EX_USAGE after a line. */
static int check_names(const struct options *o, const struct ipc_mechanism *m)
{
	bool variant = false, wait = false;

	for (size_t i = 0; i < m->n_variants; i++) {
		struct ipc_cell cell = {.mechanism = m, .variant = &m->variants[i]};
		char want[OPTION_WANT];
		const char *wrong;

		if (o->ask.variant && strcmp(o->ask.variant, m->variants[i].name))
			continue;
		variant = true;
		wait = wait || ipc_options_mode(&cell, o->ask.wait);
		wrong = options_own(&o->ask, cell.variant->options, cell.opt, want);
		if (wrong) {
			fprintf(stderr, "%s: --opt %s: not valid for %s:%s; it takes %s\n",
				o->program, wrong, m->name, m->variants[i].name, want);
			return EX_USAGE;
		}
	}
	if (!variant)
		fprintf(stderr, "%s: --variant=%s: no such variant; --list shows them\n",
			o->program, o->ask.variant);
	else if (!wait)
		refuse_wait(o, m);
	return variant && wait ? 0 : EX_USAGE;
}

/* What does not go together beyond the table; NULL = nothing is wrong. */
static const char *check_rest(const struct options *o)
{
	const struct cell *ask = &o->ask;
	bool free = cell_given(ask, PARAMETER_placement) && ask->placement == PLACEMENT_FREE;
	unsigned sides = ipc_sides(ask);

	if (ask->pairs > 1 && o->size.iterations)
		return "--pairs measures all pairs in the same time: --duration, not --iterations";
	if (ask->pairs > 1 && ask->mem_asked > MEM_SECOND)
		return "--pairs takes --mem=first or second, of each pair";
	if (ask->n_cpus > 2 && sides == 2)
		return "--cpus takes two CPUs: initiator and responder";
	if (ask->n_cpus && sides > 2 && ask->n_cpus != sides)
		return "--cpus: one CPU for each side";
	if (cell_given(ask, PARAMETER_order) && !ask->producers && ask->pattern != IPC_FAN_OUT)
		return "--order lays out several sides: it needs --producers or --pattern=fan-out";
	if (cell_given(ask, PARAMETER_placement) && ask->pattern == IPC_FAN_OUT && sides > 2)
		return "--placement is for two: with several --consumers give --cpus or --order";
	if (ask->load && free)
		return "--load keeps off the CPUs that are used: not with --placement=free";
	if (o->explain && (sides > 2 || ask->pattern == IPC_STREAM || ask->pattern == IPC_FAN_OUT))
		return "--explain takes round trips of one pair apart: --pattern=ping-pong or "
		       "paced, "
		       "without --pairs";
	if (o->explain && o->histogram)
		return "--explain has no times that count: leave --histogram out";
	if (o->explain_csv && !o->explain)
		return "--explain-csv needs --explain";
	if (ask->pattern == IPC_PACED && !ask->every_ns)
		return "--pattern=paced needs --every=T";
	return NULL;
}

/* What one side alone cannot say of both; NULL = nothing. */
static const char *check_peer(const struct options *o)
{
	const struct cell *ask = &o->ask;

	if (!o->peer && o->serve_fd < 0)
		return NULL;
	if (ask->n_cpus > 1)
		return "--cpus takes one CPU: the other side's is chosen where that is started";
	if (cell_given(ask, PARAMETER_placement) && ask->placement == PLACEMENT_FREE)
		return "--placement=free: a side beside a peer has one CPU";
	if (ask->pairs > 1 || ask->producers || ask->apart.kind || ask->load ||
	    ask->endpoints == ENDPOINTS_THREAD)
		return "a peer is one side of two: leave --pairs, --producers, --apart, --load and "
		       "--endpoints=thread out";
	if (o->explain)
		return "--explain looks at both sides: leave it or --peer out";
	if (ask->mem_asked == MEM_SECOND)
		return "--mem=second: the other side's node is not known; --mem=node:N says it";
	return NULL;
}

int ipc_options_check(const struct options *o, const struct ipc_mechanism *m)
{
	char line[256];
	const char *wrong = cell_conflict(&o->ask, line);

	if (!wrong)
		wrong = check_rest(o);
	if (!wrong)
		wrong = check_peer(o);
	if (wrong)
		fprintf(stderr, "%s: %s\n", o->program, wrong);
	return wrong ? EX_USAGE : check_names(o, m);
}
