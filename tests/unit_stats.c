/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/*
 * The statistics of bench/analyse against values computed by R (tests/oracle/stats.R), published
 * tables, and identities that hold whatever the data.
 */
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "bench/analyse/estimate.h"
#include "bench/analyse/paired.h"
#include "bench/analyse/unpaired.h"
#include "tests/oracle/stats.h"
#include "tests/tap.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Equal but for rounding; NaN equals NaN. */
static bool near(double a, double b)
{
	if (isnan(a) || isnan(b))
		return isnan(a) && isnan(b);
	return fabs(a - b) <= 1e-9 * fmax(1e-3, fabs(b));
}

static void test_signed_rank(void)
{
	struct signed_rank r;

	for (size_t i = 0; i < COUNT(oracle_ranks); i++) {
		size_t n = oracle_ranks[i].n;
		int rc = signed_rank(oracle_ranks[i].d, n, 0.95, &r);

		ok(!rc && near(r.estimate, oracle_ranks[i].estimate), "estimate of case %zu, n %zu",
		   i, n);
		ok(near(r.exact.lo, oracle_ranks[i].lo) && near(r.exact.hi, oracle_ranks[i].hi),
		   "interval of case %zu: %g %g", i, r.exact.lo, r.exact.hi);
		ok(near(r.p, oracle_ranks[i].p), "p of case %zu: %.12g for %.12g", i, r.p,
		   oracle_ranks[i].p);
		ok(near(r.sd, oracle_ranks[i].sd), "standard deviation of case %zu", i);
	}
}

/*
 * Critical values of the signed-rank sum, two-sided 5 %: the largest T that is significant.
 * Wilcoxon, "Individual comparisons by ranking methods" (1945), as extended in the usual tables.
 */
static void test_critical_values(void)
{
	static const size_t table[][2] = {{6, 0},   {7, 2},   {8, 3},	{9, 5},
					  {10, 8},  {11, 10}, {12, 13}, {13, 17},
					  {14, 21}, {15, 25}, {20, 52}, {25, 89}};

	for (size_t i = 0; i < COUNT(table); i++) {
		size_t n = table[i][0];
		double p[2];

		for (size_t more = 0; more < 2; more++) {
			size_t left = table[i][1] + more;
			struct signed_rank r;
			double d[25];

			for (size_t rank = n; rank > 0; rank--) {
				bool negative = rank <= left;

				left -= negative ? rank : 0;
				d[rank - 1] = negative ? -(double)rank : (double)rank;
			}
			p[more] = signed_rank(d, n, 0.95, &r) ? NAN : r.p;
		}
		ok(p[0] <= 0.05 && p[1] > 0.05, "critical value of n %zu is %zu: p %g, %g", n,
		   table[i][1], p[0], p[1]);
	}
}

static void test_order(void)
{
	static const size_t published[][3] = {{6, 1, 6}, {10, 2, 9}, {15, 4, 12}, {20, 6, 15}};
	double sorted[COUNT(oracle_values)];
	double ranks[20];
	size_t n = COUNT(oracle_values);

	for (size_t i = 0; i < COUNT(oracle_median_rank); i++)
		ok_is(estimate_median_rank(oracle_median_rank[i][0], 0.95),
		      oracle_median_rank[i][1], "rank of the median's interval, n %zu",
		      oracle_median_rank[i][0]);
	for (size_t i = 0; i < 20; i++)
		ranks[i] = (double)i + 1;
	for (size_t i = 0; i < COUNT(published); i++) {
		struct interval ci = estimate_median_interval(ranks, published[i][0], 0.95);

		ok(ci.lo == (double)published[i][1] && ci.hi == (double)published[i][2],
		   "published ranks of n %zu: %g to %g", published[i][0], ci.lo, ci.hi);
	}
	ok(isnan(estimate_median_interval(ranks, 5, 0.95).lo), "five values give no interval");
	memcpy(sorted, oracle_values, sizeof(sorted));
	estimate_sort(sorted, n);
	for (size_t i = 0; i < COUNT(oracle_quantile); i++)
		ok_is(estimate_quantile(sorted, n, oracle_quantile[i][0]), oracle_quantile[i][1],
		      "quantile %g", oracle_quantile[i][0]);
	ok_is(estimate_median(sorted, n), oracle_median, "median of an even number");
	ok_is(estimate_median(ranks, 7), 4, "median of an odd number");
	ok(isnan(estimate_median(ranks, 0)) && isnan(estimate_quantile(ranks, 0, 0.5)),
	   "median of nothing");
	ok(near(estimate_jain(oracle_values, n), oracle_jain), "Jain's index");
	ok_is(estimate_jain((double[]){5, 5, 5, 5}, 4), 1, "Jain's index of equal shares");
	ok_is(estimate_jain((double[]){9, 0, 0, 0}, 4), 0.25, "Jain's index of one share");
	ok(isnan(estimate_jain((double[]){0, 0}, 2)), "Jain's index of nothing");
}

static void test_paired(void)
{
	double base[] = {100, 110, 121, 90, 105, 130, 99, 100};
	double arm[] = {110, 100, 121, 96, 111, 137, 108, 107};
	double faster[8];
	struct paired there = {0}, back = {0}, same = {0};
	int rc = paired_compare(base, arm, 8, &there);

	ok(!rc && !paired_compare(arm, base, 8, &back), "pairs are compared");
	ok(near(there.ratio * back.ratio, 1) && near(there.exact.lo * back.exact.hi, 1) &&
		   near(there.sign.lo * back.sign.hi, 1) && near(there.p, back.p),
	   "swapping the arms inverts the ratio");
	/* d: zero once; 110/100 and 100/110 tie and have ranks 7.5, the other five are positive; of
	   the 2^7 signs 2 * 12 have a smaller sum of at most 7.5 (doubled ranks 4 6 8 10 12 15 15)
	 */
	ok(near(there.p, 2 * 12 / 128.0), "a tie of opposite signs and a zero: p %.9g", there.p);
	for (size_t i = 0; i < 8; i++)
		faster[i] = base[i] * 0.5;
	ok(!paired_compare(base, faster, 8, &back) && near(back.ratio, 0.5) &&
		   near(back.exact.hi, 0.5) && near(back.p, 2 / 256.0),
	   "half the time is the ratio 0.5");
	ok(!paired_compare(base, base, 8, &same) && same.ratio == 1 && same.p == 1 &&
		   same.exact.lo == 1 && same.exact.hi == 1,
	   "nothing but zeros: ratio 1, p 1");
	arm[3] = 0;
	ok_is(paired_compare(base, arm, 8, &back), -EINVAL, "a zero is refused");
	arm[3] = NAN;
	ok_is(paired_compare(base, arm, 8, &back), -EINVAL, "a NaN is refused");
	arm[3] = INFINITY;
	ok_is(paired_compare(base, arm, 8, &back), -EINVAL, "an infinity is refused");
	ok_is(paired_compare(base, arm, 0, &back), -EINVAL, "no pairs are refused");
}

static void test_claims(void)
{
	struct paired paired = {.n = 15, .ratio = 1.02, .exact = {1.01, 1.04}};

	ok_is(paired_claim(&paired, 1.05), CLAIM_MET, "upper limit below the margin: met");
	ok_is(paired_claim(&paired, 1.04), CLAIM_UNDECIDED, "upper limit at the margin: undecided");
	ok_is(paired_claim(&paired, 1.02), CLAIM_UNDECIDED, "margin inside: undecided");
	ok_is(paired_claim(&paired, 1.01), CLAIM_UNDECIDED, "lower limit at the margin: undecided");
	ok_is(paired_claim(&paired, 1.005), CLAIM_FAILED, "lower limit above the margin: failed");
	paired.exact = (struct interval){NAN, NAN};
	ok_is(paired_claim(&paired, 1.05), CLAIM_UNDECIDED, "no interval: undecided");
	ok(!strcmp(paired_claim_name(CLAIM_MET), "met") &&
		   !strcmp(paired_claim_name(CLAIM_FAILED), "failed") &&
		   !strcmp(paired_claim_name(CLAIM_UNDECIDED), "undecided"),
	   "names of the outcomes");
}

static void test_rounds(void)
{
	/* sd of one arm, rounds for 5 %: from the formula with 2.80 and 0.0488, rounded */
	static const double table[][2] = {
		{0.01, 15}, {0.03, 15}, {0.05, 18}, {0.08, 45}, {0.12, 100}};

	for (size_t i = 0; i < COUNT(table); i++)
		ok_is(paired_rounds(1, 1.05, table[i][0] * M_SQRT2, 1), (size_t)table[i][1],
		      "rounds for 5 %% at a deviation of %g", table[i][0]);
	for (size_t i = 0; i < COUNT(oracle_detectable); i++) {
		const double *row = oracle_detectable[i];
		double effect = paired_detectable(row[0], (size_t)row[1], (size_t)row[2]);

		ok(near(effect, row[3]), "detectable effect %zu: %.9g", i, effect);
	}
	ok_is(paired_rounds(1.05, 1.05, 0.1, 1), PAIRED_ROUNDS_MAX, "a ratio on the margin");
	ok_is(paired_rounds(1, 1.05, NAN, 1), PAIRED_ROUNDS_MAX, "an unknown deviation");
	ok_is(paired_rounds(1, 1.05, 0.3, 1), paired_rounds(1.05, 1, 0.3, 1), "both sides alike");
}

static void test_holm(void)
{
	double adjusted[COUNT(oracle_p)];

	ok(!paired_holm(oracle_p, COUNT(oracle_p), adjusted), "Holm's adjustment");
	for (size_t i = 0; i < COUNT(oracle_p); i++)
		ok(near(adjusted[i], oracle_holm[i]), "adjusted %zu: %g", i, adjusted[i]);
	ok(!paired_holm(oracle_p, 0, adjusted), "of nothing");
}

static void test_by_chance(void)
{
	for (size_t i = 0; i < COUNT(oracle_by_chance); i++)
		ok_is(paired_by_chance(oracle_by_chance[i][0], 0.05), oracle_by_chance[i][1],
		      "by chance %zu of %zu at most: %zu", oracle_by_chance[i][1],
		      oracle_by_chance[i][0], paired_by_chance(oracle_by_chance[i][0], 0.05));
	ok_is(paired_by_chance(0, 0.05), 0, "none of none");
}

static void test_apart(void)
{
	double base[64], arm[64];
	struct paired r, swapped;

	for (size_t i = 0; i < COUNT(oracle_apart); i++) {
		size_t n[2] = {oracle_apart[i].n_base, oracle_apart[i].n_arm};

		for (size_t k = 0; k < n[0]; k++)
			base[k] = exp(oracle_apart[i].base[k]);
		for (size_t k = 0; k < n[1]; k++)
			arm[k] = exp(oracle_apart[i].arm[k]);
		ok(!unpaired_compare(base, n[0], arm, n[1], &r) && r.n == n[1], "apart, case %zu",
		   i);
		ok(near(log(r.ratio), oracle_apart[i].estimate), "its shift: %g", log(r.ratio));
		ok(near(log(r.exact.lo), oracle_apart[i].lo) &&
			   near(log(r.exact.hi), oracle_apart[i].hi),
		   "its interval: %g %g", log(r.exact.lo), log(r.exact.hi));
		ok(near(r.p, oracle_apart[i].p), "its p: %.12g for %.12g", r.p, oracle_apart[i].p);
		ok(near(r.sd_log, oracle_apart[i].sd), "its standard deviation: %g", r.sd_log);
		ok(!unpaired_compare(arm, n[1], base, n[0], &swapped) && near(swapped.p, r.p) &&
			   near(swapped.ratio, 1 / r.ratio) &&
			   near(swapped.exact.lo, 1 / r.exact.hi),
		   "and the other way round");
	}
	ok_is(unpaired_compare(base, 0, arm, 3, &r), -EINVAL, "a group of nothing");
	arm[1] = 0;
	ok_is(unpaired_compare(base, 3, arm, 3, &r), -EINVAL, "a time of 0");
	arm[1] = NAN;
	ok_is(unpaired_compare(base, 3, arm, 3, &r), -EINVAL, "no number");
}

int main(void)
{
	test_signed_rank();
	test_critical_values();
	test_order();
	test_paired();
	test_claims();
	test_rounds();
	test_holm();
	test_by_chance();
	test_apart();
	return done_testing();
}
