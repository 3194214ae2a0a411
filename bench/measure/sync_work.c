/* SPDX-License-Identifier: MIT */
/* What each thread of a session does, by experiment. */
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "bench/base/futex.h"
#include "bench/machine/limits.h"
#include "bench/measure/sync_shared.h"

#define BURST 64 /* op: contended short operations between two looks at the phase */
_Static_assert(SYNC_STAMP_EVERY % BURST == 0, "see sync_count()");

size_t sync_object_size(const struct sync_cell *cell)
{
	const struct sync_variant *v = cell->variant;

	return sync_aligned(v->shared_size + v->item_size * cell->ask.capacity +
			    cell->ask.threads * cell->ask.stride_b);
}

/* What the cell's pause between two looks asks for: the usual loops, or those that read it. */
static const struct lock_loops *lock_of(const struct sync_cell *cell)
{
	return cell->ask.pause ? cell->variant->lock_paused : cell->variant->lock;
}

static const struct wake_loops *wake_of(const struct sync_cell *cell)
{
	return cell->ask.pause ? cell->variant->wake_paused : cell->variant->wake;
}

/* What one thread lost between the two looks at the counters; before the second, that of before. */
static void mark_lost(void *arg, bool end)
{
	struct sync_session *s = arg;
	uint64_t lost = s->shared->run[0].seen.lost;

	s->shared->result.lost = end ? lost - s->shared->result.lost : lost;
}

static int run_alone(void *arg)
{
	struct sync_session *s = arg;
	const struct sync_variant *v = s->cell->variant;
	struct sync_run *run = &s->shared->run[0];

	if (s->cell->ask.experiment == SYNC_OP)
		return v->op->alone(run);
	return s->cell->ask.readers_pct ? v->lock->alone_shared(run) : v->lock->alone(run);
}

/* Waking: thread 0's loop. */
static int run_lead(void *arg)
{
	struct sync_session *s = arg;
	const struct wake_loops *loops = wake_of(s->cell);
	struct sync_run *run = &s->shared->run[0];

	if (s->cell->ask.experiment == SYNC_BROADCAST)
		return loops->call(run);
	return s->cell->ask.experiment == SYNC_BARRIER ? loops->meet(run) : loops->ping(run);
}

/* Broadcast: its rounds, of which those of the warm-up are forgotten. */
static int run_broadcast(void *arg)
{
	struct sync_session *s = arg;
	struct sync_crowd *crowd = &s->shared->crowd;
	int err;

	histogram_clear(&crowd->first);
	histogram_clear(&crowd->last);
	atomic_store(&crowd->recording, 1);
	err = run_lead(s);
	atomic_store(&crowd->recording, 0);
	return err;
}

/* Waking: the loop of the other threads. */
static int run_follow(struct sync_session *s, struct sync_run *run)
{
	const struct wake_loops *loops = wake_of(s->cell);

	if (s->cell->ask.experiment == SYNC_BROADCAST)
		return loops->hear(run);
	return s->cell->ask.experiment == SYNC_BARRIER ? loops->come(run) : loops->pong(run);
}

void sync_describe_trial(struct crew *crew, struct sync_session *s, struct trial *t)
{
	const struct sync_cell *cell = s->cell;
	bool broadcast = cell->ask.experiment == SYNC_BROADCAST;

	t->arg = s;
	t->mark = mark_lost;
	t->meter = &s->shared->run[0].meter;
	t->size = cell->size;
	t->size.cap = !cell->size.iterations;
	t->loop = broadcast ? run_broadcast : sync_wakes(cell) ? run_lead : run_alone;
	t->warm = broadcast ? run_lead : NULL;
	t->in_halves = cell->ask.experiment == SYNC_HANDOFF;
	for (unsigned m = 0; m < crew->n && m < NOISE_TASKS_MAX; m++) {
		t->tasks[m] =
			(struct noise_task){crew_member(crew, m)->pid, crew_member(crew, m)->tid,
					    cell->variant->flags & SYNC_FORKS, false};
		t->n_tasks = m + 1;
	}
	for (unsigned m = 0; m < crew->n && t->n_pus < NOISE_PUS_MAX; m++) {
		unsigned known = 0;

		while (known < t->n_pus && t->pus[known] != cell->seats.pu[m])
			known++;
		if (known == t->n_pus)
			t->pus[t->n_pus++] = cell->seats.pu[m];
	}
	trial_beside(t, cell->load);
}

/* glibc leaves out the atomic while a process has one thread: this one sleeps and makes it two. */
static void *parked(void *arg)
{
	_Atomic uint32_t *go = arg;

	while (!atomic_load(go))
		futex_wait(go, 0);
	return NULL;
}

static int work_alone(struct crew *crew, struct sync_session *s)
{
	_Atomic uint32_t go = 0;
	pthread_t second;
	int err;

	if (pthread_create(&second, NULL, parked, &go))
		return -EAGAIN;
	sync_describe_trial(crew, s, &s->shared->result.trial);
	err = trial_run(&s->shared->result.trial);
	atomic_store(&go, 1);
	futex_wake(&go, 1);
	pthread_join(second, NULL);
	return err;
}

/* How far the clocks of the others' PUs can be from that of thread 0's. */
static void compare_clocks(struct sync_session *s, unsigned member)
{
	const struct sync_cell *cell = s->cell;
	uint64_t bound_ns =
		clock_compare(s->shared->line, cell->seats.pu, cell->ask.threads, member);

	if (!member)
		s->shared->result.skew_bound_ns = bound_ns;
}

/* Thread 0 holds the clock; its last round carries the end. */
static int work_waking(struct crew *crew, struct sync_session *s, unsigned member)
{
	struct sync_run *run = &s->shared->run[member];
	int err;

	if (s->cell->ask.experiment == SYNC_BROADCAST)
		compare_clocks(s, member);
	if (s->cell->ask.experiment == SYNC_BROADCAST && !member) {
		histogram_clear(&s->shared->crowd.first); /* faults now, not in the timed part */
		histogram_clear(&s->shared->crowd.last);
	}
	if (member)
		return run_follow(s, run);
	sync_describe_trial(crew, s, &s->shared->result.trial);
	err = trial_run(&s->shared->result.trial);
	meter_copy(&s->shared->result.meter, &run->meter);
	if (err)
		return err;
	atomic_store(&s->shared->control.limit, run->count + 1);
	meter_start(&run->meter, 1, 1, UINT64_MAX);
	return run_lead(s);
}

/* One thread is timed, the others keep at their work until it has ended. */
static int work_beside(struct crew *crew, struct sync_session *s, struct sync_run *run)
{
	int err;

	if (run->me)
		return s->cell->variant->op->partner(run);
	sync_describe_trial(crew, s, &s->shared->result.trial);
	err = trial_run(&s->shared->result.trial);
	atomic_store(&s->shared->control.phase, PHASE_STOP);
	return err;
}

static int work_queue(const struct sync_cell *cell, struct sync_run *run)
{
	const struct queue_loops *loops = cell->variant->queue;

	if (run->me < cell->ask.producers)
		return cell->ask.every_ns ? loops->produce_paced(run) : loops->produce(run);
	return cell->ask.every_ns ? loops->consume_paced(run) : loops->consume(run);
}

static int work_phases(const struct sync_cell *cell, struct sync_run *run)
{
	switch (cell->ask.experiment) {
	case SYNC_CONTENDED:
		return lock_of(cell)->contend(run);
	case SYNC_READERS:
		return lock_of(cell)->readers(run);
	case SYNC_QUEUE:
		return work_queue(cell, run);
	default:
		return cell->variant->op->contend(run);
	}
}

/* Queue: who thinks, and when items are due. */
static void prepare_queue(const struct sync_cell *cell, struct sync_run *run)
{
	bool consumes = run->me >= cell->ask.producers;

	run->producers = cell->ask.producers;
	run->consumers = cell->ask.threads - cell->ask.producers;
	run->capacity = cell->ask.capacity;
	if (consumes != (cell->ask.fill == FILL_FULL) || cell->ask.every_ns)
		run->think_ns = 0;
	run->pace = (struct pace){.every_ns = cell->ask.every_ns, .sleeps = run->shares_pu};
	pace_start(&run->pace, 0);
}

/* What every thread is told of the cell; its part of the object lies behind the shared one. */
static void prepare_run(struct sync_session *s, unsigned member)
{
	const struct sync_cell *cell = s->cell;
	size_t local = sync_object_size(cell) + member * sync_aligned(cell->variant->local_size);
	struct sync_run *run = &s->shared->run[member];

	/* Touches its pages before the timed part; those of `pace` may stay unused. */
	memset(run, 0, offsetof(struct sync_run, pace));
	run->shared = s->object + member * cell->ask.stride_b;
	run->local = s->object + local;
	run->control = &s->shared->control;
	run->guarded = s->shared->guarded;
	run->crowd = &s->shared->crowd;
	run->me = member;
	run->threads = cell->ask.threads;
	run->shares_pu = sync_shares_pu(cell, member);
	run->gap_ns = cell->ask.gap_ns;
	run->burst = cell->variant->instruction ? BURST : 1;
	run->permits = cell->ask.permits;
	run->lines = cell->ask.lines;
	run->readers_pct = cell->ask.readers_pct;
	run->critical_ns = cell->ask.critical_ns;
	run->think_ns = cell->ask.think_ns;
	run->stride = cell->size.stride;
	run->random = 0x9e3779b97f4a7c15u * (member + 1);
	meter_start(&run->meter, 0, 1, 0);
	histogram_clear(&run->reads);
	if (cell->ask.experiment == SYNC_QUEUE)
		prepare_queue(cell, run);
}

struct sync_setup sync_setup_of(const struct sync_cell *cell, char *notes, char *why)
{
	struct sync_setup setup = {
		.variant = cell->variant,
		.threads = cell->ask.threads,
		.permits = cell->ask.permits,
		.capacity = cell->ask.capacity,
		.processes = (cell->ask.endpoints == ENDPOINTS_PROCESS),
		.notes = notes,
		.why = why,
	};

	memcpy(setup.opt, cell->opt, sizeof(setup.opt));
	return setup;
}

static int attach(struct crew *crew, struct sync_session *s, unsigned member)
{
	const struct sync_variant *v = s->cell->variant;
	const struct sync_run *run = &s->shared->run[member];
	char why[BENCH_NOTES] = "";
	struct sync_setup setup = sync_setup_of(s->cell, NULL, why);
	int err = v->attach ? v->attach(run->shared, run->local, &setup) : 0;

	return err ? crew_fail(crew, member, err, "attach: %s", *why ? why : limits_explain(err))
		   : 0;
}

/* What -EBADMSG of a loop means. */
static const char *bad_message(enum sync_experiment experiment)
{
	if (experiment == SYNC_CONTENDED)
		return "more threads inside than there are permits";
	if (sync_serves(experiment))
		return "two threads were let in at once";
	if (experiment == SYNC_BROADCAST)
		return "a thread was awake before the call";
	return experiment == SYNC_READERS ? "a reader saw a half-done write"
					  : "an item came twice or out of order";
}

int sync_work(struct crew *crew, unsigned member)
{
	struct sync_session *s = crew->arg;
	const struct sync_cell *cell = s->cell;
	struct sync_run *run = &s->shared->run[member];
	int err;

	prepare_run(s, member);
	err = attach(crew, s, member);
	if (!err && sync_serves(cell->ask.experiment))
		err = served_prepare(crew, s, member);
	if (err)
		return err;
	if (cell->ask.every_ns) {
		crew_meet(crew, MEET_PLACED);
		compare_clocks(s, member);
	}
	crew_meet(crew, MEET_READY);
	atomic_store(&s->shared->result.began, true); /* by all of them */
	if (sync_runs_for_a_time(cell))
		err = work_phases(cell, run);
	else if (sync_wakes(cell))
		err = work_waking(crew, s, member);
	else if (sync_serves(cell->ask.experiment))
		err = served_work(crew, s, member);
	else if (cell->ask.experiment == SYNC_INVERSION)
		err = inversion_work(crew, s, member);
	else if (cell->ask.threads > 1)
		err = work_beside(crew, s, run);
	else
		err = work_alone(crew, s);
	if (cell->variant->detach)
		cell->variant->detach(run->shared, run->local);
	if (err == -EBADMSG)
		return crew_fail(crew, member, err, "%s", bad_message(cell->ask.experiment));
	if (err && !*crew_member(crew, member)->reason)
		crew_fail(crew, member, err, "thread %u: %s", member, limits_explain(err));
	return err;
}
