/* SPDX-License-Identifier: MIT */
/* Which pairs of PUs `handoff matrix` measures: a pure function of the topology and the request. */
#ifndef BENCH_PLAN_MATRIX_H
#define BENCH_PLAN_MATRIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/machine/topology.h"

struct matrix_pair {
	unsigned pu[2];		/* OS index; the first comes first in logical order */
	enum relation relation; /* the closest that holds between the two */
	bool measured;		/* false: not chosen, in the list for its relation alone */
};

struct matrix {
	/*
	 * In logical order. Neighbours are always in it: where their relation changes, a cache or
	 * a node ends.
	 */
	struct matrix_pair *pairs;
	size_t n;			 /* entries of pairs */
	size_t n_measured;		 /* of them, to be measured */
	size_t possible[RELATION_COUNT]; /* pairs of the machine, by relation */
	size_t chosen[RELATION_COUNT];	 /* of them, to be measured */
};

/* Pairs of two different PUs among the allowed ones. */
size_t matrix_possible(const struct topology *t);

/*
 * Chooses `most` pairs of allowed PUs of `t` into *ret; all where there are not more. Else each
 * relation gets the same number, or all it has, at least one; which of them is random. 0, -ENOENT
 * when there is only one PU, -ENOMEM.
 */
int matrix_make(const struct topology *t, size_t most, uint64_t seed, struct matrix *ret);

/* Frees what matrix_make() made. */
void matrix_free(struct matrix *m);

#endif
