/* SPDX-License-Identifier: MIT */
/*
 * What is asked of a primitive by its contract (bench/sync.h), for each variant of the one file of
 * sync/ that is linked with this: a lock excludes, a wake-up comes and brings what was done before
 * it, a barrier lets nobody out early, a queue loses, doubles and reorders nothing; and whoever
 * waits gets on in the end.
 */
#include <stdio.h>

#include "bench/sync.h"
#include "tests/models/model.h"

enum pause pause_asked; /* no situation has another than the usual one */

#define THREADS_MAX 4
#define ITEMS_MAX 8 /* that one thread gets */

static const struct sync_mechanism *mechanism;

/* Made anew for each run, as far as it is shared in model_memory(). */
static struct {
	void *shared;
	void *local[THREADS_MAX];
	uint64_t *plain; /* what the primitive is to protect or to hand over */
	uint64_t *count; /* model_count() */
	uint64_t got[THREADS_MAX][ITEMS_MAX];
	unsigned n_got[THREADS_MAX];
} at;

void sync_register(struct sync_mechanism *m)
{
	mechanism = m;
}

void sync_note(const struct sync_setup *setup, const char *name, uint64_t value)
{
}

int sync_fail(const struct sync_setup *setup, int err, const char *why)
{
	return err;
}

static void set_up(const struct model_case *c, uint64_t capacity)
{
	const struct sync_variant *v = c->of;
	struct sync_setup setup = {
		.variant = v, .threads = c->threads, .permits = 1, .capacity = capacity};

	memset(&at, 0, sizeof(at));
	at.shared = model_memory(v->shared_size + capacity * v->item_size);
	at.plain = model_memory(64 * sizeof(uint64_t));
	at.count = model_memory(sizeof(uint64_t));
	if (v->init)
		model_check(!v->init(v, at.shared, &setup), "init");
	for (unsigned i = 0; i < c->threads; i++) {
		at.local[i] = model_memory(v->local_size + 1);
		if (v->attach)
			model_check(!v->attach(at.shared, at.local[i], &setup), "attach");
	}
}

static void set_up_plain(const struct model_case *c)
{
	set_up(c, 0);
}

/* Lock: arg[0] turns of each thread, each of which adds to a plain number. */
static void lock_thread(const struct model_case *c, unsigned me)
{
	const struct lock_ops *ops = ((const struct sync_variant *)c->of)->lock->ops;

	for (unsigned i = 0; i < c->arg[0]; i++) {
		model_check(!ops->enter(at.shared, at.local[me]), "enter");
		at.plain[0]++;
		model_check(!ops->leave(at.shared, at.local[me]), "leave");
	}
}

static void lock_after(const struct model_case *c)
{
	model_check(at.plain[0] == (uint64_t)c->threads * c->arg[0], "a turn is lost");
}

/*
 * Lock whose readers may overlap with a writer: arg[0] threads write arg[1] times, the others read
 * as often; the data are relaxed atomics. What a reader is told is whole must be.
 */
static void seq_thread(const struct model_case *c, unsigned me)
{
	const struct lock_ops *ops = ((const struct sync_variant *)c->of)->lock->ops;
	uint64_t a, b;

	for (unsigned i = 0; i < c->arg[1]; i++) {
		if (me < c->arg[0]) {
			ops->enter(at.shared, at.local[me]);
			a = __atomic_load_n(&at.plain[0], __ATOMIC_RELAXED);
			b = __atomic_load_n(&at.plain[1], __ATOMIC_RELAXED);
			model_check(a == b, "two writers at once");
			__atomic_store_n(&at.plain[0], a + 1, __ATOMIC_RELAXED);
			__atomic_store_n(&at.plain[1], a + 1, __ATOMIC_RELAXED);
			ops->leave(at.shared, at.local[me]);
			continue;
		}
		for (;;) {
			ops->enter_shared(at.shared, at.local[me]);
			a = __atomic_load_n(&at.plain[0], __ATOMIC_RELAXED);
			b = __atomic_load_n(&at.plain[1], __ATOMIC_RELAXED);
			if (ops->leave_shared(at.shared, at.local[me]) != -EAGAIN)
				break;
			model_pause();
		}
		model_check(a == b, "half written data");
	}
}

static void seq_after(const struct model_case *c)
{
	model_check(at.plain[0] == (uint64_t)c->arg[0] * c->arg[1], "a write is lost");
}

/* Hand-over: arg[0] round trips, each side adding to a plain number in its turn. */
static void hand_thread(const struct model_case *c, unsigned me)
{
	const struct wake_ops *ops = ((const struct sync_variant *)c->of)->wake->ops;

	for (unsigned i = 0; i < c->arg[0]; i++) {
		if (me) {
			model_check(!ops->wait(at.shared, 1), "wait");
			model_check(++at.plain[0] == 2 * i + 2, "woken too early");
			model_check(ops->notify(at.shared, 0) >= 0, "notify");
		} else {
			at.plain[0]++;
			model_check(ops->notify(at.shared, 1) >= 0, "notify");
			model_check(!ops->wait(at.shared, 0), "wait");
			model_check(at.plain[0] == 2 * i + 2, "woken too early");
		}
	}
}

/*
 * Broadcast: arg[0] calls of thread 0, the next when all others are out of wait_all: the contract
 * asks for that.
 */
static void call_thread(const struct model_case *c, unsigned me)
{
	const struct wake_ops *ops = ((const struct sync_variant *)c->of)->wake->ops;

	for (unsigned i = 0; i < c->arg[0]; i++) {
		if (me) {
			model_check(ops->wait_all(at.shared, at.local[me]) >= 0, "wait_all");
			model_check(at.plain[0] == i + 1, "woken too early or too late");
			model_count(at.count, 1);
			continue;
		}
		at.plain[0]++;
		model_check(ops->notify_all(at.shared) >= 0, "notify_all");
		while (model_count(at.count, 0) != (uint64_t)(i + 1) * (c->threads - 1))
			model_pause();
	}
}

/* Barrier: arg[0] rounds; each thread writes its own number before it and reads all after it. */
static void meet_thread(const struct model_case *c, unsigned me)
{
	const struct wake_ops *ops = ((const struct sync_variant *)c->of)->wake->ops;

	for (unsigned i = 0; i < c->arg[0]; i++) {
		uint64_t *round = at.plain + (size_t)i * c->threads;

		round[me] = i + 1;
		model_check(ops->meet(at.shared, at.local[me]) >= 0, "meet");
		for (unsigned k = 0; k < c->threads; k++)
			model_check(round[k] == i + 1, "out before all have come");
	}
}

/*
 * Queue of two slots: arg[0] producers put arg[1] items each, an item being the place of a plain
 * number written before; the others get them until all have been got.
 */
static void queue_before(const struct model_case *c)
{
	set_up(c, 2);
}

static void queue_thread(const struct model_case *c, unsigned me)
{
	const struct queue_loops *q = ((const struct sync_variant *)c->of)->queue;
	static struct sync_run
		runs[THREADS_MAX]; /* too large for the stack of a simulated thread */
	struct sync_run *run = &runs[me];
	uint64_t all = (uint64_t)c->arg[0] * c->arg[1];

	run->shared = at.shared;
	run->local = at.local[me];
	for (unsigned i = 0; me < c->arg[0] && i < c->arg[1];) {
		run->random = 1 + me * c->arg[1] + i;
		at.plain[run->random] = 7 * run->random;
		if (q->produce(run) == -EAGAIN)
			model_pause();
		else
			i++;
	}
	while (me >= c->arg[0] && model_count(at.count, 0) < all) {
		if (q->consume(run) == -EAGAIN) {
			model_pause();
			continue;
		}
		model_check(run->random && run->random <= all, "an item that nobody put");
		model_check(at.plain[run->random] == 7 * run->random, "an item before its data");
		model_check(at.n_got[me] < ITEMS_MAX, "items without end");
		at.got[me][at.n_got[me]++] = run->random;
		model_count(at.count, 1);
	}
}

static void queue_after(const struct model_case *c)
{
	unsigned times[1 + THREADS_MAX * ITEMS_MAX] = {0};

	for (unsigned i = 0; i < c->threads; i++)
		for (unsigned k = 0; k < at.n_got[i]; k++) {
			uint64_t item = at.got[i][k];

			model_check(!times[item]++, "an item twice");
			for (unsigned before = 0; before < k; before++)
				model_check((at.got[i][before] - 1) / c->arg[1] !=
							    (item - 1) / c->arg[1] ||
						    at.got[i][before] < item,
					    "items of one producer out of order");
		}
}

const struct model_blind model_blind[] = {
	{"mcs_leave() load",
	 "the store behind it goes to the address loaded, and the simulation as "
	 "every processor keeps to that; C11 asks for acquire"},
	{.where = NULL},
};

static struct model_case cases[32];
static char names[32][80];
static unsigned n_cases;

static void add(const struct sync_variant *v, const char *what, struct model_case c)
{
	snprintf(names[n_cases], sizeof(names[0]), "%s:%s %u %s", mechanism->name, v->name,
		 c.threads, what);
	c.what = names[n_cases];
	c.of = v;
	if (!c.before)
		c.before = set_up_plain;
	cases[n_cases++] = c;
}

static void add_locks(const struct sync_variant *v)
{
	if (v->lock->ops->overlapping) {
		struct model_case c = {.thread = seq_thread, .after = seq_after};

		c.threads = 2, c.arg[0] = 1, c.arg[1] = 1;
		add(v, "threads, 1 write and 1 read", c);
		c.arg[1] = 2;
		add(v, "threads, 2 writes and 2 reads", c);
		c.threads = 3, c.arg[0] = 2, c.arg[1] = 1;
		add(v, "threads, 2 writers and 1 reader", c);
		return;
	}
	for (unsigned turns = 1; turns <= 2; turns++)
		add(v, turns == 1 ? "threads, 1 turn each" : "threads, 2 turns each",
		    (struct model_case){.threads = 2,
					.arg = {turns},
					.thread = lock_thread,
					.after = lock_after});
	add(v, "threads, 2 turns each",
	    (struct model_case){
		    .threads = 3, .arg = {2}, .thread = lock_thread, .after = lock_after});
}

static void add_wakes(const struct sync_variant *v)
{
	const struct wake_ops *ops = v->wake->ops;

	if (ops->notify)
		add(v, "sides, 2 hand-overs",
		    (struct model_case){.threads = 2, .arg = {2}, .thread = hand_thread});
	for (unsigned threads = 2; ops->notify_all && threads <= 3; threads++)
		add(v, "threads, 2 broadcasts",
		    (struct model_case){.threads = threads, .arg = {2}, .thread = call_thread});
	for (unsigned threads = 2; ops->meet && threads <= 3; threads++)
		add(v, "threads, 3 barriers",
		    (struct model_case){.threads = threads, .arg = {3}, .thread = meet_thread});
}

static void add_queues(const struct sync_variant *v)
{
	struct model_case c = {
		.before = queue_before, .thread = queue_thread, .after = queue_after};

	c.threads = 2, c.arg[0] = 1, c.arg[1] = 3;
	add(v, "sides, 3 items through 2 slots", c);
	c.arg[1] = 5;
	add(v, "sides, 5 items through 2 slots", c);
	if (v->flags & SYNC_SPSC)
		return;
	c.threads = 3, c.arg[0] = 2, c.arg[1] = 2;
	add(v, "threads, 2 producers", c);
	c.arg[0] = 1, c.arg[1] = 3;
	add(v, "threads, 2 consumers", c);
	c.threads = 4, c.arg[0] = 2, c.arg[1] = 2;
	add(v, "threads, 2 producers and 2 consumers", c);
}

/* Variants whose orders are libc's or the kernel's are not ours to check. */
static bool is_ours(const struct sync_variant *v)
{
	return !(v->flags & SYNC_TSAN_BLIND) && strcmp(v->name, "pthread");
}

unsigned model_cases(const struct model_case **ret)
{
	for (size_t i = 0; i < mechanism->n_variants; i++) {
		const struct sync_variant *v = &mechanism->variants[i];

		if (!is_ours(v))
			continue;
		if (v->lock)
			add_locks(v);
		if (v->wake)
			add_wakes(v);
		if (v->queue)
			add_queues(v);
	}
	*ret = cases;
	return n_cases;
}
