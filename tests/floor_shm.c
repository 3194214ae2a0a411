/* SPDX-License-Identifier: MIT */
/*
 * Floor of make bench-self: the least that a spinning ping-pong over shared memory can be: a line
 * holds a message's number and a payload of one word, which each side writes before it sends and
 * reads after it received (what --touch=line does to 8 bytes). Without BYTES it is written and read
 * where it lies; with BYTES it goes through a private buffer by memcpy(3) of that many (8 to 48).
 * With 64 the word lies in place again, in the line beside: a message of two lines, both asked for
 * at once.
 *
 * The lines are used in turn, as in a ring: one line per direction is slower (EPYC of family 26: 95
 * ns against 77), because it has to be won back from the reader just when it is needed. Shares
 * nothing with bench/, so that a fault there cannot be on both sides of the comparison.
 * usage: floor_shm PU PU ROUND_TRIPS [BYTES [LINES]]; prints the mean round trip in ns. LINES are
 * those used per direction, a power of two: with 1 it is the floor of a mailbox.
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
#define LINES 64   /* per direction, at most */
#define PAYLOAD 48 /* bytes; with the number, one line of 64 */
#define BESIDE 64  /* bytes: a payload that fills a line of its own */

struct line {
	alignas(128) _Atomic uint64_t turn; /* number of the message that lies here, from 1 */
	uint8_t payload[PAYLOAD];
	alignas(BESIDE) uint8_t beside[BESIDE];
};

/* One side: what it writes to, what it reads from, and how many bytes it copies (0: in place). */
struct side {
	struct line *out, *in;
	size_t bytes;
	uint64_t mask; /* lines used - 1 */
	uint8_t to[PAYLOAD], from[PAYLOAD];
};

static inline void send(struct side *side, uint64_t turn, uint64_t payload)
{
	struct line *line = &side->out[turn & side->mask];

	if (side->bytes == BESIDE) {
		memcpy(line->beside, &payload, sizeof(payload));
	} else if (side->bytes) {
		memcpy(side->to, &payload, sizeof(payload));
		memcpy(line->payload, side->to, side->bytes);
	} else {
		memcpy(line->payload, &payload, sizeof(payload));
	}
	atomic_store_explicit(&line->turn, turn, memory_order_release);
}

static inline uint64_t receive(struct side *side, uint64_t turn)
{
	struct line *line = &side->in[turn & side->mask];
	uint8_t *at = side->bytes == BESIDE ? line->beside : line->payload;
	uint64_t payload;

	for (;;) {
		__builtin_prefetch(at);
		if (atomic_load_explicit(&line->turn, memory_order_acquire) == turn)
			break;
#if defined(__x86_64__)
		__builtin_ia32_pause();
#else
		__asm__ volatile("yield");
#endif
	}
	if (!side->bytes || side->bytes == BESIDE) {
		memcpy(&payload, at, sizeof(payload));
		return payload;
	}
	memcpy(side->from, line->payload, side->bytes);
	memcpy(&payload, side->from, sizeof(payload));
	return payload;
}

/* `n` round trips after the first `done`; the number of them all. */
static uint64_t ping(struct side *side, uint64_t done, uint64_t n)
{
	for (uint64_t turn = done + 1; turn <= done + n; turn++) {
		send(side, turn, turn);
		if (receive(side, turn) != turn)
			die("wrong payload");
	}
	return done + n;
}

static void pong(struct side *side)
{
	uint64_t payload;

	for (uint64_t turn = 1; (payload = receive(side, turn)) != STOP; turn++)
		send(side, turn, payload);
}

int main(int argc, char **argv)
{
	struct side side = {.bytes = argc > 4 ? (size_t)atol(argv[4]) : 0,
			    .mask = (argc > 5 ? (uint64_t)atol(argv[5]) : LINES) - 1};
	uint64_t done = 0;
	struct line *line;
	double begin;
	long n;

	if (argc < 4 || argc > 6 || (n = atol(argv[3])) <= 0 ||
	    (side.bytes > PAYLOAD && side.bytes != BESIDE) || side.mask >= LINES ||
	    (side.mask & (side.mask + 1))) {
		fprintf(stderr, "usage: floor_shm PU PU ROUND_TRIPS [BYTES [LINES]]\n");
		return 64;
	}
	line = mmap(NULL, 2 * LINES * sizeof(*line), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (line == MAP_FAILED)
		die("mmap");
	if (!other_side(argv[2], argv[1])) {
		side.out = line + LINES;
		side.in = line;
		pong(&side);
		_exit(0);
	}
	side.out = line;
	side.in = line + LINES;
	for (begin = now_ns(); now_ns() - begin < WARM_NS;)
		done = ping(&side, done, 1000);
	begin = now_ns();
	done = ping(&side, done, (uint64_t)n);
	printf("%.3f\n", (now_ns() - begin) / (double)n);
	send(&side, done + 1, STOP);
	wait(NULL);
	return 0;
}
