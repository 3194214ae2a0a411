/* SPDX-License-Identifier: MIT */
/* One row of a CSV file: setting and getting of its values. */
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bench/base/values.h"
#include "bench/record/row.h"

_Static_assert(ROW_TEXT_B <= UINT16_MAX, "offsets of texts have 16 bits");

void row_clear(struct row *row)
{
	memset(row->set, 0, sizeof(row->set));
	row->text_used_b = 0;
}

void row_copy(struct row *to, const struct row *from)
{
	memcpy(to, from, offsetof(struct row, text) + from->text_used_b);
}

void row_unset(struct row *row, enum column column)
{
	row->set[column] = false;
}

/* Closes the holes that replaced texts left in `row->text`. */
static void row_compact(struct row *row)
{
	char kept[ROW_TEXT_B];
	uint16_t used_b = 0;

	for (enum column column = 0; column < COL_COUNT; column++) {
		size_t size_b;

		if (!row->set[column] || schema_column(column)->type != COLUMN_TEXT)
			continue;
		size_b = strlen(row->text + row->value[column].at) + 1;
		memcpy(kept + used_b, row->text + row->value[column].at, size_b);
		row->value[column].at = used_b;
		used_b += size_b;
	}
	memcpy(row->text, kept, used_b);
	row->text_used_b = used_b;
}

int row_set_text(struct row *row, enum column column, const char *text)
{
	size_t size_b = text ? strlen(text) + 1 : 1;
	char *to;

	assert(schema_column(column)->type == COLUMN_TEXT);
	row->set[column] = false;
	if (size_b == 1)
		return 0;
	if (size_b > ROW_TEXT_B - (size_t)row->text_used_b)
		row_compact(row);
	if (size_b > ROW_TEXT_B - (size_t)row->text_used_b)
		return -ENOSPC;
	row->set[column] = true;
	row->value[column].at = row->text_used_b;
	to = row->text + row->text_used_b;
	row->text_used_b += size_b;
	for (; *text; text++)
		*to++ = (unsigned char)*text < ' ' || *text == 0x7f ? '_' : *text;
	*to = '\0';
	return 0;
}

int row_set_format(struct row *row, enum column column, const char *fmt, ...)
{
	char text[ROW_TEXT_B];
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof(text)) {
		row_unset(row, column);
		return -ENOSPC;
	}
	return row_set_text(row, column, text);
}

int row_set_list(struct row *row, enum column column, const unsigned *numbers, unsigned n)
{
	char text[ROW_TEXT_B];
	size_t used = 0;

	*text = '\0';
	for (unsigned i = 0; i < n && used < sizeof(text); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%u", i ? "+" : "",
					 numbers[i]);
	if (used >= sizeof(text)) {
		row_unset(row, column);
		return -ENOSPC;
	}
	return row_set_text(row, column, text);
}

/* Whether `list`, joined by '+', has `item`. */
bool row_list_has(const char *list, const char *item)
{
	size_t item_b = strlen(item);

	while (*list) {
		size_t n = strcspn(list, "+");

		if (n == item_b && !memcmp(list, item, n))
			return true;
		list += n + (list[n] == '+');
	}
	return false;
}

int row_add_item(struct row *row, enum column column, const char *item)
{
	const char *list = row_get_text(row, column);

	if (row_list_has(list, item))
		return 0;
	return row_set_format(row, column, "%s%s%s", list, *list ? "+" : "", item);
}

void row_set_u64(struct row *row, enum column column, uint64_t value)
{
	if (schema_column(column)->type != COLUMN_UNSIGNED) {
		row_set_decimal(row, column, (double)value);
		return;
	}
	row->set[column] = true;
	row->value[column].number = value;
}

void row_set_decimal(struct row *row, enum column column, double value)
{
	unsigned decimals = schema_decimals(schema_column(column)->type);

	assert(decimals > 0);
	row->set[column] = isfinite(value) && fabs(value) * pow(10, decimals) < 9e18;
	row->value[column].decimal = value;
}

bool row_is_set(const struct row *row, enum column column)
{
	return row->set[column];
}

const char *row_get_text(const struct row *row, enum column column)
{
	assert(schema_column(column)->type == COLUMN_TEXT);
	return row->set[column] ? row->text + row->value[column].at : "";
}

uint64_t row_get_u64(const struct row *row, enum column column, uint64_t if_unset)
{
	assert(schema_column(column)->type == COLUMN_UNSIGNED);
	return row->set[column] ? row->value[column].number : if_unset;
}

double row_get_decimal(const struct row *row, enum column column)
{
	assert(schema_column(column)->type != COLUMN_TEXT);
	if (!row->set[column])
		return NAN;
	if (schema_column(column)->type == COLUMN_UNSIGNED)
		return (double)row->value[column].number;
	return row->value[column].decimal;
}

static const char *const status_names[] = {
	[STATUS_NONE] = "",
	[STATUS_OK] = "ok",
	[STATUS_SKIPPED] = "skipped",
	[STATUS_INVALID] = "invalid",
	[STATUS_OVERLOAD] = "overload",
	[STATUS_FAILED] = "failed",
	[STATUS_NOT_PLANNED] = "not_planned",
};

enum status row_status(const struct row *row)
{
	int found = name_find(status_names, sizeof(status_names) / sizeof(status_names[0]),
			      row_get_text(row, COL_status));

	return found < 0 ? STATUS_FAILED : (enum status)found;
}

void row_set_status(struct row *row, enum status status)
{
	row_set_text(row, COL_status, status_names[status]);
}

bool row_is_ok(const struct row *row)
{
	/* not by row_status(): what looks for rows asks this of all of them */
	return !strcmp(row_get_text(row, COL_status), status_names[STATUS_OK]);
}

bool row_is_discarded(const struct row *row)
{
	return !strcmp(row_get_text(row, COL_used), "no");
}

bool row_counts(const struct row *row)
{
	return row_is_ok(row) && !row_is_discarded(row);
}
