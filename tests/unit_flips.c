/* SPDX-License-Identifier: MIT */
/* class: pure, long */
/*
 * What a table promises, by simulation: how often a table without any change beyond the margin has
 * a verdict, and how often a change of the size that it calls seen gets one. Noise is normal, or
 * skewed and heavy, by itself and with a part that is common to all configurations of a block.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "bench/analyse/best.h"
#include "bench/analyse/compare.h"
#include "bench/analyse/estimate.h"
#include "bench/analyse/flips.h"
#include "bench/analyse/group.h"
#include "bench/analyse/modes.h"
#include "bench/base/random.h"
#include "tests/tap.h"

#define UNITS_MAX 60
#define SERIES_MAX 600
#define EFFECT 0.02
#define ALPHA 0.05
#define SD 0.15

static double value[SERIES_MAX * UNITS_MAX], p[SERIES_MAX];
static uint64_t state = 1;

static double uniform(void)
{
	return ((double)(random_next(&state) >> 11) + 0.5) * 0x1p-53;
}

static double normal(void)
{
	return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
}

/*
 * A table of `m` series around `shift`; `common` is the part of SD that a block has in all of them.
 */
static struct flips table(size_t m, size_t n_base, size_t n, double shift, double common)
{
	size_t n_units = n_base + n;

	for (size_t u = 0; u < n_units; u++) {
		double all = common * SD * normal();

		for (size_t i = 0; i < m; i++)
			value[i * n_units + u] = (u >= n_base ? shift : 0) + all +
						 sqrt(1 - common * common) * SD * normal();
	}
	return (struct flips){value, m, n_units, n_base, log1p(EFFECT), ALPHA};
}

static size_t count_below(size_t m)
{
	size_t n = 0;

	for (size_t i = 0; i < m; i++)
		n += p[i] < ALPHA;
	return n;
}

/*
 * Whether `seen` of `tables` is more than chance makes of a probability of 5 %, 999 times in 1000.
 */
static bool too_many(size_t seen, size_t tables)
{
	return (double)seen > 0.05 * (double)tables + 3.1 * sqrt(0.0475 * (double)tables);
}

/* In a group those that vary little count more, and none is farther out than a few of its sizes. */
static void test_group_mean(void)
{
	ok(fabs(group_mean((double[]){0.1, 0.2}, (double[]){0.06, 0.12}, 2) - 0.12) < 1e-12,
	   "half the size, four times the weight");
	ok(fabs(group_mean((double[]){0.05, 0.1}, (double[]){0.001, 0.04}, 2) - 0.075) < 1e-12,
	   "on a quiet machine all count alike");
	ok(fabs(group_mean((double[]){0.1, 5}, (double[]){0.1, 0.1}, 2) - 0.2) < 1e-12,
	   "one far out is brought in");
	ok(isnan(group_mean(NULL, NULL, 0)), "of nothing nothing");
}

/* Changes of exactly the margin, everywhere: at most 5 % of tables say anything. */
static void test_margin(void)
{
	static const struct {
		size_t m, n_base, n;
		double common;
	} cases[] = {{100, 0, 15, 0}, {100, 0, 15, 0.6}, {20, 0, 10, 0},
		     {1, 0, 30, 0},   {100, 6, 6, 0},	 {100, 6, 6, 0.6}};
	double critical;

	for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		size_t wrong = 0, tables = 300;

		for (size_t i = 0; i < tables; i++) {
			struct flips f =
				table(cases[k].m, cases[k].n_base, cases[k].n,
				      i % 2 ? log1p(EFFECT) : -log1p(EFFECT), cases[k].common);

			flips_judge(&f, p, &critical);
			wrong += count_below(cases[k].m) > 0;
		}
		ok(!too_many(wrong, tables),
		   "%zu at exactly 2 %%, %s of %zu, common %g: %.1f %% of tables have a verdict",
		   cases[k].m, cases[k].n_base ? "runs" : "pairs", cases[k].n, cases[k].common,
		   100.0 * (double)wrong / (double)tables);
	}
}

/* Some at the margin while others moved far: these take nothing from the others' error. */
static void test_others_moved(void)
{
	size_t wrong = 0, tables = 200, found = 0;
	double critical;

	for (size_t i = 0; i < tables; i++) {
		struct flips f = table(40, 0, 15, log1p(EFFECT), 0.5);

		for (size_t u = 0; u < 20 * 15; u++)
			value[u] += 1;
		flips_judge(&f, p, &critical);
		found += count_below(20);
		memmove(p, p + 20, 20 * sizeof(*p));
		wrong += count_below(20) > 0;
	}
	ok(!too_many(wrong, tables),
	   "beside 20 that moved: %.1f %% of tables are wrong on the others",
	   100.0 * (double)wrong / (double)tables);
	ok(found > 39 * tables / 2, "%.1f %% of those that moved are found",
	   100.0 * (double)found / (20 * (double)tables));
}

/*
 * The change that a table calls seen, in one more table: found in 80 % of them, give or take 5 and
 * what so few tables leave open. Of large families some have changed at once, for more of them in
 * fewer tables.
 */
static void test_power_of(size_t m, size_t n_base, size_t n)
{
	size_t some = m > 100 ? 20 : m > 10 ? 3 : 1, tables = 400 / some, found = 0, claims = 0;
	double critical, seen = NAN, sum = 0, share;

	for (size_t i = 0; i < tables; i++) {
		struct flips f = table(m, n_base, n, 0, 0);

		if (i % (some > 1 ? 4 : 20) == 0) { /* it hardly differs between tables */
			flips_judge(&f, p, &critical);
			seen = flips_detectable(critical, SD, n_base, n, f.margin, 0.8);
			f = table(m, n_base, n, 0, 0);
		}
		if (isnan(seen))
			continue;
		claims += some;
		sum += seen * (double)some;
		for (size_t u = 0; u < some * (n_base + n); u++)
			value[u] += u % (n_base + n) >= n_base ? seen : 0;
		flips_judge(&f, p, &critical);
		found += count_below(some);
	}
	share = (double)found / (double)claims;
	ok(claims && fabs(share - 0.8) < 0.05 + 2 * 0.4 / sqrt((double)claims),
	   "family of %zu, %s of %zu: %.1f %% is seen in %.1f %%", m, n_base ? "runs" : "pairs", n,
	   100 * expm1(sum / (double)claims), 100 * share);
}

static void test_power(bool all)
{
	static const size_t families[] = {1, 10, 100, 600};
	static const size_t sizes[][2] = {{0, 6},  {0, 15}, {0, 60}, {6, 6},  {0, 7},  {0, 8},
					  {0, 10}, {0, 12}, {0, 20}, {0, 30}, {10, 10}};

	for (size_t s = 0; s < (all ? sizeof(sizes) / sizeof(sizes[0]) : 4); s++)
		for (size_t k = 0; k < sizeof(families) / sizeof(families[0]); k++)
			test_power_of(families[k], sizes[s][0], sizes[s][1]);
}

/* What a plan expects of so many pairs is what their table then says, give or take a tenth. */
static void test_plan(void)
{
	static const size_t families[] = {1, 10, 100, 600};
	static const size_t sizes[] = {15, 30, 60};
	double critical;

	for (size_t k = 0; k < 4; k++)
		for (size_t s = 0; s < 3; s++) {
			double mean = 0, plan = flips_critical(sizes[s], families[k], ALPHA);

			for (size_t i = 0; i < 4; i++) {
				struct flips f = table(families[k], 0, sizes[s], 0, 0);

				flips_judge(&f, p, &critical);
				mean += critical / 4;
			}
			ok(fabs(mean / plan - 1) < 0.1, "family of %zu, %zu pairs: t %.2f for %.2f",
			   families[k], sizes[s], mean, plan);
		}
	for (size_t s = 0; s < 3;
	     s++) { /* what selftest says of this machine: of 40, each at its share of the error */
		double seen = compare_detectable(SD, sizes[s], 40, 2, EFFECT);
		size_t found = 0, tables = 60;

		for (size_t i = 0; i < tables; i++) {
			struct flips f = table(40, 0, sizes[s], 0, 0);

			f.alpha = ALPHA / 3;
			for (size_t u = 0; u < 10 * sizes[s]; u++)
				value[u] += seen;
			flips_judge(&f, p, &critical);
			for (size_t k = 0; k < 10; k++)
				found += p[k] < f.alpha;
		}
		ok(fabs((double)found / (10 * (double)tables) - 0.8) < 0.05 + 2 * 0.4 / sqrt(600),
		   "%zu pairs of 40: a change of %.1f %% is seen in %.1f %%", sizes[s],
		   100 * expm1(seen), (double)found / (double)tables * 10);
	}
	ok(isnan(flips_critical(5, 1, ALPHA)) && !isnan(flips_critical(6, 1, ALPHA)) &&
		   flips_pairs_needed(ALPHA) == 6 && flips_groups_needed(ALPHA) == 4,
	   "fewer than 6 pairs, or than 4 and 4, say nothing");
}

/*
 * Two groups of two sizes have no mirror image: 2 and 7 give 36 exchanges, and p of 1 / 36. The t
 * that is said to suffice does, and what stays just below it does not.
 */
static void test_unequal(void)
{
	static const double rest[] = {0, 0.2, 0.05, 0.3, 0.1, 0.25, 0.15, 0.2, 0.1};
	double critical = NAN, t[2], seen[2];

	for (int i = 0; i < 2; i++) {
		struct flips f = {value, 1, 9, 2, 0, ALPHA};
		double sum[2] = {0, 0}, squares = 0;

		for (size_t u = 0; u < 9; u++) {
			value[u] = rest[u] + (u < 2 ? 0 : i ? 1 : 0.05);
			sum[u >= 2] += value[u];
		}
		for (size_t u = 0; u < 9; u++)
			squares += pow(value[u] - sum[u >= 2] / (u >= 2 ? 7 : 2), 2);
		t[i] = (sum[1] / 7 - sum[0] / 2) / sqrt(squares / 7 * (1 / 2.0 + 1 / 7.0));
		flips_judge(&f, p, &critical);
		seen[i] = p[0];
		ok(!isnan(critical) && (p[0] < ALPHA) == (t[i] > critical),
		   "2 and 7: p %.3f of t %.1f, and %.1f is needed", p[0], t[i], critical);
	}
	ok(seen[1] < ALPHA && seen[0] >= ALPHA, "of the two one is seen");
}

/*
 * The default plan of `handoff profiles` on two CPUs: its kinds of configurations, medians and
 * tails, and which of them a profile moves that acts on sleepers between two cores.
 */
static const struct {
	size_t cells;
	bool moved, tail;
} kinds[] = {
	{25, true, false},  {21, false, false}, {5, false, false}, {5, false, false},
	{27, true, false},  {10, false, false}, {4, true, false},  {5, false, false},
	{11, false, false}, {10, false, false}, {6, false, false}, {4, false, false},
	{4, false, false},  {25, true, true},	{21, false, true}, {5, false, true},
	{5, false, true},   {4, true, true},	{5, false, true},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))
/* That of the example (sweep of 30 min, VM): sqrt(2) times the median 0.136 of runs. */
#define RATIO_SD 0.19

/*
 * Of a comparison: rounds, and what all kinds, and all of one kind, have in common in one of them.
 */
struct drift {
	size_t rounds;
	double shared, own;
};

/* Ratios of all configurations: those that move by half to one and a half times `change` each. */
static void fill_plan(const struct drift *d, double change)
{
	static const double spread[] = {0.6, 0.75, 1, 1.2, 1.7}; /* of configurations, likewise */
	double shared[UNITS_MAX], common[UNITS_MAX];
	size_t i = 0;

	for (size_t u = 0; u < d->rounds; u++)
		shared[u] = d->shared * normal();
	for (size_t k = 0; k < KINDS; k++) {
		for (size_t u = 0; u < d->rounds; u++)
			common[u] = shared[u] + d->own * normal();
		for (size_t end = i + kinds[k].cells; i < end; i++)
			for (size_t u = 0; u < d->rounds; u++)
				value[i * d->rounds + u] =
					(kinds[k].moved ? change * (0.5 + (double)(i % 3) * 0.5)
							: 0) +
					common[u] +
					RATIO_SD * (kinds[k].tail ? 2 : 1) * spread[i % 5] *
						normal();
	}
}

/* What each kind says in each round, as the comparison takes it. */
static void take_middles(const struct drift *d, double *middle)
{
	double part[32], size[32], away[UNITS_MAX];

	for (size_t k = 0, first = 0; k < KINDS; first += kinds[k++].cells) {
		for (size_t i = 0; i < kinds[k].cells; i++) {
			for (size_t u = 0; u < d->rounds; u++)
				away[u] = fabs(value[(first + i) * d->rounds + u]);
			estimate_sort(away, d->rounds);
			size[i] = estimate_median(away, d->rounds);
		}
		for (size_t u = 0; u < d->rounds; u++) {
			for (size_t i = 0; i < kinds[k].cells; i++)
				part[i] = value[(first + i) * d->rounds + u];
			middle[k * d->rounds + u] = group_mean(part, size, kinds[k].cells);
		}
	}
}

/*
 * One table of that plan: whether a kind that moved is found, and whether anything else has a
 * verdict.
 */
static void judge_plan(const struct drift *d, double change, bool *found, bool *wrong)
{
	double middle[KINDS * UNITS_MAX], critical, groups = ALPHA * 2 / 3, cells = ALPHA / 3;
	size_t n = 0;

	fill_plan(d, change);
	take_middles(d, middle);
	*found = *wrong = false;
	flips_judge(&(struct flips){middle, KINDS, d->rounds, 0, 0, groups}, p, &critical);
	for (size_t k = 0; k < KINDS; k++) {
		bool moved = kinds[k].moved && change > 0;

		*found |= moved && p[k] < groups;
		*wrong |= !moved && p[k] < groups;
		n += kinds[k].cells;
	}
	flips_judge(&(struct flips){value, n, d->rounds, 0, log1p(EFFECT), cells}, p, &critical);
	for (size_t k = 0, i = 0; k < KINDS; k++)
		for (size_t end = i + kinds[k].cells; i < end; i++)
			*wrong |= !(kinds[k].moved && change > 0) && p[i] < cells;
}

/*
 * The target: 5 % in all that sleep at one placement, in 15 rounds of the default plan. What two
 * visits of 20 s have in common in the examples of this project is 2.5 % and 1.6 %, nearly all of
 * it in all kinds (docs/method.md, scripts/check/power). Where it is 4.6 %, 15 rounds find it in
 * half of the comparisons.
 */
static void test_plan_of_profiles(const struct drift *d)
{
	size_t tables = 3000 / d->rounds, found = 0, wrong[2] = {0, 0};
	bool is_found, is_wrong;

	for (size_t i = 0; i < tables; i++)
		for (int change = 0; change < 2; change++) {
			judge_plan(d, change ? log(1.05) : 0, &is_found, &is_wrong);
			found += is_found;
			wrong[change] += is_wrong;
		}
	ok((double)found + 2 * sqrt(0.16 * (double)tables) >= 0.8 * (double)tables,
	   "%zu rounds, drift of %.1f %%: 5 %% is found in %.1f %%", d->rounds,
	   100 * hypot(d->shared, d->own), 100 * (double)found / (double)tables);
	ok(!too_many(wrong[0], tables) && !too_many(wrong[1], tables),
	   "%.1f %% of tables are wrong without a change, %.1f %% with it",
	   100 * (double)wrong[0] / (double)tables, 100 * (double)wrong[1] / (double)tables);
}

/* The best of equal ones: the naive interval of the smallest, and the set's. */
static void test_best(void)
{
	static const struct {
		size_t k, n;
		double apart; /* the first is so much better */
	} cases[] = {{19, 6, 0}, {137, 6, 0}, {137, 12, 0}, {30, 6, 0.02}, {30, 6, 1}};
	struct contender c[137];
	bool in_set[137];
	struct best best;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t tables = 300, in = 0, covered = 0, alone = 0, n = cases[i].n;

		for (size_t t = 0; t < tables; t++) {
			for (size_t k = 0; k < cases[i].k; k++) {
				double sum = 0, squares = 0;

				for (size_t r = 0; r < n; r++) {
					double x = 0.08 * (k % 3 + 1) / 2 * normal() +
						   (k ? cases[i].apart : 0);

					sum += x;
					squares += x * x;
				}
				c[k].n = n;
				c[k].mean = sum / (double)n;
				c[k].sd = sqrt((squares - sum * sum / (double)n) / (double)(n - 1));
			}
			best_of(c, cases[i].k, false, in_set, &best);
			in += in_set[0];
			covered += best.ci.lo <= 1 && 1 <= best.ci.hi;
			alone += best.n == 1;
		}
		ok(in >= 285 && covered >= 285,
		   "of %zu in %zu runs the best is in the set in %.1f %%, its value in the "
		   "interval "
		   "in %.1f %%",
		   cases[i].k, n, (double)in / 3, (double)covered / 3);
		ok(cases[i].apart < 1 ? alone == 0 : alone == tables, "alone in %.1f %%",
		   (double)alone / 3);
	}
	for (size_t k = 0; k < 3; k++)
		c[k] = (struct contender){log(10 + 10 * (double)k), 0.001, 6};
	best_of(c, 3, true, in_set, &best);
	ok(best.n == 1 && in_set[2] && best.ci.lo < 30 && best.ci.hi > 30, "of rates the largest");
}

/* Slow runs, four times as slow, in 5 and in 15 % of 20: how often this is no longer seen. */
static void test_modes(void)
{
	size_t hidden = 0, alike = 0, tables = 1000, n = 20;
	struct modes m;

	for (size_t i = 0; i < tables; i++) {
		double x[2][20];

		for (size_t k = 0; k < 2 * n; k++)
			x[k / n][k % n] =
				exp(0.02 * normal()) * (uniform() < (k < n ? 0.05 : 0.15) ? 4 : 1);
		modes_find(x[0], n, x[1], n, true, false, &m);
		hidden += !m.found;
		for (size_t k = 0; k < 2 * n; k++)
			x[k / n][k % n] = exp(SD * normal()) * (k < n ? 1 : 3);
		modes_find(x[0], n, x[1], n, true, false, &m);
		alike += m.found;
	}
	ok(hidden < 150, "two kinds of runs go unseen in %.1f %%", (double)hidden / 10);
	ok(alike < 50, "a change of all runs is taken for two kinds in %.1f %%",
	   (double)alike / 10);
}

int main(int argc, char **argv)
{
	test_group_mean();
	test_margin();
	test_others_moved();
	test_power(argc > 1);
	test_plan();
	test_unequal();
	test_plan_of_profiles(&(struct drift){15, 0.024, 0.010});
	test_plan_of_profiles(&(struct drift){30, 0.042, 0.019});
	test_best();
	test_modes();
	return done_testing();
}
