/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/* histograms/ and percentiles.csv: what was appended is read back, and bad files are refused. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/record/csv.h"
#include "bench/record/histograms.h"
#include "tests/tap.h"

static struct rundir dir;
static struct histogram sent, got;

/* What a microbenchmark writes with --histogram, in a file that has no name. */
static int written(const struct histogram *h)
{
	int fd = memfd_create("histogram", 0);
	FILE *f = fdopen(dup(fd), "w");

	fputs("mechanism,variant,wait,placement," HISTOGRAM_CSV_COLUMNS "\n", f);
	histogram_write_csv(f, h, "pipe,pair,block,same-pu");
	fclose(f);
	return fd;
}

static void cell_of(struct row *cell, const char *wait, uint64_t size)
{
	row_clear(cell);
	row_set_text(cell, COL_group, "ipc");
	row_set_text(cell, COL_mechanism, "pipe");
	row_set_text(cell, COL_variant, "pair");
	row_set_text(cell, COL_wait, wait);
	row_set_text(cell, COL_pattern, "ping-pong");
	row_set_u64(cell, COL_msg_size_b, size);
}

static void test_names(void)
{
	static struct row cell;
	char a[64], b[64];

	cell_of(&cell, "block", 64);
	histograms_name(&cell, false, a, sizeof(a));
	row_set_u64(&cell, COL_block, 7);
	row_set_decimal(&cell, COL_rtt_p50_ns, 5);
	histograms_name(&cell, false, b, sizeof(b));
	ok(!strcmp(a, b) && !strncmp(a, "ipc_pipe_pair_", 14), "a cell has one file: %s", a);
	histograms_name(&cell, true, b, sizeof(b));
	ok(strcmp(a, b) != 0 && strstr(b, "_discarded.csv"), "what was discarded has another: %s",
	   b);
	row_set_text(&cell, COL_arm, "knobs:no-thp");
	histograms_name(&cell, false, b, sizeof(b));
	ok(strcmp(a, b) != 0, "another arm has another");
	cell_of(&cell, "spin", 64);
	histograms_name(&cell, false, b, sizeof(b));
	ok(strcmp(a, b) != 0, "another wait mode has another");
	row_unset(&cell, COL_msg_size_b);
	histograms_name(&cell, false, a, sizeof(a));
	row_set_u64(&cell, COL_msg_size_b, 0);
	histograms_name(&cell, false, b, sizeof(b));
	ok(strcmp(a, b) != 0, "empty is not 0");
	row_set_text(&cell, COL_variant,
		     "a-variant-with-a-name-that-is-longer-than-any-file-should-ever-have-in-it");
	for (int discarded = 0; discarded < 2; discarded++) {
		histograms_name(&cell, discarded, a, sizeof(a));
		ok(strlen(a) < sizeof(a) && !strcmp(a + strlen(a) - 4, ".csv"),
		   "a long name is whole: %s", a);
	}
	cell_of(&cell, "block", 65);
	ok(!histograms_wanted(&cell), "larger messages are not kept");
	row_clear(&cell);
	row_set_text(&cell, COL_experiment, "contended");
	row_set_text(&cell, COL_endpoints, "thread");
	row_set_u64(&cell, COL_threads, 2);
	row_set_u64(&cell, COL_critical_ns, 0);
	row_set_u64(&cell, COL_think_ns, 200);
	ok(histograms_wanted(&cell), "two threads at a lock are");
	row_set_u64(&cell, COL_think_ns, 0);
	ok(!histograms_wanted(&cell), "but not when something else is varied");
}

static void test_append(void)
{
	int fd;

	histogram_clear(&sent);
	for (unsigned i = 1; i <= 100000; i++)
		histogram_add(&sent, 1000 + i);
	fd = written(&sent);
	ok(!histograms_append(&dir, "x.csv", 1, fd) && !histograms_append(&dir, "x.csv", 2, fd) &&
		   !histograms_append(&dir, "discarded.csv", 2, fd),
	   "two invocations are appended");
	close(fd);
	ok(!histograms_read(&dir, "x.csv", &got) && got.count == 2 * sent.count,
	   "both are read back");
	ok(histogram_percentile(&got, 50000) == histogram_percentile(&sent, 50000) &&
		   histogram_percentile(&got, 99900) == histogram_percentile(&sent, 99900),
	   "with the same percentiles");
}

static void test_percentiles(void)
{
	unsigned n = 0, last_ns = 0, in_order = 1, p999 = 0, n_discarded = 0;
	struct csv_reader reader;
	struct rundir_csv csv;
	static struct row row;
	char path[PATH_MAX + 32];

	ok(!rundir_csv_create(&csv, &dir, CSV_SAMPLES), "samples.csv");
	cell_of(&row, "block", 64);
	row_set_text(&row, COL_histogram, "x.csv");
	row_set_text(&row, COL_status, "ok");
	for (int i = 0; i < 2; i++)
		rundir_csv_append(&csv, &row);
	row_set_text(&row, COL_used, "no");
	row_set_text(&row, COL_histogram, "discarded.csv");
	rundir_csv_append(&csv, &row);
	rundir_csv_close(&csv);
	ok(!percentiles_write(&dir), "percentiles.csv is written");
	snprintf(path, sizeof(path), "%s/percentiles.csv", dir.path);
	ok(!csv_open(&reader, path, CSV_PERCENTILES), "and read");
	while (csv_next(&reader, &row) == 1) {
		unsigned ns = (unsigned)row_get_u64(&row, COL_value_ns, 0);

		if (row_is_discarded(&row)) {
			n_discarded++;
			continue;
		}
		n++;
		in_order &= ns >= last_ns;
		last_ns = ns;
		if (row_get_decimal(&row, COL_percentile) == 99.9)
			p999 = ns;
	}
	csv_close(&reader);
	/* 200000 values: ten lie above 99.995 % and none of the ladder's later steps */
	ok(n == 24 && in_order, "one cell once, as far as ten values lie above: %u rows", n);
	/* 100000 values: ten lie above 99.99 % */
	ok_is(n_discarded, 22, "and what was discarded, marked, as far");
	ok_is(p999, histogram_percentile(&sent, 99900), "99.9 %% is the histogram's");
}

static void put(const char *text)
{
	char path[PATH_MAX + 32];
	FILE *f;

	snprintf(path, sizeof(path), "%s/histograms/bad.csv", dir.path);
	f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
}

static void test_bad(void)
{
	static const char *const bad[] = {"", "block,lower_ns,upper_ns,count\n1,5,6\n",
					  "block,lower_ns,upper_ns,count\n1,5,5,1\n",
					  "block,lower_ns,upper_ns,count\n1,5,6,x\n",
					  "block,lower_ns,upper_ns,count\n1,5,6,0\n"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put(bad[i]);
		ok_is(histograms_read(&dir, "bad.csv", &got), -EBADMSG, "bad file %zu is refused",
		      i);
	}
	put("block,lower_ns,upper_ns,count\n1,5,6,3\n1,7,8");
	ok(!histograms_read(&dir, "bad.csv", &got) && got.count == 3,
	   "a last line without an end is dropped");
	ok_is(histograms_read(&dir, "none.csv", &got), -ENOENT, "a file that is not there");
}

int main(void)
{
	char remove[64];

	snprintf(dir.path, sizeof(dir.path), "/tmp/handoff-histograms-XXXXXX");
	if (!ok(mkdtemp(dir.path) != NULL, "a directory"))
		return done_testing();
	test_names();
	test_append();
	test_percentiles();
	test_bad();
	snprintf(remove, sizeof(remove), "rm -r %.50s", dir.path);
	ok(!system(remove), "cleared away"); /* NOLINT(cert-env33-c): the path is ours */
	return done_testing();
}
