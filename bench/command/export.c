/* SPDX-License-Identifier: MIT */
/* `handoff export`: a result for other programs. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "bench/base/grow.h"
#include "bench/base/whole.h"
#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/command/report.h"
#include "bench/record/cell.h"
#include "bench/record/histograms.h"
#include "bench/record/samples.h"
#include "bench/report/export.h"

#define PROGRAM "handoff export"

static const char help[] =
	"Usage: handoff export --format=FORMAT [--out=PATH] DIR\n"
	"Writes the result directory DIR in a format of other programs.\n"
	"  --format=node-exporter   medians, intervals and p99 as metrics for the textfile "
	"collector of\n"
	"                           Prometheus' node_exporter; PATH is a file such as "
	"handoff.prom, which\n"
	"                           changes at once; without it, standard output\n"
	"  --format=hgrm            all times of each configuration as a percentile distribution "
	"in us,\n"
	"                           for the plotter of HdrHistogram; PATH is a directory "
	"(DIR/hgrm)\n"
	"  --help                   this text\n"
	"handoff report --json prints JSON, and handoff plot --format=tsv writes what charts "
	"show.\n";

enum format { FORMAT_NONE, FORMAT_NODE_EXPORTER, FORMAT_HGRM };

struct job {
	enum format format;
	const char *dir, *out; /* out: NULL = not given */
	struct rundir run;
	struct histogram *histogram;
	char (*done)[64]; /* files of histograms/ that were written */
	size_t n_done, room;
	char to[PATH_MAX + 16];			/* where they go */
	char path[PATH_MAX + CELL_NAME_B + 32]; /* of the one that is being written */
	int failed;				/* why it could not be */
};

static int take_option(void *to, int option, const char *value, char *want)
{
	static const char *const names[] = {"node-exporter", "hgrm"};
	struct job *job = to;
	unsigned i = 0;
	int err = 0;

	if (option == 'o') {
		job->out = value;
		return 0;
	}
	err = option_choice(value, names, 2, &i, want);
	job->format = err ? FORMAT_NONE : i ? FORMAT_HGRM : FORMAT_NODE_EXPORTER;
	return err;
}

static int parse(struct job *job, int argc, char **argv)
{
	static const struct option options[] = {OPTION("format", 'f'), OPTION("out", 'o'),
						OPTIONS_END};
	static const struct arguments arguments = {PROGRAM, help, options, take_option, true};
	int code = arguments_read(&arguments, job, argc, argv);

	if (code)
		return code;
	job->dir = argv[optind];
	if (argc - optind == 1 && job->format)
		return 0;
	fprintf(stderr, PROGRAM ": %s\n",
		job->format ? "name one result directory" : "needs --format=node-exporter or hgrm");
	return EX_USAGE;
}

static int cannot_write(const char *path, int err)
{
	fprintf(stderr, PROGRAM ": %s: cannot write: %s\n", path, strerror(-err));
	return err == -ENOSPC || err == -EDQUOT || err == -EIO ? EX_IOERR : EX_CANTCREAT;
}

/*
 * Into a pipe or a device, such as /dev/stdout, as it is: a file in its place would replace it. 0
 * or -errno.
 */
static int write_through(const char *path, const struct summary *summary)
{
	FILE *out = fopen(path, "we");
	int err = 0;

	if (!out)
		return -errno;
	export_prometheus(out, summary);
	if (fflush(out) || ferror(out))
		err = errno ? -errno : -EIO;
	return fclose(out) && !err ? -errno : err;
}

/* Into a file that changes at once, also where a link leads to it. 0 or -errno. */
static int write_file(const char *path, const struct summary *summary)
{
	static struct whole file;
	char real[PATH_MAX];
	struct stat st;
	int err;

	if (!stat(path, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return write_through(path, summary);
	err = whole_open(&file, realpath(path, real) ? real : path);
	if (err)
		return err;
	export_prometheus(file.out, summary);
	return whole_close(&file, 0);
}

/* The metrics, into the file or to standard output; an exit code. */
static int write_metrics(const struct job *job)
{
	struct report_reading r = {.drift = NULL};
	char *const runs[] = {(char *)job->dir};
	int code = report_read_runs(PROGRAM, runs, 1, &r), err = 0;

	if (!code && !job->out)
		export_prometheus(stdout, r.summary);
	if (!code && job->out)
		err = write_file(job->out, r.summary);
	report_reading_free(&r);
	return err ? cannot_write(job->out, err) : code;
}

/*
 * A name that the plotter's legend shows: the configuration's, with _ for what is awkward in the
 * name of a file; that in histograms/ where it is too long for one.
 */
static void name_file(const struct row *row, char *name, size_t size)
{
	const char *arm = row_get_text(row, COL_arm), *histogram = row_get_text(row, COL_histogram);
	char cell[CELL_NAME_B];

	cell_name(NULL, row, cell, sizeof(cell));
	if (strlen(cell) + strlen(arm) < 200)
		snprintf(name, size, "%s%s%s.hgrm", strcmp(arm, "as-is") ? arm : "",
			 *arm && strcmp(arm, "as-is") ? "_" : "", cell);
	else
		snprintf(name, size, "%.*s.hgrm", (int)strcspn(histogram, "."), histogram);
	for (char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr(".+=-", *c))
			*c = '_';
}

static bool is_done(const struct job *job, const char *histogram)
{
	for (size_t i = 0; i < job->n_done; i++)
		if (!strcmp(job->done[i], histogram))
			return true;
	return false;
}

/* Writes what `job->histogram` holds for `row`. 0 or -errno. */
static int write_distribution(struct job *job, const struct row *row)
{
	char name[CELL_NAME_B + 8];
	static struct whole file;
	int err;

	name_file(row, name, sizeof(name));
	snprintf(job->path, sizeof(job->path), "%s/%s", job->to, name);
	err = whole_open(&file, job->path);
	return err ? err : whole_close(&file, histogram_write_hgrm(file.out, job->histogram));
}

/*
 * The distribution of the configuration of `row`, once, until one cannot be written. Those of
 * discarded runs are in files of their own, which would get the same name. 0 or -ENOMEM.
 */
static int take_row(void *to, const struct row *row)
{
	struct job *job = to;
	const char *histogram = row_get_text(row, COL_histogram);
	int err;

	if (job->failed || !row_counts(row) || !*histogram || is_done(job, histogram))
		return 0;
	err = array_grow(&job->done, job->n_done, &job->room, sizeof(*job->done));
	if (err)
		return err;
	snprintf(job->done[job->n_done], sizeof(*job->done), "%s", histogram);
	err = histograms_read(&job->run, histogram, job->histogram);
	if (err == -ENOENT) /* samples.csv alone was kept */
		return 0;
	job->failed = err ? err : write_distribution(job, row);
	job->n_done++;
	return 0;
}

/* All distributions; an exit code. */
static int write_distributions(struct job *job)
{
	bool made;
	int code;

	snprintf(job->run.path, sizeof(job->run.path), "%s", job->dir);
	snprintf(job->to, sizeof(job->to), job->out ? "%s" : "%s/hgrm",
		 job->out ? job->out : job->dir);
	code = job->out ? 0 : report_check(PROGRAM, &job->run);
	if (code)
		return code;
	made = !mkdir(job->to, 0777);
	if (!made && errno != EEXIST)
		return cannot_write(job->to, -errno);
	job->histogram = malloc(sizeof(*job->histogram));
	code = job->histogram ? samples_read(PROGRAM, job->dir, take_row, job) : EX_OSERR;
	if (job->failed == -EBADMSG) {
		fprintf(stderr, PROGRAM ": %s\n", histograms_wrong());
		code = EX_DATAERR;
	} else if (job->failed) {
		code = cannot_write(job->path, job->failed);
	} else if (!code && !job->n_done) {
		fprintf(stderr,
			PROGRAM ": %s: no times in histograms/: a sweep keeps those of round "
				"trips of 64 bytes\n",
			job->dir);
		if (made)
			rmdir(job->to);
		code = EX_NOINPUT;
	}
	if (!code)
		printf("%s\n", job->to);
	free(job->histogram);
	free(job->done);
	return code;
}

int command_export(int argc, char **argv)
{
	static struct job job;
	int code = parse(&job, argc, argv);

	if (code)
		return code < 0 ? 0 : code;
	return job.format == FORMAT_HGRM ? write_distributions(&job) : write_metrics(&job);
}
