/* SPDX-License-Identifier: MIT */
/*
 * A line per thing over a number: its name stands at its end. A panel for each family, on a scale
 * of its own; small families share one. Dashed: the waiter spins.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/text.h"
#include "bench/report/plot.h"

#define LETTERS 10.0
#define NAMES 9.0
#define LEFT 62.0
#define NAMES_AT 24.0 /* right of the panel */
#define PER_PANEL 12u /* lines */
#define SHARED 8u     /* lines of the families that share a panel */
#define POINTS_MAX 64

struct line {
	struct figure *points[POINTS_MAX]; /* by x */
	size_t n;
	bool spins; /* of times, where some of them spin and others sleep: those stand in panels of
		       their own */
	const struct figure *discarded; /* their farthest percentile that it has too; NULL: none */
	char name[300];
};

struct lines {
	struct plot *p;
	const struct chart *chart;
	struct line *all;
	size_t n;
	double xs[POINTS_MAX * 2]; /* of the panel at hand */
	size_t n_xs;
	size_t spinners; /* lines with `spins` */
	double side;	 /* room for names */
	struct axis x;
	char marks[384], more[512];
	unsigned nth;
	double bottom; /* of the last panel */
	struct page page;
};

static void note_x(struct lines *l, double x)
{
	size_t k = l->n_xs;

	for (size_t i = 0; i < l->n_xs; i++)
		if (l->xs[i] == x)
			return;
	if (l->n_xs == sizeof(l->xs) / sizeof(l->xs[0]))
		return;
	for (l->n_xs++; k > 0 && l->xs[k - 1] > x; k--)
		l->xs[k] = l->xs[k - 1];
	l->xs[k] = x;
}

/* Puts a point into its line, in order; of two at one place the later one. */
static void add_point(struct line *line, struct figure *a)
{
	size_t k = line->n;

	if (line->n == POINTS_MAX)
		return;
	for (line->n++; k > 0 && line->points[k - 1]->x > a->x; k--)
		line->points[k] = line->points[k - 1];
	line->points[k] = a;
}

static int by_family(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	if (x->spins != y->spins)
		return x->spins ? 1 : -1;
	if (x->points[0]->family != y->points[0]->family)
		return x->points[0]->family < y->points[0]->family ? -1 : 1;
	return strcmp(x->name, y->name);
}

static bool is_of(const struct line *line, const struct figure *a)
{
	const struct figure *first = line->points[0];

	return first && first->place == a->place && !strcmp(first->name, a->name);
}

static void note_discarded(struct lines *l, const struct figure *a)
{
	for (size_t i = 0; i < l->n; i++)
		for (size_t k = 0; is_of(&l->all[i], a) && k < l->all[i].n; k++)
			if (l->all[i].points[k]->x == a->x &&
			    (!l->all[i].discarded || l->all[i].discarded->x < a->x))
				l->all[i].discarded = a;
}

static int find_lines(struct lines *l, const struct figures *f)
{
	size_t kept = 0;

	snprintf(l->more, sizeof(l->more), "%s", f->caption);
	l->all = calloc(f->n + 1, sizeof(*l->all));
	if (!l->all)
		return -ENOMEM;
	for (size_t i = 0; i < f->n; i++) {
		struct figure *a = &f->all[i];
		size_t k = 0;

		if (a->discarded)
			continue;
		while (k < l->n && !is_of(&l->all[k], a))
			k++;
		if (k < l->n)
			add_point(&l->all[k], a);
		else
			l->all[l->n++] = (struct line){.points = {a}, .n = 1};
	}
	for (size_t i = 0; i < l->n; i++)
		if (l->all[i].n > 1) /* one figure is no line */
			l->all[kept++] = l->all[i];
	l->n = kept;
	for (size_t i = 0; i < f->n; i++)
		if (f->all[i].discarded)
			note_discarded(l, &f->all[i]);
	return 0;
}

/* Spinning and sleeping take times so different that one axis shows neither. */
static void find_spinners(struct lines *l)
{
	for (size_t i = 0; l->chart->unit == UNIT_TIME && i < l->n; i++)
		l->spinners += l->all[i].spins = l->all[i].points[0]->spins;
}

/* Names of lines, which say where the ends are unless that is one place for all. */
static void name_lines(struct lines *l)
{
	unsigned places = 0;

	for (size_t i = 0; i < l->n; i++)
		places |= 1u << l->all[i].points[0]->place;
	for (size_t i = 0; i < l->n; i++) {
		const struct figure *a = l->all[i].points[0];
		bool say = (places & (places - 1)) && a->place != PLACE_NONE;

		snprintf(l->all[i].name, sizeof(l->all[i].name), "%s%s%s", a->name, say ? ", " : "",
			 say ? place_name(a->place) : "");
		l->side = fmax(l->side, NAMES_AT + 12 + text_width(l->all[i].name, NAMES));
		for (size_t k = 0; k < l->all[i].n; k++)
			l->all[i].points[k]->drawn = true;
	}
	if (!(places & (places - 1)) && places < 1u << PLACE_ALONE)
		text_add(l->more, sizeof(l->more), " CPUs: %s.",
			 place_name((unsigned)__builtin_ctz(places)));
	qsort(l->all, l->n, sizeof(*l->all), by_family);
}

/* Says below the last panel what x is. */
static void end_page(struct lines *l)
{
	canvas_text(&l->page.canvas, (l->x.from + l->x.to) / 2, l->bottom + 4 + 2.2 * LETTERS,
		    LETTERS, ANCHOR_MIDDLE, INK, l->chart->x_title);
	l->page.y = l->bottom + 36;
	page_end(l->p, &l->page, l->nth);
}

static double panel_tall(size_t n)
{
	return fmax(100, 11.5 * (double)n + 8);
}

static void begin(struct lines *l)
{
	page_begin(l->p, &l->page, l->chart, LEFT + 210 + l->side, "", l->marks, l->more);
	l->page.y += 4;
	l->nth++;
}

static void put_line(struct lines *l, const struct axis *y, const struct line *line,
		     unsigned colour)
{
	struct canvas *c = &l->page.canvas;

	for (size_t i = 0; i < line->n; i++) {
		const struct figure *a = line->points[i];
		double x = axis_at(&l->x, a->x), at = axis_at(y, a->value);

		canvas_line(c, !i, x, at, 1.1, a->spins ? DASH_LONG : DASH_NONE, colour);
		if (a->hi > a->lo)
			canvas_segment(c, x, axis_at(y, a->lo), x, axis_at(y, a->hi), 1.1,
				       DASH_NONE, colour);
		canvas_point(c, x, at, place_symbol(a->place), 0.8 * place_size(a->place), colour);
		if (a->noisy)
			canvas_point(c, x, at, 2, 0.5, INK_WHITE);
	}
}

/* The runs that the noise gate discarded: without them a tail looks calmer than the machine was. */
static void put_discarded(struct lines *l, const struct axis *y, const struct line *line,
			  unsigned colour)
{
	const struct figure *a = line->discarded;

	if (a)
		canvas_point(&l->page.canvas, axis_at(&l->x, a->x), axis_at(y, a->value),
			     place_hollow(a->place), 1.2 * place_size(a->place), colour);
}

/* The names of a panel, as high as the ends of its lines but never one over another. */
static void put_names(struct lines *l, const struct axis *y, size_t first, size_t n)
{
	double from = l->page.canvas.width - l->side, spot[PER_PANEL];

	for (size_t i = 0; i < n; i++) {
		const struct line *line = &l->all[first + i];

		spot[i] = axis_at(y, line->points[line->n - 1]->value);
	}
	spread(n, spot, 11.5, y->to + 4, y->from - 4);
	for (size_t i = 0; i < n; i++) {
		const struct line *line = &l->all[first + i];
		const struct figure *end = line->points[line->n - 1];

		/* Out of the panel level, and slanting from there: so none crosses another. */
		canvas_segment(&l->page.canvas, axis_at(&l->x, end->x), axis_at(y, end->value),
			       from, axis_at(y, end->value), 0.5, DASH_NONE, 0xaaaaaa);
		canvas_segment(&l->page.canvas, from, axis_at(y, end->value), from + NAMES_AT - 3,
			       spot[i], 0.5, DASH_NONE, 0xaaaaaa);
		canvas_text(&l->page.canvas, from + NAMES_AT, spot[i], NAMES, ANCHOR_LEFT,
			    family_colour(end->family, DEEP), line->name);
	}
}

/* The axis below a panel spans what is in it: floors may have hundred times as many percentiles. */
static void set_x_axis(struct lines *l, size_t first, size_t n)
{
	l->n_xs = 0;
	for (size_t i = first; i < first + n; i++)
		for (size_t k = 0; k < l->all[i].n; k++)
			note_x(l, l->all[i].points[k]->x);
	l->x = axis_over(l->chart->x_unit, l->xs[0], l->xs[l->n_xs - 1], LEFT,
			 l->page.canvas.width - l->side);
}

static struct axis y_axis(const struct lines *l, size_t first, size_t n, double top, double bottom)
{
	double lo = INFINITY, hi = 0;

	for (size_t i = first; i < first + n; i++)
		for (size_t k = 0; k < l->all[i].n; k++) {
			const struct figure *a = l->all[i].points[k];

			lo = fmin(lo, a->lo > 0 ? a->lo : a->value);
			hi = fmax(hi, a->hi);
		}
	for (size_t i = first; i < first + n; i++)
		if (l->all[i].discarded) {
			lo = fmin(lo, l->all[i].discarded->value);
			hi = fmax(hi, l->all[i].discarded->value);
		}
	return axis_over(l->chart->unit, lo, hi, bottom, top);
}

/* How those of a panel wait, where the chart has both ways. */
static const char *way_of(const struct lines *l, size_t first)
{
	const struct figure *a = l->all[first].points[0];

	if (!l->spinners || l->spinners == l->n || a->family == FAMILY_FLOOR)
		return "";
	if (!row_is_ipc(a->row))
		return l->all[first].spins ? ", threads spin" : ", threads sleep";
	return l->all[first].spins ? ", a side spins" : ", both sides sleep";
}

/* One panel: lines from `first`. */
static void put_panel(struct lines *l, size_t first, size_t n)
{
	double ticks[TICKS_MAX], below[TICKS_MAX], top, bottom;
	unsigned families = 0, nth_of[FAMILY_COUNT] = {0};
	struct axis y;
	char title[128];

	if (!l->nth)
		begin(l);
	if (l->page.y + panel_tall(n) + 50 > PAGE_TALL + 120) {
		end_page(l);
		begin(l);
	}
	for (size_t i = first; i < first + n; i++)
		families |= 1u << l->all[i].points[0]->family;
	l->page.y += 12;
	snprintf(title, sizeof(title), "%s%s", l->chart->y_title, way_of(l, first));
	page_heading(&l->page, families, title);
	top = l->page.y + 12;
	bottom = top + panel_tall(n);
	set_x_axis(l, first, n);
	y = y_axis(l, first, n, top, bottom);
	page_y_axis(&l->page, &y, LEFT, l->x.to, LETTERS, ticks, axis_ticks(&y, LETTERS, ticks));
	page_x_axis(&l->page, &l->x, top, bottom, LETTERS, below,
		    axis_measured_ticks(&l->x, LETTERS, l->xs, l->n_xs, below), "");
	put_names(l, &y, first, n);
	for (size_t i = 0; i < n; i++) {
		unsigned family = l->all[first + i].points[0]->family;
		unsigned colour = family_colour(family, (enum depth)(nth_of[family]++ % 3));

		put_line(l, &y, &l->all[first + i], colour);
		put_discarded(l, &y, &l->all[first + i], colour);
	}
	l->bottom = bottom;
	l->page.y = bottom + 22;
}

static size_t lines_of(const struct lines *l, size_t first)
{
	size_t n = 1;

	while (first + n < l->n && l->all[first + n].spins == l->all[first].spins &&
	       l->all[first + n].points[0]->family == l->all[first].points[0]->family)
		n++;
	return n;
}

/*
 * At most PER_PANEL lines to a panel: small families share one, a large one has several; a floor is
 * alone.
 */
static void put_panels(struct lines *l)
{
	size_t n, held = 0;

	for (size_t i = 0; i < l->n; i += n) {
		bool floor = l->all[i].points[0]->family == FAMILY_FLOOR;
		size_t parts;

		n = lines_of(l, i);
		parts = (n + PER_PANEL - 1) / PER_PANEL;
		if (held &&
		    (held + n > SHARED || floor || l->all[i - 1].spins != l->all[i].spins)) {
			put_panel(l, i - held, held);
			held = 0;
		}
		if (parts == 1) {
			held += n;
			continue;
		}
		for (size_t k = 0; k < parts; k++)
			put_panel(l, i + k * n / parts, (k + 1) * n / parts - k * n / parts);
	}
	if (held)
		put_panel(l, l->n - held, held);
}

/* No thing has two x: a row per thing says it. */
static void lay_alone(struct plot *p, const struct chart *chart, struct figures *f)
{
	char number[NUMBER_B];
	bool one = true;

	if (!f->n || !(chart->alone || p->by_hand))
		return;
	for (size_t i = 0; i < f->n; i++)
		one &= f->all[i].x == f->all[0].x;
	number_text(number, chart->x_unit, f->all[0].x);
	if (one)
		text_add(f->caption, sizeof(f->caption), " %c%s: %s.",
			 chart->x_title[0] - 'a' + 'A', chart->x_title + 1, number);
	for (size_t i = 0; !one && i < f->n; i++) {
		number_text(number, chart->x_unit, f->all[i].x);
		text_add(f->all[i].name, sizeof(f->all[i].name), ", %s", number);
	}
	lay_dots(p, chart, f);
}

static void say_marks(struct lines *l, const struct figures *f)
{
	bool discarded = false;

	for (size_t i = 0; i < l->n; i++)
		discarded |= l->all[i].discarded != NULL;
	if (l->chart->x == COL_percentile)
		snprintf(l->marks, sizeof(l->marks),
			 "All times of all runs together: a picture of the tail, not an estimate. "
			 "Each nine is as wide as the one before.%s",
			 discarded ? " Hollow: the same percentile of the runs that were discarded "
				     "as noisy, which are in no line."
				   : "");
	else
		figures_marks(f, MARKS_LINES, l->marks, sizeof(l->marks));
}

void lay_lines(struct plot *p, const struct chart *chart, struct figures *f)
{
	struct lines l = {.p = p, .chart = chart, .side = 60};

	if (p->err)
		return;
	p->err = find_lines(&l, f);
	if (!p->err && !l.n) {
		lay_alone(p, chart, f);
	} else if (!p->err) {
		find_spinners(&l);
		name_lines(&l);
		say_marks(&l, f);
		put_panels(&l);
		end_page(&l);
	}
	free(l.all);
}
