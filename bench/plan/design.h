/* SPDX-License-Identifier: MIT */
/* What the parts of a plan share: design_ipc.c and design_sync.c say which cells there are. */
#ifndef BENCH_PLAN_DESIGN_H
#define BENCH_PLAN_DESIGN_H

#include "bench/machine/placement.h"
#include "bench/measure/crew.h"
#include "bench/plan/plan.h"

/*
 * What is left out first has the highest number. A budget of some minutes shows the floors, then
 * what most people ask for, then each mechanism's first variant in all that it does, before other
 * variants in anything.
 */
enum priority {
	FLOORS, /* what everything is compared with */
	ASKED, /* the mechanisms of asked[] in design.c: the smallest message, two cores, one CPU */
	ASKED_SIZES, /* the same with 4 and 64 KiB */
	ASKED_RATES, /* the same on a fast schedule, and as a stream of large messages */
	FIRST_LOOK,  /* default wait on the closest two cores, uncontended, operations alone */
	ASKED_MORE, /* the mechanisms of asked[]: spinning, beside a busy process, small messages as
		       a stream */
	PLACEMENTS, /* FIRST_LOOK over the other relations, hand-off */
	RATES,	/* streams; two threads that want a lock with think time, queues, landmark crowds */
	CURVES, /* the mechanisms of asked[]: all sizes, and the schedule on which a core falls
		   asleep */
	SCHEDULES, /* paced, the schedule on which a core falls asleep */
	BUSY,	   /* of a mechanism's first variant: beside a busy process on each CPU */
	VARIANTS,  /* FIRST_LOOK of the other variants */
	WAITS,	   /* the other wait modes on the closest two cores; locks without think time */
	SIZES,	/* the default wait mode over message sizes; queues near empty, near full, paced */
	CROWDS, /* all other numbers of threads above two, pairs, producers */
	ALL_WAITS, /* the other wait modes over the other relations */
	LAYOUTS,   /* crowds in scatter order, and more threads than PUs */
	SECTIONS,  /* locks: lengths of critical section and think time, lines, shares of readers */
	KINDS,	   /* all but the first look of a mechanism's other variants */
	TWINS,	   /* all but the first look of what differs from another by a name or its memory */
};

/* What a variant is to its mechanism and to the others. */
enum rank {
	RANK_FLOOR, /* others are compared with it */
	RANK_FIRST, /* its mechanism's first, shown in all that it does */
	RANK_OTHER,
	RANK_CONTROL, /* like another but for a name or its memory: measured once, as a control */
	RANK_TWIN,    /* a variant of such a mechanism */
};

/* A cell and where it stands. */
struct draft {
	struct row *cell;
	enum priority priority;
	size_t nth; /* in the order of design: keeps the sort stable */
};

/* What the machine has, found once: each answer takes the square of the number of PUs. */
struct answers {
	struct placement pair[RELATION_COUNT];
	bool has_pair[RELATION_COUNT];
	unsigned allowed;	       /* PUs in an order, CREW_MAX at most */
	unsigned order[2][CREW_MAX];   /* by enum order */
	unsigned in_compact[CREW_MAX]; /* the place in compact order of each in scatter order;
					  allowed = none */
	struct {
		struct placement of; /* the first pair */
		unsigned n;	     /* how many fit; 0 = not asked yet */
		unsigned pus[CREW_MAX];
	} pairs[2]; /* of the closest two cores; of one PU */
};

struct designer {
	const struct topology *topology;
	struct answers answers;
	enum order order; /* of cells without a pair */
	enum rank rank;	  /* of the variant */
	const struct plan_request *request;
	struct placement closest; /* the closest two cores; else what is there */
	struct draft *drafts;
	size_t n, room;
	int err;
};

/* Finds what cells ask of the machine, once; 0 or -errno. */
int design_ask(struct designer *d);

/* As placement_find(). */
int design_pair(const struct designer *d, enum relation relation, struct placement *ret);

/* Seats for `n` sides in `order`: as seats_in_order(), from the answers. */
void design_seats(const struct designer *d, enum order order, unsigned n, struct seats *ret);

/* One thread per PU, or as many as a crew can have. */
unsigned design_all(const struct designer *d);

/*
 * A new cell as `ask` says, on `seats`; NULL when nobody asked for it or memory ran out (d->err).
 * The row and its place in the plan are the designer's.
 */
struct row *design_add(struct designer *d, enum priority priority, const struct cell *ask,
		       const struct seats *seats);

/* As plan_is_asked(). */
bool design_is_asked(const char *mechanism, const char *variant);

/*
 * Turns `cell` into one whose CPUs a process of class idle keeps awake: what a round trip takes
 * less beside it is the way out of idle. False where the whole sweep has a load of its own.
 */
bool design_keep_awake(const struct designer *d, struct cell *cell);

/* Says in the plan that `cell` cannot run. */
void design_skip(struct row *cell, const char *reason);

/* The cells of the two rooms. */
void design_ipc(struct designer *d);
void design_sync(struct designer *d);

#endif
