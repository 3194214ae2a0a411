/* SPDX-License-Identifier: MIT */
/* The claims of make bench-self: which arm is held against which, and by how much. */
#ifndef TESTS_BENCH_CLAIMS_H
#define TESTS_BENCH_CLAIMS_H

#include "tests/bench_rounds.h"

#define CLAIMS_MAX 64

struct claim_row {
	const char *name;
	const struct arm *base; /* NULL: a limit in ns, not a ratio */
	const struct arm *ours;
	double margin;	  /* of the ratio, or ns; 0 = nothing is claimed */
	bool least;	  /* without base: the limit is one from below */
	const char *unit; /* without base: of the margin */
};

#define LOCKS 7 /* that should be alike once there is think time */

/* The same locks with and without think time: how far apart they are, slowest by fastest. */
struct spread {
	const struct arm *with[LOCKS], *without[LOCKS];
};

struct plan {
	struct rounds rounds;
	struct claim_row claim[CLAIMS_MAX];
	unsigned n_claims;
	struct spread spread;
};

static inline void claim_add(struct plan *p, const char *name, const struct arm *base,
			     const struct arm *ours, double margin)
{
	p->claim[p->n_claims++] = (struct claim_row){name, base, ours, margin, false, "ns"};
}

#endif
