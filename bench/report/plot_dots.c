/* SPDX-License-Identifier: MIT */
/* A row per thing: the hue is its family, the shape where the two ends are; the fastest first. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/text.h"
#include "bench/record/cell.h"
#include "bench/report/plot.h"

#define LETTERS 10.0
#define ABOVE 22.0 /* a heading */
#define BELOW 40.0 /* labels and title of the axis */
#define PLOT_WIDE 230.0

/* A row of the chart: figures of one name. */
struct thing {
	const char *name;
	const struct row *row; /* of its first figure */
	double best;
	unsigned family;
	int group;
};

struct dots {
	struct plot *p;
	const struct chart *chart;
	struct figures *f;
	struct thing *things;
	size_t n;
	double left, row;
	unsigned places, families, n_places;
	char marks[384], more[512];
	unsigned nth; /* pages begun */
	struct page page;
};

/* Spinners, sleepers, floors; one group where the chart does not part them. */
static int group_of(const struct dots *d, const struct figure *a)
{
	if (!d->chart->apart)
		return 0;
	return row_is_floor(a->row) ? 2 : a->spins ? 0 : 1;
}

static const char *group_name(const struct dots *d, int group)
{
	static const char *const ipc[] = {"A side spins while it waits",
					  "Both sides sleep while they wait",
					  "Nothing waits: floors"};
	static const char *const sync[] = {"Threads spin while they wait",
					   "Threads sleep while they wait",
					   "Nothing waits: floors"};

	if (!d->chart->apart)
		return "";
	return (row_is_ipc(d->f->all[0].row) ? ipc : sync)[group];
}

static int by_speed(const void *a, const void *b)
{
	const struct thing *x = a, *y = b;

	if (x->group != y->group)
		return x->group - y->group;
	return x->best < y->best ? -1 : x->best > y->best ? 1 : strcmp(x->name, y->name);
}

static int find_things(struct dots *d)
{
	bool grows = d->chart->unit == UNIT_RATE || d->chart->unit == UNIT_PAYLOAD ||
		     d->chart->unit == UNIT_SHARE;

	d->things = calloc(d->f->n + 1, sizeof(*d->things));
	if (!d->things)
		return -ENOMEM;
	for (size_t i = 0; i < d->f->n; i++) {
		const struct figure *a = &d->f->all[i];
		double best = grows ? -a->value : a->value;
		int group = group_of(d, a);
		size_t k = 0;

		while (k < d->n &&
		       (strcmp(d->things[k].name, a->name) != 0 || d->things[k].group != group))
			k++;
		if (k == d->n)
			d->things[d->n++] = (struct thing){a->name, a->row, best, a->family, group};
		d->things[k].best = fmin(d->things[k].best, best);
		d->places |= 1u << a->place;
		d->families |= 1u << a->family;
	}
	qsort(d->things, d->n, sizeof(*d->things), by_speed);
	return 0;
}

static bool same_text(const struct thing *a, const struct thing *b, enum column column)
{
	return !strcmp(row_get_text(a->row, column), row_get_text(b->row, column));
}

/* Whether nothing of its mechanism, way of waiting and sweep is faster: those come first. */
static bool is_best(const struct dots *d, size_t nth)
{
	const struct thing *t = &d->things[nth];

	for (size_t i = 0; i < nth; i++)
		if (d->things[i].group == t->group && same_text(&d->things[i], t, COL_mechanism) &&
		    same_text(&d->things[i], t, COL_run_id) && same_text(&d->things[i], t, COL_arm))
			return false;
	return true;
}

/* Keeps what the chart picks. */
static void pick(struct dots *d)
{
	size_t kept = 0;

	for (size_t i = 0; i < d->n; i++) {
		bool best = is_best(d, i);

		if (best && d->chart->pick == PICK_BEST)
			d->things[kept] = d->things[i];
		kept += best;
	}
	if (d->chart->pick == PICK_BEST)
		d->n = kept;
	else if (d->chart->pick == PICK_MORE && d->n == kept)
		d->n = 0;
}

static bool is_of(const struct dots *d, const struct figure *a, const struct thing *t)
{
	return !strcmp(a->name, t->name) && group_of(d, a) == t->group;
}

/* The axis of `n` things from `first`: it spans their figures. */
static struct axis find_axis(const struct dots *d, size_t first, size_t n)
{
	double lo = INFINITY, hi = 0;

	for (size_t i = 0; i < d->f->n; i++)
		for (size_t k = first; k < first + n; k++) {
			const struct figure *a = &d->f->all[i];

			if (!is_of(d, a, &d->things[k]))
				continue;
			lo = fmin(lo, a->lo > 0 ? fmin(a->lo, a->value) : a->value);
			hi = fmax(hi, fmax(fmax(a->hi, a->value), a->p99));
		}
	return axis_over(d->chart->unit, lo, hi, d->left, d->page.canvas.width - 22);
}

static void put_figure(struct dots *d, const struct axis *axis, const struct figure *a, double y)
{
	unsigned hue = family_colour(a->family, HUE);
	struct canvas *c = &d->page.canvas;
	double x = axis_at(axis, a->value);

	if (a->hi > a->lo)
		canvas_segment(c, axis_at(axis, a->lo), y, axis_at(axis, a->hi), y, 4,
			       a->noisy ? DASH_SHORT : DASH_NONE, a->noisy ? 0x999999 : 0xc4c4c4);
	if (a->p99 > a->value)
		canvas_segment(c, x, y, axis_at(axis, a->p99), y, 0.8, DASH_NONE, hue);
	canvas_point(c, x, y, place_symbol(a->place), place_size(a->place), hue);
	if (a->noisy)
		canvas_point(c, x, y, 2, 0.5, INK_WHITE);
}

/* One panel: things from `first`, under a heading. */
static void put_panel(struct dots *d, size_t first, size_t n)
{
	const char *heading = group_name(d, d->things[first].group);
	struct canvas *c = &d->page.canvas;
	struct axis axis = find_axis(d, first, n);
	double top = d->page.y + (*heading ? ABOVE : 8), bottom = top + d->row * (double)n;
	double ticks[TICKS_MAX];

	if (*heading)
		canvas_text(c, PAGE_LEFT, d->page.y + 10, 9.5, ANCHOR_LEFT, INK, heading);
	page_x_axis(&d->page, &axis, top, bottom, LETTERS, ticks, axis_ticks(&axis, LETTERS, ticks),
		    d->chart->style == STYLE_LINES ? d->chart->y_title : d->chart->x_title);
	for (size_t k = 0; k < n; k++) {
		const struct thing *t = &d->things[first + k];
		double y = top + d->row * ((double)k + 0.5);

		canvas_segment(c, d->left, y, axis.to, y, 0.6, DASH_NONE, INK_GRID);
		canvas_text(c, d->left - 6, y, LETTERS, ANCHOR_RIGHT,
			    family_colour(t->family, DEEP), t->name);
		for (size_t i = 0; i < d->f->n; i++) {
			unsigned below = d->places & ((1u << d->f->all[i].place) - 1);
			double lane = __builtin_popcount(below) + 0.5;

			if (is_of(d, &d->f->all[i], t))
				put_figure(d, &axis, &d->f->all[i],
					   y + (lane / d->n_places - 0.5) * 0.75 * d->row);
		}
	}
	d->page.y = bottom + BELOW;
}

static void begin(struct dots *d)
{
	page_begin(d->p, &d->page, d->chart, d->left + PLOT_WIDE, "", d->marks, d->more);
	if (d->n_places > 1)
		page_places(&d->page, d->places);
	page_families(&d->page, d->families);
	d->nth++;
}

/* Lays the things of one group, in equal parts where they need several pages. */
static void put_group(struct dots *d, size_t first, size_t n)
{
	size_t most = (size_t)((PAGE_TALL - ABOVE - BELOW) / d->row);
	size_t parts = (n + most - 1) / most;

	for (size_t i = 0; i < parts; i++) {
		size_t from = first + i * n / parts, to = first + (i + 1) * n / parts;

		/* The few floors stay with what they are floors of. */
		double room = PAGE_TALL + (to - from < 6 ? 320 : 120);

		if (d->nth && d->page.y + ABOVE + BELOW + d->row * (double)(to - from) > room) {
			page_end(d->p, &d->page, d->nth);
			begin(d);
		} else if (!d->nth) {
			begin(d);
		}
		put_panel(d, from, to - from);
	}
}

void lay_dots(struct plot *p, const struct chart *chart, struct figures *f)
{
	struct dots d = {.p = p, .chart = chart, .f = f};

	if (!f->n || p->err)
		return;
	p->err = find_things(&d);
	if (p->err)
		return;
	pick(&d);
	if (!d.n)
		goto out_free;
	d.n_places = (unsigned)__builtin_popcount(d.places);
	d.row = fmax(14, 5.0 * d.n_places + 4);
	for (size_t i = 0; i < d.n; i++)
		d.left = fmax(d.left, 14 + text_width(d.things[i].name, LETTERS));
	for (size_t i = 0; i < f->n; i++)
		for (size_t k = 0; k < d.n; k++)
			f->all[i].drawn |= is_of(&d, &f->all[i], &d.things[k]);
	figures_marks(f, MARKS_ROWS, d.marks, sizeof(d.marks));
	snprintf(d.more, sizeof(d.more), "%s", f->caption);
	if (d.n_places == 1 && d.places < 1u << PLACE_ALONE)
		text_add(d.more, sizeof(d.more), " CPUs: %s.",
			 place_name((unsigned)__builtin_ctz(d.places)));
	for (size_t i = 0, n; i < d.n; i += n) {
		for (n = 1; i + n < d.n && d.things[i + n].group == d.things[i].group; n++)
			;
		put_group(&d, i, n);
	}
	page_end(p, &d.page, d.nth);
out_free:
	free(d.things);
}
