/* SPDX-License-Identifier: MIT */
/* needs: ck */
/*
 * Peer of make bench-self: Concurrency Kit's ck_ring, one producer and one consumer, with messages
 * of 64 bytes that are copied in and out, one word of each written before and read after (what
 * --touch=line does to 64 bytes). Shares nothing with bench/.
 * usage: floor_ck PU PU MESSAGES; prints ns per message, until the consumer has confirmed the last.
 */
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#if __has_include(<ck_ring.h>)
#include <ck_ring.h>

#include "tests/floor.h"

#define WARM_NS 5e7 /* the longest that bench/ warms up */
#define SLOTS 64    /* as many as our ring has at this size */
#define STOP UINT64_MAX

struct message {
	uint64_t word[8];
};

CK_RING_PROTOTYPE(message, message)

struct shared {
	ck_ring_t ring;
	_Alignas(128) struct message slot[SLOTS];
	_Alignas(128) _Atomic uint64_t confirmed; /* messages, stored by the consumer when asked */
	_Alignas(128) _Atomic uint64_t ask;	  /* confirm this many */
};

static inline void relax(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#else
	__asm__ volatile("yield");
#endif
}

static void put(struct shared *s, uint64_t word)
{
	static struct message m;

	m.word[0] = word;
	while (!ck_ring_enqueue_spsc_message(&s->ring, s->slot, &m))
		relax();
}

/* `n` messages after the first `done`, confirmed; the number of them all. */
static uint64_t produce(struct shared *s, uint64_t done, uint64_t n)
{
	atomic_store(&s->ask, done + n);
	for (uint64_t i = 0; i < n; i++)
		put(s, done + i);
	while (atomic_load_explicit(&s->confirmed, memory_order_acquire) != done + n)
		relax();
	return done + n;
}

static void consume(struct shared *s)
{
	static struct message m;

	for (uint64_t i = 0;; i++) {
		while (!ck_ring_dequeue_spsc_message(&s->ring, s->slot, &m))
			relax();
		if (m.word[0] == STOP)
			return;
		if (m.word[0] != i)
			die("wrong payload");
		if (i + 1 == atomic_load_explicit(&s->ask, memory_order_relaxed))
			atomic_store_explicit(&s->confirmed, i + 1, memory_order_release);
	}
}

int main(int argc, char **argv)
{
	uint64_t done = 0;
	struct shared *s;
	double begin;
	long n;

	if (argc != 4 || (n = atol(argv[3])) <= 0) {
		fprintf(stderr, "usage: floor_ck PU PU MESSAGES\n");
		return 64;
	}
	s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s == MAP_FAILED)
		die("mmap");
	ck_ring_init(&s->ring, SLOTS);
	if (!other_side(argv[2], argv[1])) {
		consume(s);
		_exit(0);
	}
	for (begin = now_ns(); now_ns() - begin < WARM_NS;)
		done = produce(s, done, 1000);
	begin = now_ns();
	produce(s, done, (uint64_t)n);
	printf("%.3f\n", (now_ns() - begin) / (double)n);
	put(s, STOP);
	wait(NULL);
	return 0;
}
#else
int main(void)
{
	fputs("floor_ck: built without Concurrency Kit: make deps\n", stderr);
	return 69;
}
#endif
