/* SPDX-License-Identifier: MIT */
/*
 * What make bench-self measures: handoff's own figures against hand-written loops (tests/floor_*)
 * and perf bench, as paired ratios, judged by the rules that handoff judges others by.
 * usage: BUILD=DIR bench_self [--rounds=N] [--seed=N] [--loop=NAME:OURS:HAND]...
 *
 * Statistics that are compared, the same on both sides of each claim:
 * - pipe: all time from the first to the last stamp over all round trips, clock around N there too.
 *   That is stricter than op_ns: what the harness does between the stamps of two operations counts
 *   against it.
 * - shared memory: likewise. A round trip is about 100 ns, the tick of the clock 10 ns on some
 *   machines, so percentiles of single operations are no use, and one preempted ms spoils a mean: a
 *   window of 0.3 ms, which mostly fits between two preemptions, after 50 ms of warm-up.
 * - null: op_ns, the mean of batches.
 * - queues: time of the window over the items that came out. The window holds a thousand times what the
 *   queue does, so that a run in which the two sides take turns on a PU is slow and never passes for the
 *   fastest.
 * Each is the fastest of several fresh processes a round (tests/bench_rounds.h).
 */
#include <sysexits.h>

#include "bench/machine/placement.h"
#include "bench/machine/topology.h"
#include "tests/bench_rounds.h"

#define PIPE_TRIPS 20000 /* 0.1 s; the 1000000 of perf bench's default would be 5 s */
#define PIPE_TIMES 5
#define SHM_TRIPS 3000
#define SHM_TIMES 9
#define QUEUE_TIMES 5
#define NULL_TIMES 3
#define NULL_LIMIT_NS 2.0 /* per operation */
#define LOOP_EXTRA 2	  /* instructions that our loops may have over the hand-written ones */

struct claim_row {
	const char *name;
	const struct arm *base; /* NULL: a limit in ns, not a ratio */
	const struct arm *ours;
	double margin; /* of the ratio, or ns; 0 = nothing is claimed */
};

struct plan {
	struct rounds rounds;
	struct claim_row claim[32];
	unsigned n_claims;
};

static void claim_add(struct plan *p, const char *name, const struct arm *base,
		      const struct arm *ours, double margin)
{
	p->claim[p->n_claims++] = (struct claim_row){name, base, ours, margin};
}

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
 * Ring and hand-written loop, both with the payload in place or both copying 8 bytes in and out;
 * and both with tight spins (tests/no_pause.h), where the loops and not the phase of a PAUSE decide.
 * The copying pair with PAUSE is shown and not claimed.
 */
static void plan_shm(struct plan *p, const char *build, const struct placement *at, bool alone)
{
	static const struct {
		const char *variant, *bytes, *tight, *name;
		double margin;
	} what[] = {
		{"ring-inplace", "", "", "shm ring-inplace / hand-written", 1.10},
		{"ring", " 8", "", "shm ring / hand, copying", 0},
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

/* Our rings and those of Concurrency Kit: same element, capacity and loop; a pair as fast as it can. */
static void plan_queues(struct plan *p, const char *build, const struct placement *at, bool alone)
{
	static const char *const what[][3] = {
		{"queue_spsc", "spsc", "queue_spsc / ck_ring spsc"},
		{"queue_mpmc", "mpmc", "queue_mpmc / ck_ring mpmc"},
	};

	for (size_t i = 0; i < sizeof(what) / sizeof(what[0]); i++) {
		static const char options[] =
			"--cpus=%u,%u --think=0 --capacity=1024 --duration=20ms";
		char text[2][160];
		struct arm *arm[2];

		snprintf(text[0], sizeof(text[0]), "%%s/sync_queue_ck --variant=%s %s", what[i][1],
			 options);
		snprintf(text[1], sizeof(text[1]), "%%s/sync_%s %s", what[i][0], options);
		for (int ours = 0; ours < 2; ours++) {
			arm[ours] = rounds_add(&p->rounds, text[ours], build, at->pu[0], at->pu[1]);
			arm[ours]->column = COL_duration_ns;
			arm[ours]->per = COL_n_ops;
			arm[ours]->times = QUEUE_TIMES;
			arm[ours]->missing = alone ? "it needs two cores" : NULL;
		}
		if (!alone && !(arm_run(arm[0]) > 0))
			arm[0]->missing = "Concurrency Kit is not here: make deps installs it";
		claim_add(p, what[i][2], arm[0], arm[1], 1.0);
	}
}

static void print_verdict(struct tally *t, enum claim verdict)
{
	t->verdict[verdict]++;
	printf("  %s", paired_claim_name(verdict));
}

/* A limit in ns on the median of the rounds. */
static void judge_limit(const struct claim_row *c, unsigned n, struct tally *t)
{
	enum claim verdict = CLAIM_UNDECIDED;
	struct interval in;
	double median = arm_median(c->ours, n, &in);

	if (in.hi <= c->margin)
		verdict = CLAIM_MET;
	else if (in.lo > c->margin)
		verdict = CLAIM_FAILED;
	printf("%-32s %10s %10.3f %8s %7.3f to %-7.3f %6.2f", c->name, "", median, "ns", in.lo,
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

/* One line per claim; 0 or -errno. */
static int judge(const struct plan *p, struct tally *t)
{
	int err = 0;

	printf("%-32s %10s %10s %8s %-18s %6s  verdict\n", "claim", "base ns", "ours ns", "ratio",
	       "95 % limits", "margin");
	for (unsigned i = 0; i < p->n_claims && !err; i++) {
		const struct claim_row *c = &p->claim[i];
		const char *missing = c->base ? c->base->missing : NULL;

		if (missing) {
			printf("%-32s skipped: %s\n", c->name, missing);
			t->skipped++;
		} else if (c->base) {
			err = judge_ratio(c, p->rounds.n, t);
		} else {
			judge_limit(c, p->rounds.n, t);
		}
	}
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
	plan_queues(p, build, &two, alone);
	printf("%u rounds, seed %llu; pipe on PU %u, shared memory and queues on PUs %u and %u\n",
	       p->rounds.n, (unsigned long long)p->rounds.seed, one.pu[0], two.pu[0], two.pu[1]);
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
		if (strncmp(argv[i], "--loop=", 7) && !rounds_option(&plan.rounds, argv[i])) {
			fprintf(stderr,
				"usage: bench_self [--rounds=%d or more] [--seed=N] "
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
