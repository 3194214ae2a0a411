/* SPDX-License-Identifier: MIT */
/*
 * Floor of make bench-self: a ping-pong of large messages over shared memory: each side writes a
 * word of every line of a buffer of its own, copies it into the shared one, says so, and the other
 * copies what that PU has just written into its own buffer and reads a word of every line. Nothing
 * else. The shared buffers are used in turn, BUFFERS per direction, as a ring does. Shares nothing
 * with bench/.
 * usage: floor_copy PU PU ROUND_TRIPS BYTES BUFFERS; prints the mean round trip in ns.
 */
#include <signal.h>
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
#define LINE 64	    /* bytes */

static struct flags {
	_Alignas(128) _Atomic uint64_t turn; /* the message that lies there, from 1 */
} * flag;				     /* [direction] */
static uint8_t *buffer;			     /* [direction][buffer][bytes] */
static uint8_t *private;		     /* [2][bytes]: to send, received */
static size_t bytes, buffers;

static void *memory(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

static uint8_t *place(int direction, uint64_t turn)
{
	return buffer + ((size_t)direction * buffers + turn % buffers) * bytes;
}

static void send(int direction, uint64_t turn)
{
	for (size_t at = 0; at < bytes; at += LINE)
		memcpy(private + at, &turn, sizeof(turn));
	memcpy(place(direction, turn), private, bytes);
	atomic_store_explicit(&flag[direction].turn, turn, memory_order_release);
}

static void receive(int direction, uint64_t turn)
{
	uint8_t *mine = private + bytes;
	uint64_t wrong = 0, word;

	while (atomic_load_explicit(&flag[direction].turn, memory_order_acquire) != turn)
#if defined(__x86_64__)
		__builtin_ia32_pause();
#else
		__asm__ volatile("yield");
#endif
	memcpy(mine, place(direction, turn), bytes);
	for (size_t at = 0; at < bytes; at += LINE) {
		memcpy(&word, mine + at, sizeof(word));
		wrong |= word ^ turn;
	}
	if (wrong)
		die("wrong payload");
}

int main(int argc, char **argv)
{
	uint64_t turn = 1;
	double begin;
	pid_t child;
	long n;

	if (argc != 6 || (n = atol(argv[3])) <= 0 || (bytes = (size_t)atol(argv[4])) % LINE ||
	    !bytes || !(buffers = (size_t)atol(argv[5]))) {
		fprintf(stderr, "usage: floor_copy PU PU ROUND_TRIPS BYTES BUFFERS\n");
		return 64;
	}
	flag = memory(2 * sizeof(*flag));
	buffer = memory(2 * buffers * bytes);
	child = other_side(argv[2], argv[1]);
	private = memory(2 * bytes);
	if (!child)
		for (;; turn++) { /* until it is killed */
			receive(0, turn);
			send(1, turn);
		}
	for (begin = now_ns(); now_ns() - begin < WARM_NS; turn++) {
		send(0, turn);
		receive(1, turn);
	}
	begin = now_ns();
	for (uint64_t end = turn + (uint64_t)n; turn < end; turn++) {
		send(0, turn);
		receive(1, turn);
	}
	printf("%.3f\n", (now_ns() - begin) / (double)n);
	kill(child, SIGKILL);
	wait(NULL);
	return 0;
}
