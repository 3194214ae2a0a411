/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/*
 * The edges of the counted window as a thread sees them that stood still at one of them, at both,
 * or at none.
 */
#include "bench/base/clock.h"
#include "bench/measure/sync_run.h"
#include "tests/tap.h"

static struct sync_control control;
static struct sync_run run;

/*
 * Whether what passed since the last stamp is of the window, when the next look after `before` sees
 * `after`.
 */
static bool is_of_window(enum sync_phase before, enum sync_phase after)
{
	atomic_store(&control.phase, after);
	run = (struct sync_run){.control = &control, .stamp_ns = 1};
	return sync_phase(&run, before) == after && run.seen.stall_ns;
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
	return done_testing();
}
