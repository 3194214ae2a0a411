/* SPDX-License-Identifier: MIT */
/*
 * What the kernel made of configurations (column effective) in the arms of a comparison. It is no
 * part of what a configuration is; where arms differ in it, that may be why they differ in time.
 */
#ifndef BENCH_REPORT_EFFECTIVE_H
#define BENCH_REPORT_EFFECTIVE_H

#include <stdio.h>

#include "bench/record/row.h"

struct effective;

/* What was seen in arms that are compared with the one called `base`; NULL without memory. */
struct effective *effective_new(const char *base);

/*
 * Takes a row of samples.csv as of arm `arm`; rows that do not count are passed over. 0 or -ENOMEM.
 */
int effective_add(struct effective *e, const struct row *sample, const char *arm);

/* A difference, and how many more configurations have the same one. */
struct effective_difference {
	const char *name; /* of the first configuration */
	size_t others;
	const char *arm;
	char from[256], to[256]; /* "sndbuf=16384+rcvbuf=131072": what no invocation of both arms
				    had in common */
};

/* Calls `each` for every difference from the base. How many there are, or -ENOMEM. */
ssize_t effective_differences(struct effective *e,
			      void (*each)(void *arg, const struct effective_difference *d),
			      void *arg);

/* The differences as lines that begin with "differs: ". 0 or -ENOMEM. */
int effective_print(struct effective *e, FILE *out);

void effective_free(struct effective *e);

#endif
