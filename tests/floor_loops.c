/* SPDX-License-Identifier: MIT */
/*
 * Floor of make bench-self: the loops that one would write by hand to time a mutex, a TTAS lock and
 * atomic operations, uncontended. They are compiled with the flags of bench/ and their disassembly
 * is counted: below 50 ns the proof is the instructions, not the time. They keep what an honest
 * loop must: error codes are looked at, results are used, the number of turns is not known
 * beforehand.
 * usage: floor_loops mutex|ttas|fetch_add|exchange|load|compare_exchange PU TURNS
 * prints ns per turn, for orientation.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/floor.h"

#if defined(__x86_64__)
#define relax() __builtin_ia32_pause()
#else
#define relax() __asm__ volatile("yield" ::: "memory")
#endif

int floor_mutex(pthread_mutex_t *mutex, uint64_t n);
int floor_ttas(_Atomic unsigned *taken, uint64_t n);
int floor_fetch_add(_Atomic uint64_t *word, uint64_t n);
int floor_exchange(_Atomic uint64_t *word, uint64_t n);
int floor_load(_Atomic uint64_t *word, uint64_t n);
int floor_compare_exchange(_Atomic uint64_t *word, uint64_t n);

__attribute__((noinline)) int floor_mutex(pthread_mutex_t *mutex, uint64_t n)
{
	int err;

	do {
		err = pthread_mutex_lock(mutex);
		if (err)
			return err;
		err = pthread_mutex_unlock(mutex);
		if (err)
			return err;
	} while (--n);
	return 0;
}

__attribute__((noinline)) int floor_ttas(_Atomic unsigned *taken, uint64_t n)
{
	do {
		while (atomic_exchange_explicit(taken, 1, memory_order_acquire))
			while (atomic_load_explicit(taken, memory_order_relaxed))
				relax();
		atomic_store_explicit(taken, 0, memory_order_release);
	} while (--n);
	return 0;
}

__attribute__((noinline)) int floor_fetch_add(_Atomic uint64_t *word, uint64_t n)
{
	do {
		uint64_t before = atomic_fetch_add(word, 1);

		__asm__ volatile("" ::"r"(before));
	} while (--n);
	return 0;
}

__attribute__((noinline)) int floor_exchange(_Atomic uint64_t *word, uint64_t n)
{
	do {
		uint64_t before = atomic_exchange(word, 1);

		__asm__ volatile("" ::"r"(before));
	} while (--n);
	return 0;
}

__attribute__((noinline)) int floor_load(_Atomic uint64_t *word, uint64_t n)
{
	do {
		uint64_t value = atomic_load(word);

		__asm__ volatile("" ::"r"(value));
	} while (--n);
	return 0;
}

__attribute__((noinline)) int floor_compare_exchange(_Atomic uint64_t *word, uint64_t n)
{
	do {
		uint64_t seen = atomic_load_explicit(word, memory_order_relaxed);

		atomic_compare_exchange_strong_explicit(word, &seen, seen + 1, memory_order_seq_cst,
							memory_order_relaxed);
	} while (--n);
	return 0;
}

/* A second thread, asleep: in a process of one thread, glibc leaves the atomic operations out. */
static void *park(void *unused)
{
	pause();
	return NULL;
}

static int turn(const char *what, uint64_t n)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	static _Atomic unsigned taken;
	static _Atomic uint64_t word;

	if (!strcmp(what, "mutex"))
		return floor_mutex(&mutex, n);
	if (!strcmp(what, "ttas"))
		return floor_ttas(&taken, n);
	if (!strcmp(what, "exchange"))
		return floor_exchange(&word, n);
	if (!strcmp(what, "load"))
		return floor_load(&word, n);
	if (!strcmp(what, "compare_exchange"))
		return floor_compare_exchange(&word, n);
	return strcmp(what, "fetch_add") ? -1 : floor_fetch_add(&word, n);
}

int main(int argc, char **argv)
{
	pthread_t parked;
	cpu_set_t set;
	double begin;
	long n;

	if (argc != 4 || (n = atol(argv[3])) <= 0 || turn(argv[1], 1)) {
		fprintf(stderr, "usage: floor_loops "
				"mutex|ttas|fetch_add|exchange|load|compare_exchange PU TURNS\n");
		return 64;
	}
	CPU_ZERO(&set);
	CPU_SET((unsigned)atoi(argv[2]), &set);
	if (sched_setaffinity(0, sizeof(set), &set) || pthread_create(&parked, NULL, park, NULL)) {
		perror("floor_loops");
		return 1;
	}
	turn(argv[1], (uint64_t)n);
	begin = now_ns();
	turn(argv[1], (uint64_t)n);
	printf("%.3f\n", (now_ns() - begin) / (double)n);
	return 0;
}
