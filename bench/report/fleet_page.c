/* SPDX-License-Identifier: MIT */
/*
 * The parts of scripts/fleet.html. Lists are cut, so that 500 machines make a page of less than 5
 * MB.
 */
#include "bench/report/fleet_page.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "bench/base/whole.h"
#include "bench/report/fleet_settings.h"
#include "bench/report/fleet_table.h"
#include "bench/report/html.h"
#include "bench/report/template.h"

#define DARKEST 0.15  /* a logarithm: differences from here on have the full colour */
#define CELLS_MAX 200 /* configurations of one machine that are shown by themselves */
#define VALUES_MAX 20 /* of one setting */
#define NAMES_MAX 40  /* of machines that have one value */
#define VALUE_B 200   /* bytes of a value */

enum { STYLE, SCRIPT, TITLE, KINDS, SUMMARY, ODD, MAP, PLACES, SETTINGS, TEXTS };

static const char *const names[TEXTS] = {"style", "script", "title",  "kinds",	 "summary",
					 "odd",	  "map",    "places", "settings"};

struct page {
	const struct fleet *f;
	size_t *order, n_odd;
	char *texts[TEXTS];
};

static void write_title(const struct page *p, FILE *out)
{
	fprintf(out, "%zu machines", p->f->n_machines);
}

static void write_kinds(const struct page *p, FILE *out)
{
	for (size_t i = 0; i < p->f->n_kinds; i++) {
		const struct fleet_kind *k = &p->f->kinds[i];

		fprintf(out, "%s%zu of ", i ? "; " : "", k->n);
		html_text(out, k->name);
		if (k->n < ODD_LEAST)
			fputs(" (too few of one kind to tell which is odd)", out);
	}
}

static void write_summary(const struct page *p, FILE *out)
{
	fprintf(out, "<b>%zu of %zu machines %s odd.</b> ", p->n_odd, p->f->n_machines,
		p->n_odd == 1 ? "is" : "are");
	for (size_t i = 0; i < p->n_odd && i < NAMES_MAX; i++) {
		fputs(i ? ", " : "", out);
		html_text(out, p->f->machines[p->order[i]].name);
	}
	if (p->n_odd > NAMES_MAX)
		fprintf(out, " and %zu more", p->n_odd - NAMES_MAX);
}

static void write_odd_row(const struct page *p, size_t m, const char *what, const struct odd *o,
			  FILE *out)
{
	char text[4][FLEET_PERCENT_B];

	fprintf(out, "<tr class=\"%s\"><td>%s</td>", odd_verdict_name(o->verdict),
		odd_verdict_name(o->verdict));
	html_cell(out, p->f->machines[m].name);
	html_cell(out, what);
	fprintf(out,
		"<td class=n data-v=\"%.4f\">%s</td><td class=n>%s to %s</td><td "
		"class=n>%s</td><td class=n>%.2g</td></tr>\n",
		100 * expm1(o->difference), fleet_percent(text[0], o->difference),
		fleet_percent(text[1], o->lo), fleet_percent(text[2], o->hi),
		fleet_percent(text[3], o->detectable) + 1, o->p_adjusted);
}

/* Everything that names machine `m`. */
static void write_machine(const struct page *p, size_t m, FILE *out)
{
	const struct fleet *f = p->f;
	size_t n, same, shown = 0;
	char what[160];

	for (size_t g = 0; g < f->n_groups; g++) {
		if (!fleet_is_odd(fleet_of_group(f, g, m)))
			continue;
		n = fleet_sides(f, g, m, &same);
		snprintf(what, sizeof(what), "%s: %zu of %zu configurations", f->groups[g], same,
			 n);
		write_odd_row(p, m, what, fleet_of_group(f, g, m), out);
	}
	for (size_t c = 0; c < f->n_cells && shown < CELLS_MAX; c++)
		if (fleet_is_odd(fleet_of_cell(f, c, m)) && ++shown)
			write_odd_row(p, m, f->cells[c].name, fleet_of_cell(f, c, m), out);
}

static void write_odd(const struct page *p, FILE *out)
{
	/* A row takes some 300 bytes: so many machines fit. */
	size_t most = p->n_odd < 500 ? p->n_odd : 500;

	if (!p->n_odd)
		return;
	html_table(out, "What names a machine: places first, then single configurations",
		   "verdict|machine|where|#to the others|#95 % interval|#would show|#p adjusted");
	for (size_t i = 0; i < most; i++)
		write_machine(p, p->order[i], out);
	html_table_end(out);
}

/* A field of the map: red is slower, blue is faster, and what has a verdict is bold. */
static void write_field(const struct odd *o, FILE *out)
{
	double strength = fmin(1, fabs(o->difference) / DARKEST);
	char text[FLEET_PERCENT_B];

	if (isnan(o->difference)) {
		fputs("<td></td>", out);
		return;
	}
	fprintf(out, "<td class=n style=\"background:rgba(%s,%.2f)\">",
		o->difference > 0 ? "214,69,22" : "33,110,214", 0.6 * strength);
	fprintf(out, fleet_is_odd(o) ? "<b>%s</b></td>" : "%s</td>",
		fleet_percent(text, o->difference));
}

static void write_map(const struct page *p, FILE *out)
{
	const struct fleet *f = p->f;
	char *columns = NULL;
	size_t size;
	FILE *heads = open_memstream(&columns, &size);

	if (!heads)
		return;
	fputs("machine", heads);
	for (size_t g = 0; g < f->n_groups; g++)
		fprintf(heads, "|#%s", f->groups[g]);
	fputs("|#disturbed", heads);
	if (!fclose(heads))
		html_table(out, "Each machine to the median of the others of its kind", columns);
	for (size_t i = 0; i < f->n_machines; i++) {
		size_t m = p->order[i];
		const struct fleet_machine *machine = &f->machines[m];

		fputs("<tr>", out);
		html_cell(out, machine->name);
		for (size_t g = 0; g < f->n_groups; g++)
			write_field(fleet_of_group(f, g, m), out);
		fprintf(out, "<td class=n>%.0f %%</td></tr>\n",
			100.0 * (double)machine->n_noisy / (double)machine->n_cells);
	}
	html_table_end(out);
	free(columns);
}

static void write_places(const struct page *p, FILE *out)
{
	html_table(out, "Machines by verdict, and what these runs could show",
		   "place|#slower|#faster|#alike|#cannot be told|#smallest that would show");
	for (size_t g = 0; g < p->f->n_groups; g++) {
		struct fleet_tally t = fleet_tally(p->f, g);
		char least[FLEET_PERCENT_B];

		fputs("<tr>", out);
		html_cell(out, p->f->groups[g]);
		fprintf(out,
			"<td class=n>%zu</td><td class=n>%zu</td><td class=n>%zu</td><td "
			"class=n>%zu</td><td class=n>%s</td></tr>\n",
			t.n[ODD_SLOWER], t.n[ODD_FASTER], t.n[ODD_ALIKE], t.n[ODD_UNTOLD],
			isnan(t.detectable) ? "none" : fleet_percent(least, t.detectable) + 1);
	}
	html_table_end(out);
}

/* Where a row of the table of settings goes. */
struct writing {
	const struct page *p;
	FILE *out;
};

static void write_value(const struct writing *w, const struct fleet_value *v)
{
	char text[VALUE_B + 8];

	snprintf(text, sizeof(text), "%.*s%s", VALUE_B, v->text ? v->text : "(not there)",
		 v->text && strlen(v->text) > VALUE_B ? " [...]" : "");
	html_cell(w->out, text);
	fprintf(w->out, "<td>%zu: ", v->n);
	for (size_t i = 0; i < v->n && i < NAMES_MAX; i++) {
		fputs(i ? ", " : "", w->out);
		html_text(w->out, w->p->f->machines[v->machines[i]].name);
	}
	fputs(v->n > NAMES_MAX ? " and more</td></tr>\n" : "</td></tr>\n", w->out);
}

static void write_setting(void *arg, const char *key, const struct fleet_value *values, size_t n)
{
	const struct writing *w = arg;

	for (size_t i = 0; i < n && i < VALUES_MAX; i++) {
		fputs("<tr>", w->out);
		html_cell(w->out, key);
		write_value(w, &values[i]);
	}
	if (n > VALUES_MAX) {
		fputs("<tr>", w->out);
		html_cell(w->out, key);
		fprintf(w->out, "<td>%zu more values</td><td></td></tr>\n", n - VALUES_MAX);
	}
}

static void write_settings(const struct page *p, FILE *out)
{
	char *rows = NULL;
	size_t size = 0;
	struct writing w = {p, open_memstream(&rows, &size)};

	if (!w.out)
		return;
	fleet_settings(p->f, write_setting, &w);
	if (!fclose(w.out) && size) {
		html_table(out, "Settings that are not the same on all machines",
			   "setting|value|machines");
		fputs(rows, out);
		html_table_end(out);
	}
	free(rows);
}

/* What stands between `open` and `close` in `text`; NULL: nothing. */
static char *between(const char *text, const char *open, const char *close)
{
	const char *from = strstr(text, open), *to = from ? strstr(from, close) : NULL;

	return to ? strndup(from + strlen(open), (size_t)(to - from) - strlen(open)) : NULL;
}

/* Style and script of the page of a run, which stands beside the template. 0 or -errno. */
static int take_style(struct page *p, const char *template_path)
{
	const char *slash = strrchr(template_path, '/');
	char path[PATH_MAX + 32], *report;

	snprintf(path, sizeof(path), "%.*sreport.html",
		 slash ? (int)(slash + 1 - template_path) : 0, template_path);
	report = template_read(path);
	if (!report)
		return -ENOENT;
	p->texts[STYLE] = between(report, "<style>", "</style>");
	p->texts[SCRIPT] = between(report, "<script>", "</script>");
	free(report);
	return p->texts[STYLE] && p->texts[SCRIPT] ? 0 : -EBADMSG;
}

/* The texts of all parts. 0 or -ENOMEM. */
static int write_parts(struct page *p)
{
	static void (*const write[TEXTS])(const struct page *p, FILE *out) = {
		[TITLE] = write_title,	     [KINDS] = write_kinds, [SUMMARY] = write_summary,
		[ODD] = write_odd,	     [MAP] = write_map,	    [PLACES] = write_places,
		[SETTINGS] = write_settings,
	};
	size_t size;

	for (size_t i = 0; i < TEXTS; i++) {
		FILE *out = write[i] ? open_memstream(&p->texts[i], &size) : NULL;

		if (!write[i])
			continue;
		if (!out)
			return -ENOMEM;
		write[i](p, out);
		if (fclose(out))
			return -ENOMEM;
	}
	return 0;
}

static const char *lookup(void *arg, const char *name)
{
	const struct page *p = arg;

	for (size_t i = 0; i < TEXTS; i++)
		if (!strcmp(names[i], name))
			return p->texts[i];
	return NULL;
}

/* Fills the template in, into the file `path`. 0 or -errno; -EBADMSG after a line. */
static int fill(struct page *p, const char *program, const char *template_path, const char *path)
{
	char *text = template_read(template_path);
	struct whole w;
	unsigned line;
	const char *why;
	int err = text ? whole_open(&w, path) : -ENOENT;

	if (!err) {
		err = template_fill(text, lookup, p, w.out, &line, &why);
		if (err)
			fprintf(stderr, "%s: %s:%u: %s\n", program, template_path, line, why);
		err = whole_close(&w, err);
	}
	free(text);
	return err;
}

int fleet_page_write(const char *program, const struct fleet *f, const char *template_path,
		     const char *path)
{
	struct page p = {.f = f, .order = calloc(f->n_machines + 1, sizeof(*p.order))};
	int err = p.order ? fleet_order(f, p.order, &p.n_odd) : -ENOMEM, code = 0;

	if (!err && take_style(&p, template_path)) {
		fprintf(stderr, "%s: no page: %s and report.html beside it cannot be read\n",
			program, *template_path ? template_path : "scripts/fleet.html");
		code = EX_UNAVAILABLE;
	}
	if (!err && !code)
		err = write_parts(&p);
	if (!err && !code)
		err = fill(&p, program, template_path, path);
	if (err == -EBADMSG)
		code = EX_SOFTWARE;
	else if (err) {
		fprintf(stderr, "%s: %s: cannot write: %s\n", program, path, strerror(-err));
		code = EX_IOERR;
	}
	for (size_t i = 0; i < TEXTS; i++)
		free(p.texts[i]);
	free(p.order);
	return code;
}
