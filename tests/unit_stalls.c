/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/*
 * Stalls of a run directory: what counts as longer than a limit, how long it was looked at, which
 * runs.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/report/stalls.h"
#include "tests/tap.h"

static struct rundir dir;

/* A file of histograms/ with these lines behind its header. */
static void put(const char *name, const char *lines)
{
	char path[PATH_MAX + 64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/histograms/%s", dir.path, name);
	f = fopen(path, "w");
	if (!f)
		exit(1);
	fprintf(f, "block,lower_ns,upper_ns,count\n%s", lines);
	fclose(f);
}

static struct stalls got[8];
static size_t n_got;

static int keep(void *arg, const struct stalls *stalls)
{
	if (n_got < sizeof(got) / sizeof(got[0]))
		got[n_got++] = *stalls;
	return 0;
}

static int count(const char *name)
{
	n_got = 0;
	return stall_counts(&dir, name, keep, NULL);
}

static void test_counts(void)
{
	put("limits.csv",
	    "1,99000,100000,1\n1,99999,100001,1\n1,100000,100001,4\n1,999000,1001000,2\n"
	    "1,1000000,1000001,8\n1,10000000,10000001,16\n");
	ok(!count("limits.csv") && n_got == 1, "one run");
	ok(got[0].above[0] == 4 + 2 + 8 + 16 && got[0].above[1] == 8 + 16 && got[0].above[2] == 16,
	   "a time that may be below a limit does not count: %u, %u, %u", (unsigned)got[0].above[0],
	   (unsigned)got[0].above[1], (unsigned)got[0].above[2]);
	ok(fabs(got[0].seconds - (99500e-9 + 100000e-9 + 4 * 100000.5e-9 + 2 * 1e-3 +
				  8 * 1000000.5e-9 + 16 * 10000000.5e-9)) < 1e-12,
	   "a second is one of the operations: %.9f s", got[0].seconds);
	put("blocks.csv", "1,1000,2000,1000000\n3,1000,2000,1000000\n3,2000000,2000001,5\n");
	ok(!count("blocks.csv") && n_got == 2 && got[0].block == 1 && !got[0].above[1] &&
		   got[1].block == 3 && got[1].above[1] == 5 && fabs(got[1].seconds - 1.51) < 1e-6,
	   "each block is a run of its own");
	put("cut.csv", "1,1000,2000,1000\n1,2000000,2000001,5");
	ok(!count("cut.csv") && n_got == 1 && !got[0].above[1], "a line without an end is none");
	put("wrong.csv", "1,1000,500,1000\n");
	ok(count("wrong.csv") == -EBADMSG, "a bucket that ends before it begins is refused");
	put("empty.csv", "");
	ok(!count("empty.csv") && !n_got, "no times, no run");
	ok(count("none.csv") == -ENOENT, "no such file");
}

static char got_key[8][64];

static int keep_key(void *arg, const char *key, const struct stalls *stalls)
{
	if (n_got < sizeof(got) / sizeof(got[0]))
		snprintf(got_key[n_got], sizeof(got_key[n_got]), "%s", key);
	return keep(arg, stalls);
}

static int count_written(const char *text)
{
	FILE *f = tmpfile();
	int err;

	n_got = 0;
	if (!f || fputs(text, f) < 0 || fflush(f))
		exit(1);
	err = stall_counts_written(fileno(f), keep_key, NULL);
	fclose(f);
	return err;
}

/* What microbenchmarks write: a histogram ends where its key does, and where times begin anew. */
static void test_written(void)
{
#define HEADER "mechanism,variant,wait,placement,kind,lower_ns,upper_ns,count\n"
	ok(!count_written(HEADER "a,b,c,d,e,1000,2000,1000\na,b,c,d,e,2000000,2000001,5\n"
				 "a,b,c,d,e,1000,2000,2000\na,b,,,f,3000,4000,1\n") &&
		   n_got == 3,
	   "three histograms: %zu", n_got);
	ok(!strcmp(got_key[0], "a,b,c,d,e") && got[0].above[1] == 5 &&
		   !strcmp(got_key[1], "a,b,c,d,e") && !got[1].above[1] &&
		   fabs(got[1].seconds - 0.003) < 1e-9 && !strcmp(got_key[2], "a,b,,,f"),
	   "each with its key and its times alone");
	ok(!count_written("") && !n_got && !count_written(HEADER) && !n_got, "no times, none");
	ok(!count_written(HEADER "a,b,c,d,e,1000,2000,9\na,b,c,d,e,2000000,20000") && n_got == 1 &&
		   !got[0].above[1],
	   "a line without an end is none");
	ok(count_written(HEADER "a,b,c,d,e,2000,1000,9\n") == -EBADMSG &&
		   count_written(HEADER "1,2\n") == -EBADMSG,
	   "what is no bucket is refused");
}

/* The sentence of the page and of handoff run. */
static void test_say(void)
{
	struct stall_table t = {0};
	static struct row row;
	char text[STALLS_TEXT];
	struct stalls run = {.seconds = 19.2, .above = {60, 57, 0}};

	row_clear(&row);
	row_set_text(&row, COL_group, "ipc");
	row_set_text(&row, COL_mechanism, "pipe");
	row_set_text(&row, COL_wait, "block");
	row_set_text(&row, COL_pattern, "ping-pong");
	row_set_text(&row, COL_placement, "same-l3");
	for (int i = 0; i < 2; i++)
		ok(!stalls_add(&t, "", &row, &run), "a run");
	/* the figures of the example: 114 in 38.4 s; the limits are R's poisson.test(114, 38.4) */
	ok(t.n == 1 && !stalls_say(&t.groups[0], STALLS_SAID, text) &&
		   !strcmp(text, "2.97 stalls above 1 ms a second (2.45 to 3.57), 114 seen, in "
				 "sleeping round trips same-l3"),
	   "%s", text);
	run.above[1] = 400;
	stalls_add(&t, "", &row, &run);
	ok(!stalls_say(&t.groups[0], STALLS_SAID, text) && strstr(text, ", they cluster in some"),
	   "%s", text);
	stalls_free(&t);
}

/* Rows of one cell: those that count, and those of which the gate said to measure again. */
static void put_samples(void)
{
	static struct rundir_csv csv;
	static struct row row;

	put("kept.csv", "1,1000000,1000001,990\n1,2000000,2000001,5\n2,1000000,1000001,1000\n");
	put("gone.csv", "2,1000000,1000001,900\n2,2000000,2000001,50\n");
	if (rundir_csv_create(&csv, &dir, CSV_SAMPLES))
		exit(1);
	row_clear(&row);
	row_set_text(&row, COL_group, "ipc");
	row_set_text(&row, COL_mechanism, "pipe");
	row_set_text(&row, COL_variant, "pair");
	row_set_text(&row, COL_wait, "block");
	row_set_text(&row, COL_pattern, "ping-pong");
	row_set_text(&row, COL_placement, "same-l3");
	row_set_text(&row, COL_arm, "as-is");
	row_set_text(&row, COL_status, "ok");
	for (int i = 0; i < 4; i++) {
		row_set_text(&row, COL_used, i == 2 ? "no" : "yes");
		row_set_text(&row, COL_histogram, i == 2 ? "gone.csv" : "kept.csv");
		row_set_decimal(&row, COL_slept_share, i == 2 ? 1 : 0.02); /* as with busy_poll */
		rundir_csv_append(&csv, &row);
	}
	rundir_csv_close(&csv);
}

/*
 * What the gate discarded is counted and marked: without it, stalls would be as rare as the gate
 * likes.
 */
static void test_discarded(void)
{
	struct stall_table t = {0};
	struct rate rate;

	put_samples();
	ok(!stalls_read(&t, "unit_stalls", dir.path, NULL) && t.n == 1 &&
		   !strcmp(t.groups[0].name, "sleeping round trips same-l3"),
	   "one kind, by the wait mode: of every profile the same configurations");
	ok(t.groups[0].n == 3 && t.groups[0].discarded[1] == 950 && !t.groups[0].discarded[2],
	   "three runs, with 950 of the times above 1 ms in one that was discarded");
	ok(!stalls_rate(&t.groups[0], 1, &rate) && rate.count == 2945 &&
		   fabs(rate.seconds - 3.0) < 0.1,
	   "the rate counts it: %u in %.2f s", (unsigned)rate.count, rate.seconds);
	stalls_free(&t);
}

int main(void)
{
	char path[PATH_MAX + 16];

	snprintf(dir.path, sizeof(dir.path), "/tmp/handoff-stalls-XXXXXX");
	if (!ok(mkdtemp(dir.path) != NULL, "a directory"))
		return done_testing();
	snprintf(path, sizeof(path), "%s/histograms", dir.path);
	mkdir(path, 0700);
	test_counts();
	test_discarded();
	test_written();
	test_say();
	snprintf(path, sizeof(path), "rm -r %.50s", dir.path);
	ok(!system(path), "cleared away"); /* NOLINT(cert-env33-c): the path is ours */
	return done_testing();
}
