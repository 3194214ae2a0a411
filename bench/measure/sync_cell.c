/* SPDX-License-Identifier: MIT */
/* What a cell is by itself: experiments and their names, and what makes no sense. */
#include <errno.h>
#include <stdio.h>

#include "bench/measure/sync_shared.h"

static bool can_wake(const struct wake_ops *ops, enum sync_experiment experiment)
{
	if (experiment == SYNC_HANDOFF)
		return ops->notify;
	return (experiment == SYNC_BROADCAST && ops->notify_all) || ops->meet;
}

bool sync_can(const struct sync_variant *v, enum sync_experiment experiment)
{
	switch (experiment) {
	case SYNC_UNCONTENDED:
	case SYNC_CONTENDED:
		return v->lock && v->lock->contend;
	case SYNC_READERS:
		return v->lock && v->lock->readers;
	case SYNC_HANDOFF:
	case SYNC_BROADCAST:
	case SYNC_BARRIER:
		return v->wake && can_wake(v->wake->ops, experiment);
	case SYNC_QUEUE:
		return v->queue;
	case SYNC_OP:
		return v->op;
	case SYNC_INVERSION:
		if (!v->lock || !v->lock->contend)
			return false;
		/* fall through */
	case SYNC_ORDER:
	case SYNC_HERD:
		return v->lock && !(v->flags & (SYNC_SPINS | SYNC_FLOOR)) && !v->lock->ops->copy;
	default:
		return false;
	}
}

bool sync_has_sides(const struct sync_variant *v)
{
	return v->lock && v->lock->alone_shared;
}

unsigned sync_has(const struct sync_variant *v)
{
	return HAS_MEMORY | (sync_has_sides(v) ? HAS_SIDES : 0) |
	       (v->flags & SYNC_COUNTS ? HAS_PERMITS : 0) | (v->flags & SYNC_WORD ? HAS_WORD : 0);
}

unsigned sync_use(const struct sync_variant *v)
{
	unsigned use = 0;

	for (unsigned e = 0; e < SYNC_EXPERIMENTS; e++)
		use |= sync_can(v, e) ? USE_EXPERIMENT(e) : 0;
	return use;
}

bool sync_is_locking(enum sync_experiment experiment)
{
	return experiment == SYNC_CONTENDED || experiment == SYNC_READERS;
}

bool sync_shares_pu(const struct sync_cell *cell, unsigned thread)
{
	for (unsigned i = 0; i < cell->ask.threads; i++)
		if (i != thread && cell->seats.pu[i] == cell->seats.pu[thread])
			return true;
	return false;
}

bool sync_oversubscribed(const struct sync_cell *cell)
{
	for (unsigned i = 0; i < cell->ask.threads; i++)
		if (sync_shares_pu(cell, i))
			return true;
	return false;
}

bool sync_wakes(const struct sync_cell *cell)
{
	return cell->ask.experiment == SYNC_HANDOFF || cell->ask.experiment == SYNC_BROADCAST ||
	       cell->ask.experiment == SYNC_BARRIER;
}

bool sync_runs_for_a_time(const struct sync_cell *cell)
{
	if (cell->ask.experiment == SYNC_OP)
		return cell->ask.threads > 1 && !cell->variant->op->partner;
	return sync_is_locking(cell->ask.experiment) || cell->ask.experiment == SYNC_QUEUE;
}

bool sync_serves(enum sync_experiment experiment)
{
	return experiment == SYNC_ORDER || experiment == SYNC_HERD;
}

bool sync_both_ways(const struct sync_cell *cell)
{
	return cell->ask.experiment == SYNC_QUEUE && cell->ask.every_ns && cell->ask.threads == 2 &&
	       cell->seats.pu[0] != cell->seats.pu[1];
}

/*
 * Another pause between two looks than the usual one: of what spins in a loop of ours, if the
 * processor has it.
 */
static const char *check_pause(const struct sync_cell *cell)
{
	const struct sync_variant *v = cell->variant;

	if (!cell->ask.pause)
		return NULL;
	if (sync_wakes(cell) ? !v->wake_paused : !v->lock_paused)
		return "does not wait in a spin that --pause could change";
	return pause_missing(cell->ask.pause);
}

/* What a lock cannot do whatever the machine is; NULL = it can. */
static const char *check_lock(const struct sync_cell *cell)
{
	const struct sync_variant *v = cell->variant;

	if (cell->ask.permits > 1 && !(v->flags & SYNC_COUNTS))
		return "lets one in at a time: --permits is for counting semaphores";
	if (cell->ask.permits > 1 && cell->ask.lines > 1)
		return "with several permits nothing protects lines: leave one of the two out";
	if (cell->ask.experiment == SYNC_UNCONTENDED && cell->ask.readers_pct && !sync_has_sides(v))
		return "has no side for readers";
	if (cell->ask.sched.policy == SCHED_FIFO && v->flags & SYNC_SPINS &&
	    sync_oversubscribed(cell))
		return "a spinning waiter of class fifo would keep the owner off their CPU forever";
	return NULL;
}

/* Likewise of the three threads of an inversion. */
static const char *check_inversion(const struct sync_cell *cell)
{
	if (cell->ask.threads != INVERSION_THREADS)
		return "has three threads: leave --threads out";
	for (unsigned i = 1; i < INVERSION_THREADS; i++)
		if (cell->seats.pu[i] != cell->seats.pu[0])
			return "its three threads share one CPU: --placement=same-pu, or one of "
			       "--cpus";
	return cell->ask.sched.policy == SCHED_OTHER
		       ? NULL
		       : "gives its threads priorities of class fifo itself: leave --sched out";
}

/* Likewise of the threads of a queue or a single operation. */
static const char *check_threads(const struct sync_cell *cell)
{
	unsigned flags = cell->variant->flags;

	if (cell->ask.experiment == SYNC_QUEUE) {
		if (flags & SYNC_SPSC && (cell->ask.producers != 1 || cell->ask.threads != 2))
			return "this queue is for one producer and one consumer";
		return NULL;
	}
	if (flags & SYNC_SINGLE && cell->ask.threads > 1)
		return "this operation is for one thread at a time";
	if (flags & SYNC_PAIR && cell->ask.threads != 2)
		return "this operation needs two threads: one is timed and one works beside it";
	if (cell->ask.stride_b && !(flags & SYNC_WORD))
		return "has no word of which each thread could have its own: leave --stride out";
	return NULL;
}

int sync_session_check(const struct sync_cell *cell, char *reason)
{
	const struct sync_variant *v = cell->variant;
	const char *wrong = NULL;

	if (cell->mechanism->missing)
		wrong = cell->mechanism->missing;
	else if (!sync_can(v, cell->ask.experiment))
		wrong = "this primitive has no such experiment";
	else if ((cell->ask.endpoints == ENDPOINTS_PROCESS) && v->flags & SYNC_PRIVATE)
		wrong = "works between threads of one process only";
	else if (cell->ask.endpoints == ENDPOINTS_THREAD && cell->ask.threads > 1 &&
		 v->flags & SYNC_PROCESSES_ONLY)
		wrong = "does not keep threads of one process apart: --endpoints=process";
	else if (cell->ask.apart.kind && cell->ask.endpoints == ENDPOINTS_THREAD)
		wrong = "--apart keeps processes apart: add --endpoints=process";
	else if (cell->ask.apart.kind == APART_NET || cell->ask.apart.kind == APART_IPC ||
		 cell->ask.apart.kind == APART_PID)
		wrong = "--apart=net, ipc and pid are for IPC: a lock knows its owner by thread "
			"or key";
	else if (cell->ask.experiment == SYNC_HANDOFF && v->flags & SYNC_ONE_PU &&
		 cell->seats.pu[0] != cell->seats.pu[1])
		wrong = "is between two on one CPU: --placement=same-pu";
	else if (sync_is_locking(cell->ask.experiment) || cell->ask.experiment == SYNC_UNCONTENDED)
		wrong = check_lock(cell);
	else if (cell->ask.experiment == SYNC_QUEUE || cell->ask.experiment == SYNC_OP)
		wrong = check_threads(cell);
	else if (cell->ask.experiment == SYNC_INVERSION)
		wrong = check_inversion(cell);
	if (!wrong)
		wrong = check_pause(cell);
	if (wrong) {
		snprintf(reason, CREW_REASON, "%s", wrong);
		return -EOPNOTSUPP;
	}
	if (sync_wakes(cell) && v->flags & SYNC_SPINS && sync_oversubscribed(cell)) {
		snprintf(reason, CREW_REASON,
			 "a side that spins on the CPU of another would livelock");
		return -EDEADLK;
	}
	return 0;
}
