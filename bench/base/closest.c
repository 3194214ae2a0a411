/* SPDX-License-Identifier: MIT */
#include "bench/base/closest.h"

#include <stdio.h>
#include <string.h>

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned edit_distance(const char *a, const char *b)
{
	unsigned row
		[CLOSEST_NAME]; /* of the letters of `a` until now, to the first j letters of `b` */
	size_t n = strlen(b);

	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned i = 1; *a; a++, i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= n; j++) {
			unsigned changed = diagonal + (*a != b[j - 1]);

			diagonal = row[j];
			row[j] = least(changed, least(row[j], row[j - 1]) + 1);
		}
	}
	return row[n];
}

/* A third of the letters may be wrong, and two of a short name such as "piep". */
void closest_try(struct closest *c, const char *name)
{
	size_t typed = strlen(c->typed), length = strlen(name);
	unsigned distance, most = typed < 9 ? 2 : (unsigned)typed / 3;

	if (typed >= CLOSEST_NAME || length >= CLOSEST_NAME || typed <= most)
		return;
	distance = edit_distance(c->typed, name);
	if (distance > most || (*c->name && distance >= c->distance))
		return;
	c->distance = distance;
	memcpy(c->name, name, length + 1);
}

const char *closest_hint(const struct closest *c, char *text, size_t size)
{
	snprintf(text, size, *c->name ? "; did you mean %s?" : "%s", c->name);
	return text;
}
