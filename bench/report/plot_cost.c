/* SPDX-License-Identifier: MIT */
/*
 * Latency against cost: a point per way to wait. A panel for CPU time, and one for energy where it
 * could be read. Names stand beside the panel, as high as their points but never one over another.
 */
#include <math.h>

#include "bench/record/cell.h"
#include "bench/report/plot.h"

#define LETTERS 10.0
#define NAMES 9.0
#define LEFT 62.0
#define NAMES_AT 24.0 /* right of the panel */
#define ROW 11.5
#define NAMES_MAX 64u
#define FEWEST 3u /* figures: fewer are no chart */

/* What a panel has as its height. */
static const struct cost {
	enum column column;
	enum unit unit;
	const char *title;
} costs[] = {
	{COL_cpu_ns_per_op, UNIT_TIME, "CPU time of both sides per round trip"},
	{COL_energy_nj_per_op, UNIT_ENERGY, "energy of all packages per round trip"},
};

struct costs {
	const struct chart *chart;
	const struct figures *f;
	const struct figure *shown[NAMES_MAX]; /* in the panel at hand */
	size_t n;
	double side; /* room for names */
	struct page page;
};

/* Those that have that cost. */
static void find_shown(struct costs *c, const struct cost *cost)
{
	c->n = 0;
	for (size_t i = 0; i < c->f->n && c->n < NAMES_MAX; i++)
		if (row_get_decimal(c->f->all[i].row, cost->column) > 0) {
			c->f->all[i].drawn = true;
			c->shown[c->n++] = &c->f->all[i];
		}
}

static struct axis axis_of(const struct costs *c, const struct cost *cost, double from, double to)
{
	double lo = INFINITY, hi = 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct figure *a = c->shown[i];
		double value = cost ? row_get_decimal(a->row, cost->column) : a->value;

		lo = fmin(lo, cost ? value : fmin(a->lo, value));
		hi = fmax(hi, cost ? value : fmax(a->hi, value));
	}
	return axis_over(cost ? cost->unit : c->chart->unit, lo, hi, from, to);
}

static void put_name(struct costs *c, const struct figure *a, double x, double y, double spot)
{
	double edge = c->page.canvas.width - c->side;

	canvas_segment(&c->page.canvas, x, y, edge, y, 0.5, DASH_NONE, 0xcccccc);
	canvas_segment(&c->page.canvas, edge, y, edge + NAMES_AT - 3, spot, 0.5, DASH_NONE,
		       0xaaaaaa);
	canvas_text(&c->page.canvas, edge + NAMES_AT, spot, NAMES, ANCHOR_LEFT,
		    family_colour(a->family, DEEP), a->name);
}

static void put_point(struct costs *c, const struct axis *x, const struct figure *a, double y)
{
	double at = axis_at(x, a->value);

	if (a->hi > a->lo)
		canvas_segment(&c->page.canvas, axis_at(x, a->lo), y, axis_at(x, a->hi), y, 4,
			       a->noisy ? DASH_SHORT : DASH_NONE, a->noisy ? 0x999999 : 0xc4c4c4);
	canvas_point(&c->page.canvas, at, y,
		     a->spins ? place_symbol(PLACE_NONE) : place_hollow(PLACE_NONE), 0.6,
		     family_colour(a->family, HUE));
	if (a->noisy)
		canvas_point(&c->page.canvas, at, y, 2, 0.5, INK_WHITE);
}

/* Where both sides work all the time: twice the round trip. */
static void put_busy(struct costs *c, const struct axis *x, const struct axis *y)
{
	double from = fmax(x->lo, y->lo / 2), to = fmin(x->hi, y->hi / 2);

	if (from < to)
		canvas_segment(&c->page.canvas, axis_at(x, from), axis_at(y, 2 * from),
			       axis_at(x, to), axis_at(y, 2 * to), 0.8, DASH_LONG, INK_FRAME);
}

static void put_panel(struct costs *c, const struct cost *cost)
{
	double ticks[TICKS_MAX], spot[NAMES_MAX] = {0}, at[NAMES_MAX] = {0};
	double top = c->page.y + 24, bottom;
	struct axis x, y;

	bottom = top + fmax(180, ROW * (double)c->n + 8);
	canvas_text(&c->page.canvas, PAGE_LEFT, top - 12, 9.5, ANCHOR_LEFT, INK, cost->title);
	x = axis_of(c, NULL, LEFT, c->page.canvas.width - c->side);
	y = axis_of(c, cost, bottom, top);
	page_y_axis(&c->page, &y, LEFT, x.to, LETTERS, ticks, axis_ticks(&y, LETTERS, ticks));
	page_x_axis(&c->page, &x, top, bottom, LETTERS, ticks, axis_ticks(&x, LETTERS, ticks),
		    c->chart->x_title);
	if (cost->unit == UNIT_TIME)
		put_busy(c, &x, &y);
	for (size_t i = 0; i < c->n; i++)
		spot[i] = at[i] = axis_at(&y, row_get_decimal(c->shown[i]->row, cost->column));
	spread(c->n, spot, ROW, top + 4, bottom - 4);
	for (size_t i = 0; i < c->n; i++)
		put_name(c, c->shown[i], axis_at(&x, c->shown[i]->value), at[i], spot[i]);
	for (size_t i = 0; i < c->n; i++)
		put_point(c, &x, c->shown[i], at[i]);
	c->page.y = bottom + 40;
}

void lay_cost(struct plot *p, const struct chart *chart, struct figures *f)
{
	struct costs c = {.chart = chart, .f = f};
	char marks[256], more[512];
	unsigned families = 0;
	bool energy = false;

	find_shown(&c, &costs[0]);
	if (p->err || c.n < FEWEST)
		return;
	for (size_t i = 0; i < c.n; i++) {
		c.side = fmax(c.side, NAMES_AT + 12 + text_width(c.shown[i]->name, NAMES));
		families |= 1u << c.shown[i]->family;
		energy |= row_is_set(c.shown[i]->row, COL_energy_nj_per_op);
	}
	figures_marks(f, MARKS_POINTS, marks, sizeof(marks));
	snprintf(more, sizeof(more), "%s CPUs: %s.%s", f->caption, place_name(f->all[0].place),
		 energy ? "" : " No energy counter was readable.");
	page_begin(p, &c.page, chart, LEFT + 230 + c.side, "", marks, more);
	page_families(&c.page, families);
	put_panel(&c, &costs[0]);
	find_shown(&c, &costs[1]);
	if (c.n)
		put_panel(&c, &costs[1]);
	page_end(p, &c.page, 1);
}
