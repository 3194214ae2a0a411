/* SPDX-License-Identifier: MIT */
/*
 * Floor of make crosscheck: the least that looking for gaps can be, a loop that reads the clock on
 * one CPU. Shares nothing with bench/, not the clock either, so that a fault there cannot be on
 * both sides.
 * usage: floor_gaps CPU THRESHOLD_NS SPIN_NS
 * prints the mean time from one gap to the next, in ns.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/floor.h"

int main(int argc, char **argv)
{
	double threshold_ns, spin_ns, begin, before, now;
	unsigned long gaps = 0;

	if (argc != 4 || (threshold_ns = atof(argv[2])) <= 0 || (spin_ns = atof(argv[3])) <= 0) {
		fprintf(stderr, "usage: floor_gaps CPU THRESHOLD_NS SPIN_NS\n");
		return 64;
	}
	pin(argv[1]);
	begin = before = now = now_ns();
	while (now - begin < spin_ns) {
		now = now_ns();
		gaps += now - before > threshold_ns;
		before = now;
	}
	if (!gaps)
		die("no gap");
	printf("%.3f\n", (now - begin) / (double)gaps);
	return 0;
}
