/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/*
 * The CSV files: what is written is read back, whatever the locale; bad files are refused by name.
 */
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/record/csv.h"
#include "tests/tap.h"

/* Columns of version 1, all but for their order: none is ever renamed. */
static const char version_1[] =
	"schema,run_id,seed,block,order_in_block,arm,status,flags,reason,used,"
	"group,mechanism,variant,options,wait,pattern,experiment,endpoints,msg_size_b,touch,window,"
	"gap_ns,every_ns,pairs,producers,threads,critical_ns,think_ns,readers_pct,permits,capacity,"
	"order,placement,numa_distance,core_kinds,sched,cpus,cpus_seen,mem_asked,mem_node,pages,"
	"n_ops,batch_ops,sample_every,n_samples,duration_ns,clock,clock_cost_ns,clock_tick_ns,"
	"clock_skew_bound_ns,setup_ns,"
	"rtt_min_ns,rtt_p50_ns,rtt_p90_ns,rtt_p99_ns,rtt_p999_ns,rtt_max_ns,rtt_mean_ns,"
	"resp_min_ns,resp_p50_ns,resp_p90_ns,resp_p99_ns,resp_p999_ns,resp_max_ns,resp_mean_ns,"
	"send_late_min_ns,send_late_p50_ns,send_late_p90_ns,send_late_p99_ns,send_late_p999_ns,"
	"send_late_max_ns,send_late_mean_ns,"
	"op_ns,ops_per_s,throughput_mb_s,messages_per_s,"
	"acquire_p50_ns,acquire_p99_ns,acquire_p999_ns,longest_wait_ns,jain,owner_change_share,"
	"overlap_share,success_share,critical_seen_ns,think_seen_ns,per_thread_ops,"
	"cpu_ns_per_op_initiator,cpu_ns_per_op_responder,vol_switches_per_op,invol_switches_per_op,"
	"slept_share,"
	"steal_ns,psi_us,run_delay_ns,foreign_cpu_ns,irqs,minor_faults,major_faults,migrations,"
	"clock_gap_max_ns,freq_mhz,energy_nj_per_op,"
	"version,compiler,cflags,host,kernel,time_utc,instructions,cpu_ns_per_op,"
	"lines,per_producer_msgs,lost_msgs,syscalls_per_op,pair_p50_min_ns,pair_p50_max_ns,"
	"read_ops_per_s,write_ops_per_s,read_acquire_p50_ns,read_acquire_p99_ns,"
	"write_acquire_p50_ns,write_acquire_p99_ns,retry_share,first_awake_p50_ns,"
	"first_awake_p99_ns,last_awake_p50_ns,last_awake_p99_ns,depth_mean,histogram,"
	"round_p50_ns,round_p99_ns,op_p50_ns,fill,stride_b,boot_id,start_ns,warm_ns,timed_ns,"
	"load,load_cpus,load_node,load_share,load_mb_s,helper_cpus";

static const char list_header[] = "group,mechanism,variant,waits,runnable,reason,summary,manages\n";

static char dir[] = "/tmp/handoff-csv-XXXXXX";
static char path[64]; /* of the file under test */

/* What the file holds, up to 8 KiB. */
static const char *content(void)
{
	static char text[8192];
	FILE *in = fopen(path, "r");

	text[in ? fread(text, 1, sizeof(text) - 1, in) : 0] = '\0';
	if (in)
		fclose(in);
	return text;
}

static void put(const char *text)
{
	FILE *out = fopen(path, "w");

	fputs(text, out);
	fclose(out);
}

/* Reads the last row of the file into `row`; the reader's last result, or that of its opening. */
static int last_row(struct csv_reader *reader, enum csv_file file, struct row *row)
{
	struct row next;
	int rc = csv_open(reader, path, file);

	while (!rc && (rc = csv_next(reader, &next)) == 1) {
		*row = next;
		rc = 0;
	}
	csv_close(reader);
	return rc;
}

/* A value of its own for every column of `file`. */
static void fill(struct row *row, enum csv_file file)
{
	row_clear(row);
	for (enum column column = 0; column < COL_COUNT; column++) {
		enum column_type type = schema_column(column)->type;

		if (!schema_has(file, column) || column == COL_schema)
			continue;
		if (type == COLUMN_TEXT)
			row_set_format(row, column, "text, \"of\" %s", schema_column(column)->name);
		else if (type == COLUMN_UNSIGNED)
			row_set_u64(row, column, UINT64_MAX - column);
		else
			row_set_decimal(row, column, (column % 2 ? -1 : 1) * (column + 0.125));
	}
}

static bool same(const struct row *a, const struct row *b, enum csv_file file)
{
	for (enum column column = 0; column < COL_COUNT; column++) {
		enum column_type type = schema_column(column)->type;

		if (column == COL_schema || !schema_has(file, column))
			continue;
		if (!row_is_set(a, column) || !row_is_set(b, column))
			return false;
		if (type == COLUMN_TEXT && strcmp(row_get_text(a, column), row_get_text(b, column)))
			return false;
		if (type == COLUMN_UNSIGNED &&
		    row_get_u64(a, column, 0) != row_get_u64(b, column, 1))
			return false;
		if (type != COLUMN_TEXT && row_get_decimal(a, column) != row_get_decimal(b, column))
			return false;
	}
	return true;
}

/* Whether every column of `file` survives being written and read. */
static bool round_trip(enum csv_file file)
{
	struct csv_reader reader;
	struct row written, read;
	FILE *out = fopen(path, "w");
	int rc;

	fill(&written, file);
	row_clear(&read);
	rc = csv_write_header(out, file);
	rc = rc ? rc : csv_write_row(out, file, &written);
	fclose(out);
	return !rc && !last_row(&reader, file, &read) && same(&written, &read, file);
}

/* The header of `file` as it is written. */
static const char *header(enum csv_file file)
{
	FILE *out = fopen(path, "w");

	csv_write_header(out, file);
	fclose(out);
	return content();
}

/* Whether every column of version 1 has its name still. */
static bool keeps_names(void)
{
	char names[sizeof(version_1)], *rest = names, *name;

	memcpy(names, version_1, sizeof(names));
	while ((name = strsep(&rest, ",")))
		if (schema_find(CSV_SAMPLES, name) == COL_COUNT)
			return false;
	return true;
}

static void test_headers(void)
{
	ok(!strncmp(header(CSV_SAMPLES), "schema,run_id,", 14) && keeps_names(),
	   "header of samples.csv: the version first, and no column of version 1 is renamed");
	ok(!strcmp(header(CSV_LIST), list_header), "header of handoff list --csv");
	ok(!strcmp(header(CSV_DOCTOR), "topic,level,finding,why,command\n"),
	   "header of doctor.csv");
	for (enum csv_file file = 0; file < CSV_FILE_COUNT; file++) {
		ok(round_trip(file), "round trip of every column of %s", schema_file_name(file));
		for (enum column column = 0; column < COL_COUNT; column++)
			if (schema_has(file, column) &&
			    schema_find(file, schema_column(column)->name) != column)
				ok(false, "%s is twice in %s", schema_column(column)->name,
				   schema_file_name(file));
	}
}

/* Whether a text of quotes only, each of which is written as two, comes back whole. */
static bool longest_text(void)
{
	static char text[ROW_TEXT_B];
	struct csv_reader reader;
	struct row row;
	FILE *out = fopen(path, "w");

	memset(text, '"', sizeof(text) - 1);
	row_clear(&row);
	row_set_text(&row, COL_finding, text);
	csv_write_header(out, CSV_DOCTOR);
	csv_write_row(out, CSV_DOCTOR, &row);
	fclose(out);
	return !last_row(&reader, CSV_DOCTOR, &row) &&
	       !strcmp(row_get_text(&row, COL_finding), text);
}

static void test_values(void)
{
	struct row row;
	FILE *out;

	row_clear(&row);
	row_set_text(&row, COL_reason, "a,b \"c\"\r\nd");
	ok(!strcmp(row_get_text(&row, COL_reason), "a,b \"c\"__d"),
	   "commas and quotes stay, newlines are replaced");
	out = fopen(path, "w");
	csv_write_row(out, CSV_PLAN, &row);
	fclose(out);
	ok(strstr(content(), ",\"a,b \"\"c\"\"__d\",") && strchr(content(), '\n')[1] == '\0',
	   "they are written in quotes, on one line");
	ok(longest_text(), "a text of nothing but quotes, as long as a row holds");
	row_add_item(&row, COL_flags, "noisy");
	row_add_item(&row, COL_flags, "virtual");
	row_add_item(&row, COL_flags, "noisy");
	row_add_item(&row, COL_flags, "virt");
	ok(!strcmp(row_get_text(&row, COL_flags), "noisy+virtual+virt"), "items once each");
	row_set_decimal(&row, COL_rtt_p50_ns, NAN);
	row_set_decimal(&row, COL_rtt_p90_ns, INFINITY);
	row_set_decimal(&row, COL_rtt_p99_ns, 1e300);
	ok(!row_is_set(&row, COL_rtt_p50_ns) && !row_is_set(&row, COL_rtt_p90_ns) &&
		   !row_is_set(&row, COL_rtt_p99_ns),
	   "not finite is not set");
	ok(isnan(row_get_decimal(&row, COL_rtt_p50_ns)) && row_get_u64(&row, COL_n_ops, 7) == 7 &&
		   !*row_get_text(&row, COL_arm),
	   "what an empty column gives");
	for (int i = 0; i < 5000; i++)
		row_set_format(&row, COL_host, "host number %d", i);
	ok(!strcmp(row_get_text(&row, COL_host), "host number 4999") &&
		   !strcmp(row_get_text(&row, COL_flags), "noisy+virtual+virt"),
	   "texts set again and again keep their room");
	ok(row_set_format(&row, COL_host, "%*s", ROW_TEXT_B - 10, "x") == -ENOSPC &&
		   !row_is_set(&row, COL_host),
	   "a text without room is refused");

	row_clear(&row);
	row_set_decimal(&row, COL_base, -0.0004);
	row_set_decimal(&row, COL_new, -1.0005001);
	row_set_decimal(&row, COL_ratio, 0.9999996);
	row_set_decimal(&row, COL_p, 1.8e-12);
	row_set_u64(&row, COL_n, 0);
	out = fopen(path, "w");
	csv_write_row(out, CSV_COMPARE, &row);
	fclose(out);
	ok(strstr(content(), ",0,,0.000,-1.001,1.000000,,,,,0.000000000002,") != NULL,
	   "decimals are rounded, empty is not 0");
}

static void test_copies(void)
{
	struct row from, to;
	bool alike = true;

	row_clear(&from);
	row_set_text(&from, COL_reason, "the last text of all");
	row_set_text(&from, COL_flags, "noisy");
	row_set_u64(&from, COL_n_ops, 7);
	row_set_decimal(&from, COL_rtt_p50_ns, 1.5);
	row_set_text(&from, COL_host, "here");
	memset(&to, 0xff, sizeof(to));
	row_copy(&to, &from);
	for (enum column c = 0; c < COL_COUNT; c++)
		alike &= row_is_set(&to, c) == row_is_set(&from, c);
	ok(alike && row_get_u64(&to, COL_n_ops, 0) == 7 &&
		   row_get_decimal(&to, COL_rtt_p50_ns) == 1.5 &&
		   !strcmp(row_get_text(&to, COL_reason), "the last text of all") &&
		   !strcmp(row_get_text(&to, COL_host), "here"),
	   "a copy has every value, whatever was there before");
	row_set_text(&to, COL_flags, "changed");
	ok(!strcmp(row_get_text(&from, COL_flags), "noisy") &&
		   !strcmp(row_get_text(&to, COL_host), "here"),
	   "a copy is one of its own");
}

/* Reads `text` as samples.csv: the error must be `rc` and hold `says`. */
static void refused(const char *text, int expected, const char *says)
{
	struct csv_reader reader;
	struct row row;
	int rc;

	put(text);
	rc = last_row(&reader, CSV_SAMPLES, &row);
	ok(rc == expected && !strncmp(reader.error, path, strlen(path)) &&
		   !strcmp(reader.error + strlen(path), says),
	   "%s", reader.error);
}

static void test_refusals(void)
{
	struct csv_reader reader;
	struct row row;
	FILE *out;

	refused("schema,arm,n_ops\n1,a,6x4\n", -EBADMSG,
		":2:5: column n_ops: expected an unsigned integer, found \"6x4\"");
	refused("schema,n_ops\n1,5\n1,-5\n", -EBADMSG,
		":3:3: column n_ops: expected an unsigned integer, found \"-5\"");
	refused("schema,n_ops\n1,18446744073709551616\n", -EBADMSG,
		":2:3: column n_ops: expected an unsigned integer, found \"18446744073709551616\"");
	refused("schema,op_ns\n1,\"1,5\"\n", -EBADMSG,
		":2:3: column op_ns: expected a decimal number, found \"1,5\"");
	refused("schema,op_ns\n1,1.\n", -EBADMSG,
		":2:3: column op_ns: expected a decimal number, found \"1.\"");
	refused("schema,op_ns\n1,nan\n", -EBADMSG,
		":2:3: column op_ns: expected a decimal number, found \"nan\"");
	refused("schema,arm\n1,\"a\nb\"\n1,a,b\n", -EBADMSG,
		":4:1: 3 fields where the header has 2");
	refused("schema,arm\n1\n", -EBADMSG, ":2:1: 1 fields where the header has 2");
	refused("schema,arm\n1,a\"b\n", -EBADMSG, ":2:3: a stray quote");
	refused("schema,arm\n1,\"a\"b\n", -EBADMSG, ":2:3: a stray quote");
	refused("schema,arm\n1,\"a\n1,b\n", -EBADMSG, ":2:10: a quote was opened and never closed");
	refused("schema,arm,arm\n", -EBADMSG, ":1:12: column arm is there twice");
	refused("schema,arm\n,a\n", -EBADMSG, ":2:1: column schema: expected a version from 1");
	refused("schema,later\n3,x\n", -EPROTONOSUPPORT,
		":2:1: schema 3 is newer than this handoff, which knows up to 2");
	refused("arm,schema\n", -EBADMSG,
		":1:1: samples.csv begins with column schema, this file does not");
	refused("", -EBADMSG, ":1:1: no header line");
	refused("schema,arm", -EBADMSG, ":1:1: no header line");
	out = fopen(path, "w");
	fwrite("schema,arm\n1,a\0b\n", 1, 18, out);
	fclose(out);
	ok(last_row(&reader, CSV_SAMPLES, &row) == -EBADMSG &&
		   strstr(reader.error, ":2:4: a NUL byte"),
	   "a NUL byte, as after a crash of the machine");
	ok(csv_open(&reader, "/nonexistent/x.csv", CSV_SAMPLES) == -ENOENT &&
		   !strcmp(reader.error, "/nonexistent/x.csv: No such file or directory"),
	   "a missing file: %s", reader.error);
	ok_is(csv_open(&reader, dir, CSV_SAMPLES), -EISDIR, "a directory: %s", reader.error);
}

static void test_tolerance(void)
{
	static const char whole[] = "schema,later,arm,n_ops\r\n1,x,\"a \"\"b\"\" c\",5\n1,,,\n";
	struct csv_reader reader;
	struct row row;

	put("schema,later,arm,n_ops\r\n1,x,\"a \"\"b\"\" c\",5\n1,,,\n1,y,half a li");
	ok(!csv_open(&reader, path, CSV_SAMPLES), "columns unknown and missing are tolerated");
	ok(csv_next(&reader, &row) == 1 && !strcmp(row_get_text(&row, COL_arm), "a \"b\" c") &&
		   row_get_u64(&row, COL_n_ops, 0) == 5 && !row_is_set(&row, COL_seed),
	   "a quoted field");
	ok(csv_next(&reader, &row) == 1 && !row_is_set(&row, COL_arm) &&
		   !row_is_set(&row, COL_n_ops),
	   "empty fields are not set");
	ok(!reader.unterminated && csv_next(&reader, &row) == 0 && reader.unterminated,
	   "an unterminated last line is dropped and reported");
	ok_is(reader.whole_b, strlen(whole), "and where whole lines end is known");
	csv_close(&reader);
	put("schema,arm\n1,\"a\r\nb,c\"\n");
	ok(!last_row(&reader, CSV_SAMPLES, &row) && !strcmp(row_get_text(&row, COL_arm), "a__b,c"),
	   "a comma and a newline in quotes");
	put("\xef\xbb\xbfschema,arm\r\n1,a\r\n");
	ok(!last_row(&reader, CSV_SAMPLES, &row) && !strcmp(row_get_text(&row, COL_arm), "a") &&
		   reader.whole_b == strlen(content()),
	   "a byte order mark and CRLF, as spreadsheets write");
}

/* A locale made here that writes 1.5 as 1,5; it needs no locale to be installed. */
static void test_locale(void)
{
	char command[512];
	char number[16];

	snprintf(command, sizeof(command),
		 "printf 'LC_NUMERIC\\ndecimal_point \",\"\\nthousands_sep \".\"\\ngrouping 3;3\\n"
		 "END LC_NUMERIC\\n' >%s/src; localedef -c -i %s/src -f ANSI_X3.4-1968 %s/comma "
		 ">/dev/null 2>&1",
		 dir, dir, dir);
	setenv("LOCPATH", dir, 1);
	if (system(command) == -1 || !setlocale(LC_NUMERIC, "comma")) {
		skip("a locale with a decimal comma", "localedef cannot make one");
		return;
	}
	snprintf(number, sizeof(number), "%.1f", 1.5);
	ok(!strcmp(number, "1,5"), "the locale has a decimal comma: %s", number);
	ok(round_trip(CSV_SAMPLES), "round trip in that locale");
	ok(strstr(content(), ".125000,") && !strstr(content(), "0,125"), "written with a point");
	setlocale(LC_NUMERIC, "C");
}

static void test_full_disk(void)
{
	FILE *full = fopen("/dev/full", "w");
	struct row row;

	fill(&row, CSV_SAMPLES);
	if (!full) {
		skip("a full disk", "no /dev/full");
		return;
	}
	ok_is(csv_write_header(full, CSV_SAMPLES), -ENOSPC, "header onto a full disk");
	fclose(full);
	full = fopen("/dev/full", "w");
	ok_is(csv_write_row(full, CSV_SAMPLES, &row), -ENOSPC, "row onto a full disk");
	ok(csv_write_row(full, CSV_SAMPLES, &row) < 0, "and the next row fails too");
	fclose(full);
}

int main(void)
{
	char command[64];

	if (!mkdtemp(dir))
		return 1;
	snprintf(path, sizeof(path), "%s/test.csv", dir);
	test_headers();
	test_values();
	test_copies();
	test_refusals();
	test_tolerance();
	test_locale();
	test_full_disk();
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command) || done_testing();
}
