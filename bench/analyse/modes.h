/* SPDX-License-Identifier: MIT */
/*
 * Two kinds of processes in one configuration. How pages, caches and the peer happen to lie when a
 * process starts can make all of its operations fast or all of them slow; then no median of runs
 * says what a user gets, and a profile may change how often the slow kind comes instead of how slow
 * it is.
 */
#ifndef BENCH_ANALYSE_MODES_H
#define BENCH_ANALYSE_MODES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Neighbours, among the sorted values of all runs, that lie this far apart are of two kinds. Runs
 * of one kind, normal with a standard deviation of 15 % (three configurations of four of the
 * example have less), have such a gap with two or more on each side in fewer than 1 of 200
 * configurations.
 */
#define MODES_GAP 1.3
/* Runs on each side of the gap; and runs that are not of their arm's usual kind. */
#define MODES_LEAST 2

struct mode {
	size_t n[2];	  /* runs of it in the base and in the arm */
	double median[2]; /* of their values, NaN where there are none */
};

struct modes {
	bool found; /* else the rest is not set */
	struct mode fast, slow;
	double p;    /* two-sided, that the share of slow runs did not change */
	double most; /* change of the mean that the share can bring at most: factor - 1 */
};

/*
 * Whether the values of base and arm, all above 0, are of two kinds, and which is how often.
 * `paired`: base[i] goes with arm[i], and p is McNemar's exact test; else Fisher's. `grows`: larger
 * is faster. 0 or -ENOMEM.
 */
int modes_find(const double *base, size_t n_base, const double *arm, size_t n_arm, bool paired,
	       bool grows, struct modes *ret);

/*
 * Exact two-sided p that two shares are equal, of which the runs show k[0] of n[0] and k[1] of
 * n[1].
 */
double modes_fisher(const size_t *k, const size_t *n);

/* Exact two-sided p that `b` pairs that changed one way and `c` the other are equally likely. */
double modes_mcnemar(size_t b, size_t c);

#endif
