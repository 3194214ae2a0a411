/* SPDX-License-Identifier: MIT */
/* The noise gate: which invocations were disturbed, by the kernel's counters in their row. */
#ifndef BENCH_ANALYSE_GATE_H
#define BENCH_ANALYSE_GATE_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/record/row.h"

/* Shares are of the measured time, of all PUs or sides of the row together. */
#define GATE_STEAL 0.01		      /* time that the hypervisor took ... */
#define GATE_STEP_NS 10000000	      /* ... and more than this: one step of its counter */
#define GATE_RUN_DELAY 0.01	      /* time that sides with a PU each waited for it */
#define GATE_FOREIGN 0.05	      /* time that others ran on our PUs ... */
#define GATE_FOREIGN_TICK_NS 20000000 /* ... and, where it can idle, two steps of that per PU */
#define GATE_PREEMPTIONS 50    /* involuntary switches a second and side, where each has a PU ... */
#define GATE_PREEMPTIONS_FEW 5 /* ... and more than these: they come at random ... */
#define GATE_PREEMPTED_OPS 0.002 /* ... of so many operations: fewer move no 99th percentile */
#define GATE_STOOD_NS 10000000	 /* time in which nothing moved and no counter says why */
#define GATE_REPEATS 3		 /* times that a noisy row is measured again */
#define GATE_CELL 0.25 /* share of noisy rows among the used ones from which a cell is noisy */

#define GATE_WHY 96 /* bytes of the reason */

/*
 * Whether the row (status ok) was disturbed; `why` (GATE_WHY bytes) says by what. What two sides on
 * one PU do to each other is no noise; what was not measured counts as none.
 */
bool gate_noisy(const struct row *row, char *why);

/* Whether another run may be quieter: a quota is used up by all. */
bool gate_repeats(const struct row *row);

/* Whether each side or thread of the row had a PU of its own. */
bool gate_apart(const struct row *row);

#endif
