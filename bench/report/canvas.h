/* SPDX-License-Identifier: MIT */
/*
 * A picture as marks at places in pixels from its top left corner, y downwards. gnuplot draws them
 * as they stand (scripts/charts/draw.gp); the caller decides where they are.
 */
#ifndef BENCH_REPORT_CANVAS_H
#define BENCH_REPORT_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum anchor { ANCHOR_LEFT, ANCHOR_MIDDLE, ANCHOR_RIGHT };

/* Dashes, as draw.gp numbers them. */
enum dash { DASH_NONE = 1, DASH_LONG, DASH_SHORT };

/* Colours that all pictures share. */
#define INK 0x000000u
#define INK_QUIET 0x555555u
#define INK_GRID 0xdcdcdcu
#define INK_FRAME 0x888888u
#define INK_WHITE 0xffffffu

enum mark_kind { MARK_BOX, MARK_PIXEL, MARK_SEGMENT, MARK_LINE, MARK_POINT, MARK_TEXT, MARK_KINDS };

/* One mark; which fields count says its kind. */
struct mark {
	enum mark_kind kind;
	double x, y, x2, y2;
	double size;	 /* of text and points; width of lines */
	unsigned colour; /* 0xrrggbb */
	int shape;	 /* anchor, symbol of gnuplot, or dash */
	bool turned;	 /* a text that is read upwards */
	unsigned line;	 /* MARK_LINE: points of one line have one number */
	char *text;
};

struct canvas {
	struct mark *marks;
	size_t n, room;
	unsigned n_lines; /* lines begun */
	double width, height;
	bool no_memory; /* a mark is missing */
};

void canvas_box(struct canvas *c, double x, double y, double x2, double y2, unsigned colour);
/* One of a rectangle of pixels without gaps: of many a hundredth of as many boxes. */
void canvas_pixel(struct canvas *c, double x, double y, unsigned colour);
void canvas_segment(struct canvas *c, double x, double y, double x2, double y2, double width,
		    enum dash dash, unsigned colour);
void canvas_point(struct canvas *c, double x, double y, int symbol, double size, unsigned colour);

/* The next point of a line; `first` begins one. */
void canvas_line(struct canvas *c, bool first, double x, double y, double width, enum dash dash,
		 unsigned colour);

/* A text in one line, its middle at the height y. */
void canvas_text(struct canvas *c, double x, double y, double size, enum anchor anchor,
		 unsigned colour, const char *text);
void canvas_turned(struct canvas *c, double x, double y, double size, unsigned colour,
		   const char *text);

/* Writes `text` in lines that are at most `width` long, from `y` (the middle of the first) on; 0:
   only counts. The number of lines; each is `step` below the one before. */
unsigned canvas_paragraph(struct canvas *c, double x, double y, double width, double size,
			  double step, unsigned colour, const char *text);

/* How wide `text` is, in the letters of DejaVu Sans. */
double text_width(const char *text, double size);

/*
 * Writes the marks as columns that gnuplot reads, in blocks of one style, and the settings that say
 * which block is what. False without memory or room.
 */
bool canvas_write(const struct canvas *c, FILE *data, FILE *settings);

void canvas_free(struct canvas *c);

#endif
