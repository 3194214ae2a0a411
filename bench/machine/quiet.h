/* SPDX-License-Identifier: MIT */
/*
 * Which CPUs are left alone: a thread on each reads the clock only, and sees the time that others
 * take.
 */
#ifndef BENCH_MACHINE_QUIET_H
#define BENCH_MACHINE_QUIET_H

#include <stddef.h>
#include <stdint.h>

#include "bench/base/gaps.h"
#include "bench/machine/causes.h"
#include "bench/machine/noise.h"
#include "bench/machine/topology.h"

#define QUIET_CAUSE 64 /* bytes of the name of a cause */

/* One CPU, once. Zeroed, and `cpu` set, before use. */
struct quiet {
	unsigned cpu;	      /* the kernel's number */
	struct gaps gaps;     /* what its thread saw */
	struct noise noise;   /* what the kernel counted of that thread and CPU meanwhile */
	struct causes causes; /* its interrupts and softirqs */
};

/*
 * Spins on the CPUs of q[0..n-1] at the same time, for `spin_ns`; gaps are longer than
 * `threshold_ns`. The calling thread sleeps meanwhile, on other CPUs where there are some. 0; what
 * placement_bind_self() says, -ENOMEM, or -errno of a thread that did not start. quiet_free() in
 * either case.
 */
int quiet_spin(const struct topology *t, struct quiet *q, unsigned n, uint64_t spin_ns,
	       uint64_t threshold_ns);

/*
 * What took most of the time of the gaps, as far as counters tell, into `text` (QUIET_CAUSE bytes):
 * "other tasks" and "steal" by their time, else the most frequent interrupt by its name. "not
 * counted": there are more than twice as many gaps as anything counted, as where the hypervisor or
 * firmware takes time. "" where there are no gaps, or the counters cannot be read. Returns `text`.
 */
char *quiet_cause(const struct quiet *q, char *text);

void quiet_free(struct quiet *q, unsigned n);

#endif
