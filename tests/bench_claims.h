/* SPDX-License-Identifier: MIT */
/* The claims of make bench-self: which arm is held against which, and by how much. */
#ifndef TESTS_BENCH_CLAIMS_H
#define TESTS_BENCH_CLAIMS_H

#include "tests/bench_rounds.h"

#define CLAIMS_MAX 96

struct claim_row {
	const char *name;
	const struct arm *base; /* NULL: a limit in ns, not a ratio */
	const struct arm *ours;
	double margin;	  /* of the ratio, or ns; 0 = nothing is claimed */
	bool least;	  /* without base: the limit is one from below */
	const char *unit; /* without base: of the margin */
};

#define LOCKS 8 /* that should be alike once there is think time */

/* The same locks with and without think time: how far apart they are, slowest by fastest. */
struct spread {
	const struct arm *with[LOCKS], *without[LOCKS];
	bool asked; /* whether to measure and judge them */
};

#define FLOORS 5   /* variants of cache_line, whose fastest is the floor of spinners */
#define MEMORIES 2 /* what should not be below it */

struct floor {
	const struct arm *line[FLOORS], *memory[MEMORIES];
	bool asked;
};

struct plan {
	struct rounds rounds;
	struct floor floor;
	struct claim_row claim[CLAIMS_MAX];
	unsigned n_claims;
	struct spread spread;
	const char *only; /* claims whose name has this; NULL = all */
};

static inline bool claim_asked(const struct plan *p, const char *name)
{
	return !p->only || strstr(name, p->only);
}

static inline void claim_add(struct plan *p, const char *name, const struct arm *base,
			     const struct arm *ours, double margin)
{
	if (base)
		rounds_join(&p->rounds, base, ours);
	if (claim_asked(p, name))
		p->claim[p->n_claims++] = (struct claim_row){name, base, ours, margin, false, "ns"};
}

/* Arms of which no claim is asked do not run. */
static inline void plan_drop_unasked(struct plan *p)
{
	for (unsigned a = 0; a < p->rounds.n_arms; a++) {
		struct arm *arm = &p->rounds.arm[a];
		bool asked = false;

		for (unsigned i = 0; i < p->n_claims; i++)
			asked |= arm == p->claim[i].base || arm == p->claim[i].ours;
		for (unsigned i = 0; i < LOCKS && p->spread.asked; i++)
			asked |= arm == p->spread.with[i] || arm == p->spread.without[i];
		for (unsigned i = 0; i < FLOORS && p->floor.asked; i++)
			asked |= arm == p->floor.line[i] || arm == p->floor.memory[i % MEMORIES];
		if (!asked)
			arm->missing = "not asked for";
	}
}

#endif
