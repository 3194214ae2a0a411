/* SPDX-License-Identifier: MIT */
/*
 * Writing and reading of the CSV files: RFC 4180, LF, a point for the decimals whatever the locale.
 * Fields with commas or quotes are written in quotes. Readers map columns by the names in the
 * header: columns that this version does not know are passed over, those that the file lacks stay
 * empty. Rows of an older schema come out as ones of this.
 */
#ifndef BENCH_RECORD_CSV_H
#define BENCH_RECORD_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "bench/record/row.h"
#include "bench/record/schema.h"

/*
 * Writes the header line of `file` to `out` and flushes. -errno of the write; -ENOSPC: disk full.
 */
int csv_write_header(FILE *out, enum csv_file file);

/*
 * Writes `text` as a field to `to`, which has room for 2 * strlen(text) + 3 bytes: as it is, or in
 * quotes where it holds a comma or a quote. Returns `to`.
 */
char *csv_quote(char *to, const char *text);

/* Bytes that hold a number: 20 digits, sign, point; or the name of a column. */
#define CSV_NUMBER_B 32

/*
 * The number in `column` of `row`, which is set, as the files have it, into `text` (CSV_NUMBER_B
 * bytes). Column `schema` is SCHEMA_VERSION if empty. Returns `text`.
 */
const char *csv_number(const struct row *row, enum column column, char *text);

/*
 * Writes `row` to `out` as one line of `file` and flushes, so that a line is whole or the last.
 * Column `schema` is written as SCHEMA_VERSION if empty. Errors: csv_write_header().
 */
int csv_write_row(FILE *out, enum csv_file file, const struct row *row);

struct csv_reader {
	FILE *in;		 /* the file; NULL when closed */
	const char *path;	 /* its name, for messages; the caller's */
	enum csv_file file;	 /* whose columns are read */
	enum column *columns;	 /* of each field; COL_COUNT: a column unknown to this version */
	size_t n_columns;	 /* fields per line */
	char *line;		 /* the current record, cut into fields */
	size_t line_room_b;	 /* size of `line` */
	uint64_t line_number;	 /* where the last record read begins, from 1 */
	uint64_t inner_newlines; /* newlines inside quotes in that record */
	uint64_t whole_b;  /* offset of the end of the last whole line: where to go on appending */
	bool unterminated; /* the last line had no end and was dropped */
	char error[512];   /* after a failure: "file:line:column: what was wrong" */
};

/*
 * Opens `path`, which must outlive `reader`, and reads its header. 0 or -errno of fopen(); -EBADMSG
 * if the file has no header line or a wrong one; then `error` says why and nothing needs closing.
 */
int csv_open(struct csv_reader *reader, const char *path, enum csv_file file);

/*
 * Likewise from `in`, which is the reader's from then on, also where this fails; `path` is for
 * messages.
 */
int csv_open_stream(struct csv_reader *reader, FILE *in, const char *path, enum csv_file file);

/*
 * Reads the next line into `row`. 1; 0 at the end (see `unterminated`); -EBADMSG for a wrong field
 * or number of fields, -EPROTONOSUPPORT for a row of a newer schema, -ENOSPC for texts longer than
 * a row holds, or -errno of the read, each with `error`.
 */
int csv_next(struct csv_reader *reader, struct row *row);

/* Closes `reader`; harmless when repeated. */
void csv_close(struct csv_reader *reader);

#endif
