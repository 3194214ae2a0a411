/* SPDX-License-Identifier: MIT */
/*
 * Read before every source that is checked (gcc -include), so that the source itself is what is
 * checked, not a copy of it. It takes in the headers of the timed loops, then has the loops made no
 * more and what the kernel and libc do simulated by tests/models/simulate.cpp.
 */
#ifndef TESTS_MODELS_MODEL_H
#define TESTS_MODELS_MODEL_H

#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/base/clock.h"
#include "bench/ipc.h"
#include "bench/measure/ipc_loops.h"
#include "bench/measure/sync_loops.h"

/* One situation: what so many threads do at once, from one and the same beginning. */
struct model_case {
	const char *what; /* primitive, variant and what is asked of it */
	unsigned threads; /* 2 to 4 */
	unsigned arg[4];  /* the situation's own, the same for all its functions */
	const void *of;	  /* likewise: the variant or wait mode */
	void (*before)(const struct model_case *);
	void (*thread)(const struct model_case *, unsigned me);
	void (*after)(const struct model_case *); /* all threads have ended */
};

/* What the program at hand checks; defined beside the threads. Returns how many. */
unsigned model_cases(const struct model_case **ret);

/* An order that no run can tell from a weaker one: `where` is what its place's name ends in. */
struct model_blind {
	const char *where;
	const char *why;
};

/* Ended by one without a place; beside model_cases(). */
extern const struct model_blind model_blind[];

/*
 * Memory that the threads share, zeroed, BENCH_ALIGN-aligned; in `before` only. Plain accesses to
 * it are checked for races, atomic ones see what C11 lets them see.
 */
void *model_memory(size_t size);

/* Ends the run as failed unless `right`. */
void model_check(bool right, const char *what);

/* Lets the others go on: in every turn of a loop that waits for them. */
void model_pause(void);

/* A count of the situation's own, seq_cst: not of what is checked. Returns what it was before. */
uint64_t model_count(uint64_t *word, uint64_t more);

/* Time: a step on at each look, so that whoever waits for it gets there. */
uint64_t model_clock_ns(void);

/* A descriptor of an eventfd that counts; in `before` only. */
int model_eventfd(void);

long model_syscall(long number, ...);
int model_sem_wait(sem_t *sem);
int model_sem_trywait(sem_t *sem);
int model_sem_post(sem_t *sem);
int model_mutex_lock(pthread_mutex_t *mutex);
int model_mutex_unlock(pthread_mutex_t *mutex);
int model_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex);
int model_cond_signal(pthread_cond_t *cond);
ssize_t model_read(int fd, void *buf, size_t len);
ssize_t model_write(int fd, const void *buf, size_t len);
void *model_memcpy(void *to, const void *from, size_t len);

#ifndef MODEL_ITSELF
#define cpu_relax model_pause
#define clock_now_ns model_clock_ns
#define syscall model_syscall
#define sem_wait model_sem_wait
#define sem_trywait model_sem_trywait
#define sem_post model_sem_post
#define pthread_mutex_lock model_mutex_lock
#define pthread_mutex_unlock model_mutex_unlock
#define pthread_cond_wait model_cond_wait
#define pthread_cond_signal model_cond_signal
#define read(fd, buf, len) model_read(fd, buf, len)
#define write(fd, buf, len) model_write(fd, buf, len)
#define memcpy(to, from, len) model_memcpy(to, from, len)

#undef LOCK_LOOPS
#undef RW_LOOPS
#undef WAKE_LOOPS
#undef QUEUE_LOOPS
#define LOCK_LOOPS(ops_) static const struct lock_loops ops_##_loops = {.ops = &ops_}
#define RW_LOOPS(ops_) LOCK_LOOPS(ops_)
#define WAKE_LOOPS(ops_) static const struct wake_loops ops_##_loops = {.ops = &ops_}
/* struct queue_loops has no place for them: they are their own loops here. */
#define QUEUE_LOOPS(ops_)                                                      \
	static int ops_##_put(struct sync_run *run)                            \
	{                                                                      \
		return ops_.put(run->shared, run->local, run->random);         \
	}                                                                      \
	static int ops_##_get(struct sync_run *run)                            \
	{                                                                      \
		return ops_.get(run->shared, run->local, &run->random);        \
	}                                                                      \
	static const struct queue_loops ops_##_loops = {.produce = ops_##_put, \
							.consume = ops_##_get}

/* One message each; the steps themselves are those of bench/measure/ipc_loops.h. */
#undef IPC_LOOPS
#undef IPC_MODE_OF
#define IPC_LOOPS(ops, wait)                                                                     \
	static int ops##_##wait##_stream(struct ipc_run *run)                                    \
	{                                                                                        \
		return ipc_send_number(&ops, &wait, run, run->end,                               \
				       (uint64_t)run->end->producer << FAN_PRODUCER | run->sent, \
				       run->touch);                                              \
	}                                                                                        \
	static int ops##_##wait##_sink(struct ipc_run *run)                                      \
	{                                                                                        \
		return run->fan ? ipc_collect(&ops, &wait, run)                                  \
				: ipc_recv(&ops, &wait, run, run->end, run->touch);              \
	}                                                                                        \
	_Static_assert(1, "ends with a semicolon")
#define IPC_MODE_OF(op, w, paused_, ...)                                                      \
	{                                                                                     \
		.wait = &w, .ops = &op, .paused = paused_,                                    \
		.loops = {.stream = op##_##w##_stream, .sink = op##_##w##_sink, __VA_ARGS__}, \
	}
#endif

#endif
