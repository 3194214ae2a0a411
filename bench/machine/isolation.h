/* SPDX-License-Identifier: MIT */
/* What keeps other work off a PU. */
#ifndef BENCH_MACHINE_ISOLATION_H
#define BENCH_MACHINE_ISOLATION_H

/* A set of bits. */
enum isolation {
	ISOLATION_ISOLCPUS = 1u << 0,  /* isolcpus=: the scheduler moves nothing there */
	ISOLATION_NOHZ_FULL = 1u << 1, /* nohz_full=: no tick beside a single task */
	ISOLATION_CPUSET = 1u << 2,    /* an isolated partition of a control group */
};

/* What isolates PU `pu`, by the files below the directory `root` ("" for the real ones). */
unsigned isolation_of(const char *root, unsigned pu);

#endif
