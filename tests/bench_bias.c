/* SPDX-License-Identifier: MIT */
/*
 * What a shorter warm-up or a shorter window does to a figure, by kind of benchmark: each against
 * 50 ms of warm-up and 200 ms of measuring, in fresh processes, random order, paired by round. The
 * lengths of the sweep (warm-up until its rounds agree; give_durations() of bench/plan/plan.c) are
 * claimed to move it by less than 1 %; the others say how far one could go.
 * usage: BUILD=DIR bench_bias [--rounds=N] [--seed=N] [--only=TEXT]
 * prints a table in Markdown
 */
#include <sysexits.h>

#include "bench/machine/placement.h"
#include "bench/machine/topology.h"
#include "tests/bench_rounds.h"

#define MARGIN 0.01 /* of the figure */
#define COLUMNS 6
#define CLAIMED 0 /* the column of what a sweep does */

struct kind {
	const char *name, *command;
	const char *sweep; /* how long a sweep measures it */
	bool apart;	   /* the sides are on two cores */
	enum column column;
	enum column per; /* COL_schema: nothing */
};

#define SHORT "--duration=15ms --least=1000"
#define WINDOW "--duration=50ms"
#define QUEUE "--duration=200ms"

static const struct kind kinds[] = {
	{"pipe, one CPU", "ipc_pipe", SHORT, false, COL_op_p50_ns, COL_schema},
	{"pipe, two CPUs", "ipc_pipe", SHORT, true, COL_op_p50_ns, COL_schema},
	{"ring, spin", "ipc_posix_shm --variant=ring --wait=spin", SHORT, true, COL_op_p50_ns,
	 COL_schema},
	{"UNIX stream, one CPU", "ipc_unix_stream --variant=socketpair", SHORT, false,
	 COL_op_p50_ns, COL_schema},
	{"pipe, stream", "ipc_pipe --pattern=stream", WINDOW, true, COL_duration_ns, COL_n_ops},
	{"pty, stream", "ipc_pty --variant=raw --pattern=stream", WINDOW, false, COL_duration_ns,
	 COL_n_ops},
	{"mutex, contended", "sync_mutex --variant=normal --experiment=contended --threads=2",
	 WINDOW, true, COL_duration_ns, COL_n_ops},
	{"condvar, hand-over", "sync_condvar --variant=held --experiment=handoff", SHORT, true,
	 COL_op_p50_ns, COL_schema},
	{"queue of one producer", "sync_queue_spsc --variant=flagged --think=0", QUEUE, true,
	 COL_duration_ns, COL_n_ops},
	{"atomic, one thread", "sync_atomic --variant=fetch_add", SHORT, false, COL_op_p50_ns,
	 COL_schema},
	{"fork", "sync_process --variant=fork", SHORT, false, COL_op_p50_ns, COL_schema},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const char *const lengths[COLUMNS] = {
	NULL, /* kind->sweep */
	"--warmup=0 --duration=200ms",
	"--warmup=5ms --duration=200ms",
	"--warmup=50ms --duration=5ms",
	"--warmup=50ms --duration=20ms",
	"--warmup=50ms --duration=50ms",
};
static const char *const names[COLUMNS] = {
	"as a sweep", "warm-up 0", "warm-up 5 ms", "window 5 ms", "window 20 ms", "window 50 ms",
};

/* The base and what is held against it. */
struct row_arms {
	struct arm *base, *other[COLUMNS];
};

static struct arm *add(struct rounds *r, const char *build, const struct kind *kind,
		       const struct placement *at, const char *length)
{
	struct arm *arm = rounds_add(r, "%s/%s --cpus=%u,%u %s", build, kind->command, at->pu[0],
				     at->pu[1], length);

	arm->column = kind->column;
	arm->per = kind->per;
	return arm;
}

static void plan(struct rounds *r, const char *build, const struct kind *kind,
		 const struct placement *at, struct row_arms *arms)
{
	arms->base = add(r, build, kind, at, "--warmup=50ms --duration=200ms");
	for (unsigned i = 0; i < COLUMNS; i++) {
		arms->other[i] = add(r, build, kind, at, lengths[i] ? lengths[i] : kind->sweep);
		rounds_join(r, arms->base, arms->other[i]);
	}
}

/* One row of the table; 0 or -errno. */
static int judge(const struct kind *kind, const struct row_arms *arms, unsigned n, struct tally *t)
{
	enum claim verdict = CLAIM_UNDECIDED;

	printf("| %s |", kind->name);
	for (unsigned i = 0; i < COLUMNS; i++) {
		struct paired pair;
		int err = paired_compare(arms->base->ns, arms->other[i]->ns, n, &pair);

		if (err)
			return err;
		printf(" %.1f (%.1f to %.1f) |", 100 * (pair.ratio - 1), 100 * (pair.exact.lo - 1),
		       100 * (pair.exact.hi - 1));
		if (i != CLAIMED)
			continue;
		if (pair.exact.lo > 1 - MARGIN && pair.exact.hi < 1 + MARGIN)
			verdict = CLAIM_MET;
		else if (pair.exact.lo > 1 + MARGIN || pair.exact.hi < 1 - MARGIN)
			verdict = CLAIM_FAILED;
	}
	t->verdict[verdict]++;
	printf(" %s |\n", paired_claim_name(verdict));
	return 0;
}

static int run(struct rounds *r, struct tally *t, const char *build, const char *only)
{
	struct row_arms arms[KINDS] = {0};
	struct placement one, two;
	struct topology *topology;
	bool alone;
	int err = topology_load(&topology);

	if (err)
		return err;
	err = placement_find(topology, RELATION_SAME_PU, &one);
	alone = placement_closest_two_cores(topology, &two);
	topology_free(topology);
	for (size_t i = 0; i < KINDS && !err; i++)
		if ((!only || strstr(kinds[i].name, only)) && !(alone && kinds[i].apart))
			plan(r, build, &kinds[i], kinds[i].apart ? &two : &one, &arms[i]);
	if (!err && !r->n_arms)
		return -ENOENT;
	if (!err)
		err = rounds_run(r);
	printf("%u rounds, seed %llu; bias in %%, 95 %% limits\n\n| kind |", r->n,
	       (unsigned long long)r->seed);
	for (unsigned i = 0; i < COLUMNS; i++)
		printf(" %s |", names[i]);
	printf(" as a sweep: below %.0f %% |\n|---|---|---|---|---|---|---|---|\n", 100 * MARGIN);
	for (size_t i = 0; i < KINDS && !err; i++)
		if (arms[i].base)
			err = judge(&kinds[i], &arms[i], r->n, t);
	return err;
}

int main(int argc, char **argv)
{
	const char *build = getenv("BUILD"), *only = NULL;
	static struct rounds rounds;
	struct tally tally = {0};
	int err;

	rounds_default(&rounds);
	for (int i = 1; i < argc; i++)
		if (!strncmp(argv[i], "--only=", 7)) {
			only = argv[i] + 7;
		} else if (!rounds_option(&rounds, argv[i])) {
			fprintf(stderr,
				"usage: bench_bias [--rounds=%d or more] [--seed=N] [--only=TEXT]: "
				"not %s\n",
				PAIRED_ROUNDS_MIN, argv[i]);
			return EX_USAGE;
		}
	err = run(&rounds, &tally, build ? build : "build", only);
	rounds_free(&rounds);
	if (err) {
		fprintf(stderr, "bench_bias: %s\n", strerror(-err));
		return EX_SOFTWARE;
	}
	return tally_print(&tally);
}
