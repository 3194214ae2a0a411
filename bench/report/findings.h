/* SPDX-License-Identifier: MIT */
/* What is fastest, cheapest and fairest here: asked once, told at a sweep's end and on the page. */
#ifndef BENCH_REPORT_FINDINGS_H
#define BENCH_REPORT_FINDINGS_H

#include "bench/report/html.h"
#include "bench/report/report_data.h"

/* A question and what was found. */
struct finding {
	char question[96];
	struct answer answer;
};

#define FINDINGS_MAX 24
#define FINDING_INTERVAL_B (2 * QUANTITY_B + 8)

/* The questions of a state that have an answer, small messages first; their number. */
size_t findings_of(const struct report_data *b, const struct state *s,
		   struct finding found[FINDINGS_MAX]);

/*
 * "pipe:pair block", as tables of answers name a row: what they do not say, but for what is usual.
 */
void finding_name(const struct row *row, char *text, size_t size);

/* The best and those that are tied with it, as HTML. */
void html_names(const struct answer *a, FILE *out);

/*
 * "4.04 to 4.24 µs": the interval of the best, or what the best of those that are tied has; "" =
 * none.
 */
void finding_interval(const struct answer *a, char text[FINDING_INTERVAL_B]);

/*
 * Sizes of messages that are asked about: 64 B, 4 and 64 KiB where measured; else the smallest that
 * were.
 */
#define FINDING_SIZES 3
size_t finding_sizes(const struct report_data *b, const struct state *s,
		     uint64_t sizes[FINDING_SIZES]);

/*
 * The closest two CPUs of different cores that have round trips, else of one core; or the farthest.
 * RELATION_COUNT: there are none.
 */
enum relation finding_relation(const struct report_data *b, const struct state *s, bool farthest);

/* "two cores (L3)": where the sides are, as a question says it. */
const char *finding_between(enum relation relation);

/*
 * The answers as lines for a terminal, and how far to trust them; nothing of what has several
 * states or no figures.
 */
void findings_print(const struct report_data *b, FILE *out);

#endif
