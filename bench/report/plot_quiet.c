/* SPDX-License-Identifier: MIT */
/*
 * The gaps of each CPU, alone and all together: their share of the time, 99th percentile and
 * longest, one below the other.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/plot.h"

#define LEFT 58.0
#define TALL 92.0
#define PITCH 128.0
#define LETTERS 9.0
#define FEW 64u /* CPUs whose points have room */
#define BAND 0xecececu

static const unsigned colours[] = {0x0072b2, 0xd55e00}; /* alone, together */

struct cpus {
	const struct rows *rows;
	uint64_t *number; /* of each CPU, ascending */
	size_t n;
};

/* A panel: which figure of a row, in which unit. */
static const struct panel {
	const char *name;
	enum column column;
	enum unit unit;
	double factor;
} panels[] = {
	{"Share of the time in gaps (%)", COL_gap_share, UNIT_RATIO, 100},
	{"99th percentile of the gaps, of 100 gaps or more", COL_gap_p99_ns, UNIT_TIME, 1},
	{"Longest gap", COL_gap_max_ns, UNIT_TIME, 1},
};

#define N_PANELS (sizeof(panels) / sizeof(panels[0]))

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The CPUs of the rows; false without memory. */
static bool find_cpus(struct cpus *c)
{
	size_t kept = 0;

	c->number = calloc(c->rows->n + 1, sizeof(*c->number));
	if (!c->number)
		return false;
	for (size_t i = 0; i < c->rows->n; i++)
		c->number[i] = row_get_u64(&c->rows->all[i], COL_cpu, 0);
	qsort(c->number, c->rows->n, sizeof(*c->number), by_number);
	for (size_t i = 0; i < c->rows->n; i++)
		if (!kept || c->number[kept - 1] != c->number[i])
			c->number[kept++] = c->number[i];
	c->n = kept;
	return true;
}

/* Where a row's CPU is, in pixels. */
static double x_of(const struct cpus *c, const struct row *row, double wide)
{
	uint64_t cpu = row_get_u64(row, COL_cpu, 0);
	const uint64_t *at = bsearch(&cpu, c->number, c->n, sizeof(cpu), by_number);

	return LEFT + wide * ((double)(at - c->number) + 0.5) / (double)c->n;
}

static double value_of(const struct panel *panel, const struct row *row)
{
	return panel->factor * row_get_decimal(row, panel->column);
}

static struct axis find_axis(const struct cpus *c, const struct panel *panel, double top)
{
	double lo = INFINITY, hi = 0;

	for (size_t i = 0; i < c->rows->n; i++) {
		double value = value_of(panel, &c->rows->all[i]);

		if (value > 0) {
			lo = fmin(lo, value);
			hi = fmax(hi, value);
		}
	}
	return axis_over(panel->unit, hi > 0 ? lo : 1, hi > 0 ? hi : 1, top + TALL, top);
}

/* Numbers of CPUs below a panel: as many as do not touch. */
static void put_numbers(struct page *page, const struct cpus *c, double bottom, double wide)
{
	double widest = 0;
	size_t step = 1;
	char text[24];

	for (size_t i = 0; i < c->n; i++) {
		snprintf(text, sizeof(text), "%llu", (unsigned long long)c->number[i]);
		widest = fmax(widest, text_width(text, LETTERS));
	}
	while ((double)step * wide / (double)c->n < widest + 5)
		step *= 2;
	for (size_t i = 0; i < c->n; i += step) {
		snprintf(text, sizeof(text), "%llu", (unsigned long long)c->number[i]);
		canvas_text(&page->canvas, LEFT + wide * ((double)i + 0.5) / (double)c->n,
			    bottom + 9, LETTERS, ANCHOR_MIDDLE, INK, text);
	}
}

/* A band behind each isolated CPU; whether there is one. */
static bool put_isolated(struct page *page, const struct cpus *c, double top, double wide)
{
	double half = fmax(wide / (double)c->n, 1) / 2;
	bool any = false;

	for (size_t i = 0; i < c->rows->n; i++) {
		double x = x_of(c, &c->rows->all[i], wide);

		if (!row_is_set(&c->rows->all[i], COL_isolation))
			continue;
		if (page)
			canvas_box(&page->canvas, x - half, top, x + half, top + TALL, BAND);
		any = true;
	}
	return any;
}

static void put_panel(struct page *page, const struct cpus *c, const struct panel *panel,
		      double top, double wide)
{
	struct axis axis = find_axis(c, panel, top);
	double ticks[TICKS_MAX];

	put_isolated(page, c, top, wide);
	canvas_text(&page->canvas, PAGE_LEFT, top - 11, 9.5, ANCHOR_LEFT, INK, panel->name);
	page_y_axis(page, &axis, LEFT, LEFT + wide, LETTERS, ticks,
		    axis_ticks(&axis, LETTERS, ticks));
	canvas_segment(&page->canvas, LEFT, top + TALL, LEFT + wide, top + TALL, 1, DASH_NONE,
		       INK_FRAME);
	put_numbers(page, c, top + TALL, wide);
	for (size_t i = 0; i < c->rows->n; i++) {
		const struct row *row = &c->rows->all[i];
		bool together = !strcmp(row_get_text(row, COL_spinning), "together");
		double value = value_of(panel, row);

		if (isnan(value) && panel->column == COL_gap_p99_ns)
			continue; /* there may be gaps, but few */
		canvas_point(&page->canvas, x_of(c, row, wide),
			     axis_at(&axis, value > 0 ? value : 0), together ? 7 : 6,
			     c->n > FEW ? 0.3 : 0.6, colours[together]);
	}
}

void lay_quiet(struct plot *p, const struct chart *chart)
{
	static const char *const names[] = {"alone", "all CPUs together"};
	struct cpus c = {.rows = &p->data.quiet};
	char marks[256], over[NUMBER_B];
	struct page page;
	double wide, top;

	if (p->err || !c.rows->n || !find_cpus(&c))
		goto out_free;
	number_text(over, UNIT_TIME, row_get_decimal(&c.rows->all[0], COL_threshold_ns));
	snprintf(marks, sizeof(marks),
		 "A thread on each CPU only reads the clock; a gap is a time above %s between two "
		 "readings.%s",
		 over, put_isolated(NULL, &c, 0, 1) ? " Grey: isolated CPUs." : "");
	page_begin(p, &page, chart, PAGE_WIDE, "", marks, "");
	page_boxes(&page, names, colours, 2);
	wide = page.canvas.width - LEFT - 14;
	top = page.y + 24;
	for (size_t i = 0; i < N_PANELS; i++, top += PITCH)
		put_panel(&page, &c, &panels[i], top, wide);
	page.y = top - PITCH + TALL + 26;
	canvas_text(&page.canvas, LEFT + wide / 2, page.y - 3, LETTERS, ANCHOR_MIDDLE, INK,
		    chart->x_title);
	page.y += 8;
	page_end(p, &page, 1);
out_free:
	free(c.number);
}
