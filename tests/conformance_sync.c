/* SPDX-License-Identifier: MIT */
/* class: measuring, quick */
/*
 * Every synchronization variant in every experiment it can do, between threads and between
 * processes: no lock lets two in, no queue loses an item, no wake-up is lost or made up, no atomic
 * operation is half done; also with more threads than PUs.
 * usage: conformance_sync [mechanism | mechanism:variant]...
 */
#include <pthread.h>

#include "bench/measure/sync_inversion.h"
#include "tests/conformance.h"

#define WINDOW_NS 20000000u
#define LONG_NS 100000000u
#define MANY_TURNS 2000000u /* for a lock that fails once in ten thousand times ... */
#define LONG_WINDOWS 2	    /* ... as far as it is fast enough for as many */
#define STAY_NS 20000u	    /* so long inside that others meet who is there, or has to sleep */
#define WARM_NS 2000000u
#define WINDOWS_MAX 50 /* until the threads have met */
#define ROUND_TRIPS 300
#define ROUNDS 200

/* Runs `cell` on PUs taken in turn; 0, or -errno with what went wrong in `why`. */
static int run(const struct machine *m, struct sync_cell *cell, struct sync_result *r, char *why)
{
	int err;

	if (seats_in_order(m->topology, ORDER_SCATTER, cell->ask.threads, &cell->seats))
		return -ENOMEM;
	err = sync_session_run(cell, r, why);
	return err && !r->began && is_lack(err) ? -EOPNOTSUPP : err;
}

/*
 * Whether the endpoints are the first kind that the variant can have: threads, or else processes.
 */
static bool is_first_kind(const struct sync_cell *cell)
{
	return cell->ask.endpoints == ENDPOINTS_THREAD ||
	       cell->variant->flags & SYNC_PROCESSES_ONLY;
}

/* Turns of thread `t` in the window. */
static uint64_t turns(const struct sync_result *r, unsigned t)
{
	return r->seen[t].turns[PHASE_MEASURE];
}

static int say(char *why, const char *what)
{
	snprintf(why, CREW_REASON, "%s", what);
	return -EIO;
}

static int check_alone(const struct machine *m, struct sync_cell *cell, struct sync_result *r,
		       char *why)
{
	int err;

	cell->ask.threads = 1;
	cell->size.iterations = 10000;
	/* qemu-user leaks, and each fork copies what it leaked. */
	if (cell->variant->op && !cell->variant->instruction)
		cell->size.iterations = getenv("EMULATOR") ? 5 : 100;
	err = run(m, cell, r, why);
	if (!err && r->meter.done != cell->size.iterations)
		return say(why, "not all operations were done");
	return err;
}

/*
 * The session itself compares what was counted under the lock with the sum of turns. On a busy
 * machine the threads may not meet in one window: then there is another.
 */
static int contend(const struct machine *m, struct sync_cell *cell, unsigned threads,
		   struct sync_result *r, char *why)
{
	uint64_t changes = 0;
	int err = 0;

	cell->ask.threads = threads;
	for (int i = 0; i < WINDOWS_MAX && !err && !changes; i++) {
		err = run(m, cell, r, why);
		for (unsigned t = 0; t < threads && !err; t++)
			changes += cell->variant->flags & SYNC_FLOOR ? turns(r, t)
								     : r->seen[t].owner_changes;
	}
	if (!err && !changes)
		return say(why, "the lock never changed its owner");
	return err;
}

/* Many turns of two threads, in as many windows as that takes. */
static int contend_often(const struct machine *m, struct sync_cell *cell, struct sync_result *r,
			 char *why)
{
	uint64_t done = 0;
	int err = 0;

	cell->size.duration_ns = LONG_NS;
	for (int i = 0; i < LONG_WINDOWS && !err && done < MANY_TURNS; i++) {
		err = contend(m, cell, 2, r, why);
		done += turns(r, 0) + turns(r, 1);
	}
	cell->size.duration_ns = WINDOW_NS;
	return err;
}

/* Critical section and think time so long that a loser of the race has to wait, and to be woken. */
static int contend_long(const struct machine *m, struct sync_cell *cell, struct sync_result *r,
			char *why)
{
	bool both = false;
	int err = 0;

	cell->ask.critical_ns = cell->ask.think_ns = STAY_NS;
	for (int i = 0; i < WINDOWS_MAX && !err && !both; i++) {
		err = contend(m, cell, 2, r, why);
		both = turns(r, 0) && turns(r, 1);
	}
	cell->ask.critical_ns = cell->ask.think_ns = 0;
	return err || both ? err : say(why, "a thread never had its turn");
}

/*
 * Several permits: threads count those inside and fail where they are too many. That so many are
 * ever inside needs threads that meet: there are as many windows as that takes.
 */
static int contend_permits(const struct machine *m, struct sync_cell *cell, struct sync_result *r,
			   char *why)
{
	unsigned most = 0;
	int err = 0;

	cell->ask.threads = 4;
	cell->ask.think_ns = 100;
	cell->ask.critical_ns = STAY_NS;
	for (cell->ask.permits = 2; cell->ask.permits < 4 && !err; cell->ask.permits++, most = 0) {
		for (int i = 0; i < WINDOWS_MAX && !err && most < cell->ask.permits; i++) {
			err = run(m, cell, r, why);
			most = r->most_inside > most ? r->most_inside : most;
		}
		if (!err && most != cell->ask.permits)
			return say(why, "never as many inside as there are permits");
	}
	cell->ask.permits = 1;
	return err;
}

static int check_contended(const struct machine *m, struct sync_cell *cell, struct sync_result *r,
			   char *why)
{
	int err = 0;

	if (UNDER_TSAN && cell->variant->flags & SYNC_FLOOR)
		return 0; /* it excludes nobody: the race is what it is for */
	if (UNDER_TSAN && cell->variant->flags & SYNC_TSAN_BLIND)
		return -EOPNOTSUPP;
	/* how it excludes is the same between threads and between processes: once many times */
	if (is_first_kind(cell) && !is_quick())
		err = contend_often(m, cell, r, why);
	for (unsigned threads = 2; threads <= 4 && !err; threads += 2)
		for (cell->ask.think_ns = 0; cell->ask.think_ns <= 500 && !err;
		     cell->ask.think_ns += 500)
			err = contend(m, cell, threads, r, why);
	if (!err && cell->variant->flags & SYNC_COUNTS)
		err = contend_permits(m, cell, r, why);
	return err ? err : contend_long(m, cell, r, why);
}

/*
 * Readers and writers in every mixture; the session compares lines and readers check each read. In
 * one of them they stay, so that a writer that waits for no reader meets one.
 */
static int check_readers(const struct machine *m, struct sync_cell *cell, struct sync_result *r,
			 char *why)
{
	static const unsigned shares[] = {0, 50, 90, 99, 100};
	int err = UNDER_TSAN && cell->variant->flags & SYNC_TSAN_BLIND ? -EOPNOTSUPP : 0;

	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]) && !err; i++) {
		uint64_t reads = 0, writes = 0;

		cell->ask.readers_pct = shares[i];
		cell->ask.critical_ns = shares[i] == 50 ? STAY_NS : 0;
		cell->ask.threads = 2 + 2 * (i % 2);
		cell->ask.lines = i % 2 ? 1 : 5;
		cell->ask.think_ns = i % 2 ? 0 : 200;
		err = run(m, cell, r, why);
		for (unsigned t = 0; t < cell->ask.threads && !err; t++)
			for (unsigned phase = 0; phase < PHASE_COUNT; phase++) {
				reads += r->seen[t].reads[phase];
				writes += r->seen[t].turns[phase] - r->seen[t].reads[phase];
			}
		if (!err && (!reads != !shares[i] || !writes != (shares[i] == 100)))
			return say(why, "the share of readers is not what was asked");
	}
	return err;
}

static int check_handoff(const struct machine *m, struct sync_cell *cell, struct sync_result *r,
			 char *why)
{
	int err;

	cell->ask.threads = 2;
	cell->size.iterations = ROUND_TRIPS;
	cell->seats.pu[0] = cell->seats.pu[1] = m->one.pu[0];
	if (cell->variant->flags & SYNC_ONE_PU)
		return sync_session_run(cell, r, why);
	err = m->has_two || !(cell->variant->flags & SYNC_SPINS) ? run(m, cell, r, why) : 0;
	if (!err && m->has_two && r->meter.done != ROUND_TRIPS)
		return say(why, "not all round trips were done");
	if (err || cell->variant->flags & SYNC_SPINS)
		return err;
	cell->seats.pu[0] = cell->seats.pu[1] = m->one.pu[0];
	return sync_session_run(cell, r, why);
}

/*
 * Every round ends only when all have been woken, and each waits as often as it is woken: the loop
 * itself refuses a round in which somebody ran before the call. A wake-up that is lost hangs until
 * the watchdog.
 */
static int check_rounds(const struct machine *m, struct sync_cell *cell, struct sync_result *r,
			char *why)
{
	bool broadcast = cell->ask.experiment == SYNC_BROADCAST;
	int err = 0;

	cell->size.iterations = ROUNDS;
	cell->ask.gap_ns = 1000; /* so short that some come too late to sleep */
	for (cell->ask.threads = 2; cell->ask.threads <= 5 && !err; cell->ask.threads++) {
		uint64_t waits = 0;

		err = run(m, cell, r, why);
		if (err == -EDEADLK && cell->variant->flags & SYNC_SPINS)
			return 0; /* more threads than PUs: refused, as it should be */
		for (unsigned t = 1; t < cell->ask.threads; t++)
			waits += r->seen[t].waits;
		if (!err && r->meter.done != ROUNDS)
			return say(why, "not all rounds were done");
		if (!err && broadcast && waits != (cell->ask.threads - 1) * ROUNDS)
			return say(why, "not all waits were seen");
	}
	return err;
}

/*
 * The session compares number, exclusive-or and order of what went in and out. On a busy machine a
 * window may pass all threads by: then there is another.
 */
static int pass_items(const struct machine *m, struct sync_cell *cell, struct sync_result *r,
		      char *why)
{
	uint64_t got = 0;
	int err = 0;

	for (int i = 0; i < WINDOWS_MAX && !err && !got; i++) {
		err = run(m, cell, r, why);
		for (unsigned t = cell->ask.producers; t < cell->ask.threads && !err; t++)
			for (unsigned phase = 0; phase < PHASE_COUNT; phase++)
				got += r->seen[t].turns[phase];
	}
	return err || got ? err : say(why, "no item came through");
}

/* Consumers that think fill the queue to the brim, producers that think leave it empty. */
static int check_fill(const struct machine *m, struct sync_cell *cell, struct sync_result *r,
		      char *why)
{
	int err = 0;

	cell->ask.think_ns = 2000;
	for (int full = 0; full < 2 && !err; full++) {
		cell->ask.fill = full ? FILL_FULL : FILL_EMPTY;
		err = pass_items(m, cell, r, why);
	}
	cell->ask.think_ns = 0;
	cell->ask.fill = FILL_EMPTY;
	return err;
}

/* Each item that came out in the window has a response time, none is older than the whole run. */
static int check_schedule(const struct machine *m, struct sync_cell *cell, struct sync_result *r,
			  char *why)
{
	uint64_t got = 0;
	int err = 0;

	cell->ask.every_ns = 100000;
	for (int i = 0; i < WINDOWS_MAX && !err && !got; i++) {
		err = pass_items(m, cell, r, why);
		for (unsigned t = cell->ask.producers; t < cell->ask.threads && !err; t++)
			got += turns(r, t);
	}
	cell->ask.every_ns = 0;
	if (!err && (!got || r->pace.response.count != got))
		return say(why, "not every item has a response time");
	if (!err && r->pace.response.max > (uint64_t)CELL_S * 1000000000u)
		return say(why, "an item is older than the run");
	return err;
}

/* A queue for one producer and one consumer refuses others. */
static int check_shape(const struct machine *m, struct sync_cell *cell, struct sync_result *r,
		       char *why)
{
	int err;

	if (!(cell->variant->flags & SYNC_SPSC) || cell->ask.threads == 2)
		return pass_items(m, cell, r, why);
	err = sync_session_run(cell, r, why);
	return err == -EOPNOTSUPP ? 0 : say(why, "more than one producer or consumer let in");
}

static int check_queue(const struct machine *m, struct sync_cell *cell, struct sync_result *r,
		       char *why)
{
	static const unsigned shapes[][2] = {{2, 2}, {3, 1}, {1, 3}, {5, 4}, {1, 1}};
	static const uint64_t capacities[] = {2, 16, 1024, 65536};
	bool both = !(cell->variant->flags & (SYNC_PRIVATE | SYNC_PROCESSES_ONLY));
	int err = 0;

	if (UNDER_TSAN && cell->variant->flags & SYNC_TSAN_BLIND)
		return -EOPNOTSUPP;
	for (size_t c = 0; c < sizeof(capacities) / sizeof(capacities[0]); c++) {
		cell->ask.capacity = capacities[c];
		for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]) && !err; i++) {
			/* each shape in each capacity, with one of the two kinds of endpoints */
			if (both && (c + i) % 2 != (cell->ask.endpoints == ENDPOINTS_THREAD))
				continue;
			cell->ask.producers = shapes[i][0];
			cell->ask.threads = shapes[i][0] + shapes[i][1];
			err = check_shape(m, cell, r, why);
		}
		cell->ask.producers = 1;
		cell->ask.threads = 2;
		if (!err)
			err = check_fill(m, cell, r, why);
	}
	return err ? err : check_schedule(m, cell, r, why);
}

/* One thread is timed, another works beside it, or all do the same. */
static int check_together(const struct machine *m, struct sync_cell *cell, struct sync_result *r,
			  char *why)
{
	bool beside = cell->variant->op->partner;
	uint64_t done = 0;
	int err = 0;

	cell->size.iterations = beside ? 200 : 0;
	for (int i = 0; i < WINDOWS_MAX && !err && !done; i++) {
		err = run(m, cell, r, why);
		for (unsigned t = 0; t < cell->ask.threads && !err; t++)
			done += beside ? r->meter.done : turns(r, t);
	}
	return err || done ? err : say(why, "no operation in the window");
}

static int check_op(const struct machine *m, struct sync_cell *cell, struct sync_result *r,
		    char *why)
{
	unsigned flags = cell->variant->flags;
	int err;

	if (flags & SYNC_PAIR) {
		cell->ask.threads = 2;
		return check_together(m, cell, r, why);
	}
	err = check_alone(m, cell, r, why);
	if (err || flags & SYNC_SINGLE)
		return err;
	for (cell->ask.threads = 2; cell->ask.threads <= 4 && !err; cell->ask.threads += 2)
		err = check_together(m, cell, r, why);
	cell->ask.threads = 2;
	for (cell->ask.stride_b = 8; flags & SYNC_WORD && cell->ask.stride_b <= 128 && !err;
	     cell->ask.stride_b *= 16)
		err = check_together(m, cell, r, why);
	return err;
}

/*
 * Everybody is served once in each round, which the session itself checks against two at once; at
 * least one is woken and at most all are. A waiter has to be seen asleep: no spinning lock has
 * this.
 */
static int check_served(const struct machine *m, struct sync_cell *cell, struct sync_result *r,
			char *why)
{
	const struct served_counts *c = &r->served;
	unsigned seen = 0;
	int err;

	cell->ask.threads = 4;
	cell->size.iterations = 10;
	err = run(m, cell, r, why);
	if (err)
		return err;
	for (unsigned i = 0; i < 3; i++)
		seen |= 1u << c->order[i];
	if (c->rounds != 10 || seen != (1u << 1 | 1u << 2 | 1u << 3))
		return say(why, "not all were served in each round");
	if (c->woken < c->rounds || c->woken > 3 * c->rounds)
		return say(why, "fewer woken than served, or more than there are");
	return 0;
}

/*
 * Three threads on one CPU. Who inherits, or is protected, is not kept from its turn by the one
 * between; who does neither waits for it in each round.
 */
static int check_inversion(const struct machine *m, struct sync_cell *cell, struct sync_result *r,
			   char *why)
{
	const char *name = cell->variant->name;
	bool inherits = !strcmp(name, "inherit") || !strcmp(name, "pi") || !strcmp(name, "protect");
	int err;

	cell->ask.threads = INVERSION_THREADS;
	cell->ask.critical_ns = 20000;
	cell->ask.middle_ns = 200000;
	cell->size.iterations = 20;
	for (unsigned i = 0; i < INVERSION_THREADS; i++)
		cell->seats.pu[i] = m->one.pu[0];
	err = sync_session_run(cell, r, why);
	if (err)
		return err == -EPERM && !r->began ? -EOPNOTSUPP : err;
	if (r->meter.done != 20)
		return say(why, "not all rounds were done");
	return r->inverted_share == !inherits
		       ? 0
		       : say(why, inherits ? "it waited for the one between" : "it did not");
}

static const struct {
	const char *name;
	int (*check)(const struct machine *m, struct sync_cell *cell, struct sync_result *r,
		     char *why);
} experiments[] = {
	[SYNC_UNCONTENDED] = {"uncontended", check_alone},
	[SYNC_CONTENDED] = {"contended", check_contended},
	[SYNC_READERS] = {"readers", check_readers},
	[SYNC_HANDOFF] = {"handoff", check_handoff},
	[SYNC_QUEUE] = {"queue", check_queue},
	[SYNC_OP] = {"op", check_op},
	[SYNC_BROADCAST] = {"broadcast", check_rounds},
	[SYNC_BARRIER] = {"barrier", check_rounds},
	[SYNC_ORDER] = {"order", check_served},
	[SYNC_HERD] = {"herd", check_served},
	[SYNC_INVERSION] = {"inversion", check_inversion},
};

static struct sync_cell cell_of(const struct machine *m, const struct sync_mechanism *mech,
				const struct sync_variant *v, enum sync_experiment e)
{
	return (struct sync_cell){
		.mechanism = mech,
		.variant = v,
		.topology = m->topology,
		.ask = {.group = GROUP_SYNC, .experiment = e, .capacity = 1024},
		.mem_node = -1,
		.size = {.duration_ns = WINDOW_NS, .warm_ns = WARM_NS},
	};
}

static const struct sync_variant *paused; /* whose loops are counted */

static int count_contend(struct sync_run *run)
{
	atomic_fetch_add(shared_count(), 1);
	return paused->lock_paused->contend(run);
}

static int count_ping(struct sync_run *run)
{
	atomic_fetch_add(shared_count(), 1);
	return paused->wake_paused->ping(run);
}

static int count_meet(struct sync_run *run)
{
	atomic_fetch_add(shared_count(), 1);
	return paused->wake_paused->meet(run);
}

/* `v` with loops that are counted. */
static struct sync_variant counted(const struct sync_variant *v)
{
	static struct lock_loops lock;
	static struct wake_loops wake;
	struct sync_variant ret = *v;

	paused = v;
	atomic_store(shared_count(), 0);
	if (v->lock_paused) {
		lock = *v->lock_paused;
		lock.contend = count_contend;
		ret.lock_paused = &lock;
	}
	if (v->wake_paused) {
		wake = *v->wake_paused;
		wake.ping = count_ping;
		wake.meet = count_meet;
		ret.wake_paused = &wake;
	}
	return ret;
}

/*
 * What spins does the same, whatever it does between two looks: in the experiments in which
 * somebody waits.
 */
static int check_pauses(const struct machine *m, struct sync_cell *cell, struct sync_result *r,
			char *why)
{
	bool waits = cell->ask.experiment == SYNC_CONTENDED ? cell->variant->lock_paused != NULL
							    : cell->variant->wake_paused != NULL;
	struct sync_variant v = counted(cell->variant);
	int err = 0;

	cell->variant = &v;
	for (enum pause how = PAUSE_PAUSE; how < PAUSE_COUNT && waits && !err; how++) {
		if (pause_missing(how))
			continue;
		cell->ask.pause = how;
		err = cell->ask.experiment == SYNC_CONTENDED
			      ? contend(m, cell, 2, r, why)
			      : experiments[cell->ask.experiment].check(m, cell, r, why);
	}
	cell->variant = paused;
	if (!err && waits && m->has_two && !atomic_load(shared_count()))
		return say(why, "the usual loops ran");
	return err;
}

static void test_experiment(const struct machine *m, const struct sync_mechanism *mech,
			    const struct sync_variant *v, enum sync_experiment e)
{
	static struct sync_result r;

	for (int processes = 0; processes < 2; processes++) {
		struct sync_cell cell = cell_of(m, mech, v, e);
		char why[CREW_REASON] = "", what[120];
		int err;

		cell.ask.endpoints = processes ? ENDPOINTS_PROCESS : ENDPOINTS_THREAD;
		if (is_quick() && !is_first_kind(&cell))
			continue;
		snprintf(what, sizeof(what), "%s:%s %s %s", mech->name, v->name,
			 experiments[e].name, processes ? "processes" : "threads");
		err = experiments[e].check(m, &cell, &r, why);
		if (!err && parameter_info(PARAMETER_pause)->use & USE_EXPERIMENT(e))
			err = check_pauses(m, &cell, &r, why);
		if (v->flags & (processes ? SYNC_PRIVATE : SYNC_PROCESSES_ONLY) &&
		    cell.ask.threads > 1) {
			ok_is(err, -EOPNOTSUPP, "%s: refused", what);
			continue;
		}
		if (err == -EOPNOTSUPP) {
			skip(what, why);
			continue;
		}
		if (err)
			fprintf(stderr,
				"# %u threads, %u producers, think %llu ns, critical %llu ns: %s "
				"(%s)\n",
				cell.ask.threads, cell.ask.producers,
				(unsigned long long)cell.ask.think_ns,
				(unsigned long long)cell.ask.critical_ns, why, strerror(-err));
		ok(!err, "%s", what);
	}
}

/* Object, control and one run per thread, outside any session: so that the object can be read. */
struct bare {
	struct sync_control control;
	struct sync_guarded guarded[2];
	struct sync_run run[2];
	const struct sync_variant *variant;
	struct sync_setup setup;
	void *object; /* its shared part, then a local one for each thread */
	int err[2];
	_Atomic bool over; /* hand-off: the asking role has ended */
};

static struct bare bare;

static int bare_begin(const struct sync_variant *v)
{
	memset(&bare, 0, sizeof(bare));
	bare.variant = v;
	bare.setup = (struct sync_setup){.variant = v, .threads = 2, .permits = 1};
	bare.object = aligned_alloc(BENCH_ALIGN, 66 * BENCH_ALIGN);
	if (!bare.object || v->local_size > BENCH_ALIGN || v->shared_size > 64u * BENCH_ALIGN)
		return -ENOMEM;
	memset(bare.object, 0, 66 * BENCH_ALIGN);
	atomic_store(&bare.control.limit, UINT64_MAX);
	for (unsigned i = 0; i < 2; i++) {
		bare.run[i] =
			(struct sync_run){.shared = bare.object,
					  .local = (char *)bare.object + (64 + i) * BENCH_ALIGN,
					  .control = &bare.control,
					  .guarded = bare.guarded,
					  .permits = 1,
					  .lines = 1,
					  .burst = 64,
					  .me = i,
					  .random = i + 1};
		meter_start(&bare.run[i].meter, ROUND_TRIPS, 1, UINT64_MAX);
	}
	return v->init ? v->init(v, bare.object, &bare.setup) : 0;
}

static void bare_end(void)
{
	if (bare.variant->destroy)
		bare.variant->destroy(bare.object);
	free(bare.object);
}

/* The counter of a thread that runs; not instrumented, since its owner writes it plainly. */
__attribute__((noinline, no_sanitize("thread"))) static uint64_t peek(const uint64_t *count)
{
	return *(const volatile uint64_t *)count;
}

static void *contender(void *arg)
{
	struct sync_run *run = arg;

	bare.err[run->me] = bare.variant->op->contend(run);
	return NULL;
}

/* What a word holds before, so that each operation has something to change. */
static uint64_t word_before(const char *variant)
{
	if (strstr(variant, "and"))
		return 3;
	return strstr(variant, "or") && strncmp(variant, "store", 5) ? 2 : 0;
}

/* What it must hold after `done` operations that were not lost. */
static bool word_is_right(const char *variant, uint64_t word, uint64_t done)
{
	static const char *const ends[][2] = {
		{"load", "0"},	   {"store", "1"}, {"exchange", "1"}, {"or", "3"},
		{"fetch_or", "3"}, {"and", "2"},   {"fetch_and", "2"}};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (!strncmp(variant, ends[i][0], strlen(ends[i][0])))
			return word == strtoull(ends[i][1], NULL, 10);
	return word == done;
}

/* Runs two threads until both have done something; 0 or -errno of either. */
static int contend_bare(void)
{
	const struct sync_run *run = bare.run;
	pthread_t thread[2];

	for (int i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, contender, &bare.run[i]);
	atomic_store(&bare.control.phase, PHASE_MEASURE);
	while (peek(&run[0].seen.turns[PHASE_MEASURE]) < 100000 ||
	       peek(&run[1].seen.turns[PHASE_MEASURE]) < 100000)
		sched_yield();
	atomic_store(&bare.control.phase, PHASE_STOP);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	return bare.err[0] ? bare.err[0] : bare.err[1];
}

/* Two threads at one word, or at one each: what it holds in the end is what they say they did. */
static void test_word(const struct sync_variant *v, uint64_t stride_b)
{
	const struct sync_run *run = bare.run;
	uint64_t word[2], done[2];
	bool right;

	if (bare_begin(v)) {
		ok(false, "atomic:%s needs no more than one small object", v->name);
		return;
	}
	bare.run[1].shared = (char *)bare.object + stride_b;
	for (int i = 0; i < 2; i++) {
		word[i] = word_before(v->name);
		memcpy(run[i].shared, &word[i], sizeof(word[i]));
	}
	right = !contend_bare();
	for (int i = 0; i < 2; i++) {
		done[i] = run[i].seen.turns[PHASE_MEASURE] - run[i].seen.lost;
		memcpy(&word[i], run[i].shared, sizeof(word[i]));
	}
	if (!stride_b)
		done[0] = done[1] += done[0];
	for (int i = 0; i < 2; i++)
		right = right && word_is_right(v->name, word[i], done[i]);
	if (!ok(right, "atomic:%s of two threads %llu bytes apart: the word holds what was done",
		v->name, (unsigned long long)stride_b))
		fprintf(stderr, "# %llu after %llu operations\n", (unsigned long long)word[0],
			(unsigned long long)done[0]);
	bare_end();
}

/* A thread's own part of the object, which init has found possible. */
static int bare_attach(struct sync_run *run)
{
	const struct sync_variant *v = bare.variant;

	return v->attach ? v->attach(run->shared, run->local, &bare.setup) : 0;
}

static void bare_detach(struct sync_run *run)
{
	if (bare.variant->detach)
		bare.variant->detach(run->shared, run->local);
}

static void *answerer(void *arg)
{
	bare.err[1] = bare_attach(arg);
	bare.err[1] |= bare.variant->wake->pong(arg);
	bare_detach(arg);
	return NULL;
}

static void *asker(void *arg)
{
	struct sync_run *run = arg;

	bare.err[0] = bare_attach(run);
	bare.err[0] |= bare.variant->wake->ping(run);
	atomic_store(&bare.control.limit, run->count + 1);
	meter_start(&run->meter, 1, 1, UINT64_MAX);
	bare.err[0] |= bare.variant->wake->ping(run);
	bare_detach(run);
	atomic_store(&bare.over, true);
	return NULL;
}

/*
 * A wait that returns without its notify lets one role run away from the other, which no sum at the
 * end would show: while both run, a count is at most one turn ahead of the other; the answering
 * role counts after its notify, so one more of the asking role may be seen first. Each count may go
 * on between two reads, hence the second look at the first.
 */
static void test_order(const struct sync_mechanism *mech, const struct sync_variant *v)
{
	const struct sync_run *run = bare.run;
	pthread_t thread[2];
	bool apart = false;
	uint64_t asked;
	int err = bare_begin(v);

	if (is_lack(err)) {
		skip(v->name, strerror(-err));
		return;
	}
	if (err) {
		ok(false, "%s:%s needs no more than one small object", mech->name, v->name);
		return;
	}
	pthread_create(&thread[1], NULL, answerer, &bare.run[1]);
	pthread_create(&thread[0], NULL, asker, &bare.run[0]);
	do {
		uint64_t before = peek(&run[1].count), after;

		asked = peek(&run[0].count);
		after = peek(&run[1].count);
		apart |= asked > after + 2 || before > asked + 1;
		sched_yield();
	} while (!atomic_load(&bare.over) && !apart);
	pthread_join(thread[0], NULL);
	pthread_join(thread[1], NULL);
	ok(!apart && !bare.err[0] && !bare.err[1] && run[0].count == run[1].count,
	   "%s:%s: neither role waits less often than it is woken", mech->name, v->name);
	bare_end();
}

static void *holder(void *arg)
{
	bare.err[0] = bare.variant->lock->contend(arg);
	return NULL;
}

static void pass(enum sync_phase phase, uint64_t turns)
{
	atomic_store(&bare.control.phase, phase);
	while (peek(&bare.run[0].seen.turns[phase]) < turns)
		sched_yield();
}

/* What is counted for the throughput is not stamped; the samples have a window of their own. */
static void test_samples(const struct sync_mechanism *mech, const struct sync_variant *v)
{
	struct sync_run *run = &bare.run[0];
	pthread_t thread;
	uint64_t sampled;

	if (bare_begin(v)) {
		ok(false, "%s:%s needs no more than one small object", mech->name, v->name);
		return;
	}
	run->stride = 4;
	pthread_create(&thread, NULL, holder, run);
	pass(PHASE_WARM, 1);
	pass(PHASE_MEASURE, 1000);
	sampled = peek(&run->meter.each.count);
	pass(PHASE_SAMPLE, 1000);
	atomic_store(&bare.control.phase, PHASE_STOP);
	pthread_join(thread, NULL);
	ok(!bare.err[0] && !sampled && run->meter.each.count == run->seen.turns[PHASE_SAMPLE] / 4,
	   "%s:%s: every fourth turn is timed, in a window of its own", mech->name, v->name);
	bare_end();
}

#define QUEUED 4 /* threads that queue up */

/* A lock, those who queue for it, and in which order they had it. */
struct line {
	const struct lock_ops *ops;
	void *shared;
	void *local[QUEUED + 1]; /* the last one's holds it until all have queued up */
	unsigned order[QUEUED];	 /* under the lock */
	unsigned n;		 /* entries of order; under the lock */
};

struct in_line {
	struct line *line;
	unsigned me;
};

static void *queue_up(void *arg)
{
	const struct in_line *who = arg;
	struct line *line = who->line;

	line->ops->enter(line->shared, line->local[who->me]);
	line->order[line->n++] = who->me;
	line->ops->leave(line->shared, line->local[who->me]);
	return NULL;
}

/*
 * Who queues up writes to the lock, and nobody else does while it is held: that is how one sees
 * that it is time to start the next one. Not instrumented: bytes of an object whose atomics it
 * cannot know.
 */
__attribute__((no_sanitize("thread"))) static bool is_same(const uint8_t *now, const uint8_t *then,
							   size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (((const volatile uint8_t *)now)[i] != then[i])
			return false;
	return true;
}

__attribute__((no_sanitize("thread"))) static void snapshot(uint8_t *to, const uint8_t *from,
							    size_t size)
{
	for (size_t i = 0; i < size; i++)
		to[i] = ((const volatile uint8_t *)from)[i];
}

static bool serves_in_order(const struct sync_variant *v, struct line *line)
{
	static uint8_t before[64 * BENCH_ALIGN];
	struct in_line who[QUEUED];
	pthread_t thread[QUEUED];
	bool in_order = true;

	line->n = 0;
	line->ops->enter(line->shared, line->local[QUEUED]);
	for (unsigned i = 0; i < QUEUED; i++) {
		who[i] = (struct in_line){line, i};
		snapshot(before, line->shared, v->shared_size);
		pthread_create(&thread[i], NULL, queue_up, &who[i]);
		while (is_same(line->shared, before, v->shared_size))
			sched_yield();
	}
	line->ops->leave(line->shared, line->local[QUEUED]);
	for (unsigned i = 0; i < QUEUED; i++)
		pthread_join(thread[i], NULL);
	for (unsigned i = 0; i < QUEUED; i++)
		in_order = in_order && line->order[i] == i;
	return in_order;
}

/* First come, first served: in the order in which they queued up, every time. */
static void test_fifo(const struct sync_mechanism *mech, const struct sync_variant *v)
{
	struct sync_setup setup = {.variant = v, .threads = QUEUED + 1, .permits = 1};
	size_t local = (v->local_size + BENCH_ALIGN - 1) / BENCH_ALIGN * BENCH_ALIGN;
	size_t size = 64 * BENCH_ALIGN + (QUEUED + 1) * local;
	struct line line = {.ops = v->lock->ops, .shared = aligned_alloc(BENCH_ALIGN, size)};
	bool in_order = v->shared_size <= 64u * BENCH_ALIGN;

	if (UNDER_TSAN && v->flags & SYNC_TSAN_BLIND) {
		free(line.shared);
		return;
	}
	if (!line.shared) {
		ok(false, "%s:%s: memory for those who queue up", mech->name, v->name);
		return;
	}
	memset(line.shared, 0, size);
	if (in_order && v->init)
		in_order = !v->init(v, line.shared, &setup);
	for (unsigned i = 0; i <= QUEUED; i++) {
		line.local[i] = (uint8_t *)line.shared + 64 * BENCH_ALIGN + i * local;
		if (in_order && v->attach)
			in_order = !v->attach(line.shared, line.local[i], &setup);
	}
	for (unsigned i = 0; i < 20 && in_order; i++)
		in_order = serves_in_order(v, &line);
	ok(in_order, "%s:%s: first come, first served", mech->name, v->name);
	free(line.shared);
}

/* Cells that make no sense are refused: an experiment that is not there, a spinner on one PU. */
static void test_refusals(const struct machine *m, const struct sync_mechanism *mech,
			  const struct sync_variant *v)
{
	static struct sync_result r;
	struct sync_variant spinner = *v;
	struct sync_cell cell = cell_of(m, mech, v, SYNC_HANDOFF);
	char why[CREW_REASON] = "";

	cell.ask.threads = 2;
	cell.seats.pu[0] = cell.seats.pu[1] = m->one.pu[0];
	if (!sync_can(v, SYNC_HANDOFF)) {
		ok(sync_session_run(&cell, &r, why) == -EOPNOTSUPP && why[0],
		   "%s:%s: handoff is refused", mech->name, v->name);
		return;
	}
	spinner.flags |= SYNC_SPINS;
	cell.variant = &spinner;
	ok(sync_session_run(&cell, &r, why) == -EDEADLK && strstr(why, "livelock"),
	   "%s:%s: were it spinning, handoff on one PU is refused", mech->name, v->name);
}

static void test_variant(const struct machine *m, const struct sync_mechanism *mech,
			 const struct sync_variant *v)
{
	for (enum sync_experiment e = 0; e < SYNC_EXPERIMENTS; e++)
		if (sync_can(v, e))
			test_experiment(m, mech, v, e);
	for (uint64_t stride_b = 0; !strcmp(mech->name, "atomic") && stride_b <= 8; stride_b += 8)
		test_word(v, stride_b);
	if (sync_can(v, SYNC_HANDOFF))
		test_order(mech, v);
	if (sync_can(v, SYNC_CONTENDED) && !v->local_size && !v->attach &&
	    !(v->flags & SYNC_PROCESSES_ONLY))
		test_samples(mech, v);
	if (v->lock && v->flags & SYNC_FIFO)
		test_fifo(mech, v);
	test_refusals(m, mech, v);
}

int main(int argc, char **argv)
{
	unsigned before, n = 0;
	struct machine m;

	if (!ok(machine_load(&m) && !names_begin(), "the machine is read"))
		return done_testing();
	only_names = argv + 1;
	before = open_descriptors();
	for (const struct sync_mechanism *mech = sync_mechanisms(); mech; mech = mech->next)
		for (size_t i = 0; i < mech->n_variants; i++) {
			if (!is_asked_for(mech->name, mech->variants[i].name))
				continue;
			n++;
			alarm(CELL_S);
			if (mech->missing)
				skip(mech->name, mech->missing);
			else
				test_variant(&m, mech, &mech->variants[i]);
		}
	ok(n, "a variant has the name given");
	ok(!objects_left(&m) && no_child_left() && open_descriptors() == before,
	   "no name, process or descriptor is left");
	names_end();
	ok(machine_free(&m), "the private directory is gone");
	return done_testing();
}
