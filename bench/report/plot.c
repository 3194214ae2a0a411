/* SPDX-License-Identifier: MIT */
#include "bench/report/plot.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Adds a part to the footer, after a comma. */
__attribute__((format(printf, 2, 3))) static void foot(struct plot *p, const char *fmt, ...)
{
	size_t used = strlen(p->footer);
	va_list args;

	if (used && used + 3 < sizeof(p->footer)) {
		strcpy(p->footer + used, ", "); /* NOLINT: there is room */
		used += 2;
	}
	va_start(args, fmt);
	vsnprintf(p->footer + used, sizeof(p->footer) - used, fmt, args);
	va_end(args);
}

/* Of several runs, or profiles of one, each figure bears a number: which is which. */
static void foot_states(struct plot *p)
{
	const struct report_data *d = &p->data;
	bool arms = false;

	for (size_t i = 0; i < d->n_states; i++)
		arms |= strcmp(d->states[i].arm, d->states[0].arm) != 0;
	for (size_t i = 0; i < d->n_states; i++)
		foot(p, "%s#%zu %s%s%s", i ? "" : "sweeps: ", i + 1, d->states[i].run_id,
		     arms ? " " : "", arms ? d->states[i].arm : "");
}

/* The background load beside all rows; of several each row has its own in its name. */
static void foot_load(struct plot *p)
{
	const struct rows *rows = &p->data.summary;

	for (size_t i = 1; i < rows->n; i++)
		if (strcmp(row_get_text(&rows->all[i], COL_load),
			   row_get_text(&rows->all[0], COL_load)) != 0)
			return;
	if (rows->n && row_is_set(&rows->all[0], COL_load))
		foot(p, "under load: %s", row_get_text(&rows->all[0], COL_load));
}

/* Machine, kernel, date and seed. */
static void make_footer(struct plot *p)
{
	const struct row *o = &p->data.origin;

	if (*p->model)
		foot(p, "%s", p->model);
	if (p->data.n_states > 1 && !*p->base) {
		foot_states(p);
	} else if (row_is_set(o, COL_host)) {
		foot(p, "%s, Linux %s, %s", row_get_text(o, COL_host), row_get_text(o, COL_kernel),
		     row_get_text(o, COL_time_utc));
		if (row_is_set(o, COL_seed))
			foot(p, "seed %llu", (unsigned long long)row_get_u64(o, COL_seed, 0));
		if (row_list_has(row_get_text(o, COL_flags), "virtual"))
			foot(p, "virtual machine");
		foot(p, "handoff %s, %s", row_get_text(o, COL_version),
		     row_get_text(o, COL_compiler));
	} else if (p->data.matrix.n) {
		foot(p, "%s", row_get_text(&p->data.matrix.all[0], COL_run_id));
	}
	foot_load(p);
}

/* Of a comparison of profiles in one run, charts of one state are of the base alone. */
static void find_base(struct plot *p)
{
	const struct report_data *d = &p->data;

	for (size_t i = 1; d->compare.n && i < d->n_states; i++)
		if (strcmp(d->states[i].run_id, d->states[0].run_id) != 0)
			return;
	if (d->compare.n && d->n_states > 1)
		snprintf(p->base, sizeof(p->base), "%s", d->states[0].arm);
}

static void lay(struct plot *p, const struct chart *chart)
{
	struct figures f = {.n = 0};
	size_t used = strlen(p->footer);

	if (*p->base && chart->style <= STYLE_COST)
		foot(p, "profile %s", p->base);
	switch (chart->style) {
	case STYLE_DOTS:
	case STYLE_LINES:
	case STYLE_COST:
		p->err = figures_collect(p, chart, &f);
		if (chart->style == STYLE_COST)
			lay_cost(p, chart, &f);
		else if (!p->err && chart->style == STYLE_DOTS)
			lay_dots(p, chart, &f);
		else
			lay_lines(p, chart, &f);
		free(f.all);
		break;
	case STYLE_BARS:
		lay_bars(p, chart);
		break;
	case STYLE_QUIET:
		lay_quiet(p, chart);
		break;
	case STYLE_MATRIX:
		lay_matrix(p, chart);
		break;
	case STYLE_DRIFT:
		lay_drift(p, chart);
		break;
	case STYLE_RATIOS:
		lay_ratios(p, chart);
		break;
	case STYLE_MAP:
		lay_map(p, chart);
		break;
	case STYLE_SCHEDULE:
		lay_schedule(p, chart);
		break;
	case STYLE_TAILS:
		lay_tails(p, chart);
		break;
	case STYLE_EXPLAIN:
		lay_explain(p, chart);
		break;
	}
	p->footer[used] = '\0';
}

int plot_lay_out(struct plot *p)
{
	report_find_states(&p->data);
	report_mark_loads(&p->data, &p->percentiles);
	find_base(p);
	make_footer(p);
	for (size_t i = 0; !p->err && i < chart_list_n; i++)
		lay(p, &chart_list[i]);
	return p->err;
}

const char *plot_why_nothing(const struct plot *p)
{
	static char why[160];
	const struct row *row = NULL;

	for (size_t i = 0; !row && i < p->data.summary.n; i++)
		if (row_is_set(&p->data.summary.all[i], COL_median))
			row = &p->data.summary.all[i];
	if (!row && !p->percentiles.n)
		return "no row has figures, so there is nothing to draw";
	snprintf(why, sizeof(why), "no chart asks for such rows (%s%s%s)",
		 row ? row_get_text(row, COL_pattern) : "",
		 row ? row_get_text(row, COL_experiment) : "percentiles of few times",
		 row && row_is_floor(row) ? " of a floor" : "");
	return why;
}

static void put_escaped(const char *text, FILE *out)
{
	for (; *text; text++)
		if (*text == '&')
			fputs("&amp;", out);
		else if (*text == '<')
			fputs("&lt;", out);
		else if (*text == '>')
			fputs("&gt;", out);
		else
			fputc(*text, out);
}

/* A line of gnuplot's SVG; true: written otherwise. */
static bool put_name(const struct picture *picture, const char *line, FILE *out)
{
	const char *title = !strncmp(line, "<title>", 7) ? picture->title : NULL;
	const char *about = !strncmp(line, "<desc>", 6) ? picture->about : NULL;

	if (!title && !about)
		return false;
	fputs(title ? "<title>" : "<desc>", out);
	put_escaped(title ? title : about, out);
	fputs(title ? "</title>\n" : "</desc>\n", out);
	return true;
}

int plot_name_svg(const struct picture *picture, FILE *in, FILE *out)
{
	static const char plot_title[] = " ><title>", image[] = "<image ";
	char *line = NULL, *at;
	size_t room = 0;
	int err;

	while (getline(&line, &room, in) > 0) {
		if (put_name(picture, line, out))
			continue;
		at = strstr(line, plot_title);
		if (at)			   /* a tooltip that says gnuplot's source */
			strcpy(at, ">\n"); /* NOLINT: it is shorter */
		at = strstr(line, image);
		if (at)
			fprintf(out, "%.*s<image style=\"image-rendering:pixelated\" %s",
				(int)(at - line), line, at + strlen(image));
		else
			fputs(line, out);
	}
	err = ferror(in) || ferror(out) ? -EIO : 0;
	free(line);
	return err;
}

void plot_free(struct plot *p)
{
	report_free(&p->data);
	free(p->percentiles.all);
	free(p->explain.all);
	for (size_t i = 0; i < p->n; i++) {
		free(p->pictures[i].title);
		free(p->pictures[i].about);
	}
	free(p->pictures);
}
