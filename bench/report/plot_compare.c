/* SPDX-License-Identifier: MIT */
/*
 * Of a comparison: the ratio of each configuration to the base with its interval, what changed most
 * first, a panel per profile; and mechanisms by profiles.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/analyse/compare.h"
#include "bench/base/text.h"
#include "bench/report/plot.h"

#define PER_PAGE 45u /* configurations */
#define PAGES 4u
#define ROW 14.0
#define NAMES 9.0

size_t plot_profile_of(const char *const *names, size_t n, const char *arm)
{
	size_t i = 0;

	while (i < n && strcmp(names[i], arm) != 0)
		i++;
	return i;
}

static void note_profile(const char **names, size_t *n, const char *arm)
{
	if (plot_profile_of(names, *n, arm) == *n && *n < PROFILES_MAX)
		names[(*n)++] = arm;
}

size_t plot_profiles(const struct plot *p, const char *names[PROFILES_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < p->data.compare.n; i++) {
		note_profile(names, &n, row_get_text(&p->data.compare.all[i], COL_base_arm));
		note_profile(names, &n, row_get_text(&p->data.compare.all[i], COL_arm));
	}
	return n;
}

/* Figures that stand in one row of the picture: those of one configuration, metric and place. */
struct change {
	const struct figure *first;
	double most; /* largest change, of the logarithm */
};

struct ratios {
	struct plot *p;
	const struct chart *chart;
	struct figures f;
	struct change *changes;
	size_t n;
	const char *profiles[PROFILES_MAX];
	size_t n_profiles;
	double left, wide;
	unsigned places, families;
	struct page page;
};

static double change_of(const struct figure *a)
{
	return a->value > 0 ? fabs(log(a->value)) : 0;
}

static bool one_row(const struct figure *a, const struct figure *b)
{
	return a->place == b->place && !strcmp(a->name, b->name);
}

static int by_change(const void *a, const void *b)
{
	const struct change *x = a, *y = b;

	if (x->most != y->most)
		return x->most < y->most ? 1 : -1;
	return x->first < y->first ? -1 : 1;
}

static int find_changes(struct ratios *r)
{
	size_t n = 0;

	r->changes = calloc(r->f.n + 1, sizeof(*r->changes));
	if (!r->changes)
		return -ENOMEM;
	for (size_t i = 0; i < r->f.n; i++) {
		const struct figure *a = &r->f.all[i];
		size_t k = 0;

		while (k < n && !one_row(r->changes[k].first, a))
			k++;
		if (k == n)
			r->changes[n++] = (struct change){a, 0};
		r->changes[k].most = fmax(r->changes[k].most, change_of(a));
		r->places |= 1u << a->place;
		r->families |= 1u << a->family;
	}
	r->n = n;
	qsort(r->changes, n, sizeof(*r->changes), by_change);
	return 0;
}

static const enum column kinds_of_runs[] = {COL_fast_new, COL_slow_new};

/* The runs of one kind over the base; NaN where there are not two. */
static double kind_ratio(const struct row *row, enum column kind)
{
	return row_get_decimal(row, kind) / row_get_decimal(row, COL_base);
}

static void put_ratio(struct ratios *r, const struct axis *x, const struct figure *a, double y)
{
	enum verdict verdict = row_verdict(a->row, COL_verdict);
	unsigned hue = family_colour(a->family, HUE);
	struct canvas *c = &r->page.canvas;
	double at = axis_at(x, a->value);

	canvas_segment(c, axis_at(x, a->lo), y, axis_at(x, a->hi), y, 1.2,
		       a->noisy ? DASH_SHORT : DASH_NONE, hue);
	if (verdict == VERDICT_INCOMPARABLE) {
		canvas_point(c, at, y, 2, 0.7, hue);
		return;
	}
	for (int i = 0; i < 2; i++)
		if (!isnan(kind_ratio(a->row, kinds_of_runs[i])))
			canvas_point(c, axis_at(x, kind_ratio(a->row, kinds_of_runs[i])), y, 1, 0.6,
				     hue);
	if (verdict == VERDICT_INCONCLUSIVE)
		canvas_point(c, at, y, 7, 0.5, INK_WHITE);
	canvas_point(c, at, y,
		     verdict == VERDICT_INCONCLUSIVE ? place_hollow(a->place)
						     : place_symbol(a->place),
		     place_size(a->place), hue);
}

/* The panel of one profile: changes from `first`. */
static void put_profile(struct ratios *r, size_t profile, size_t first, size_t n, double top)
{
	double lo = 1 / 1.1, hi = 1.1, ticks[TICKS_MAX], bottom = top + ROW * (double)n, effect = 0;
	struct canvas *c = &r->page.canvas;
	double from = r->left + (double)(profile - 1) * r->wide + 4;
	struct axis x;

	for (size_t i = 0; i < r->f.n; i++)
		for (size_t k = first; k < first + n; k++)
			if (one_row(&r->f.all[i], r->changes[k].first)) {
				lo = fmin(lo, r->f.all[i].lo);
				hi = fmax(hi, r->f.all[i].hi);
				for (int m = 0; m < 2; m++) {
					double kind = kind_ratio(r->f.all[i].row, kinds_of_runs[m]);

					lo = fmin(lo, kind); /* of NaN the other */
					hi = fmax(hi, kind);
				}
				effect = row_get_decimal(r->f.all[i].row, COL_smallest_effect);
			}
	x = axis_over(UNIT_RATIO, lo, hi, from, from + r->wide - 16);
	if (effect > 0)
		canvas_box(c, axis_at(&x, 1 / (1 + effect)), top, axis_at(&x, 1 + effect), bottom,
			   0xe4e4e4);
	canvas_text(c, (x.from + x.to) / 2, top - 9, 9.5, ANCHOR_MIDDLE, INK, r->profiles[profile]);
	page_x_axis(&r->page, &x, top, bottom, 9.5, ticks, axis_ticks(&x, 9.5, ticks),
		    r->chart->x_title);
	canvas_segment(c, axis_at(&x, 1), top, axis_at(&x, 1), bottom, 1, DASH_NONE, 0x999999);
	for (size_t k = 0; k < n; k++) {
		double y = top + ROW * ((double)k + 0.5);

		canvas_segment(c, x.from, y, x.to, y, 0.6, DASH_NONE, INK_GRID);
		for (size_t i = 0; i < r->f.n; i++)
			if (one_row(&r->f.all[i], r->changes[first + k].first) &&
			    !strcmp(row_get_text(r->f.all[i].row, COL_arm), r->profiles[profile]))
				put_ratio(r, &x, &r->f.all[i], y);
	}
}

static void put_page(struct ratios *r, size_t nth, size_t shown, const char *design)
{
	size_t first = nth * PER_PAGE, n = shown - first < PER_PAGE ? shown - first : PER_PAGE;
	char more[512];
	double top;

	snprintf(more, sizeof(more), " The 95 %% interval is exact %s.", design);
	if (shown < r->n)
		text_add(more, sizeof(more), " The %zu of %zu figures that changed most.", shown,
			 r->n);
	if (!(r->places & (r->places - 1)) && r->places < 1u << PLACE_ALONE)
		text_add(more, sizeof(more), " CPUs: %s.",
			 place_name((unsigned)__builtin_ctz(r->places)));
	page_begin(r->p, &r->page, r->chart, r->left + r->wide * (double)(r->n_profiles - 1) + 10,
		   r->profiles[0], "", more);
	if (r->places & (r->places - 1))
		page_places(&r->page, r->places & ~(1u << PLACE_NONE));
	page_families(&r->page, r->families);
	top = r->page.y + 22;
	for (size_t k = 0; k < n; k++)
		canvas_text(&r->page.canvas, r->left - 4, top + ROW * ((double)k + 0.5), NAMES,
			    ANCHOR_RIGHT, family_colour(r->changes[first + k].first->family, DEEP),
			    r->changes[first + k].first->name);
	for (size_t profile = 1; profile < r->n_profiles; profile++)
		put_profile(r, profile, first, n, top);
	r->page.y = top + ROW * (double)n + 38;
	page_end(r->p, &r->page, (unsigned)nth + 1);
}

/* What an interval is of, by the design of the comparison. */
static const char *say_design(const struct row *row)
{
	static const char *const words[] = {
		[COMPARE_BLOCKS] = "(signed rank), over pairs of one block",
		[COMPARE_RUNS] = "(rank sum), of two sweeps made one after the other",
		[COMPARE_BOOTS] = "(rank sum); a boot counts once",
	};

	return words[row_design(row)];
}

void lay_ratios(struct plot *p, const struct chart *chart)
{
	struct ratios r = {.p = p, .chart = chart};
	size_t shown;

	if (p->err || !p->data.compare.n)
		return;
	r.n_profiles = plot_profiles(p, r.profiles);
	p->err = figures_of_comparison(p, chart, &r.f);
	if (!p->err)
		p->err = find_changes(&r);
	if (p->err || !r.n)
		goto out_free;
	shown = r.n < PAGES * PER_PAGE ? r.n : PAGES * PER_PAGE;
	for (size_t i = 0; i < shown; i++)
		r.left = fmax(r.left, 14 + text_width(r.changes[i].first->name, NAMES));
	r.wide = r.n_profiles == 2 ? fmax(230, PAGE_WIDE - 10 - r.left) : 170;
	for (size_t i = 1; i < r.n_profiles; i++)
		r.wide = fmax(r.wide, text_width(r.profiles[i], 9.5) + 20);
	for (size_t i = 0; i * PER_PAGE < shown; i++)
		put_page(&r, i, shown, say_design(&p->data.compare.all[0]));
out_free:
	free(r.changes);
	free(r.f.all);
}

/* Of a mechanism and profile the median time that changed most; NULL: none. */
static const struct figure *find_most(const struct figures *f, const char *mechanism,
				      const char *arm)
{
	const struct figure *most = NULL;

	for (size_t i = 0; i < f->n; i++) {
		const struct row *row = f->all[i].row;
		const char *metric = row_get_text(row, COL_metric);
		size_t n = strlen(metric);

		/* Rates, of which more is better, have no place on one scale with times. */
		if (strstr(metric, "p99") || n < 3 || strcmp(metric + n - 3, "_ns") != 0 ||
		    strcmp(row_get_text(row, COL_mechanism), mechanism) != 0 ||
		    (arm && strcmp(row_get_text(row, COL_arm), arm) != 0))
			continue;
		if (!most || change_of(&f->all[i]) > change_of(most))
			most = &f->all[i];
	}
	return most;
}

/* From blue (less) over white to orange (more), which also the colour-blind tell apart. */
static unsigned diverging(double share)
{
	static const int ends[2][3] = {{0x4a, 0x9b, 0xd1}, {0xe8, 0x80, 0x3c}};
	const int *end = ends[share > 0];
	unsigned colour = 0;

	share = fmin(fabs(share), 1);
	for (int i = 0; i < 3; i++)
		colour = colour << 8 | (unsigned)lround(255 + share * (end[i] - 255));
	return colour;
}

static void put_map_cell(struct canvas *c, const struct figure *a, double x, double y, double wide,
			 double span)
{
	enum verdict verdict = row_verdict(a->row, COL_verdict);
	char text[24];

	canvas_box(c, x + 1, y + 0.5, x + wide - 1, y + 17.5, diverging(log(a->value) / log(span)));
	if (verdict == VERDICT_INCONCLUSIVE)
		for (double at = 6; at + 5 < wide; at += 8)
			canvas_segment(c, x + at - 4, y + 17, x + at + 4, y + 1, 0.6, DASH_NONE,
				       0x999999);
	if (verdict == VERDICT_INCOMPARABLE) {
		canvas_segment(c, x + 1, y + 0.5, x + wide - 1, y + 17.5, 0.8, DASH_NONE, 0x888888);
		canvas_segment(c, x + 1, y + 17.5, x + wide - 1, y + 0.5, 0.8, DASH_NONE, 0x888888);
	}
	snprintf(text, sizeof(text), "%.2f", a->value);
	canvas_text(c, x + wide / 2, y + 9, 9, ANCHOR_MIDDLE, INK, text);
}

/* The changes of mechanisms, each by the first of its figures; their number. */
static size_t find_mechanisms(const struct figures *f, struct change *changes)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++) {
		const char *name = row_get_text(f->all[i].row, COL_mechanism);
		const struct figure *most = find_most(f, name, NULL);
		size_t k = 0;

		while (k < n &&
		       strcmp(row_get_text(changes[k].first->row, COL_mechanism), name) != 0)
			k++;
		if (k == n && most)
			changes[n++] = (struct change){&f->all[i], change_of(most)};
	}
	qsort(changes, n, sizeof(*changes), by_change);
	return n;
}

void lay_map(struct plot *p, const struct chart *chart)
{
	const char *profiles[PROFILES_MAX];
	struct figures f = {.n = 0};
	struct change *changes = NULL;
	size_t n_profiles = plot_profiles(p, profiles), n;
	double left = 0, wide = 56, span;
	struct page page;

	if (p->err || n_profiles < 3)
		return;
	p->err = figures_of_comparison(p, chart, &f);
	changes = calloc(f.n + 1, sizeof(*changes));
	n = changes ? find_mechanisms(&f, changes) : 0;
	for (size_t i = 0; i < n; i++)
		left = fmax(
			left,
			14 + text_width(row_get_text(changes[i].first->row, COL_mechanism), 10));
	for (size_t i = 1; i < n_profiles; i++)
		wide = fmax(wide, text_width(profiles[i], 10) + 12);
	if (n) {
		span = fmin(fmax(exp(changes[0].most), 1.1), 4);
		page_begin(p, &page, chart, left + wide * (double)(n_profiles - 1) + 10,
			   profiles[0], "", "");
		for (size_t k = 1; k < n_profiles; k++)
			canvas_text(&page.canvas, left + wide * ((double)k - 0.5), page.y + 12, 10,
				    ANCHOR_MIDDLE, INK, profiles[k]);
		page.y += 22;
		for (size_t i = 0; i < n; i++, page.y += 18) {
			const char *name = row_get_text(changes[i].first->row, COL_mechanism);

			canvas_text(&page.canvas, left - 6, page.y + 9, 10, ANCHOR_RIGHT, INK,
				    name);
			for (size_t k = 1; k < n_profiles; k++) {
				const struct figure *a = find_most(&f, name, profiles[k]);

				if (a)
					put_map_cell(&page.canvas, a, left + wide * (double)(k - 1),
						     page.y, wide, span);
			}
		}
		page.y += 6;
		page_end(p, &page, 1);
	}
	free(changes);
	free(f.all);
}
