/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/* Which pairs of PUs the matrix measures, on machines that exist only as text. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/random.h"
#include "bench/plan/matrix.h"
#include "tests/tap.h"

#define HUGE "package:2 [numa] l3:8 core:16 pu:2" /* 512 PUs */
#define HUGE_PAIRS (512u * 511 / 2)
#define SAMPLE 2000u
#define RELATIONS 4 /* of HUGE: smt, same-l3, same-node, other-package */

static struct topology *machine;
static struct matrix matrix;

static int make(const char *description, size_t most, uint64_t seed)
{
	matrix_free(&matrix);
	topology_free(machine);
	machine = NULL;
	if (topology_load_synthetic(&machine, description))
		return -EINVAL;
	return matrix_make(machine, most, seed, &matrix);
}

/* Each pair once, its first PU first in logical order, its relation the topology's. */
static bool is_in_order(void)
{
	unsigned last[2] = {0, 0};

	for (size_t i = 0; i < matrix.n; i++) {
		const struct matrix_pair *p = &matrix.pairs[i];
		unsigned a = topology_logical(machine, p->pu[0]),
			 b = topology_logical(machine, p->pu[1]);

		if (a >= b || p->relation != topology_relation(machine, p->pu[0], p->pu[1]))
			return false;
		if (i && (a < last[0] || (a == last[0] && b <= last[1])))
			return false;
		last[0] = a;
		last[1] = b;
	}
	return true;
}

/* Pairs of neighbours, whether measured or there for their relation. */
static size_t neighbours(void)
{
	size_t n = 0;

	for (size_t i = 0; i < matrix.n; i++)
		n += topology_logical(machine, matrix.pairs[i].pu[1]) ==
		     topology_logical(machine, matrix.pairs[i].pu[0]) + 1;
	return n;
}

/* PUs that no measured pair has. */
static unsigned left_out(void)
{
	bool seen[512] = {false};
	unsigned n = 0;

	for (size_t i = 0; i < matrix.n; i++)
		for (int k = 0; k < 2; k++)
			if (matrix.pairs[i].measured)
				seen[topology_logical(machine, matrix.pairs[i].pu[k])] = true;
	for (unsigned i = 0; i < 512; i++)
		n += !seen[i];
	return n;
}

static size_t count_measured(void)
{
	size_t n = 0;

	for (size_t i = 0; i < matrix.n; i++)
		n += matrix.pairs[i].measured;
	return n;
}

static void test_all(void)
{
	bool all = true;

	ok(!make(HUGE, HUGE_PAIRS, 1) && matrix_possible(machine) == HUGE_PAIRS,
	   "512 PUs are planned");
	for (unsigned r = 0; r < RELATION_COUNT; r++)
		all = all && matrix.chosen[r] == matrix.possible[r];
	ok(all && matrix.n == HUGE_PAIRS && count_measured() == HUGE_PAIRS && is_in_order(),
	   "where all pairs fit, all are measured, each once");
	ok(matrix.possible[RELATION_SMT] == 256 && matrix.possible[RELATION_SAME_L3] == 16u * 480 &&
		   matrix.possible[RELATION_OTHER_PACKAGE] == 256u * 256,
	   "pairs are counted by relation");
}

static bool is_same(const struct matrix_pair *pairs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (pairs[i].pu[0] != matrix.pairs[i].pu[0] ||
		    pairs[i].pu[1] != matrix.pairs[i].pu[1] ||
		    pairs[i].measured != matrix.pairs[i].measured)
			return false;
	return n == matrix.n;
}

static void test_sample(void)
{
	struct matrix_pair *before;
	size_t n, rest = (SAMPLE - 256) / (RELATIONS - 1);

	ok(!make(HUGE, SAMPLE, 1) && matrix.n_measured == SAMPLE && count_measured() == SAMPLE,
	   "a sample is as large as asked");
	ok(matrix.chosen[RELATION_SMT] == 256 && matrix.chosen[RELATION_SAME_L3] - rest <= 1 &&
		   matrix.chosen[RELATION_SAME_NODE] - rest <= 1 &&
		   matrix.chosen[RELATION_OTHER_PACKAGE] - rest <= 1,
	   "a small relation is measured whole, the others share the rest evenly");
	ok(is_in_order() && neighbours() == 511, "all neighbours are in the list");
	ok(!left_out(), "no PU is left out");
	n = matrix.n;
	before = calloc(n, sizeof(*before));
	if (!before)
		exit(1);
	memcpy(before, matrix.pairs, n * sizeof(*before));
	make(HUGE, SAMPLE, 1);
	ok(matrix.n == n && is_same(before, n), "the same seed gives the same sample");
	make(HUGE, SAMPLE, 2);
	ok(matrix.n != n || !is_same(before, n), "another seed gives another");
	free(before);
}

static void test_ends(void)
{
	size_t order[100], sum = 0;
	bool moved = false;

	ok(!make(HUGE, 0, 1) && matrix.n_measured == RELATIONS && count_measured() == RELATIONS,
	   "however little time there is, each relation has a pair");
	ok(!make("core:1 pu:2", 100, 1) && matrix.n == 1 && matrix.n_measured == 1 &&
		   matrix.pairs[0].relation == RELATION_SMT,
	   "two PUs are one pair");
	ok_is(make("core:1 pu:1", 100, 1), -ENOENT, "one PU is none");
	for (size_t i = 0; i < 100; i++)
		order[i] = i;
	random_shuffle(1, 1, order, 100);
	for (size_t i = 0; i < 100; i++) {
		sum += order[i] < 100 ? (size_t)1 << (order[i] % 32) : 0;
		moved = moved || order[i] != i;
	}
	for (size_t i = 0; i < 100; i++)
		sum -= (size_t)1 << (i % 32);
	ok(moved && !sum, "a shuffle moves and keeps what there is");
}

int main(void)
{
	test_all();
	test_sample();
	test_ends();
	matrix_free(&matrix);
	topology_free(machine);
	return done_testing();
}
