/* SPDX-License-Identifier: MIT */
/* The threads of a synchronization measurement from init to destroy. */
#include "bench/measure/sync_session.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "bench/machine/limits.h"
#include "bench/measure/sync_shared.h"

#define POLL_NS 200000u /* how often the driver looks whether all have arrived */
#define SAMPLE_PART 4	/* locks: the window of samples is so many times shorter than the other */
#define SAMPLE_EVERY 16 /* locks: in it each so-manyth turn is timed ... */
#define SAMPLE_ALL_NS 2000u /* ... or all: two stamps are 2 % of a turn that takes so long */

static void set_phase(struct sync_session *s, enum sync_phase phase, uint64_t now)
{
	s->phase_ns = now;
	atomic_store_explicit(&s->shared->control.phase, phase, memory_order_release);
}

/* Turns of all threads in the warm-up so far; they go on counting. */
__attribute__((no_sanitize("thread"))) static uint64_t warm_turns(const struct sync_session *s)
{
	uint64_t turns = 0;

	for (unsigned t = 0; t < s->cell->ask.threads; t++)
		turns += *(const volatile uint64_t *)&s->shared->run[t].seen.turns[PHASE_WARM];
	return turns;
}

/* Whether the warm-up may end, at `now`: by what the threads did since the last look. */
static bool is_warm(struct sync_session *s, uint64_t now)
{
	uint64_t asked_ns = s->cell->size.warm_ns;
	uint64_t turns = warm_turns(s), done = turns - s->round_turns;
	bool settled = false;

	if (done && now - s->round_ns >= SETTLE_ROUND_NS) {
		settled = settle_add(&s->settle, (double)(now - s->round_ns) / (double)done);
		s->round_ns = now;
		s->round_turns = turns;
	}
	return now - s->phase_ns >= (asked_ns ? asked_ns : TRIAL_WARM_NS) || (settled && !asked_ns);
}

/* All have arrived: the warm-up begins. */
static uint64_t begin_warm_up(struct crew *crew, struct sync_session *s, uint64_t now)
{
	struct trial *t = &s->shared->result.trial;

	sync_describe_trial(crew, s, t);
	set_phase(s, PHASE_WARM, now);
	t->warm_begin_ns = s->round_ns = now;
	return now + SETTLE_ROUND_NS;
}

/*
 * The threads are warm: they are looked at, and once more when those that the first look kept
 * waiting have run. Then the window opens.
 */
static uint64_t open_window(struct sync_session *s)
{
	struct trial *t = &s->shared->result.trial;

	if (!s->looked) {
		s->looked = true;
		t->warm_end_ns = clock_now_ns();
		trial_look(t, false);
		return clock_now_ns() + POLL_NS;
	}
	trial_look_again(t);
	set_phase(s, PHASE_MEASURE, clock_now_ns());
	t->timed_begin_ns = s->phase_ns;
	return s->phase_ns + s->cell->size.duration_ns;
}

/* The window closes, before the threads are looked at; locks have a window of samples behind it. */
static uint64_t close_window(struct sync_session *s)
{
	struct sync_result *r = &s->shared->result;
	bool samples = sync_is_locking(s->cell->ask.experiment);

	set_phase(s, PHASE_LOOK, clock_now_ns());
	r->trial.timed_end_ns = s->phase_ns;
	r->window_ns = r->trial.timed_end_ns - r->trial.timed_begin_ns;
	trial_look(&r->trial, true);
	set_phase(s, samples ? PHASE_SAMPLE : PHASE_STOP, clock_now_ns());
	return samples ? s->phase_ns + s->cell->size.duration_ns / SAMPLE_PART : UINT64_MAX;
}

/* Moves the phases; when it is to be called next (ns). */
static uint64_t step(struct crew *crew, struct sync_session *s, uint64_t now)
{
	switch (atomic_load(&s->shared->control.phase)) {
	case PHASE_IDLE:
		return crew_met(crew, MEET_READY) ? begin_warm_up(crew, s, now) : now + POLL_NS;
	case PHASE_WARM:
		return s->looked || is_warm(s, now) ? open_window(s) : now + SETTLE_ROUND_NS;
	case PHASE_MEASURE:
		return close_window(s);
	case PHASE_SAMPLE:
		set_phase(s, PHASE_STOP, now);
		s->shared->result.trial.timed_end_ns = now;
		return UINT64_MAX;
	default:
		return UINT64_MAX;
	}
}

static uint64_t tick(struct crew *crew, uint64_t now)
{
	struct sync_session *s = crew->arg;

	if (now >= s->due_ns)
		s->due_ns = step(crew, s, now);
	return s->due_ns;
}

/* The object, on its node, and initialised before any thread exists. */
static int make_object(struct sync_session *s, char *reason)
{
	const struct sync_variant *v = s->cell->variant;
	char why[BENCH_NOTES] = "";
	struct sync_setup setup = sync_setup_of(s->cell, s->shared->result.notes, why);
	size_t page = memory_page_size(s->cell->ask.pages);
	uint64_t begin;
	void *memory;
	int err;

	s->object_size = sync_object_size(s->cell) +
			 s->cell->ask.threads * sync_aligned(v->local_size) + BENCH_ALIGN;
	if (page) /* whole ones: mbind(2) does not split a huge page */
		s->object_size = (s->object_size + page - 1) / page * page;
	err = memory_map(s->object_size, s->cell->ask.pages, &memory);
	if (err) {
		snprintf(reason, CREW_REASON, "%s", memory_explain(err, s->cell->ask.pages));
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
		snprintf(reason, CREW_REASON, "init: %s", *why ? why : limits_explain(err));
	return err;
}

static int run_crew(struct sync_session *s, struct apart *apart, char *reason)
{
	const struct sync_cell *cell = s->cell;
	struct crew crew = {
		.topology = cell->topology,
		.n = cell->ask.threads,
		.threads = cell->ask.endpoints == ENDPOINTS_THREAD,
		.pus = cell->seats.pu,
		.sched = cell->ask.experiment == SYNC_INVERSION
				 ? (struct scheduling){.policy = SCHED_FIFO,
						       .priority = INVERSION_PRIORITY}
				 : cell_scheduling(&cell->ask),
		.load_priority = cell->ask.load_sched.priority,
		.apart = apart->way.kind ? apart : NULL,
		.lock_memory = cell->lock_memory,
		.timeout_ns = trial_timeout_ns(&cell->size),
		.work = sync_work,
		.tick = sync_runs_for_a_time(cell) ? tick : NULL,
		.arg = s,
	};
	int err = crew_run(&crew, s->shared->result.member, reason);

	s->shared->result.stood_ns = crew.stood_ns;
	if (!err)
		err = sync_judge(s, reason);
	if (!err)
		sync_collect(s);
	return err;
}

/* With what keeps the sides apart around it, where they are to be. */
static int run_apart(struct sync_session *s, char *reason)
{
	char *notes = s->shared->result.notes;
	struct apart apart;
	int err = apart_begin(&apart, &s->cell->ask.apart, s->cell->ask.threads, reason);
	size_t used = strlen(notes);

	if (!err)
		err = run_crew(s, &apart, reason);
	if (*apart.note)
		snprintf(notes + used, BENCH_NOTES - used, "%s%s", used ? "+" : "", apart.note);
	apart_end(&apart);
	return err;
}

/* Takes what came of `threads` out of the shared memory. */
static void take_result(struct sync_result *to, const struct sync_result *from, unsigned threads)
{
	size_t rest = offsetof(struct sync_result, trial);

	meter_copy(&to->meter, &from->meter);
	histogram_copy(&to->reads, &from->reads);
	histogram_copy(&to->first_awake, &from->first_awake);
	histogram_copy(&to->last_awake, &from->last_awake);
	pace_copy(&to->pace, &from->pace);
	memcpy(to->seen, from->seen, threads * sizeof(*to->seen));
	memcpy(to->member, from->member, threads * sizeof(*to->member));
	memcpy((char *)to + rest, (const char *)from + rest, sizeof(*to) - rest);
}

int sync_session_run(const struct sync_cell *cell, struct sync_result *result, char *reason)
{
	struct sync_cell own = *cell;
	struct sync_session s = {.cell = &own};
	void *memory;
	int err = sync_session_check(cell, reason);

	if (err)
		return err;
	pause_asked = cell->ask.pause;
	err = memory_map(sizeof(*s.shared), PAGES_BASE, &memory);
	if (err) {
		snprintf(reason, CREW_REASON, "no shared memory: %s", limits_explain(err));
		return err;
	}
	s.shared = memory;
	if (sync_runs_for_a_time(cell) && !own.size.stride)
		own.size.stride = cell->ask.critical_ns + cell->ask.think_ns >= SAMPLE_ALL_NS
					  ? 1
					  : SAMPLE_EVERY;
	own.ask.permits = own.ask.permits ? own.ask.permits : 1;
	own.ask.lines = own.ask.lines ? own.ask.lines : 1;
	if (own.ask.experiment != SYNC_QUEUE)
		own.ask.producers = own.ask.capacity = own.ask.every_ns = 0;
	if (own.ask.experiment != SYNC_OP)
		own.ask.stride_b = 0;
	atomic_store(&s.shared->control.limit, UINT64_MAX);
	atomic_store(&s.shared->control.producing, own.ask.producers);
	err = make_object(&s, reason);
	if (!err) {
		err = run_apart(&s, reason);
		if (cell->variant->destroy)
			cell->variant->destroy(s.object);
	}
	take_result(result, &s.shared->result, cell->ask.threads);
	if (s.object)
		memory_unmap(s.object, s.object_size, cell->ask.pages);
	memory_unmap(memory, sizeof(*s.shared), PAGES_BASE);
	return err;
}
