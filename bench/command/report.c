/* SPDX-License-Identifier: MIT */
/* What is made of the CSV files of a run: summary, charts, page. */
#include "bench/command/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "bench/analyse/breakdown.h"
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

/* Whether the directory is of a sweep that has no `file` yet. */
static bool is_run_without(const struct rundir *dir, enum csv_file file)
{
	char path[PATH_MAX + 32];

	snprintf(path, sizeof(path), "%s/summary.csv", dir->path);
	if (access(path, R_OK))
		return false;
	snprintf(path, sizeof(path), "%s/%s", dir->path, schema_file_name(file));
	return access(path, F_OK) != 0;
}

int report_place(const char *program, struct rundir *dir, const char *out, enum csv_file file)
{
	int err = rundir_create(dir, out);

	if (err == -ENOTEMPTY && is_run_without(dir, file))
		return report_check(program, dir);
	if (err)
		return report_cannot_create(program, dir, err);
	err = rundir_machine(dir);
	return err ? report_cannot_write(program, dir, err) : 0;
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

/* What the round trips of a summary are made of; zeroed before use. */
struct taken {
	struct row *rows; /* of summary.csv */
	struct breakdown *all;
	size_t n;
};

/* 0 or -ENOMEM; taken_free() in either case. */
static int take_apart(const struct summary *s, struct taken *t)
{
	size_t n = summary_count(s);
	struct row *rows = calloc(n + 1, sizeof(*rows));
	int err = rows ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < n; i++)
		summary_row(s, i, &rows[i]);
	if (!err)
		err = breakdown_find(rows, n, &t->all, &t->n);
	t->rows = rows;
	return err;
}

static void taken_free(struct taken *t)
{
	free(t->all);
	free(t->rows);
}

/* Calls `each` for every row of breakdown.csv, until it returns other than 0: that. */
static int for_parts(const struct taken *t, int (*each)(void *to, const struct row *row), void *to)
{
	static struct row row;
	int err = 0;

	for (size_t i = 0; i < t->n; i++)
		for (enum part p = 0; !err && p < PART_COUNT; p++)
			if (breakdown_row(&t->all[i], p, &row))
				err = each(to, &row);
	return err;
}

static int append_part(void *to, const struct row *row)
{
	return rundir_csv_append(to, row);
}

static int json_part(void *to, const struct row *row)
{
	json_row(to, CSV_BREAKDOWN, row);
	return 0;
}

/* Writes breakdown.csv, where a round trip can be taken apart. 0 or -errno. */
static int write_breakdown(const struct rundir *to, const struct summary *s)
{
	static struct rundir_csv csv;
	struct taken t = {.n = 0};
	int err = take_apart(s, &t), closed;

	if (!err && t.n) {
		err = rundir_csv_replace(&csv, to, CSV_BREAKDOWN);
		if (!err)
			err = for_parts(&t, append_part, &csv);
		if (!err)
			err = rundir_csv_finish(&csv);
		closed = rundir_csv_close(&csv);
		err = err ? err : closed;
	}
	taken_free(&t);
	return err;
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
	if (!err)
		err = write_breakdown(to, r->summary);
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
	struct taken t = {.n = 0};
	struct json j;
	int code = report_read_runs(program, runs, n, &r),
	    err = code ? 0 : take_apart(r.summary, &t);

	if (!code && !err) {
		json_begin(&j, stdout, "report");
		json_list_begin(&j, "breakdown");
		for_parts(&t, json_part, &j);
		json_list_end(&j);
		json_rows(&j);
		for (size_t i = 0; i < summary_count(r.summary); i++)
			json_row(&j, CSV_SUMMARY, &t.rows[i]);
		err = json_end(&j);
	}
	taken_free(&t);
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
		size_t n, FILE *words)
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
		page = page_write(program, dir, runs, n, template, words);
	return page ? page : code;
}
