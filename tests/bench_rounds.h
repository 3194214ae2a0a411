/* SPDX-License-Identifier: MIT */
/*
 * Rounds of fresh processes, for the programs that measure handoff itself (bench_self, bench_truth,
 * crosscheck): in each round every arm runs, and each gives one number. The arms of a comparison
 * run one after the other, so that a machine which is another a minute later is the same for both;
 * which comparison is when, and the order within it, is random. Where an arm has several processes
 * in a round, the fastest counts: what interferes on a shared machine only adds time, and all arms
 * of a comparison get the same number of chances to escape it.
 */
#ifndef TESTS_BENCH_ROUNDS_H
#define TESTS_BENCH_ROUNDS_H

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/analyse/estimate.h"
#include "bench/analyse/paired.h"
#include "bench/record/csv.h"
#include "tests/bench_busy.h"

#define ARM_WORDS 12 /* a program and its arguments */
#define ARM_TIMES 16 /* most processes of an arm in one round */
#define ROUNDS_ARMS 192

struct arm {
	char word[ARM_WORDS][96]; /* program and arguments; the first empty one ends them */
	enum column
		column;	 /* what to take from the row it prints; COL_schema: it prints a number */
	enum column per; /* what to divide that by; COL_schema: nothing */
	double scale;	 /* to ns; 0 = it is ns */
	unsigned group;	 /* the comparison it is part of (rounds_join) */
	unsigned times;	 /* processes in a round, of which the fastest counts; 0 = 1 */
	bool share;	 /* not a time: the largest of them counts */
	const char *inject;  /* HANDOFF_INJECT; NULL = 0 */
	bool pinned;	     /* to `pu`, which a program that cannot pin itself needs */
	bool others_busy;    /* all other PUs are kept so meanwhile */
	unsigned pu;	     /* OS index, for these two */
	const char *missing; /* why it cannot run; NULL = it can */
	double *ns;	     /* [round] what it measured */
};

struct rounds {
	struct arm arm[ROUNDS_ARMS];
	unsigned n_arms;
	unsigned n;    /* rounds */
	uint64_t seed; /* of the order; not 0 */
	bool go_on;    /* an arm that fails is left out from then on, and does not end the rounds */
};

/* Marsaglia's xorshift64: the order needs to be reproducible, not unpredictable. */
static inline uint64_t rounds_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static inline int arm_pin(unsigned pu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(pu, &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

/* Starts `arm`, standard output into a pipe; its read end or -errno. */
static inline int arm_start(const struct arm *arm, pid_t *pid)
{
	char *argv[ARM_WORDS + 1] = {NULL};
	int fd[2];

	if (pipe2(fd, O_CLOEXEC))
		return -errno;
	for (int i = 0; i < ARM_WORDS && *arm->word[i]; i++)
		argv[i] = (char *)arm->word[i];
	*pid = fork();
	if (*pid == 0) {
		setenv("HANDOFF_INJECT", arm->inject ? arm->inject : "0", 1);
		dup2(fd[1], STDOUT_FILENO);
		if (arm->pinned && arm_pin(arm->pu))
			_exit(126);
		execvp(arm->word[0], argv);
		_exit(127);
	}
	close(fd[1]);
	return fd[0];
}

/* The number that the first line of `in` with one at its beginning begins with; NaN without. */
static inline double read_number(FILE *in)
{
	char line[256], *end;
	double number = NAN;

	while (fgets(line, sizeof(line), in)) {
		double value = strtod(line, &end);

		if (end != line && isnan(number))
			number = value;
	}
	return number;
}

/* Which file has the columns of `arm`. */
static inline enum csv_file file_of(const struct arm *arm)
{
	return schema_has(CSV_SAMPLES, arm->column) && schema_has(CSV_SAMPLES, arm->per)
		       ? CSV_SAMPLES
		       : CSV_QUIET;
}

/*
 * The figure of the first row of the CSV that `path` gives; NaN when it has a status that is not
 * ok.
 */
static inline double read_row(const char *path, const struct arm *arm)
{
	struct csv_reader reader;
	static struct row row;
	double value = NAN;

	if (csv_open(&reader, path, file_of(arm)))
		return NAN;
	if (csv_next(&reader, &row) == 1 &&
	    (file_of(arm) == CSV_QUIET || !strcmp(row_get_text(&row, COL_status), "ok"))) {
		value = row_get_decimal(&row, arm->column);
		if (arm->per)
			value /= row_get_decimal(&row, arm->per);
	}
	while (csv_next(&reader, &row) == 1)
		; /* who writes further rows is not to find nobody there */
	csv_close(&reader);
	return value;
}

/* Runs `arm` once in a process of its own: what it measured (ns), NaN when it failed. */
static inline double arm_run(const struct arm *arm)
{
	static struct busy busy;
	char path[64];
	double value = NAN;
	int status, fd;
	FILE *in;
	pid_t pid = -1;

	if (arm->others_busy)
		busy_start(&busy, arm->pu);
	fd = arm_start(arm, &pid);
	if (fd < 0)
		goto out;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (arm->column) {
		value = read_row(path, arm);
	} else {
		in = fopen(path, "re");
		if (in) {
			value = read_number(in);
			fclose(in);
		}
	}
	close(fd);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		value = NAN;
	else if (arm->scale != 0)
		value *= arm->scale;
out:
	busy_end(&busy);
	return value;
}

/* Of what an arm's processes measured in a round, the fastest, or the largest share. */
static inline void arm_keep(struct arm *arm, unsigned round, double ns)
{
	if (arm->share && isfinite(arm->ns[round]))
		ns = fmax(arm->ns[round], ns);
	arm->ns[round] = arm->share ? ns : fmin(arm->ns[round], ns);
}

#define ROUNDS_LEAST 6 /* of fewer there is no interval of 95 % */

static volatile sig_atomic_t rounds_interrupted;

static inline void rounds_interrupt(int sig)
{
	rounds_interrupted = sig;
}

/* Of the arms `job`, those of a group follow the first of it, in the order they had. */
static inline void jobs_gather(const struct rounds *r, unsigned *job, unsigned n)
{
	for (unsigned i = 1; i < n; i++) {
		unsigned k = i;

		while (k < n && r->arm[job[k]].group != r->arm[job[i - 1]].group)
			k++;
		if (k < n) {
			unsigned a = job[k];

			memmove(&job[i + 1], &job[i], (k - i) * sizeof(*job));
			job[i] = a;
		}
	}
}

/* The order of one round: an index of an arm for each process; their number. */
static inline unsigned rounds_order(struct rounds *r, unsigned job[ROUNDS_ARMS * ARM_TIMES])
{
	unsigned n = 0;

	for (unsigned a = 0; a < r->n_arms; a++)
		for (unsigned i = 0; !r->arm[a].missing && i < r->arm[a].times; i++)
			job[n++] = a;
	for (unsigned i = n; i > 1; i--) {
		unsigned k = (unsigned)(rounds_random(&r->seed) % i), a = job[k];

		job[k] = job[i - 1];
		job[i - 1] = a;
	}
	jobs_gather(r, job, n);
	return n;
}

/*
 * Runs every arm of round `round`; 0, or -EIO after a line on stderr naming one of which no process
 * had a figure. One that had none is as if it were slow: two threads that never met in their
 * window.
 */
static inline int rounds_one(struct rounds *r, unsigned round)
{
	unsigned job[ROUNDS_ARMS * ARM_TIMES], n_jobs = rounds_order(r, job);

	for (unsigned i = 0; i < n_jobs && !rounds_interrupted; i++) {
		unsigned a = job[i];
		double ns = arm_run(&r->arm[a]);

		if (ns > 0)
			arm_keep(&r->arm[a], round, ns);
	}
	for (unsigned a = 0; a < r->n_arms && !rounds_interrupted; a++) {
		if (r->arm[a].missing || isfinite(r->arm[a].ns[round]))
			continue;
		fprintf(stderr, "no figure from %s %s\n", r->arm[a].word[0], r->arm[a].word[1]);
		if (!r->go_on)
			return -EIO;
		r->arm[a].missing = "it had no figure in one of the rounds";
	}
	return 0;
}

/*
 * What can be judged of an interrupted run: its whole rounds. 0, or -EINTR when they are too few.
 */
static inline int rounds_cut(struct rounds *r, unsigned whole)
{
	fprintf(stderr, "interrupted: %u of %u rounds are whole\n", whole, r->n);
	r->n = whole;
	return whole < ROUNDS_LEAST ? -EINTR : 0;
}

/*
 * Runs all rounds, with a word on stderr for each; 0, -EIO or -ENOMEM. SIGINT ends it after those
 * that are whole: -EINTR when they are too few.
 */
static inline int rounds_run(struct rounds *r)
{
	const struct sigaction interrupt = {.sa_handler = rounds_interrupt, .sa_flags = SA_RESTART};
	int err = 0;

	for (unsigned a = 0; a < r->n_arms; a++) {
		if (!r->arm[a].times)
			r->arm[a].times = 1;
		r->arm[a].ns = calloc(r->n, sizeof(double));
		if (!r->arm[a].ns)
			return -ENOMEM;
		for (unsigned round = 0; round < r->n; round++)
			r->arm[a].ns[round] = INFINITY;
	}
	sigaction(SIGINT, &interrupt, NULL);
	for (unsigned round = 0; round < r->n && !err; round++) {
		fprintf(stderr, "round %u of %u\n", round + 1, r->n);
		err = rounds_one(r, round);
		if (rounds_interrupted)
			return rounds_cut(r, round);
	}
	return err;
}

static inline void rounds_free(struct rounds *r)
{
	for (unsigned a = 0; a < r->n_arms; a++)
		free(r->arm[a].ns);
}

/* The median of what `arm` measured in `n` rounds (ns), and its interval; NaN without memory. */
static inline double arm_median(const struct arm *arm, unsigned n, struct interval *interval)
{
	double *sorted = malloc(n * sizeof(*sorted)), median = NAN;

	*interval = (struct interval){NAN, NAN};
	if (!sorted)
		return NAN;
	memcpy(sorted, arm->ns, n * sizeof(*sorted));
	estimate_sort(sorted, n);
	median = estimate_median(sorted, n);
	*interval = estimate_median_interval(sorted, n, PAIRED_CONFIDENCE);
	free(sorted);
	return median;
}

/* How many claims came out how. */
struct tally {
	unsigned verdict[3]; /* [enum claim] */
	unsigned skipped;
};

/* Prints the summary; what main returns: 1 when a claim failed. */
static inline int tally_print(const struct tally *t)
{
	printf("%u met, %u failed, %u undecided, %u skipped\n", t->verdict[CLAIM_MET],
	       t->verdict[CLAIM_FAILED], t->verdict[CLAIM_UNDECIDED], t->skipped);
	return t->verdict[CLAIM_FAILED] ? 1 : 0;
}

/* A new arm of `r` whose words are those of `format`, cut at blanks. */
__attribute__((format(printf, 2, 3))) static inline struct arm *rounds_add(struct rounds *r,
									   const char *format, ...)
{
	struct arm *arm = &r->arm[r->n_arms];
	char line[ARM_WORDS * 96], *next = line, *word;
	va_list args;

	arm->group = r->n_arms++;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	for (int i = 0; (word = strsep(&next, " ")); i++)
		snprintf(arm->word[i], sizeof(arm->word[i]), "%s", word);
	return arm;
}

/* `a` and `b`, and what either was joined with before, are compared with each other. */
static inline void rounds_join(struct rounds *r, const struct arm *a, const struct arm *b)
{
	unsigned from = b->group, to = a->group;

	for (unsigned i = 0; i < r->n_arms; i++)
		if (r->arm[i].group == from)
			r->arm[i].group = to;
}

/* The least rounds, an order of its own. */
static inline void rounds_default(struct rounds *r)
{
	r->n = PAIRED_ROUNDS_MIN;
	r->seed = (uint64_t)time(NULL) << 16 | (uint64_t)getpid();
}

/* Reads "--rounds=N" or "--seed=N" into `r`; whether `word` was one. */
static inline bool rounds_option(struct rounds *r, const char *word)
{
	char *end = NULL;

	errno = 0;
	if (!strncmp(word, "--rounds=", 9))
		r->n = (unsigned)strtoul(word + 9, &end, 10);
	else if (!strncmp(word, "--seed=", 7))
		r->seed = strtoull(word + 7, &end, 10);
	return end && !*end && !errno && r->n >= PAIRED_ROUNDS_MIN && r->n <= 10000 && r->seed;
}

#endif
