/* SPDX-License-Identifier: MIT */
/*
 * What make bench-self measures: handoff's own figures against hand-written loops (tests/floor_*)
 * and perf bench, as paired ratios, judged by the rules that handoff judges others by.
 * usage: BUILD=DIR bench_self [--rounds=N] [--seed=N] [--only=TEXT] [--loop=NAME:OURS:HAND]...
 *
 * Statistics that are compared, the same on both sides of each claim:
 * - pipe: all time from the first to the last stamp over all round trips, clock around N there too.
 *   That is stricter than op_ns: what the harness does between the stamps of two operations counts
 *   against it.
 * - shared memory: likewise. A round trip is about 100 ns, the tick of the clock 10 ns on some
 *   machines, so percentiles of single operations are no use, and one preempted ms spoils a mean: a
 *   window of 0.3 ms, which mostly fits between two preemptions, after 50 ms of warm-up.
 * - null: op_ns, the mean of batches.
 * - queues: time of the window over the items that came out. The window holds a thousand times what
 *   the queue does, so that a run in which the two sides take turns on a PU is slow and never
 *   passes for the fastest. Each is the fastest of several fresh processes a round
 *   (tests/bench_rounds.h).
 */
#include <sysexits.h>

#include "bench/machine/placement.h"
#include "bench/machine/topology.h"
#include "tests/bench_claims.h"
#include "tests/bench_ipc.h"

#define PIPE_TRIPS 20000 /* 0.1 s; the 1000000 of perf bench's default would be 5 s */
#define PIPE_TIMES 5
#define SHM_TRIPS 3000
#define SHM_TIMES 9
#define QUEUE_TIMES 5
#define QUEUE_ITEMS 2000000 /* about 20 ms, after as many to warm up */
#define NULL_TIMES 3
#define LOCK_TIMES 5
#define WARM_TIMES 3
#define PROCESS_S 0.15	  /* s, of most of them: start, warm-up, what is measured */
#define NULL_LIMIT_NS 2.0 /* per operation */
#define LOOP_EXTRA 2	  /* instructions that our loops may have over the hand-written ones */

static const char floor_name[] = "floor of spinners / memory, 8 B";

static void plan_null(struct plan *p, const char *build, unsigned pu)
{
	static const char *const what[][2] = {
		{"ipc_null --touch=none", "null round trip"},
		{"sync_null --variant=lock --experiment=uncontended", "null lock"},
		{"sync_null --variant=op", "null op"},
	};

	for (int i = 0; i < 3; i++) {
		struct arm *arm = rounds_add(&p->rounds, "%s/%s --cpus=%u --iterations=100000",
					     build, what[i][0], pu);

		arm->column = COL_op_ns;
		arm->times = NULL_TIMES;
		claim_add(p, what[i][1], NULL, arm, NULL_LIMIT_NS);
	}
}

/* Both sides on PU `pu`. */
static void plan_pipe(struct plan *p, const char *build, unsigned pu)
{
	struct rounds *r = &p->rounds;
	struct arm *perf = rounds_add(r, "perf bench sched pipe -l %d", PIPE_TRIPS);
	struct arm *hand = rounds_add(r, "%s/tests/floor_pipe %u %u %d", build, pu, pu, PIPE_TRIPS);
	struct arm *ours = rounds_add(
		r,
		"%s/ipc_pipe --cpus=%u,%u --wait=block --msg-size=4 --touch=none --iterations=%d",
		build, pu, pu, PIPE_TRIPS);

	ours->column = COL_duration_ns;
	ours->per = COL_n_ops;
	perf->scale = 1e3; /* from usecs/op */
	perf->times = hand->times = ours->times = PIPE_TIMES;
	perf->pinned = true;
	perf->pu = pu;
	if (!(arm_run(perf) > 0))
		perf->missing = "perf bench is not here: make deps installs linux-perf";
	claim_add(p, "pipe / perf bench sched pipe", perf, ours, 1.05);
	claim_add(p, "pipe / hand-written", hand, ours, 1.05);
}

/*
 * Ring and hand-written loop, both with the payload in place or both copying 8 bytes in and out.
 * The claims are about tight spins (tests/no_pause.h), where the loops decide. With PAUSE the pairs
 * are shown and not claimed: where it is long, its phase decides, and the same two loops came out
 * between 0.96 and 1.24 in three runs on one machine.
 */
static void plan_shm(struct plan *p, const char *build, const struct placement *at, bool alone)
{
	static const struct {
		const char *variant, *bytes, *tight, *name;
		double margin;
	} what[] = {
		{"ring-inplace", "", "", "shm ring-inplace / hand, PAUSE", 0},
		{"ring", " 8", "", "shm ring / hand, copying, PAUSE", 0},
		{"ring-inplace", "", "/tight", "shm ring-inplace / hand, tight", 1.10},
		{"ring", " 8", "/tight", "shm ring / hand, copying, tight", 1.10},
	};

	for (size_t i = 0; i < sizeof(what) / sizeof(what[0]); i++) {
		struct arm *hand =
			rounds_add(&p->rounds, "%s%s/tests/floor_shm %u %u %d%s", build,
				   what[i].tight, at->pu[0], at->pu[1], SHM_TRIPS, what[i].bytes);
		struct arm *ours = rounds_add(&p->rounds,
					      "%s%s/ipc_posix_shm --variant=%s --wait=spin "
					      "--cpus=%u,%u --msg-size=8 --touch=line "
					      "--iterations=%d",
					      build, what[i].tight, what[i].variant, at->pu[0],
					      at->pu[1], SHM_TRIPS);

		ours->column = COL_duration_ns;
		ours->per = COL_n_ops;
		ours->times = hand->times = SHM_TIMES;
		ours->missing = hand->missing = alone ? "it needs two cores" : NULL;
		claim_add(p, what[i].name, hand, ours, what[i].margin);
	}
}

/*
 * The floor of the matrix: two lines, one written by each side, with and without a pause between
 * looks.
 */
static void plan_lines(struct plan *p, const char *build, const struct placement *at, bool alone)
{
	static const char *const what[][3] = {
		{"load_store", "", "cache_line / hand-written"},
		{"load_store_pause", " pause", "cache_line / hand-written, PAUSE"},
	};

	for (size_t i = 0; i < sizeof(what) / sizeof(what[0]); i++) {
		struct arm *hand = rounds_add(&p->rounds, "%s/tests/floor_line %u %u %d%s", build,
					      at->pu[0], at->pu[1], SHM_TRIPS, what[i][1]);
		struct arm *ours = rounds_add(&p->rounds,
					      "%s/sync_cache_line --variant=%s --cpus=%u,%u "
					      "--iterations=%d",
					      build, what[i][0], at->pu[0], at->pu[1], SHM_TRIPS);

		ours->column = COL_duration_ns;
		ours->per = COL_n_ops;
		ours->times = hand->times = SHM_TIMES;
		ours->missing = hand->missing = alone ? "it needs two cores" : NULL;
		claim_add(p, what[i][2], hand, ours, 1.05);
	}
}

/* One of our queues: a pair of sides as fast as it can. */
static struct arm *queue(struct plan *p, const char *build, const char *what, unsigned capacity,
			 const struct placement *at, bool alone)
{
	struct arm *arm = rounds_add(&p->rounds,
				     "%s/sync_%s --cpus=%u,%u --think=0 --capacity=%u "
				     "--duration=20ms",
				     build, what, at->pu[0], at->pu[1], capacity);

	arm->column = COL_duration_ns;
	arm->per = COL_n_ops;
	arm->times = QUEUE_TIMES;
	arm->missing = alone ? "it needs two cores" : NULL;
	return arm;
}

/* Our queues and those of Concurrency Kit: same element, capacity and loop. */
static void plan_queues(struct plan *p, const char *build, const struct placement *at, bool alone)
{
	static const char *const what[][3] = {
		{"queue_spsc --variant=cached", "queue_ck --variant=spsc",
		 "queue_spsc / ck_ring spsc"},
		{"queue_mpmc", "queue_ck --variant=mpmc", "queue_mpmc / ck_ring mpmc"},
	};

	for (size_t i = 0; i < sizeof(what) / sizeof(what[0]); i++) {
		struct arm *theirs = queue(p, build, what[i][1], 1024, at, alone);
		struct arm *ours = queue(p, build, what[i][0], 1024, at, alone);

		if (!alone && !(arm_run(theirs) > 0))
			theirs->missing = "Concurrency Kit is not here: make deps installs it";
		claim_add(p, what[i][2], theirs, ours, 1.0);
	}
}

/*
 * Our queues and those of atomic_queue in a loop of its own (tests/floor_queue.cpp): same element
 * and capacity.
 */
static void plan_atomic_queue(struct plan *p, const char *build, const struct placement *at,
			      bool alone)
{
	static const struct {
		const char *ours, *kind, *name;
		unsigned capacity;
	} what[] = {
		{"queue_spsc --variant=flagged", "spsc", "queue_spsc / atomic_queue, 64", 64},
		{"queue_spsc --variant=flagged", "spsc", "queue_spsc / atomic_queue, 1024", 1024},
		{"queue_spsc --variant=flagged", "spsc", "queue_spsc / atomic_queue, 65536", 65536},
		{"queue_mpmc", "mpmc", "queue_mpmc / atomic_queue, 64", 64},
		{"queue_mpmc", "mpmc", "queue_mpmc / atomic_queue, 1024", 1024},
		{"queue_mpmc", "mpmc", "queue_mpmc / atomic_queue, 65536", 65536},
	};

	for (size_t i = 0; i < sizeof(what) / sizeof(what[0]); i++) {
		struct arm *theirs = rounds_add(&p->rounds, "%s/tests/floor_queue %s %u %u %u %d",
						build, what[i].kind, what[i].capacity, at->pu[0],
						at->pu[1], QUEUE_ITEMS);

		theirs->times = QUEUE_TIMES;
		theirs->missing = alone ? "it needs two cores" : NULL;
		if (!alone && claim_asked(p, what[i].name) && !(arm_run(theirs) > 0))
			theirs->missing = "atomic_queue is not here: make deps bench-self";
		claim_add(p, what[i].name, theirs,
			  queue(p, build, what[i].ours, what[i].capacity, at, alone), 1.0);
	}
}

/* Round trips of `bytes` through a ring. */
static struct arm *ring_of(struct plan *p, const char *build, const char *variant, unsigned bytes,
			   const struct placement *at, const char *missing)
{
	struct arm *arm = rounds_add(&p->rounds,
				     "%s/ipc_posix_shm --variant=%s --wait=spin --cpus=%u,%u "
				     "--msg-size=%u --iterations=%d",
				     build, variant, at->pu[0], at->pu[1], bytes, SHM_TRIPS);

	arm->column = COL_duration_ns;
	arm->per = COL_n_ops;
	arm->times = SHM_TIMES;
	arm->missing = missing;
	return arm;
}

/*
 * A message of 64 bytes that is copied takes one line, as one of 48 does (ring_send_line()). In
 * place it takes two: its number needs a line, and no word of it can go last, for its user writes
 * them all. So the claim is that it costs what two lines cost by hand; how much that is beside 48
 * bytes is shown.
 */
static void plan_line_pair(struct plan *p, const char *build, const struct placement *at,
			   bool alone)
{
	const char *missing = alone ? "it needs two cores" : NULL;
	struct arm *in_place = ring_of(p, build, "ring-inplace", 64, at, missing);
	struct arm *hand = rounds_add(&p->rounds, "%s/tests/floor_shm %u %u %d 64", build,
				      at->pu[0], at->pu[1], SHM_TRIPS);

	hand->times = SHM_TIMES;
	hand->missing = missing;
	claim_add(p, "ring: 64 bytes / 48 bytes", ring_of(p, build, "ring", 48, at, missing),
		  ring_of(p, build, "ring", 64, at, missing), 1.03);
	claim_add(p, "ring in place: 64 bytes / 48",
		  ring_of(p, build, "ring-inplace", 48, at, missing), in_place, 0);
	claim_add(p, "ring in place, 64 bytes / two lines", hand, in_place, 1.05);
}

/* What the report takes as floor of spinners, and the fastest ways of shared memory. */
static void plan_floor(struct plan *p, const char *build, const struct placement *at, bool alone)
{
	static const char *const what[] = {
		"sync_cache_line --variant=load_store",
		"sync_cache_line --variant=load_store_pause",
		"sync_cache_line --variant=compare_exchange",
		"sync_cache_line --variant=one_line_pause",
		"sync_cache_line --variant=one_line_seldom",
		"ipc_posix_shm --variant=mailbox --wait=spin --msg-size=8",
		"ipc_posix_shm --variant=ring-inplace --wait=spin --msg-size=8",
	};

	p->floor.asked = claim_asked(p, floor_name);
	for (unsigned i = 0; i < FLOORS + MEMORIES; i++) {
		struct arm *arm = rounds_add(&p->rounds, "%s/%s --cpus=%u,%u --iterations=%d",
					     build, what[i], at->pu[0], at->pu[1], SHM_TRIPS);

		arm->column = COL_duration_ns;
		arm->per = COL_n_ops;
		arm->times = SHM_TIMES;
		arm->missing = alone ? "it needs two cores" : NULL;
		if (i < FLOORS)
			p->floor.line[i] = arm;
		else
			p->floor.memory[i - FLOORS] = arm;
		rounds_join(&p->rounds, p->floor.line[0], arm);
	}
}

/*
 * Time per turn of a contended lock on two cores, as fast as they can unless there is think time.
 */
static struct arm *contended(struct plan *p, const char *build, const char *lock,
			     const struct placement *at, unsigned think_ns, bool alone)
{
	struct arm *arm = rounds_add(&p->rounds,
				     "%s/sync_%s --experiment=contended --cpus=%u,%u --think=%uns "
				     "--duration=20ms",
				     build, lock, at->pu[0], at->pu[1], think_ns);

	arm->column = COL_duration_ns;
	arm->per = COL_n_ops;
	arm->times = LOCK_TIMES;
	arm->missing = alone ? "it needs two cores" : NULL;
	return arm;
}

static struct arm *uncontended(struct plan *p, const char *build, const char *lock, unsigned pu)
{
	struct arm *arm = rounds_add(
		&p->rounds, "%s/sync_%s --experiment=uncontended --cpus=%u --duration=10ms", build,
		lock, pu);

	arm->column = COL_op_ns;
	arm->times = LOCK_TIMES;
	return arm;
}

/* Our queue locks and those of Concurrency Kit, alone and as fast as two cores can. */
static void plan_ck(struct plan *p, const char *build, const struct placement *at, bool alone)
{
	static const char *const what[][4] = {
		{"spin_ticket --variant=plain", "spin_ck --variant=ticket", "ticket / ck, alone",
		 "ticket / ck, two cores"},
		{"spin_mcs --variant=plain", "spin_ck --variant=mcs", "mcs / ck, alone",
		 "mcs / ck, two cores"},
		{"spin_clh --variant=plain", "spin_ck --variant=clh", "clh / ck, alone",
		 "clh / ck, two cores"},
	};

	for (size_t i = 0; i < sizeof(what) / sizeof(what[0]); i++) {
		struct arm *base[2] = {uncontended(p, build, what[i][1], at->pu[0]),
				       contended(p, build, what[i][1], at, 0, alone)};
		bool here = arm_run(base[0]) > 0;

		for (int two = 0; two < 2; two++) {
			struct arm *ours = two ? contended(p, build, what[i][0], at, 0, alone)
					       : uncontended(p, build, what[i][0], at->pu[0]);

			if (!here)
				base[two]->missing =
					"Concurrency Kit is not here: make deps installs it";
			claim_add(p, what[i][2 + two], base[two], ours, 1.10);
		}
	}
}

static const char owner_name[] = "ticket: share of owner changes";
static const char spread_name[] = "locks at 500 ns, slowest / fastest";

/* What must hold of any two cores, or the figures are of something else. */
/*
 * What a warm-up that ends when its rounds agree leaves cold: the default against one of 50 ms and
 * four times the measuring. One kind of benchmark each.
 */
static void plan_warmup(struct plan *p, const char *build, const struct placement *one,
			const struct placement *two, bool alone)
{
	static const struct {
		const char *name, *command;
		bool apart; /* the sides are on two cores */
		enum column column;
	} what[] = {
		{"warm-up: pipe, one CPU", "ipc_pipe", false, COL_op_p50_ns},
		{"warm-up: pipe, two cores", "ipc_pipe", true, COL_op_p50_ns},
		{"warm-up: ring, spinning", "ipc_posix_shm --variant=ring --wait=spin", true,
		 COL_op_p50_ns},
		{"warm-up: mutex, contended",
		 "sync_mutex --variant=normal --experiment=contended --threads=2", true,
		 COL_duration_ns},
		{"warm-up: pty, stream", "ipc_pty --variant=raw --pattern=stream", false,
		 COL_duration_ns},
		{"warm-up: fork", "sync_process --variant=fork", false, COL_op_p50_ns},
	};

	for (size_t i = 0; i < sizeof(what) / sizeof(what[0]); i++) {
		static const char *const how[] = {"--warmup=50ms --duration=200ms",
						  "--duration=50ms"};
		const struct placement *at = what[i].apart ? two : one;
		struct arm *arm[2];

		for (int a = 0; a < 2; a++) {
			arm[a] = rounds_add(&p->rounds, "%s/%s --cpus=%u,%u %s", build,
					    what[i].command, at->pu[0], at->pu[1], how[a]);
			arm[a]->column = what[i].column;
			arm[a]->per = what[i].column == COL_duration_ns ? COL_n_ops : COL_schema;
			arm[a]->times = WARM_TIMES;
			arm[a]->missing = what[i].apart && alone ? "it needs two cores" : NULL;
		}
		claim_add(p, what[i].name, arm[0], arm[1], 1.01);
	}
}

static void plan_sanity(struct plan *p, const char *build, const struct placement *at, bool alone)
{
	static const char *const locks[LOCKS] = {
		"mutex --variant=normal",
		"spin_pthread",
		"spin_tas --variant=exchange",
		"spin_ttas",
		"spin_backoff --variant=ttas",
		"spin_ticket --variant=plain",
		"spin_mcs",
		"spin_clh",
	};
	struct arm *ticket = contended(p, build, "spin_ticket --variant=plain", at, 0, alone);

	claim_add(p, "sem_t / System V semaphore",
		  uncontended(p, build, "sem_sysv --variant=plain", at->pu[0]),
		  uncontended(p, build, "sem_posix --variant=unnamed", at->pu[0]), 0.20);
	ticket->column = COL_owner_change_share;
	ticket->per = COL_schema;
	ticket->share = true;
	claim_add(p, owner_name, NULL, ticket, 0.90);
	if (claim_asked(p, owner_name)) {
		p->claim[p->n_claims - 1].least = true;
		p->claim[p->n_claims - 1].unit = "";
	}
	p->spread.asked = claim_asked(p, spread_name);
	for (unsigned i = 0; i < LOCKS; i++) {
		p->spread.with[i] = contended(p, build, locks[i], at, 500, alone);
		p->spread.without[i] = contended(p, build, locks[i], at, 0, alone);
		rounds_join(&p->rounds, p->spread.with[0], p->spread.with[i]);
		rounds_join(&p->rounds, p->spread.with[0], p->spread.without[i]);
	}
}

static void print_verdict(struct tally *t, enum claim verdict)
{
	t->verdict[verdict]++;
	printf("  %s", paired_claim_name(verdict));
}

/* A limit on the median of the rounds, from above or from below. */
static void judge_limit(const struct claim_row *c, unsigned n, struct tally *t)
{
	enum claim verdict = CLAIM_UNDECIDED;
	struct interval in;
	double median = arm_median(c->ours, n, &in);

	if (c->least ? in.lo >= c->margin : in.hi <= c->margin)
		verdict = CLAIM_MET;
	else if (c->least ? in.hi < c->margin : in.lo > c->margin)
		verdict = CLAIM_FAILED;
	printf("%-32s %10s %10.3f %8s %7.3f to %-7.3f %6.2f", c->name, "", median, c->unit, in.lo,
	       in.hi, c->margin);
	print_verdict(t, verdict);
	putchar('\n');
}

static int judge_ratio(const struct claim_row *c, unsigned n, struct tally *t)
{
	struct interval unused;
	struct paired pair;
	enum claim verdict;
	int err = paired_compare(c->base->ns, c->ours->ns, n, &pair);

	if (err)
		return err;
	printf("%-32s %10.1f %10.1f %8.4f %7.4f to %-7.4f", c->name,
	       arm_median(c->base, n, &unused), arm_median(c->ours, n, &unused), pair.ratio,
	       pair.exact.lo, pair.exact.hi);
	if (c->margin == 0) {
		puts("         not claimed");
		return 0;
	}
	printf(" %6.2f", c->margin);
	verdict = paired_claim(&pair, c->margin);
	print_verdict(t, verdict);
	if (verdict == CLAIM_UNDECIDED)
		printf("; %zu rounds would decide",
		       paired_rounds(pair.ratio, c->margin, pair.sd_log, 1));
	putchar('\n');
	return 0;
}

/* Slowest by fastest of the locks in round `round`. */
static double apart(const struct arm *const *locks, unsigned round)
{
	double least = INFINITY, most = 0;

	for (unsigned i = 0; i < LOCKS; i++) {
		least = fmin(least, locks[i]->ns[round]);
		most = fmax(most, locks[i]->ns[round]);
	}
	return most / least;
}

/*
 * With think time locks are alike; without, the figure is how fast one thread takes the lock again.
 * Two claims: apart by no more than 15 %, and less than without.
 */
static int judge_spread(const struct spread *s, unsigned n, struct tally *t)
{
	struct arm with = {.ns = calloc(n, sizeof(double))};
	struct arm without = {.ns = calloc(n, sizeof(double))};
	const struct claim_row alike = {spread_name, NULL, &with, 1.15, false, ""};
	const struct claim_row closer = {"the same / at 0 ns", &without, &with, 1.0, false, ""};
	int err = with.ns && without.ns ? 0 : -ENOMEM;

	if (s->with[0]->missing) {
		printf("%-32s skipped: %s\n", alike.name, s->with[0]->missing);
		t->skipped++;
	} else if (!err) {
		for (unsigned round = 0; round < n; round++) {
			with.ns[round] = apart(s->with, round);
			without.ns[round] = apart(s->without, round);
		}
		judge_limit(&alike, n, t);
		err = judge_ratio(&closer, n, t);
	}
	free(with.ns);
	free(without.ns);
	return err;
}

/* Fastest of `n` arms in round `round`. */
static double fastest(const struct arm *const *arm, unsigned n, unsigned round)
{
	double least = INFINITY;

	for (unsigned i = 0; i < n; i++)
		least = fmin(least, arm[i]->ns[round]);
	return least;
}

/* No way to pass 8 bytes is faster than the floor: the fastest of each side in every round. */
static int judge_floor(const struct floor *f, unsigned n, struct tally *t)
{
	struct arm line = {.ns = calloc(n, sizeof(double))};
	struct arm memory = {.ns = calloc(n, sizeof(double))};
	const struct claim_row below = {floor_name, &memory, &line, 1.0, false, ""};
	int err = line.ns && memory.ns ? 0 : -ENOMEM;

	if (f->line[0]->missing) {
		printf("%-32s skipped: %s\n", floor_name, f->line[0]->missing);
		t->skipped++;
	} else if (!err) {
		for (unsigned round = 0; round < n; round++) {
			line.ns[round] = fastest(f->line, FLOORS, round);
			memory.ns[round] = fastest(f->memory, MEMORIES, round);
		}
		err = judge_ratio(&below, n, t);
	}
	free(line.ns);
	free(memory.ns);
	return err;
}

/* One line per claim; 0 or -errno. */
static int judge(const struct plan *p, struct tally *t)
{
	int err = 0;

	printf("%-32s %10s %10s %8s %-18s %6s  verdict\n", "claim", "base ns", "ours ns", "ratio",
	       "95 % limits", "margin");
	for (unsigned i = 0; i < p->n_claims && !err; i++) {
		const struct claim_row *c = &p->claim[i];
		const char *missing = c->base ? c->base->missing : c->ours->missing;

		if (missing) {
			printf("%-32s skipped: %s\n", c->name, missing);
			t->skipped++;
		} else if (c->base) {
			err = judge_ratio(c, p->rounds.n, t);
		} else {
			judge_limit(c, p->rounds.n, t);
		}
	}
	if (!err && p->floor.asked)
		err = judge_floor(&p->floor, p->rounds.n, t);
	if (!err && p->spread.asked)
		err = judge_spread(&p->spread, p->rounds.n, t);
	return err;
}

/* "NAME:OURS:HAND", instructions per operation; false when it is not that. */
static bool judge_loop(const char *text, struct tally *t)
{
	unsigned ours, hand;
	char name[32];
	enum claim verdict;

	if (sscanf(text, "%31[^:]:%u:%u", name, &ours, &hand) != 3 || !ours || !hand)
		return false;
	verdict = ours <= hand + LOOP_EXTRA ? CLAIM_MET : CLAIM_FAILED;
	printf("%-14s instructions %4u %10u %8s %-18s %+6d", name, hand, ours, "", "", LOOP_EXTRA);
	print_verdict(t, verdict);
	putchar('\n');
	return true;
}

/* Time of one round (s), by what its processes take on a quiet machine. */
static double round_s(const struct rounds *r)
{
	double processes = 0;

	for (unsigned a = 0; a < r->n_arms; a++)
		processes += r->arm[a].missing ? 0 : r->arm[a].times ? r->arm[a].times : 1;
	return processes * PROCESS_S;
}

static int run(struct plan *p, const char *build)
{
	struct topology *topology;
	struct placement one, two;
	bool alone;
	int err = topology_load(&topology);

	if (err)
		return err;
	err = placement_find(topology, RELATION_SAME_PU, &one);
	alone = placement_closest_two_cores(topology, &two) &&
		placement_find(topology, RELATION_SMT, &two);
	topology_free(topology);
	if (err)
		return err;
	if (alone)
		two = one;
	plan_null(p, build, one.pu[0]);
	plan_pipe(p, build, one.pu[0]);
	plan_shm(p, build, &two, alone);
	plan_lines(p, build, &two, alone);
	plan_floor(p, build, &two, alone);
	plan_line_pair(p, build, &two, alone);
	plan_queues(p, build, &two, alone);
	plan_atomic_queue(p, build, &two, alone);
	plan_ck(p, build, &two, alone);
	plan_sanity(p, build, &two, alone);
	plan_warmup(p, build, &one, &two, alone);
	plan_ipc(p, build, one.pu[0], &two, alone);
	if (p->only && !p->n_claims && !p->spread.asked && !p->floor.asked)
		return -ENOENT;
	plan_drop_unasked(p);
	printf("%u rounds, seed %llu; pipe on PU %u, shared memory and queues on PUs %u and %u\n",
	       p->rounds.n, (unsigned long long)p->rounds.seed, one.pu[0], two.pu[0], two.pu[1]);
	printf("about %.0f minutes\n", ceil(p->rounds.n * round_s(&p->rounds) / 60));
	fflush(stdout);
	return rounds_run(&p->rounds);
}

int main(int argc, char **argv)
{
	const char *build = getenv("BUILD");
	static struct plan plan;
	struct tally tally = {0};
	int err;

	rounds_default(&plan.rounds);
	for (int i = 1; i < argc; i++)
		if (!strncmp(argv[i], "--only=", 7)) {
			plan.only = argv[i] + 7;
		} else if (strncmp(argv[i], "--loop=", 7) &&
			   !rounds_option(&plan.rounds, argv[i])) {
			fprintf(stderr,
				"usage: bench_self [--rounds=%d or more] [--seed=N] [--only=TEXT] "
				"[--loop=NAME:OURS:HAND]...: not %s\n",
				PAIRED_ROUNDS_MIN, argv[i]);
			return EX_USAGE;
		}
	err = run(&plan, build ? build : "build");
	if (!err)
		err = judge(&plan, &tally);
	for (int i = 1; i < argc && !err; i++)
		if (!strncmp(argv[i], "--loop=", 7) && !judge_loop(argv[i] + 7, &tally))
			err = -EINVAL;
	rounds_free(&plan.rounds);
	if (err) {
		fprintf(stderr, "bench_self: %s\n", strerror(-err));
		return EX_SOFTWARE;
	}
	return tally_print(&tally);
}
