/* SPDX-License-Identifier: MIT */
/*
 * A known background load: processes of ours that keep a part of the machine busy while something
 * else is measured. They have the scheduling class that was asked for, are pinned, and die with the
 * process that started them, whatever ends it.
 */
#ifndef BENCH_MEASURE_LOAD_H
#define BENCH_MEASURE_LOAD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bench/machine/scheduling.h"
#include "bench/machine/topology.h"

enum load_kind {
	LOAD_NONE,
	LOAD_SIBLING, /* arithmetic on the SMT siblings of the measured PUs */
	LOAD_MEMORY,  /* copies from memory to memory, on PUs of other cores where there are any */
	LOAD_CPU,     /* arithmetic on all other PUs */
	LOAD_SAME,    /* arithmetic on each measured PU: a side that wakes has to get it back */
	LOAD_COUNT
};

/* LOAD_MEMORY: so many processes at most, each with two buffers of LOAD_BUFFER_B. */
#define LOAD_MEMORY_MAX 32
#define LOAD_BUFFER_B (32u << 20)

struct load_shared;

struct load {
	enum load_kind kind;
	unsigned n;		 /* processes */
	unsigned *pus;		 /* [n] PU of each */
	pid_t *pids;		 /* [n] */
	struct scheduling sched; /* of each; after load_start() as the kernel says it */
	uint64_t longest_ns;	 /* of a real-time class: then the kernel ends it */
	int node;		 /* LOAD_MEMORY: of all buffers, as verified; else -1 */
	struct load_shared *shared;
	uint64_t begin_ns;     /* when all were at work */
	uint64_t begin_cpu_ns; /* CPU time of all of them then */
	uint64_t begin_b;      /* bytes that they had copied then */
	/* results of load_stop() */
	double share; /* of its time that the load ran on its PUs: 1 = it had them for itself */
	double mb_s;  /* LOAD_MEMORY: 10^6 bytes copied per second by all of them; else 0 */
};

/*
 * Chooses the PUs of a load of `kind` beside, or on, the measured used[0..n_used-1] into l->pus;
 * l->n is 0 for LOAD_NONE. The caller sets `sched` and `longest_ns`. 0; -ENODEV with `reason`
 * (CREW_REASON bytes) where the machine has no PU for it; -ENOMEM. load_free() in any case.
 */
int load_place(struct load *l, const struct topology *t, enum load_kind kind, const unsigned *used,
	       unsigned n_used, char *reason);

/*
 * Starts what load_place() has placed and waits until all of it is at work. 0 or -errno with
 * `reason`; nothing runs then.
 */
int load_start(struct load *l, const struct topology *t, unsigned node, char *reason);

/* Ends it; what it did into share and mb_s. 0; -ECHILD with `reason` when a part of it had died. */
int load_stop(struct load *l, char *reason);

/* Frees what load_place() made. */
void load_free(struct load *l);

/* Whether the load runs where the sides do. */
static inline bool load_on_measured(const struct load *l)
{
	return l->kind == LOAD_SAME;
}

/* "none", "sibling", "memory", "cpu", "same". */
const char *load_name(enum load_kind kind);

#endif
