/* SPDX-License-Identifier: MIT */
/*
 * Experiment `inversion`: three threads of class fifo on one CPU. The waiter lets the holder take
 * the lock, wakes the middle, and wants the lock itself. Without priority inheritance the middle
 * now runs before the holder does: the waiter waits for its whole work and then for the critical
 * section. With it the holder runs first. Which of the two came is counted, not guessed from the
 * time.
 *
 * The three sleep as long after each round as it took: half of the CPU stays free, which is more
 * than RT throttling takes (sched(7)), and no round is cut in two by it.
 */
#include "bench/measure/sync_inversion.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>

#include "bench/base/futex.h"
#include "bench/measure/sync_shared.h"

/* One more round in `count`. */
static void tell(_Atomic uint32_t *count)
{
	atomic_fetch_add(count, 1);
	futex_wake(count, 1);
}

/* Sleeps until `count` has passed `rounds`. */
static void await(_Atomic uint32_t *count, uint32_t rounds)
{
	while (atomic_load(count) == rounds)
		futex_wait(count, rounds);
}

static void rest(uint64_t ns)
{
	const struct timespec t = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};

	nanosleep(&t, NULL);
}

/* The holder; the waiter preempts it as soon as it is told that the lock is held. */
static int hold(const struct lock_ops *ops, struct sync_run *run, struct inversion *v)
{
	int err = 0;

	for (uint32_t round = 0; !err; round++) {
		await(&v->begun, round);
		if (atomic_load(&v->over))
			return 0;
		err = ops->enter(run->shared, run->local);
		if (err)
			return err;
		tell(&v->held);
		sync_delay(clock_now_ns(), run->critical_ns);
		err = ops->leave(run->shared, run->local);
		tell(&v->left);
	}
	return err;
}

static int keep_busy(struct inversion *v, uint64_t middle_ns)
{
	for (uint32_t round = 0;; round++) {
		await(&v->busy, round);
		if (atomic_load(&v->over))
			return 0;
		sync_delay(clock_now_ns(), middle_ns);
		tell(&v->idle);
	}
}

/* One round, as the waiter sees it: how long it waits is filed. */
static int wait_once(const struct lock_ops *ops, struct sync_run *run, struct inversion *v)
{
	uint32_t round = atomic_load(&v->begun);
	uint64_t begin = clock_now_ns(), asked, got;
	int err;

	tell(&v->begun);
	await(&v->held, round);
	tell(&v->busy); /* ready to run, but not before this one sleeps */
	asked = clock_now_ns();
	err = ops->enter(run->shared, run->local);
	if (err)
		return err;
	got = clock_now_ns();
	v->inverted += atomic_load(&v->idle) != round;
	err = ops->leave(run->shared, run->local);
	await(&v->idle, round);
	await(&v->left, round);
	meter_add(&run->meter, 1, asked, got);
	rest(clock_now_ns() - begin);
	return err;
}

static int run_rounds(void *arg)
{
	struct sync_session *s = arg;
	const struct lock_ops *ops = s->cell->variant->lock->ops;
	struct sync_run *run = &s->shared->run[INVERSION_WAITER];
	struct meter *m = &run->meter;
	int err = 0;

	s->shared->inversion.inverted = 0;
	m->begin_ns = m->end_ns = clock_now_ns();
	for (uint64_t i = 0; i < m->n && !err && m->end_ns < m->deadline_ns; i++)
		err = wait_once(ops, run, &s->shared->inversion);
	return err;
}

static int lead(struct crew *crew, struct sync_session *s)
{
	struct inversion *v = &s->shared->inversion;
	struct trial *t = &s->shared->result.trial;
	int err;

	sync_describe_trial(crew, s, t);
	t->loop = run_rounds;
	t->size.stride = 1;
	err = trial_run(t);
	if (err) /* those that wait are ended by the driver */
		return err;
	atomic_store(&v->over, true);
	tell(&v->begun);
	tell(&v->busy);
	return 0;
}

/* By libc, which keeps a copy of it for mutexes with a ceiling. 0 or -errno. */
static int take_priority(unsigned member)
{
	static const int priority[] = {[INVERSION_WAITER] = INVERSION_PRIORITY,
				       [INVERSION_MIDDLE] = INVERSION_PRIORITY - 1,
				       [INVERSION_HOLDER] = INVERSION_PRIORITY - 2};
	const struct sched_param param = {.sched_priority = priority[member]};

	return -pthread_setschedparam(pthread_self(), SCHED_FIFO, &param);
}

int inversion_work(struct crew *crew, struct sync_session *s, unsigned member)
{
	struct sync_run *run = &s->shared->run[member];
	int err = take_priority(member);

	if (err)
		return err;
	if (member == INVERSION_WAITER)
		return lead(crew, s);
	if (member == INVERSION_MIDDLE)
		return keep_busy(&s->shared->inversion, s->cell->ask.middle_ns);
	return hold(s->cell->variant->lock->ops, run, &s->shared->inversion);
}
