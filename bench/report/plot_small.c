/* SPDX-License-Identifier: MIT */
/*
 * Of a comparison, small panels side by side, a line per profile in each: response time over the
 * interval of sends, and percentiles. What changed most comes first; each panel has a scale of its
 * own.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/analyse/compare.h"
#include "bench/report/plot.h"

#define PANELS_MAX 12u
#define POINTS_MAX 40u
#define TALL 96.0
#define PITCH 152.0
#define LETTERS 8.5
#define CROSS 2 /* as gnuplot numbers its points */

struct curve_point {
	double x, y;
	int verdict; /* 0: not asked, 1: there is one, 2: inconclusive or none */
};

struct small {
	const struct figure *any; /* of its configuration */
	double change;
	struct curve_point points[PROFILES_MAX][POINTS_MAX];
	unsigned n[PROFILES_MAX];
	struct curve_point discarded[PROFILES_MAX]; /* the farthest of such runs; y = 0: none */
	bool noisy[PROFILES_MAX];
};

struct smalls {
	struct plot *p;
	const struct chart *chart;
	struct figures f;
	struct small *all;
	size_t n;
	const char *profiles[PROFILES_MAX];
	size_t n_profiles;
	struct page page;
};

static struct small *find_small(struct smalls *s, const struct figure *a)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->all[i].any->place == a->place && !strcmp(s->all[i].any->name, a->name))
			return &s->all[i];
	s->all[s->n] = (struct small){.any = a};
	return &s->all[s->n++];
}

static void add_point(struct smalls *s, struct small *small, const char *arm, double x, double y,
		      int verdict)
{
	size_t k = plot_profile_of(s->profiles, s->n_profiles, arm);
	unsigned at;

	if (k == s->n_profiles || small->n[k] == POINTS_MAX || !(y > 0))
		return;
	for (unsigned i = 0; i < small->n[k]; i++)
		if (small->points[k][i].x == x)
			return;
	at = small->n[k]++;
	for (; at > 0 && small->points[k][at - 1].x > x; at--)
		small->points[k][at] = small->points[k][at - 1];
	small->points[k][at] = (struct curve_point){x, y, verdict};
}

static int by_change(const void *a, const void *b)
{
	const struct small *x = a, *y = b;

	if (x->change != y->change)
		return x->change < y->change ? 1 : -1;
	return x->any < y->any ? -1 : 1;
}

static void span_panel(const struct smalls *s, const struct small *m, double *lo, double *hi,
		       bool x)
{
	for (size_t k = 0; k < s->n_profiles; k++)
		for (unsigned i = 0; i < m->n[k]; i++) {
			double value = x ? m->points[k][i].x : m->points[k][i].y;

			*lo = fmin(*lo, value);
			*hi = fmax(*hi, value);
		}
	for (size_t k = 0; !x && k < s->n_profiles; k++)
		if (m->discarded[k].y > 0) {
			*lo = fmin(*lo, m->discarded[k].y);
			*hi = fmax(*hi, m->discarded[k].y);
		}
}

static void put_curve(struct smalls *s, const struct small *m, size_t k, const struct axis *x,
		      const struct axis *y)
{
	bool tails = s->chart->style == STYLE_TAILS;
	unsigned colour = profile_colour(k);

	for (unsigned i = 0; i < m->n[k]; i++) {
		const struct curve_point *at = &m->points[k][i];
		double px = axis_at(x, at->x), py = axis_at(y, at->y);

		canvas_line(&s->page.canvas, !i, px, py, 1.2, m->noisy[k] ? DASH_LONG : DASH_NONE,
			    colour);
		if (!tails)
			canvas_point(&s->page.canvas, px, py, profile_symbol(k), 0.5, colour);
		if (tails && at->verdict)
			canvas_point(&s->page.canvas, px, py, 7, 0.55,
				     at->verdict == 2 ? INK_WHITE : colour);
		if (tails && at->verdict == 2)
			canvas_point(&s->page.canvas, px, py, 6, 0.55, colour);
	}
	if (m->discarded[k].y > 0) /* without them a tail looks calmer than the machine was */
		canvas_point(&s->page.canvas, axis_at(x, m->discarded[k].x),
			     axis_at(y, m->discarded[k].y), CROSS, 0.7, colour);
}

static void put_small(struct smalls *s, const struct small *m, double left, double top, double wide,
		      bool last)
{
	double lo = INFINITY, hi = 0, xlo = INFINITY, xhi = 0, ticks[TICKS_MAX], xs[POINTS_MAX];
	size_t n_xs = 0;
	char title[400];
	struct axis x, y;

	for (size_t i = 0; i < s->n; i++)
		span_panel(s, &s->all[i], &xlo, &xhi, true);
	span_panel(s, m, &lo, &hi, false);
	for (size_t k = 0; k < s->n_profiles; k++)
		if (m->n[k] > n_xs)
			for (n_xs = 0; n_xs < m->n[k]; n_xs++)
				xs[n_xs] = m->points[k][n_xs].x;
	snprintf(title, sizeof(title), "%s%s%s", m->any->name,
		 m->any->place == PLACE_NONE ? "" : ", ", place_name(m->any->place));
	canvas_text(&s->page.canvas, left + wide / 2, top - 8,
		    fmin(9, 9 * (wide + 56) / fmax(1, text_width(title, 9))), ANCHOR_MIDDLE, INK,
		    title);
	x = axis_over(s->chart->x_unit, xlo, xhi, left, left + wide);
	y = axis_over(UNIT_TIME, lo, hi, top + TALL, top);
	page_y_axis(&s->page, &y, left, left + wide, LETTERS, ticks,
		    axis_ticks(&y, LETTERS, ticks));
	page_x_axis(&s->page, &x, top, top + TALL, LETTERS, ticks,
		    axis_measured_ticks(&x, LETTERS, xs, n_xs, ticks),
		    last ? s->chart->x_title : "");
	for (size_t k = 0; k < s->n_profiles; k++)
		put_curve(s, m, k, &x, &y);
}

static void put_smalls(struct smalls *s)
{
	size_t n = s->n < PANELS_MAX ? s->n : PANELS_MAX, columns = n == 1 ? 1 : 2;
	double wide, top;
	char more[256] = "";
	bool discarded = false;

	if (n < s->n)
		snprintf(more, sizeof(more), " The %zu of %zu configurations that changed most.", n,
			 s->n);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < s->n_profiles; k++)
			discarded |= s->all[i].discarded[k].y > 0;
	if (discarded)
		snprintf(more + strlen(more), sizeof(more) - strlen(more),
			 " Cross: the same percentile of the runs that were discarded as noisy, "
			 "which are in no line.");
	page_begin(s->p, &s->page, s->chart, PAGE_WIDE, "", "", more);
	page_profiles(&s->page, s->profiles, s->n_profiles);
	wide = s->page.canvas.width / (double)columns - 64;
	top = s->page.y + 20;
	for (size_t i = 0; i < n; i++) {
		size_t column = i % columns, row = i / columns;

		put_small(s, &s->all[i], 54 + (double)column * (wide + 64),
			  top + PITCH * (double)row, wide, i + columns >= n);
		s->page.y = top + PITCH * (double)(row + 1) - 18;
	}
	page_end(s->p, &s->page, 1);
}

static bool begin(struct smalls *s, int (*collect)(const struct plot *p, const struct chart *chart,
						   struct figures *f))
{
	s->n_profiles = plot_profiles(s->p, s->profiles);
	if (s->p->err || s->n_profiles < 2)
		return false;
	s->p->err = collect(s->p, s->chart, &s->f);
	s->all = calloc(s->f.n + 1, sizeof(*s->all));
	s->n = 0;
	if (!s->p->err && !s->all)
		s->p->err = -ENOMEM;
	return !s->p->err;
}

static void end(struct smalls *s)
{
	if (!s->p->err && s->n) {
		qsort(s->all, s->n, sizeof(*s->all), by_change);
		put_smalls(s);
	}
	free(s->all);
	free(s->f.all);
}

void lay_schedule(struct plot *p, const struct chart *chart)
{
	struct smalls s = {.p = p, .chart = chart};
	size_t kept = 0;

	if (!begin(&s, figures_of_comparison)) {
		end(&s);
		return;
	}
	for (size_t i = 0; i < s.f.n; i++) {
		const struct row *row = s.f.all[i].row;
		struct small *m = find_small(&s, &s.f.all[i]);

		if (s.f.all[i].value > 0)
			m->change = fmax(m->change, fabs(log(s.f.all[i].value)));
		add_point(&s, m, row_get_text(row, COL_base_arm), s.f.all[i].x,
			  row_get_decimal(row, COL_base), 0);
		add_point(&s, m, row_get_text(row, COL_arm), s.f.all[i].x,
			  row_get_decimal(row, COL_new), 0);
	}
	for (size_t i = 0; i < s.n; i++)
		if (s.all[i].n[0] > 1) /* one interval is no line */
			s.all[kept++] = s.all[i];
	s.n = kept;
	end(&s);
}

/* What was said of a percentile of this configuration and profile: as curve_point has it. */
static int verdict_on(const struct smalls *s, const struct row *row, struct small *m)
{
	const char *arm = row_get_text(row, COL_arm);
	double share = row_get_decimal(row, COL_percentile);
	size_t profile = plot_profile_of(s->profiles, s->n_profiles, arm);
	const char *ending = share == 50 ? "_p50_ns" : share == 99 ? "_p99_ns" : NULL;
	int verdict = ending && profile ? 2 : 0;

	for (size_t i = 0; ending && i < s->p->data.compare.n; i++) {
		const struct row *said = &s->p->data.compare.all[i];
		enum verdict said_so = row_verdict(said, COL_verdict);

		if (strcmp(row_get_text(said, COL_arm), arm) != 0 ||
		    !strstr(row_get_text(said, COL_metric), ending) || !cell_same(said, row))
			continue;
		if (row_is_set(said, COL_ratio) && row_get_decimal(said, COL_ratio) > 0)
			m->change = fmax(m->change, fabs(log(row_get_decimal(said, COL_ratio))));
		m->noisy[profile] |= row_list_has(row_get_text(said, COL_flags), "noisy");
		if (said_so != VERDICT_INCONCLUSIVE && said_so != VERDICT_INCOMPARABLE)
			verdict = 1;
	}
	return verdict;
}

/* Of what a profile discarded, the farthest percentile that its line has too. */
static void note_discarded(struct smalls *s, const struct figure *a)
{
	struct small *m = find_small(s, a);
	size_t k = plot_profile_of(s->profiles, s->n_profiles, row_get_text(a->row, COL_arm));

	for (unsigned i = 0; k < s->n_profiles && i < m->n[k]; i++)
		if (m->points[k][i].x == a->x &&
		    (!(m->discarded[k].y > 0) || m->discarded[k].x < a->x))
			m->discarded[k] = (struct curve_point){a->x, a->value, 0};
}

void lay_tails(struct plot *p, const struct chart *chart)
{
	struct smalls s = {.p = p, .chart = chart};
	size_t kept = 0;

	if (!p->percentiles.n || !begin(&s, figures_of_tails)) {
		end(&s);
		return;
	}
	for (size_t i = 0; i < s.f.n; i++) {
		const struct row *row = s.f.all[i].row;
		struct small *m;

		if (s.f.all[i].discarded ||
		    plot_profile_of(s.profiles, s.n_profiles, row_get_text(row, COL_arm)) ==
			    s.n_profiles)
			continue;
		m = find_small(&s, &s.f.all[i]);
		add_point(&s, m, row_get_text(row, COL_arm), s.f.all[i].x, s.f.all[i].value,
			  verdict_on(&s, row, m));
	}
	kept = s.n;
	for (size_t i = 0; i < s.f.n; i++)
		if (s.f.all[i].discarded)
			note_discarded(&s, &s.f.all[i]);
	s.n = kept; /* what has nothing but discarded runs has no panel */
	end(&s);
}
