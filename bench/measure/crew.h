/* SPDX-License-Identifier: MIT */
/*
 * The crew of one measurement: processes or threads, each pinned before it touches anything, and a
 * driver that keeps off their PUs, moves the phases, and ends all of them when one dies, the time
 * is up or the user interrupts. Nothing of a crew outlives crew_run().
 */
#ifndef BENCH_MEASURE_CREW_H
#define BENCH_MEASURE_CREW_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bench/machine/apart.h"
#include "bench/machine/placement.h"
#include "bench/machine/scheduling.h"

#define CREW_MAX SEATS_MAX /* members */
#define CREW_MEETINGS 4	   /* times a crew can meet */
#define CREW_REASON 160	   /* bytes of a reason */

/* What a member leaves behind; in memory the driver sees. */
struct crew_member {
	pid_t pid, tid;		  /* of the member */
	int err;		  /* 0 or -errno of its work */
	bool ended;		  /* it returned; false = it was killed or still runs */
	unsigned cpu_seen;	  /* PU it ran on at the end */
	struct scheduling sched;  /* how it was scheduled then */
	bool traced;		  /* a debugger or strace was attached then */
	uint64_t where;		  /* apart_where() then */
	char reason[CREW_REASON]; /* why err, if it could say */
};

struct crew {
	const struct topology *topology;
	unsigned n;		 /* members */
	bool threads;		 /* members share one process */
	const unsigned *pus;	 /* [n] PU of each member; NULL = bound to `node` only */
	unsigned node;		 /* where pus is NULL */
	struct scheduling sched; /* of each member, whatever the driver inherited */
	int load_priority;	 /* of a real-time load beside them; 0 = none */
	struct apart *apart;	 /* where each belongs; NULL = all where the driver is */
	bool lock_memory;	 /* keep all pages of the members in memory, also those to come */
	uint64_t timeout_ns;	 /* the watchdog's: from the start of all to the end of all */
	/* The member's work, in its own process or thread; 0 or -errno. */
	int (*work)(struct crew *crew, unsigned member);
	/* Driver, once after the members were started: drops what only they need. May be NULL. */
	void (*started)(struct crew *crew);
	/*
	 * Driver: does what is due at `now`; returns when to be called again (ns, UINT64_MAX =
	 * never).
	 */
	uint64_t (*tick)(struct crew *crew, uint64_t now);
	const struct pollfd *watched; /* tick is called as well when this comes; NULL = none */
	int failed;		      /* set by tick: -errno that ends all, for the reason `why` */
	char why[CREW_REASON];
	void *arg;	   /* the session's own */
	uint64_t stood_ns; /* set by crew_run(): the longest that a signal had stopped members */
	uint64_t stopped_at_ns;	    /* since when one is stopped; 0 = none */
	uint64_t awake_ns;	    /* when the driver last looked */
	struct crew_shared *shared; /* set by crew_run() */
	pid_t pids[CREW_MAX];	    /* children of the driver; 0 = none or reaped */
};

/*
 * Starts the members, waits for their end, leaves `members` (n entries) as they left it. 0; the
 * first member's -errno; -ETIMEDOUT when the watchdog ended them; -ECHILD when one was killed;
 * -EINTR when a signal asked to end; -EPERM when the scheduling asked for is not allowed, or would
 * leave nobody to end it. `reason`
 * (CREW_REASON bytes) says why.
 */
int crew_run(struct crew *crew, struct crew_member *members, char *reason);

/* Member: waits until all n members have come to meeting number `meeting`. */
void crew_meet(struct crew *crew, unsigned meeting);

/* Driver: whether all have come to it. */
bool crew_met(const struct crew *crew, unsigned meeting);

/* Member: says why its work fails. Returns `err`. */
__attribute__((format(printf, 4, 5))) int crew_fail(struct crew *crew, unsigned member, int err,
						    const char *fmt, ...);

/* Member `m` as it stands now. */
struct crew_member *crew_member(struct crew *crew, unsigned m);

/*
 * Whether the kernel keeps some of the time from real-time tasks: by throttling, or by its fair
 * server.
 */
bool crew_is_throttled(const char *root);

/*
 * Real-time tasks that do not sleep have their PUs for themselves where the kernel does not
 * throttle them: one PU at least is left to the driver, whose watchdog ends the others, and to the
 * user. 0; or -EPERM with `reason` when `n` tasks of `s` on `pus` (NULL = on any) would leave none.
 */
int crew_leaves_cpu(const struct topology *t, const struct scheduling *s, const unsigned *pus,
		    unsigned n, char *reason);

#endif
