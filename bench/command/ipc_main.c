/* SPDX-License-Identifier: MIT */
/* main of every build/ipc_<name>: options to cells, cells to rows. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "bench/command/bench_main.h"
#include "bench/command/fill.h"
#include "bench/command/ipc_fill.h"
#include "bench/measure/ipc_session.h"
#include "bench/record/csv.h"

struct ipc_options {
	enum ipc_pattern pattern;
	const char *wait; /* NULL = the variant's default */
	size_t msg_size;  /* bytes */
	uint64_t gap_ns;
	uint64_t every_ns;
	uint64_t window;
	uint64_t pairs, producers; /* 0 = not given */
	enum touch touch;
	struct given_options given;
	unsigned initiator; /* 0 = by placement, 1 = spin, 2 = sleep */
};

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

/* The mode asked for; else the first that can run: spinning needs a second PU. */
static const struct ipc_mode *pick_mode(const struct ipc_cell *cell, const char *name)
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

/* Runs one cell and prints its row; an exit code. */
static int run(const struct options *o, const struct ipc_cell *cell, bool over, const char *lack)
{
	struct ipc_result *result = calloc(1, sizeof(*result));
	bool several = cell->producers || cell->pairs > 1;
	static struct row row;
	struct load load;
	char reason[CREW_REASON] = "";
	int err, code, written;

	if (!result)
		return EX_OSERR;
	row_clear(&row);
	fill_origin(&row, o, cell->topology);
	ipc_fill_cell(&row, cell);
	if (over)
		row_add_item(&row, COL_flags, "oversubscribed");
	snprintf(reason, sizeof(reason), "%s", lack);
	bench_load_begin(o, cell->topology, several ? cell->pus : cell->placement.pu,
			 ipc_members(cell), &load, reason);
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
		cell->mode = pick_mode(cell, io->wait);
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
		wait = wait || pick_mode(&cell, io->wait);
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

static int check_options(const struct options *o, const struct ipc_options *io)
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
	return wrong ? EX_USAGE : 0;
}

int main(int argc, char **argv)
{
	const struct ipc_mechanism *m = ipc_mechanisms();
	struct ipc_options io = {.msg_size = 64, .touch = TOUCH_LINE};
	struct topology *topology;
	struct options o;
	int code;

	options_init(&o, argv[0]);
	o.processes = true;
	code = options_read(&o, own, sizeof(own) / sizeof(own[0]), &io, argc, argv);
	if (code)
		return code < 0 ? options_flush(o.program, 0) : code;
	if (o.list) {
		list(m);
		return options_flush(o.program, 0);
	}
	code = check_options(&o, &io);
	if (!code)
		code = check_names(&o, &io, m);
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
