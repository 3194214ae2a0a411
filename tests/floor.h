/* SPDX-License-Identifier: MIT */
/* What the floors of make bench-self have in common; nothing of bench/ is in it. */
#ifndef TESTS_FLOOR_H
#define TESTS_FLOOR_H

#include <err.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* Ends with the name of the program and errno's text. */
static inline void die(const char *what)
{
	err(1, "%s", what);
}

static inline void pin(const char *pu)
{
	unsigned long n = strtoul(pu, NULL, 10);
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(n, &set); /* beyond the set it does nothing, and the kernel refuses an empty one */
	if (sched_setaffinity(0, sizeof(set), &set))
		err(69, "CPU %s", pu);
}

/*
 * The other side, pinned to `pu`: 0 in it, else its process. A CPU that cannot be had ends the
 * program before there are two, so that nobody waits for the other.
 */
static inline pid_t other_side(const char *pu, const char *ours)
{
	pid_t child;

	pin(pu);
	pin(ours);
	child = fork();
	if (child < 0)
		die("fork");
	if (!child)
		pin(pu);
	return child;
}

static inline double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

#endif
