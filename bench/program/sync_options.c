/* SPDX-License-Identifier: MIT */
/* Options of microbenchmarks of synchronization: reading them, and which go together. */
#include "bench/program/sync_options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define CAPACITY_MAX ((uint64_t)1 << 20) /* items */
#define STRIDE_MAX 65536		 /* bytes */

static int read_experiment(void *to, const char *text, char *want)
{
	const char *names[SYNC_EXPERIMENTS];
	struct sync_options *o = to;
	unsigned i;
	int err;

	for (i = 0; i < SYNC_EXPERIMENTS; i++)
		names[i] = sync_experiment_name((enum sync_experiment)i);
	err = option_choice(text, names, SYNC_EXPERIMENTS, &i, want);
	if (!err)
		o->experiment = (enum sync_experiment)i;
	o->experiment_given = true;
	return err;
}

static int read_threads(void *to, const char *text, char *want)
{
	uint64_t n;
	int err = option_number(text, 1, CREW_MAX, &n, want);

	if (!err)
		((struct sync_options *)to)->threads = (unsigned)n;
	return err;
}

static int read_producers(void *to, const char *text, char *want)
{
	uint64_t n;
	int err = option_number(text, 1, CREW_MAX - 1, &n, want);

	if (!err)
		((struct sync_options *)to)->producers = (unsigned)n;
	return err;
}

static int read_order(void *to, const char *text, char *want)
{
	struct sync_options *o = to;

	snprintf(want, OPTION_WANT, "one of compact scatter");
	o->order_given = true;
	return order_parse(text, &o->order);
}

static int read_critical(void *to, const char *text, char *want)
{
	return option_time(text, &((struct sync_options *)to)->critical_ns, want);
}

static int read_think(void *to, const char *text, char *want)
{
	return option_time(text, &((struct sync_options *)to)->think_ns, want);
}

static int read_readers(void *to, const char *text, char *want)
{
	struct sync_options *o = to;
	uint64_t n;
	int err = option_number(text, 0, 100, &n, want);

	if (!err)
		o->readers_pct = (unsigned)n;
	o->readers_given = true;
	return err;
}

static int read_permits(void *to, const char *text, char *want)
{
	uint64_t n;
	int err = option_number(text, 1, CREW_MAX, &n, want);

	if (!err)
		((struct sync_options *)to)->permits = (unsigned)n;
	return err;
}

static int read_lines(void *to, const char *text, char *want)
{
	uint64_t n;
	int err = option_number(text, 1, SYNC_LINES_MAX, &n, want);

	if (!err)
		((struct sync_options *)to)->lines = (unsigned)n;
	return err;
}

static int read_opt(void *to, const char *text, char *want)
{
	return given_add(&((struct sync_options *)to)->given, text, want);
}

static int read_gap(void *to, const char *text, char *want)
{
	return option_time(text, &((struct sync_options *)to)->gap_ns, want);
}

static int read_capacity(void *to, const char *text, char *want)
{
	uint64_t *capacity = &((struct sync_options *)to)->capacity;
	int err = option_number(text, 2, CAPACITY_MAX, capacity, want);

	if (!err && !(*capacity & (*capacity - 1)))
		return 0;
	snprintf(want, OPTION_WANT, "a power of two from 2 to %llu",
		 (unsigned long long)CAPACITY_MAX);
	return -EINVAL;
}

static int read_fill(void *to, const char *text, char *want)
{
	static const char *const names[] = {"empty", "full"};
	struct sync_options *o = to;
	unsigned i = 0;
	int err = option_choice(text, names, 2, &i, want);

	o->fill_given = true;
	o->full = i;
	return err;
}

static int read_every(void *to, const char *text, char *want)
{
	uint64_t *every_ns = &((struct sync_options *)to)->every_ns;
	int err = option_time(text, every_ns, want);

	return !err && !*every_ns ? -EINVAL : err;
}

static int read_stride(void *to, const char *text, char *want)
{
	struct sync_options *o = to;
	int err = option_number(text, 0, STRIDE_MAX, &o->stride_b, want);

	o->stride_given = true;
	if (!err && !(o->stride_b % sizeof(uint64_t)))
		return 0;
	snprintf(want, OPTION_WANT, "bytes; a multiple of 8 from 0 to %d", STRIDE_MAX);
	return -EINVAL;
}

static const struct option_row own[] = {
	{"experiment", "E",
	 "uncontended contended readers handoff queue op broadcast meet; all that the primitive "
	 "has",
	 read_experiment},
	{"threads", "N", "threads or processes that take part", read_threads},
	{"producers", "N", "queue: how many of them put; half", read_producers},
	{"order", "compact|scatter", "how they are laid over the machine", read_order},
	{"critical", "T", "contended, readers: time to hold the lock; 0", read_critical},
	{"think", "T", "contended, readers, queue: time between two turns +-25 %; 500ns",
	 read_think},
	{"readers", "PCT",
	 "readers: share of turns that only read, 90; uncontended: 0 or 100, both", read_readers},
	{"permits", "N", "contended: how many a counting semaphore lets in at once; 1",
	 read_permits},
	{"lines", "N", "contended, readers: cache lines written with the lock held; 1", read_lines},
	{"opt", "NAME=N", "an option of the primitive's own; --list shows them", read_opt},
	{"gap", "T", "broadcast: time for the others to fall asleep; 50us", read_gap},
	{"capacity", "N", "queue: items it holds; a power of two; 1024", read_capacity},
	{"fill", "empty|full", "queue: who thinks; producers (empty) or consumers; empty",
	 read_fill},
	{"every", "T", "queue: each producer puts on this schedule and nobody thinks; none",
	 read_every},
	{"stride", "B", "op by several threads: bytes between their words; 0 (one word)",
	 read_stride},
};

void sync_options_init(struct sync_options *so)
{
	*so = (struct sync_options){
		.think_ns = 500, .readers_pct = 90, .permits = 1, .gap_ns = SYNC_GAP_NS};
}

int sync_options_read(struct options *o, struct sync_options *so, int argc, char **argv)
{
	return options_read(o, own, sizeof(own) / sizeof(own[0]), so, argc, argv);
}

unsigned sync_options_threads(const struct sync_variant *v, enum sync_experiment e, unsigned asked)
{
	if (e == SYNC_UNCONTENDED)
		return 1;
	if (e == SYNC_HANDOFF)
		return 2;
	if (asked == 1 && (e == SYNC_BROADCAST || e == SYNC_MEET))
		return 2;
	if (asked)
		return asked;
	return e == SYNC_OP && !(v->flags & SYNC_PAIR) ? 1 : 2;
}

/* Whether an experiment of `v` that was asked for counts what is done in a time. */
static bool runs_for_a_time(const struct sync_variant *v, const struct options *o,
			    const struct sync_options *so)
{
	if (o->variant && strcmp(o->variant, v->name))
		return false;
	for (unsigned e = 0; e < SYNC_EXPERIMENTS; e++) {
		struct sync_cell cell = {.variant = v, .experiment = (enum sync_experiment)e};

		if (!sync_can(v, cell.experiment) ||
		    (so->experiment_given && so->experiment != cell.experiment))
			continue;
		cell.threads = sync_options_threads(v, cell.experiment, so->threads);
		if (sync_runs_for_a_time(&cell))
			return true;
	}
	return false;
}

/* Whether every --opt is one of each variant asked for; 0, or EX_USAGE after a line. */
static int check_given(const struct options *o, const struct sync_options *so,
		       const struct sync_mechanism *m)
{
	for (size_t i = 0; i < m->n_variants; i++) {
		const struct sync_variant *v = &m->variants[i];
		uint64_t values[BENCH_OPTIONS_MAX];
		char want[OPTION_WANT];
		const char *wrong;

		if (o->variant && strcmp(o->variant, v->name))
			continue;
		wrong = given_read(&so->given, v->options, values, want);
		if (!wrong)
			continue;
		fprintf(stderr, "%s: --opt %s: not valid for %s:%s; it takes %s\n", o->program,
			wrong, m->name, v->name, want);
		return EX_USAGE;
	}
	return 0;
}

/* What of the options for locks does not go together; NULL = all does. */
static const char *wrong_for_locks(const struct sync_options *so)
{
	bool alone = so->experiment_given && so->experiment == SYNC_UNCONTENDED;

	if (so->readers_given && !so->experiment_given)
		return "--readers goes with --experiment=readers or uncontended";
	if (so->readers_given && so->experiment != SYNC_READERS && !alone)
		return "--readers goes with --experiment=readers or uncontended";
	if (so->readers_given && alone && so->readers_pct % 100)
		return "--readers: one thread alone only reads or only writes: 100 or 0";
	if (so->permits > 1 && so->lines > 1)
		return "--permits and --lines exclude each other: with several permits nothing "
		       "protects lines";
	return NULL;
}

static bool needs_two(enum sync_experiment e)
{
	return e == SYNC_QUEUE || e == SYNC_BROADCAST || e == SYNC_MEET;
}

/* What of the options for queues and operations does not go together; NULL = all does. */
static const char *wrong_for_queues(const struct sync_options *so, const struct sync_mechanism *m)
{
	bool queue = false, op = false;

	for (size_t i = 0; i < m->n_variants && !so->experiment_given; i++) {
		queue = queue || m->variants[i].queue;
		op = op || m->variants[i].op;
	}
	queue = queue || (so->experiment_given && so->experiment == SYNC_QUEUE);
	op = op || (so->experiment_given && so->experiment == SYNC_OP);
	if (!queue && (so->capacity || so->fill_given || so->every_ns))
		return "--capacity, --fill and --every go with --experiment=queue";
	if (!op && so->stride_given)
		return "--stride goes with --experiment=op";
	if (so->fill_given && so->every_ns)
		return "--fill and --every exclude each other: on a schedule nobody thinks";
	if (so->fill_given && !so->think_ns)
		return "--fill says who thinks: it needs --think of more than 0";
	return NULL;
}

int sync_options_check(const struct options *o, const struct sync_options *so,
		       const struct sync_mechanism *m)
{
	const char *wrong = wrong_for_locks(so);
	bool known = !o->variant, can = !so->experiment_given, timed = false;

	for (size_t i = 0; i < m->n_variants; i++) {
		known = known || !strcmp(o->variant, m->variants[i].name);
		can = can || sync_can(&m->variants[i], so->experiment);
		timed = timed || runs_for_a_time(&m->variants[i], o, so);
	}
	wrong = wrong ? wrong : wrong_for_queues(so, m);
	if (!known)
		wrong = "--variant: no such variant; --list shows them";
	else if (!can)
		wrong = "--experiment: no variant has it; --list shows the experiments";
	else if (o->n_cpus && (o->relation_given || so->order_given))
		wrong = "--cpus excludes --placement and --order";
	else if (o->relation_given && so->order_given)
		wrong = "--placement and --order exclude each other";
	else if (o->free)
		wrong = "--placement=free is for IPC; here threads are pinned";
	else if (o->relation_given && so->threads > 2)
		wrong = "--placement names a pair: --threads=2 at most, or use --order";
	else if (o->size.iterations && timed)
		wrong = "--iterations goes with --experiment=uncontended, handoff, broadcast, "
			"meet, or "
			"op of one thread: "
			"the others run for --duration";
	else if (so->producers && so->producers >= (so->threads ? so->threads : 2))
		wrong = "--producers must leave a thread to consume: fewer than --threads";
	else if (so->experiment_given && needs_two(so->experiment) && so->threads == 1)
		wrong = "--experiment=queue, broadcast and meet need two threads or more";
	if (wrong)
		fprintf(stderr, "%s: %s\n", o->program, wrong);
	return wrong ? EX_USAGE : check_given(o, so, m);
}
