/* SPDX-License-Identifier: MIT */
/*
 * How a sweep went, block by block: above the times of each block over those of the whole, below
 * how many runs were disturbed.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/plot.h"

#define LEFT 78.0
#define UPPER 130.0
#define LOWER 80.0
#define ARMS_MAX 32
#define LETTERS 10.0

struct drift_picture {
	const struct rows *rows;
	const char *run, *arms[ARMS_MAX];
	size_t n_arms;
	uint64_t first, last; /* blocks */
	double lo, hi;	      /* of the ratios that are drawn */
	uint64_t most;	      /* disturbed in a block */
	bool pale;	      /* a block of few runs is drawn */
	struct page page;
	struct axis x, y;
};

static size_t arm_of(struct drift_picture *d, const char *arm)
{
	size_t i = 0;

	while (i < d->n_arms && strcmp(d->arms[i], arm) != 0)
		i++;
	if (i == d->n_arms && i < ARMS_MAX)
		d->arms[d->n_arms++] = arm;
	return i;
}

static bool is_of(const struct drift_picture *d, const struct row *row)
{
	return !strcmp(row_get_text(row, COL_run_id), d->run);
}

/* The last block of a budget may have a configuration or two: they say nothing of the machine. */
static bool is_few(const struct drift_picture *d, const struct row *row)
{
	uint64_t full = 0;

	for (size_t i = 0; i < d->rows->n; i++) {
		const struct row *other = &d->rows->all[i];

		if (is_of(d, other) && row_is_set(other, COL_relative) &&
		    !strcmp(row_get_text(row, COL_arm), row_get_text(other, COL_arm)) &&
		    row_get_u64(other, COL_n, 0) > full)
			full = row_get_u64(other, COL_n, 0);
	}
	return 2 * row_get_u64(row, COL_n, 0) < full;
}

static void span(struct drift_picture *d, double value)
{
	if (value > 0) {
		d->lo = fmin(d->lo, value);
		d->hi = fmax(d->hi, value);
	}
}

/* Disturbed runs of all arms in the block. */
static uint64_t disturbed(const struct drift_picture *d, uint64_t block)
{
	uint64_t n = 0;

	for (size_t i = 0; i < d->rows->n; i++)
		if (is_of(d, &d->rows->all[i]) &&
		    row_get_u64(&d->rows->all[i], COL_block, 0) == block)
			n += row_get_u64(&d->rows->all[i], COL_n_noisy, 0);
	return n;
}

/* What the rows span; false: not two blocks with times. */
static bool look(struct drift_picture *d)
{
	d->first = UINT64_MAX;
	d->lo = 1 / 1.05;
	d->hi = 1.05;
	for (size_t i = 0; i < d->rows->n; i++) {
		const struct row *row = &d->rows->all[i];
		uint64_t block = row_get_u64(row, COL_block, 0), n = disturbed(d, block);

		if (!is_of(d, row))
			continue;
		d->first = block < d->first ? block : d->first;
		d->last = block > d->last ? block : d->last;
		d->most = n > d->most ? n : d->most;
		if (!row_is_set(row, COL_relative))
			continue;
		span(d, row_get_decimal(row, COL_relative));
		if (is_few(d, row))
			d->pale = true;
		else if (!arm_of(d, row_get_text(row, COL_arm))) {
			span(d, row_get_decimal(row, COL_relative_lo));
			span(d, row_get_decimal(row, COL_relative_hi));
		}
	}
	return d->n_arms && d->last > d->first;
}

static void put_quartiles(struct drift_picture *d, const struct row *row, double x)
{
	uint64_t all = row_get_u64(row, COL_n, 0) + row_get_u64(row, COL_n_unused, 0);
	bool noisy = row_get_u64(row, COL_n_noisy, 0) * 4 >= all;

	canvas_segment(&d->page.canvas, x, axis_at(&d->y, row_get_decimal(row, COL_relative_lo)), x,
		       axis_at(&d->y, row_get_decimal(row, COL_relative_hi)), 5,
		       noisy ? DASH_SHORT : DASH_NONE, noisy ? 0x999999 : 0xcccccc);
}

/* The line of one arm; the first has quartiles. */
static void put_arm(struct drift_picture *d, size_t arm, double *end)
{
	bool first = true;

	for (size_t i = 0; i < d->rows->n; i++) {
		const struct row *row = &d->rows->all[i];
		double x = axis_at(&d->x, (double)row_get_u64(row, COL_block, 0)), y;

		if (!is_of(d, row) || !row_is_set(row, COL_relative) ||
		    strcmp(row_get_text(row, COL_arm), d->arms[arm]) != 0)
			continue;
		y = axis_at(&d->y, row_get_decimal(row, COL_relative));
		if (is_few(d, row)) {
			canvas_point(&d->page.canvas, x, y, 7, 0.6, 0xb0b0b0);
			continue;
		}
		if (!arm)
			put_quartiles(d, row, x);
		canvas_line(&d->page.canvas, first, x, y, 1.4, DASH_NONE, profile_colour(arm));
		if (!arm)
			canvas_point(&d->page.canvas, x, y, 7, 0.6, profile_colour(0));
		first = false;
		*end = y;
	}
}

/* Labels of the blocks: every first, second, fifth ... that has room. */
static size_t block_ticks(const struct drift_picture *d, double ticks[TICKS_MAX])
{
	uint64_t step = 1;
	size_t n = 0;

	while ((d->last - d->first) / step + 1 > 12)
		step *= step % 10 == 2 || step % 100 == 20 ? 5 : 2;
	for (uint64_t b = (d->first + step - 1) / step * step; b <= d->last && n < TICKS_MAX;
	     b += step)
		ticks[n++] = (double)b;
	return n;
}

static void put_disturbed(struct drift_picture *d, double top)
{
	struct canvas *c = &d->page.canvas;
	double bottom = top + LOWER, ticks[TICKS_MAX], power, step;
	double most = d->most ? (double)d->most : 1;
	double bar = (d->x.to - d->x.from) / (double)(d->last - d->first + 2) * 0.6;
	char text[NUMBER_B];

	power = pow(10, floor(log10(most)));
	step = most < 5 ? 1 : most / power < 2 ? power / 2 : most / power < 5 ? power : 2 * power;
	for (int i = 0; i * step <= most; i++) {
		double at = i * step, y = bottom - at / (most * 1.1) * LOWER;

		snprintf(text, sizeof(text), "%g", at);
		canvas_segment(c, LEFT - 3, y, d->x.to, y, 0.6, DASH_NONE, INK_GRID);
		canvas_text(c, LEFT - 6, y, LETTERS, ANCHOR_RIGHT, INK, text);
	}
	canvas_segment(c, LEFT, top, LEFT, bottom, 1, DASH_NONE, INK_FRAME);
	page_x_axis(&d->page, &d->x, top, bottom, LETTERS, ticks, block_ticks(d, ticks),
		    d->page.chart->x_title);
	canvas_turned(c, 20, top + LOWER / 2, LETTERS, INK, "disturbed");
	canvas_turned(c, 33, top + LOWER / 2, LETTERS, INK, "runs");
	for (uint64_t b = d->first; b <= d->last; b++) {
		double x = axis_at(&d->x, (double)b);

		if (disturbed(d, b))
			canvas_segment(c, x, bottom, x,
				       bottom - (double)disturbed(d, b) / (most * 1.1) * LOWER,
				       fmin(bar, 14), DASH_NONE, 0x777777);
	}
}

static void put_times(struct drift_picture *d, double top)
{
	double ticks[TICKS_MAX], ends[ARMS_MAX], one;
	struct canvas *c = &d->page.canvas;

	d->y = axis_over(UNIT_RATIO, d->lo, d->hi, top + UPPER, top);
	page_y_axis(&d->page, &d->y, LEFT, d->x.to, LETTERS, ticks,
		    axis_ticks(&d->y, LETTERS, ticks));
	canvas_turned(c, 20, top + UPPER / 2, LETTERS, INK, "time compared");
	canvas_turned(c, 33, top + UPPER / 2, LETTERS, INK, "with the whole");
	one = axis_at(&d->y, 1);
	canvas_segment(c, LEFT, one, d->x.to, one, 1, DASH_NONE, 0x999999);
	for (size_t a = 0; a < d->n_arms; a++) {
		ends[a] = one;
		put_arm(d, a, &ends[a]);
	}
	spread(d->n_arms, ends, 12, top + 4, top + UPPER - 4);
	for (size_t a = 0; d->n_arms > 1 && a < d->n_arms; a++)
		canvas_text(c, d->x.to + 6, ends[a], 9, ANCHOR_LEFT, profile_colour(a), d->arms[a]);
}

void lay_drift(struct plot *p, const struct chart *chart)
{
	struct drift_picture d = {.rows = &p->data.blocks};
	double wide = 0, top;

	if (p->err || !d.rows->n)
		return;
	d.run = row_get_text(&d.rows->all[0], COL_run_id);
	if (!look(&d))
		return;
	for (size_t a = 0; d.n_arms > 1 && a < d.n_arms; a++)
		wide = fmax(wide, text_width(d.arms[a], 9) + 8);
	page_begin(p, &d.page, chart, LEFT + 300 + wide, "", "",
		   d.pale ? " Pale: a block of few runs." : "");
	top = d.page.y + 6;
	d.x = (struct axis){.unit = UNIT_RATIO,
			    .linear = true,
			    .lo = (double)d.first - 0.7,
			    .hi = (double)d.last + 0.7,
			    .from = LEFT,
			    .to = d.page.canvas.width - 14 - wide};
	put_times(&d, top);
	put_disturbed(&d, top + UPPER + 16);
	d.page.y = top + UPPER + 16 + LOWER + 36;
	page_end(p, &d.page, 1);
}
