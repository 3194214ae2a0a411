/* SPDX-License-Identifier: MIT */
/* Axes of charts: where a value lies, which values are labelled, how people say a number. */
#ifndef BENCH_REPORT_AXIS_H
#define BENCH_REPORT_AXIS_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/report/canvas.h"

/* What the numbers of an axis are. */
enum unit {
	UNIT_TIME,    /* ns */
	UNIT_ENERGY,  /* nJ */
	UNIT_RATE,    /* per second */
	UNIT_PAYLOAD, /* MB/s */
	UNIT_BYTES,   /* powers of two */
	UNIT_COUNT,   /* of threads, items */
	UNIT_RATIO,   /* the same as a plain number */
	UNIT_SHARE,   /* 0 to 1, linear */
	UNIT_PERCENT, /* 0 to 100, linear */
	UNIT_NINES,   /* 1 / (1 - p): each nine as wide as the one before */
};

#define NUMBER_B 32 /* room for a number with its unit */
#define TICKS_MAX 24

struct axis {
	enum unit unit;
	double lo, hi;	 /* its ends, which are where: */
	double from, to; /* in pixels */
	bool linear;	 /* else logarithmic */
};

/* The number `value` with its unit: "64 KiB", "1.5 µs". */
void number_text(char text[NUMBER_B], enum unit unit, double value);

/* An axis that spans lo to hi with some room; ends in pixels: of the smallest and the largest. */
struct axis axis_over(enum unit unit, double lo, double hi, double from, double to);

/* A linear axis from 0, or from what is below it, to hi. */
struct axis axis_from_zero(enum unit unit, double lo, double hi, double from, double to);

/* Where `value` is, in pixels; a value beyond the ends is at the end. */
double axis_at(const struct axis *a, double value);

/* The values that are labelled: at least two, and as many as do not touch in letters of `size`. */
size_t axis_ticks(const struct axis *a, double size, double ticks[TICKS_MAX]);

/* Likewise, of the `n` values that were measured (sorted): round ones first, then the ends. */
size_t axis_measured_ticks(const struct axis *a, double size, const double *values, size_t n,
			   double ticks[TICKS_MAX]);

#endif
