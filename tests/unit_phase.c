/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/*
 * What a thread of a counted window takes for time in it that stood still at one of its edges, at
 * both, in a turn that began before, at the common start, or at none of them.
 */
#include <poll.h>
#include <signal.h>
#include <sys/time.h>

#include "bench/base/clock.h"
#include "bench/measure/sync_run.h"
#include "tests/tap.h"

#define LOOK_US 1000
#define LOOKS 100 /* then a thread that waits for the start has had time for a stamp */
#define STARTS 100
#define STANDS_MS 2
#define STOOD_NS 1000000u /* of them at least, by whatever clock */

static struct sync_control control;
static struct sync_run run;

/* A thread that has last seen `before` and had its last stamp long ago; the phase is now `after`.
 */
static void stand(enum sync_phase before, enum sync_phase after)
{
	atomic_store(&control.phase, after);
	run = (struct sync_run){.control = &control, .phase = before, .stamp_ns = 1};
}

/* Whether what passed is of the window, when the next look at the phase after `before` sees
 * `after`. */
static bool is_of_window(enum sync_phase before, enum sync_phase after)
{
	stand(before, after);
	return sync_phase(&run, before) == after && run.seen.stall_ns;
}

/* Likewise when a turn that began in `before` ends in `after`, and is one that has a stamp. */
static bool turn_is_of_window(enum sync_phase before, enum sync_phase after)
{
	stand(before, after);
	run.seen.turns[before] = SYNC_STAMP_EVERY - 1;
	sync_count(&run, before, 1);
	return run.seen.stall_ns;
}

/* Likewise when the thread goes to think after such a turn. */
static bool thought_is_of_window(enum sync_phase before, enum sync_phase after)
{
	stand(before, after);
	run.think_ns = 1;
	run.random = 1;
	sync_think(&run, before == PHASE_MEASURE);
	return run.seen.stall_ns;
}

static int looks;

/*
 * The start, as soon as the thread that waits for it has a stamp. It interrupts that thread
 * anywhere between two looks, and keeps it from going on.
 */
static void start(int sig)
{
	if (atomic_load(&control.phase) != PHASE_IDLE ||
	    (!((volatile struct sync_run *)&run)->stamp_ns && ++looks < LOOKS))
		return;
	atomic_store(&control.phase, PHASE_MEASURE);
	poll(NULL, 0, STANDS_MS);
}

static void test_start(void)
{
	const struct itimerval often = {{0, LOOK_US}, {0, LOOK_US}}, never = {{0, 0}, {0, 0}};
	int seen = 0;

	signal(SIGALRM, start);
	for (int i = 0; i < STARTS; i++) {
		stand(PHASE_IDLE, PHASE_IDLE);
		run.stamp_ns = looks = 0;
		setitimer(ITIMER_REAL, &often, NULL);
		sync_start(&run);
		setitimer(ITIMER_REAL, &never, NULL);
		sync_phase(&run, PHASE_IDLE);
		seen += run.seen.stall_ns >= STOOD_NS;
	}
	if (!ok(seen == STARTS, "still from the common start until the window was open"))
		fprintf(stderr, "# %d of %d\n", seen, STARTS);
}

int main(void)
{
	if (!ok(!clock_init(CLOCK_KIND_AUTO), "the clock"))
		return done_testing();
	ok(is_of_window(PHASE_WARM, PHASE_MEASURE), "still when it opened");
	ok(is_of_window(PHASE_MEASURE, PHASE_LOOK) && is_of_window(PHASE_MEASURE, PHASE_STOP),
	   "still when it closed");
	ok(is_of_window(PHASE_WARM, PHASE_LOOK) && is_of_window(PHASE_WARM, PHASE_SAMPLE) &&
		   is_of_window(PHASE_IDLE, PHASE_STOP),
	   "still all through it");
	ok(!is_of_window(PHASE_IDLE, PHASE_WARM) && !is_of_window(PHASE_LOOK, PHASE_SAMPLE) &&
		   !is_of_window(PHASE_SAMPLE, PHASE_STOP),
	   "still before or behind it");
	ok(!is_of_window(PHASE_MEASURE, PHASE_MEASURE), "no edge, no stamp");
	ok(turn_is_of_window(PHASE_WARM, PHASE_MEASURE) &&
		   turn_is_of_window(PHASE_WARM, PHASE_SAMPLE) &&
		   turn_is_of_window(PHASE_MEASURE, PHASE_MEASURE) &&
		   turn_is_of_window(PHASE_MEASURE, PHASE_STOP),
	   "still in a turn that has a stamp");
	ok(!turn_is_of_window(PHASE_WARM, PHASE_WARM) &&
		   !turn_is_of_window(PHASE_LOOK, PHASE_LOOK) &&
		   !turn_is_of_window(PHASE_SAMPLE, PHASE_STOP),
	   "in such a turn before or behind it");
	ok(thought_is_of_window(PHASE_WARM, PHASE_MEASURE) &&
		   !thought_is_of_window(PHASE_WARM, PHASE_WARM),
	   "still in a turn after which it thinks");
	test_start();
	return done_testing();
}
