/* SPDX-License-Identifier: MIT */
/* Limits of a process or user that let a call fail, named with what lifts them. */
#ifndef BENCH_MACHINE_LIMITS_H
#define BENCH_MACHINE_LIMITS_H

/*
 * Why a call failed with `err` (-errno), in one clause without a comma: what strerror(3) says, and
 * the limits that can be the reason, as they are now. The text is this thread's, until its next
 * call here.
 */
const char *limits_explain(int err);

/*
 * The limit below which this program would crash without a word, in one clause; NULL = there is
 * none.
 */
const char *limits_too_small(void);

/* Why a process was ended by `sig`: strsignal(3), and the limit that ends with it; likewise. */
const char *limits_explain_signal(int sig);

#endif
