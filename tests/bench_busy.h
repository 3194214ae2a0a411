/* SPDX-License-Identifier: MIT */
/*
 * Keeps every PU busy but one, so that a thread that the kernel wakes for what runs there finds no
 * idle PU to go to. An ordinary process each, which a wake-up may preempt.
 */
#ifndef TESTS_BENCH_BUSY_H
#define TESTS_BENCH_BUSY_H

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

struct busy {
	pid_t pid[CPU_SETSIZE];
	unsigned n;
};

static inline void busy_spin(unsigned pu, pid_t parent)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(pu, &set);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent ||
	    sched_setaffinity(0, sizeof(set), &set))
		_exit(1);
	for (;;)
		__asm__ volatile("" ::: "memory");
}

/* Starts one on each PU that may be used but `pu` (OS index). */
static inline void busy_start(struct busy *busy, unsigned pu)
{
	pid_t parent = getpid();
	cpu_set_t allowed;

	busy->n = 0;
	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return;
	for (unsigned other = 0; other < CPU_SETSIZE; other++) {
		pid_t pid = other != pu && CPU_ISSET(other, &allowed) ? fork() : -1;

		if (pid == 0)
			busy_spin(other, parent);
		if (pid > 0)
			busy->pid[busy->n++] = pid;
	}
}

static inline void busy_end(struct busy *busy)
{
	for (unsigned i = 0; i < busy->n; i++) {
		kill(busy->pid[i], SIGKILL);
		waitpid(busy->pid[i], NULL, 0);
	}
	busy->n = 0;
}

#endif
