/* SPDX-License-Identifier: MIT */
/* Barriers: nobody leaves before all have come. */
#include <limits.h>
#include <pthread.h>
#include <stdalign.h>

#include "bench/base/futex.h"
#include "bench/measure/sync_loops.h"

/* pthread_barrier_wait(3p) tells one of the threads so that it may tidy up: no error. */
static inline int posix_meet(void *shared, void *local)
{
	int err = pthread_barrier_wait(shared);

	return err == PTHREAD_BARRIER_SERIAL_THREAD ? 0 : -err;
}

static int posix_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	int sharing = setup->processes ? PTHREAD_PROCESS_SHARED : PTHREAD_PROCESS_PRIVATE;
	pthread_barrierattr_t attr;
	int err;

	pthread_barrierattr_init(&attr);
	err = pthread_barrierattr_setpshared(&attr, sharing);
	if (!err)
		err = pthread_barrier_init(shared, &attr, setup->threads);
	pthread_barrierattr_destroy(&attr);
	return -err;
}

/* Counted on one line, waited for on another: those who arrive do not disturb those who look. */
struct gate {
	alignas(BENCH_ALIGN) _Atomic uint32_t missing; /* threads still to come in this round */
	uint32_t threads;			       /* that meet */
	int futex_private;			       /* 0 or FUTEX_PRIVATE_FLAG */
	alignas(BENCH_ALIGN) _Atomic uint32_t round; /* rounds that are over; sense: its last bit */
};

/*
 * Comes in; true for the last one, for whom the count is set up anew. acq_rel: a thread's release
 * joins the sequence of decrements that the last one acquires, so the last has seen what all did
 * before they came. The reset may be relaxed: nobody decrements again before having seen the new
 * `round`, which is stored after it with release and loaded with acquire.
 */
static inline bool gate_come(struct gate *gate)
{
	if (atomic_fetch_sub_explicit(&gate->missing, 1, memory_order_acq_rel) != 1)
		return false;
	atomic_store_explicit(&gate->missing, gate->threads, memory_order_relaxed);
	return true;
}

/*
 * The sense-reversing centralized barrier of Mellor-Crummey and Scott, "Algorithms for Scalable
 * Synchronization on Shared-Memory Multiprocessors", ACM TOCS 9/1 (1991), algorithm 7. The sense is
 * each thread's own and turns every round, so a slow thread that still looks at the last round
 * cannot be overtaken. release and acquire on it pass on what gate_come() gathered.
 */
static inline int sense_come(void *shared, void *local, bool asked)
{
	struct gate *gate = shared;
	uint32_t *sense = local;

	*sense = !*sense;
	if (gate_come(gate)) {
		atomic_store_explicit(&gate->round, *sense, memory_order_release);
		return 0;
	}
	SPIN_WHILE(asked, &gate->round,
		   atomic_load_explicit(&gate->round, memory_order_acquire) != *sense);
	return 0;
}

static inline int sense_meet(void *shared, void *local)
{
	return sense_come(shared, local, false);
}

static inline int asked_meet(void *shared, void *local)
{
	return sense_come(shared, local, true);
}

/*
 * The same with sleep. The round is read before the own arrival, so it cannot be over yet; a thread
 * that comes to sleep after the last one has moved it is not let in by the kernel, which compares
 * again under its own lock (futex(2)): no wake-up is lost.
 */
static inline int futex_meet(void *shared, void *local)
{
	struct gate *gate = shared;
	uint32_t round = atomic_load_explicit(&gate->round, memory_order_relaxed);

	if (gate_come(gate)) {
		atomic_store_explicit(&gate->round, round + 1, memory_order_release);
		return futex_call(&gate->round, FUTEX_WAKE | gate->futex_private, INT_MAX);
	}
	while (atomic_load_explicit(&gate->round, memory_order_acquire) == round)
		futex_call(&gate->round, FUTEX_WAIT | gate->futex_private, round);
	return 0;
}

static int gate_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	struct gate *gate = shared;

	gate->threads = setup->threads;
	gate->futex_private = setup->processes ? 0 : FUTEX_PRIVATE_FLAG;
	atomic_init(&gate->missing, setup->threads);
	return 0;
}

static const struct wake_ops posix_barrier = {.meet = posix_meet};
static const struct wake_ops sense_barrier = {.meet = sense_meet};
static const struct wake_ops sense_asked = {.meet = asked_meet};
static const struct wake_ops futex_barrier = {.meet = futex_meet};
WAKE_LOOPS(posix_barrier);
WAKE_LOOPS(sense_barrier);
WAKE_LOOPS(sense_asked);
WAKE_LOOPS(futex_barrier);

static const struct sync_variant barrier_variants[] = {
	{.name = "pthread",
	 .summary = "pthread_barrier_t",
	 .init = posix_init,
	 .shared_size = sizeof(pthread_barrier_t),
	 .wake = &posix_barrier_loops},
	{.name = "sense",
	 .summary = "sense-reversing, spins",
	 .flags = SYNC_SPINS,
	 .init = gate_init,
	 .shared_size = sizeof(struct gate),
	 .local_size = sizeof(uint32_t),
	 .wake = &sense_barrier_loops,
	 .wake_paused = &sense_asked_loops},
	{.name = "futex",
	 .summary = "counter and futex, sleeps at once",
	 .init = gate_init,
	 .shared_size = sizeof(struct gate),
	 .wake = &futex_barrier_loops},
};
SYNC_MECHANISM(barrier);
