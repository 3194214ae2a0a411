/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/*
 * When a warm-up may end: not while its rounds become faster or slower, soon when they only vary.
 */
#include <math.h>

#include "bench/base/random.h"
#include "bench/measure/settle.h"
#include "tests/tap.h"

#define CAP 100 /* rounds: 50 ms of SETTLE_ROUND_NS */

enum shape { SHAPE_FLAT, SHAPE_DECAY, SHAPE_STEP, SHAPE_DRIFT };

/* What an operation takes in round `i`, where 1 is what it ends at. */
static double truth(enum shape shape, double size, double at, unsigned i)
{
	switch (shape) {
	case SHAPE_DECAY: /* caches: `size` above, falls to 1/e in `at` rounds */
		return 1 + size * exp(-(double)i / at);
	case SHAPE_STEP: /* frequency: rises once after `at` rounds */
		return (double)i < at ? 1 + size : 1;
	case SHAPE_DRIFT: /* `size` a round, all the time */
		return 1 + size * (CAP - (double)i);
	default:
		return 1;
	}
}

/* Rounds until settle_add() says so, with noise of `sd`: the sum of twelve uniform numbers. */
static unsigned rounds(enum shape shape, double size, double at, double sd, uint64_t seed)
{
	struct settle s = {.n = 0};
	unsigned n = 0;

	while (n < CAP) {
		double noise = -6;

		for (unsigned k = 0; k < 12; k++)
			noise += (double)(random_next(&seed) >> 11) * 0x1p-53;
		if (settle_add(&s, truth(shape, size, at, n++) * (1 + sd * noise)))
			break;
	}
	return n;
}

/* The mean over 1,000 warm-ups of how far off their last round is in truth. */
static double bias(enum shape shape, double size, double at, double sd, double *mean_rounds)
{
	double sum = 0;

	*mean_rounds = 0;
	for (uint64_t seed = 1; seed <= 1000; seed++) {
		unsigned n = rounds(shape, size, at, sd, seed);

		*mean_rounds += n / 1000.0;
		sum += truth(shape, size, at, n) - 1;
	}
	return sum / 1000;
}

/* A stall in one round says nothing of how long an operation usually takes. */
static void test_median(void)
{
	struct settle s = {.n = 0};

	ok(isnan(settle_median(&s)), "no round: no time");
	settle_add(&s, 5);
	ok(settle_median(&s) == 5, "one round: its time");
	settle_add(&s, 7);
	settle_add(&s, 1000);
	ok(settle_median(&s) == 7, "three: the middle one");
	for (unsigned i = 0; i < SETTLE_ROUNDS; i++)
		settle_add(&s, i ? 3 : 2000);
	ok(settle_median(&s) == 3, "many: of the last ones, without the stall");
}

int main(void)
{
	double n, off;

	ok_is(rounds(SHAPE_FLAT, 0, 1, 0, 1), 2 * SETTLE_ROUNDS,
	      "equal rounds: as few as can agree");
	ok(rounds(SHAPE_DRIFT, 0.01, 1, 0, 1) == CAP, "a steady drift of 1 %% a round: never");
	ok(rounds(SHAPE_DRIFT, 0.005, 1, 0, 1) == CAP, "of 0.5 %% a round: never");
	for (unsigned at = 1; at <= 3 * SETTLE_ROUNDS / 2; at++)
		ok(rounds(SHAPE_STEP, 0.3, at, 0, 1) > at + SETTLE_ROUNDS / 2,
		   "a step after %u rounds: not before it lies behind", at);
	test_median();
	bias(SHAPE_FLAT, 0, 1, 0.1, &n);
	ok(n < 2 * SETTLE_ROUNDS + 4, "noise of 10 %%: %.1f rounds in the mean", n);
	for (unsigned halves = 1; halves <= 16; halves *= 2) {
		double at = halves / 2.0;

		off = bias(SHAPE_DECAY, 1, at, 0.02, &n);
		ok(off < 0.03, "cold by 100 %%, falls to 1/e in %g rounds: %.2f %% left after %.1f",
		   at, 100 * off, n);
	}
	return done_testing();
}
