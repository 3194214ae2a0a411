/* SPDX-License-Identifier: MIT */
#include "bench/report/axis.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ROOM 8.0       /* pixels between two labels */
#define EVEN 7	       /* from this candidate on labels are in even steps */
#define TICKS_SHOWN 7u /* more labels say no more */

/* The largest unit in which `value` is at least 1. */
static void scaled(char text[NUMBER_B], double value, double step, const char *const *units, int n)
{
	int i = 0;

	while (i + 1 < n && fabs(value) >= step * 0.99999) {
		value /= step;
		i++;
	}
	snprintf(text, NUMBER_B, "%.4g%s%s", value, *units[i] ? " " : "", units[i]);
}

void number_text(char text[NUMBER_B], enum unit unit, double value)
{
	static const char *const times[] = {"ns", "µs", "ms", "s"};
	static const char *const energies[] = {"nJ", "µJ", "mJ", "J"};
	static const char *const rates[] = {"", "k", "M", "G"};
	static const char *const payloads[] = {"kB/s", "MB/s", "GB/s", "TB/s"};
	static const char *const bytes[] = {"B", "KiB", "MiB", "GiB"};
	static const char *const items[] = {"", "Ki", "Mi", "Gi"};
	bool whole = fmod(value, 1024) == 0; /* 1,000 items are not 0.9766 Ki */

	if (unit == UNIT_TIME)
		scaled(text, value, 1000, times, 4);
	else if (unit == UNIT_ENERGY)
		scaled(text, value, 1000, energies, 4);
	else if (unit == UNIT_RATE)
		scaled(text, value, 1000, rates, 4);
	else if (unit == UNIT_PAYLOAD)
		scaled(text, value * 1000, 1000, payloads, 4);
	else if (unit == UNIT_BYTES)
		scaled(text, value, 1024, bytes, whole ? 4 : 1);
	else if (unit == UNIT_COUNT)
		scaled(text, value, 1024, items, whole ? 4 : 1);
	else if (unit == UNIT_NINES)
		snprintf(text, NUMBER_B, "%.6g %%", 100 - 100 / value);
	else
		snprintf(text, NUMBER_B, value >= 1000 ? "%.0f" : "%.3g", value);
}

struct axis axis_over(enum unit unit, double lo, double hi, double from, double to)
{
	struct axis a = {.unit = unit, .lo = lo, .hi = hi, .from = from, .to = to};

	if (unit == UNIT_SHARE || unit == UNIT_PERCENT) {
		a.linear = true;
		a.lo = unit == UNIT_SHARE ? 0 : -4;
		a.hi = unit == UNIT_SHARE ? 1.05 : 104;
		return a;
	}
	if (!(lo > 0))
		a.lo = lo = hi > 0 ? hi / 2 : 1;
	if (!(hi >= lo))
		a.hi = hi = lo;
	if (unit == UNIT_BYTES || unit == UNIT_COUNT || unit == UNIT_NINES) {
		a.lo = lo / pow(hi / lo, 0.05) / 1.05;
		a.hi = hi * pow(hi / lo, 0.05) * 1.05;
		return a;
	}
	/* A difference of a fifth is small: noise is to look like noise. */
	if (hi < 1.2 * lo) {
		a.lo = sqrt(lo * hi / 1.2);
		a.hi = lo * hi / a.lo;
	}
	lo = a.lo;
	a.lo /= pow(a.hi / lo, 0.06);
	a.hi *= pow(a.hi / lo, 0.06);
	return a;
}

struct axis axis_from_zero(enum unit unit, double lo, double hi, double from, double to)
{
	double room = 0.03 * (hi - lo);

	return (struct axis){unit, lo < 0 ? lo - room : 0, hi + room, from, to, true};
}

double axis_at(const struct axis *a, double value)
{
	double share;

	if (a->linear)
		share = (value - a->lo) / (a->hi - a->lo);
	else
		share = value > 0 ? log(value / a->lo) / log(a->hi / a->lo) : 0;
	share = share < 0 ? 0 : share > 1 ? 1 : share;
	return a->from + share * (a->to - a->from);
}

/* How far the labels of two values are from each other. */
static double gap(const struct axis *a, double size, double x, double y)
{
	char first[NUMBER_B], second[NUMBER_B];
	double away = fabs(axis_at(a, x) - axis_at(a, y));

	if (a->from > a->to) /* one above the other */
		return away - 1.4 * size;
	number_text(first, a->unit, x);
	number_text(second, a->unit, y);
	return away - (text_width(first, size) + text_width(second, size)) / 2 - ROOM;
}

/* Candidates of one kind: the values `steps` times each `decades`th power of ten. */
static size_t decade_ticks(const struct axis *a, const double *steps, int decades,
			   double ticks[TICKS_MAX])
{
	size_t n = 0;

	for (int e = (int)floor(log10(a->lo)); e <= (int)ceil(log10(a->hi)); e++)
		for (const double *s = steps; e % decades == 0 && *s > 0; s++) {
			double v = *s * pow(10, e);

			if (v >= a->lo * 0.999999 && v <= a->hi * 1.000001 && n < TICKS_MAX)
				ticks[n++] = v;
		}
	return n;
}

/* Even steps, for a range in which a decade has few. */
static size_t even_ticks(const struct axis *a, int nth, double ticks[TICKS_MAX])
{
	static const double of[] = {5, 2, 1};
	int finer = nth / 3;
	double step = of[nth % 3] * pow(10, floor(log10(a->hi - a->lo)) - finer);
	size_t n = 0;

	for (long k = lround(ceil(a->lo / step - 1e-9)); (double)k <= a->hi / step + 1e-9; k++)
		if (n < TICKS_MAX)
			ticks[n++] = (double)k * step;
	return n;
}

static size_t candidates(const struct axis *a, int nth, double ticks[TICKS_MAX])
{
	static const double steps[][7] = {{1, 2, 5}, {1, 3}, {1}, {1, 1.5, 2, 3, 5, 7}};

	if (nth < 4)
		return decade_ticks(a, steps[nth], 1, ticks);
	if (nth < EVEN)
		return decade_ticks(a, steps[2], nth - 2, ticks);
	return even_ticks(a, nth - EVEN, ticks);
}

size_t axis_ticks(const struct axis *a, double size, double ticks[TICKS_MAX])
{
	bool fixed = a->unit == UNIT_SHARE || a->unit == UNIT_PERCENT;
	double best_gap = -INFINITY, some[TICKS_MAX];
	size_t best = 0;

	for (; fixed && best < 6; best++)
		ticks[best] = (a->unit == UNIT_SHARE ? 0.2 : 20) * (double)best;
	for (int i = a->linear ? EVEN : 0; !fixed && i < 16; i++) {
		size_t n = candidates(a, i, some);
		double least = INFINITY;

		for (size_t k = 1; k < n; k++)
			least = fmin(least, gap(a, size, some[k - 1], some[k]));
		if (n < 2 || n > TICKS_SHOWN)
			continue;
		/* Of those with room the one with most labels, else the one with most room. */
		if (least >= 0 ? best_gap < 0 || n > best : least > best_gap) {
			best_gap = least;
			best = n;
			memcpy(ticks, some, n * sizeof(*ticks));
		}
	}
	return best;
}

/* A power of two; of times and nines of ten. */
static bool is_round(enum unit unit, double value)
{
	double base = unit == UNIT_TIME || unit == UNIT_NINES ? 10 : 2;

	if (unit == UNIT_NINES && value == 2)
		return true;
	while (value > 1 && fmod(value, base) == 0)
		value /= base;
	return value == 1;
}

/* Labels `value` if those that are there leave it room. */
static void try_tick(const struct axis *a, double size, double value, bool force, size_t *n,
		     double ticks[TICKS_MAX])
{
	for (size_t i = 0; i < *n; i++)
		if (ticks[i] == value || (!force && gap(a, size, ticks[i], value) < 0))
			return;
	if (*n < TICKS_MAX)
		ticks[(*n)++] = value;
}

size_t axis_measured_ticks(const struct axis *a, double size, const double *values, size_t n,
			   double ticks[TICKS_MAX])
{
	size_t found = 0;

	if (a->unit == UNIT_PERCENT) {
		memcpy(ticks, (double[]){0, 50, 90, 100}, 4 * sizeof(double));
		return 4;
	}
	for (size_t i = 0; i < n; i++)
		if (is_round(a->unit, values[i]))
			try_tick(a, size, values[i], false, &found, ticks);
	if (!n || (a->unit == UNIT_NINES && found >= 2))
		return found;
	try_tick(a, size, values[0], false, &found, ticks);
	try_tick(a, size, values[n - 1], found < 2, &found, ticks);
	for (size_t i = 1; i + 1 < n; i++)
		try_tick(a, size, values[i], false, &found, ticks);
	return found;
}
