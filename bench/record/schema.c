/* SPDX-License-Identifier: MIT */
/* The one table of columns: what is asked of it. */
#include <string.h>

#include "bench/record/schema.h"

static const struct column_info columns[COL_COUNT] = {
#define COLUMN_AS(ident, name_, type_, unit_, files_, doc_) \
	[COL_##ident] = {.name = name_, .unit = unit_, .doc = doc_, .type = type_, .files = files_},
#include "bench/record/schema.def"
#undef COLUMN_AS
};

const struct column_info *schema_column(enum column column)
{
	return &columns[column];
}

bool schema_has(enum csv_file file, enum column column)
{
	return columns[column].files & 1u << file;
}

enum column schema_find(enum csv_file file, const char *name)
{
	enum column column;

	for (column = 0; column < COL_COUNT; column++)
		if (schema_has(file, column) && !strcmp(columns[column].name, name))
			break;
	return column;
}

const char *schema_file_name(enum csv_file file)
{
	static const char *const names[CSV_FILE_COUNT] = {
		[CSV_PLAN] = "plan.csv",	   [CSV_SAMPLES] = "samples.csv",
		[CSV_SUMMARY] = "summary.csv",	   [CSV_COMPARE] = "compare.csv",
		[CSV_MATRIX] = "matrix.csv",	   [CSV_PERCENTILES] = "percentiles.csv",
		[CSV_LIST] = "handoff list --csv", [CSV_DOCTOR] = "doctor.csv",
		[CSV_BLOCKS] = "blocks.csv",	   [CSV_SCHEMA] = "handoff list --schema",
		[CSV_ODD] = "handoff odd --csv",   [CSV_QUIET] = "quiet.csv",
		[CSV_EXPLAIN] = "explain.csv",	   [CSV_BREAKDOWN] = "breakdown.csv",
	};

	return names[file];
}

const char *schema_type_name(enum column_type type)
{
	switch (type) {
	case COLUMN_TEXT:
		return "text";
	case COLUMN_UNSIGNED:
		return "an unsigned integer";
	default:
		return "a decimal number";
	}
}

const char *schema_type_word(enum column_type type)
{
	static const char *const words[] = {
		[COLUMN_TEXT] = "text",
		[COLUMN_UNSIGNED] = "integer",
		[COLUMN_DECIMAL] = "decimal",
		[COLUMN_RATIO] = "ratio",
		[COLUMN_PROBABILITY] = "probability",
	};

	return words[type];
}

unsigned schema_decimals(enum column_type type)
{
	switch (type) {
	case COLUMN_DECIMAL:
		return 3;
	case COLUMN_RATIO:
		return 6;
	case COLUMN_PROBABILITY:
		return 12;
	default:
		return 0;
	}
}

unsigned schema_decimals_of_metric(const char *metric)
{
	enum column column = schema_find(CSV_SAMPLES, metric);

	return schema_decimals(column == COL_COUNT ? COLUMN_DECIMAL : columns[column].type);
}
