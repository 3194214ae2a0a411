/* SPDX-License-Identifier: MIT */
/* What is made of the CSV files of a run: summary, charts, page. */
#include "bench/command/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "bench/analyse/drift.h"
#include "bench/analyse/summary.h"
#include "bench/base/trust.h"
#include "bench/command/plot.h"
#include "bench/machine/limits.h"
#include "bench/record/csv.h"
#include "bench/record/histograms.h"
#include "bench/record/json.h"
#include "bench/record/samples.h"
#include "bench/report/page.h"

int report_cannot_write(const char *program, const struct rundir *dir, int err)
{
	if (err == -EBADMSG && *histograms_wrong()) {
		fprintf(stderr, "%s: %s\n", program, histograms_wrong());
		return EX_DATAERR;
	}
	fprintf(stderr, "%s: %s/%s: cannot write: %s\n", program, dir->path, rundir_writing(),
		limits_explain(err));
	return EX_IOERR;
}

int report_check(const char *program, const struct rundir *dir)
{
	int err = rundir_trust(dir);

	if (!err)
		return 0;
	if (err == -EPERM)
		fprintf(stderr,
			"%s: %s/%s: not trusted: it must be yours or root's, and not writable by "
			"others\n",
			program, dir->path, rundir_writing());
	else
		fprintf(stderr, "%s: %s/%s: %s\n", program, dir->path, rundir_writing(),
			strerror(-err));
	return err == -EPERM ? EX_NOPERM : EX_NOINPUT;
}

int report_cannot_create(const char *program, const struct rundir *dir, int err)
{
	fprintf(stderr, "%s: %s: cannot create: %s\n", program, dir->path,
		err == -ENOTEMPTY ? "it exists and is not empty; name another with --out"
		: err == -EPERM ? "other users could redirect what is written; with --out, name a "
				  "directory that only you can write"
				: strerror(-err));
	return err == -ENOSPC || err == -EDQUOT ? EX_IOERR : EX_CANTCREAT;
}

static int take(void *to, const struct row *row)
{
	struct report_reading *r = to;
	int err = summary_add(r->summary, row);

	if (!err && r->drift)
		err = drift_add(r->drift, row);
	return !err && r->also ? r->also(r->arg, r->run, row) : err;
}

int report_read_runs(const char *program, char *const *runs, size_t n, struct report_reading *r)
{
	int code = 0;

	r->summary = summary_new();
	if (!r->summary) {
		fprintf(stderr, "%s: no memory\n", program);
		return EX_OSERR;
	}
	for (r->run = 0; !code && r->run < n; r->run++)
		code = samples_read(program, runs[r->run], take, r);
	return code;
}

void report_reading_free(struct report_reading *r)
{
	summary_free(r->summary);
	drift_free(r->drift);
}

static void nth_of_summary(const void *from, size_t nth, struct row *row)
{
	summary_row(from, nth, row);
}

static void nth_of_drift(const void *from, size_t nth, struct row *row)
{
	drift_row(from, nth, row);
}

int report_write(const char *program, const struct report_reading *r, const struct rundir *to,
		 bool percentiles)
{
	int err = drift_judge(r->drift);

	if (!err)
		err = rundir_write_rows(to, CSV_SUMMARY, summary_count(r->summary), nth_of_summary,
					r->summary);
	if (!err)
		err = rundir_write_rows(to, CSV_BLOCKS, drift_count(r->drift), nth_of_drift,
					r->drift);
	if (!err && percentiles)
		err = percentiles_write(to);
	return err ? report_cannot_write(program, to, err) : 0;
}

int report_summarise(const char *program, const struct rundir *dir)
{
	struct report_reading r = {.drift = drift_new()};
	char *const runs[] = {(char *)dir->path};
	int code = r.drift ? report_read_runs(program, runs, 1, &r) : EX_OSERR;

	if (!code)
		code = report_write(program, &r, dir, true);
	report_reading_free(&r);
	return code;
}

int report_print_json(const char *program, char *const *runs, size_t n)
{
	struct report_reading r = {.drift = NULL};
	static struct row row;
	struct json j;
	int code = report_read_runs(program, runs, n, &r), err = 0;

	if (!code) {
		json_begin(&j, stdout, "report");
		json_rows(&j);
		for (size_t i = 0; i < summary_count(r.summary); i++) {
			summary_row(r.summary, i, &row);
			json_row(&j, CSV_SUMMARY, &row);
		}
		err = json_end(&j);
	}
	if (err)
		fprintf(stderr, "%s: cannot write: %s\n", program, strerror(-err));
	report_reading_free(&r);
	return err ? EX_IOERR : code;
}

void report_find_script(const struct children *c, const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s/../scripts/%s", c->beside, name);
	if (!access(path, R_OK))
		return;
	snprintf(path, size, "scripts/%s", name);
	if (trust_path("scripts") || trust_path(path))
		*path = '\0'; /* whoever has this directory is not to choose what we run */
}

int report_draw(const char *program, struct children *c, const char *dir, char *const *runs,
		size_t n)
{
	char template[PATH_MAX + 32];
	int code = plot_run(c, program, dir), page = 0;

	if (code && code != 130 && code != EX_IOERR)
		fprintf(stderr,
			"%s: no charts; the CSV files are complete, and handoff plot draws them "
			"later\n",
			program);
	if (code && code != 130 && code != EX_IOERR)
		code = EX_UNAVAILABLE;
	report_find_script(c, "report.html", template, sizeof(template));
	if (code != 130 && code != EX_IOERR)
		page = page_write(program, dir, runs, n, template, stdout);
	return page ? page : code;
}
