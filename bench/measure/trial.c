/* SPDX-License-Identifier: MIT */
/* Warm-up, size, timed part. */
#include "bench/measure/trial.h"

#include "bench/measure/settle.h"

#define REWARM_OPS 100	  /* after the counters were read, which sends the sides to sleep ... */
#define REWARM_NS 500000u /* ... but no longer than this */
#define ITERATIONS_MIN 16
#define HALF_MIN 100   /* operations of a half that say what one takes */
#define TOP_UP_BELOW 2 /* a run shorter than this part of its duration goes on */

/* Runs `n` operations of `loop` in one batch, or one by one where there is a deadline. */
static int run_some(struct trial *t, int (*loop)(void *), uint64_t n, uint64_t deadline_ns)
{
	meter_start(t->meter, n, deadline_ns == UINT64_MAX ? n : 1, deadline_ns);
	return loop(t->arg);
}

/* What the warm-up says of an operation (ns). */
struct estimate {
	double typical; /* of the fastest round: what it takes when nobody interferes */
	double usual;	/* of the longest rounds: what it takes here and now */
};

/*
 * Doubles the operations of a round until it takes SETTLE_ROUND_NS, and begins anew where one is
 * too short: those before it were long by a disturbance, as the first is, in which the other side
 * starts. Ends when such rounds agree, or after TRIAL_WARM_NS; where a time was asked for, after
 * that time.
 */
static int warm_up(struct trial *t, struct estimate *e)
{
	int (*loop)(void *) = t->warm ? t->warm : t->loop;
	uint64_t most_ns = t->size.warm_ns ? t->size.warm_ns : TRIAL_WARM_NS;
	uint64_t begin = clock_now_ns(), now = begin, n = 1;
	struct settle settle = {.n = 0};
	bool settled = false;

	do {
		uint64_t round = now;
		int err = run_some(t, loop, n, UINT64_MAX);
		double op_ns;

		if (err)
			return err;
		now = clock_now_ns();
		op_ns = (double)(now - round) / (double)n;
		if (round == begin || op_ns < e->typical)
			e->typical = op_ns;
		e->usual = op_ns;
		if (now - round >= SETTLE_ROUND_NS / 2) {
			settled = settle_add(&settle, op_ns);
		} else {
			n *= 2; /* shorter rounds say less */
			settle.n = 0;
			settled = false;
		}
	} while (now - begin < most_ns && !(settled && !t->size.warm_ns));
	if (settle.n) /* a mean would make the run short after a single stall */
		e->usual = settle_median(&settle);
	return 0;
}

/* Fills in what was left open: operations for the duration, stride by their length. */
static void size_up(struct trial *t, const struct estimate *e)
{
	struct trial_size *size = &t->size;
	uint64_t fit = (uint64_t)((double)size->duration_ns / (e->usual + (double)t->pause_ns));
	uint64_t least;

	if (!size->stride)
		size->stride = meter_stride(e->typical);
	t->enough = size->iterations;
	if (size->iterations)
		return;
	t->enough = fit < ITERATIONS_MIN ? ITERATIONS_MIN : fit;
	/* timed alone; the deadline ends those that take too long */
	least = size->least < ITERATIONS_MAX / size->stride ? size->least * size->stride
							    : ITERATIONS_MAX;
	size->iterations = t->enough < least ? least : t->enough;
}

/*
 * The counters were read, which sends the sides to sleep: some operations to wake them. Their
 * number.
 */
static int warm_again(struct trial *t, uint64_t *ops)
{
	int err = run_some(t, t->loop, REWARM_OPS, clock_now_ns() + REWARM_NS);

	*ops = t->meter->done;
	return err;
}

void trial_beside(struct trial *t, const struct load *load)
{
	for (unsigned i = 0; load && load_on_measured(load) && i < load->n; i++)
		if (t->n_tasks && t->n_tasks < NOISE_TASKS_MAX)
			t->tasks[t->n_tasks++] =
				(struct noise_task){.pid = load->pids[i], .beside = true};
}

void trial_look(struct trial *t, bool end)
{
	if (!t->n_tasks)
		return;
	if (end)
		counters_end(&t->counters);
	noise_read(end ? &t->end : &t->begin, t->tasks, t->n_tasks, t->pus, t->n_pus);
	if (end)
		return;
	t->counters.asked = t->size.counters;
	counters_begin(&t->counters, t->tasks, t->n_tasks);
}

void trial_look_again(struct trial *t)
{
	if (t->n_tasks)
		noise_read_again(&t->begin, t->tasks, t->n_tasks);
}

/* Waits for the trials beside this one; when the timed part is to end (ns). */
static uint64_t meet(struct trial *t, unsigned nth)
{
	if (t->meet)
		return t->meet(t->arg, nth);
	return t->size.cap ? clock_now_ns() + trial_cap_ns(&t->size) : UINT64_MAX;
}

int trial_noise(const struct trial *t, struct noise *ret)
{
	int err = noise_delta(&t->begin, &t->end, ret);

	if (!err && t->beyond.n_tasks)
		noise_add(ret, &t->beyond, t->beyond_same_pus);
	return err;
}

/*
 * The timed part in two runs of the loop, whose results are one; what an operation took in the
 * second over what it took in the first. No stall falls between them.
 */
static int run_halves(struct trial *t)
{
	struct meter *m = t->meter;
	uint64_t n = m->n, begin_ns, half_ns, half_ops, later_ops;
	int err;

	m->n = n / 2;
	err = t->loop(t->arg);
	begin_ns = m->begin_ns;
	half_ns = m->end_ns;
	half_ops = m->done + m->dropped;
	m->n = n - half_ops;
	if (!err && half_ns < m->deadline_ns) {
		err = t->loop(t->arg);
		histogram_cover(&m->each, m->begin_ns - half_ns);
		later_ops = m->done + m->dropped - half_ops;
		if (!err && half_ops >= HALF_MIN && later_ops >= HALF_MIN)
			t->later_ratio = (double)(m->end_ns - m->begin_ns) / (double)later_ops /
					 ((double)(half_ns - begin_ns) / (double)half_ops);
	}
	m->n = n;
	m->begin_ns = begin_ns;
	return err;
}

/*
 * After a warm-up that was disturbed the operations are over long before the duration is: more of
 * them, until it is. No stall falls before these.
 */
static int top_up(struct trial *t)
{
	struct meter *m = t->meter;
	uint64_t n = m->n, begin_ns = m->begin_ns, end_ns = m->end_ns;
	uint64_t until_ns = begin_ns + t->size.duration_ns;
	int err;

	if (end_ns - begin_ns >= t->size.duration_ns / TOP_UP_BELOW)
		return 0;
	m->n = ITERATIONS_MAX;
	if (until_ns < m->deadline_ns)
		m->deadline_ns = until_ns;
	err = t->loop(t->arg);
	histogram_cover(&m->each, m->begin_ns - end_ns);
	m->n = n;
	m->begin_ns = begin_ns;
	return err;
}

int trial_run(struct trial *t)
{
	bool by_duration = !t->size.iterations;
	struct estimate e = {0};
	uint64_t rewarm = 0;
	int err;

	t->warm_begin_ns = clock_now_ns();
	err = warm_up(t, &e);
	if (err)
		return err;
	t->warm_end_ns = clock_now_ns();
	size_up(t, &e);
	/* its first touch is not to be counted between the two looks */
	t->end = (struct noise_snapshot){.have = 0};
	t->clock_gap_max_ns = noise_clock_gap_max(TRIAL_GAP_NS);
	meet(t, 0);
	if (t->mark)
		t->mark(t->arg, false); /* before the look: what it touches first is not counted */
	trial_look(t, false);
	/* with pauses, operations without them would pass for the cost of those with */
	err = t->warm ? 0 : warm_again(t, &rewarm);
	if (err)
		return err;
	meter_start(t->meter, t->size.iterations, t->size.stride, meet(t, 1));
	err = t->in_halves ? run_halves(t) : t->loop(t->arg);
	if (!err && t->in_halves && by_duration)
		err = top_up(t);
	t->timed_begin_ns = t->meter->begin_ns;
	t->timed_end_ns = t->meter->end_ns;
	if (t->mark)
		t->mark(t->arg, true);
	t->counted_ops = rewarm + t->meter->done;
	t->capped = !t->meet && t->meter->done + t->meter->dropped < t->enough;
	if (!err)
		meet(t, 2);
	trial_look(t, true);
	return err;
}
