/* SPDX-License-Identifier: MIT */
/* Events of a trace as what each side did, and what each CPU was occupied with, at any time. */
#ifndef BENCH_ANALYSE_TIMELINE_H
#define BENCH_ANALYSE_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bench/machine/trace.h"

#define TIMELINE_SIDES 2 /* initiator and responder */

enum doing {
	DOING_RUNS,    /* on its CPU, also where an interrupt has that */
	DOING_WAITS,   /* it could run, and another does */
	DOING_WOKEN,   /* a wake-up was sent, and has not arrived at the CPU */
	DOING_SLEEPS,  /* nobody has woken it */
	DOING_STOPPED, /* by a signal */
};

/* What a side does from `from_ns` on, until the next piece. */
struct piece {
	uint64_t from_ns;
	enum doing doing;
	bool faulted;	/* RUNS: since a page fault */
	unsigned cpu;	/* where it runs, or is to run */
	pid_t waker;	/* WOKEN: who ran where the wake-up was sent */
	const char *by; /* WOKEN: the interrupt there, or the name of the waker */
};

/* What a CPU is occupied with from `from_ns` on, until the next span. */
struct span {
	uint64_t from_ns;
	pid_t pid;	       /* of the task; 0 = none, it idles; -1 = not known */
	const char *task;      /* its name; "" = not known */
	const char *interrupt; /* on top of it; "" = none */
};

struct side_line {
	pid_t tid;
	size_t n, room;
	struct piece *piece;
};

struct cpu_line {
	size_t n, room;
	struct span *span;
};

/* The names are those of the events, which must live as long. */
struct timeline {
	unsigned n_sides, n_cpus;
	struct side_line side[TIMELINE_SIDES];
	struct cpu_line *cpu; /* by the kernel's numbers */
};

/*
 * From `events`, of sides with the thread numbers `tids`. 0 or -ENOMEM; timeline_free() in any
 * case.
 */
int timeline_make(struct timeline *t, const struct trace_events *events, const pid_t *tids,
		  unsigned n_sides);

void timeline_free(struct timeline *t);

/* The last of its pieces or spans that began before `ns`; NULL: the trace begins later. */
const struct piece *timeline_piece(const struct timeline *t, unsigned side, uint64_t ns);
const struct span *timeline_span(const struct timeline *t, unsigned cpu, uint64_t ns);

#endif
