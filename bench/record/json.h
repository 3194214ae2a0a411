/* SPDX-License-Identifier: MIT */
/*
 * What commands print with --json: one object with the version of the columns, the command, and
 * `rows`, an array of objects. Fields have the names, units and figures of the CSV files; an empty
 * one is left out. docs/handoff.schema.json describes all of them.
 */
#ifndef BENCH_RECORD_JSON_H
#define BENCH_RECORD_JSON_H

#include <stdbool.h>
#include <stdio.h>

#include "bench/record/row.h"

struct json {
	FILE *out;
	bool follows; /* something stands before the next field or row: it takes a comma */
};

/* Begins the object that `command` prints. Further fields may follow, then json_rows(). */
void json_begin(struct json *j, FILE *out, const char *command);

/* A field of the object, or of a row. Bytes that are no UTF-8 become U+FFFD. */
void json_text(struct json *j, const char *name, const char *text);
void json_unsigned(struct json *j, const char *name, uint64_t value);
void json_bool(struct json *j, const char *name, bool value);

/* Field `name` from `column` of `row`, where that has a value. */
void json_value(struct json *j, const char *name, const struct row *row, enum column column);

/* A number with four significant figures; one that is none is left out. */
void json_decimal(struct json *j, const char *name, double value);

/* Begins and ends a field that is an array of objects; begins and ends one of these. */
void json_list_begin(struct json *j, const char *name);
void json_list_end(struct json *j);
void json_object_begin(struct json *j);
void json_object_end(struct json *j);

/* Begins the rows, the last field. */
void json_rows(struct json *j);

/*
 * Begins a row: the name of its configuration, where it is of one, and the columns of `file` that
 * have a value.
 */
void json_row_begin(struct json *j, enum csv_file file, const struct row *row);
void json_row_end(struct json *j);

/* One row without further fields. */
void json_row(struct json *j, enum csv_file file, const struct row *row);

/* Ends rows and object. 0 or -errno of the write. */
int json_end(struct json *j);

#endif
