/* SPDX-License-Identifier: MIT */
/* The one table of columns of all CSV files; headers, docs, reading and checks come from it. */
#ifndef BENCH_RECORD_SCHEMA_H
#define BENCH_RECORD_SCHEMA_H

#include <stdbool.h>

#define SCHEMA_VERSION 2 /* column `schema`; a reader refuses rows with a higher one */

/* The CSV files that handoff writes. */
enum csv_file {
	CSV_PLAN,	 /* plan.csv: what will run, in order */
	CSV_SAMPLES,	 /* samples.csv, and what a microbenchmark prints: one row per invocation */
	CSV_SUMMARY,	 /* summary.csv: one row per cell */
	CSV_COMPARE,	 /* compare.csv: one row per cell and arm */
	CSV_MATRIX,	 /* matrix.csv: one row per pair of PUs */
	CSV_PERCENTILES, /* percentiles.csv: several rows per cell */
	CSV_LIST,	 /* `handoff list --csv`: one row per variant */
	CSV_DOCTOR,	 /* doctor.csv and `handoff doctor --csv`: one row per finding */
	CSV_BLOCKS,	 /* blocks.csv: one row per block and arm */
	CSV_SCHEMA,	 /* `handoff list --schema`: one row per file and column */
	CSV_ODD,	 /* `handoff odd --csv`: one row per machine and place, or configuration */
	CSV_QUIET,   /* quiet.csv and `handoff quiet --csv`: one row per CPU, alone and together */
	CSV_EXPLAIN, /* explain.csv: one row per phase of a slow operation */
	CSV_BREAKDOWN, /* breakdown.csv: one row per round trip and part */
	CSV_FILE_COUNT
};

/* Every column as COL_<name>, in the order in which files hold them. */
enum column {
#define COLUMN_AS(ident, name, type, unit, files, doc) COL_##ident,
#include "bench/record/schema.def"
#undef COLUMN_AS
	COL_COUNT
};

enum column_type {
	COLUMN_TEXT,	 /* no control character, so that a row is one line */
	COLUMN_UNSIGNED, /* uint64_t */
	COLUMN_DECIMAL,	 /* double, written with 3 decimals */
	COLUMN_RATIO,	 /* double, written with 6 decimals: ratios, shares, events per operation */
	COLUMN_PROBABILITY, /* double, written with 12 decimals: p is 2^(1-n) at least */
};

struct column_info {
	const char *name;      /* as in the header line */
	const char *unit;      /* "" where the column has none */
	const char *doc;       /* one line of meaning */
	enum column_type type; /* of its values */
	unsigned files;	       /* bit 1 << enum csv_file for each file that has it */
};

/* What is known of `column`; never NULL. */
const struct column_info *schema_column(enum column column);

/* Whether `file` has `column`. */
bool schema_has(enum csv_file file, enum column column);

/* The column of `file` whose name is `name`; COL_COUNT if there is none. */
enum column schema_find(enum csv_file file, const char *name);

/* The name of `file`, such as "samples.csv". */
const char *schema_file_name(enum csv_file file);

/* What stands in a column of `type`, in words: "an unsigned integer". */
const char *schema_type_name(enum column_type type);

/* Likewise in one word: text, integer, decimal, ratio, probability. */
const char *schema_type_word(enum column_type type);

/* Decimals written for `type`; 0 for text and unsigned. */
unsigned schema_decimals(enum column_type type);

/* Decimals written for a value of `metric`: as in samples.csv; of what is not there a decimal's. */
unsigned schema_decimals_of_metric(const char *metric);
#endif
