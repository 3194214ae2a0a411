/* SPDX-License-Identifier: MIT */
/* The schedule of paced rows. */
#include "bench/measure/pace.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "bench/base/clock.h"

void pace_start(struct pace *p, uint64_t now_ns)
{
	p->begin_ns = now_ns + p->every_ns;
	p->backlog = (struct backlog){0};
	histogram_clear(&p->send_late);
	histogram_clear(&p->response);
	if (p->slowest)
		p->slowest->n = 0;
}

void pace_copy(struct pace *to, const struct pace *from)
{
	memcpy(to, from, offsetof(struct pace, send_late));
	histogram_copy(&to->send_late, &from->send_late);
	histogram_copy(&to->response, &from->response);
	to->slowest = NULL;
}

uint64_t pace_begin(struct pace *p)
{
	uint64_t now;

	pace_start(p, 0);
	now = clock_now_ns();
	p->begin_ns = now + p->every_ns;
	return now;
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

void pace_sent(struct pace *p, uint64_t due, uint64_t sent)
{
	uint64_t late = sent > due ? sent - due : 0;

	backlog_note(&p->backlog, late);
	histogram_add(&p->send_late, late);
}

void pace_note(struct pace *p, uint64_t due, uint64_t sent, uint64_t answered)
{
	pace_sent(p, due, sent);
	histogram_add(&p->response, answered - due);
	if (p->slowest)
		slowest_add(p->slowest, sent < answered ? sent : due, answered);
}

bool backlog_stands(const struct backlog *b, uint64_t every_ns)
{
	uint64_t shrunk_ns = b->peak_ns > b->last_ns ? b->peak_ns - b->last_ns : 0;
	uint64_t since = b->n - b->peak_at;

	if (b->last_ns > b->jump_ns + every_ns)
		return true;
	/*
	 * below 99 % of the rate, and worked off by less than 1 % of the time since; but for a
	 * period
	 */
	return b->last_ns > b->n * every_ns / 100 && shrunk_ns + every_ns < since * every_ns / 100;
}

bool pace_overloaded(const struct pace *p)
{
	return p->every_ns && backlog_stands(&p->backlog, p->every_ns);
}
