/* SPDX-License-Identifier: MIT */
/* What all charts have: title, caption, legends, axes, footer, and the files of a page. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/grow.h"
#include "bench/base/text.h"
#include "bench/report/plot.h"

#define TITLE 13.0
#define CAPTION 9.5
#define FOOTER 8.0
#define LEGEND 9.5
#define SPREAD_MAX 128

void page_begin(const struct plot *p, struct page *page, const struct chart *chart, double width,
		const char *base, const char *marks, const char *more)
{
	const char *gap = strstr(chart->title, "%s");
	struct canvas *c = &page->canvas;

	*page = (struct page){.chart = chart};
	c->width = fmax(width, p->width ? p->width : PAGE_WIDE);
	snprintf(page->title, sizeof(page->title), "%.*s%s%s",
		 gap ? (int)(gap - chart->title) : (int)strlen(chart->title), chart->title,
		 gap ? base : "", gap ? gap + 2 : "");
	snprintf(page->about, sizeof(page->about), "%s%s%s", marks, chart->caption, more);
	if (*page->about == ' ')
		memmove(page->about, page->about + 1, strlen(page->about));
	page->y = 14;
	page->y += 17 * canvas_paragraph(c, PAGE_LEFT, page->y, c->width - 16, TITLE, 17, INK,
					 page->title);
	page->y += 2 + 13 * canvas_paragraph(c, PAGE_LEFT, page->y, c->width - 16, CAPTION, 13,
					     INK_QUIET, page->about);
}

/* Where the next entry of a legend of that width begins; `*x` 0: a new legend. */
static double next_entry(struct page *page, double *x, double width)
{
	double at = *x;

	if (at == 0 || at + width > page->canvas.width - 8) {
		page->y += 14;
		at = 14;
	}
	*x = at + width + 14;
	return at;
}

void page_places(struct page *page, unsigned places)
{
	double x = 0;

	for (unsigned i = 0; i < PLACE_NONE; i++) {
		double at;

		if (!(places & 1u << i))
			continue;
		at = next_entry(page, &x, 10 + text_width(place_name(i), LEGEND));
		canvas_point(&page->canvas, at, page->y - 8, place_symbol(i), place_size(i),
			     0x333333);
		canvas_text(&page->canvas, at + 9, page->y - 8, LEGEND, ANCHOR_LEFT, INK,
			    place_name(i));
	}
	page->y += x > 0 ? 2 : 0;
}

void page_families(struct page *page, unsigned families)
{
	double x = 0;

	if (!(families & (families - 1)))
		return; /* one hue says nothing */
	for (unsigned i = 0; i < FAMILY_COUNT; i++) {
		double at;

		if (!(families & 1u << i))
			continue;
		at = next_entry(page, &x, 12 + text_width(family_name(i), LEGEND));
		canvas_box(&page->canvas, at - 3, page->y - 12, at + 5, page->y - 4,
			   family_colour(i, HUE));
		canvas_text(&page->canvas, at + 9, page->y - 8, LEGEND, ANCHOR_LEFT,
			    family_colour(i, DEEP), family_name(i));
	}
	page->y += 2;
}

void page_profiles(struct page *page, const char *const *names, size_t n)
{
	double x = 0;

	for (size_t i = 0; i < n; i++) {
		double at = next_entry(page, &x, 10 + text_width(names[i], LEGEND));

		canvas_point(&page->canvas, at, page->y - 8, profile_symbol(i), 0.6,
			     profile_colour(i));
		canvas_text(&page->canvas, at + 9, page->y - 8, LEGEND, ANCHOR_LEFT,
			    profile_colour(i), names[i]);
	}
	page->y += 2;
}

void page_boxes(struct page *page, const char *const *names, const unsigned *colours, size_t n)
{
	double x = 0;

	for (size_t i = 0; i < n; i++) {
		double at = next_entry(page, &x, 12 + text_width(names[i], LEGEND));

		canvas_box(&page->canvas, at - 3, page->y - 12, at + 5, page->y - 4, colours[i]);
		canvas_text(&page->canvas, at + 9, page->y - 8, LEGEND, ANCHOR_LEFT, INK, names[i]);
	}
	page->y += 2;
}

/* Puts a word into a heading, in the next line where it has no room. */
static void heading_word(struct page *page, double *x, unsigned colour, const char *text)
{
	double width = text_width(text, CAPTION);

	if (*x > PAGE_LEFT && *x + width > page->canvas.width - 8) {
		*x = PAGE_LEFT;
		page->y += 13;
	}
	canvas_text(&page->canvas, *x, page->y, CAPTION, ANCHOR_LEFT, colour, text);
	*x += width + text_width(" ", CAPTION);
}

void page_heading(struct page *page, unsigned families, const char *text)
{
	double x = PAGE_LEFT;
	char word[80];

	for (unsigned i = 0; i < FAMILY_COUNT; i++) {
		if (!(families & 1u << i))
			continue;
		snprintf(word, sizeof(word), "%s%s", family_name(i),
			 families >> i == 1 ? ":" : ",");
		heading_word(page, &x, family_colour(i, DEEP), word);
	}
	heading_word(page, &x, INK, text);
}

void page_x_axis(struct page *page, const struct axis *a, double top, double bottom, double size,
		 const double *ticks, size_t n, const char *title)
{
	struct canvas *c = &page->canvas;
	char text[NUMBER_B];

	for (size_t i = 0; i < n; i++) {
		double x = axis_at(a, ticks[i]);

		number_text(text, a->unit, ticks[i]);
		canvas_segment(c, x, top, x, bottom + 3, 0.6, DASH_NONE, INK_GRID);
		canvas_text(c, x, bottom + 4 + 0.7 * size, size, ANCHOR_MIDDLE, INK, text);
	}
	canvas_segment(c, a->from, bottom, a->to, bottom, 1, DASH_NONE, INK_FRAME);
	if (*title)
		canvas_text(c, (a->from + a->to) / 2, bottom + 4 + 2.2 * size, size, ANCHOR_MIDDLE,
			    INK, title);
}

void page_y_axis(struct page *page, const struct axis *a, double left, double right, double size,
		 const double *ticks, size_t n)
{
	struct canvas *c = &page->canvas;
	char text[NUMBER_B];

	for (size_t i = 0; i < n; i++) {
		double y = axis_at(a, ticks[i]);

		number_text(text, a->unit, ticks[i]);
		canvas_segment(c, left - 3, y, right, y, 0.6, DASH_NONE, INK_GRID);
		canvas_text(c, left - 6, y, size, ANCHOR_RIGHT, INK, text);
	}
	canvas_segment(c, left, a->from, left, a->to, 1, DASH_NONE, INK_FRAME);
}

/* Opens NAME with an ending in the directory of work. */
static FILE *open_work(struct plot *p, const char *name, const char *ending)
{
	char path[PATH_MAX + PICTURE_NAME_B];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s%s", p->work, name, ending);
	out = fopen(path, "we");
	if (!out)
		p->err = -errno;
	return out;
}

/* Closes `out`; notes what went wrong. */
static void close_work(struct plot *p, FILE *out)
{
	if (out && fclose(out) && !p->err)
		p->err = -errno;
}

static void write_page(struct plot *p, const struct page *page, const char *name)
{
	FILE *data = open_work(p, name, ".tsv"), *settings = open_work(p, name, ".gp");

	if (data && settings && !canvas_write(&page->canvas, data, settings))
		p->err = -ENOMEM;
	close_work(p, data);
	close_work(p, settings);
}

void page_end(struct plot *p, struct page *page, unsigned nth)
{
	struct canvas *c = &page->canvas;
	struct picture *new;

	page->y += 12;
	page->y += 11 * canvas_paragraph(c, PAGE_LEFT, page->y, c->width - 16, FOOTER, 11,
					 INK_QUIET, p->footer);
	c->height = ceil(page->y - 3);
	if (array_grow(&p->pictures, p->n, &p->room, sizeof(*p->pictures))) {
		p->err = -ENOMEM;
		canvas_free(c);
		return;
	}
	new = &p->pictures[p->n++];
	*new = (struct picture){.title = strdup(page->title), .about = strdup(page->about)};
	if (nth > 1)
		snprintf(new->name, sizeof(new->name), "%s_%u", page->chart->name, nth);
	else
		snprintf(new->name, sizeof(new->name), "%s", page->chart->name);
	write_page(p, page, new->name);
	canvas_free(c);
}

/* The order of `y`, from the top, into `by`. */
static void sort_heights(size_t n, const double *y, size_t *by)
{
	for (size_t i = 0; i < n; i++) {
		size_t k = i;

		for (; k > 0 && y[by[k - 1]] > y[i]; k--)
			by[k] = by[k - 1];
		by[k] = i;
	}
}

void spread(size_t n, double *y, double least, double top, double bottom)
{
	size_t by[SPREAD_MAX], piles = 0, k = 0;
	struct {
		double top; /* where its first name wants to be, the mean over its names */
		size_t n;
	} pile[SPREAD_MAX];

	n = n < SPREAD_MAX ? n : SPREAD_MAX;
	sort_heights(n, y, by);
	/* Names that would touch are one pile, as near to where they want to be as a pile can. */
	for (size_t i = 0; i < n; i++) {
		pile[piles].top = y[by[i]] - (double)i * least;
		pile[piles++].n = 1;
		for (; piles > 1 && pile[piles - 2].top > pile[piles - 1].top; piles--) {
			size_t above = pile[piles - 2].n, below = pile[piles - 1].n;

			pile[piles - 2].top = (pile[piles - 2].top * (double)above +
					       pile[piles - 1].top * (double)below) /
					      (double)(above + below);
			pile[piles - 2].n += below;
		}
	}
	for (size_t i = 0; i < piles; i++) {
		double first = fmin(fmax(pile[i].top, top), bottom - (double)(n - 1) * least);

		for (size_t left = pile[i].n; left > 0; left--, k++)
			y[by[k]] = first + (double)k * least;
	}
}

/* Adds for how much of the time sides that the scheduler placed were on one CPU. */
static void say_together(const struct figures *f, char *text, size_t size)
{
	double least = NAN, most = NAN;

	for (size_t i = 0; i < f->n; i++) {
		double share = row_get_decimal(f->all[i].row, COL_same_cpu_share);

		least = f->all[i].drawn ? fmin(least, round(100 * share)) : least;
		most = f->all[i].drawn ? fmax(most, round(100 * share)) : most;
	}
	if (least < most)
		text_add(text, size,
			 " Unpinned sides were on one CPU for %.0f to %.0f %% of the time.", least,
			 most);
	else if (!isnan(least))
		text_add(text, size, " Unpinned sides were on one CPU for %.0f %% of the time.",
			 least);
}

void figures_marks(const struct figures *f, enum marks marks, char *text, size_t size)
{
	bool lines = marks == MARKS_LINES;
	bool interval = false, noisy = false, spins = false, whisker = false, batches = false;

	for (size_t i = 0; i < f->n; i++) {
		const struct figure *a = &f->all[i];

		if (!a->drawn)
			continue;
		interval |= a->hi > a->lo;
		noisy |= a->noisy;
		spins |= a->spins;
		whisker |= a->p99 > a->value;
		batches |= a->batches;
	}
	snprintf(text, size, "Point: median of the runs.%s%s%s%s%s",
		 interval ? lines ? " Upright line: its 95 % interval." : " Bar: its 95 % interval."
			  : "",
		 whisker && marks == MARKS_ROWS
			 ? " Thin line: to the median of the 99th percentiles."
			 : "",
		 noisy ? " White cross: disturbed." : "",
		 spins && lines ? " Dashed: waits by spinning." : "",
		 batches ? " Very short round trips are timed in batches: their point is the "
			   "median batch."
			 : "");
	say_together(f, text, size);
}
