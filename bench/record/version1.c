/* SPDX-License-Identifier: MIT */
/* What schema version 2 says in another way than version 1 did. */
#include "bench/record/version1.h"
#include "bench/record/cell.h"

#include <stdio.h>
#include <string.h>

/* Values that have another name. */
static const struct {
	enum column column;
	const char *was, *is;
} renamed[] = {
	{COL_experiment, "meet", "barrier"},
};

#define N_RENAMED (sizeof(renamed) / sizeof(renamed[0]))

/*
 * Whether version 1 noted `item` of column options without being asked for it. Of IPC it did not
 * say which were asked for, but the plan gave none; of synchronization it noted these defaults.
 */
static bool was_noted(const struct row *row, const char *item)
{
	return row_is_ipc(row) || row_list_has("working_set=0+first=4+most=1024", item);
}

/* Column options keeps what a configuration is; what was made of it goes to column effective. */
static void split_options(struct row *row)
{
	char options[ROW_TEXT_B], *save = NULL;

	snprintf(options, sizeof(options), "%s", row_get_text(row, COL_options));
	row_unset(row, COL_options);
	for (char *item = strtok_r(options, "+", &save); item; item = strtok_r(NULL, "+", &save))
		row_add_item(row, was_noted(row, item) ? COL_effective : COL_options, item);
}

/*
 * summary.csv gave the median of a round trip the name of single trips, and near the clock the
 * value of the batches: always the value of op_p50_ns.
 */
static void name_batches(struct row *row)
{
	if (!strcmp(row_get_text(row, COL_metric), "rtt_p50_ns"))
		row_set_text(row, COL_metric, "op_p50_ns");
}

void version1_translate(enum csv_file file, struct row *row)
{
	row_set_u64(row, COL_schema, SCHEMA_VERSION);
	if (file != CSV_PLAN) /* there column options held only what was asked for */
		split_options(row);
	if (file == CSV_SUMMARY)
		name_batches(row);
	for (size_t i = 0; i < N_RENAMED; i++)
		if (!strcmp(row_get_text(row, renamed[i].column), renamed[i].was))
			row_set_text(row, renamed[i].column, renamed[i].is);
}
