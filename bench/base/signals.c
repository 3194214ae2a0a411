/* SPDX-License-Identifier: MIT */
#include "bench/base/signals.h"

#include <stddef.h>

/* signal(7): those whose default is to end the process, but for faults of its own and SIGKILL. */
static const int ending[] = {SIGHUP,  SIGINT,  SIGQUIT,	  SIGUSR1, SIGUSR2, SIGALRM,  SIGTERM,
			     SIGXCPU, SIGPROF, SIGVTALRM, SIGIO,   SIGPWR,  SIGSTKFLT};

static void add_unless_ignored(sigset_t *set, int sig)
{
	struct sigaction now;

	if (sig == SIGINT || sig == SIGTERM ||
	    (!sigaction(sig, NULL, &now) && now.sa_handler != SIG_IGN))
		sigaddset(set, sig);
}

void signals_of_writes(void)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

void signals_begin(sigset_t *ret)
{
	signals_of_writes();
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(ret);
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		add_unless_ignored(ret, ending[i]);
	for (int sig = SIGRTMIN; sig <= SIGRTMAX; sig++)
		add_unless_ignored(ret, sig);
}

void signals_reset(void)
{
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
}
