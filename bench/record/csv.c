/* SPDX-License-Identifier: MIT */
/*
 * Writing and reading of the CSV files. Numbers are written and read with integer arithmetic:
 * printf and strtod take the decimal point from the locale of whoever links this.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bench/record/csv.h"
#include "bench/record/version1.h"

#define FIELD_B (CSV_NUMBER_B + 1) /* room for a number or a name, and the separator */

/* A line as it is put together, so that it goes out in one write. */
struct line {
	size_t used_b;					 /* bytes in `text` */
	char text[2 * ROW_TEXT_B + COL_COUNT * FIELD_B]; /* each byte may be a quote; no NUL */
};

static void line_add(struct line *line, const char *text)
{
	size_t n = strlen(text);

	memcpy(line->text + line->used_b, text, n);
	line->used_b += n;
}

char *csv_quote(char *to, const char *text)
{
	char *at = to;

	if (!strpbrk(text, ",\""))
		return memcpy(to, text, strlen(text) + 1);
	*at++ = '"';
	for (; *text; text++) {
		if (*text == '"')
			*at++ = '"';
		*at++ = *text;
	}
	memcpy(at, "\"", 2);
	return to;
}

/* Writes `line`, its last separator turned into the end of the line. */
static int line_write(FILE *out, struct line *line)
{
	line->text[line->used_b - 1] = '\n';
	errno = 0;
	if (ferror(out) || fwrite(line->text, 1, line->used_b, out) != line->used_b || fflush(out))
		return errno ? -errno : -EIO;
	return 0;
}

int csv_write_header(FILE *out, enum csv_file file)
{
	struct line line;

	line.used_b = 0;
	for (enum column column = 0; column < COL_COUNT; column++) {
		if (!schema_has(file, column))
			continue;
		line_add(&line, schema_column(column)->name);
		line_add(&line, ",");
	}
	return line_write(out, &line);
}

/* `value` with `decimals` decimals; row_set_decimal() has seen to it that it fits. */
static void print_decimal(double value, unsigned decimals, char *text)
{
	uint64_t scale = 1;
	int64_t scaled;
	uint64_t size;

	for (unsigned i = 0; i < decimals; i++)
		scale *= 10;
	scaled = llround(value * (double)scale);
	size = (uint64_t)llabs(scaled);
	snprintf(text, CSV_NUMBER_B, "%s%" PRIu64 ".%0*" PRIu64, scaled < 0 ? "-" : "",
		 size / scale, (int)decimals, size % scale);
}

/* What estimates a metric is written as that is: two of Jain's may differ in the fifth decimal. */
static unsigned decimals_of(const struct row *row, enum column column)
{
	const struct column_info *info = schema_column(column);

	if (info->type == COLUMN_DECIMAL && !strcmp(info->unit, "of metric"))
		return schema_decimals_of_metric(row_get_text(row, COL_metric));
	return schema_decimals(info->type);
}

const char *csv_number(const struct row *row, enum column column, char *text)
{
	if (schema_column(column)->type == COLUMN_UNSIGNED)
		snprintf(text, CSV_NUMBER_B, "%" PRIu64, row_get_u64(row, column, SCHEMA_VERSION));
	else
		print_decimal(row_get_decimal(row, column), decimals_of(row, column), text);
	return text;
}

int csv_write_row(FILE *out, enum csv_file file, const struct row *row)
{
	char number[CSV_NUMBER_B];
	struct line line;

	line.used_b = 0;
	for (enum column column = 0; column < COL_COUNT; column++) {
		if (!schema_has(file, column))
			continue;
		if (row_is_set(row, column) && schema_column(column)->type == COLUMN_TEXT)
			line.used_b += strlen(
				csv_quote(line.text + line.used_b, row_get_text(row, column)));
		else if (row_is_set(row, column) || column == COL_schema)
			line_add(&line, csv_number(row, column, number));
		line_add(&line, ",");
	}
	return line_write(out, &line);
}

/* Notes what is wrong at byte `at` (from 1) of the current line; returns `err`. */
__attribute__((format(printf, 4, 5))) static int complain(struct csv_reader *reader, int err,
							  size_t at, const char *fmt, ...)
{
	int n = snprintf(reader->error, sizeof(reader->error), "%s:%" PRIu64 ":%zu: ", reader->path,
			 reader->line_number, at);
	va_list args;

	if (n < 0 || (size_t)n >= sizeof(reader->error))
		return err;
	va_start(args, fmt);
	vsnprintf(reader->error + n, sizeof(reader->error) - n, fmt, args);
	va_end(args);
	return err;
}

/* Makes `c` byte `n` of the current record, and puts a NUL behind it. */
static int keep(struct csv_reader *reader, size_t n, int c)
{
	if (n + 2 > reader->line_room_b) {
		size_t room_b = reader->line_room_b ? 2 * reader->line_room_b : 4096;
		char *line = realloc(reader->line, room_b);

		if (!line)
			return complain(reader, -ENOMEM, n + 1, "no memory for the line");
		reader->line = line;
		reader->line_room_b = room_b;
	}
	reader->line[n] = (char)c;
	reader->line[n + 1] = '\0';
	return 0;
}

/* What is to be said of a record that ended after `n` bytes without a newline. */
static int record_cut(struct csv_reader *reader, size_t n, uint64_t newlines)
{
	if (ferror(reader->in))
		return complain(reader, -errno, n + 1, "%s", strerror(errno));
	if (newlines)
		return complain(reader, -EBADMSG, n + 1, "a quote was opened and never closed");
	reader->unterminated = n > 0;
	return 0;
}

/* Whether byte `n` of the record, a quote, has text in quotes behind it; `quoted`: before it. */
static bool opens_quotes(const struct csv_reader *reader, size_t n, bool quoted)
{
	if (quoted)
		return false;
	return !n || reader->line[n - 1] == ',' || reader->line[n - 1] == '"';
}

/* Reads the next record into `line`, without its end: 1; 0 at the end of the file; or -errno. */
static int read_record(struct csv_reader *reader)
{
	uint64_t newlines = 0; /* inside quotes */
	bool quoted = false;
	size_t n = 0;
	int rc = keep(reader, 0, '\0');
	int c;

	reader->line_number += 1 + reader->inner_newlines;
	reader->inner_newlines = 0;
	while (!rc && (c = getc(reader->in)) != EOF && (c != '\n' || quoted)) {
		newlines += c == '\n';
		if (c == '"')
			quoted = opens_quotes(reader, n, quoted);
		rc = keep(reader, n++, c);
	}
	if (rc)
		return rc;
	if (c == EOF)
		return record_cut(reader, n, newlines);
	reader->inner_newlines = newlines;
	reader->whole_b += n + 1;
	if (n && memchr(reader->line, '\0', n))
		return complain(reader, -EBADMSG, strlen(reader->line) + 1, "a NUL byte");
	if (n && reader->line[n - 1] == '\r')
		reader->line[n - 1] = '\0';
	return 1;
}

/*
 * Cuts the field at `field` off the record, its quotes taken away. The start of the next one; NULL
 * after the last. `*good` is false if quotes stand where RFC 4180 has none.
 */
static char *cut_field(char *field, bool *good)
{
	char *from = field;
	char *to = field;
	bool more;

	if (*from == '"') {
		for (from++; *from && (*from != '"' || from[1] == '"'); from++) {
			from += *from == '"';
			*to++ = *from;
		}
		from += *from == '"';
	} else {
		from += strcspn(from, ",\"");
		to = from;
	}
	more = *from == ',';
	*good = more || !*from;
	*to = '\0';
	return more ? from + 1 : NULL;
}

/* Reads all of `text` as an unsigned integer. */
static bool parse_unsigned(const char *text, uint64_t *value)
{
	*value = 0;
	do {
		if (*text < '0' || *text > '9' || __builtin_mul_overflow(*value, 10, value) ||
		    __builtin_add_overflow(*value, (uint64_t)(*text - '0'), value))
			return false;
	} while (*++text);
	return true;
}

/* Reads all of `text` as a decimal number: digits, a point and digits if there are decimals. */
static bool parse_decimal(const char *text, double *value)
{
	bool negative = *text == '-';
	uint64_t digits = 0;
	double scale = 0; /* 10^decimals once there was a point */
	unsigned n = 0;	  /* digits that count: 19 fit into 64 bits */

	for (text += negative; *text; text++) {
		if (*text == '.' && n && scale == 0) {
			scale = 1;
			continue;
		}
		if (*text < '0' || *text > '9' || n == 19)
			return false;
		digits = 10 * digits + (uint64_t)(*text - '0');
		scale *= 10;
		n += digits || !n;
	}
	*value = (negative ? -1 : 1) * (double)digits / (scale > 0 ? scale : 1);
	return n && scale != 1;
}

/* Sets `column` of `row` from `text`, which stands at byte `at` of the line. */
static int set_field(struct csv_reader *reader, struct row *row, enum column column,
		     const char *text, size_t at)
{
	const struct column_info *info = schema_column(column);
	uint64_t number;
	double decimal;
	bool good;

	if (!*text)
		return 0;
	if (info->type == COLUMN_TEXT) {
		if (!row_set_text(row, column, text))
			return 0;
		return complain(reader, -ENOSPC, at, "column %s: texts of a row are over %d bytes",
				info->name, ROW_TEXT_B);
	}
	if (info->type == COLUMN_UNSIGNED) {
		good = parse_unsigned(text, &number);
		if (good)
			row_set_u64(row, column, number);
	} else {
		good = parse_decimal(text, &decimal);
		if (good)
			row_set_decimal(row, column, decimal);
	}
	if (row_is_set(row, column))
		return 0;
	return complain(reader, -EBADMSG, at, "column %s: expected %s, found \"%s\"", info->name,
			schema_type_name(info->type), text);
}

/* Appends the column named `name` to the map of columns; its name stands at byte `at`. */
static int map_column(struct csv_reader *reader, const char *name, size_t at)
{
	enum column column = schema_find(reader->file, name);
	enum column *columns;

	for (size_t i = 0; column != COL_COUNT && i < reader->n_columns; i++)
		if (reader->columns[i] == column)
			return complain(reader, -EBADMSG, at, "column %s is there twice", name);
	columns = reallocarray(reader->columns, reader->n_columns + 1, sizeof(*columns));
	if (!columns)
		return complain(reader, -ENOMEM, at, "no memory for the columns");
	reader->columns = columns;
	columns[reader->n_columns++] = column;
	return 0;
}

/* Reads the header line. */
static int read_header(struct csv_reader *reader)
{
	enum column first = 0;
	int rc = read_record(reader);
	char *from;
	bool good;

	while (!schema_has(reader->file, first))
		first++;
	if (rc < 0)
		return rc;
	if (!rc)
		return complain(reader, -EBADMSG, 1, "no header line");
	from = reader->line;
	if (!strncmp(from, "\xef\xbb\xbf", 3)) /* spreadsheets write a byte order mark */
		from += 3;
	for (char *field = from, *next; field; field = next) {
		size_t at = field - reader->line + 1;

		next = cut_field(field, &good);
		rc = good ? map_column(reader, field, at)
			  : complain(reader, -EBADMSG, at, "a stray quote");
		if (rc)
			return rc;
	}
	if (reader->columns[0] != first)
		return complain(reader, -EBADMSG, 1, "%s begins with column %s, this file does not",
				schema_file_name(reader->file), schema_column(first)->name);
	return 0;
}

int csv_open_stream(struct csv_reader *reader, FILE *in, const char *path, enum csv_file file)
{
	int rc;

	*reader = (struct csv_reader){.path = path, .file = file, .in = in};
	rc = read_header(reader);
	if (rc)
		csv_close(reader);
	return rc;
}

int csv_open(struct csv_reader *reader, const char *path, enum csv_file file)
{
	FILE *in = fopen(path, "re");
	int rc;

	if (in)
		return csv_open_stream(reader, in, path, file);
	rc = -errno;
	*reader = (struct csv_reader){.path = path, .file = file};
	snprintf(reader->error, sizeof(reader->error), "%s: %s", path, strerror(-rc));
	return rc;
}

/* Whether this version knows what the fields of `row` mean. */
static int check_schema(struct csv_reader *reader, const struct row *row)
{
	uint64_t version = row_get_u64(row, COL_schema, 0);

	if (!schema_has(reader->file, COL_schema))
		return 0;
	if (!version)
		return complain(reader, -EBADMSG, 1, "column schema: expected a version from 1");
	if (version > SCHEMA_VERSION)
		return complain(reader, -EPROTONOSUPPORT, 1,
				"schema %" PRIu64
				" is newer than this handoff, which knows up to %d",
				version, SCHEMA_VERSION);
	return 0;
}

int csv_next(struct csv_reader *reader, struct row *row)
{
	int rc = read_record(reader);
	size_t i = 0;
	bool good;

	row_clear(row);
	if (rc <= 0)
		return rc;
	for (char *field = reader->line, *next; field; field = next, i++) {
		size_t at = field - reader->line + 1;

		next = cut_field(field, &good);
		if (!good)
			return complain(reader, -EBADMSG, at, "a stray quote");
		if (i < reader->n_columns && reader->columns[i] != COL_COUNT)
			rc = set_field(reader, row, reader->columns[i], field, at);
		if (!i && rc >= 0)
			rc = check_schema(reader, row);
		if (rc < 0)
			return rc;
	}
	if (i != reader->n_columns)
		return complain(reader, -EBADMSG, 1, "%zu fields where the header has %zu", i,
				reader->n_columns);
	if (row_get_u64(row, COL_schema, 0) == 1)
		version1_translate(reader->file, row);
	return 1;
}

void csv_close(struct csv_reader *reader)
{
	if (reader->in)
		fclose(reader->in);
	free(reader->columns);
	free(reader->line);
	reader->in = NULL;
	reader->columns = NULL;
	reader->line = NULL;
	reader->line_room_b = 0;
}
