/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/* Sessions with locks that look around: which threads there are, how long a lock is held. */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <semaphore.h>
#include <string.h>
#include <time.h>

#include "bench/measure/sync_session.h"
#include "bench/program/sync_to_row.h"
#include "tests/tree.h"

#define HELD_NS 3000u
#define THINK_NS 20000u

/* What the lock saw. */
struct looker {
	_Atomic unsigned threads; /* of the process, at the first turn */
	_Atomic unsigned taken;
};

static unsigned threads_of_process(void)
{
	DIR *dir = opendir("/proc/self/task");
	unsigned n = 0;

	/* cppcheck-suppress readdirCalled */
	for (struct dirent *e; dir && (e = readdir(dir));)
		n += e->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return n;
}

static inline int look_enter(void *shared, void *local)
{
	struct looker *looker = shared;

	if (!atomic_load(&looker->threads))
		atomic_store(&looker->threads, threads_of_process());
	while (atomic_exchange_explicit(&looker->taken, 1, memory_order_acquire))
		cpu_relax();
	return 0;
}

static inline int look_leave(void *shared, void *local)
{
	struct looker *looker = shared;

	atomic_store_explicit(&looker->taken, 0, memory_order_release);
	return 0;
}

static unsigned seen_threads; /* the object is gone when the session is over */

static void look_destroy(void *shared)
{
	seen_threads = atomic_load(&((struct looker *)shared)->threads);
}

static const struct lock_ops look = {.enter = look_enter, .leave = look_leave};
LOCK_LOOPS(look);

static const struct sync_variant looker_variants[] = {
	{.name = "plain",
	 .shared_size = sizeof(struct looker),
	 .destroy = look_destroy,
	 .lock = &look_loops},
};
SYNC_MECHANISM(looker);

/* A lock that sleeps. One thread of a round is slow to leave: the last has left long before. */
struct slow {
	sem_t sem;
	_Atomic unsigned leaves;
	_Atomic bool leaving;	/* the slow one has let the next in, and is still on its way out */
	_Atomic bool overtaken; /* another round began meanwhile */
};

#define SLOW_THREADS 4u
#define SLOW_LOOKS 200u

static bool overtaken; /* the object is gone when the session is over */

static inline int slow_enter(void *shared, void *local)
{
	struct slow *slow = shared;

	if (atomic_load(&slow->leaving))
		atomic_store(&slow->overtaken, true);
	while (sem_wait(&slow->sem))
		if (errno != EINTR)
			return -errno;
	return 0;
}

static inline int slow_leave(void *shared, void *local)
{
	static const struct timespec pause = {.tv_nsec = 20000};
	struct slow *slow = shared;
	unsigned leave = atomic_fetch_add(&slow->leaves, 1) + 1;
	unsigned looks = 0;

	if (leave % SLOW_THREADS != SLOW_THREADS - 1)
		return sem_post(&slow->sem) ? -errno : 0;
	atomic_store(&slow->leaving, true);
	sem_post(&slow->sem);
	while (looks < SLOW_LOOKS && !atomic_load(&slow->overtaken)) {
		nanosleep(&pause, NULL);
		looks += atomic_load(&slow->leaves) > leave;
	}
	atomic_store(&slow->leaving, false);
	return 0;
}

static int slow_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	return sem_init(&((struct slow *)shared)->sem, setup->processes, 1) ? -errno : 0;
}

static void slow_destroy(void *shared)
{
	overtaken = atomic_load(&((struct slow *)shared)->overtaken);
}

static const struct lock_ops slow_lock = {.enter = slow_enter, .leave = slow_leave};
LOCK_LOOPS(slow_lock);

static const struct sync_variant slow_variants[] = {
	{.name = "plain",
	 .init = slow_init,
	 .destroy = slow_destroy,
	 .shared_size = sizeof(struct slow),
	 .lock = &slow_lock_loops},
};
SYNC_MECHANISM(slow);

static struct sync_result result;
static char why[CREW_REASON];

static struct sync_cell cell_of(const struct topology *t, enum sync_experiment e, unsigned threads)
{
	struct sync_cell cell = {
		.mechanism = &looker_mechanism,
		.variant = &looker_variants[0],
		.topology = t,
		.ask = {.group = GROUP_SYNC, .experiment = e, .threads = threads, .permits = 1},
		.mem_node = -1,
		.size = {.duration_ns = 100000000u, .warm_ns = 2000000u},
	};

	if (placement_order(t, ORDER_COMPACT, threads, cell.seats.pu) < 0)
		ok(false, "PUs are found");
	return cell;
}

/* glibc leaves the atomics of its locks out while a process has one thread. */
static void test_not_alone(const struct topology *t)
{
	struct sync_cell cell = cell_of(t, SYNC_UNCONTENDED, 1);

	for (int processes = 0; processes < 2; processes++) {
		int err;

		cell.ask.endpoints = processes ? ENDPOINTS_PROCESS : ENDPOINTS_THREAD;
		err = sync_session_run(&cell, &result, why);
		ok(!err && seen_threads >= 2, "uncontended, %s: the process has %u threads %s",
		   processes ? "process" : "thread", seen_threads, why);
	}
}

/*
 * Delays end by the clock: they may be longer than asked for, never shorter, and the row says how
 * long.
 */
static void test_times_seen(const struct topology *t)
{
	struct sync_cell cell = cell_of(t, SYNC_CONTENDED, 2);
	static struct row row;

	cell.ask.critical_ns = HELD_NS;
	cell.ask.think_ns = THINK_NS;
	ok(!sync_session_run(&cell, &result, why), "contended: %s", why);
	row_clear(&row);
	sync_fill_figures(&row, &cell, &result);
	ok(row_get_decimal(&row, COL_critical_seen_ns) >= HELD_NS,
	   "the lock was held for %.0f ns of %u", row_get_decimal(&row, COL_critical_seen_ns),
	   HELD_NS);
	ok(row_get_decimal(&row, COL_think_seen_ns) >= THINK_NS * 0.75,
	   "between two turns %.0f ns of %u +-25 %%", row_get_decimal(&row, COL_think_seen_ns),
	   THINK_NS);
}

/*
 * What the driver does for the counters may take a PU from the sides: none of it is in the window.
 */
static void test_looks(const struct topology *t)
{
	struct sync_cell cell = cell_of(t, SYNC_CONTENDED, 2);
	const struct trial *trial = &result.trial;

	ok(!sync_session_run(&cell, &result, why), "contended: %s", why);
	ok(trial->begin.when_ns <= trial->timed_begin_ns,
	   "the first look ends before the window opens");
	ok(trial->end.when_ns >= trial->timed_begin_ns + result.window_ns,
	   "the last look begins when it has closed");
}

/* A round of `order` begins when all have left the one before. */
static void test_rounds_apart(const struct topology *t)
{
	struct sync_cell cell = cell_of(t, SYNC_ORDER, SLOW_THREADS);

	cell.mechanism = &slow_mechanism;
	cell.variant = &slow_variants[0];
	cell.size = (struct trial_size){.iterations = 10};
	ok(!sync_session_run(&cell, &result, why), "order: %s", why);
	ok(!overtaken, "no round begins while a thread still leaves");
	ok_is(result.served.in_order, 10, "rounds in which all were served as they came");
}

static void throttled(const char *runtime, const char *period, bool want)
{
	tree_put("/proc/sys/kernel/sched_rt_runtime_us", runtime);
	tree_put("/proc/sys/kernel/sched_rt_period_us", period);
	ok_is(crew_is_throttled(tree_root), want, "real-time tasks may have %s of %s us: %s",
	      runtime, period, want ? "some time is left" : "all");
}

static void test_throttled(void)
{
	tree_new();
	ok(crew_is_throttled(tree_root), "nothing is said of real-time tasks: the default holds");
	throttled("950000", "1000000", true);
	throttled("-1", "1000000", false);
	throttled("1000000", "1000000", false);
	throttled("0", "1000000", true);
	tree_put("/proc/version", "Linux version 6.11.9 (gcc)\n");
	throttled("-1", "1000000", false);
	tree_put("/proc/version", "Linux version 6.12.0 (gcc)\n");
	throttled("-1", "1000000", true); /* by the fair server */
	tree_put("/sys/kernel/debug/sched/fair_server/cpu0/period", "1000000000\n");
	tree_put("/sys/kernel/debug/sched/fair_server/cpu0/runtime", "0\n");
	throttled("-1", "1000000", false);
	tree_remove();
}

int main(void)
{
	struct topology *t = NULL;

	/* the kernel's clock: it stamps the looks as well */
	if (!ok(!clock_init(CLOCK_KIND_MONOTONIC) && !topology_load(&t), "the machine is read"))
		return done_testing();
	test_not_alone(t);
	test_times_seen(t);
	test_looks(t);
	test_rounds_apart(t);
	test_throttled();
	topology_free(t);
	return done_testing();
}
