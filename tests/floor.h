/* SPDX-License-Identifier: MIT */
/* What the floors of make bench-self have in common; nothing of bench/ is in it. */
#ifndef TESTS_FLOOR_H
#define TESTS_FLOOR_H

#include <err.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

/* Ends with the name of the program and errno's text. */
static inline void die(const char *what)
{
	err(1, "%s", what);
}

static inline void pin(const char *pu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((unsigned)atoi(pu), &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
}

static inline double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

#endif
