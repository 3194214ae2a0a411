/* SPDX-License-Identifier: MIT */
/* What is made of the CSV files of a run: summary, charts, page. */
#include "bench/command/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "bench/analyse/summary.h"
#include "bench/command/samples.h"
#include "bench/record/csv.h"
#include "bench/record/histograms.h"
#include "bench/report/page.h"

#define PLOT_LIMIT_NS 120000000000u

static int take(void *to, const struct row *row)
{
	return summary_add(to, row);
}

int report_cannot_write(const char *program, const struct rundir *dir, int err)
{
	fprintf(stderr, "%s: %s/%s: cannot write: %s\n", program, dir->path, rundir_writing(),
		strerror(-err));
	return EX_IOERR;
}

int report_cannot_create(const char *program, const struct rundir *dir, int err)
{
	fprintf(stderr, "%s: %s: cannot create: %s\n", program, dir->path,
		err == -ENOTEMPTY ? "it exists and is not empty; name another with --out"
				  : strerror(-err));
	return err == -ENOSPC || err == -EDQUOT ? EX_IOERR : EX_CANTCREAT;
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
	if (err)
		code = report_cannot_write(program, to, err);
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

/* Draws the charts. 0; 130 when interrupted; EX_IOERR (disk full) or EX_UNAVAILABLE after a line. */
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
	if (!err && WIFEXITED(status) && WEXITSTATUS(status) == EX_IOERR)
		return EX_IOERR; /* it has named the file */
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
	if (code != 130 && code != EX_IOERR)
		page = page_write(program, dir, runs, n, template);
	return page ? page : code;
}
