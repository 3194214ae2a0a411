/* SPDX-License-Identifier: MIT */
/*
 * What round trips are made of: a bar for each, its parts side by side from 0; those below 0 to its
 * left.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/findings.h"
#include "bench/report/made_of.h"
#include "bench/report/plot.h"

#define LETTERS 10.0
#define PITCH 15.0
#define THICK 9.0
#define ABOVE 20.0 /* a heading */
#define BELOW 40.0 /* labels and title of the axis */
#define CUT 1.7	   /* an axis goes so many times as far as the parts, at most */

struct bars {
	struct plot *p;
	const struct chart *chart;
	struct made_of m;
	double left;
	unsigned nth; /* pages begun */
	struct page page;
};

static unsigned part_colour(enum part part)
{
	static const unsigned colours[PART_COUNT] = {
		[PART_CALLS] = 0x0072b2, [PART_SWITCH] = 0x009e73, [PART_WAKE] = 0x56b4e9,
		[PART_IDLE] = 0xe69f00,	 [PART_COPY] = 0xcc79a7,   [PART_REST] = 0xa0a0a0,
		[PART_RESTED] = 0xf7dfa8};

	return colours[part];
}

static const struct row *trip_of(const struct breakdown *b)
{
	return b->source[SOURCE_TRIP];
}

/* Whether two stand in one panel. */
static bool same_panel(const struct breakdown *a, const struct breakdown *b)
{
	const struct row *x = trip_of(a), *y = trip_of(b);

	return row_is_ipc(x) == row_is_ipc(y) && row_relation(x) == row_relation(y) &&
	       !a->source[SOURCE_SMALLER] == !b->source[SOURCE_SMALLER] &&
	       (!a->source[SOURCE_SMALLER] ||
		row_get_u64(x, COL_msg_size_b, 0) == row_get_u64(y, COL_msg_size_b, 0));
}

/*
 * Keeps one CPU, the closest two cores and the farthest; there the smallest message and the
 * largest.
 */
static void keep_ends(const struct report_data *d, const struct state *state, struct made_of *m)
{
	unsigned places = QUERY_AT(RELATION_SAME_PU) | QUERY_AT(finding_relation(d, state, false)) |
			  QUERY_AT(finding_relation(d, state, true));
	size_t kept = 0;

	for (size_t i = 0; i < m->n; i++) {
		const struct breakdown *b = &m->all[i];
		bool larger = false; /* messages of such a pair stand behind each other */

		for (size_t k = i + 1; k < m->n && !larger; k++)
			larger = row_is_ipc(trip_of(&m->all[k])) == row_is_ipc(trip_of(b)) &&
				 row_relation(trip_of(&m->all[k])) == row_relation(trip_of(b)) &&
				 !same_panel(&m->all[k], b);
		if (places & QUERY_AT(row_relation(trip_of(b))) &&
		    (!b->source[SOURCE_SMALLER] || !larger))
			m->all[kept++] = *b;
	}
	m->n = kept;
}

/*
 * How far the parts of the `n` bars from `all` go below 0 and above; what goes beyond them is cut,
 * so that they can be seen.
 */
static void span(const struct breakdown *all, size_t n, double *lo, double *hi)
{
	double parts = 0, more = 0;

	*lo = 0;
	for (size_t i = 0; i < n; i++) {
		double below = 0, above = 0, whole = row_get_decimal(trip_of(&all[i]), COL_median);

		for (enum part p = 0; p <= PART_REST; p++) {
			/* these take 0 of what is not measured */
			below += fmin(all[i].part[p].ns, 0);
			above += fmax(all[i].part[p].ns, 0);
		}
		*lo = fmin(*lo, below);
		parts = fmax(parts, above);
		more = fmax(more, whole + fmax(all[i].part[PART_RESTED].ns, 0));
		more = fmax(more, row_get_decimal(trip_of(&all[i]), COL_ci_hi));
	}
	*hi = fmin(fmax(parts, more), CUT * parts);
}

static void put_bar(struct bars *s, const struct axis *axis, const struct breakdown *b, double y)
{
	double whole = row_get_decimal(trip_of(b), COL_median), left = 0, right = 0;
	double ci_lo = row_get_decimal(trip_of(b), COL_ci_lo);
	struct canvas *c = &s->page.canvas;

	for (enum part p = 0; p <= PART_REST; p++) {
		double ns = b->part[p].ns, *from = ns < 0 ? &left : &right;

		if (isnan(ns) || ns == 0)
			continue;
		canvas_box(c, axis_at(axis, fmin(*from, *from + ns)), y - THICK / 2,
			   axis_at(axis, fmax(*from, *from + ns)), y + THICK / 2, part_colour(p));
		*from += ns;
	}
	if (b->part[PART_RESTED].ns > 0)
		canvas_box(c, axis_at(axis, fmax(whole, right)), y - THICK / 4,
			   axis_at(axis, whole + b->part[PART_RESTED].ns), y + THICK / 4,
			   part_colour(PART_RESTED));
	if (!isnan(ci_lo))
		canvas_segment(c, axis_at(axis, ci_lo), y,
			       axis_at(axis, row_get_decimal(trip_of(b), COL_ci_hi)), y, 1,
			       DASH_NONE, INK);
	canvas_segment(c, axis_at(axis, whole), y - THICK / 2 - 1, axis_at(axis, whole),
		       y + THICK / 2 + 1, 1.6, DASH_NONE, INK);
}

static void heading(const struct breakdown *b, char *text, size_t size)
{
	const struct row *trip = trip_of(b);
	char bytes[NUMBER_B] = "";

	if (b->source[SOURCE_SMALLER])
		number_text(bytes, UNIT_BYTES, row_get_decimal(trip, COL_msg_size_b));
	snprintf(text, size, "%s: %s%s%s",
		 row_is_ipc(trip) ? "Messages and notifications" : "Threads that hand over",
		 place_name(place_of(trip)), *bytes ? ", " : "", bytes);
}

/* One panel of `n` bars from `first`, under a heading. */
static void put_panel(struct bars *s, size_t first, size_t n)
{
	double top = s->page.y + ABOVE, bottom = top + PITCH * (double)n, lo, hi;
	double ticks[TICKS_MAX];
	struct axis axis;
	char text[256];

	span(&s->m.all[first], n, &lo, &hi);
	axis = axis_from_zero(UNIT_TIME, lo, hi, s->left, s->page.canvas.width - 22);
	heading(&s->m.all[first], text, sizeof(text));
	canvas_text(&s->page.canvas, PAGE_LEFT, s->page.y + 10, 9.5, ANCHOR_LEFT, INK, text);
	page_x_axis(&s->page, &axis, top, bottom, LETTERS, ticks, axis_ticks(&axis, LETTERS, ticks),
		    s->chart->x_title);
	for (size_t i = 0; i < n; i++) {
		double y = top + PITCH * ((double)i + 0.5);

		made_of_name(&s->m.all[first + i], text, sizeof(text));
		canvas_text(&s->page.canvas, s->left - 6, y, LETTERS, ANCHOR_RIGHT,
			    family_colour(family_of(trip_of(&s->m.all[first + i])), DEEP), text);
		put_bar(s, &axis, &s->m.all[first + i], y);
	}
	if (lo < 0)
		canvas_segment(&s->page.canvas, axis_at(&axis, 0), top, axis_at(&axis, 0), bottom,
			       1, DASH_NONE, INK_FRAME);
	s->page.y = bottom + BELOW;
}

static void begin(struct bars *s)
{
	const char *names[PART_COUNT];
	unsigned colours[PART_COUNT];
	bool there[PART_COUNT] = {false}, in_one = false;
	size_t n = 0;

	for (size_t i = 0; i < s->m.n; i++) {
		for (enum part p = 0; p <= PART_RESTED; p++)
			there[p] |= !isnan(s->m.all[i].part[p].ns);
		in_one |= !isnan(s->m.all[i].part[PART_WAKE].ns) &&
			  isnan(s->m.all[i].part[PART_IDLE].ns);
	}
	for (enum part p = 0; p <= PART_RESTED; p++)
		if (there[p]) {
			names[n] = made_of_part(p);
			colours[n++] = part_colour(p);
		}
	page_begin(s->p, &s->page, s->chart, PAGE_WIDE, "", "",
		   in_one ? " A way out of idle that was not measured is in that to another CPU."
			  : "");
	page_boxes(&s->page, names, colours, n);
	s->nth++;
}

/*
 * The state that the picture is of: the only one, or the base of a comparison; NULL: there are
 * several.
 */
static const struct state *find_state(const struct plot *p)
{
	for (size_t i = 0; *p->base && i < p->data.n_states; i++)
		if (!strcmp(p->data.states[i].arm, p->base))
			return &p->data.states[i];
	return p->data.n_states == 1 ? &p->data.states[0] : NULL;
}

void lay_bars(struct plot *p, const struct chart *chart)
{
	struct bars s = {.p = p, .chart = chart};
	const struct state *state = find_state(p);
	char name[256];

	if (p->err || !state)
		return;
	p->err = made_of_find(&p->data, state, &s.m);
	keep_ends(&p->data, state, &s.m);
	for (size_t i = 0; i < s.m.n; i++) {
		made_of_name(&s.m.all[i], name, sizeof(name));
		s.left = fmax(s.left, 14 + text_width(name, LETTERS));
	}
	for (size_t i = 0, n; !p->err && i < s.m.n; i += n) {
		for (n = 1; i + n < s.m.n && same_panel(&s.m.all[i], &s.m.all[i + n]); n++)
			;
		if (s.nth && s.page.y + ABOVE + BELOW + PITCH * (double)n > PAGE_TALL) {
			page_end(p, &s.page, s.nth);
			begin(&s);
		} else if (!s.nth) {
			begin(&s);
		}
		put_panel(&s, i, n);
	}
	if (s.nth)
		page_end(p, &s.page, s.nth);
	made_of_free(&s.m);
}
