/* SPDX-License-Identifier: MIT */
/*
 * What make truth measures: a path with a known cost added to it has to be reported longer by just
 * that. Base and injected runs are fresh processes in random order; so is the third of each round,
 * which measures what the injected operations cost (bench/measure/inject.c) under the same load.
 * The unit is (injected - base) / (calls per operation x cost): 1 when the figure is true.
 *
 * Where an operation is one serial chain, that has to be 1 within 10 %. Elsewhere something else
 * goes on at the same time, so only the direction can be asked for, and the line says why.
 * usage: BUILD=DIR bench_truth [--rounds=N] [--seed=N] [--only=TEXT] | --cost PU
 */
#include <sysexits.h>

#include "bench/base/clock.h"
#include "bench/machine/placement.h"
#include "bench/machine/topology.h"
#include "bench/measure/inject.h"
#include "tests/bench_rounds.h"

#define TOLERANCE 0.10
#define SHARE 0.5	 /* of the base that is added */
#define TIMES 3		 /* processes of an arm in a round, of which the fastest counts */
#define COST_PILOT 10000 /* operations from which the cost of one is known */

enum where { ONE_PU, SAME_PU, TWO_PUS };

/*
 * What is measured, and what is asked of it. Windows are short (about 1 ms), so that some of them
 * fit between two preemptions.
 */
struct path {
	const char *name;
	const char *command; /* without its PUs */
	enum where where;
	unsigned calls;	 /* of inject() in one operation */
	const char *why; /* the size cannot be asked for; NULL = it can */
};

static const char sleepers[] = "a PU that idles longer sleeps deeper and wakes later";

static const struct path paths[] = {
	{"null round trip", "ipc_null --iterations=50000", ONE_PU, 1, NULL},
	{"null lock", "sync_null --variant=lock --experiment=uncontended --iterations=50000",
	 ONE_PU, 1, NULL},
	{"null op", "sync_null --variant=op --iterations=50000", ONE_PU, 1, NULL},
	{"mutex uncontended",
	 "sync_mutex --variant=normal --experiment=uncontended --iterations=30000", ONE_PU, 1,
	 NULL},
	{"ttas uncontended", "sync_spin_ttas --experiment=uncontended --iterations=30000", ONE_PU,
	 1, NULL},
	{"fetch-add", "sync_atomic --variant=fetch_add --iterations=30000", ONE_PU, 1, NULL},
	{"shm spin ping-pong", "ipc_posix_shm --variant=ring-inplace --wait=spin --iterations=3000",
	 TWO_PUS, 2, NULL},
	{"pipe on one PU", "ipc_pipe --wait=block --iterations=1000", SAME_PU, 2, NULL},
	{"pipe on two PUs", "ipc_pipe --wait=block --iterations=1000", TWO_PUS, 2, sleepers},
	{"shm stream",
	 "ipc_posix_shm --variant=ring --wait=spin --pattern=stream --iterations=10000", TWO_PUS, 1,
	 "sender and receiver overlap, the slower of the two counts"},
	{"condvar hand-off", "sync_condvar --variant=held --experiment=handoff --iterations=1000",
	 TWO_PUS, 1, sleepers},
};
#define N_PATHS (sizeof(paths) / sizeof(paths[0]))

/* The three arms of a path. */
struct trio {
	struct arm *base, *injected, *cost;
	char inject[24]; /* operations per call */
	double base_ns;	 /* of the pilot */
};

static struct arm *path_arm(struct rounds *r, const struct path *path, const char *build,
			    const struct placement *at)
{
	struct arm *arm = path->where == ONE_PU ? rounds_add(r, "%s/%s --cpus=%u", build,
							     path->command, at->pu[0])
						: rounds_add(r, "%s/%s --cpus=%u,%u", build,
							     path->command, at->pu[0], at->pu[1]);

	arm->column = COL_op_ns;
	/* two PUs of a guest are seldom left alone at once */
	arm->times = path->where == TWO_PUS && !path->why ? 4 * TIMES : TIMES;
	return arm;
}

/* Makes the arms of `path` and chooses how much to inject; 0 or -EIO. */
static int plan_path(struct rounds *r, const struct path *path, const char *build,
		     const struct placement *at, struct trio *trio)
{
	double pilot_ns;

	trio->base = path_arm(r, path, build, at);
	trio->injected = path_arm(r, path, build, at);
	trio->cost = rounds_add(r, "%s/tests/bench_truth --cost %u", build, at->pu[0]);
	trio->cost->times = TIMES;
	rounds_join(r, trio->base, trio->injected);
	rounds_join(r, trio->base, trio->cost);
	snprintf(trio->inject, sizeof(trio->inject), "%d", COST_PILOT);
	trio->cost->inject = trio->inject;
	trio->injected->inject = trio->inject;
	pilot_ns = arm_run(trio->cost) / COST_PILOT;
	trio->base_ns = arm_run(trio->base);
	if (!(pilot_ns > 0) || !(trio->base_ns > 0)) {
		fprintf(stderr, "bench_truth: no figure for %s\n", path->name);
		return -EIO;
	}
	snprintf(trio->inject, sizeof(trio->inject), "%.0f",
		 ceil(SHARE * trio->base_ns / path->calls / pilot_ns));
	return 0;
}

static enum claim verdict_of(const struct path *path, const struct signed_rank *s)
{
	double lo = path->why ? 0 : 1 - TOLERANCE, hi = path->why ? INFINITY : 1 + TOLERANCE;

	if (s->exact.lo > lo && s->exact.hi < hi)
		return CLAIM_MET;
	if (s->exact.hi < lo || s->exact.lo > hi)
		return CLAIM_FAILED;
	return CLAIM_UNDECIDED;
}

/* One line: what was added, what was seen; 0 or -errno. */
static int judge(const struct path *path, const struct trio *trio, unsigned n, struct tally *t)
{
	double *share = calloc(n, sizeof(*share));
	struct signed_rank s;
	struct interval unused;
	enum claim verdict;
	double added;
	int err;

	if (!share)
		return -ENOMEM;
	for (unsigned i = 0; i < n; i++)
		share[i] = (trio->injected->ns[i] - trio->base->ns[i]) /
			   (path->calls * trio->cost->ns[i]);
	err = signed_rank(share, n, PAIRED_CONFIDENCE, &s);
	free(share);
	if (err)
		return err;
	verdict = verdict_of(path, &s);
	added = path->calls * arm_median(trio->cost, n, &unused);
	t->verdict[verdict]++;
	printf("%-18s %9.2f %6s x %u %9.2f %9.2f %7.3f %7.3f to %-7.3f  %s%s%s\n", path->name,
	       arm_median(trio->base, n, &unused), trio->inject, path->calls, added,
	       s.estimate * added, s.estimate, s.exact.lo, s.exact.hi, paired_claim_name(verdict),
	       path->why ? "; direction only: " : "", path->why ? path->why : "");
	return 0;
}

/* Whether `path` is asked for: its name has `only`; NULL asks for all. */
static bool is_asked(const struct path *path, const char *only)
{
	return !only || strstr(path->name, only);
}

static int run(struct rounds *r, struct tally *t, const char *build, const char *only)
{
	struct placement one, two;
	struct trio trio[N_PATHS];
	struct topology *topology;
	bool alone, asked = false;
	int err = topology_load(&topology);

	if (err)
		return err;
	err = placement_find(topology, RELATION_SAME_PU, &one);
	alone = placement_closest_two_cores(topology, &two);
	topology_free(topology);
	for (size_t i = 0; i < N_PATHS && !err; i++) {
		asked |= is_asked(&paths[i], only);
		if (is_asked(&paths[i], only) && (!alone || paths[i].where != TWO_PUS))
			err = plan_path(r, &paths[i], build,
					paths[i].where == TWO_PUS ? &two : &one, &trio[i]);
	}
	if (!err && !asked)
		return -ENOENT;
	if (!err) {
		printf("%u rounds, seed %llu\n", r->n, (unsigned long long)r->seed);
		fflush(stdout);
		err = rounds_run(r);
	}
	printf("%-18s %9s %10s %9s %9s %7s %-18s  verdict\n", "path", "base ns", "operations",
	       "added ns", "seen ns", "ratio", "95 % limits");
	for (size_t i = 0; i < N_PATHS && !err; i++) {
		if (!is_asked(&paths[i], only))
			continue;
		if (!alone || paths[i].where != TWO_PUS) {
			err = judge(&paths[i], &trio[i], r->n, t);
			continue;
		}
		printf("%-18s skipped: it needs two cores\n", paths[i].name);
		t->skipped++;
	}
	return err;
}

#ifdef HANDOFF_INJECT
/* Prints what inject() costs on PU `pu`; an exit code. */
static int print_cost(const char *pu)
{
	if (arm_pin((unsigned)atoi(pu)) || clock_init(CLOCK_KIND_AUTO))
		return EX_UNAVAILABLE;
	printf("%.4f\n", inject_cost_ns());
	return 0;
}
#else
static int print_cost(const char *pu)
{
	fprintf(stderr, "bench_truth: built without -DHANDOFF_INJECT: make truth\n");
	return EX_UNAVAILABLE;
}
#endif

int main(int argc, char **argv)
{
	const char *build = getenv("BUILD"), *only = NULL;
	static struct rounds rounds;
	struct tally tally = {0};
	int err;

	if (argc == 3 && !strcmp(argv[1], "--cost"))
		return print_cost(argv[2]);
	rounds_default(&rounds);
	for (int i = 1; i < argc; i++) {
		if (!strncmp(argv[i], "--only=", 7)) {
			only = argv[i] + 7;
		} else if (!rounds_option(&rounds, argv[i])) {
			fprintf(stderr,
				"usage: bench_truth [--rounds=%d or more] [--seed=N] "
				"[--only=TEXT]: not %s\n",
				PAIRED_ROUNDS_MIN, argv[i]);
			return EX_USAGE;
		}
	}
	err = run(&rounds, &tally, build ? build : "build-truth", only);
	rounds_free(&rounds);
	if (err == -ENOENT) {
		fprintf(stderr, "bench_truth: --only=%s names no path\n", only);
		return EX_USAGE;
	}
	if (err) {
		fprintf(stderr, "bench_truth: %s\n", strerror(-err));
		return EX_SOFTWARE;
	}
	return tally_print(&tally);
}
