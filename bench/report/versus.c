/* SPDX-License-Identifier: MIT */
/* Comparisons: the verdicts of compare.csv, and the settings that were seen to differ. */
#include <errno.h>
#include <glob.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/machine/settings.h"
#include "bench/record/samples.h"
#include "bench/report/compare_table.h"
#include "bench/report/effective.h"
#include "bench/report/html.h"
#include "bench/report/parts.h"

/* What changed for the worse first, then the largest change. */
static int by_interest(const void *a, const void *b)
{
	const struct row *x = *(const struct row *const *)a, *y = *(const struct row *const *)b;
	double dx = fabs(log(row_is_set(x, COL_ratio) ? row_get_decimal(x, COL_ratio) : 1));
	double dy = fabs(log(row_is_set(y, COL_ratio) ? row_get_decimal(y, COL_ratio) : 1));

	enum verdict vx = row_verdict(x, COL_verdict), vy = row_verdict(y, COL_verdict);

	if (vx != vy)
		return vx < vy ? -1 : 1;
	return dx > dy ? -1 : dx < dy;
}

static void write_verdict(const struct cell_names *names, const struct row *row, FILE *out)
{
	const char *metric = row_get_text(row, COL_metric);
	char name[CELL_NAME_B];

	compare_name(names, row, name, sizeof(name));
	fprintf(out, "<tr class=\"%s\">", row_get_text(row, COL_verdict));
	html_cell(out, row_get_text(row, COL_verdict));
	html_cell(out, row_get_text(row, COL_arm));
	html_cell(out, name);
	html_cell_flags(out, row_get_text(row, COL_flags));
	html_cell_figure(out, "ratio", row_get_decimal(row, COL_ratio));
	html_cell_figure(out, "ratio", row_get_decimal(row, COL_ratio_lo));
	html_cell_figure(out, "ratio", row_get_decimal(row, COL_ratio_hi));
	html_cell_figure(out, metric, row_get_decimal(row, COL_base));
	html_cell_figure(out, metric, row_get_decimal(row, COL_new));
	fprintf(out, "<td class=n>%llu</td>", (unsigned long long)row_get_u64(row, COL_n, 0));
	html_cell_figure(out, "share", row_get_decimal(row, COL_detectable));
	fputs("</tr>\n", out);
}

/* Whether labels are compared: the base is none of the runs. */
static bool is_by_label(const struct report_data *b)
{
	const char *base = b->compare.n ? row_get_text(&b->compare.all[0], COL_base_arm) : "";

	for (size_t i = 0; i < b->n_runs; i++)
		if (!strcmp(b->runs[i], base))
			return false;
	return b->n_runs > 1;
}

static void say_counts(const struct report_data *b, FILE *out)
{
	size_t count[VERDICT_COUNT + 1] = {0};

	for (size_t i = 0; i < b->compare.n; i++)
		count[row_verdict(&b->compare.all[i], COL_verdict)]++;
	fprintf(out, "<p>Of <b>%zu</b> comparisons with <code>", b->compare.n);
	html_text(out, row_get_text(&b->compare.all[0], COL_base_arm));
	fputs("</code>:", out);
	for (enum verdict v = 0; v < VERDICT_COUNT; v++)
		fprintf(out, "%s <b>%zu</b> %s", v ? "," : "", count[v], compare_verdict_name(v));
	if (is_by_label(b)) {
		fputs(". Labels are compared: a boot counts once, with the median of its "
		      "runs.</p>\n",
		      out);
		return;
	}
	fputs(b->n_runs > 1 ? ". The runs were made one after the other: a drift of the machine "
			      "between them cannot be told from an effect.</p>\n"
			    : ". Every block visited each profile once, in random order.</p>\n",
	      out);
}

/* Whether a row before `nth` is of the same arm and group. */
static bool seen_before(const struct report_data *b, size_t nth)
{
	const struct row *row = &b->compare.all[nth];

	for (size_t i = 0; i < nth; i++)
		if (!strcmp(row_get_text(&b->compare.all[i], COL_arm),
			    row_get_text(row, COL_arm)) &&
		    !strcmp(row_get_text(&b->compare.all[i], COL_cell_group),
			    row_get_text(row, COL_cell_group)))
			return true;
	return false;
}

/* What moved as a whole, before the single configurations. */
static void write_groups(const struct report_data *b, FILE *out)
{
	static const char columns[] = "verdict|profile|group|#time ratio|#from|#to|#detectable";
	bool any = false;

	for (size_t i = 0; i < b->compare.n; i++) {
		const struct row *row = &b->compare.all[i];

		if (!row_is_set(row, COL_cell_group) || seen_before(b, i))
			continue;
		if (!any)
			html_table(out, "Groups of configurations, as times: which moved at all",
				   columns);
		any = true;
		fprintf(out, "<tr class=\"%s\">", row_get_text(row, COL_group_verdict));
		html_cell(out, row_get_text(row, COL_group_verdict));
		html_cell(out, row_get_text(row, COL_arm));
		html_cell(out, row_get_text(row, COL_cell_group));
		html_cell_figure(out, "ratio", row_get_decimal(row, COL_group_ratio));
		html_cell_figure(out, "ratio", row_get_decimal(row, COL_group_ratio_lo));
		html_cell_figure(out, "ratio", row_get_decimal(row, COL_group_ratio_hi));
		html_cell_figure(out, "share", row_get_decimal(row, COL_group_detectable));
		fputs("</tr>\n", out);
	}
	if (any)
		html_table_end(out);
}

/* What sleeps in one profile and spins in the other. */
static void write_waits(const struct report_data *b, FILE *out)
{
	static const struct row none;
	char name[CELL_NAME_B], how[80];
	bool any = false;

	for (size_t i = 0; i < b->compare.n; i++) {
		const struct row *row = &b->compare.all[i];

		if (!compare_waits(row, i ? row - 1 : &none, how, sizeof(how)))
			continue;
		if (!any)
			html_table(out,
				   "Sleeps in one profile and spins in the other; stays in the "
				   "group of the base",
				   "configuration|profile|how it waits");
		any = true;
		cell_name(NULL, row, name, sizeof(name));
		fputs("<tr>", out);
		html_cell(out, name);
		html_cell(out, row_get_text(row, COL_arm));
		html_cell(out, how);
		fputs("</tr>\n", out);
	}
	if (any)
		html_table_end(out);
}

void part_compare(const struct report_data *b, FILE *out)
{
	static const char columns[] = "verdict|profile|configuration|flags|#ratio|#from|#to|#base|#"
				      "new|#pairs|#detectable";
	const struct row **order = calloc(b->compare.n + 1, sizeof(const struct row *));
	struct cell_names *names = calloc(1, sizeof(*names));

	if (!b->compare.n || !order || !names)
		goto out_free;
	for (size_t i = 0; i < b->compare.n; i++)
		order[i] = &b->compare.all[i];
	qsort(order, b->compare.n, sizeof(const struct row *), by_interest);
	say_counts(b, out);
	write_groups(b, out);
	write_waits(b, out);
	html_table(
		out,
		"Ratio to the base with its exact 95 % interval; seen: smallest change that these "
		"pairs would find",
		columns);
	for (size_t i = 0; i < b->compare.n; i++)
		cell_names_add(names, order[i]);
	for (size_t i = 0; i < b->compare.n; i++)
		write_verdict(names, order[i], out);
	html_table_end(out);
out_free:
	free(names);
	free(order);
}

static void write_difference(void *arg, const char *key, const char *from, const char *to)
{
	FILE *out = arg;

	fputs("<tr>", out);
	html_cell(out, key);
	html_cell(out, from ? from : "(not there)");
	html_cell(out, to ? to : "(not there)");
	fputs("</tr>\n", out);
}

/* Loads settings; where that cannot be, the page says so and why. */
static struct settings *load(const char *path, FILE *out)
{
	struct settings *s = NULL;
	int err = settings_load(&s, path);

	if (!err)
		return s;
	fputs("<p>Not compared: <code>", out);
	html_text(out, path);
	fprintf(out, "</code>: %s.</p>\n",
		err == -EBADMSG ? "a line is not a key, “=” and a value" : strerror(-err));
	return NULL;
}

/* What differs between two files of settings. */
static void write_differences(const char *base, const char *other, const char *name, FILE *out)
{
	struct settings *a = load(base, out), *b = a ? load(other, out) : NULL;
	char caption[PATH_MAX + 64];

	if (b && !settings_compare(a, b, SETTINGS_ALL, NULL, NULL)) {
		fputs("<p>", out);
		html_text(out, name);
		fputs(": no setting that is recorded differs from the base.</p>\n", out);
	} else if (b) {
		snprintf(caption, sizeof(caption), "Settings seen to differ: %s", name);
		html_table(out, caption, "setting|base|here");
		settings_compare(a, b, SETTINGS_ALL, write_difference, out);
		html_table_end(out);
	}
	settings_free(a);
	settings_free(b);
}

/* Samples of a run as those of arm `arm`, or NULL of the arms that they name. */
struct side {
	struct effective *effective;
	const char *arm;
};

static int take_effective(void *to, const struct row *row)
{
	const struct side *side = to;

	return effective_add(side->effective, row,
			     side->arm ? side->arm : row_get_text(row, COL_arm));
}

static void write_effective(void *arg, const struct effective_difference *d)
{
	FILE *out = arg;

	fputs("<tr>", out);
	html_cell(out, d->name);
	fprintf(out, "<td class=n>%zu</td>", d->others + 1);
	html_cell(out, d->from);
	html_cell(out, d->to);
	html_cell(out, d->arm);
	fputs("</tr>\n", out);
}

static void ignore(void *arg, const struct effective_difference *d)
{
}

/* What the kernel made of the configurations, where that differs from the base. */
static void part_effective(const struct report_data *b, FILE *out)
{
	static const char columns[] = "configuration|#with it|base|profile|of";
	bool runs = b->n_runs > 1 && !is_by_label(b);
	struct side side = {
		effective_new(runs ? b->runs[0] : row_get_text(&b->compare.all[0], COL_base_arm)),
		NULL};

	for (size_t i = 0; side.effective && i < b->n_runs; i++) {
		side.arm = runs ? b->runs[i] : NULL;
		if (samples_read(b->program, b->runs[i], take_effective, &side))
			goto out_free; /* it has said why */
	}
	if (side.effective && effective_differences(side.effective, ignore, NULL) > 0) {
		html_table(out, "What the kernel made of them differs (column effective)", columns);
		effective_differences(side.effective, write_effective, out);
		html_table_end(out);
	}
out_free:
	effective_free(side.effective);
}

void part_differences(const struct report_data *b, FILE *out)
{
	char base[PATH_MAX + 32], other[PATH_MAX + 32];
	glob_t found;

	if (b->compare.n)
		part_effective(b, out);
	if (b->n_runs > 1) {
		snprintf(base, sizeof(base), "%s/settings/before.txt", b->runs[0]);
		for (size_t i = 1; i < b->n_runs; i++) {
			snprintf(other, sizeof(other), "%s/settings/before.txt", b->runs[i]);
			write_differences(base, other, b->runs[i], out);
		}
		return;
	}
	/* Of arms: "0-" and the name of the base, "1-" and so on. */
	snprintf(base, sizeof(base), "%s/settings/[0-9]*-*", b->runs[0]);
	if (!b->compare.n || glob(base, 0, NULL, &found))
		return;
	for (size_t i = 1; i < found.gl_pathc; i++)
		write_differences(found.gl_pathv[0], found.gl_pathv[i],
				  strchr(strrchr(found.gl_pathv[i], '/'), '-') + 1, out);
	globfree(&found);
}
