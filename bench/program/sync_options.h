/* SPDX-License-Identifier: MIT */
/* Options that only microbenchmarks of synchronization have. */
#ifndef BENCH_PROGRAM_SYNC_OPTIONS_H
#define BENCH_PROGRAM_SYNC_OPTIONS_H

#include "bench/analyse/estimate.h"
#include "bench/measure/sync_session.h"
#include "bench/program/options.h"

struct sync_options {
	bool experiment_given;
	enum sync_experiment experiment;
	unsigned threads;   /* 0 = the experiment's default */
	unsigned producers; /* 0 = half of the threads */
	bool order_given;
	enum order order;
	uint64_t critical_ns;
	uint64_t think_ns;
	bool readers_given;
	unsigned readers_pct;
	unsigned permits;
	unsigned lines; /* 0 = not given */
	struct given_options given;
	uint64_t gap_ns;
	uint64_t capacity; /* 0 = SYNC_CAPACITY */
	bool fill_given;
	bool full;
	uint64_t every_ns;
	bool stride_given;
	uint64_t stride_b;
};

/* What holds where nothing is said. */
void sync_options_init(struct sync_options *so);

/* Reads all options, also those of every microbenchmark; as options_read(). */
int sync_options_read(struct options *o, struct sync_options *so, int argc, char **argv);

/* Whether what was asked for goes together; 0, or EX_USAGE after a line. */
int sync_options_check(const struct options *o, const struct sync_options *so,
		       const struct sync_mechanism *m);

/* Threads of an experiment: those asked for where it does not have a number of its own. */
unsigned sync_options_threads(const struct sync_variant *v, enum sync_experiment e, unsigned asked);

#endif
