/* SPDX-License-Identifier: MIT */
/* Reading values in full: every wrong one is answered with what would be right. */
#include "bench/base/values.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unit {
	const char *name;
	uint64_t factor;
};

int option_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret, char *want)
{
	char *end;
	unsigned long long n;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || n < min || n > max) {
		snprintf(want, OPTION_WANT, "a whole number from %" PRIu64 " to %" PRIu64, min,
			 max);
		return -EINVAL;
	}
	*ret = n;
	return 0;
}

/* Digits with at most nine decimals, then one of the units, which a NULL ends. 0 or -EINVAL. */
static int with_unit(const char *text, const struct unit *units, uint64_t max, uint64_t *ret)
{
	uint64_t whole, part = 0, scale = 1;
	char *end;

	errno = 0;
	whole = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || errno)
		return -EINVAL;
	if (*end == '.') {
		const char *digit = end + 1;

		for (; *digit >= '0' && *digit <= '9' && scale < 1000000000; digit++, scale *= 10)
			part = 10 * part + (uint64_t)(*digit - '0');
		if (scale == 1)
			return -EINVAL;
		end = (char *)digit;
	}
	while (units->name && strcmp(end, units->name) != 0)
		units++;
	if (!units->name || whole > max / units->factor || part * units->factor % scale)
		return -EINVAL;
	whole = whole * units->factor + part * units->factor / scale;
	if (whole > max)
		return -EINVAL;
	*ret = whole;
	return 0;
}

int option_time(const char *text, uint64_t *ret_ns, char *want)
{
	static const struct unit units[] = {{"ns", 1},	     {"us", 1000},	{"\302\265s", 1000},
					    {"ms", 1000000}, {"s", 1000000000}, {"m", 60000000000},
					    {NULL, 0}};

	if (!strcmp(text, "0")) {
		*ret_ns = 0;
		return 0;
	}
	if (!with_unit(text, units, TIME_MAX_NS, ret_ns))
		return 0;
	snprintf(want, OPTION_WANT, "a number and a unit: ns us ms s or m; an hour at most");
	return -EINVAL;
}

int option_percent(const char *text, double *ret, char *want)
{
	char *end;
	double percent = strtod(text, &end);

	if (*text >= '0' && *text <= '9' && !strcmp(end, "%") && percent > 0 && percent <= 1000) {
		*ret = percent / 100;
		return 0;
	}
	snprintf(want, OPTION_WANT, "a share such as 2%%; above 0 and 1000%% at most");
	return -EINVAL;
}

int option_size(const char *text, uint64_t max, uint64_t *ret, char *want)
{
	static const struct unit units[] = {{"", 1},	      {"B", 1},	     {"K", 1024},
					    {"k", 1024},      {"KiB", 1024}, {"M", 1 << 20},
					    {"MiB", 1 << 20}, {NULL, 0}};

	uint64_t bytes = 0;

	if (with_unit(text, units, max, &bytes) || !bytes) {
		snprintf(want, OPTION_WANT,
			 "bytes from 1 to %" PRIu64 "; K (KiB) and M (MiB) are 1024 and 1024^2",
			 max);
		return -EINVAL;
	}
	*ret = bytes;
	return 0;
}

int name_find(const char *const *names, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (names[i] && !strcmp(text, names[i]))
			return (int)i;
	return -1;
}

int option_choice(const char *text, const char *const *names, size_t n, unsigned *ret, char *want)
{
	int found = name_find(names, n, text);
	size_t used = 0;

	if (found >= 0) {
		*ret = (unsigned)found;
		return 0;
	}
	used = (size_t)snprintf(want, OPTION_WANT, "one of");
	for (size_t i = 0; i < n && used < OPTION_WANT; i++)
		used += (size_t)snprintf(want + used, OPTION_WANT - used, " %s", names[i]);
	return -EINVAL;
}

/* One number, or a range, at *text, which moves behind it. 0 or -EINVAL. */
static int next_range(const char **text, unsigned long *from, unsigned long *to)
{
	char *end;

	if (**text < '0' || **text > '9')
		return -EINVAL;
	*from = *to = strtoul(*text, &end, 10);
	if (*end == '-') {
		if (end[1] < '0' || end[1] > '9')
			return -EINVAL;
		*to = strtoul(end + 1, &end, 10);
	}
	*text = end;
	return *from <= *to && *to < 1u << 20 ? 0 : -EINVAL;
}

int option_ranges(const char *text, unsigned *numbers, unsigned room, unsigned *n, char *want)
{
	unsigned long from, to;

	snprintf(want, OPTION_WANT, "CPU numbers and ranges such as 0,1 or 0-3,8; %u at most",
		 room);
	for (*n = 0;; text++) {
		if (next_range(&text, &from, &to) || to - from >= room - *n)
			return -EINVAL;
		while (from <= to)
			numbers[(*n)++] = (unsigned)from++;
		if (!*text)
			return 0;
		if (*text != ',')
			return -EINVAL;
	}
}

/* `value` in the largest unit of which it has a whole number, or three decimals at most. */
static void print_in(uint64_t value, const struct unit *units, char *text, size_t size)
{
	while (units[1].name && (value < units->factor || value * 1000 % units->factor))
		units++;
	if (value % units->factor)
		snprintf(text, size, "%g %s", (double)value / (double)units->factor, units->name);
	else
		snprintf(text, size, "%" PRIu64 " %s", value / units->factor, units->name);
}

void value_print_time(uint64_t ns, char *text, size_t size)
{
	static const struct unit units[] = {
		{"s", 1000000000}, {"ms", 1000000}, {"us", 1000}, {"ns", 1}, {NULL, 0}};

	print_in(ns, units, text, size);
}

void value_print_bytes(uint64_t bytes, char *text, size_t size)
{
	static const struct unit units[] = {{"MiB", 1 << 20}, {"KiB", 1024}, {"B", 1}, {NULL, 0}};

	if (bytes % 1024)
		snprintf(text, size, "%" PRIu64 " B", bytes);
	else
		print_in(bytes, bytes % (1 << 20) ? units + 1 : units, text, size);
}

/* A unit in which a value is easily read. */
struct scale {
	double least; /* value from which it is used, and how many of the plain unit it is */
	const char *plain, *name;
};

static const struct scale *scale_of(double value, const char *unit)
{
	static const struct scale scales[] = {
		{1e9, "ns", "s"},    {1e6, "ns", "ms"},	  {1e3, "ns", "us"}, {1, "ns", "ns"},
		{1e6, "1/s", "M/s"}, {1e3, "1/s", "k/s"}, {1, "1/s", "/s"},  {1e3, "MB/s", "GB/s"},
		{1, "MB/s", "MB/s"}, {1, "", ""},
	};
	size_t i = 0;

	while (*scales[i].plain && (strcmp(scales[i].plain, unit) != 0 ||
				    (value < scales[i].least && scales[i].least > 1)))
		i++;
	return &scales[i];
}

/* Three digits that count, without the unit. */
static int print_scaled(char *text, size_t size, double value, const struct scale *s)
{
	double v = value / s->least;

	return snprintf(text, size, "%.*f", v < 9.995 ? 2 : v < 99.95 ? 1 : 0, v);
}

static void print_scale(char *text, size_t size, const struct scale *s)
{
	snprintf(text, size, "%s%s", *s->name && *s->name != '/' ? " " : "", s->name);
}

void value_print_figure(double value, const char *unit, char *text, size_t size)
{
	const struct scale *s = scale_of(value, unit);
	int n;

	snprintf(text, size, "-");
	if (isnan(value))
		return;
	n = print_scaled(text, size, value, s);
	print_scale(text + n, size - (size_t)n, s);
}

void value_print_range(double lo, double hi, double like, const char *unit, char *text, size_t size)
{
	const struct scale *s = scale_of(like, unit);
	int n;

	snprintf(text, size, "-");
	if (isnan(lo) || isnan(hi))
		return;
	if (lo < 0.1 * s->least ||
	    hi >= 1e4 * s->least) { /* "0.00 to 83.2 ms" says nothing of the lower one */
		value_print_figure(lo, unit, text, size);
		n = (int)strlen(text);
		n += snprintf(text + n, size - (size_t)n, " to ");
		value_print_figure(hi, unit, text + n, size - (size_t)n);
		return;
	}
	n = print_scaled(text, size, lo, s);
	n += snprintf(text + n, size - (size_t)n, " to ");
	n += print_scaled(text + n, size - (size_t)n, hi, s);
	print_scale(text + n, size - (size_t)n, s);
}
