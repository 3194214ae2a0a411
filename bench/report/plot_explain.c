/* SPDX-License-Identifier: MIT */
/*
 * The slowest operations as timelines: a bar that is on the line of the side on which progress
 * depends, in the colour of the cause. Each has a scale of its own.
 */
#include <math.h>
#include <string.h>

#include "bench/report/plot.h"

#define LEFT 92.0
#define LANE 15.0
#define PITCH 84.0
#define LETTERS 8.5

static const struct {
	const char *word; /* as in explain.csv */
	const char *name;
	unsigned colour; /* Okabe and Ito: told apart also by the colour-blind */
	unsigned text;	 /* on it */
} causes[] = {
	{"itself", "the side runs", 0x009e73, INK_WHITE},
	{"untraced", "it runs, and no event says why so long", 0x666666, INK_WHITE},
	{"task", "another task has the CPU", 0xd55e00, INK_WHITE},
	{"turn", "the other side has it", 0xf0e442, INK},
	{"interrupt", "an interrupt has it", 0xcc79a7, INK},
	{"idle", "the CPU comes out of idle", 0x56b4e9, INK},
	{"wakeup", "the wake-up is on its way", 0x0072b2, INK_WHITE},
	{"asleep", "both sleep", 0xcccccc, INK},
	{"fault", "a page fault", 0xe69f00, INK},
	{"stopped", "stopped by a signal", 0x000000, INK_WHITE},
};

#define CAUSES (sizeof(causes) / sizeof(causes[0]))

static size_t cause_of(const struct row *row)
{
	size_t i = 0;

	while (i + 1 < CAUSES && strcmp(causes[i].word, row_get_text(row, COL_cause)) != 0)
		i++;
	return i;
}

static bool is_responder(const struct row *row)
{
	return !strcmp(row_get_text(row, COL_side), "responder");
}

/* A scale from 0 to `ns`. */
static void put_scale(struct page *page, const struct axis *x, double bottom)
{
	double ticks[TICKS_MAX], step = pow(10, floor(log10(x->hi))); /* into 1 to 9 */
	size_t n = 0;

	if (x->hi / step < 2)
		step /= 5;
	else if (x->hi / step < 5)
		step /= 2;
	for (; n < TICKS_MAX && (double)n * step <= x->hi * 1.000001; n++)
		ticks[n] = (double)n * step;
	page_x_axis(page, x, bottom, bottom, LETTERS, ticks, n,
		    ""); /* lines would cut what stands in bars */
}

/* A phase; who causes it stands in it, where it has room. */
static void put_phase(struct page *page, const struct row *row, const struct axis *x, double top)
{
	size_t cause = cause_of(row);
	double begin = (double)row_get_u64(row, COL_phase_begin_ns, 0);
	double left = axis_at(x, begin);
	double right = axis_at(x, begin + (double)row_get_u64(row, COL_phase_ns, 0));
	const char *name = row_get_text(row, COL_cause_name);

	top += is_responder(row) ? LANE + 3 : 0;
	/* a gap between neighbours of one colour */
	canvas_box(&page->canvas, left, top,
		   right - left > 3 ? right - 0.6 : fmax(right, left + 0.5), top + LANE,
		   causes[cause].colour);
	if (*name && text_width(name, LETTERS) < right - left - 4)
		canvas_text(&page->canvas, (left + right) / 2, top + LANE / 2, LETTERS,
			    ANCHOR_MIDDLE, causes[cause].text, name);
}

/* The name of a side at its line, with its CPU where it has a phase. */
static void put_side(struct page *page, const struct row *rows, size_t n, const char *side,
		     double y)
{
	char text[48];
	size_t i = 0;

	while (i < n && strcmp(row_get_text(&rows[i], COL_side), side) != 0)
		i++;
	snprintf(text, sizeof(text), "%s", side);
	if (i < n)
		snprintf(text, sizeof(text), "%s, CPU %llu", side,
			 (unsigned long long)row_get_u64(&rows[i], COL_cpu, 0));
	canvas_text(&page->canvas, LEFT - 6, y, LETTERS, ANCHOR_RIGHT, INK, text);
}

/* The operation whose phases are rows[0] to rows[n - 1]. */
static void put_operation(struct page *page, const struct row *rows, size_t n, double top)
{
	struct axis x = {.unit = UNIT_TIME,
			 .hi = (double)row_get_u64(&rows[0], COL_slow_ns, 1),
			 .from = LEFT,
			 .to = page->canvas.width - 34,
			 .linear = true};
	char text[96], length[NUMBER_B], since[NUMBER_B];

	number_text(length, UNIT_TIME, x.hi);
	number_text(since, UNIT_TIME, (double)row_get_u64(&rows[0], COL_slow_begin_ns, 0));
	snprintf(text, sizeof(text), "%llu. %s, %s after the begin",
		 (unsigned long long)row_get_u64(&rows[0], COL_slow_op, 0), length, since);
	canvas_text(&page->canvas, LEFT, top, 9, ANCHOR_LEFT, INK, text);
	put_scale(page, &x, top + 11 + 2 * LANE + 4);
	put_side(page, rows, n, "initiator", top + 11 + LANE / 2);
	put_side(page, rows, n, "responder", top + 14 + 1.5 * LANE);
	for (size_t i = 0; i < n; i++)
		put_phase(page, &rows[i], &x, top + 11);
}

/*
 * How many rows from rows[0] on are of one operation; and of one configuration: numbers rise there.
 */
static size_t same_operation(const struct row *rows, size_t n)
{
	size_t k = 1;

	while (k < n &&
	       row_get_u64(&rows[k], COL_slow_op, 0) == row_get_u64(&rows[0], COL_slow_op, 0) &&
	       row_get_u64(&rows[k], COL_phase_begin_ns, 0) > 0)
		k++;
	return k;
}

static size_t same_configuration(const struct row *rows, size_t n)
{
	size_t k = 1;

	while (k < n &&
	       row_get_u64(&rows[k], COL_slow_op, 0) >= row_get_u64(&rows[k - 1], COL_slow_op, 0))
		k++;
	return k;
}

static void put_page(struct plot *p, const struct chart *chart, const struct row *rows, size_t n,
		     unsigned nth)
{
	unsigned colours[CAUSES], n_causes = 0;
	const char *names[CAUSES];
	char more[CELL_NAME_B + 160], name[CELL_NAME_B], usual[NUMBER_B];
	struct page page;
	double top;

	cell_name(NULL, &rows[0], name, sizeof(name));
	number_text(usual, UNIT_TIME, (double)row_get_u64(&rows[0], COL_usual_ns, 0));
	snprintf(more, sizeof(more), " %s; the median is %s.", name, usual);
	page_begin(p, &page, chart, PAGE_WIDE, "", "", more);
	for (size_t c = 0; c < CAUSES; c++)
		for (size_t i = 0; i < n; i++)
			if (cause_of(&rows[i]) == c) {
				names[n_causes] = causes[c].name;
				colours[n_causes++] = causes[c].colour;
				break;
			}
	page_boxes(&page, names, colours, n_causes);
	top = page.y + 14;
	for (size_t i = 0, k; i < n; i += k, top += PITCH) {
		k = same_operation(rows + i, n - i);
		put_operation(&page, rows + i, k, top);
	}
	page.y = top - 22;
	page_end(p, &page, nth);
}

void lay_explain(struct plot *p, const struct chart *chart)
{
	const struct rows *rows = &p->explain;
	unsigned nth = 1;

	for (size_t i = 0, k; i < rows->n && !p->err; i += k) {
		k = same_configuration(rows->all + i, rows->n - i);
		put_page(p, chart, rows->all + i, k, nth++);
	}
}
