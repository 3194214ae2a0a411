/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/* Whether a machine had settled, by the halves of many runs. */
#include <stdio.h>
#include <string.h>

#include "bench/report/later.h"
#include "tests/tap.h"

static struct later later;
static char text[LATER_SENTENCE_B];

/* A run of a pipe between two CPUs whose second half took `ratio` times as long. */
static struct row *made(double ratio)
{
	static struct row row;

	row_clear(&row);
	row_set_text(&row, COL_status, "ok");
	row_set_text(&row, COL_used, "yes");
	row_set_text(&row, COL_group, "ipc");
	row_set_text(&row, COL_mechanism, "pipe");
	row_set_text(&row, COL_variant, "pair");
	row_set_text(&row, COL_pattern, "ping-pong");
	row_set_text(&row, COL_wait, "block");
	row_set_text(&row, COL_placement, "same-l3");
	row_set_decimal(&row, COL_later_ratio, ratio);
	return &row;
}

/* Adds `n` runs with ratios of 1 + each/1000, in turns from `from` to `to`. */
static void add(unsigned n, int from, int to)
{
	for (unsigned i = 0; i < n; i++)
		later_add(&later, made(1 + (from + (int)i % (to - from + 1)) / 1000.0));
}

static bool says(enum later_kind kind)
{
	later_sort(&later);
	*text = '\0';
	return later_sentence(&later, kind, text);
}

static void begin(void)
{
	later_free(&later);
	later = (struct later){.n = {0}};
}

static void test_sentence(void)
{
	ok(!says(LATER_SLEEPS), "nothing of no run");
	add(19, 90, 110);
	ok(!says(LATER_SLEEPS), "19 runs are few");
	add(21, 90, 110);
	ok(says(LATER_SLEEPS) && !says(LATER_SPINS) && !says(LATER_ONE_CPU),
	   "40 tell, and of no other kind");
	says(LATER_SLEEPS);
	ok(!strcmp(text,
		   "round trips between two CPUs whose sides sleep took 1.10 (1.10 to 1.10) times "
		   "as long in the second half of a run: longer runs give larger figures"),
	   "so: %s", text);
	begin();
	add(40, -110, -90);
	ok(says(LATER_SLEEPS) && strstr(text, "took 0.90 (0.90 to 0.90)") &&
		   strstr(text, "smaller figures"),
	   "it becomes faster: %s", text);
	begin();
	add(200, -100, 105);
	ok(!says(LATER_SLEEPS), "noise to both sides is none: %s", text);
	begin();
	add(20, -100, -81);
	add(21, 40, 60);
	ok(!says(LATER_SLEEPS), "nor is what half of the runs say: %s", text);
	begin();
	add(200, 10, 19);
	ok(!says(LATER_SLEEPS), "nor is less than 2 %%");
	begin();
	add(200, 21, 30);
	ok(says(LATER_SLEEPS), "more is, if all have it: %s", text);
}

/* Runs that say nothing of the machine's settling. */
static void test_others(void)
{
	static struct row row;

	begin();
	for (unsigned i = 0; i < 40; i++) {
		row_copy(&row, made(1.5));
		row_set_text(&row, COL_load, "same");
		later_add(&later, &row);
		row_copy(&row, made(1.5));
		row_set_text(&row, COL_used, "no");
		later_add(&later, &row);
		row_copy(&row, made(1.5));
		row_set_text(&row, COL_mechanism, "null");
		row_set_text(&row, COL_variant, "floor");
		row_set_text(&row, COL_wait, "none");
		later_add(&later, &row);
		row_copy(&row, made(1.5));
		row_unset(&row, COL_later_ratio);
		later_add(&later, &row);
	}
	ok(!says(LATER_SLEEPS) && !says(LATER_ONE_CPU) && !says(LATER_SPINS),
	   "a load, a disturbed run, a floor, a run without halves");
	for (unsigned i = 0; i < 40; i++) {
		row_copy(&row, made(1.5));
		row_set_text(&row, COL_placement, "same-pu");
		later_add(&later, &row);
	}
	ok(says(LATER_ONE_CPU) && strstr(text, "round trips on one CPU took 1.50"), "one CPU: %s",
	   text);
	for (unsigned i = 0; i < 40; i++) {
		row_copy(&row, made(1.5));
		row_set_text(&row, COL_wait, "spin");
		later_add(&later, &row);
	}
	ok(says(LATER_SPINS) && strstr(text, "whose sides spin took 1.50"), "spinning: %s", text);
}

int main(void)
{
	test_sentence();
	test_others();
	later_free(&later);
	return done_testing();
}
