/* SPDX-License-Identifier: MIT */
/* What a page is made from: the rows of a run's CSV files, and questions asked of its cells. */
#ifndef BENCH_REPORT_REPORT_DATA_H
#define BENCH_REPORT_REPORT_DATA_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "bench/record/cell.h"
#include "bench/record/row.h"
#include "bench/report/later.h"

struct rows {
	struct row *all;
	size_t n, room;
};

/* One state of a machine: a run, and of a comparison an arm in it. */
struct state {
	char run_id[160], arm[160];
	char load[16];	   /* beside its first row */
	bool loads_differ; /* beside others it is another one, or none */
};

#define BOOK_STATES 32 /* shown apart; more are only in the tables */

struct report_data {
	const char *program; /* for messages */
	const char *dir;     /* where summary.csv, charts/ and the page are */
	char *const *runs;   /* where samples.csv, settings/ and machine.txt are */
	size_t n_runs;
	struct rows summary, compare, blocks, matrix, doctor, quiet;
	struct state states[BOOK_STATES];
	size_t n_states;
	struct row origin;		  /* a row of samples.csv that ran, of the first run */
	char first_utc[24], last_utc[24]; /* of all rows */
	size_t n_samples, n_used;	  /* rows of all runs that ran, and of those that count */
	size_t n_noisy,
		n_failed; /* of those that ran: disturbed; that have no figures and should */
	size_t n_blind, n_traced; /* of those that ran: counters not read; a debugger attached */
	struct later later;	  /* of all runs */
	uint64_t duration_ns[2];  /* shortest and longest timed part asked for */
};

/*
 * Reads the files; 0 or an exit code after a line. Files that are not there leave their part empty.
 */
int report_read(struct report_data *b);
void report_free(struct report_data *b);

/* Notes the states that the rows of summary.csv are of. */
void report_find_states(struct report_data *b);

/*
 * Flags those of `rows` that have a load beside them which others of their state have not: see
 * struct query.
 */
void report_mark_loads(const struct report_data *b, struct rows *rows);
#define FLAG_LOADED "loaded" /* in memory only */

#define QUERY_FREE 2
#define ANSWER_TIED 64 /* more are only counted */

/* Think time of contended locks: 100 ns for each thread, or 500 ns by hand; 0; 10 µs. */
enum query_think { THINK_USUAL, THINK_NONE, THINK_LONG };

/* What a side does while it waits. */
enum query_way { WAY_ANY, WAY_SPINS, WAY_SLEEPS };

#define QUERY_FILE (1u << 31) /* of no pattern or experiment: read from the file of a histogram */
#define QUERY_AT(relation) (1u << (relation))

/* A question to the cells of summary.csv. Empty fields ask nothing. */
struct query {
	const struct state *state;
	unsigned use;	    /* pattern or experiment: USE_*, or QUERY_FILE */
	const char *metric; /* as in column metric */
	unsigned places;    /* relations of the CPUs: bits QUERY_AT() */
	enum query_way way;
	uint64_t size_b;   /* of the message */
	uint64_t every_ns; /* schedule */
	uint64_t threads;
	enum query_think think;	      /* of contended locks */
	bool crowded;		      /* contended by more threads than PUs */
	bool floors;		      /* floors as well */
	bool loaded;		      /* beside a load, in a run where others are not */
	bool any;		      /* rows made by hand: whatever else was asked of them */
	enum column free[QUERY_FREE]; /* columns that may be other than usual; 0: none */
};

/*
 * Whether `row` has an answer. Floors, pairs, gaps, sections, several permits, readers and sizes of
 * a primitive's own are questions of their own: only where the query says so.
 */
bool query_matches(const struct query *q, const struct row *row);

/*
 * Of that only whether its pattern or experiment, its way of waiting and what is asked of floors
 * are so.
 */
bool query_is_of(const struct query *q, const struct row *row);

/* What a query found. */
struct answer {
	const struct row
		*best; /* smallest, or largest of what is better when it grows; NULL: none */
	size_t others; /* that match besides */
	/*
	 * Those that cannot be told from the best: their intervals overlap, both say the same in
	 * print, or a test of all at once cannot exclude them. The best of them first, as far as
	 * there is room.
	 */
	size_t n_tied;
	const struct row *tied[ANSWER_TIED];
	double lo, hi; /* between which the best of the best and the tied lies; NaN = not known */
};

/*
 * The row of the floor for CPUs that lie so, of spinners or of sleepers, without others: of what is
 * measured as floor the fastest, or the round trip that is clearly faster. best is NULL where no
 * floor was measured.
 */
struct answer query_floor(const struct report_data *b, const struct state *s,
			  enum relation relation, bool spins);

/* Whether some row has an answer. */
bool query_any(const struct report_data *b, const struct query *q);

/*
 * The sizes of messages of the rows that have an answer, the smallest QUERY_SIZES in order; their
 * number.
 */
#define QUERY_SIZES 32
size_t query_sizes(const struct report_data *b, const struct query *q, uint64_t sizes[QUERY_SIZES]);

struct answer query_best(const struct report_data *b, const struct query *q);

/* What to say where `a`, the best of spinners and sleepers, sleeps; NULL where not. */
const char *query_sleeps(const struct report_data *b, const struct query *q,
			 const struct answer *a);

/* Whether two rows may be equal: their intervals have a value in common, or one is missing. */
bool row_overlaps(const struct row *a, const struct row *b);

/* The number that the first option of a primitive's own has; 0: none. */
uint64_t row_own_size(const struct row *row);

#endif
