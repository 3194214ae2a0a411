/* SPDX-License-Identifier: MIT */
/* A producer for the Test Anything Protocol; prove(1) runs the tests and reads it. */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned tap_run;    /* tests so far */
static unsigned tap_failed; /* of them, not ok */

/* Says one test's outcome; returns `pass`, so that a test can stop on it. */
__attribute__((format(printf, 2, 3))) static inline bool ok(bool pass, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	tap_failed += !pass;
	printf("%sok %u - ", pass ? "" : "not ", ++tap_run);
	vprintf(fmt, args);
	putchar('\n');
	fflush(stdout);
	va_end(args);
	if (!pass && getenv("TAP_STOP")) /* for mutants: one failure is all they ask */
		exit(1);
	return pass;
}

/* A test that cannot run here; `why` names what is missing. */
static inline void skip(const char *what, const char *why)
{
	printf("ok %u - %s # SKIP %s\n", ++tap_run, what, why);
	fflush(stdout);
}

/* Ends the test program: prints the plan, returns what main returns. */
static inline int done_testing(void)
{
	printf("1..%u\n", tap_run);
	return tap_failed ? 1 : 0;
}

#endif
