/* SPDX-License-Identifier: MIT */
/* Why operations were slow: each is taken apart into phases, and each phase has one cause. */
#ifndef BENCH_ANALYSE_EXPLAIN_H
#define BENCH_ANALYSE_EXPLAIN_H

#include "bench/analyse/timeline.h"
#include "bench/base/slowest.h"

#define EXPLAIN_WORST 5 /* operations whose phases are kept */
/* Different ones that are summed up; what comes later goes to the last. */
#define EXPLAIN_CAUSES 128

enum cause {
	CAUSE_ITSELF,	 /* a side runs, no longer than a whole operation usually takes */
	CAUSE_UNTRACED,	 /* a side runs for longer, and no event says why: the host, firmware, its
			    own code */
	CAUSE_TASK,	 /* another task has the CPU */
	CAUSE_TURN,	 /* the other side has it */
	CAUSE_INTERRUPT, /* an interrupt, softirq or timer has it */
	CAUSE_IDLE,	 /* the CPU was idle and is on its way back */
	CAUSE_WAKEUP,	 /* the wake-up is on its way to the CPU */
	CAUSE_ASLEEP,	 /* neither side runs nor is woken */
	CAUSE_FAULT,	 /* from a page fault on, as long as the side then runs */
	CAUSE_STOPPED,	 /* a signal has stopped the side */
};

/* A part of an operation. */
struct phase {
	uint64_t begin_ns, end_ns;
	unsigned side; /* on which progress depends: 0 = initiator */
	unsigned cpu;
	enum doing doing; /* what the side does */
	enum cause cause;
	char name[TRACE_NAME]; /* TASK, INTERRUPT: who; ASLEEP: who ends it, "" = not known */
};

/*
 * One operation: its phases, in the order of time and without gaps, fill it. In those that are
 * kept, what interrupts a phase for less than a hundredth of the operation is part of it.
 */
struct explained {
	struct slow_op op;
	uint64_t since_ns; /* its begin, from the begin of the timed part */
	size_t n, room;
	struct phase *phase;
};

struct cause_sum {
	struct phase like; /* cause, name, CPU and side, as far as they tell causes apart */
	uint64_t ns;
	unsigned ops; /* operations that had it */
};

/* Zeroed, and the first two set, before use. */
struct explanation {
	uint64_t above_ns; /* what is longer is slow */
	uint64_t usual_ns; /* median operation, without a trace */
	unsigned n_slow;   /* operations that were taken apart */
	unsigned n_untold; /* slow ones that the trace does not hold from begin to end */
	uint64_t slow_ns;  /* time of those that were taken apart */
	unsigned n_causes;
	struct cause_sum cause[EXPLAIN_CAUSES];
	unsigned n_worst;
	struct explained worst[EXPLAIN_WORST]; /* the longest first */
};

/*
 * Takes the slow ones of `ops` apart by `events`, and adds them. Progress is followed backwards
 * from the end of an operation, which side 0 sees: through who woke whom, to whoever had to act.
 * `tids`: thread numbers of the sides, of which there are one or two. `begin_ns`: of the timed
 * part. 0 or -ENOMEM; explain_free() in any case.
 */
int explain_add(struct explanation *e, const struct trace_events *events, const pid_t *tids,
		unsigned n_sides, const struct slowest *ops, uint64_t begin_ns);

/* Puts the cause that took most first. */
void explain_sort(struct explanation *e);

void explain_free(struct explanation *e);

#endif
