/* SPDX-License-Identifier: MIT */
/* What tells whose machine it is, taken out of the files of a run before they are published. */
#ifndef BENCH_REPORT_SCRUB_H
#define BENCH_REPORT_SCRUB_H

#include <stdio.h>

#define SCRUB_NAMES 8

struct scrub {
	char names[SCRUB_NAMES][256]; /* to be replaced where they stand as words */
	const char *by[SCRUB_NAMES];  /* "host" or "user" */
	size_t n;
};

/* Adds a name; empty ones, "root" and "localhost" tell nothing and are not replaced. */
void scrub_add(struct scrub *s, const char *name, const char *by);

/*
 * Copies `in` to `out`, a file of a run called `name`. Hosts and users are replaced, and so are
 * home directories, hardware addresses, UUIDs and identifiers of 32 hexadecimal digits or more;
 * lines of topology.xml with serial numbers, asset tags and addresses go. Fields of CSV files keep
 * the words that are not names: only columns host and run_id are of a host. 0 or -errno.
 */
int scrub_copy(const struct scrub *s, const char *name, FILE *in, FILE *out);

#endif
