/* SPDX-License-Identifier: MIT */
/*
 * What make crosscheck measures: tools that others know, beside ours (tests/bench_peers.h), in
 * rounds of fresh processes in random order. Prints paired ratios; says why where they differ by
 * more than 10 %, or that the interval leaves this open, and ends with 1 where no known reason
 * accounts for it or a tool's output is not understood.
 * usage: BUILD=DIR bench_crosscheck [--rounds=N] [--seed=N] [--only=TEXT] [--list]
 */
#include <sysexits.h>

#include "bench/machine/placement.h"
#include "bench/machine/topology.h"
#include "tests/bench_peers.h"
#include "tests/bench_rounds.h"

#define TRIES 3	   /* of ours before it is left out: a stall can spoil a paced row */
#define APART 1.10 /* ratio, or its inverse, above which a reason is due */

/* A pair that runs. */
struct check {
	const struct peer_pair *pair;
	struct arm *theirs, *ours;
	double once[2]; /* theirs and ours as tried before the rounds, ns; all that a pair without
			     ratio has */
	char skipped[256]; /* why it does not run; empty: it does */
	bool failed;	   /* theirs ran, and its output was not understood */
};

struct checks {
	struct rounds rounds;
	struct check check[PEER_PAIRS];
	unsigned n;
	const char *build;
	const char *only; /* pairs whose name has this; NULL = all */
	double round_s;	  /* time of a round, as tried */
};

/* The arm of one side: a program of ours below build/, or scripts/check/peer. */
static struct arm *add_side(struct checks *c, const struct peer_side *side, unsigned times,
			    const struct placement *at)
{
	bool peer = !strncmp(side->command, "peer ", 5);
	char format[ARM_WORDS * 96];
	struct arm *arm;

	snprintf(format, sizeof(format), "%s/%s", peer ? "scripts/check" : c->build, side->command);
	arm = rounds_add(&c->rounds, format, at->pu[0], at->pu[1]);
	arm->column = side->column;
	arm->per = side->per;
	arm->times = times ? times : 1;
	return arm;
}

static void add_pairs(struct checks *c, const struct placement *at, bool alone)
{
	for (size_t i = 0; i < PEER_PAIRS; i++) {
		const struct peer_pair *pair = &peer_pairs[i];
		struct check *check = &c->check[c->n];

		if (c->only && !strstr(pair->name, c->only))
			continue;
		c->n++;
		check->pair = pair;
		check->theirs = add_side(c, &pair->theirs, pair->times, at);
		check->ours = add_side(c, &pair->ours, pair->times, at);
		rounds_join(&c->rounds, check->theirs, check->ours);
		if (alone &&
		    (strstr(pair->theirs.command, "%2$u") || strstr(pair->ours.command, "%2$u")))
			snprintf(check->skipped, sizeof(check->skipped), "it needs two cores");
	}
}

/* Runs a peer once for its figure (ns); NaN with its words in `check` when it has none. */
static double try_peer(struct check *check)
{
	char command[ARM_WORDS * 97], line[200] = "";
	int length = 0;
	double ns = NAN;
	int status;
	FILE *in;

	for (int i = 0; i < ARM_WORDS && *check->theirs->word[i]; i++)
		length += snprintf(command + length, sizeof(command) - (size_t)length, "%s ",
				   check->theirs->word[i]);
	snprintf(command + length, sizeof(command) - (size_t)length, "2>&1");
	in = popen(command, "re");
	if (!in)
		return NAN;
	if (!fgets(line, sizeof(line), in))
		line[0] = 0;
	status = pclose(in);
	line[strcspn(line, "\n")] = 0;
	if (!status)
		ns = strtod(line, NULL);
	if (ns > 0)
		return ns;
	check->failed = !WIFEXITED(status) || WEXITSTATUS(status) != EX_UNAVAILABLE;
	snprintf(check->skipped, sizeof(check->skipped), "%s", *line ? line : "it says nothing");
	return NAN;
}

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Whether both sides run here: once each. What is not asked again has `missing` set. */
static void try_pair(struct checks *c, struct check *check)
{
	double begin = now_s();

	if (!*check->skipped)
		check->once[0] = !strcmp(check->theirs->word[0], "scripts/check/peer")
					 ? try_peer(check)
					 : arm_run(check->theirs);
	if (!*check->skipped && !(check->once[0] > 0))
		snprintf(check->skipped, sizeof(check->skipped),
			 "Concurrency Kit is not here: make crosscheck-deps");
	if (!*check->skipped) {
		check->once[1] = NAN;
		for (int i = 0; i < TRIES && !(check->once[1] > 0); i++)
			check->once[1] = arm_run(check->ours);
		if (!(check->once[1] > 0))
			snprintf(check->skipped, sizeof(check->skipped), "ours has no figure: %s",
				 check->ours->word[0]);
	}
	if (*check->skipped || check->pair->no_ratio)
		check->theirs->missing = check->ours->missing = "not in the rounds";
	else
		c->round_s += (now_s() - begin) * check->theirs->times;
}

/* Prints `text` indented, in lines of 110 characters. */
static void print_wrapped(const char *text)
{
	size_t at = 0;

	for (const char *word = text; *word;) {
		size_t length = strcspn(word, " ");

		if (!at || at + 1 + length > 110) {
			printf("%s    ", at ? "\n" : "");
			at = 4;
		} else {
			putchar(' ');
			at++;
		}
		printf("%.*s", (int)length, word);
		at += length;
		word += length + (word[length] == ' ');
	}
	putchar('\n');
}

/* What is known of a ratio; whether it is accounted for. */
static bool print_reason(const struct peer_pair *pair, const struct paired *paired)
{
	double ratio = paired->ratio;
	char line[600];

	if (ratio <= APART && ratio >= 1 / APART)
		return true;
	if (pair->why && ratio >= pair->lo && ratio <= pair->hi) {
		snprintf(line, sizeof(line), "differs: %s", pair->why);
		print_wrapped(line);
		return true;
	}
	if (paired->exact.lo < APART && paired->exact.hi > 1 / APART) {
		printf("    undecided: it may be within 10 %%; about %zu rounds would decide\n",
		       ratio > 1 ? paired_rounds(ratio, APART, paired->sd_log, 1)
				 : paired_rounds(1 / ratio, APART, paired->sd_log, 1));
		return true;
	}
	if (pair->why)
		snprintf(line, sizeof(line),
			 "NOT EXPLAINED: between %g and %g it would be this: %s", pair->lo,
			 pair->hi, pair->why);
	else
		snprintf(line, sizeof(line), "NOT EXPLAINED: these two should agree");
	print_wrapped(line);
	return false;
}

/* One pair of the table; whether it is accounted for, or -errno. */
static int print_check(const struct check *check, unsigned n)
{
	const struct peer_pair *pair = check->pair;
	struct interval unused;
	struct paired paired;
	int err;

	printf("%-48s", pair->name);
	if (*check->skipped) {
		printf(" %s: %s\n", check->failed ? "failed" : "skipped", check->skipped);
		return !check->failed;
	}
	if (pair->no_ratio) {
		printf(" %10.1f %10.1f    no ratio: %s\n", check->once[0], check->once[1],
		       pair->said);
		print_wrapped(pair->no_ratio);
		return true;
	}
	if (check->theirs->missing || check->ours->missing) {
		puts(" failed: one side had no figure in one of the rounds");
		return false;
	}
	err = paired_compare(check->theirs->ns, check->ours->ns, n, &paired);
	if (err)
		return err;
	printf(" %10.1f %10.1f %8.3f  %.3f to %.3f\n", arm_median(check->theirs, n, &unused),
	       arm_median(check->ours, n, &unused), paired.ratio, paired.exact.lo, paired.exact.hi);
	print_wrapped(pair->said);
	return print_reason(pair, &paired);
}

/* The whole table; how many pairs are not accounted for, or -errno. */
static int print_table(const struct checks *c)
{
	int open = 0;

	printf("%-48s %10s %10s %8s  %s\n", "theirs / ours", "theirs ns", "ours ns", "ours by",
	       "95 % limits");
	for (unsigned i = 0; i < c->n; i++) {
		int ok = print_check(&c->check[i], c->rounds.n);

		if (ok < 0)
			return ok;
		open += !ok;
	}
	if (open)
		printf("%d not explained or failed\n", open);
	return open;
}

/* The pairs as docs/method.md has them. */
static void print_list(void)
{
	puts("| theirs / ours | what both figures are | they differ where, and why "
	     "|\n|---|---|---|");
	for (size_t i = 0; i < PEER_PAIRS; i++) {
		const struct peer_pair *p = &peer_pairs[i];

		printf("| %s | %s |", p->name, p->said);
		if (p->no_ratio)
			printf(" no ratio: %s |\n", p->no_ratio);
		else if (p->why)
			printf(" %g to %g: %s |\n", p->lo, p->hi, p->why);
		else
			puts(" |");
	}
}

static int run(struct checks *c)
{
	struct topology *topology;
	struct placement two;
	bool alone;
	int err = topology_load(&topology);

	if (err)
		return err;
	alone = placement_closest_two_cores(topology, &two) &&
		placement_find(topology, RELATION_SMT, &two);
	if (alone)
		err = placement_find(topology, RELATION_SAME_PU, &two);
	topology_free(topology);
	if (err)
		return err;
	add_pairs(c, &two, alone);
	if (!c->n)
		return -ENOENT;
	for (unsigned i = 0; i < c->n; i++)
		try_pair(c, &c->check[i]);
	c->rounds.go_on = true;
	printf("%u rounds, seed %llu; both sides of a round trip on PU %u, two cores: PUs %u and "
	       "%u\nabout %.0f minutes\n",
	       c->rounds.n, (unsigned long long)c->rounds.seed, two.pu[0], two.pu[0], two.pu[1],
	       ceil(c->rounds.n * c->round_s / 60));
	fflush(stdout);
	return c->round_s > 0 ? rounds_run(&c->rounds) : 0;
}

int main(int argc, char **argv)
{
	static struct checks checks;
	const char *build = getenv("BUILD");
	int err;

	checks.build = build ? build : "build";
	rounds_default(&checks.rounds);
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--list")) {
			print_list();
			return 0;
		}
		if (!strncmp(argv[i], "--only=", 7)) {
			checks.only = argv[i] + 7;
		} else if (!rounds_option(&checks.rounds, argv[i])) {
			fprintf(stderr,
				"usage: bench_crosscheck [--rounds=%d or more] [--seed=N] "
				"[--only=TEXT] [--list]: not %s\n",
				PAIRED_ROUNDS_MIN, argv[i]);
			return EX_USAGE;
		}
	}
	err = run(&checks);
	if (!err)
		err = print_table(&checks);
	rounds_free(&checks.rounds);
	if (err < 0) {
		fprintf(stderr, "bench_crosscheck: %s\n",
			err == -ENOENT ? "no pair has that in its name; --list names them"
				       : strerror(-err));
		return err == -ENOENT ? EX_USAGE : EX_SOFTWARE;
	}
	return err ? 1 : 0;
}
