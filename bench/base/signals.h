/* SPDX-License-Identifier: MIT */
/* Which signals ask a program to end, in one place: all do as SIGTERM does. */
#ifndef BENCH_BASE_SIGNALS_H
#define BENCH_BASE_SIGNALS_H

#include <signal.h>

/* Makes failed writes errors (EPIPE, EFBIG) instead of deaths by SIGPIPE and SIGXFSZ. */
void signals_of_writes(void);

/*
 * signals_of_writes(); has children wait to be waited for, also where our starter ignored SIGCHLD
 * (waitpid(2)). Puts into `ret` the signals
 * that would end this program, without those that its starter ignored: nohup(1) means SIGHUP.
 * SIGINT and SIGTERM are in it in any case: a shell ignores SIGINT for what it starts in the
 * background.
 */
void signals_begin(sigset_t *ret);

/* In a child, before it becomes another program: takes back signals_of_writes(). */
void signals_reset(void);

#endif
