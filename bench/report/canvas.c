/* SPDX-License-Identifier: MIT */
#include "bench/report/canvas.h"

#include <stdlib.h>
#include <string.h>

#include "bench/base/grow.h"

#define STYLES_MAX 512 /* lines and styles of one picture */

static struct mark *add(struct canvas *c, enum mark_kind kind, double x, double y)
{
	static struct mark spare;

	if (array_grow(&c->marks, c->n, &c->room, sizeof(*c->marks))) {
		c->no_memory = true;
		return &spare;
	}
	c->marks[c->n] = (struct mark){.kind = kind, .x = x, .y = y, .shape = DASH_NONE, .size = 1};
	return &c->marks[c->n++];
}

void canvas_box(struct canvas *c, double x, double y, double x2, double y2, unsigned colour)
{
	struct mark *m = add(c, MARK_BOX, x, y);

	m->x2 = x2;
	m->y2 = y2;
	m->colour = colour;
}

void canvas_pixel(struct canvas *c, double x, double y, unsigned colour)
{
	add(c, MARK_PIXEL, x, y)->colour = colour;
}

void canvas_segment(struct canvas *c, double x, double y, double x2, double y2, double width,
		    enum dash dash, unsigned colour)
{
	struct mark *m = add(c, MARK_SEGMENT, x, y);

	m->x2 = x2;
	m->y2 = y2;
	m->size = width;
	m->shape = (int)dash;
	m->colour = colour;
}

void canvas_point(struct canvas *c, double x, double y, int symbol, double size, unsigned colour)
{
	struct mark *m = add(c, MARK_POINT, x, y);

	m->shape = symbol;
	m->size = size;
	m->colour = colour;
}

void canvas_line(struct canvas *c, bool first, double x, double y, double width, enum dash dash,
		 unsigned colour)
{
	struct mark *m = add(c, MARK_LINE, x, y);

	c->n_lines += first;
	m->line = c->n_lines;
	m->size = width;
	m->shape = (int)dash;
	m->colour = colour;
}

/* What gnuplot would take for more than text becomes something that looks like it. */
static char *plain_text(const char *text)
{
	char *copy = strdup(text);

	for (char *p = copy; p && *p; p++)
		if ((unsigned char)*p < ' ')
			*p = ' ';
		else if (*p == '"' || *p == '`')
			*p = '\'';
		else if (*p == '\\')
			*p = '/';
	return copy;
}

static void add_text(struct canvas *c, double x, double y, double size, enum anchor anchor,
		     unsigned colour, const char *text, bool turned)
{
	struct mark *m = add(c, MARK_TEXT, x, y);

	m->size = size;
	m->shape = (int)anchor;
	m->colour = colour;
	m->turned = turned;
	m->text = plain_text(text);
	c->no_memory |= !m->text;
}

void canvas_text(struct canvas *c, double x, double y, double size, enum anchor anchor,
		 unsigned colour, const char *text)
{
	add_text(c, x, y, size, anchor, colour, text, false);
}

void canvas_turned(struct canvas *c, double x, double y, double size, unsigned colour,
		   const char *text)
{
	add_text(c, x, y, size, ANCHOR_MIDDLE, colour, text, true);
}

double text_width(const char *text, double size)
{
	/* thousandths of the size, from ' ' to '~' */
	static const unsigned short widths[95] = {
		318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337,
		636, 636, 636, 636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531,
		999, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863, 748, 787,
		603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500,
		500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612,
		635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
	};
	unsigned sum = 0;

	for (; *text; text++)
		if (*text >= ' ' && *text <= '~')
			sum += widths[*text - ' '];
		else if (((unsigned char)*text & 0xc0) != 0x80) /* the first byte of a letter */
			sum += 838;
	return sum * size / 1000;
}

unsigned canvas_paragraph(struct canvas *c, double x, double y, double width, double size,
			  double step, unsigned colour, const char *text)
{
	char line[1024] = "", longer[1024];
	unsigned n = 0;

	while (*text) {
		int word = (int)strcspn(text, " ");

		snprintf(longer, sizeof(longer), "%.900s%s%.*s", line, *line ? " " : "", word,
			 text);
		if (*line && text_width(longer, size) > width) {
			if (y > 0)
				canvas_text(c, x, y + n * step, size, ANCHOR_LEFT, colour, line);
			n++;
			*line = '\0';
			continue;
		}
		strcpy(line, longer); /* NOLINT: of the same size */
		text += word;
		text += strspn(text, " ");
	}
	if (*line && y > 0)
		canvas_text(c, x, y + n * step, size, ANCHOR_LEFT, colour, line);
	return n + (*line != '\0');
}

/* Whether gnuplot can draw both in one block. */
static bool same_style(const struct mark *a, const struct mark *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case MARK_BOX:
	case MARK_PIXEL:
	case MARK_POINT:
		return true;
	case MARK_LINE:
		return a->line == b->line;
	default:
		return a->shape == b->shape && a->size == b->size && a->turned == b->turned;
	}
}

static void write_mark(const struct mark *m, FILE *out)
{
	switch (m->kind) {
	case MARK_BOX:
	case MARK_SEGMENT:
		fprintf(out, "%.2f\t%.2f\t%.2f\t%.2f\t%u\n", m->x, m->y, m->x2, m->y2, m->colour);
		break;
	case MARK_PIXEL:
		fprintf(out, "%.3f\t%.3f\t%u\t%u\t%u\n", m->x, m->y, m->colour >> 16,
			m->colour >> 8 & 255, m->colour & 255);
		break;
	case MARK_POINT:
		fprintf(out, "%.2f\t%.2f\t%g\t%d\t%u\n", m->x, m->y, m->size, m->shape, m->colour);
		break;
	case MARK_TEXT:
		fprintf(out, "%.2f\t%.2f\t\"%s\"\t%u\n", m->x, m->y, m->text, m->colour);
		break;
	default:
		fprintf(out, "%.2f\t%.2f\n", m->x, m->y);
	}
}

static const char *const kinds[MARK_KINDS] = {"boxes", "pixels", "segments",
					      "lines", "points", "texts"};

static const char *const anchors[] = {"left", "middle", "right"};

/* Writes all marks in the style of `style` as block `nth`. */
static void write_block(const struct canvas *c, const struct mark *style, size_t nth, FILE *data)
{
	fprintf(data, "%s# %s size %g", nth ? "\n\n" : "", kinds[style->kind], style->size);
	if (style->kind == MARK_TEXT)
		fprintf(data, " %s", style->turned ? "turned" : anchors[style->shape]);
	fputc('\n', data);
	for (size_t i = 0; i < c->n; i++)
		if (same_style(&c->marks[i], style))
			write_mark(&c->marks[i], data);
}

static void write_settings(const struct canvas *c, const struct mark *const *styles, size_t n,
			   FILE *out)
{
	fprintf(out, "width = %.1f\nheight = %.1f\n", c->width, c->height);
	for (int kind = 0; kind < MARK_KINDS; kind++) {
		fprintf(out, "%s = '", kinds[kind]);
		for (size_t i = 0; i < n; i++)
			if ((int)styles[i]->kind == kind)
				fprintf(out, "%zu ", i);
		fputs("'\n", out);
	}
	fprintf(out, "array size[%zu]\narray shape[%zu]\narray turn[%zu]\narray colour[%zu]\n", n,
		n, n, n);
	for (size_t i = 0; i < n; i++)
		fprintf(out, "size[%zu] = %g; shape[%zu] = %d; turn[%zu] = %d; colour[%zu] = %u\n",
			i + 1, styles[i]->size, i + 1, styles[i]->shape, i + 1,
			styles[i]->turned ? 90 : 0, i + 1, styles[i]->colour);
}

bool canvas_write(const struct canvas *c, FILE *data, FILE *settings)
{
	const struct mark *styles[STYLES_MAX];
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		size_t k = 0;

		while (k < n && !same_style(styles[k], &c->marks[i]))
			k++;
		if (k == n && n < STYLES_MAX)
			styles[n++] = &c->marks[i];
	}
	fprintf(data, "# picture %.0f %.0f\n", c->width, c->height);
	for (size_t i = 0; i < n; i++)
		write_block(c, styles[i], i, data);
	write_settings(c, styles, n, settings);
	return !c->no_memory && n < STYLES_MAX && !ferror(data) && !ferror(settings);
}

void canvas_free(struct canvas *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->marks[i].text);
	free(c->marks);
	*c = (struct canvas){.n = 0};
}
