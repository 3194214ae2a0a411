/* SPDX-License-Identifier: MIT */
/*
 * Whether the machine had settled while it was measured: whether round trips take longer, or less
 * long, in the second half of a run than in the first. On some guests those of sides that sleep
 * become half as slow again within a third of a second; no warm-up sees that in the noise of single
 * round trips, many runs do.
 */
#ifndef BENCH_REPORT_LATER_H
#define BENCH_REPORT_LATER_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/record/row.h"

/* Round trips that wake a CPU, share a CPU, or do neither. */
enum later_kind { LATER_SLEEPS, LATER_ONE_CPU, LATER_SPINS, LATER_KINDS };

struct later {
	double *ratio[LATER_KINDS]; /* column later_ratio of the runs that count */
	size_t n[LATER_KINDS], room[LATER_KINDS];
};

/* Takes a row of samples.csv into account. 0 or -ENOMEM. */
int later_add(struct later *l, const struct row *sample);

/* Once all are in: puts them in order. */
void later_sort(struct later *l);

#define LATER_SENTENCE_B 256

/*
 * What is to be said of a kind, into `text` (LATER_SENTENCE_B bytes); false: it had settled, or few
 * runs tell.
 */
bool later_sentence(const struct later *l, enum later_kind kind, char *text);

void later_free(struct later *l);

#endif
