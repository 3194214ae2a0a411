/* SPDX-License-Identifier: MIT */
/* Scheduling class and nice value of a task: read, set, named (sched(7), sched_setattr(2)). */
#ifndef BENCH_MACHINE_SCHEDULING_H
#define BENCH_MACHINE_SCHEDULING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SCHEDULING_NAME 32 /* bytes that hold any name of a struct scheduling */

/* All of 0 is what a login has: class other, nice value 0, no slice of its own. */
struct scheduling {
	int policy;	   /* SCHED_OTHER, SCHED_BATCH, SCHED_IDLE, SCHED_FIFO, SCHED_RR ... */
	int priority;	   /* of SCHED_FIFO and SCHED_RR, else 0 */
	int nice;	   /* of the others, else 0 */
	uint64_t slice_ns; /* of the others: how long it runs before it is another's turn; 0 = the
			      kernel's */
};

bool scheduling_is_realtime(const struct scheduling *s);

/* Whether a task of its class may have a slice of its own: other and batch. */
bool scheduling_has_slice(const struct scheduling *s);

/* Reads that of the thread `tid` (0 = the caller); 0 or -errno. */
int scheduling_get(pid_t tid, struct scheduling *ret);

/* Whether what the thread starts is to have class other and nice value 0 (SCHED_RESET_ON_FORK). */
bool scheduling_resets(pid_t tid);

/*
 * Sets it, whatever the thread has; 0, also where nothing may be set and it has it already; or
 * -errno.
 */
int scheduling_set(pid_t tid, const struct scheduling *s);

/*
 * Whether the kernel keeps some of the time from real-time tasks (sched(7): RT throttling), as it
 * says in /proc below `root`; where it says nothing, it does: that is the default.
 */
bool scheduling_is_throttled(const char *root);

/*
 * The share of a CPU that the fair server keeps for ordinary tasks, in percent: since Linux 6.12,
 * also where real-time tasks may have all of the time (kernel/sched/deadline.c). 0 = there is none.
 */
double scheduling_fair_server_pct(const char *root);

/*
 * "other", "fifo:50", "batch+nice:5" as CSV and --sched say it, into `text` (SCHEDULING_NAME
 * bytes).
 */
void scheduling_name(const struct scheduling *s, char *text);

#endif
