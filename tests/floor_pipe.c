/* SPDX-License-Identifier: MIT */
/*
 * Floor of make bench-self: the least that a ping-pong of 4 bytes over two pipes can be. Shares
 * nothing with bench/, so that a fault there cannot be on both sides of the comparison.
 * usage: floor_pipe PU PU ROUND_TRIPS; prints the mean round trip in ns.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/floor.h"

/* Round trips before the clock starts: 50 ms, the longest that bench/ warms up. */
#define WARM 10000

static void ping(int out, int in, long n)
{
	int word = 0;

	for (long i = 0; i < n; i++)
		if (write(out, &word, sizeof(word)) != sizeof(word) ||
		    read(in, &word, sizeof(word)) != sizeof(word))
			die("ping");
}

static void pong(int in, int out)
{
	int word;

	while (read(in, &word, sizeof(word)) == sizeof(word))
		if (write(out, &word, sizeof(word)) != sizeof(word))
			die("pong");
}

int main(int argc, char **argv)
{
	int to[2], from[2];
	double begin;
	long n;

	if (argc != 4 || (n = atol(argv[3])) <= 0) {
		fprintf(stderr, "usage: floor_pipe PU PU ROUND_TRIPS\n");
		return 64;
	}
	if (pipe(to) || pipe(from))
		die("pipe");
	if (!other_side(argv[2], argv[1])) {
		close(to[1]);
		pong(to[0], from[1]);
		_exit(0);
	}
	ping(to[1], from[0], WARM);
	begin = now_ns();
	ping(to[1], from[0], n);
	printf("%.3f\n", (now_ns() - begin) / (double)n);
	close(to[1]);
	wait(NULL);
	return 0;
}
