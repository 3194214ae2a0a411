/* SPDX-License-Identifier: MIT */
/* `handoff compare`: two runs, or the arms of one, cell by cell, with verdicts. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "bench/analyse/compare.h"
#include "bench/command/command.h"
#include "bench/command/compare_table.h"
#include "bench/command/options.h"
#include "bench/command/samples.h"
#include "bench/record/csv.h"

#define PROGRAM "handoff compare"
#define REGRESSION 1
#define INCONCLUSIVE 2

static const char help[] =
	"Usage: handoff compare [option]... RUN_A RUN_B\n"
	"       handoff compare [option]... RUN\n"
	"Tells for each cell of two runs of one plan, or of the arms of one run, what is faster, "
	"slower\n"
	"or the same, by how much, and what these data could have seen.\n"
	"  --effect=P%              smallest change that matters; 2%\n"
	"  --base=ARM               one run: the arm that the others are compared with; the first\n"
	"  --csv                    compare.csv on stdout instead of the table\n"
	"  --fail-on=slower:P%      exit 1 when a cell is slower by P % or more, 2 when one may be "
	"and\n"
	"                           these data cannot tell; likewise faster:P%\n"
	"  --help                   this text\n";

/* What tells where a run comes from. */
static const enum column origin[] = {COL_host,	   COL_kernel, COL_version,
				     COL_compiler, COL_cflags, COL_sched};
#define N_ORIGIN (sizeof(origin) / sizeof(origin[0]))

struct job {
	double effect;	     /* smallest of interest, as a share */
	const char *base;    /* --base; NULL = the first arm */
	const char *arm;     /* what the rows being read are an arm of; NULL = their own */
	const char *fail_on; /* "slower" or "faster"; NULL = not asked for */
	double fail_effect;  /* from which on it counts, as a share */
	bool csv;
	struct comparison *comparison;
	struct row first[2]; /* of each run: a row with its origin */
	unsigned run;	     /* that is being read */
};

static int read_fail_on(struct job *job, char *text)
{
	char want[OPTION_WANT];
	char *colon = strchr(text, ':');

	if (!colon || option_percent(colon + 1, &job->fail_effect, want))
		return -EINVAL;
	*colon = '\0';
	job->fail_on = text;
	return strcmp(text, "slower") && strcmp(text, "faster") ? -EINVAL : 0;
}

/* 0, -1 when --help was answered, or an exit code after a line. */
static int parse(struct job *job, int argc, char **argv)
{
	static const struct option options[] = {
		{"effect", required_argument, NULL, 'e'}, {"base", required_argument, NULL, 'b'},
		{"csv", no_argument, NULL, 'c'},	  {"fail-on", required_argument, NULL, 'f'},
		{"help", no_argument, NULL, 'h'},	  {0},
	};
	const char *want = NULL;
	char copy[64], share[OPTION_WANT];
	int option;

	opterr = 0;
	optind = 0;
	while (!want && (option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return -1;
		}
		if (option == 'c')
			job->csv = true;
		else if (option == 'b')
			job->base = optarg;
		else if (option == 'e')
			want = option_percent(optarg, &job->effect, share) ? share : NULL;
		else if (option == 'f') {
			snprintf(copy, sizeof(copy), "%s", optarg);
			want = read_fail_on(job, optarg) ? "slower:P% or faster:P%" : NULL;
			if (want)
				fprintf(stderr, PROGRAM ": --fail-on=%s: not valid; it takes %s\n",
					copy, want);
		} else {
			fprintf(stderr, PROGRAM ": %s: %s; --help lists the options\n",
				argv[optind - 1],
				option == ':' ? "needs a value" : "no such option");
			return EX_USAGE;
		}
		if (want && option != 'f')
			fprintf(stderr, PROGRAM ": %s: not valid; it takes %s\n", argv[optind - 1],
				want);
	}
	if (want)
		return EX_USAGE;
	if (argc - optind == 1 || (argc - optind == 2 && !job->base))
		return 0;
	fprintf(stderr, PROGRAM ": %s\n",
		argc - optind == 2 ? "--base goes with one run; of two the first is the base"
				   : "name two runs, or one that has several arms");
	return EX_USAGE;
}

static int take(void *to, const struct row *row)
{
	struct job *job = to;
	const char *arm = job->arm ? job->arm : row_get_text(row, COL_arm);

	if (!job->comparison)
		job->comparison = comparison_new(job->base ? job->base : arm);
	if (!job->comparison)
		return -ENOMEM;
	if (!row_is_set(&job->first[job->run], COL_host) && row_is_set(row, COL_host))
		job->first[job->run] = *row;
	return comparison_add(job->comparison, row, arm);
}

/* How the pairs came about, and what that cannot exclude. */
static void print_design(const struct job *job, bool two, FILE *out)
{
	const struct row *a = &job->first[0], *b = &job->first[1];

	if (!two) {
		fprintf(out,
			"design: arms visited in each block in random order; pairs by block\n");
		return;
	}
	fprintf(out,
		"design: two runs made one after the other, paired by block number only. A drift "
		"of "
		"the machine between them cannot be told from an effect: made so, comparisons of "
		"identical code find differences in 15 to 70 %% of cases.\n");
	for (size_t i = 0; i < N_ORIGIN; i++)
		if (strcmp(row_get_text(a, origin[i]), row_get_text(b, origin[i])) != 0)
			fprintf(out, "differs: %s: %s -> %s\n", schema_column(origin[i])->name,
				row_get_text(a, origin[i]), row_get_text(b, origin[i]));
}

/*
 * The floor of sync/null is a fixed amount of work: where it moved, the machine did, not the
 * mechanisms. Whether it did.
 */
static bool machine_moved(const struct job *job, FILE *out)
{
	static struct row row;
	bool moved = false;
	char name[256];

	for (size_t i = 0; i < comparison_count(job->comparison); i++) {
		comparison_row(job->comparison, i, &row);
		if (strcmp(row_get_text(&row, COL_mechanism), "null") != 0 ||
		    strcmp(row_get_text(&row, COL_group), "sync") != 0 ||
		    strcmp(row_get_text(&row, COL_metric), "op_ns") != 0)
			continue;
		if (row_get_decimal(&row, COL_ratio_lo) <= 1 + job->effect &&
		    row_get_decimal(&row, COL_ratio_hi) >= 1 / (1 + job->effect))
			continue;
		compare_name(&row, name, sizeof(name));
		fprintf(out,
			"not comparable: %s is a fixed amount of work and changed by %.1f %%\n",
			name, 100 * (row_get_decimal(&row, COL_ratio) - 1));
		moved = true;
	}
	return moved;
}

static int print_csv(const struct job *job)
{
	int err = csv_write_header(stdout, CSV_COMPARE);
	static struct row row;

	for (size_t i = 0; !err && i < comparison_count(job->comparison); i++) {
		comparison_row(job->comparison, i, &row);
		err = csv_write_row(stdout, CSV_COMPARE, &row);
	}
	return err;
}

/* Exit code of --fail-on: by the verdicts that its own effect gives. */
static int judge_failure(struct job *job)
{
	static struct row row;
	int code = 0;

	if (comparison_judge(job->comparison, job->fail_effect))
		return EX_OSERR;
	for (size_t i = 0; i < comparison_count(job->comparison) && code != REGRESSION; i++) {
		const char *verdict;

		comparison_row(job->comparison, i, &row);
		verdict = row_get_text(&row, COL_verdict);
		if (!strcmp(verdict, job->fail_on))
			code = REGRESSION;
		else if (!strcmp(verdict, "inconclusive"))
			code = INCONCLUSIVE;
	}
	return code;
}

/* Says what was compared and how; the exit code. */
static int tell(struct job *job, bool two)
{
	FILE *words = job->csv ? stderr : stdout;
	size_t n = comparison_count(job->comparison), pairs = 0;
	static struct row row;
	bool moved;
	int err;

	for (size_t i = 0; i < n; i++) {
		comparison_row(job->comparison, i, &row);
		if (row_get_u64(&row, COL_n, 0) > pairs)
			pairs = row_get_u64(&row, COL_n, 0);
	}
	print_design(job, two, words);
	moved = two && machine_moved(job, words);
	if (pairs < compare_pairs_needed(n))
		fprintf(words,
			"too few pairs: %zu comparisons need %zu pairs each for a verdict; these "
			"have "
			"%zu at most\n",
			n, compare_pairs_needed(n), pairs);
	err = job->csv ? print_csv(job) : compare_print(job->comparison);
	if (err || fflush(stdout)) {
		fprintf(stderr, PROGRAM ": cannot write to standard output: %s\n",
			strerror(err ? -err : errno));
		return EX_IOERR;
	}
	if (!job->fail_on)
		return 0;
	return moved ? INCONCLUSIVE : judge_failure(job);
}

int command_compare(int argc, char **argv)
{
	static struct job job = {.effect = COMPARE_EFFECT};
	int code = parse(&job, argc, argv);
	bool two = argc - optind == 2;

	if (code)
		return code < 0 ? 0 : code;
	for (job.run = 0; !code && job.run < (two ? 2u : 1u); job.run++) {
		job.arm = two ? argv[optind + (int)job.run] : NULL;
		code = samples_read(PROGRAM, argv[optind + (int)job.run], take, &job);
	}
	if (!code && job.comparison && comparison_judge(job.comparison, job.effect)) {
		fprintf(stderr, PROGRAM ": no memory\n");
		code = EX_OSERR;
	}
	if (!code && (!job.comparison || !comparison_count(job.comparison))) {
		fprintf(stderr, PROGRAM ": %s\n",
			two ? "the runs have no cell in common that has figures"
			    : "the run has one arm only: name two runs");
		code = EX_DATAERR;
	}
	if (!code)
		code = tell(&job, two);
	comparison_free(job.comparison);
	return code;
}
