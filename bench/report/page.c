/* SPDX-License-Identifier: MIT */
/* Fills in the template of the page. */
#include "bench/report/page.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "bench/base/grow.h"
#include "bench/base/whole.h"
#include "bench/machine/limits.h"
#include "bench/report/charts.h"
#include "bench/report/findings.h"
#include "bench/report/html.h"
#include "bench/report/parts.h"
#include "bench/report/report_data.h"
#include "bench/report/template.h"

static void part_empty(const struct report_data *b, FILE *out)
{
	for (size_t i = 0; i < b->summary.n; i++)
		if (row_is_set(&b->summary.all[i], COL_median))
			return;
	if (!b->compare.n && !b->matrix.n && !b->quiet.n)
		fputs("No row of this run has figures: there is nothing to say of this machine.",
		      out);
}

static void part_symbols(const struct report_data *b, FILE *out)
{
	charts_symbols(b->dir, out);
}

static const struct part {
	const char *name; /* in the template */
	void (*write)(const struct report_data *b, FILE *out);
} parts[] = {
	{"title", part_title},	     {"machine", part_machine_line},
	{"symbols", part_symbols},   {"empty", part_empty},
	{"compare", part_compare},   {"differences", part_differences},
	{"verdict", part_verdict},   {"distrust", part_distrust},
	{"choose", part_choose},     {"floors", part_floors},
	{"made_of", part_made_of},   {"quiet", part_quiet},
	{"sizes", part_sizes},	     {"tails", part_tails},
	{"stalls", part_stalls},     {"locks", part_locks},
	{"matrix", part_matrix},     {"noise", part_noise},
	{"doctor", part_doctor},     {"method", part_method},
	{"settings", part_settings}, {"figures", part_figures},
	{"missing", part_missing},   {"reproduce", part_reproduce},
};

/* A name of the template and its text, made when it is first asked for. */
struct value {
	char name[64];
	char *text;
};

struct page {
	struct report_data book;
	struct value *values;
	size_t n, room;
	bool no_memory;
};

static const struct part *find_part(const char *name)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!strcmp(parts[i].name, name))
			return &parts[i];
	return NULL;
}

/* The text of a part, or of the charts of a section; NULL: no such section, or no memory. */
static char *make_text(const struct page *p, const struct part *part, const char *name)
{
	bool known = true;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	if (part)
		part->write(&p->book, out);
	else
		known = charts_write(p->book.dir, name + strlen("charts:"), out);
	if (!fclose(out) && known)
		return text;
	free(text);
	return NULL;
}

static const char *lookup(void *arg, const char *name)
{
	struct page *p = arg;
	const struct part *part = find_part(name);
	struct value *new;

	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->values[i].name, name))
			return p->values[i].text;
	if (!part && strncmp(name, "charts:", 7) != 0)
		return NULL;
	if (array_grow(&p->values, p->n, &p->room, sizeof(*p->values))) {
		p->no_memory = true;
		return NULL;
	}
	new = &p->values[p->n];
	snprintf(new->name, sizeof(new->name), "%s", name);
	new->text = make_text(p, part, name);
	p->n += new->text != NULL;
	return new->text;
}

/* Fills `text` in. 0, -EBADMSG after a line, or -errno. */
static int fill(struct page *p, const char *text, const char *template_path, char **page,
		size_t *page_b)
{
	FILE *out = open_memstream(page, page_b);
	const char *why;
	unsigned line;
	int err;

	if (!out)
		return -errno;
	err = template_fill(text, lookup, p, out, &line, &why);
	if (p->no_memory)
		err = -ENOMEM;
	else if (err)
		fprintf(stderr, "%s: %s:%u: %s\n", p->book.program, template_path, line, why);
	if (fclose(out) && !err)
		err = -errno;
	return err;
}

/*
 * Writes `page` to `path` in one call, since a stream forgets why an earlier one failed. 0 or
 * -errno.
 */
static int put(const char *path, const char *page, size_t page_b)
{
	struct whole w;
	int err = whole_open(&w, path);

	if (err)
		return err;
	if (fwrite(page, 1, page_b, w.out) != page_b)
		err = -errno;
	return whole_close(&w, err);
}

int page_write(const char *program, const char *dir, char *const *runs, size_t n,
	       const char *template_path, FILE *words)
{
	static struct page p;
	char *text = template_read(template_path), *page = NULL;
	char path[PATH_MAX + 32];
	size_t page_b;
	int code, err;

	if (!text) {
		fprintf(stderr, "%s: no page: %s: cannot be read: %s\n", program, template_path,
			limits_explain(errno ? -errno : -ENODATA));
		return EX_UNAVAILABLE;
	}
	p = (struct page){.book = {.program = program, .dir = dir, .runs = runs, .n_runs = n}};
	code = report_read(&p.book);
	snprintf(path, sizeof(path), "%s/report.html", dir);
	err = code ? 0 : fill(&p, text, template_path, &page, &page_b);
	if (!code && !err)
		err = put(path, page, page_b);
	if (!code && !err && words)
		findings_print(&p.book, words);
	if (err == -EBADMSG)
		code = EX_SOFTWARE;
	else if (err) {
		fprintf(stderr, "%s: %s: cannot write: %s\n", program, path, strerror(-err));
		code = EX_IOERR;
	}
	for (size_t i = 0; i < p.n; i++)
		free(p.values[i].text);
	free(p.values);
	report_free(&p.book);
	free(page);
	free(text);
	return code;
}
