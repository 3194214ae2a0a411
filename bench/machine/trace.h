/* SPDX-License-Identifier: MIT */
/*
 * What the kernel's scheduler and interrupts did, event by event, in stamps of the suite's clock.
 */
#ifndef BENCH_MACHINE_TRACE_H
#define BENCH_MACHINE_TRACE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define TRACE_NAME 32 /* bytes of the name of a task or an interrupt */
#define TRACE_WHY 120 /* bytes of a reason */

enum trace_kind {
	TRACE_SWITCH, /* a CPU goes on with another task */
	TRACE_WAKING, /* a wake-up is sent */
	TRACE_WAKEUP, /* the woken task is in a queue of a CPU */
	TRACE_ENTRY,  /* an interrupt, softirq or timer begins */
	TRACE_EXIT,   /* it ends */
	TRACE_FAULT,  /* a page fault begins; no event says when it ends */
};

/* Why a task left its CPU. */
enum trace_left { LEFT_RUNNABLE, LEFT_ASLEEP, LEFT_STOPPED };

struct trace_event {
	uint64_t ns;
	enum trace_kind kind;
	enum trace_left left; /* SWITCH: of `pid` */
	unsigned cpu;	      /* on which it was recorded */
	unsigned target;      /* WAKING, WAKEUP: CPU on which the task is to run */
	pid_t pid;  /* SWITCH: who ran until now; WAKING, WAKEUP: who is woken; FAULT: whose */
	pid_t next; /* SWITCH: who runs from now on, 0 = nobody; WAKING: who ran, and woke */
	char name[TRACE_NAME]; /* SWITCH: of `next`; ENTRY: what begins: "softirq NET_RX" */
};

/* In the order of time. */
struct trace_events {
	struct trace_event *event;
	size_t n, room;
};

struct trace;

/*
 * Makes an instance of tracefs of our own, with room for some tenths of a second on each of the `n`
 * CPUs `cpus` (0 = any). Its clock is the counter that the suite's stamps are made of, or
 * CLOCK_MONOTONIC, which trace_stop() converts. 0, or -errno with a clause in `why` (TRACE_WHY
 * bytes). trace_close() ends it; a killed one is removed by the next names_begin().
 */
int trace_open(struct trace **ret, const unsigned *cpus, unsigned n, char *why);

/* Forgets what was recorded and records from now on. 0 or -errno. */
int trace_start(struct trace *t);

/* Ends the recording and reads it; where there was more than room, the latest. 0 or -errno. */
int trace_stop(struct trace *t, struct trace_events *ret);

/* How its stamps become ours, in words. */
const char *trace_clock_text(const struct trace *t);

void trace_close(struct trace *t);

void trace_events_free(struct trace_events *e);

#endif
