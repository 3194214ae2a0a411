/* SPDX-License-Identifier: MIT */
/*
 * Floor of make bench-self: the loops that one would write by hand to time the spinlocks of sync/,
 * uncontended; after tests/floor_loops.c, for the same reason. Written from the papers, shares
 * nothing with sync/.
 * usage: floor_locks tas|ticket|mcs|clh PU TURNS
 * prints ns per turn, for orientation.
 */
#include <sched.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/floor.h"

#if defined(__x86_64__)
#define relax() __builtin_ia32_pause()
#else
#define relax() __asm__ volatile("yield" ::: "memory")
#endif

struct ticket {
	_Atomic uint32_t next, serving;
};

struct mcs {
	_Atomic(struct mcs *) next;
	_Atomic unsigned waiting;
};

struct clh {
	_Atomic unsigned held;
};

/* What one thread has of a CLH lock. */
struct clh_mine {
	struct clh *mine, *before;
};

int floor_tas(_Atomic unsigned *taken, uint64_t n);
int floor_ticket(struct ticket *lock, uint64_t n);
int floor_mcs(_Atomic(struct mcs *) *tail, struct mcs *me, uint64_t n);
int floor_clh(_Atomic(struct clh *) *tail, struct clh_mine *me, uint64_t n);

__attribute__((noinline)) int floor_tas(_Atomic unsigned *taken, uint64_t n)
{
	do {
		while (atomic_exchange_explicit(taken, 1, memory_order_acquire))
			relax();
		atomic_store_explicit(taken, 0, memory_order_release);
	} while (--n);
	return 0;
}

__attribute__((noinline)) int floor_ticket(struct ticket *lock, uint64_t n)
{
	do {
		uint32_t mine = atomic_fetch_add_explicit(&lock->next, 1, memory_order_relaxed);

		while (atomic_load_explicit(&lock->serving, memory_order_acquire) != mine)
			relax();
		mine = atomic_load_explicit(&lock->serving, memory_order_relaxed);
		atomic_store_explicit(&lock->serving, mine + 1, memory_order_release);
	} while (--n);
	return 0;
}

__attribute__((noinline)) int floor_mcs(_Atomic(struct mcs *) *tail, struct mcs *me, uint64_t n)
{
	do {
		struct mcs *before, *next, *mine = me;

		atomic_store_explicit(&me->next, NULL, memory_order_relaxed);
		before = atomic_exchange_explicit(tail, me, memory_order_acq_rel);
		if (before) {
			atomic_store_explicit(&me->waiting, 1, memory_order_relaxed);
			atomic_store_explicit(&before->next, me, memory_order_release);
			while (atomic_load_explicit(&me->waiting, memory_order_acquire))
				relax();
		}
		next = atomic_load_explicit(&me->next, memory_order_acquire);
		if (!next) {
			if (atomic_compare_exchange_strong_explicit(
				    tail, &mine, NULL, memory_order_release, memory_order_relaxed))
				continue;
			while (!(next = atomic_load_explicit(&me->next, memory_order_acquire)))
				relax();
		}
		atomic_store_explicit(&next->waiting, 0, memory_order_release);
	} while (--n);
	return 0;
}

__attribute__((noinline)) int floor_clh(_Atomic(struct clh *) *tail, struct clh_mine *me,
					uint64_t n)
{
	do {
		atomic_store_explicit(&me->mine->held, 1, memory_order_relaxed);
		me->before = atomic_exchange_explicit(tail, me->mine, memory_order_acq_rel);
		while (atomic_load_explicit(&me->before->held, memory_order_acquire))
			relax();
		atomic_store_explicit(&me->mine->held, 0, memory_order_release);
		me->mine = me->before;
	} while (--n);
	return 0;
}

static int turn(const char *what, uint64_t n)
{
	static alignas(128) struct clh nodes[2];
	static struct clh_mine clh = {.mine = &nodes[1]};
	static _Atomic(struct clh *) clh_tail = &nodes[0];
	static _Atomic(struct mcs *) mcs_tail;
	static _Atomic unsigned taken;
	static struct ticket ticket;
	static struct mcs mcs;

	if (!strcmp(what, "tas"))
		return floor_tas(&taken, n);
	if (!strcmp(what, "ticket"))
		return floor_ticket(&ticket, n);
	if (!strcmp(what, "mcs"))
		return floor_mcs(&mcs_tail, &mcs, n);
	return strcmp(what, "clh") ? -1 : floor_clh(&clh_tail, &clh, n);
}

int main(int argc, char **argv)
{
	cpu_set_t set;
	double begin;
	long n;

	if (argc != 4 || (n = atol(argv[3])) <= 0 || turn(argv[1], 1)) {
		fprintf(stderr, "usage: floor_locks tas|ticket|mcs|clh PU TURNS\n");
		return 64;
	}
	CPU_ZERO(&set);
	CPU_SET((unsigned)atoi(argv[2]), &set);
	if (sched_setaffinity(0, sizeof(set), &set)) {
		perror("floor_locks");
		return 1;
	}
	turn(argv[1], (uint64_t)n);
	begin = now_ns();
	turn(argv[1], (uint64_t)n);
	printf("%.3f\n", (now_ns() - begin) / (double)n);
	return 0;
}
