/* SPDX-License-Identifier: MIT */
/* Warm-up, size, timed part. */
#include "bench/measure/trial.h"

#define REWARM_OPS 100	   /* after the counters were read, which sends the sides to sleep ... */
#define REWARM_NS 2000000u /* ... but no longer than this */
#define ITERATIONS_MIN 16

/* Runs `n` operations of `loop` untimed. */
static int run_some(struct trial *t, int (*loop)(void *), uint64_t n, uint64_t deadline_ns)
{
	meter_start(t->meter, n, n, deadline_ns);
	return loop(t->arg);
}

/* Doubles the number of operations until both limits are reached; *op_ns is what the last round
 * took. */
static int warm_up(struct trial *t, double *op_ns)
{
	int (*loop)(void *) = t->warm ? t->warm : t->loop;
	uint64_t least_ops = t->size.warm_ops ? t->size.warm_ops : TRIAL_WARM_OPS;
	uint64_t least_ns = t->size.warm_ns ? t->size.warm_ns : TRIAL_WARM_NS;
	uint64_t begin = clock_now_ns(), ops = 0, n = 1, now = begin;

	while (ops < least_ops || now - begin < least_ns) {
		uint64_t round = now;
		int err = run_some(t, loop, n, UINT64_MAX);

		if (err)
			return err;
		now = clock_now_ns();
		*op_ns = (double)(now - round) / (double)n;
		ops += n;
		if (now - round < least_ns / 8)
			n *= 2;
	}
	return 0;
}

/* Fills in what was left open: operations for the duration, stride by their length. */
static void size_up(struct trial_size *size, double op_ns)
{
	if (!size->iterations)
		size->iterations = (uint64_t)((double)size->duration_ns / op_ns);
	if (size->iterations < ITERATIONS_MIN)
		size->iterations = ITERATIONS_MIN;
	if (!size->stride)
		size->stride = meter_stride(op_ns);
}

int trial_run(struct trial *t)
{
	uint64_t deadline = UINT64_MAX, rewarm;
	double op_ns = 1;
	int err = warm_up(t, &op_ns);

	if (err)
		return err;
	size_up(&t->size, op_ns);
	t->clock_gap_max_ns = noise_clock_gap_max(TRIAL_GAP_NS);
	noise_read(&t->begin, t->tasks, t->n_tasks, t->pus, t->n_pus);
	err = run_some(t, t->warm ? t->warm : t->loop, REWARM_OPS, clock_now_ns() + REWARM_NS);
	if (err)
		return err;
	rewarm = t->meter->done;
	if (t->size.cap)
		deadline = clock_now_ns() + TRIAL_CAP * t->size.duration_ns;
	meter_start(t->meter, t->size.iterations, t->size.stride, deadline);
	err = t->loop(t->arg);
	noise_read(&t->end, t->tasks, t->n_tasks, t->pus, t->n_pus);
	t->counted_ops = rewarm + t->meter->done;
	t->capped = t->meter->done < t->size.iterations;
	return err;
}
