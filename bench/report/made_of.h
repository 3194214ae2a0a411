/* SPDX-License-Identifier: MIT */
/*
 * What round trips of two sides that sleep are made of, for people: see bench/analyse/breakdown.h.
 */
#ifndef BENCH_REPORT_MADE_OF_H
#define BENCH_REPORT_MADE_OF_H

#include <stdio.h>

#include "bench/analyse/breakdown.h"
#include "bench/report/report_data.h"

#define MADE_OF_SENTENCE_B 1024

/*
 * The fastest round trips of each mechanism in one state: closest CPUs, smallest messages, shortest
 * times first.
 */
struct made_of {
	struct breakdown *all;
	size_t n;
};

/* 0 or -ENOMEM; made_of_free() in either case. */
int made_of_find(const struct report_data *b, const struct state *s, struct made_of *ret);
void made_of_free(struct made_of *m);

/* "system calls": a part as charts and tables name it. */
const char *made_of_part(enum part part);

/* "pipe:pair block": the round trip without what panels and tables say of it. */
void made_of_name(const struct breakdown *b, char *text, size_t size);

/*
 * "of 14.1 µs between two cores (L3) 1.1 are system calls, ...", and what can make it faster, into
 * `text`.
 */
void made_of_sentence(const struct breakdown *b, char text[MADE_OF_SENTENCE_B]);

/*
 * That sentence, of the fastest small message between the closest two cores, for a terminal;
 * nothing without one.
 */
void made_of_print(const struct report_data *b, FILE *out);

#endif
