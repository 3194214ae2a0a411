/* SPDX-License-Identifier: MIT */
/*
 * Experiment `inversion`: how long a thread waits for a lock that one of lower priority has, beside
 * one between them.
 */
#ifndef BENCH_MEASURE_SYNC_INVERSION_H
#define BENCH_MEASURE_SYNC_INVERSION_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "bench/base/cpu.h"
#include "bench/measure/crew.h"

struct sync_session;

enum { INVERSION_WAITER, INVERSION_HOLDER, INVERSION_MIDDLE, INVERSION_THREADS };

/* The waiter's, class fifo; the middle has one less, the holder two. */
#define INVERSION_PRIORITY 3
#define INVERSION_CRITICAL_NS 100000u

/* In memory that all threads see; each count is of rounds, from the beginning. */
struct inversion {
	alignas(BENCH_ALIGN) _Atomic uint32_t begun; /* the holder is to take the lock */
	_Atomic uint32_t held;			     /* it has it */
	_Atomic uint32_t busy;			     /* the middle is to work */
	_Atomic uint32_t idle;			     /* it has worked */
	_Atomic uint32_t left;			     /* the holder has given the lock back */
	_Atomic bool over;			     /* no more rounds */
	uint64_t inverted; /* rounds in which the waiter got it after the middle had worked */
};

/*
 * What thread `member` does, with its own priority; 0 or -errno. All come here with that of the
 * waiter: a thread that yields at a meeting is passed by its equals alone, and one of another
 * class would stand until the kernel throttles (sched(7)).
 */
int inversion_work(struct crew *crew, struct sync_session *s, unsigned member);

#endif
