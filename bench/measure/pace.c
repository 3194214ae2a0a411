/* SPDX-License-Identifier: MIT */
/* The schedule of paced rows. */
#include "bench/measure/pace.h"

#include <errno.h>
#include <time.h>

#include "bench/base/clock.h"

void pace_start(struct pace *p, uint64_t now_ns, uint64_t n)
{
	p->begin_ns = now_ns + p->every_ns;
	p->n = n;
	p->last_send_ns = now_ns;
	for (int quarter = 0; quarter < 4; quarter++)
		p->late_ns[quarter] = 0;
	histogram_clear(&p->send_late);
	histogram_clear(&p->response);
}

/*
 * Sleeps for the time from now to `t_ns`. Absolute on CLOCK_MONOTONIC, so that a signal does not
 * lengthen it; the session sets the timer slack to 1 ns (prctl(2): the default adds up to 50 us).
 */
static void sleep_until(uint64_t t_ns)
{
	uint64_t now = clock_now_ns();
	struct timespec ts;
	uint64_t wake;

	if (now >= t_ns)
		return;
	wake = clock_system_now_ns() + (t_ns - now);
	ts.tv_sec = (time_t)(wake / 1000000000u);
	ts.tv_nsec = (long)(wake % 1000000000u);
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

uint64_t pace_due(const struct pace *p, uint64_t i)
{
	return p->every_ns ? p->begin_ns + i * p->every_ns : clock_now_ns() + p->gap_ns;
}

uint64_t pace_wait(struct pace *p, uint64_t i)
{
	uint64_t due = pace_due(p, i);

	if (p->sleeps)
		sleep_until(due);
	else
		clock_wait_until(due);
	return due;
}

void pace_note(struct pace *p, uint64_t i, uint64_t due, uint64_t sent, uint64_t answered)
{
	uint64_t late = sent > due ? sent - due : 0;

	p->last_send_ns = sent;
	p->late_ns[i * 4 / p->n] += late;
	histogram_add(&p->send_late, late);
	histogram_add(&p->response, answered - due);
}

bool pace_overloaded(const struct pace *p, uint64_t done)
{
	uint64_t planned_ns = done * p->every_ns;
	uint64_t took_ns = p->last_send_ns - p->begin_ns + p->every_ns;

	if (!p->every_ns || !done)
		return false;
	if (planned_ns < took_ns - took_ns / 100)
		return true;
	return p->late_ns[3] > p->late_ns[2] + p->every_ns && p->late_ns[2] > p->late_ns[1] &&
	       p->late_ns[1] > p->late_ns[0];
}
