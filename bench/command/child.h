/* SPDX-License-Identifier: MIT */
/*
 * Programs that a command starts and waits for, while signals that ask to end are waited for as
 * well.
 */
#ifndef BENCH_COMMAND_CHILD_H
#define BENCH_COMMAND_CHILD_H

#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Sets for all CPUs that Linux can be built for (NR_CPUS of x86). */
#define CHILD_SETS (8192 / CPU_SETSIZE)

struct children {
	sigset_t caught;	    /* SIGCHLD and those that end us: blocked here and waited for */
	sigset_t mask;		    /* what children get: as it was before */
	cpu_set_t cpus[CHILD_SETS]; /* likewise: the CPUs that were allowed at the start */
	bool interrupted;	    /* one that ends us came */
	char beside[PATH_MAX];	    /* directory of this program: the microbenchmarks are there */
};

/* Blocks the signals, keeps what children get, finds this program's directory. 0 or -errno. */
int children_begin(struct children *c);

/* Waits until `until_ns` (CLOCK_MONOTONIC), unless a signal asks to end; whether one did. */
bool child_interrupted(struct children *c, uint64_t until_ns);

/*
 * Runs the program `path` in a process group of its own until it ends: 0 with its wait status;
 * -EINTR when a signal to us ended it early, -ETIMEDOUT when the limit (ns) did, -errno when it
 * could not be started. It ends with us, whatever ends us. `out` and `err` become its descriptors
 * 1 and 2.
 */
int child_run(struct children *c, const char *path, char **argv, int out, int err,
	      uint64_t limit_ns, int *status);

/* Whether it has ended, and is still to be waited for. */
bool child_ended(pid_t pid);

/* The two halves of child_run(), for programs that run side by side. */
int child_start(struct children *c, const char *path, char **argv, int out, int err, pid_t *ret);
int child_wait(struct children *c, pid_t pid, uint64_t limit_ns, int *status);

#endif
