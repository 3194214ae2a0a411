/* SPDX-License-Identifier: MIT */
/* The threads of a synchronization measurement from init to destroy. */
#include "bench/measure/sync_session.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/measure/futex.h"

enum { MEET_PLACED, MEET_READY };

#define POLL_NS 200000u /* how often the driver looks whether all have arrived */
#define BURST 64	/* op: contended short operations between two looks at the phase */
#define SAMPLE_PART 4	/* locks: the window of samples is so many times shorter than the other */
#define SAMPLE_EVERY 16 /* locks: in it each so-manyth turn is timed ... */
#define SAMPLE_ALL_NS 2000u /* ... or all, where a turn is so long that two stamps are 2 % of it */

/* Memory that driver and threads share; the object and the local parts follow, each
 * BENCH_ALIGN-aligned. */
struct shared {
	struct sync_control control;
	struct sync_guarded guarded[2];
	struct sync_crowd crowd;
	struct clock_line line[CREW_MAX]; /* broadcast: compares a thread's clock to thread 0's */
	struct sync_result result;
	alignas(BENCH_ALIGN) struct sync_run run[CREW_MAX];
};

/* Each process has its own copy, from before the fork. */
struct session {
	const struct sync_cell *cell;
	struct shared *shared;
	uint8_t *object;    /* variant's shared part, then the local ones */
	size_t object_size; /* bytes of all of it */
	uint64_t phase_ns;  /* driver: when the present phase began */
};

static size_t aligned(size_t n)
{
	return (n + BENCH_ALIGN - 1) / BENCH_ALIGN * BENCH_ALIGN;
}

/* The variant's shared part with what the cell adds to it. */
static size_t shared_size(const struct sync_cell *cell)
{
	const struct sync_variant *v = cell->variant;

	return aligned(v->shared_size + v->item_size * cell->capacity +
		       cell->threads * cell->stride_b);
}

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
		return v->lock;
	case SYNC_READERS:
		return v->lock && v->lock->readers;
	case SYNC_HANDOFF:
	case SYNC_BROADCAST:
	case SYNC_MEET:
		return v->wake && can_wake(v->wake->ops, experiment);
	case SYNC_QUEUE:
		return v->queue;
	case SYNC_OP:
		return v->op;
	default:
		return false;
	}
}

const char *sync_experiment_name(enum sync_experiment experiment)
{
	static const char *const names[] = {
		[SYNC_UNCONTENDED] = "uncontended",
		[SYNC_CONTENDED] = "contended",
		[SYNC_READERS] = "readers",
		[SYNC_HANDOFF] = "handoff",
		[SYNC_QUEUE] = "queue",
		[SYNC_OP] = "op",
		[SYNC_BROADCAST] = "broadcast",
		[SYNC_MEET] = "meet",
	};

	return names[experiment];
}

bool sync_is_locking(enum sync_experiment experiment)
{
	return experiment == SYNC_CONTENDED || experiment == SYNC_READERS;
}

static bool shares_pu(const struct sync_cell *cell, unsigned thread)
{
	for (unsigned i = 0; i < cell->threads; i++)
		if (i != thread && cell->pus[i] == cell->pus[thread])
			return true;
	return false;
}

bool sync_oversubscribed(const struct sync_cell *cell)
{
	for (unsigned i = 0; i < cell->threads; i++)
		if (shares_pu(cell, i))
			return true;
	return false;
}

bool sync_wakes(const struct sync_cell *cell)
{
	return cell->experiment == SYNC_HANDOFF || cell->experiment == SYNC_BROADCAST ||
	       cell->experiment == SYNC_MEET;
}

bool sync_runs_for_a_time(const struct sync_cell *cell)
{
	if (cell->experiment == SYNC_OP)
		return cell->threads > 1 && !cell->variant->op->partner;
	return sync_is_locking(cell->experiment) || cell->experiment == SYNC_QUEUE;
}

bool sync_overloaded(const struct sync_cell *cell, const struct sync_result *result)
{
	double moved[2] = {0, 0}, planned;

	if (cell->experiment != SYNC_QUEUE || !cell->every_ns)
		return false;
	planned = (double)result->window_ns / (double)cell->every_ns * cell->producers;
	for (unsigned m = 0; m < cell->threads; m++)
		moved[m >= cell->producers] += (double)result->seen[m].turns[PHASE_MEASURE];
	/* an item more or less at the ends of the window is no lateness */
	return fmin(moved[0], moved[1]) + 2 * cell->producers < planned * 0.99;
}

/* What one thread lost between the two looks at the counters; before the second, that of before. */
static void mark_lost(void *arg, bool end)
{
	struct session *s = arg;
	uint64_t lost = s->shared->run[0].seen.lost;

	s->shared->result.lost = end ? lost - s->shared->result.lost : lost;
}

static int run_alone(void *arg)
{
	struct session *s = arg;
	const struct sync_variant *v = s->cell->variant;
	struct sync_run *run = &s->shared->run[0];

	if (s->cell->experiment == SYNC_OP)
		return v->op->alone(run);
	return s->cell->readers_pct ? v->lock->alone_shared(run) : v->lock->alone(run);
}

/* Waking: thread 0's loop. */
static int run_lead(void *arg)
{
	struct session *s = arg;
	const struct wake_loops *loops = s->cell->variant->wake;
	struct sync_run *run = &s->shared->run[0];

	if (s->cell->experiment == SYNC_BROADCAST)
		return loops->call(run);
	return s->cell->experiment == SYNC_MEET ? loops->meet(run) : loops->ping(run);
}

/* Broadcast: its rounds, of which those of the warm-up are forgotten. */
static int run_broadcast(void *arg)
{
	struct session *s = arg;
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
static int run_follow(struct session *s, struct sync_run *run)
{
	const struct wake_loops *loops = s->cell->variant->wake;

	if (s->cell->experiment == SYNC_BROADCAST)
		return loops->hear(run);
	return s->cell->experiment == SYNC_MEET ? loops->come(run) : loops->pong(run);
}

static void describe_trial(struct crew *crew, struct session *s, struct trial *t)
{
	const struct sync_cell *cell = s->cell;
	bool broadcast = cell->experiment == SYNC_BROADCAST;

	t->arg = s;
	t->mark = mark_lost;
	t->meter = &s->shared->run[0].meter;
	t->size = cell->size;
	t->size.cap = !cell->size.iterations;
	t->loop = broadcast ? run_broadcast : sync_wakes(cell) ? run_lead : run_alone;
	t->warm = broadcast ? run_lead : NULL;
	for (unsigned m = 0; m < crew->n && m < NOISE_TASKS_MAX; m++) {
		t->tasks[m] =
			(struct noise_task){crew_member(crew, m)->pid, crew_member(crew, m)->tid};
		t->n_tasks = m + 1;
	}
	for (unsigned m = 0; m < crew->n && t->n_pus < NOISE_PUS_MAX; m++) {
		unsigned known = 0;

		while (known < t->n_pus && t->pus[known] != cell->pus[m])
			known++;
		if (known == t->n_pus)
			t->pus[t->n_pus++] = cell->pus[m];
	}
}

/* glibc leaves out the atomic while a process has one thread: this one sleeps and makes it two. */
static void *parked(void *arg)
{
	_Atomic uint32_t *go = arg;

	while (!atomic_load(go))
		futex_wait(go, 0);
	return NULL;
}

static int work_alone(struct crew *crew, struct session *s)
{
	_Atomic uint32_t go = 0;
	pthread_t second;
	int err;

	if (pthread_create(&second, NULL, parked, &go))
		return -EAGAIN;
	describe_trial(crew, s, &s->shared->result.trial);
	err = trial_run(&s->shared->result.trial);
	atomic_store(&go, 1);
	futex_wake(&go, 1);
	pthread_join(second, NULL);
	return err;
}

/* How far the clocks of the others' PUs can be from that of thread 0's. */
static void compare_clocks(struct session *s, unsigned member)
{
	const struct sync_cell *cell = s->cell;
	uint64_t *bound_ns = &s->shared->result.skew_bound_ns;

	if (member && cell->pus[member] != cell->pus[0])
		clock_answer(&s->shared->line[member]);
	for (unsigned m = 1; !member && m < cell->threads; m++) {
		struct clock_skew skew = {0, 0};

		if (cell->pus[m] != cell->pus[0])
			clock_ask(&s->shared->line[m], &skew);
		if (clock_skew_bound_ns(&skew) > *bound_ns)
			*bound_ns = clock_skew_bound_ns(&skew);
	}
}

/* Thread 0 holds the clock; its last round carries the end. */
static int work_waking(struct crew *crew, struct session *s, unsigned member)
{
	struct sync_run *run = &s->shared->run[member];
	int err;

	if (s->cell->experiment == SYNC_BROADCAST)
		compare_clocks(s, member);
	if (s->cell->experiment == SYNC_BROADCAST && !member) {
		histogram_clear(&s->shared->crowd.first); /* faults now, not in the timed part */
		histogram_clear(&s->shared->crowd.last);
	}
	if (member)
		return run_follow(s, run);
	describe_trial(crew, s, &s->shared->result.trial);
	err = trial_run(&s->shared->result.trial);
	s->shared->result.meter = run->meter;
	if (err)
		return err;
	atomic_store(&s->shared->control.limit, run->count + 1);
	meter_start(&run->meter, 1, 1, UINT64_MAX);
	return run_lead(s);
}

/* One thread is timed, the others keep at their work until it has ended. */
static int work_beside(struct crew *crew, struct session *s, struct sync_run *run)
{
	int err;

	if (run->me)
		return s->cell->variant->op->partner(run);
	describe_trial(crew, s, &s->shared->result.trial);
	err = trial_run(&s->shared->result.trial);
	atomic_store(&s->shared->control.phase, PHASE_STOP);
	return err;
}

static int work_queue(const struct sync_cell *cell, struct sync_run *run)
{
	const struct queue_loops *loops = cell->variant->queue;

	if (run->me < cell->producers)
		return cell->every_ns ? loops->produce_paced(run) : loops->produce(run);
	return cell->every_ns ? loops->consume_paced(run) : loops->consume(run);
}

static int work_phases(const struct sync_cell *cell, struct sync_run *run)
{
	switch (cell->experiment) {
	case SYNC_CONTENDED:
		return cell->variant->lock->contend(run);
	case SYNC_READERS:
		return cell->variant->lock->readers(run);
	case SYNC_QUEUE:
		return work_queue(cell, run);
	default:
		return cell->variant->op->contend(run);
	}
}

/* Queue: who thinks, and when items are due. */
static void prepare_queue(const struct sync_cell *cell, struct sync_run *run)
{
	bool consumes = run->me >= cell->producers;

	run->producers = cell->producers;
	run->consumers = cell->threads - cell->producers;
	if (consumes != cell->full || cell->every_ns)
		run->think_ns = 0;
	run->pace = (struct pace){.every_ns = cell->every_ns, .sleeps = run->shares_pu};
	pace_start(&run->pace, 0, 1);
}

/* What every thread is told of the cell; its part of the object lies behind the shared one. */
static void prepare_run(struct session *s, unsigned member)
{
	const struct sync_cell *cell = s->cell;
	size_t local = shared_size(cell) + member * aligned(cell->variant->local_size);

	s->shared->run[member] = (struct sync_run){
		.shared = s->object + member * cell->stride_b,
		.local = s->object + local,
		.control = &s->shared->control,
		.guarded = s->shared->guarded,
		.crowd = &s->shared->crowd,
		.me = member,
		.threads = cell->threads,
		.shares_pu = shares_pu(cell, member),
		.gap_ns = cell->gap_ns,
		.burst = cell->variant->instruction ? BURST : 1,
		.permits = cell->permits,
		.lines = cell->lines,
		.readers_pct = cell->readers_pct,
		.critical_ns = cell->critical_ns,
		.think_ns = cell->think_ns,
		.stride = cell->size.stride,
		.random = 0x9e3779b97f4a7c15u * (member + 1),
	};
	meter_start(&s->shared->run[member].meter, 0, 1, 0);
	histogram_clear(&s->shared->run[member].reads);
	if (cell->experiment == SYNC_QUEUE)
		prepare_queue(cell, &s->shared->run[member]);
}

static struct sync_setup setup_of(const struct sync_cell *cell, char *notes, char *why)
{
	struct sync_setup setup = {
		.variant = cell->variant,
		.threads = cell->threads,
		.permits = cell->permits,
		.capacity = cell->capacity,
		.processes = cell->processes,
		.notes = notes,
		.why = why,
	};

	memcpy(setup.opt, cell->opt, sizeof(setup.opt));
	return setup;
}

static int attach(struct crew *crew, struct session *s, unsigned member)
{
	const struct sync_variant *v = s->cell->variant;
	const struct sync_run *run = &s->shared->run[member];
	char why[BENCH_NOTES] = "";
	struct sync_setup setup = setup_of(s->cell, NULL, why);
	int err = v->attach ? v->attach(run->shared, run->local, &setup) : 0;

	return err ? crew_fail(crew, member, err, "attach: %s", *why ? why : strerror(-err)) : 0;
}

/* What -EBADMSG of a loop means. */
static const char *bad_message(enum sync_experiment experiment)
{
	if (experiment == SYNC_CONTENDED)
		return "more threads inside than there are permits";
	if (experiment == SYNC_BROADCAST)
		return "a thread was awake before the call";
	return experiment == SYNC_READERS ? "a reader saw a half-done write"
					  : "an item came twice or out of order";
}

static int work(struct crew *crew, unsigned member)
{
	struct session *s = crew->arg;
	const struct sync_cell *cell = s->cell;
	struct sync_run *run = &s->shared->run[member];
	int err;

	prepare_run(s, member);
	err = attach(crew, s, member);
	if (err)
		return err;
	if (cell->every_ns) {
		crew_meet(crew, MEET_PLACED);
		compare_clocks(s, member);
	}
	crew_meet(crew, MEET_READY);
	atomic_store(&s->shared->result.began, true); /* by all of them */
	if (sync_runs_for_a_time(cell))
		err = work_phases(cell, run);
	else if (sync_wakes(cell))
		err = work_waking(crew, s, member);
	else if (cell->threads > 1)
		err = work_beside(crew, s, run);
	else
		err = work_alone(crew, s);
	if (cell->variant->detach)
		cell->variant->detach(run->shared, run->local);
	if (err == -EBADMSG)
		return crew_fail(crew, member, err, "%s", bad_message(cell->experiment));
	return err ? crew_fail(crew, member, err, "thread %u: %s", member, strerror(-err)) : 0;
}

static void set_phase(struct session *s, enum sync_phase phase, uint64_t now)
{
	s->phase_ns = now;
	atomic_store_explicit(&s->shared->control.phase, phase, memory_order_release);
}

/*
 * Moves the phases. The counters are read inside the window, so that its threads are still alive;
 * what they cost is taken per length of the snapshots, not of the window.
 */
static uint64_t tick(struct crew *crew, uint64_t now)
{
	struct session *s = crew->arg;
	struct sync_result *r = &s->shared->result;
	struct trial *t = &r->trial;
	uint64_t warm = s->cell->size.warm_ns ? s->cell->size.warm_ns : TRIAL_WARM_NS;
	uint64_t length[] = {0, warm, s->cell->size.duration_ns,
			     s->cell->size.duration_ns / SAMPLE_PART, 0};
	unsigned phase = atomic_load(&s->shared->control.phase);
	bool samples = sync_is_locking(s->cell->experiment);

	if (phase == PHASE_STOP)
		return UINT64_MAX;
	if (phase == PHASE_IDLE) {
		if (!crew_met(crew, MEET_READY))
			return now + POLL_NS;
		describe_trial(crew, s, t);
		set_phase(s, PHASE_WARM, now);
	} else if (now >= s->phase_ns + length[phase] && phase == PHASE_WARM) {
		noise_read(&t->begin, t->tasks, t->n_tasks, t->pus, t->n_pus);
		set_phase(s, PHASE_MEASURE, clock_now_ns());
		r->window_ns = s->phase_ns;
	} else if (now >= s->phase_ns + length[phase] && phase == PHASE_MEASURE) {
		noise_read(&t->end, t->tasks, t->n_tasks, t->pus, t->n_pus);
		set_phase(s, samples ? PHASE_SAMPLE : PHASE_STOP, clock_now_ns());
		r->window_ns = s->phase_ns - r->window_ns;
	} else if (now >= s->phase_ns + length[phase]) {
		set_phase(s, PHASE_STOP, now);
	}
	if (atomic_load(&s->shared->control.phase) == PHASE_STOP)
		return UINT64_MAX;
	return s->phase_ns + length[atomic_load(&s->shared->control.phase)];
}

/* What a lock cannot do whatever the machine is; NULL = it can. */
static const char *check_lock(const struct sync_cell *cell)
{
	const struct sync_variant *v = cell->variant;

	if (cell->permits > 1 && !(v->flags & SYNC_COUNTS))
		return "lets one in at a time: --permits is for counting semaphores";
	if (cell->permits > 1 && cell->lines > 1)
		return "with several permits nothing protects lines: leave one of the two out";
	if (cell->experiment == SYNC_UNCONTENDED && cell->readers_pct && !v->lock->alone_shared)
		return "has no side for readers";
	if (cell->sched.policy == SCHED_FIFO && v->flags & SYNC_SPINS && sync_oversubscribed(cell))
		return "a spinning waiter of class fifo would keep the owner off their PU forever";
	return NULL;
}

/* Likewise of the threads of a queue or a single operation. */
static const char *check_threads(const struct sync_cell *cell)
{
	unsigned flags = cell->variant->flags;

	if (cell->experiment == SYNC_QUEUE) {
		if (flags & SYNC_SPSC && (cell->producers != 1 || cell->threads != 2))
			return "this queue is for one producer and one consumer";
		return NULL;
	}
	if (flags & SYNC_SINGLE && cell->threads > 1)
		return "this operation is for one thread at a time";
	if (flags & SYNC_PAIR && cell->threads != 2)
		return "this operation needs two threads: one is timed and one works beside it";
	if (cell->stride_b && !(flags & SYNC_WORD))
		return "has no word of which each thread could have its own: leave --stride out";
	return NULL;
}

int sync_session_check(const struct sync_cell *cell, char *reason)
{
	const struct sync_variant *v = cell->variant;
	const char *wrong = NULL;

	if (cell->mechanism->missing)
		wrong = cell->mechanism->missing;
	else if (!sync_can(v, cell->experiment))
		wrong = "this primitive has no such experiment";
	else if (cell->processes && v->flags & SYNC_PRIVATE)
		wrong = "works between threads of one process only";
	else if (!cell->processes && cell->threads > 1 && v->flags & SYNC_APART)
		wrong = "does not keep threads of one process apart: --endpoints=process";
	else if (cell->experiment == SYNC_HANDOFF && v->flags & SYNC_ONE_PU &&
		 cell->pus[0] != cell->pus[1])
		wrong = "is between two on one PU: --placement=same-pu";
	else if (sync_is_locking(cell->experiment) || cell->experiment == SYNC_UNCONTENDED)
		wrong = check_lock(cell);
	else if (cell->experiment == SYNC_QUEUE || cell->experiment == SYNC_OP)
		wrong = check_threads(cell);
	if (wrong) {
		snprintf(reason, CREW_REASON, "%s", wrong);
		return -EOPNOTSUPP;
	}
	if (sync_wakes(cell) && v->flags & SYNC_SPINS && sync_oversubscribed(cell)) {
		snprintf(reason, CREW_REASON,
			 "a side that spins on the PU of another would livelock");
		return -EDEADLK;
	}
	return 0;
}

/* Every turn that wrote was counted by each protected line, in its newer copy. */
static int judge_lines(const struct session *s, uint64_t writes, char *reason)
{
	const struct sync_line *one = s->shared->guarded[0].line, *two = s->shared->guarded[1].line;
	const struct sync_line *line = one->first > two->first ? one : two;

	if (s->cell->variant->flags & SYNC_FLOOR || s->cell->permits > 1)
		return 0;
	for (unsigned i = 0; i < s->cell->lines; i++) {
		if (line[i].first == writes && line[i].last == writes)
			continue;
		snprintf(reason, CREW_REASON,
			 "lock let two in: %llu entries; line %u counted %llu under it",
			 (unsigned long long)writes, i, (unsigned long long)line[i].first);
		return -EBADMSG;
	}
	return 0;
}

/* Sums over the threads: every entry was counted by the lock's own lines, every item came out once.
 */
static int judge_counts(struct session *s, char *reason)
{
	const struct sync_cell *cell = s->cell;
	uint64_t turns[2] = {0, 0}, sum[2] = {0, 0}, reads = 0;

	for (unsigned m = 0; m < cell->threads; m++) {
		const struct sync_counts *seen = &s->shared->run[m].seen;
		int consumes = cell->experiment == SYNC_QUEUE && m >= cell->producers;

		for (unsigned phase = 0; phase < PHASE_COUNT; phase++) {
			turns[consumes] += seen->turns[phase];
			reads += seen->reads[phase];
		}
		sum[consumes] ^= seen->checksum;
	}
	if (sync_is_locking(cell->experiment))
		return judge_lines(s, turns[0] - reads, reason);
	if (cell->experiment == SYNC_QUEUE && (turns[0] != turns[1] || sum[0] != sum[1])) {
		snprintf(reason, CREW_REASON, "queue lost or changed items: %llu put; %llu got",
			 (unsigned long long)turns[0], (unsigned long long)turns[1]);
		return -EBADMSG;
	}
	return 0;
}

/* Takes from `overlap` the share of the window in which a thread waited for a PU; NAN = not known. */
static double together(const struct sync_result *r, double overlap)
{
	uint64_t window_ns = r->trial.end.when_ns - r->trial.begin.when_ns;
	struct noise noise;

	if (noise_delta(&r->trial.begin, &r->trial.end, &noise) || !(noise.have & NOISE_RUN_DELAY))
		return NAN;
	overlap -= (double)noise.run_delay_ns / (double)window_ns;
	return overlap > 0 ? overlap : 0;
}

/*
 * Share of the waits of a hand-off or barrier in which a thread gave its PU up, from the voluntary
 * switches: in each round both roles wait, at a barrier all but the last to come. NAN where they
 * could not be read for all.
 */
static double slept_share(const struct sync_cell *cell, const struct trial *t)
{
	unsigned waiters = cell->experiment == SYNC_MEET ? cell->threads - 1 : cell->threads;
	double waits = (double)t->counted_ops * waiters, sleeps = 0;

	if (!(t->begin.after.have & t->end.before.have & NOISE_SWITCHES) ||
	    t->begin.n_tasks != cell->threads || waits <= 0)
		return NAN;
	for (unsigned i = 0; i < cell->threads; i++)
		sleeps += (double)(t->end.before.task[i].vol_switches -
				   t->begin.after.task[i].vol_switches);
	return sleeps < waits ? sleeps / waits : 1;
}

/* Queue with a schedule: the times of all threads; a consumer's clock may be off each producer's. */
static void collect_items(struct session *s)
{
	struct sync_result *r = &s->shared->result;

	pace_start(&r->pace, 0, 1);
	for (unsigned m = 0; m < s->cell->threads; m++) {
		histogram_merge(&r->pace.response, &s->shared->run[m].pace.response);
		histogram_merge(&r->pace.send_late, &s->shared->run[m].pace.send_late);
	}
	if (s->cell->producers > 1) /* both were compared with a third */
		r->skew_bound_ns *= 2;
}

static void collect_waking(struct session *s)
{
	struct sync_result *r = &s->shared->result;
	uint64_t waits = 0, slept = 0;

	r->slept_share = slept_share(s->cell, &r->trial);
	if (s->cell->experiment != SYNC_BROADCAST)
		return;
	r->first_awake = s->shared->crowd.first;
	r->last_awake = s->shared->crowd.last;
	for (unsigned m = 1; m < s->cell->threads; m++) {
		waits += r->seen[m].waits;
		slept += r->seen[m].slept;
	}
	r->slept_share = waits ? (double)slept / (double)waits : NAN;
}

/* What all threads together say: their times in one histogram, the part of the window they shared.
 */
static void collect(struct session *s)
{
	struct sync_result *r = &s->shared->result;
	uint64_t first = 0, last = UINT64_MAX;

	for (unsigned m = 0; m < s->cell->threads; m++)
		r->seen[m] = s->shared->run[m].seen;
	if (!sync_runs_for_a_time(s->cell)) {
		if (sync_wakes(s->cell))
			collect_waking(s);
		else
			r->meter = s->shared->run[0].meter;
		return;
	}
	meter_start(&r->meter, 0, 1, 0);
	histogram_clear(&r->reads);
	r->most_inside = atomic_load(&s->shared->control.most_inside);
	for (unsigned m = 0; m < s->cell->threads; m++) {
		const struct sync_counts *seen = &r->seen[m];

		histogram_merge(&r->meter.each, &s->shared->run[m].meter.each);
		histogram_merge(&r->reads, &s->shared->run[m].reads);
		if (seen->first_ns > first || !seen->first_ns)
			first = seen->first_ns ? seen->first_ns : UINT64_MAX;
		if (seen->last_ns < last)
			last = seen->last_ns;
	}
	r->overlap = last > first ? (double)(last - first) / (double)r->window_ns : 0;
	r->overlap = together(r, r->overlap < 1 ? r->overlap : 1);
	if (s->cell->every_ns)
		collect_items(s);
}

/* The object, on its node, and initialised before any thread exists. */
static int make_object(struct session *s, char *reason)
{
	const struct sync_variant *v = s->cell->variant;
	char why[BENCH_NOTES] = "";
	struct sync_setup setup = setup_of(s->cell, s->shared->result.notes, why);
	uint64_t begin;
	void *memory;
	int err;

	s->object_size =
		shared_size(s->cell) + s->cell->threads * aligned(v->local_size) + BENCH_ALIGN;
	err = memory_map(s->object_size, s->cell->pages, &memory);
	if (err) {
		snprintf(reason, CREW_REASON, "%s", memory_explain(err, s->cell->pages));
		return err;
	}
	s->object = memory;
	err = s->cell->mem_node < 0
		      ? 0
		      : memory_bind(s->object, s->object_size, (unsigned)s->cell->mem_node);
	if (err == -EINVAL) {
		snprintf(reason, CREW_REASON, "node %d: %s", s->cell->mem_node,
			 memory_node_explain(err));
		return err;
	}
	err = memory_prefault(s->object, s->object_size);
	if (err) {
		snprintf(reason, CREW_REASON, "no memory of that kind on node %d",
			 s->cell->mem_node);
		return err;
	}
	begin = clock_now_ns();
	err = v->init ? v->init(v, s->object, &setup) : 0;
	s->shared->result.setup_ns = clock_now_ns() - begin;
	if (err)
		snprintf(reason, CREW_REASON, "init: %s", *why ? why : strerror(-err));
	return err;
}

static int judge_place(struct session *s, char *reason)
{
	struct sync_result *r = &s->shared->result;

	r->node_check = 1;
	if (s->cell->mem_node < 0)
		return 0;
	r->node_check = memory_verify(s->object, s->object_size, (unsigned)s->cell->mem_node);
	if (r->node_check != -EXDEV)
		return 0;
	snprintf(reason, CREW_REASON, "the object is not on node %d", s->cell->mem_node);
	return -EXDEV;
}

static int run_crew(struct session *s, char *reason)
{
	const struct sync_cell *cell = s->cell;
	struct crew crew = {
		.topology = cell->topology,
		.n = cell->threads,
		.threads = !cell->processes,
		.pus = cell->pus,
		.sched = cell->sched,
		.timeout_ns = trial_timeout_ns(&cell->size),
		.work = work,
		.tick = sync_runs_for_a_time(cell) ? tick : NULL,
		.arg = s,
	};
	int err = crew_run(&crew, s->shared->result.member, reason);

	if (!err)
		err = judge_counts(s, reason);
	if (!err)
		err = judge_place(s, reason);
	if (!err)
		collect(s);
	return err;
}

int sync_session_run(const struct sync_cell *cell, struct sync_result *result, char *reason)
{
	struct sync_cell own = *cell;
	struct session s = {.cell = &own};
	void *memory;
	int err = sync_session_check(cell, reason);

	if (err)
		return err;
	err = memory_map(sizeof(*s.shared), PAGES_BASE, &memory);
	if (err) {
		snprintf(reason, CREW_REASON, "no shared memory: %s", strerror(-err));
		return err;
	}
	s.shared = memory;
	if (sync_runs_for_a_time(cell) && !own.size.stride)
		own.size.stride =
			cell->critical_ns + cell->think_ns >= SAMPLE_ALL_NS ? 1 : SAMPLE_EVERY;
	own.permits = own.permits ? own.permits : 1;
	own.lines = own.lines ? own.lines : 1;
	if (own.experiment != SYNC_QUEUE)
		own.producers = own.capacity = own.every_ns = 0;
	else if (!own.capacity)
		own.capacity = SYNC_CAPACITY;
	if (own.experiment != SYNC_OP)
		own.stride_b = 0;
	atomic_store(&s.shared->control.limit, UINT64_MAX);
	atomic_store(&s.shared->control.producing, own.producers);
	err = make_object(&s, reason);
	if (!err) {
		err = run_crew(&s, reason);
		if (cell->variant->destroy)
			cell->variant->destroy(s.object);
	}
	*result = s.shared->result;
	if (s.object)
		memory_unmap(s.object, s.object_size, cell->pages);
	memory_unmap(memory, sizeof(*s.shared), PAGES_BASE);
	return err;
}
