/* SPDX-License-Identifier: MIT */
/* "Did you mean": the name that is closest to what was typed. */
#ifndef BENCH_BASE_CLOSEST_H
#define BENCH_BASE_CLOSEST_H

#include <stddef.h>

#define CLOSEST_NAME 64 /* bytes of the longest name that is compared */

/*
 * Letters to insert, leave out or change, and neighbours to swap, until `a` is `b`, each shorter
 * than CLOSEST_NAME (optimal string alignment).
 */
unsigned edit_distance(const char *a, const char *b);

/* Begins with `typed` alone; then closest_try() each name that there is. */
struct closest {
	const char *typed;
	unsigned distance;	 /* of `name`; valid where that is not empty */
	char name[CLOSEST_NAME]; /* the first of the closest until now; empty = none is close */
};

/* Keeps `name` where it is closer than those before it, and close at all. */
void closest_try(struct closest *c, const char *name);

/* "; did you mean pipe?" into `text`; nothing where no name is close. Returns `text`. */
const char *closest_hint(const struct closest *c, char *text, size_t size);

struct option;

/*
 * What is wrong with `word`, for which getopt_long(3) gave '?': no such option, or it takes no
 * value.
 */
const char *closest_wrong(const char *word);

/*
 * The hint for `word`, such as "--sise=64", among the names of `options` (getopt_long(3)), as ";
 * did you mean --size?".
 */
const char *closest_option(const struct option *options, const char *word, char *text, size_t size);

#define CLOSEST_HINT (CLOSEST_NAME + 24) /* bytes that hold the hint */

#endif
