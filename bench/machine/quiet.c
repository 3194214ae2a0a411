/* SPDX-License-Identifier: MIT */
/* See bench/machine/quiet.h. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/machine/placement.h"
#include "bench/machine/quiet.h"

/* What all threads share. */
struct spin {
	const struct topology *t;
	uint64_t spin_ns, threshold_ns;
	sem_t ready;		/* posted by each thread that is where it belongs */
	pthread_rwlock_t begin; /* held by the driver until all are */
};

/* One thread. */
struct spinner {
	struct spin *spin;
	struct quiet *quiet;
	pthread_t thread;
	int err;
};

/*
 * The counters around the spin, the nearest to it last. They come from memory of this thread,
 * faulted in before.
 */
static int spin_and_count(const struct spin *s, struct quiet *q)
{
	const struct noise_task self = {getpid(), gettid(), false, false};
	struct noise_snapshot *snapshot = calloc(2, sizeof(*snapshot));
	struct causes before = {0};
	int err = snapshot ? causes_read("", q->cpu, &before) : -ENOMEM;

	if (!err)
		err = noise_read(&snapshot[0], &self, 1, &q->cpu, 1);
	if (!err) {
		gaps_spin(&q->gaps, s->spin_ns);
		err = noise_read(&snapshot[1], &self, 1, &q->cpu, 1);
	}
	if (!err)
		err = causes_read("", q->cpu, &q->causes);
	if (!err) {
		causes_since(&q->causes, &before);
		err = noise_delta(&snapshot[0], &snapshot[1], &q->noise);
	}
	causes_free(&before);
	free(snapshot);
	return err;
}

static void *spin_thread(void *arg)
{
	struct spinner *self = arg;
	struct spin *s = self->spin;

	self->err = placement_bind_self(s->t, self->quiet->cpu);
	gaps_begin(&self->quiet->gaps, s->threshold_ns);
	sem_post(&s->ready);
	pthread_rwlock_rdlock(&s->begin);
	pthread_rwlock_unlock(&s->begin);
	if (!self->err)
		self->err = spin_and_count(s, self->quiet);
	return NULL;
}

int quiet_spin(const struct topology *t, struct quiet *q, unsigned n, uint64_t spin_ns,
	       uint64_t threshold_ns)
{
	struct spin s = {.t = t, .spin_ns = spin_ns, .threshold_ns = threshold_ns};
	struct spinner *all = calloc(n, sizeof(*all));
	unsigned *cpus = calloc(n, sizeof(*cpus)), started = 0;
	int err = all && cpus ? 0 : -ENOMEM;

	if (err)
		goto out_free;
	for (unsigned i = 0; i < n; i++)
		cpus[i] = q[i].cpu;
	err = placement_bind_others(t, cpus, n);
	if (err)
		goto out_free;
	sem_init(&s.ready, 0, 0);
	pthread_rwlock_init(&s.begin, NULL);
	pthread_rwlock_wrlock(&s.begin);
	for (; !err && started < n; started += !err) {
		all[started].spin = &s;
		all[started].quiet = &q[started];
		err = -pthread_create(&all[started].thread, NULL, spin_thread, &all[started]);
	}
	if (err)
		s.spin_ns = 0; /* those that wait only end */
	for (unsigned i = 0; i < started; i++)
		while (sem_wait(&s.ready) && errno == EINTR)
			;
	pthread_rwlock_unlock(&s.begin);
	for (unsigned i = 0; i < started; i++) {
		pthread_join(all[i].thread, NULL);
		err = err ? err : all[i].err;
	}
	pthread_rwlock_destroy(&s.begin);
	sem_destroy(&s.ready);
out_free:
	free(cpus);
	free(all);
	return err;
}

char *quiet_cause(const struct quiet *q, char *text)
{
	uint64_t gaps = q->gaps.above.count, half_ns = q->gaps.above.sum / 2, events;
	const struct noise *noise = &q->noise;
	const struct cause *most = NULL;

	text[0] = '\0';
	if (!gaps)
		return text;
	for (size_t i = q->causes.n; i--;)
		if (q->causes.cause[i].kind != CAUSE_SOFTIRQ)
			most = &q->causes.cause[i];
	events = causes_count(&q->causes, CAUSE_TIMER) + causes_count(&q->causes, CAUSE_INTERRUPT) +
		 noise->invol_switches;
	if ((noise->have & NOISE_RUN_DELAY) && noise->run_delay_ns > half_ns)
		snprintf(text, QUIET_CAUSE, "other tasks");
	else if ((noise->have & NOISE_STEAL) && noise->steal_ns > half_ns)
		snprintf(text, QUIET_CAUSE, "steal");
	else if (!q->causes.have[CAUSE_INTERRUPT])
		return text;
	else if (!most || gaps > 2 * events)
		snprintf(text, QUIET_CAUSE, "not counted");
	else
		snprintf(text, QUIET_CAUSE, "%s", most->kind == CAUSE_TIMER ? "timer" : most->name);
	return text;
}

void quiet_free(struct quiet *q, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		causes_free(&q[i].causes);
}
