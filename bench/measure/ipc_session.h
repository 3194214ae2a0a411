/* SPDX-License-Identifier: MIT */
/* One invocation of an IPC cell: a channel, two sides, warm-up, measurement, proof of placement. */
#ifndef BENCH_MEASURE_IPC_SESSION_H
#define BENCH_MEASURE_IPC_SESSION_H

#include "bench/ipc.h"
#include "bench/machine/placement.h"
#include "bench/measure/crew.h"
#include "bench/measure/ipc_loops.h"
#include "bench/measure/peer.h"
#include "bench/measure/trial.h"
#include "bench/record/cell.h"

/* What to measure, and where. */
struct ipc_cell {
	struct cell ask;
	const struct ipc_mechanism *mechanism;
	const struct ipc_variant *variant;
	const struct ipc_mode *mode;
	const struct topology *topology;
	/*
	 * initiator and responder of each pair; the producers and the receiver; the sender and the
	 * receivers
	 */
	struct seats seats;
	bool sleeps;			 /* the initiator sleeps until the next send is due */
	int mem_node;			 /* node of shared memory; -1 = not asked for */
	uint64_t opt[BENCH_OPTIONS_MAX]; /* values of the variant's options; 0 = not given */
	bool lock_memory;		 /* keep all pages of the sides in memory */
	bool explain;			 /* keep when the slowest operations began and ended */
	const struct load *load;	 /* that runs; NULL = none */
	struct peer *peer; /* the other side was started by hand; NULL = both are ours */
	struct trial_size size;
};

/* What came of it; valid when ipc_session_run() returned 0. */
struct ipc_result {
	/* These hold histograms: most of their pages stay unused. */
	struct meter meter; /* of all pairs together */
	struct pace pace; /* fan-out: its responses end when the last receiver has read a message */
	struct histogram first; /* fan-out: likewise the first one */
	/* The driver copies these as they are. */
	struct trial trial;	 /* of the first pair; its operations are those of all pairs */
	uint64_t skew_bound_ns;	 /* fan-out: most that a stamp can be off the sender's clock */
	char notes[BENCH_NOTES]; /* effective values; see struct ipc_link */
	uint64_t setup_ns;	 /* open and the initiator's attach, of the first pair */
	uint64_t slept[2];	 /* of trial.counted_ops waits, those that slept; by side, where the
				    wait mode counts them */
	uint64_t lost;		 /* lossy: messages of a stream or round trips that never came */
	uint64_t stood_ns;	 /* the longest that a signal had stopped sides */
	struct slowest slowest;	 /* where they are asked for; of the first pair */
	double same_cpu_share;	 /* `free`: see together_share() */
	double ops_per_s;	 /* sum over the pairs */
	uint64_t pair_p50_ns[2]; /* median round trip of the fastest and the slowest pair */
	uint64_t got[CREW_MAX];	 /* fan-in: messages of each producer in the timed part */
	int node_check;		 /* memory_verify()'s word on shared memory; 1 = there is none */
	bool began;		 /* all had attached: what failed later is not the machine's lack */
	/* The driver fills these in itself. */
	unsigned members;		     /* entries of member */
	struct crew_member member[CREW_MAX]; /* as the seats */
};

/*
 * Runs `cell`. 0, or -errno with one clause in `reason` (CREW_REASON bytes): -EMSGSIZE,
 * -EOPNOTSUPP, -EPERM and the like when it cannot run here; -ETIMEDOUT, -ECHILD, -EINTR as
 * crew_run(); -EBADMSG when a message arrived wrong; -EXDEV when a side or the memory was elsewhere
 * than asked.
 */
int ipc_session_run(const struct ipc_cell *cell, struct ipc_result *result, char *reason);

/*
 * The PU of the kernel's thread that works for each member of `cell` (IPC_HELPERS) into `pus`: each
 * one that is near and neither a member's nor another's. Their number; 0 = there are none, or with
 * `free` the scheduler places them; -EOPNOTSUPP with a clause in `reason` when too few PUs are
 * left, or -ENOMEM.
 */
int ipc_place_helpers(const struct ipc_cell *cell, unsigned pus[CREW_MAX], char *reason);

/* A timer without a schedule or a gap sleeps so long (ns), as cyclictest does many times over. */
#define IPC_TIMER_NS 100000u

/* Whether sizes of a message mean anything to `v`. */
static inline bool ipc_has_payload(const struct ipc_variant *v)
{
	return !(v->flags & (IPC_FLOOR | IPC_NOTIFY));
}

static inline bool ipc_is_timer(const struct ipc_mode *mode)
{
	return mode->ops && mode->ops->arm;
}

static inline bool ipc_is_lossy(const struct ipc_mode *mode)
{
	return mode->ops && mode->ops->lossy;
}

/* HAS_* of a variant; see bench/record/cell.h. */
unsigned ipc_has(const struct ipc_mechanism *m, const struct ipc_variant *v);

/* Whether both sides are threads of one process. */
static inline bool ipc_has_threads(const struct ipc_cell *cell)
{
	return cell->ask.endpoints == ENDPOINTS_THREAD;
}

/* Whether there is anything to stream. */
static inline bool ipc_can_stream(const struct ipc_variant *v, const struct ipc_mode *mode)
{
	return !(v->flags & IPC_NOTIFY) && !ipc_is_timer(mode);
}

/*
 * Sides that `ask` is about: two of each pair, a fan-in's producers and their receiver, a fan-out's
 * sender and receivers.
 */
static inline unsigned ipc_sides(const struct cell *ask)
{
	if (ask->pattern == IPC_FAN_OUT)
		return ask->consumers + 1;
	if (ask->producers)
		return ask->producers + 1;
	return ask->pairs > 1 ? 2 * ask->pairs : 2;
}

/* Members of `cell`: its sides; one of a floor, or beside a peer. */
static inline unsigned ipc_members(const struct ipc_cell *cell)
{
	return cell->variant->flags & IPC_FLOOR || cell->peer ? 1 : ipc_sides(&cell->ask);
}

/* Whether a side shares its PU with another of its link, and so has to sleep. */
bool ipc_shares_pu(const struct ipc_cell *cell);

/*
 * Why `cell` cannot run whatever the machine does (a spinner on one PU, a message too large); 0 or
 * -errno.
 */
int ipc_session_check(const struct ipc_cell *cell, char *reason);

#endif
