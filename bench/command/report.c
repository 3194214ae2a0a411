/* SPDX-License-Identifier: MIT */
/* `handoff report`: summary and charts anew, from the CSV files alone. */
#include "bench/command/report.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "bench/analyse/summary.h"
#include "bench/command/command.h"
#include "bench/command/samples.h"
#include "bench/record/csv.h"
#include "bench/record/histograms.h"

#define PLOT_LIMIT_NS 120000000000u

static const char help[] =
	"Usage: handoff report DIR\n"
	"       handoff report --out=NEW DIR DIR...\n"
	"Summarises and draws a run again, from its samples.csv alone; several runs into the new\n"
	"directory, told apart by column run_id.\n"
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

int report_draw(const char *program, struct children *c, const char *dir)
{
	char path[PATH_MAX + 32], shown[PATH_MAX], *argv[] = {"plot", shown, NULL};
	int status = 0, err;

	snprintf(shown, sizeof(shown), "%s", dir);
	snprintf(path, sizeof(path), "%s/../scripts/plot", c->beside);
	if (access(path, X_OK))
		snprintf(path, sizeof(path), "scripts/plot");
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
			fprintf(stderr, "handoff report: %s: %s; --help lists the options\n",
				argv[optind - 1],
				option == ':' ? "needs a value" : "no such option");
			return EX_USAGE;
		}
		*out = optarg;
	}
	if (optind == argc)
		fprintf(stderr, "handoff report: name the directory of a run\n");
	else if (argc - optind > 1 && !*out)
		fprintf(stderr, "handoff report: several runs need --out=NEW, a directory for what "
				"is made of them\n");
	else
		return 0;
	return EX_USAGE;
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
		fprintf(stderr, "handoff report: /proc/self/exe: %s\n", strerror(-err));
		return EX_OSERR;
	}
	snprintf(to.path, sizeof(to.path), "%s", argv[optind]);
	err = out ? rundir_create(&to, out) : 0;
	if (err) {
		fprintf(stderr, "handoff report: %s: cannot create: %s\n", to.path,
			err == -ENOTEMPTY ? "it exists and is not empty" : strerror(-err));
		return EX_CANTCREAT;
	}
	code = report_summarise("handoff report", argv + optind, (size_t)(argc - optind), &to);
	if (code)
		return code;
	code = report_draw("handoff report", &c, to.path);
	printf("%s\n", to.path);
	return c.interrupted ? 130 : code;
}
