/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/* How the stamps of a broadcast's waiters become two times, and when a round is refused. */
#include "bench/measure/wake_loops.h"

#include "tests/tap.h"

static struct sync_crowd crowd;
static struct sync_run run[4];

static void begin(void)
{
	histogram_clear(&crowd.first);
	histogram_clear(&crowd.last);
	for (unsigned m = 0; m < 4; m++)
		run[m] = (struct sync_run){.crowd = &crowd, .me = m, .threads = 4, .count = 1};
}

int main(void)
{
	begin();
	run[1].awake_ns = 130;
	run[2].awake_ns = 110;
	run[3].awake_ns = 170;
	wake_file(run, 100);
	ok(crowd.first.count == 1 && crowd.first.min == 10, "the first to run again is the first");
	ok(crowd.last.count == 1 && crowd.last.min == 70, "the last is the last");
	begin();
	run[1].awake_ns = run[2].awake_ns = 95;
	run[3].awake_ns = 120;
	wake_file(run, 100);
	ok(!crowd.first.max && crowd.last.max == 20, "a clock that is behind gives 0 and not 2^64");
	atomic_store(&crowd.awake, 0);
	ok(!wake_too_early(run), "first round: nobody has run again yet");
	atomic_store(&crowd.awake, 1);
	ok(wake_too_early(run), "first round: one who has, was not asked to");
	run[0].count = 3;
	atomic_store(&crowd.awake, 6);
	ok(!wake_too_early(run), "third round: all three have run twice");
	atomic_store(&crowd.awake, 7);
	ok(wake_too_early(run), "third round: one ran three times");
	return done_testing();
}
