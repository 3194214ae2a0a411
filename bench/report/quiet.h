/* SPDX-License-Identifier: MIT */
/* What `handoff quiet` found, as rows and for people. */
#ifndef BENCH_REPORT_QUIET_H
#define BENCH_REPORT_QUIET_H

#include <stdio.h>

#include "bench/machine/quiet.h"
#include "bench/record/row.h"

/* Zeroed before use. */
struct quiet_report {
	unsigned n;		/* CPUs */
	uint64_t spin_ns;	/* of each CPU, alone and together */
	uint64_t threshold_ns;	/* what is longer is a gap */
	struct quiet *alone;	/* [n] */
	struct quiet *together; /* [n] */
	unsigned *isolation;	/* [n]: enum isolation */
};

/* Row `i` of quiet.csv into `row`: below n alone, then below 2 n together. */
void quiet_row(const struct quiet_report *r, unsigned i, struct row *row);

/* Where sentences go. */
struct quiet_words {
	void (*say)(struct quiet_words *to, const char *text);
	FILE *out;
};

/* Sentences on the best and the worst CPU and on isolation, from the `n` rows of quiet.csv. */
void quiet_say(const struct row *rows, size_t n, struct quiet_words *to);

/* A table and these sentences. 0, -ENOMEM or -EIO. */
int quiet_print(const struct quiet_report *r, FILE *out);

void quiet_report_free(struct quiet_report *r);

#endif
