/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/* What a row of a file of schema version 1 becomes. */
#include <string.h>

#include "bench/record/version1.h"
#include "tests/tap.h"

/* The row of `group` with `options`, as it was in `file`, afterwards. */
static const struct row *translated(enum csv_file file, const char *group, const char *options)
{
	static struct row row;

	row_clear(&row);
	row_set_u64(&row, COL_schema, 1);
	row_set_text(&row, COL_group, group);
	row_set_text(&row, COL_options, options);
	version1_translate(file, &row);
	return &row;
}

/* Both columns, as "options / effective". */
static void splits(enum csv_file file, const char *group, const char *was, const char *options,
		   const char *effective)
{
	const struct row *row = translated(file, group, was);

	ok(!strcmp(row_get_text(row, COL_options), options) &&
		   !strcmp(row_get_text(row, COL_effective), effective),
	   "%s: %s of %s becomes \"%s\" and \"%s\"", schema_file_name(file), was, group,
	   row_get_text(row, COL_options), row_get_text(row, COL_effective));
}

static void test_options(void)
{
	splits(CSV_SAMPLES, "ipc", "sndbuf=212992+rcvbuf=212992", "",
	       "sndbuf=212992+rcvbuf=212992");
	splits(CSV_SAMPLES, "ipc", "initiator=spin+size=65536", "", "initiator=spin+size=65536");
	splits(CSV_SUMMARY, "ipc", "initiator=sleep", "", "initiator=sleep");
	splits(CSV_SAMPLES, "sync", "working_set=4096", "working_set=4096", "");
	splits(CSV_SAMPLES, "sync", "working_set=0", "", "working_set=0");
	splits(CSV_SAMPLES, "sync", "first=8+most=1024", "first=8", "most=1024");
	splits(CSV_PLAN, "ipc", "size=4096", "size=4096", "");
	splits(CSV_SAMPLES, "ipc", "", "", "");
}

/* Column metric of a row of `file` with `flags` and `metric`, afterwards. */
static const char *metric(enum csv_file file, const char *flags, const char *name)
{
	static struct row row;

	row_clear(&row);
	row_set_text(&row, COL_flags, flags);
	row_set_text(&row, COL_metric, name);
	version1_translate(file, &row);
	return row_get_text(&row, COL_metric);
}

static void test_metrics(void)
{
	ok(!strcmp(metric(CSV_SUMMARY, "virtual+near_clock", "rtt_p50_ns"), "op_p50_ns"),
	   "near the clock the summary took the batches");
	ok(!strcmp(metric(CSV_SUMMARY, "virtual", "rtt_p50_ns"), "op_p50_ns"),
	   "elsewhere the two are the same");
	ok(!strcmp(metric(CSV_SUMMARY, "near_clock", "acquire_p50_ns"), "acquire_p50_ns"),
	   "other metrics stay");
	ok(!strcmp(metric(CSV_COMPARE, "near_clock", "rtt_p50_ns"), "rtt_p50_ns"),
	   "a comparison took single round trips everywhere");
}

static void test_names(void)
{
	static struct row row;

	row_clear(&row);
	row_set_text(&row, COL_experiment, "meet");
	version1_translate(CSV_SAMPLES, &row);
	ok(!strcmp(row_get_text(&row, COL_experiment), "barrier"), "meet is called barrier");
	ok_is(row_get_u64(&row, COL_schema, 0), SCHEMA_VERSION, "the row is of this version");
}

int main(void)
{
	test_options();
	test_metrics();
	test_names();
	return done_testing();
}
