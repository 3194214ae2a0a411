/* SPDX-License-Identifier: MIT */
/*
 * Floor of make bench-self: the least that a hand-over by cache coherence can be, by the protocol
 * of c2clat (https://github.com/rigtorp/c2clat): each side stores to a line of its own and waits on
 * the other's; the counts stay in registers. Shares nothing with bench/.
 * usage: floor_line PU PU ROUND_TRIPS [pause]
 * prints the mean round trip in ns. pause: between looks.
 */
#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/floor.h"

#define WARM_NS 5e7 /* the longest that bench/ warms up */
#define STOP UINT64_MAX

struct line {
	alignas(128) _Atomic uint64_t count;
};

static inline void relax(int pause)
{
	if (!pause)
		return;
#if defined(__x86_64__)
	__builtin_ia32_pause();
#else
	__asm__ volatile("yield");
#endif
}

/* `n` round trips after the first `done`; the number of them all. */
static inline uint64_t ping(struct line *line, uint64_t done, uint64_t n, int pause)
{
	for (uint64_t turn = done + 1; turn <= done + n; turn++) {
		atomic_store_explicit(&line[0].count, turn, memory_order_release);
		while (atomic_load_explicit(&line[1].count, memory_order_acquire) != turn)
			relax(pause);
	}
	return done + n;
}

static inline void pong(struct line *line, int pause)
{
	uint64_t seen;

	for (uint64_t turn = 1;; turn++) {
		while ((seen = atomic_load_explicit(&line[0].count, memory_order_acquire)) < turn)
			relax(pause);
		if (seen == STOP)
			return;
		atomic_store_explicit(&line[1].count, turn, memory_order_release);
	}
}

/* The mean of `n` round trips after the warm-up; each of the two has loops of its own. */
static inline double run(struct line *line, uint64_t n, int pause)
{
	double begin = now_ns(), took;
	uint64_t done = 0;

	while (now_ns() - begin < WARM_NS)
		done = ping(line, done, 1000, pause);
	begin = now_ns();
	ping(line, done, n, pause);
	took = now_ns() - begin;
	atomic_store(&line[0].count, STOP);
	return took / (double)n;
}

int main(int argc, char **argv)
{
	int pause = argc > 4;
	struct line *line;
	long n;

	if (argc < 4 || argc > 5 || (n = atol(argv[3])) <= 0 ||
	    (pause && strcmp(argv[4], "pause"))) {
		fprintf(stderr, "usage: floor_line PU PU ROUND_TRIPS [pause]\n");
		return 64;
	}
	line = mmap(NULL, 2 * sizeof(*line), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		    0);
	if (line == MAP_FAILED)
		die("mmap");
	if (!other_side(argv[2], argv[1])) {
		pause ? pong(line, 1) : pong(line, 0);
		_exit(0);
	}
	printf("%.3f\n", pause ? run(line, (uint64_t)n, 1) : run(line, (uint64_t)n, 0));
	wait(NULL);
	munmap(line, 2 * sizeof(*line));
	return 0;
}
