/* SPDX-License-Identifier: MIT */
/* main of every build/ipc_<name>: options to cells, cells to rows. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "bench/command/bench_main.h"
#include "bench/command/fill.h"
#include "bench/measure/ipc_session.h"
#include "bench/record/csv.h"

struct ipc_options {
	enum ipc_pattern pattern;
	const char *wait; /* NULL = the variant's default */
	size_t msg_size;  /* bytes */
	uint64_t gap_ns;
	uint64_t every_ns;
	uint64_t window;
	enum touch touch;
	struct given_options given;
	unsigned initiator; /* 0 = by placement, 1 = spin, 2 = sleep */
};

static const char *const patterns[] = {"ping-pong", "paced", "stream"};
static const char *const touches[] = {"none", "line", "all"};

static int read_pattern(void *to, const char *text, char *want)
{
	return option_choice(text, patterns, 3, (unsigned *)&((struct ipc_options *)to)->pattern,
			     want);
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

static int read_touch(void *to, const char *text, char *want)
{
	return option_choice(text, touches, 3, (unsigned *)&((struct ipc_options *)to)->touch,
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

static void fill_cell(struct row *row, const struct ipc_cell *cell, const struct options *o)
{
	const struct placement *p = &cell->placement;

	row_set_text(row, COL_group, "ipc");
	row_set_text(row, COL_mechanism, cell->mechanism->name);
	row_set_text(row, COL_variant, cell->variant->name);
	row_set_text(row, COL_pattern, patterns[cell->pattern]);
	row_set_text(row, COL_touch, touches[cell->touch]);
	if (ipc_has_payload(cell->variant))
		row_set_u64(row, COL_msg_size_b, cell->msg_size);
	if (cell->mode)
		row_set_text(row, COL_wait, cell->mode->wait->name);
	if (cell->window)
		row_set_u64(row, COL_window, cell->window);
	if (cell->gap_ns)
		row_set_u64(row, COL_gap_ns, cell->gap_ns);
	if (cell->every_ns)
		row_set_u64(row, COL_every_ns, cell->every_ns);
	if ((cell->gap_ns || cell->every_ns) && !ipc_is_timer(cell->mode))
		row_add_item(row, COL_options, cell->sleeps ? "initiator=sleep" : "initiator=spin");
	if (!ipc_family_of(cell->mechanism, cell->variant)->memory) {
		row_unset(row, COL_mem_asked);
		row_unset(row, COL_pages);
	}
	row_set_text(row, COL_placement, cell->free ? "free" : relation_name(p->relation));
	if (cell->free)
		return;
	row_set_text(row, COL_core_kinds, p->core_kinds);
	fill_list(row, COL_cpus, p->pu, 2);
	if (p->numa_distance >= 0)
		row_set_u64(row, COL_numa_distance, (uint64_t)p->numa_distance);
	if (p->isolated)
		row_add_item(row, COL_flags, "isolated");
}

/*
 * Counted in the wait mode where it sleeps in user space; else by the kernel's voluntary switches, one
 * per sleep, of two waits per round trip. Not where the initiator sleeps between messages as well.
 */
static void fill_slept(struct row *row, const struct ipc_cell *cell, const struct ipc_result *r)
{
	double per_wait = row_get_decimal(row, COL_vol_switches_per_op) / 2;
	double waits = 2 * (double)r->trial.counted_ops;

	if (cell->variant->flags & IPC_FLOOR || cell->pattern == IPC_STREAM)
		return;
	if (cell->mode->wait->flags & IPC_SPINS)
		row_set_decimal(row, COL_slept_share, 0);
	else if (cell->mode->wait->flags & IPC_COUNTS_SLEEP)
		row_set_decimal(row, COL_slept_share, (double)(r->slept[0] + r->slept[1]) / waits);
	else if (!cell->sleeps || !(cell->gap_ns || cell->every_ns))
		row_set_decimal(row, COL_slept_share, per_wait < 1 ? per_wait : 1);
}

/* By construction, for messages that move in one piece; see struct ipc_wait. */
static void fill_calls(struct row *row, const struct ipc_cell *cell)
{
	unsigned calls = cell->mode->wait->calls, more = cell->variant->more_calls;
	bool whole = cell->mode->ops->whole || cell->msg_size <= PIPE_BUF;
	unsigned messages = cell->variant->flags & IPC_FLOOR ? 1 : 2;

	if (!calls || cell->pattern == IPC_STREAM || !whole)
		return;
	row_set_decimal(row, COL_syscalls_per_op,
			messages * ((calls == IPC_NO_CALLS ? 0 : calls) + more));
}

/* What arrived, of what was sent. */
static void fill_stream(struct row *row, const struct ipc_cell *cell, const struct ipc_result *r)
{
	double per_s = row_get_decimal(row, COL_ops_per_s);

	if (ipc_is_lossy(cell->mode)) {
		row_set_u64(row, COL_lost_msgs, r->lost);
		per_s *= 1 - (double)r->lost / (double)r->meter.done;
	}
	row_set_decimal(row, COL_messages_per_s, per_s);
	row_set_decimal(row, COL_throughput_mb_s, per_s * (double)cell->msg_size / 1e6);
}

/* A paced row keeps its schedule or has no figures. */
static void fill_paced(struct row *row, const struct ipc_result *r)
{
	fill_latency(row, COL_resp_min_ns, &r->pace.response);
	fill_latency(row, COL_send_late_min_ns, &r->pace.send_late);
}

static void fill_figures(struct row *row, const struct ipc_cell *cell, const struct ipc_result *r)
{
	unsigned seen[2] = {r->side[0].cpu_seen, r->side[1].cpu_seen};
	unsigned sides = cell->variant->flags & IPC_FLOOR ? 1 : 2;

	fill_list(row, COL_cpus_seen, seen, sides);
	row_set_u64(row, COL_setup_ns, r->setup_ns);
	if (*r->notes)
		row_add_item(row, COL_options, r->notes);
	fill_memory(row, r->node_check, cell->mem_node);
	fill_meter(row, &r->meter, &r->trial);
	fill_noise(row, &r->trial, (double)r->trial.counted_ops);
	fill_slept(row, cell, r);
	fill_calls(row, cell);
	if (cell->pattern == IPC_STREAM) {
		fill_stream(row, cell, r);
		return;
	}
	fill_latency(row, COL_rtt_min_ns, &r->meter.each);
	if (r->meter.batch_ops)
		row_set_decimal(row, COL_rtt_mean_ns, meter_mean_ns(&r->meter));
	if (cell->pattern == IPC_PACED)
		fill_paced(row, r);
}

/* Runs one cell and prints its row; an exit code. */
static int run(const struct options *o, const struct ipc_cell *cell, const char *lack)
{
	struct ipc_result *result = calloc(1, sizeof(*result));
	static struct row row;
	char reason[CREW_REASON] = "";
	int err, code, written;

	if (!result)
		return EX_OSERR;
	row_clear(&row);
	fill_origin(&row, o, cell->topology);
	fill_cell(&row, cell, o);
	snprintf(reason, sizeof(reason), "%s", lack);
	err = *lack ? -EOPNOTSUPP : ipc_session_run(cell, result, reason);
	fill_status(&row, err, result->began, reason);
	if (!err && cell->pattern == IPC_PACED &&
	    pace_overloaded(&result->pace, result->meter.done)) {
		row_set_text(&row, COL_status, "overload");
		row_set_text(&row, COL_reason, "the schedule was not kept");
	} else if (!err) {
		fill_figures(&row, cell, result);
	}
	code = fill_verdict(&row, o, err);
	written = bench_print(o, &row);
	if (!written && !strcmp(row_get_text(&row, COL_status), "ok"))
		written = bench_histogram(o, &row, &result->meter.each);
	free(result);
	return written ? written : code;
}

/* One row per variant that was asked for. */
static int run_all(const struct options *o, const struct ipc_options *io, struct ipc_cell *cell)
{
	const struct ipc_mechanism *m = cell->mechanism;
	struct outcome out = {0};
	char lack[CREW_REASON] = "", want[OPTION_WANT];
	int code = bench_pair(o, cell->topology, &cell->placement, lack);

	if (code == EX_USAGE)
		return code;
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
		outcome_add(&out, run(o, cell, lack));
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

static int check_options(const struct options *o, const struct ipc_options *io)
{
	const char *wrong = NULL;

	if (o->n_cpus > 2)
		wrong = "--cpus takes two PUs: initiator and responder";
	else if (o->n_cpus && (o->relation_given || o->free))
		wrong = "--cpus and --placement exclude each other";
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
		return code < 0 ? 0 : code;
	if (o.list) {
		list(m);
		return 0;
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
			       .every_ns = io.every_ns,
			       .sched = o.sched,
			       .size = o.size,
		       });
	bench_end(topology);
	return code;
}
