/* SPDX-License-Identifier: MIT */
/*
 * Experiments `order` and `herd`. Thread 0 has the lock, or the one token of a kernel object. The
 * others come one by one: each only when the one before it sleeps, as the kernel's own count of its
 * voluntary switches shows. Then the lock is passed on until each has had it. Who is woken in vain
 * goes back to sleep, which is one more voluntary switch: so it is seen also where it never leaves
 * the kernel.
 */
#include "bench/measure/sync_served.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "bench/base/futex.h"
#include "bench/measure/sync_shared.h"

#define LOOK_NS 20000	/* between two looks at which threads sleep */
#define OTHERS_NICE 1	/* last=nice: the others get a worse nice value, which anybody may have */
#define LAST_PRIORITY 1 /* last=fifo */

/* Whether a waiter that has come sleeps, and its voluntary switches so far. */
static bool sleeps(const struct crew_member *member, const struct served_waiter *w,
		   uint64_t *switches)
{
	char path[64], text[4096];
	const char *state, *count;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/status", (int)member->pid, (int)member->tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	state = strstr(text, "\nState:\t");
	count = strstr(text, "\nvoluntary_ctxt_switches:\t");
	if (!state || !count || !strchr("SD", state[strlen("\nState:\t")]))
		return false;
	*switches = strtoull(count + strlen("\nvoluntary_ctxt_switches:\t"), NULL, 10);
	return *switches > atomic_load(&w->came_switches);
}

/* Whether all that wait sleep; `woken`: how often they were since all had come. */
static bool all_sleep(struct crew *crew, struct served *v, bool mark, uint64_t *woken)
{
	*woken = 0;
	for (unsigned m = 1; m < crew->n; m++) {
		struct served_waiter *w = &v->waiter[m];
		uint64_t switches;

		if (atomic_load(&w->place) != SERVED_COMING)
			continue;
		if (!sleeps(crew_member(crew, m), w, &switches))
			return false;
		if (mark)
			w->seen_switches = switches;
		*woken += switches - w->seen_switches;
	}
	return true;
}

/*
 * Until `served` have come out and all others sleep. Two looks must agree: a task is seen asleep
 * just before its switch is counted. `mark`: all have come. How long it takes is the watchdog's to
 * judge: a waiter that others keep from its PU has neither slept nor come out for seconds.
 */
static int settle(struct crew *crew, struct served *v, unsigned served, bool mark, uint64_t *woken)
{
	const struct timespec pause = {.tv_nsec = LOOK_NS};
	uint64_t before = UINT64_MAX;

	for (;;) {
		bool calm = atomic_load(&v->n) >= served && all_sleep(crew, v, mark, woken);

		if (atomic_load(&v->n) > served)
			return -EBADMSG;
		if (calm && *woken == before)
			return 0;
		before = calm ? *woken : UINT64_MAX;
		nanosleep(&pause, NULL);
	}
}

static void tell(struct served_waiter *w)
{
	atomic_fetch_add(&w->told, 1);
	futex_wake(&w->told, 1);
}

/* The thread that came out as number `rank`; settle() has seen it. */
static unsigned served_as(const struct served *v, unsigned rank)
{
	unsigned m = 1;

	while (atomic_load(&v->waiter[m].rank) != rank)
		m++;
	return m;
}

/* All come, in the order of their numbers. */
static int gather(struct crew *crew, struct served *v)
{
	uint64_t woken;
	int err = 0;

	for (unsigned m = 1; m < crew->n && !err; m++) {
		atomic_store(&v->waiter[m].rank, 0);
		atomic_store(&v->waiter[m].came_switches, UINT64_MAX);
		atomic_store(&v->waiter[m].place, SERVED_COMING);
		tell(&v->waiter[m]);
		err = settle(crew, v, 0, true, &woken);
	}
	return err;
}

/*
 * Until all have left: one that others ran before on its PU may still be about to say so, and would
 * overwrite that it is to come again.
 */
static void all_out(struct crew *crew, struct served *v)
{
	for (unsigned m = 1; m < crew->n; m++)
		while (atomic_load(&v->waiter[m].place) != SERVED_OUT)
			sched_yield();
}

/* Files who was served when, and how many others than the first the first event woke. */
static void file_round(struct served *v, unsigned waiters, uint64_t woken)
{
	struct served_counts *c = &v->counts;
	bool in_order = true;

	for (unsigned rank = 1; rank <= waiters; rank++) {
		c->order[rank - 1] = served_as(v, rank);
		in_order = in_order && c->order[rank - 1] == rank;
	}
	c->rounds++;
	c->woken += 1 + woken;
	c->in_order += in_order;
	c->last_first += c->order[0] == waiters;
}

/*
 * Everybody has the lock once. The one that has it passes it on: a mutex is its owner's to unlock.
 */
static int round_of(struct crew *crew, struct served *v, const struct lock_ops *ops,
		    struct sync_run *run)
{
	unsigned waiters = crew->n - 1;
	uint64_t woken = 0, more;
	int err = ops->enter(run->shared, run->local);

	atomic_store(&v->n, 0);
	if (!err)
		err = gather(crew, v);
	if (!err)
		err = ops->leave(run->shared, run->local);
	if (!err)
		err = settle(crew, v, 1, false, &woken);
	for (unsigned rank = 2; rank <= waiters && !err; rank++) {
		tell(&v->waiter[served_as(v, rank - 1)]);
		err = settle(crew, v, rank, false, &more);
	}
	if (err)
		return err;
	file_round(v, waiters, woken);
	tell(&v->waiter[served_as(v, waiters)]);
	all_out(crew, v);
	return 0;
}

/* Rounds until the time is up, or as many as were asked for. */
static int lead(struct crew *crew, struct sync_session *s)
{
	const struct lock_ops *ops = s->cell->variant->lock->ops;
	struct served *v = &s->shared->served;
	struct trial *t = &s->shared->result.trial;
	int err = 0;

	sync_describe_trial(crew, s, t);
	t->warm_begin_ns = clock_now_ns();
	noise_read(&t->begin, t->tasks, t->n_tasks, t->pus, t->n_pus);
	t->timed_begin_ns = clock_now_ns();
	do
		err = round_of(crew, v, ops, &s->shared->run[0]);
	while (!err &&
	       (t->size.iterations ? v->counts.rounds < t->size.iterations
				   : clock_now_ns() - t->timed_begin_ns < t->size.duration_ns));
	t->timed_end_ns = clock_now_ns();
	noise_read(&t->end, t->tasks, t->n_tasks, t->pus, t->n_pus);
	t->counted_ops = v->counts.rounds;
	if (err) /* those that wait are ended by the driver */
		return err;
	atomic_store(&v->over, true);
	for (unsigned m = 1; m < crew->n; m++)
		tell(&v->waiter[m]);
	return 0;
}

/* How often the calling thread has given up its PU so far (getrusage(2)). */
static uint64_t own_switches(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return (uint64_t)usage.ru_nvcsw;
}

static int come(struct served *v, struct served_waiter *w, const struct lock_ops *ops,
		struct sync_run *run)
{
	int err;

	atomic_store(&w->came_switches, own_switches());
	err = ops->enter(run->shared, run->local);
	atomic_store(&w->rank, atomic_load(&v->n) + 1);
	atomic_store(&w->place, SERVED_INSIDE);
	atomic_fetch_add(&v->n, 1);
	return err;
}

/* Sleeps in a futex of its own until told to come or to leave. */
static int follow(struct sync_session *s, struct sync_run *run)
{
	const struct lock_ops *ops = s->cell->variant->lock->ops;
	struct served *v = &s->shared->served;
	struct served_waiter *w = &v->waiter[run->me];
	int err = 0;

	for (uint32_t heard = 0; !err;) {
		while (atomic_load(&w->told) == heard)
			futex_wait(&w->told, heard);
		if (atomic_load(&v->over))
			return 0;
		if (++heard % 2) {
			err = come(v, w, ops, run);
		} else {
			err = ops->leave(run->shared, run->local);
			atomic_store(&w->place, SERVED_OUT);
		}
	}
	return err;
}

int served_prepare(struct crew *crew, struct sync_session *s, unsigned member)
{
	static const struct scheduling others = {.policy = SCHED_OTHER, .nice = OTHERS_NICE};
	static const struct scheduling first = {.policy = SCHED_FIFO, .priority = LAST_PRIORITY};
	bool last = member == s->cell->ask.threads - 1;
	int err = 0;

	if (s->cell->ask.experiment != SYNC_ORDER || !member)
		return 0;
	if (s->cell->ask.last == LAST_NICE && !last)
		err = scheduling_set(0, &others);
	if (s->cell->ask.last == LAST_FIFO && last)
		err = scheduling_set(0, &first);
	return err ? crew_fail(crew, member, err,
			       "scheduling class fifo is not allowed: needs CAP_SYS_NICE or ulimit "
			       "-r")
		   : 0;
}

int served_work(struct crew *crew, struct sync_session *s, unsigned member)
{
	return member ? follow(s, &s->shared->run[member]) : lead(crew, s);
}
