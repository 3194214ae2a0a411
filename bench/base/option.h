/* SPDX-License-Identifier: MIT */
/*
 * Numbers that only one mechanism knows, given as --opt name=N, and what is noted of them in a row.
 */
#ifndef BENCH_BASE_OPTION_H
#define BENCH_BASE_OPTION_H

#include <stddef.h>
#include <stdint.h>

#define BENCH_OPTIONS_MAX 4 /* of one variant */
#define BENCH_NOTES 128	    /* bytes of the notes of a row, and of a reason why something failed */

/* One option of a variant, in a table that an entry without a name ends. */
struct bench_option {
	const char *name; /* NULL ends a list */
	const char *help; /* what it is, with its unit and its default */
	uint64_t max;	  /* largest value; the smallest is 1 */
};

#endif
