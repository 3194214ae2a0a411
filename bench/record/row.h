/* SPDX-License-Identifier: MIT */
/*
 * One row of a CSV file: a value per column, or none (written as an empty field, never as 0).
 * A row holds no pointers and needs no destruction. It is copied by row_copy(), for most of its
 * room for texts is empty: a table of rows then takes the memory of what is in it.
 */
#ifndef BENCH_RECORD_ROW_H
#define BENCH_RECORD_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/record/schema.h"

/* Bytes for all texts of a row: 1024 PUs twice, as many counts, and the rest. */
#define ROW_TEXT_B 32768

struct row {
	bool set[COL_COUNT]; /* whether the column has a value */
	union {
		uint64_t number; /* COLUMN_UNSIGNED */
		double decimal;	 /* COLUMN_DECIMAL, COLUMN_RATIO, COLUMN_PROBABILITY */
		uint16_t at;	 /* COLUMN_TEXT: offset of the string in `text` */
	} value[COL_COUNT];
	uint16_t text_used_b;  /* bytes taken in `text` */
	char text[ROW_TEXT_B]; /* the texts, each ended by a NUL */
};

/* Column `status`. */
enum status {
	STATUS_NONE, /* empty: a row of plan.csv that is to run */
	STATUS_OK,
	STATUS_SKIPPED,
	STATUS_INVALID,
	STATUS_OVERLOAD,
	STATUS_FAILED,
	STATUS_NOT_PLANNED
};

/* Empties all columns of `row`; a row must be cleared before its first use. */
void row_clear(struct row *row);

/* Makes `to`, in whatever state, equal to `from`. */
void row_copy(struct row *to, const struct row *from);

/* Empties `column`. */
void row_unset(struct row *row, enum column column);

/*
 * Sets text column `column` to a copy of `text`; NULL and "" empty it. Control characters become
 * '_', newlines too: every row is one line. -ENOSPC if `row` has no room left: the column is then
 * empty.
 */
int row_set_text(struct row *row, enum column column, const char *text);

/* Like row_set_text(), from a format. -ENOSPC also if the text is longer than ROW_TEXT_B. */
__attribute__((format(printf, 3, 4))) int row_set_format(struct row *row, enum column column,
							 const char *fmt, ...);

/* Adds `item` to a list such as `flags`: joined by '+', each item once. Errors: row_set_text(). */
int row_add_item(struct row *row, enum column column, const char *item);

/* Sets `column` to `n` numbers, joined by '+'. Errors: row_set_text(). */
int row_set_list(struct row *row, enum column column, const unsigned *numbers, unsigned n);

/* Whether `item` is in `list`, whose items are joined by '+'. */
bool row_list_has(const char *list, const char *item);

/* Sets `column`, which is unsigned or a decimal of any kind. */
void row_set_u64(struct row *row, enum column column, uint64_t value);

/* Sets `column`, a decimal of any kind; a value that is not finite, or over 9e18 in units of its
   last decimal, empties it. */
void row_set_decimal(struct row *row, enum column column, double value);

/* Whether `column` has a value. */
bool row_is_set(const struct row *row, enum column column);

/* The text of text column `column`, valid until `row` changes; "" if empty. */
const char *row_get_text(const struct row *row, enum column column);

/* The row's status; what is not known is STATUS_FAILED. */
enum status row_status(const struct row *row);
void row_set_status(struct row *row, enum status status);

/* Whether the row has figures. */
bool row_is_ok(const struct row *row);

/* Whether it was measured again because of noise. */
bool row_is_discarded(const struct row *row);

/* Whether its figures count: it has some and was not discarded. */
bool row_counts(const struct row *row);

/* The value of unsigned column `column`, or `if_unset`. */
uint64_t row_get_u64(const struct row *row, enum column column, uint64_t if_unset);

/* The value of `column`, unsigned or a decimal; NaN if empty. */
double row_get_decimal(const struct row *row, enum column column);

#endif
