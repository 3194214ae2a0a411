/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/*
 * The order of a round (bench_rounds.h): arms that are compared run together, and nothing else is
 * fixed.
 */
#include "tests/bench_rounds.h"
#include "tests/tap.h"

#define ARMS 6
#define TIMES 2
#define ROUNDS 500

/* Whether arms of one group follow each other in the `n` jobs. */
static bool is_together(const struct rounds *r, const unsigned *job, unsigned n)
{
	unsigned changes = 0, groups = 0;
	bool seen[ARMS] = {false};

	for (unsigned i = 0; i < n; i++) {
		unsigned group = r->arm[job[i]].group;

		changes += !i || group != r->arm[job[i - 1]].group;
		groups += !seen[group];
		seen[group] = true;
	}
	return changes == groups;
}

int main(void)
{
	static struct rounds r = {.seed = 1};
	static unsigned job[ROUNDS_ARMS * ARM_TIMES];
	unsigned first[ARMS] = {0}, together = 0, whole = 0;
	bool any = true;

	for (unsigned i = 0; i < ARMS; i++)
		rounds_add(&r, "arm %u", i)->times = TIMES;
	/* 0 and 1; 2, 3 and 4 by way of two pairs; 5 with none. */
	rounds_join(&r, &r.arm[0], &r.arm[1]);
	rounds_join(&r, &r.arm[2], &r.arm[3]);
	rounds_join(&r, &r.arm[4], &r.arm[3]);
	ok(r.arm[0].group == r.arm[1].group && r.arm[2].group == r.arm[3].group &&
		   r.arm[2].group == r.arm[4].group,
	   "pairs that share an arm are one group");
	ok(r.arm[0].group != r.arm[2].group && r.arm[5].group != r.arm[0].group &&
		   r.arm[5].group != r.arm[2].group,
	   "others are apart");
	for (unsigned i = 0; i < ROUNDS; i++) {
		unsigned n = rounds_order(&r, job), times[ARMS] = {0};

		for (unsigned k = 0; k < n; k++)
			times[job[k]]++;
		for (unsigned a = 0; a < ARMS; a++)
			whole += times[a] == TIMES;
		together += is_together(&r, job, n);
		first[job[0]]++;
	}
	ok_is(whole, ROUNDS * ARMS, "every arm runs as often as it says");
	ok_is(together, ROUNDS, "those of a group run together");
	for (unsigned a = 0; a < ARMS; a++)
		any = any && first[a];
	ok(any, "any of them may be the first");
	r.arm[0].missing = "not here";
	ok_is(rounds_order(&r, job), (ARMS - 1) * TIMES, "one that is missing does not run");
	return done_testing();
}
