/* SPDX-License-Identifier: MIT */
/* A writer of the one shape that is needed: no library makes it shorter. */
#include "bench/record/json.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>

#include "bench/base/utf8.h"
#include "bench/record/cell.h"
#include "bench/record/csv.h"
#include "version.h"

/* A string (RFC 8259, section 7). */
static void put_string(FILE *out, const char *text)
{
	putc('"', out);
	while (*text) {
		unsigned length = utf8_length(text);

		if (!length)
			fputs("\\ufffd", out);
		else if ((unsigned char)*text < 0x20)
			fprintf(out, "\\u%04x", (unsigned)*text);
		else
			fprintf(out, "%s%.*s", *text == '"' || *text == '\\' ? "\\" : "",
				(int)length, text);
		text += length ? length : 1;
	}
	putc('"', out);
}

static void put_name(struct json *j, const char *name)
{
	if (j->follows)
		fputs(", ", j->out);
	put_string(j->out, name);
	fputs(": ", j->out);
	j->follows = true;
}

void json_text(struct json *j, const char *name, const char *text)
{
	put_name(j, name);
	put_string(j->out, text);
}

void json_unsigned(struct json *j, const char *name, uint64_t value)
{
	put_name(j, name);
	fprintf(j->out, "%" PRIu64, value);
}

void json_bool(struct json *j, const char *name, bool value)
{
	put_name(j, name);
	fputs(value ? "true" : "false", j->out);
}

void json_value(struct json *j, const char *name, const struct row *row, enum column column)
{
	char number[CSV_NUMBER_B];

	if (!row_is_set(row, column))
		return;
	if (schema_column(column)->type == COLUMN_TEXT) {
		json_text(j, name, row_get_text(row, column));
		return;
	}
	put_name(j, name);
	fputs(csv_number(row, column, number), j->out);
}

void json_begin(struct json *j, FILE *out, const char *command)
{
	*j = (struct json){.out = out};
	putc('{', out);
	json_unsigned(j, "schema", SCHEMA_VERSION);
	json_text(j, "command", command);
	json_text(j, "version", HANDOFF_VERSION);
}

void json_decimal(struct json *j, const char *name, double value)
{
	if (!isfinite(value))
		return;
	put_name(j, name);
	fprintf(j->out, "%.4g", value);
}

void json_list_begin(struct json *j, const char *name)
{
	put_name(j, name);
	putc('[', j->out);
	j->follows = false;
}

void json_list_end(struct json *j)
{
	putc(']', j->out);
	j->follows = true;
}

void json_object_begin(struct json *j)
{
	fputs(j->follows ? ",\n{" : "\n{", j->out);
	j->follows = false;
}

void json_object_end(struct json *j)
{
	putc('}', j->out);
	j->follows = true;
}

void json_rows(struct json *j)
{
	json_list_begin(j, "rows");
}

void json_row_begin(struct json *j, enum csv_file file, const struct row *row)
{
	char name[CELL_NAME_B];

	json_object_begin(j);
	if (schema_has(file, COL_mechanism)) {
		cell_name(NULL, row, name, sizeof(name));
		json_text(j, "name", name);
	}
	for (enum column column = 0; column < COL_COUNT; column++)
		if (schema_has(file, column) && column != COL_schema)
			json_value(j, schema_column(column)->name, row, column);
}

void json_row_end(struct json *j)
{
	json_object_end(j);
}

void json_row(struct json *j, enum csv_file file, const struct row *row)
{
	json_row_begin(j, file, row);
	json_row_end(j);
}

int json_end(struct json *j)
{
	fputs("\n]}\n", j->out);
	errno = 0;
	return fflush(j->out) || ferror(j->out) ? (errno ? -errno : -EIO) : 0;
}
