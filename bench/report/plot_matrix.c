/* SPDX-License-Identifier: MIT */
/*
 * A square of CPUs by CPUs: the colour is the time of the pair. Lines part L3 caches, NUMA nodes
 * and packages.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/analyse/estimate.h"
#include "bench/report/plot.h"

#define LEFT 46.0
#define SIDE 336.0
#define FEW 10u	      /* CPUs: the figures have room */
#define BOXES_MAX 32u /* CPUs whose pairs are boxes; more are pixels */
#define LEAST 1.2     /* colours never go over less than that: noise is to look like noise */
#define BAR_STEPS 64

struct matrix {
	unsigned n;	     /* CPUs */
	unsigned *index;     /* logical index of each, ascending */
	uint64_t *pu;	     /* its number in the system */
	double *value;	     /* n by n; NaN = not measured */
	unsigned char *line; /* before each: 0 none, 1 another L3, 2 node, 3 package */
	size_t pairs, possible;
	double lo, hi, width; /* width: median of the intervals', as a share; NaN = none */
	const struct row *any;
};

static bool counts(const struct row *row)
{
	return row_is_ok(row) && row_get_decimal(row, COL_median) > 0;
}

static void note_cpu(struct matrix *m, uint64_t index, uint64_t pu)
{
	unsigned k = m->n;

	for (unsigned i = 0; i < m->n; i++)
		if (m->index[i] == index)
			return;
	for (m->n++; k > 0 && m->index[k - 1] > index; k--) {
		m->index[k] = m->index[k - 1];
		m->pu[k] = m->pu[k - 1];
	}
	m->index[k] = (unsigned)index;
	m->pu[k] = pu;
}

static unsigned find_cpu(const struct matrix *m, uint64_t index)
{
	unsigned i = 0;

	while (m->index[i] != index)
		i++;
	return i;
}

static unsigned char weight_of(const struct row *row)
{
	static const unsigned char weights[RELATION_COUNT + 1] = {
		[RELATION_SAME_NODE] = 1,
		[RELATION_SAME_PACKAGE] = 2,
		[RELATION_OTHER_PACKAGE] = 3,
		[RELATION_OTHER_NODE] = 3,
	};

	return weights[row_relation(row)];
}

static void take(struct matrix *m, const struct row *row, double *widths, size_t *n_widths)
{
	unsigned a = find_cpu(m, row_get_u64(row, COL_first_index, 0));
	unsigned b = find_cpu(m, row_get_u64(row, COL_second_index, 0));
	double value = row_get_decimal(row, COL_median);

	if (b == a + 1 || a == b + 1)
		m->line[a > b ? a : b] = weight_of(row);
	if (!counts(row))
		return;
	m->pairs++;
	m->any = row;
	m->value[a * m->n + b] = m->value[b * m->n + a] = value;
	m->lo = fmin(m->lo, value);
	m->hi = fmax(m->hi, value);
	if (row_is_set(row, COL_ci_lo))
		widths[(*n_widths)++] =
			(row_get_decimal(row, COL_ci_hi) - row_get_decimal(row, COL_ci_lo)) / value;
}

/* Reads the rows of matrix.csv; false without memory or any figure. */
static bool read_matrix(struct matrix *m, const struct rows *rows)
{
	double *widths = calloc(rows->n + 1, sizeof(*widths));
	size_t n_widths = 0;

	m->index = calloc(2 * rows->n + 1, sizeof(*m->index));
	m->pu = calloc(2 * rows->n + 1, sizeof(*m->pu));
	if (!widths || !m->index || !m->pu)
		goto out_free;
	for (size_t i = 0; i < rows->n; i++) {
		const struct row *row = &rows->all[i];

		note_cpu(m, row_get_u64(row, COL_first_index, 0),
			 row_get_u64(row, COL_first_pu, 0));
		note_cpu(m, row_get_u64(row, COL_second_index, 0),
			 row_get_u64(row, COL_second_pu, 0));
	}
	m->value = calloc((size_t)m->n * m->n + 1, sizeof(*m->value));
	m->line = calloc(m->n + 1, 1);
	m->possible = (size_t)m->n * (m->n - 1) / 2;
	m->lo = INFINITY;
	for (size_t i = 0; m->value && i < (size_t)m->n * m->n; i++)
		m->value[i] = NAN;
	for (size_t i = 0; m->value && m->line && i < rows->n; i++)
		take(m, &rows->all[i], widths, &n_widths);
	estimate_sort(widths, n_widths);
	m->width = n_widths ? estimate_median(widths, n_widths) : NAN;
out_free:
	free(widths);
	return m->pairs > 0;
}

/*
 * viridis (van der Walt, Smith 2015): even steps to the eye, also in grey and to the colour-blind.
 */
static unsigned viridis(double share)
{
	static const unsigned char stops[][3] = {
		{68, 1, 84}, {59, 82, 139}, {33, 145, 140}, {94, 201, 98}, {253, 231, 37}};
	unsigned colour = 0;
	int i;

	share = share < 0 ? 0 : share > 1 ? 1 : share;
	i = share < 1 ? (int)(share * 4) : 3;
	for (int k = 0; k < 3; k++)
		colour = colour << 8 |
			 (unsigned)lround(stops[i][k] +
					  (share * 4 - i) * (stops[i + 1][k] - stops[i][k]));
	return colour;
}

static void say(char *more, size_t size, const struct matrix *m)
{
	static const char *const ends[] = {" White line: another L3.",
					   " Grey line: another NUMA node.",
					   " Black line: another package."};
	char lo[NUMBER_B], hi[NUMBER_B], rounded[NUMBER_B];
	size_t used;

	snprintf(rounded, sizeof(rounded), "%.3g", m->lo);
	number_text(lo, UNIT_TIME, strtod(rounded, NULL));
	snprintf(rounded, sizeof(rounded), "%.3g", m->hi);
	number_text(hi, UNIT_TIME, strtod(rounded, NULL));
	used = (size_t)snprintf(more, size, " %s:%s, median of the runs, of ",
				row_get_text(m->any, COL_mechanism),
				row_get_text(m->any, COL_variant));
	if (m->pairs < m->possible)
		used += (size_t)snprintf(more + used, size - used,
					 "%zu of %zu pairs (a sample of each relation): ", m->pairs,
					 m->possible);
	else if (m->pairs > 1)
		used += (size_t)snprintf(more + used, size - used, "all %zu pairs: ", m->pairs);
	else
		used += (size_t)snprintf(more + used, size - used, "the only pair: ");
	if (strcmp(lo, hi) != 0)
		used += (size_t)snprintf(more + used, size - used,
					 "from %s to %s, the slowest %.3g times the fastest", lo,
					 hi, m->hi / m->lo);
	else
		used += (size_t)snprintf(more + used, size - used, "%s", lo);
	if (!isnan(m->width))
		used += (size_t)snprintf(
			more + used, size - used, ". The 95 %% interval is %.3g %% wide%s",
			round(m->width * 1000) / 10, m->pairs > 1 ? " (median)" : "");
	used += (size_t)snprintf(more + used, size - used, ".");
	for (unsigned char w = 1; w <= 3; w++)
		if (memchr(m->line, w, m->n))
			used += (size_t)snprintf(more + used, size - used, "%s", ends[w - 1]);
	snprintf(more + used, size - used,
		 "%s CPUs have the system's numbers, in logical order: neighbours are close.",
		 m->n <= FEW ? " Figures: ns." : "");
}

/* Labels at the square's left and lower side: as many as do not touch. */
static void put_labels(struct page *page, const struct matrix *m, double top, double cell)
{
	struct canvas *c = &page->canvas;
	double widest = 0;
	unsigned step = 1;
	char text[24];

	for (unsigned i = 0; i < m->n; i++) {
		snprintf(text, sizeof(text), "%llu", (unsigned long long)m->pu[i]);
		widest = fmax(widest, text_width(text, 9));
	}
	while (step * cell < widest + 5 || step * cell < 12)
		step *= 2;
	for (unsigned i = 0; i < m->n; i += step) {
		double at = (i + 0.5) * cell;

		snprintf(text, sizeof(text), "%llu", (unsigned long long)m->pu[i]);
		canvas_text(c, LEFT + at, top + SIDE + 9, 9, ANCHOR_MIDDLE, INK, text);
		canvas_text(c, LEFT - 5, top + at, 9, ANCHOR_RIGHT, INK, text);
	}
	canvas_text(c, LEFT + SIDE / 2, top + SIDE + 25, 10, ANCHOR_MIDDLE, INK, "CPU");
	canvas_turned(c, 14, top + SIDE / 2, 10, INK, "CPU");
}

static void put_lines(struct page *page, const struct matrix *m, double top, double cell)
{
	static const unsigned colours[] = {0xffffff, 0x555555, 0x000000};
	double thin = m->n > 128 ? 0.4 : 1;
	const double widths[] = {thin, thin * 1.2, 2};

	for (unsigned char w = 1; w <= 3; w++)
		for (unsigned i = 1; i < m->n; i++) {
			double at = i * cell;

			if (m->line[i] != w)
				continue;
			canvas_segment(&page->canvas, LEFT + at, top, LEFT + at, top + SIDE,
				       widths[w - 1], DASH_NONE, colours[w - 1]);
			canvas_segment(&page->canvas, LEFT, top + at, LEFT + SIDE, top + at,
				       widths[w - 1], DASH_NONE, colours[w - 1]);
		}
}

static void put_cells(struct page *page, const struct matrix *m, const struct axis *colours,
		      double top, double cell)
{
	bool full = m->pairs == m->possible;
	double half =
		fmax(cell, full ? 0 : 3) / 2 + 0.25; /* a seam would look like the end of an L3 */
	char text[24];

	canvas_box(&page->canvas, LEFT, top, LEFT + SIDE, top + SIDE, 0xeeeeee);
	for (unsigned i = 0; i < m->n; i++)
		for (unsigned k = 0; k < m->n; k++) {
			double x = LEFT + (k + 0.5) * cell, y = top + (i + 0.5) * cell;
			double value = m->value[i * m->n + k];
			double share = isnan(value) ? 0 : axis_at(colours, value);
			unsigned colour = isnan(value) ? 0xeeeeee : viridis(share);

			if (full && m->n > BOXES_MAX)
				canvas_pixel(&page->canvas, x, y, colour);
			else if (!isnan(value))
				canvas_box(&page->canvas, fmax(x - half, LEFT), fmax(y - half, top),
					   fmin(x + half, LEFT + SIDE), fmin(y + half, top + SIDE),
					   colour);
			if (isnan(value) || m->n > FEW)
				continue;
			snprintf(text, sizeof(text), "%.0f", value);
			canvas_text(&page->canvas, x, y, 9, ANCHOR_MIDDLE,
				    share > 0.5 ? INK : INK_WHITE, text);
		}
}

/* The colours from the fastest, at the top, to the slowest; of one value they would say nothing. */
static void put_bar(struct page *page, const struct axis *colours, double top)
{
	struct axis bar = {.unit = UNIT_TIME,
			   .lo = colours->lo,
			   .hi = colours->hi,
			   .from = top + SIDE,
			   .to = top};
	double ticks[TICKS_MAX], left = LEFT + SIDE + 12;
	size_t n = axis_ticks(&bar, 10, ticks);
	char text[NUMBER_B];

	for (int i = 0; i < BAR_STEPS; i++) /* each over the end of the one before: no seam */
		canvas_box(&page->canvas, left,
			   fmax(top, top + SIDE * (1 - (i + 1.0) / BAR_STEPS) - 0.5), left + 12,
			   top + SIDE * (1 - (double)i / BAR_STEPS),
			   viridis((i + 0.5) / BAR_STEPS));
	for (size_t i = 0; i < n; i++) {
		number_text(text, UNIT_TIME, ticks[i]);
		canvas_segment(&page->canvas, left + 12, axis_at(&bar, ticks[i]), left + 15,
			       axis_at(&bar, ticks[i]), 0.8, DASH_NONE, INK_FRAME);
		canvas_text(&page->canvas, left + 18, axis_at(&bar, ticks[i]), 10, ANCHOR_LEFT, INK,
			    text);
	}
	canvas_turned(&page->canvas, page->canvas.width - 12, top + SIDE / 2, 10, INK,
		      "there and back");
}

void lay_matrix(struct plot *p, const struct chart *chart)
{
	struct matrix m = {.n = 0};
	struct axis colours = {.unit = UNIT_TIME, .from = 0, .to = 1};
	struct page page;
	char more[1200];
	double top, cell;

	if (p->err || !p->data.matrix.n || !read_matrix(&m, &p->data.matrix))
		goto out_free;
	say(more, sizeof(more), &m);
	page_begin(p, &page, chart, PAGE_WIDE, "", "", more);
	colours.lo = m.hi > m.lo * LEAST ? m.lo : sqrt(m.lo * m.hi / LEAST);
	colours.hi = m.lo * m.hi / colours.lo;
	top = page.y + 8;
	cell = SIDE / m.n;
	put_cells(&page, &m, &colours, top, cell);
	put_lines(&page, &m, top, cell);
	put_labels(&page, &m, top, cell);
	if (m.hi > m.lo)
		put_bar(&page, &colours, top);
	page.y = top + SIDE + 34;
	page_end(p, &page, 1);
out_free:
	free(m.index);
	free(m.pu);
	free(m.value);
	free(m.line);
}
