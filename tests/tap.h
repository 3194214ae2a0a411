/* SPDX-License-Identifier: MIT */
/* A producer for the Test Anything Protocol; prove(1) runs the tests and reads it. */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static unsigned tap_run;    /* tests so far */
static unsigned tap_failed; /* of them, not ok */
static int tap_words;	    /* standard error as it was: a test may send its own elsewhere */

__attribute__((constructor)) static void tap_begin(void)
{
	tap_words = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 100);
}

/*
 * ok(pass, name...): one test's outcome, which it returns, so that a test can stop on it.
 * ok_is(got, want, name...): the same of two numbers. What is not ok is said on stderr too, with
 * its condition or values: prove shows that.
 */
#define ok(pass, ...) tap_ok(pass, #pass, __FILE__, __LINE__, __VA_ARGS__)
#define ok_is(got, want, ...)             \
	_Generic((got) + (want), double   \
		 : tap_is_double, default \
		 : tap_is_integer)(got, want, #got, __FILE__, __LINE__, __VA_ARGS__)

__attribute__((format(printf, 5, 0))) static inline bool
tap_say(bool pass, const char *why, const char *file, int line, const char *fmt, va_list args)
{
	char name[1024];

	vsnprintf(name, sizeof(name), fmt, args);
	tap_failed += !pass;
	printf("%sok %u - %s\n", pass ? "" : "not ", ++tap_run, name);
	fflush(stdout);
	if (!pass)
		dprintf(tap_words, "# %s:%d: not ok %u - %s\n# false: %s\n", file, line, tap_run,
			name, why);
	if (!pass && getenv("TAP_STOP")) /* for mutants: one failure is all they ask */
		exit(1);
	return pass;
}

__attribute__((format(printf, 5, 6))) static inline bool
tap_ok(bool pass, const char *why, const char *file, int line, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	tap_say(pass, why, file, line, fmt, args);
	va_end(args);
	return pass;
}

__attribute__((format(printf, 6, 7))) static inline bool tap_is_integer(intmax_t got, intmax_t want,
									const char *what,
									const char *file, int line,
									const char *fmt, ...)
{
	char why[1024];
	va_list args;

	snprintf(why, sizeof(why), "%s is %jd, not %jd", what, got, want);
	va_start(args, fmt);
	tap_say(got == want, why, file, line, fmt, args);
	va_end(args);
	return got == want;
}

__attribute__((format(printf, 6, 7))) static inline bool tap_is_double(double got, double want,
								       const char *what,
								       const char *file, int line,
								       const char *fmt, ...)
{
	char why[1024];
	va_list args;

	snprintf(why, sizeof(why), "%s is %.17g, not %.17g", what, got, want);
	va_start(args, fmt);
	tap_say(got == want, why, file, line, fmt, args);
	va_end(args);
	return got == want;
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
