/* SPDX-License-Identifier: MIT */
/* `handoff compare`: two runs, or the arms of one, cell by cell, with verdicts. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "bench/analyse/compare.h"
#include "bench/base/grow.h"
#include "bench/base/wrap.h"
#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/machine/limits.h"
#include "bench/machine/settings.h"
#include "bench/record/csv.h"
#include "bench/record/json.h"
#include "bench/record/samples.h"
#include "bench/report/compare_table.h"
#include "bench/report/effective.h"
#include "bench/report/pack.h"
#include "bench/report/stalls.h"

#define PROGRAM "handoff compare"
#define REGRESSION 1
#define INCONCLUSIVE 2
#define SETTINGS_SAID 20 /* differences of settings that are printed */

static const char help[] =
	"Usage: handoff compare [option]... DIR_A DIR_B\n"
	"       handoff compare [option]... DIR\n"
	"       handoff compare [option]... --by=label DIR DIR DIR...\n"
	"Compares two sweeps of one plan, the profiles of one comparison, or groups of boots.\n"
	"Says what got faster or slower, by how much, and which change these runs could detect.\n"
	"  --by=label               DIRs come from handoff sweep --label=NAME, each label from "
	"several\n"
	"                           boots; a boot is one value, however often it was measured\n"
	"  --effect=P%              smallest change that matters; 2%\n"
	"  --base=NAME              profile or label that the others are compared with; the first\n"
	"  --csv, --json            print compare.csv, or its rows as a JSON object, instead of "
	"the "
	"table\n"
	"  --fail-on=slower:P%      exit with 1 if a configuration is slower by P % or more, with "
	"2 if\n"
	"                           one may be and these runs cannot tell; faster:P% likewise\n"
	"  --help                   this text\n";

/* What tells where a run comes from. */
static const enum column origin[] = {COL_host,	 COL_kernel, COL_version,    COL_compiler,
				     COL_cflags, COL_sched,  COL_environment};
#define N_ORIGIN (sizeof(origin) / sizeof(origin[0]))

/* A boot under one label. */
struct boot {
	char label[64];
	char id[64];   /* column boot_id */
	char time[32]; /* of its first row */
};

struct job {
	bool by_label;
	const char *unlabelled; /* a run without a label or boot; NULL = all have them */
	const char *path;	/* of the run being read */
	struct boot *boots;
	size_t n_boots, boots_room;
	double effect;	      /* smallest of interest, as a share */
	const char *base;     /* --base; NULL = the first arm */
	const char *arm;      /* what the rows being read are an arm of; NULL = their own */
	bool fails;	      /* --fail-on */
	enum verdict fail_on; /* slower or faster */
	double fail_effect;   /* from which on it counts, as a share */
	int format;	      /* 'c' = CSV, 'j' = JSON, 0 = a table */
	struct comparison *comparison;
	struct effective *effective;
	struct stall_table stalls;
	struct row first[2]; /* of each run: a row with its origin */
	unsigned run;	     /* that is being read */
	char *const *runs;   /* all of them */
};

/* "slower:5%" or "faster:5%". */
static int read_fail_on(struct job *job, const char *text, char *want)
{
	static const enum verdict verdicts[] = {VERDICT_SLOWER, VERDICT_FASTER};

	for (int i = 0; i < 2; i++) {
		const char *name = compare_verdict_name(verdicts[i]);
		size_t len = strlen(name);

		if (strncmp(text, name, len) || text[len] != ':')
			continue;
		job->fails = true;
		job->fail_on = verdicts[i];
		if (!option_percent(text + len + 1, &job->fail_effect, want))
			return 0;
	}
	snprintf(want, OPTION_WANT, "slower:P%% or faster:P%%");
	return -EINVAL;
}

static int take_option(void *to, int option, const char *value, char *want)
{
	struct job *job = to;

	switch (option) {
	case 'c':
	case 'j':
		job->format = option;
		return 0;
	case 'b':
		job->base = value;
		return 0;
	case 'e':
		return option_percent(value, &job->effect, want);
	case 'f':
		return read_fail_on(job, value, want);
	default:
		job->by_label = true;
		return strcmp(value, "label") ? snprintf(want, OPTION_WANT, "label") : 0;
	}
}

/* Whether `runs` directories are what the options ask for; 0, or an exit code after a line. */
static int check_runs(const struct job *job, int runs)
{
	if (job->by_label && runs >= 2)
		return 0;
	if (job->by_label) {
		fprintf(stderr,
			PROGRAM ": --by=label: name result directories of at least two labels\n");
		return EX_USAGE;
	}
	if (runs == 1 || (runs == 2 && !job->base))
		return 0;
	fprintf(stderr, PROGRAM ": %s\n",
		runs == 2 ? "--base needs one directory; of two, the first is the base"
			  : "name two result directories, or one with several profiles");
	return EX_USAGE;
}

/* 0, -1 when --help was answered, or an exit code after a line. */
static int parse(struct job *job, int argc, char **argv)
{
	static const struct option options[] = {OPTION("effect", 'e'),
						OPTION("base", 'b'),
						SWITCH("csv", 'c'),
						SWITCH("json", 'j'),
						OPTION("fail-on", 'f'),
						OPTION("by", 'y'),
						OPTIONS_END};
	static const struct arguments arguments = {PROGRAM, help, options, take_option, true};
	int code = arguments_read(&arguments, job, argc, argv);

	if (code)
		return code;
	return check_runs(job, argc - optind);
}

/* Keeps which boots there are; 0 or -ENOMEM. */
static int note_boot(struct job *job, const struct row *row)
{
	const char *label = row_get_text(row, COL_arm), *id = row_get_text(row, COL_boot_id);
	struct boot *b;

	if (!*label || !strcmp(label, "as-is") || !*id) {
		job->unlabelled = job->path;
		return 0;
	}
	for (size_t i = 0; i < job->n_boots; i++)
		if (!strcmp(job->boots[i].label, label) && !strcmp(job->boots[i].id, id))
			return 0;
	if (array_grow(&job->boots, job->n_boots, &job->boots_room, sizeof(*job->boots)))
		return -ENOMEM;
	b = &job->boots[job->n_boots++];
	snprintf(b->label, sizeof(b->label), "%s", label);
	snprintf(b->id, sizeof(b->id), "%s", id);
	snprintf(b->time, sizeof(b->time), "%s", row_get_text(row, COL_time_utc));
	return 0;
}

static int take(void *to, const struct row *row)
{
	struct job *job = to;
	const char *arm = job->arm ? job->arm : row_get_text(row, COL_arm);
	int err;

	if (job->by_label && !row_is_ok(row))
		return 0;
	if (job->by_label && note_boot(job, row))
		return -ENOMEM;
	if (!job->comparison) {
		job->comparison = comparison_new(job->base ? job->base : arm);
		job->effective = effective_new(job->base ? job->base : arm);
		if (!job->comparison || !job->effective)
			return -ENOMEM;
		comparison_set_design(job->comparison, job->by_label ? COMPARE_BOOTS
						       : job->arm    ? COMPARE_RUNS
								     : COMPARE_BLOCKS);
	}
	if (!row_is_set(&job->first[job->run], COL_host) && row_is_set(row, COL_host))
		row_copy(&job->first[job->run], row);
	err = effective_add(job->effective, row, arm);
	if (!err)
		err = stalls_add_row(&job->stalls, row);
	return err ? err : comparison_add(job->comparison, row, arm);
}

static int by_time(const void *a, const void *b)
{
	const struct boot *x = a, *y = b;

	return strcmp(x->time, y->time);
}

/* Which boots were compared, and whether their order lets a drift pass for an effect. */
static void print_boots(struct job *job, FILE *out)
{
	size_t turns = 0, labels = 0;

	wrap_print(out, "design: groups of boots; each boot counts once, with the median of its "
			"runs; exact rank-sum test");
	qsort(job->boots, job->n_boots, sizeof(*job->boots), by_time);
	for (size_t i = 0; i < job->n_boots; i++) {
		const struct boot *b = &job->boots[i];
		size_t n = 0;
		bool new = true;

		turns += i && strcmp(b->label, b[-1].label) != 0;
		for (size_t k = 0; k < job->n_boots; k++) {
			new &= k >= i || strcmp(job->boots[k].label, b->label) != 0;
			n += !strcmp(job->boots[k].label, b->label);
			if (k < i && !strcmp(job->boots[k].id, b->id))
				fprintf(out,
					"boot %s has two labels, %s and %s; to compare within a "
					"boot, use handoff profiles\n",
					b->id, job->boots[k].label, b->label);
		}
		labels += new;
		if (new)
			fprintf(out, "label %s: %zu boot%s\n", b->label, n, n == 1 ? "" : "s");
	}
	if (turns < labels)
		wrap_print(out, "the labels were measured one after the other, so a drift of the "
				"machine looks like an effect; boot them in turn");
}

/* How the values came about, and what that cannot exclude. */
static void print_design(struct job *job, bool two, FILE *out)
{
	const struct row *a = &job->first[0], *b = &job->first[1];

	if (job->by_label) {
		print_boots(job, out);
		return;
	}
	if (!two) {
		fprintf(out, "design: each block visits every profile in random order; pairs by "
			     "block\n");
		return;
	}
	wrap_print(out,
		   "design: two sweeps made one after the other. A drift of the machine between "
		   "them looks like an effect: such comparisons of identical code find "
		   "differences in 15 to 70 %% of cases. handoff profiles compares block by "
		   "block.");
	for (size_t i = 0; i < N_ORIGIN; i++)
		if (strcmp(row_get_text(a, origin[i]), row_get_text(b, origin[i])) != 0)
			wrap_print(out, "differs: %s: %s -> %s", schema_column(origin[i])->name,
				   row_get_text(a, origin[i]), row_get_text(b, origin[i]));
}

/* Where settings that differ go. */
struct differences {
	FILE *out;
	size_t n;
};

static void print_setting(void *arg, const char *key, const char *from, const char *to)
{
	struct differences *d = arg;

	/* what print_design() says from the rows */
	if (!strncmp(key, "handoff:", 8) || !strncmp(key, "system:", 7))
		return;
	if (d->n++ < SETTINGS_SAID)
		wrap_print(d->out, "differs: %s: %.80s -> %.80s", key, from ? from : "(not there)",
			   to ? to : "(not there)");
}

/* What the settings of two sweeps differ in, where their directories have them. */
static void print_settings(const struct job *job, FILE *out)
{
	struct settings *s[2] = {NULL, NULL};
	struct differences d = {out, 0};
	char path[PATH_MAX + 32];
	int err = 0;

	for (int i = 0; !err && i < 2; i++) {
		snprintf(path, sizeof(path), "%s/settings/before.txt", job->runs[i]);
		err = settings_load(&s[i], path);
	}
	if (!err)
		settings_compare(s[0], s[1], SETTINGS_ALL, print_setting, &d);
	if (d.n > SETTINGS_SAID)
		wrap_print(out,
			   "differs: %zu more settings; diff %s/settings/before.txt %s/settings/",
			   d.n - SETTINGS_SAID, job->runs[0], job->runs[1]);
	settings_free(s[0]);
	settings_free(s[1]);
}

/*
 * What the fixed amount of work says of the machine, before anything else is believed. Whether it
 * changed: then the verdicts are "incomparable".
 */
static bool print_calibration(const struct job *job, FILE *out)
{
	static struct row row;
	bool moved = false, any = false;
	char name[CELL_NAME_B];

	for (size_t i = 0; i < comparison_count(job->comparison); i++) {
		comparison_row(job->comparison, i, &row);
		if (!compare_is_calibration(&row) ||
		    strcmp(row_get_text(&row, COL_metric), "op_p50_ns") != 0)
			continue;
		any = true;
		cell_name(NULL, &row, name, sizeof(name));
		if (row_verdict(&row, COL_verdict) == VERDICT_INCOMPARABLE) {
			wrap_print(out,
				   "not comparable: %s is a fixed amount of work and changed by "
				   "%.1f %% (%s)",
				   name, 100 * (row_get_decimal(&row, COL_ratio) - 1),
				   row_get_text(&row, COL_arm));
			moved = true;
		} else if (row_verdict(&row, COL_verdict) != VERDICT_SAME) {
			wrap_print(out,
				   "calibration: %s is a fixed amount of work; so few or so noisy "
				   "values cannot show that it did not change (%s)",
				   name, row_get_text(&row, COL_arm));
		}
	}
	if (!any)
		wrap_print(out, "calibration: none; without sync/null:op in both, a change of the "
				"machine itself goes unseen");
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

static int print_json(const struct job *job)
{
	static struct row row;
	struct json j;

	json_begin(&j, stdout, "compare");
	json_rows(&j);
	for (size_t i = 0; i < comparison_count(job->comparison); i++) {
		comparison_row(job->comparison, i, &row);
		json_row(&j, CSV_COMPARE, &row);
	}
	return json_end(&j);
}

/*
 * Exit code of --fail-on: by the verdicts that its own effect gives. What may be slower, and a cell
 * that has no figures any more, leave it open.
 */
static int judge_failure(struct job *job)
{
	static struct row row;
	int code = comparison_missing(job->comparison, NULL, NULL) ? INCONCLUSIVE : 0;

	if (comparison_judge(job->comparison, job->fail_effect))
		return EX_OSERR;
	for (size_t i = 0; i < comparison_count(job->comparison) && code != REGRESSION; i++) {
		comparison_row(job->comparison, i, &row);
		if (row_verdict(&row, COL_verdict) == job->fail_on)
			code = REGRESSION;
		else if (comparison_may_be(job->comparison, i, job->fail_on, job->fail_effect))
			code = INCONCLUSIVE;
	}
	return code;
}

/* Says what was compared and how; the exit code. */
static int tell(struct job *job, bool two)
{
	FILE *words = job->format ? stderr : stdout;
	bool moved;
	int err;

	compare_print_tally(job->comparison, words);
	print_design(job, two, words);
	if (two)
		print_settings(job, words);
	err = effective_print(job->effective, words);
	moved = (two || job->by_label) && print_calibration(job, words);
	compare_print_waits(job->comparison, words);
	compare_print_too_few(job->comparison, words);
	if (!err)
		err = stalls_print(&job->stalls, comparison_arm(job->comparison, 0), words);
	if (!err)
		err = job->format == 'c'   ? print_csv(job)
		      : job->format == 'j' ? print_json(job)
					   : compare_print(job->comparison);
	if (!err)
		err = compare_print_missing(job->comparison, words);
	if (err || fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, PROGRAM ": cannot write to standard output: %s\n",
			strerror(err ? -err : errno));
		return EX_IOERR;
	}
	if (!job->fails)
		return 0;
	return moved ? INCONCLUSIVE : judge_failure(job);
}

/* Reads the runs; 0 or an exit code after a line. */
static int read_runs(struct job *job, char **runs, size_t n, bool two)
{
	char again[PATH_MAX + 16];
	int code = 0;

	job->runs = runs;
	for (size_t i = 0; !code && i < n; i++) {
		if (pack_is(runs[i])) {
			fprintf(stderr,
				PROGRAM ": %s: a pack; handoff report --out=NEW unpacks and "
					"compares packs and runs\n",
				runs[i]);
			return EX_USAGE;
		}
		job->run = i ? 1 : 0;
		job->path = runs[i];
		job->arm = two ? runs[i] : NULL;
		if (two && i && !strcmp(runs[0], runs[1])) {
			/* an arm is told by its name */
			snprintf(again, sizeof(again), "%s (again)", runs[1]);
			job->arm = again;
		}
		stalls_begin(&job->stalls, runs[i], job->arm);
		code = samples_read(PROGRAM, runs[i], take, job);
	}
	if (!code && job->unlabelled) {
		fprintf(stderr,
			PROGRAM ": %s: has no label, or no boot_id; handoff sweep --label=NAME "
				"writes both\n",
			job->unlabelled);
		code = EX_DATAERR;
	}
	if (!code && job->comparison && comparison_judge(job->comparison, job->effect)) {
		fprintf(stderr, PROGRAM ": no memory for the comparison: %s\n",
			limits_explain(-ENOMEM));
		code = EX_OSERR;
	}
	return code;
}

int command_compare(int argc, char **argv)
{
	static struct job job = {.effect = COMPARE_EFFECT};
	int code = parse(&job, argc, argv);
	bool two = argc - optind == 2 && !job.by_label;

	if (code)
		return code < 0 ? 0 : code;
	code = read_runs(&job, argv + optind, (size_t)(argc - optind), two);
	if (!code && (!job.comparison || !comparison_count(job.comparison))) {
		fprintf(stderr, PROGRAM ": %s\n",
			job.by_label ? "there is only one label, or no configuration has figures "
				       "under two"
			: two	     ? "the two sweeps have no configuration with figures in common"
				     : "the directory has one profile only: name two directories");
		code = EX_DATAERR;
	}
	if (!code)
		code = tell(&job, two);
	stalls_free(&job.stalls);
	comparison_free(job.comparison);
	effective_free(job.effective);
	free(job.boots);
	return code;
}
