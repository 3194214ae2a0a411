/* SPDX-License-Identifier: MIT */
#include "bench/base/closest.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned edit_distance(const char *a, const char *b)
{
	/*
	 * [j]: from the letters of `a` until now, from one less, from two less, to the first j of
	 * `b`
	 */
	unsigned rows[3][CLOSEST_NAME], *row = rows[0], *last = rows[1], *before = rows[2];
	size_t n = strlen(b);

	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned i = 0; a[i]; i++) {
		unsigned *oldest = before;

		before = last;
		last = row;
		row = oldest;
		row[0] = i + 1;
		for (unsigned j = 0; j < n; j++) {
			row[j + 1] =
				least(last[j] + (a[i] != b[j]), least(last[j + 1], row[j]) + 1);
			if (i && j && a[i] == b[j - 1] && a[i - 1] == b[j])
				row[j + 1] = least(row[j + 1], before[j - 1] + 1);
		}
	}
	return row[n];
}

/*
 * A third of the letters may be wrong, and one of a short name. What was typed is no hint itself.
 */
void closest_try(struct closest *c, const char *name)
{
	size_t typed = strlen(c->typed), length = strlen(name);
	unsigned distance, most = typed < 6 ? 1 : (unsigned)typed / 3;

	if (typed >= CLOSEST_NAME || length >= CLOSEST_NAME || typed <= most)
		return;
	distance = edit_distance(c->typed, name);
	if (!distance || distance > most || (*c->name && distance >= c->distance))
		return;
	c->distance = distance;
	memcpy(c->name, name, length + 1);
}

const char *closest_hint(const struct closest *c, char *text, size_t size)
{
	snprintf(text, size, *c->name ? "; did you mean %s?" : "%s", c->name);
	return text;
}

const char *closest_option(const struct option *options, const char *word, char *text, size_t size)
{
	char typed[CLOSEST_NAME];
	struct closest c = {.typed = typed};

	word += strspn(word, "-");
	snprintf(typed, sizeof(typed), "%.*s", (int)strcspn(word, "="), word);
	for (; options->name; options++)
		closest_try(&c, options->name);
	snprintf(text, size, *c.name ? "; did you mean --%s?" : "%s", c.name);
	return text;
}

const char *closest_wrong(const char *word)
{
	/* optopt then tells an option that is there */
	return optopt && !strncmp(word, "--", 2) ? "takes no value" : "no such option";
}
