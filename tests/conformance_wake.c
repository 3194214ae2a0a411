/* SPDX-License-Identifier: MIT */
/* class: measuring */
/*
 * Every way to wake and to meet, hammered without any measurement around it: nobody waits less or
 * more often than he is woken, nobody leaves a barrier before all have come, a broadcast wakes all,
 * and who was woken sees what was written before. The data beside the object are plain memory: a
 * memory order that is too weak is a data race, which TSan sees on any machine. Between threads and
 * between processes, with more of them than PUs; a wake-up that is lost hangs until the alarm.
 * usage: conformance_wake [mechanism | mechanism:variant]...
 */
#include <pthread.h>
#include <sys/prctl.h>

#include "bench/base/random.h"
#include "tests/conformance.h"

#define MOST 5 /* threads of a hammer */
#define ROUNDS 1500
#define ROUNDS_SPIN 400 /* of spinners, who may have to wait for a PU */
#define OPTION 8192	/* value given to each option of a variant */
#define HANG_S 60	/* a case that takes longer hangs */
#define DELAY_MAX 3000	/* turns of an empty loop: from far less to far more than to fall asleep */

enum what { HANDOFF, BROADCAST, MEET, WHATS };

static const char *const names[] = {"hand-off", "broadcast", "barrier"};

/* Memory of all members. What they write for each other is plain. */
struct arena {
	alignas(BENCH_ALIGN) uint64_t data[2][MOST]; /* of even and odd rounds */
	alignas(BENCH_ALIGN) _Atomic uint64_t done;  /* broadcast: waits ended, all rounds */
	_Atomic uint64_t wrong; /* looks at data that were not what they ought to */
	alignas(BENCH_ALIGN) uint8_t object[64 * BENCH_ALIGN + MOST * BENCH_ALIGN];
};

struct hammer {
	struct arena *arena;
	const struct wake_ops *ops;
	const struct sync_variant *variant;
	struct sync_setup setup;
	enum what what;
	uint64_t rounds;
};

struct member {
	struct hammer *hammer;
	unsigned me;
	uint64_t random;
};

static void *local_of(const struct member *m)
{
	return m->hammer->arena->object + (64 + m->me) * BENCH_ALIGN;
}

/*
 * Who comes first changes from round to round: sometimes the waiter sleeps, sometimes it is late.
 */
static void dawdle(struct member *m)
{
	uint64_t r = random_next(&m->random);

	if (r % 8 == 0)
		sched_yield();
	for (volatile uint64_t i = r % 4 ? r / 8 % 100 : r / 8 % DELAY_MAX; i; i--)
		;
}

static void expect(struct member *m, uint64_t seen, uint64_t wanted)
{
	if (seen != wanted)
		atomic_fetch_add(&m->hammer->arena->wrong, 1);
}

/* Two roles: what one wrote before it notified, the other reads after its wait. */
static int hand_over(struct member *m)
{
	uint64_t(*data)[MOST] = m->hammer->arena->data;
	const struct wake_ops *ops = m->hammer->ops;
	void *shared = m->hammer->arena->object;
	unsigned other = !m->me;
	int err = 0;

	for (uint64_t r = 1; !err && r <= m->hammer->rounds; r++) {
		dawdle(m);
		if (m->me) {
			err = ops->wait(shared, m->me);
			expect(m, data[0][other], r);
		}
		data[0][m->me] = r;
		err = err ? err : ops->notify(shared, other);
		if (!m->me && !err) {
			err = ops->wait(shared, m->me);
			expect(m, data[0][other], r);
		}
	}
	return err;
}

/* The first calls, when all have returned from the last call; whoever returns reads its number. */
static int broadcast(struct member *m)
{
	struct arena *arena = m->hammer->arena;
	const struct wake_ops *ops = m->hammer->ops;
	unsigned waiters = m->hammer->setup.threads - 1;
	int err = 0;

	for (uint64_t r = 1; !err && r <= m->hammer->rounds; r++) {
		dawdle(m);
		if (m->me) {
			err = ops->wait_all(arena->object, local_of(m));
			expect(m, arena->data[0][0], r);
			atomic_fetch_add_explicit(&arena->done, 1, memory_order_release);
			continue;
		}
		while (atomic_load_explicit(&arena->done, memory_order_acquire) < waiters * (r - 1))
			sched_yield();
		arena->data[0][0] = r;
		err = ops->notify_all(arena->object);
	}
	return err;
}

/*
 * Each writes the round's number before it comes and reads everybody's after it left. Nobody can be
 * two rounds ahead, so two sets of numbers in turn are never written while they are read.
 */
static int meet(struct member *m)
{
	struct arena *arena = m->hammer->arena;
	int err = 0;

	for (uint64_t r = 1; !err && r <= m->hammer->rounds; r++) {
		dawdle(m);
		arena->data[r % 2][m->me] = r;
		err = m->hammer->ops->meet(arena->object, local_of(m));
		for (unsigned i = 0; i < m->hammer->setup.threads; i++)
			expect(m, arena->data[r % 2][i], r);
	}
	return err;
}

static void *member_main(void *arg)
{
	static int (*const work[])(struct member *) = {hand_over, broadcast, meet};
	struct member *m = arg;
	const struct sync_variant *v = m->hammer->variant;
	int err = 0;

	if (v->attach)
		err = v->attach(m->hammer->arena->object, local_of(m), &m->hammer->setup);
	if (!err)
		err = work[m->hammer->what](m);
	if (v->detach)
		v->detach(m->hammer->arena->object, local_of(m));
	if (err)
		atomic_fetch_add(&m->hammer->arena->wrong, 1);
	return NULL;
}

static void run_threads(struct hammer *h, struct member *m)
{
	pthread_t thread[MOST];

	for (unsigned i = 0; i < h->setup.threads; i++)
		pthread_create(&thread[i], NULL, member_main, &m[i]);
	for (unsigned i = 0; i < h->setup.threads; i++)
		pthread_join(thread[i], NULL);
}

/* The members die with us, whatever ends us: an alarm, too. */
static void run_processes(struct hammer *h, struct member *m)
{
	for (unsigned i = 0; i < h->setup.threads; i++) {
		pid_t pid = fork();

		if (pid < 0)
			atomic_fetch_add(&h->arena->wrong, 1);
		if (pid)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		member_main(&m[i]);
		_exit(0);
	}
	while (waitpid(-1, NULL, 0) > 0)
		;
}

/* One hammer; 0, a lack of this machine, or -EIO with the number of wrong looks in *wrong. */
static int hammer(struct hammer *h, uint64_t *wrong)
{
	const struct sync_variant *v = h->variant;
	struct member m[MOST];
	void *memory;
	int err = memory_map(sizeof(*h->arena), PAGES_BASE, &memory);

	if (err)
		return err;
	h->arena = memory;
	err = v->init ? v->init(v, h->arena->object, &h->setup) : 0;
	if (err)
		goto out_unmap;
	for (unsigned i = 0; i < h->setup.threads; i++)
		m[i] = (struct member){.hammer = h, .me = i, .random = i + 1};
	fflush(stdout);
	alarm(HANG_S);
	if (h->setup.processes)
		run_processes(h, m);
	else
		run_threads(h, m);
	alarm(CELL_S);
	if (v->destroy)
		v->destroy(h->arena->object);
	*wrong = atomic_load(&h->arena->wrong);
	err = *wrong ? -EIO : 0;
out_unmap:
	memory_unmap(memory, sizeof(*h->arena), PAGES_BASE);
	return err;
}

static bool can(const struct wake_ops *ops, enum what what)
{
	if (what == HANDOFF)
		return ops->notify;
	return what == BROADCAST ? ops->notify_all != NULL : ops->meet != NULL;
}

/* One variant in one of its ways, from two members up. */
static void test_way(const struct machine *m, const struct sync_mechanism *mech,
		     const struct sync_variant *v, enum what what, bool processes)
{
	unsigned pus = topology_allowed_count(m->topology), most = what == HANDOFF ? 2 : MOST;
	struct hammer h = {.ops = v->wake->ops, .variant = v, .what = what, .rounds = ROUNDS};
	uint64_t wrong = 0;
	char name[120];
	unsigned n = 2;
	int err = 0;

	if (v->flags & SYNC_SPINS) {
		h.rounds = ROUNDS_SPIN;
		most = most < pus ? most : pus;
	}
	for (; n <= most && !err; n += n == 2 ? 1 : 2) {
		h.setup = (struct sync_setup){
			.variant = v, .threads = n, .permits = 1, .processes = processes};
		err = hammer(&h, &wrong);
	}
	for (unsigned k = 0; !err && v->options && v->options[k].name; k++) {
		h.setup.opt[k] = v->options[k].max < OPTION ? v->options[k].max : OPTION;
		err = hammer(&h, &wrong);
	}
	snprintf(name, sizeof(name), "%s:%s %s of %s", mech->name, v->name, names[what],
		 processes ? "processes" : "threads");
	if (is_lack(err))
		skip(name, strerror(-err));
	else if (most < 2)
		skip(name, "one PU: a side that spins would livelock");
	else if (!ok(!err, "%s", name))
		fprintf(stderr,
			"# %u members: %llu times not what was written before the wake-up (%s)\n",
			n - 1, (unsigned long long)wrong, strerror(-err));
}

static void test_variant(const struct machine *m, const struct sync_mechanism *mech,
			 const struct sync_variant *v)
{
	bool unseen = UNDER_TSAN && v->flags & SYNC_TSAN_BLIND;

	for (enum what what = 0; what < WHATS; what++) {
		if (!can(v->wake->ops, what))
			continue;
		if (unseen)
			skip(v->name, "TSan cannot see how it orders memory");
		else if (!(v->flags & SYNC_PROCESSES_ONLY))
			test_way(m, mech, v, what, false);
		/* TSan does not follow memory from one process to another */
		if (!UNDER_TSAN && !(v->flags & SYNC_PRIVATE))
			test_way(m, mech, v, what, true);
	}
}

/*
 * cache_line: two sides, each beginning with the line that the other polls, or one line of both. To
 * read it costs a transfer.
 */
static void test_unread(const struct sync_mechanism *mech, const struct sync_variant *v)
{
	static alignas(BENCH_ALIGN) uint64_t object[8 * BENCH_ALIGN / sizeof(uint64_t)];
	bool two = !strncmp(v->name, "load_store", 10);
	uint64_t *line = object + (two ? v->shared_size / 2 / sizeof(*object) : 0);

	if (strcmp(mech->name, "cache_line") || (!two && strncmp(v->name, "one_line", 8)))
		return;
	memset(object, 0, sizeof(object));
	*line = 41;
	v->wake->ops->notify(object, 1);
	ok_is(*line, 1, "cache_line:%s: who notifies does not read the line", v->name);
}

int main(int argc, char **argv)
{
	struct machine m;
	unsigned n = 0;

	if (!ok(machine_load(&m) && !names_begin(), "the machine is read"))
		return done_testing();
	only_names = argv + 1;
	for (const struct sync_mechanism *mech = sync_mechanisms(); mech; mech = mech->next)
		for (size_t i = 0; i < mech->n_variants; i++) {
			const struct sync_variant *v = &mech->variants[i];

			if (mech->missing || !v->wake || !is_asked_for(mech->name, v->name))
				continue;
			n++;
			test_variant(&m, mech, v);
			test_unread(mech, v);
		}
	ok(n, "a variant that wakes has the name given");
	ok(no_child_left() && !objects_left(&m), "no process or name is left");
	names_end();
	ok(machine_free(&m), "the private directory is gone");
	return done_testing();
}
