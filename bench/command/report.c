/* SPDX-License-Identifier: MIT */
/* `handoff report`: summary, charts and page anew, from the CSV files alone. */
#include "bench/command/report.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "bench/analyse/compare.h"
#include "bench/analyse/summary.h"
#include "bench/command/command.h"
#include "bench/command/compare_table.h"
#include "bench/command/samples.h"
#include "bench/record/csv.h"
#include "bench/record/histograms.h"
#include "bench/report/page.h"

#define PROGRAM "handoff report"
#define PLOT_LIMIT_NS 120000000000u

static const char help[] = "Usage: handoff report DIR\n"
			   "       handoff report --out=NEW DIR DIR...\n"
			   "Summarises and draws a run again, from its CSV files alone: "
			   "summary.csv, charts/, report.html;\n"
			   "several runs into the new directory, told apart by column run_id and "
			   "compared with the first.\n"
			   "  --out=NEW   directory to write to; it must not exist or be empty\n"
			   "  --help      this text\n";

static int take(void *to, const struct row *row)
{
	return summary_add(to, row);
}

int report_summarise(const char *program, char *const *runs, size_t n, const struct rundir *to)
{
	struct summary *summary = summary_new();
	static struct rundir_csv csv;
	static struct row row;
	int code = summary ? 0 : EX_OSERR, err, closed;

	for (size_t i = 0; !code && i < n; i++)
		code = samples_read(program, runs[i], take, summary);
	if (code)
		goto out_free;
	err = rundir_csv_replace(&csv, to, CSV_SUMMARY);
	for (size_t i = 0; !err && i < summary_count(summary); i++) {
		summary_row(summary, i, &row);
		err = rundir_csv_append(&csv, &row);
	}
	if (!err)
		err = rundir_csv_finish(&csv);
	closed = rundir_csv_close(&csv);
	err = err ? err : closed;
	if (!err && n == 1 && !strcmp(runs[0], to->path))
		err = percentiles_write(to);
	if (err) {
		fprintf(stderr, "%s: %s: cannot write the summary: %s\n", program, to->path,
			strerror(-err));
		code = EX_IOERR;
	}
out_free:
	summary_free(summary);
	return code;
}

/* Path of `name` of scripts/: beside the build directory, else of the working directory. */
static void find_script(const struct children *c, const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s/../scripts/%s", c->beside, name);
	if (access(path, R_OK))
		snprintf(path, size, "scripts/%s", name);
}

/* Draws the charts. 0; 130 when interrupted; EX_UNAVAILABLE after a line. */
static int draw(const char *program, struct children *c, const char *dir)
{
	char path[PATH_MAX + 32], shown[PATH_MAX], *argv[] = {"plot", shown, NULL};
	int status = 0, err;

	snprintf(shown, sizeof(shown), "%s", dir);
	find_script(c, "plot", path, sizeof(path));
	err = child_run(c, path, argv, STDERR_FILENO, STDERR_FILENO, PLOT_LIMIT_NS, &status);
	if (err == -EINTR)
		return 130;
	if (!err && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	fprintf(stderr,
		"%s: no charts; the CSV files are complete. When scripts/plot works, it draws "
		"them: scripts/plot %s\n",
		program, dir);
	return EX_UNAVAILABLE;
}

int report_draw(const char *program, struct children *c, const char *dir, char *const *runs,
		size_t n)
{
	char template[PATH_MAX + 32];
	int code = draw(program, c, dir), page = 0;

	find_script(c, "report.html", template, sizeof(template));
	if (code != 130)
		page = page_write(program, dir, runs, n, template);
	return page ? page : code;
}

/* 0, -1 when --help was answered, or an exit code after a line. `out` is set by --out. */
static int parse(int argc, char **argv, const char **out)
{
	static const struct option options[] = {
		{"out", required_argument, NULL, 'o'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int option;

	opterr = 0;
	optind = 0;
	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return -1;
		}
		if (option != 'o') {
			fprintf(stderr, PROGRAM ": %s: %s; --help lists the options\n",
				argv[optind - 1],
				option == ':' ? "needs a value" : "no such option");
			return EX_USAGE;
		}
		*out = optarg;
	}
	if (optind == argc)
		fprintf(stderr, PROGRAM ": name the directory of a run\n");
	else if (argc - optind > 1 && !*out)
		fprintf(stderr, PROGRAM ": several runs need --out=NEW, a directory for what "
					"is made of them\n");
	else
		return 0;
	return EX_USAGE;
}

/* What reading a run for a comparison goes through. */
struct side {
	struct comparison *comparison;
	const char *name; /* of the run */
};

static int take_side(void *to, const struct row *row)
{
	struct side *side = to;

	return comparison_add(side->comparison, row, side->name);
}

/* Writes compare.csv: each run against the first. 0 or an exit code after a line. */
static int compare_runs(char *const *runs, size_t n, const struct rundir *to)
{
	struct side side = {.comparison = comparison_new(runs[0])};
	int code = side.comparison ? 0 : EX_OSERR, err;

	for (size_t i = 0; !code && i < n; i++) {
		side.name = runs[i];
		code = samples_read(PROGRAM, runs[i], take_side, &side);
	}
	err = code ? 0 : comparison_judge(side.comparison, COMPARE_EFFECT);
	if (!err && !code && comparison_count(side.comparison))
		err = compare_write(to, side.comparison);
	if (err) {
		fprintf(stderr, PROGRAM ": %s: cannot write compare.csv: %s\n", to->path,
			strerror(-err));
		code = EX_IOERR;
	}
	comparison_free(side.comparison);
	return code;
}

static bool has_only_matrix(const char *dir)
{
	char samples[PATH_MAX + 32], matrix[PATH_MAX + 32];

	snprintf(samples, sizeof(samples), "%s/samples.csv", dir);
	snprintf(matrix, sizeof(matrix), "%s/matrix.csv", dir);
	return access(samples, F_OK) && !access(matrix, F_OK);
}

int command_report(int argc, char **argv)
{
	static struct children c;
	static struct rundir to;
	const char *out = NULL;
	int code = parse(argc, argv, &out), err;

	if (code)
		return code < 0 ? 0 : code;
	err = children_begin(&c);
	if (err) {
		fprintf(stderr, PROGRAM ": /proc/self/exe: %s\n", strerror(-err));
		return EX_OSERR;
	}
	snprintf(to.path, sizeof(to.path), "%s", argv[optind]);
	err = out ? rundir_create(&to, out) : 0;
	if (err) {
		fprintf(stderr, PROGRAM ": %s: cannot create: %s\n", to.path,
			err == -ENOTEMPTY ? "it exists and is not empty" : strerror(-err));
		return EX_CANTCREAT;
	}
	/* A directory of `handoff matrix` alone has no samples. */
	if (out || !has_only_matrix(to.path))
		code = report_summarise(PROGRAM, argv + optind, (size_t)(argc - optind), &to);
	if (!code && argc - optind > 1)
		code = compare_runs(argv + optind, (size_t)(argc - optind), &to);
	if (code)
		return code;
	code = report_draw(PROGRAM, &c, to.path, argv + optind, (size_t)(argc - optind));
	printf("%s\n", to.path);
	return c.interrupted ? 130 : code;
}
