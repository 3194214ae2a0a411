/* SPDX-License-Identifier: MIT */
/* Options of ipc_<name>: what they are, what goes together. */
#include "bench/program/ipc_options.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "bench/program/ipc_to_row.h"

static int read_pattern(void *to, const char *text, char *want)
{
	return option_choice(text, ipc_patterns, 3,
			     (unsigned *)&((struct ipc_options *)to)->pattern, want);
}

static int read_wait(void *to, const char *text, char *want)
{
	((struct ipc_options *)to)->wait = text;
	return 0;
}

static int read_size(void *to, const char *text, char *want)
{
	uint64_t n;
	int err = option_size(text, IPC_MSG_MAX, &n, want);

	if (!err)
		((struct ipc_options *)to)->msg_size = n;
	return err;
}

static int read_gap(void *to, const char *text, char *want)
{
	return option_time(text, &((struct ipc_options *)to)->gap_ns, want);
}

static int read_every(void *to, const char *text, char *want)
{
	struct ipc_options *o = to;
	int err = option_time(text, &o->every_ns, want);

	if (!err && !o->every_ns) {
		snprintf(want, OPTION_WANT, "a time above 0");
		return -EINVAL;
	}
	o->pattern = IPC_PACED;
	return err;
}

static int read_window(void *to, const char *text, char *want)
{
	return option_number(text, 1, 1000000, &((struct ipc_options *)to)->window, want);
}

static int read_pairs(void *to, const char *text, char *want)
{
	return option_number(text, 1, CREW_MAX / 2, &((struct ipc_options *)to)->pairs, want);
}

static int read_producers(void *to, const char *text, char *want)
{
	return option_number(text, 1, CREW_MAX - 1, &((struct ipc_options *)to)->producers, want);
}

static int read_touch(void *to, const char *text, char *want)
{
	return option_choice(text, ipc_touches, 3, (unsigned *)&((struct ipc_options *)to)->touch,
			     want);
}

static int read_initiator(void *to, const char *text, char *want)
{
	static const char *const names[] = {"auto", "spin", "sleep"};

	return option_choice(text, names, 3, &((struct ipc_options *)to)->initiator, want);
}

static int read_opt(void *to, const char *text, char *want)
{
	return given_add(&((struct ipc_options *)to)->given, text, want);
}

static const struct option_row own[] = {
	{"pattern", "ping-pong|paced|stream", "what the sides do", read_pattern},
	{"wait", "MODE", "how a side waits; --list shows the modes", read_wait},
	{"msg-size", "B", "bytes of a message; 64", read_size},
	{"touch", "none|line|all", "payload written and read by each side; line", read_touch},
	{"gap", "T", "ping-pong: think time after each reply", read_gap},
	{"every", "T", "paced: time between two scheduled sends", read_every},
	{"initiator", "auto|spin|sleep", "how it waits for the next send", read_initiator},
	{"opt", "NAME=N", "an option of the mechanism's own; --list shows them", read_opt},
	{"window", "N", "stream: messages until an acknowledgement", read_window},
	{"pairs", "N", "concurrent pairs, each on PUs of its own; 1", read_pairs},
	{"producers", "N", "stream: senders to one receiver", read_producers},
};

void ipc_options_init(struct ipc_options *io)
{
	*io = (struct ipc_options){.msg_size = 64, .touch = TOUCH_LINE};
}

int ipc_options_read(struct options *o, struct ipc_options *io, int argc, char **argv)
{
	return options_read(o, own, sizeof(own) / sizeof(own[0]), io, argc, argv);
}

const struct ipc_mode *ipc_options_mode(const struct ipc_cell *cell, const char *name)
{
	bool one_pu = !cell->free && cell->placement.pu[0] == cell->placement.pu[1];
	const struct ipc_mode *mode;

	for (size_t i = 0; (mode = ipc_mode_of(cell->mechanism, cell->variant, i)); i++) {
		const struct ipc_wait *w = mode->wait;

		if (name ? !strcmp(name, w->name)
			 : !(w->missing || (one_pu && w->flags & IPC_SPINS)))
			return mode;
	}
	return name ? NULL : ipc_mode_of(cell->mechanism, cell->variant, 0);
}

/* Whether variant, wait mode and options asked for exist; 0, or EX_USAGE after a line. */
static int check_names(const struct options *o, const struct ipc_options *io,
		       const struct ipc_mechanism *m)
{
	bool variant = false, wait = false;

	for (size_t i = 0; i < m->n_variants; i++) {
		struct ipc_cell cell = {.mechanism = m, .variant = &m->variants[i], .free = true};
		char want[OPTION_WANT];
		const char *wrong;

		if (o->variant && strcmp(o->variant, m->variants[i].name))
			continue;
		variant = true;
		wait = wait || ipc_options_mode(&cell, io->wait);
		wrong = given_read(&io->given, cell.variant->options, cell.opt, want);
		if (wrong) {
			fprintf(stderr, "%s: --opt %s: not valid for %s:%s; it takes %s\n",
				o->program, wrong, m->name, m->variants[i].name, want);
			return EX_USAGE;
		}
	}
	if (!variant)
		fprintf(stderr, "%s: --variant=%s: no such variant; --list shows them\n",
			o->program, o->variant);
	else if (!wait)
		fprintf(stderr, "%s: --wait=%s: no such wait mode here; --list shows them\n",
			o->program, io->wait);
	return variant && wait ? 0 : EX_USAGE;
}

/* What several pairs or producers exclude; NULL = nothing is wrong. */
static const char *check_several(const struct options *o, const struct ipc_options *io)
{
	bool paused = io->gap_ns || io->every_ns;

	if (io->pairs > 1 && io->producers)
		return "--pairs and --producers exclude each other";
	if (io->pairs > 1 && paused)
		return "--pairs keeps all pairs busy: it does not go with --gap or --every";
	if (io->pairs > 1 && o->size.iterations)
		return "--pairs measures all pairs in the same time: --duration, not --iterations";
	if (io->pairs > 1 && (o->mem == MEM_REMOTE || o->mem == MEM_NODE))
		return "--pairs takes --mem=first or second, of each pair";
	if (io->producers && io->pattern != IPC_STREAM)
		return "--producers goes with --pattern=stream";
	if (io->producers && io->window)
		return "--window is for one sender: not with --producers";
	if (io->producers && o->relation_given)
		return "--placement is a relation of two: with --producers, --cpus or none";
	if (io->pairs <= 1 && !io->producers && o->n_cpus > 2)
		return "--cpus takes two PUs: initiator and responder";
	return NULL;
}

int ipc_options_check(const struct options *o, const struct ipc_options *io,
		      const struct ipc_mechanism *m)
{
	const char *wrong = check_several(o, io);

	if (wrong)
		;
	else if (o->n_cpus && (o->relation_given || o->free))
		wrong = "--cpus and --placement exclude each other";
	else if (o->load && o->free)
		wrong = "--load keeps off the PUs that are used: not with --placement=free";
	else if (io->pattern == IPC_PACED && !io->every_ns)
		wrong = "--pattern=paced needs --every=T";
	else if (io->every_ns && io->pattern != IPC_PACED)
		wrong = "--every goes with --pattern=paced";
	else if (io->gap_ns && io->pattern != IPC_PING_PONG)
		wrong = "--gap goes with --pattern=ping-pong";
	else if (io->window && io->pattern != IPC_STREAM)
		wrong = "--window goes with --pattern=stream";
	if (wrong)
		fprintf(stderr, "%s: %s\n", o->program, wrong);
	return wrong ? EX_USAGE : check_names(o, io, m);
}
