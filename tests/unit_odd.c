/* SPDX-License-Identifier: MIT */
/* class: pure */
/*
 * The odd machine: the parts against R (tests/oracle/odd.R), and what is promised, by simulation of
 * fleets whose configurations are as noisy as those of results/example. "all" as argument simulates
 * more of them.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bench/analyse/estimate.h"
#include "bench/analyse/odd.h"
#include "bench/base/random.h"
#include "bench/record/cell.h"
#include "bench/record/csv.h"
#include "tests/oracle/odd.h"
#include "tests/tap.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define EXAMPLE "results/example/summary.csv"
#define MACHINES_MAX 500
#define SERIES_MAX 500
#define GROUPS_MAX 16
#define ODD_BY 0.05 /* what the odd machine is slower by */

static uint64_t state = 1;

/* Of the example: what the median of each configuration varies by, and where its sides are. */
static double noise[SERIES_MAX];
static size_t group[SERIES_MAX], n_series, n_groups;

static double value[SERIES_MAX * MACHINES_MAX];
static size_t kind[MACHINES_MAX];
static struct odd of_groups[GROUPS_MAX * MACHINES_MAX], of_series[SERIES_MAX * MACHINES_MAX];

static double uniform(void)
{
	return ((double)(random_next(&state) >> 11) + 0.5) * 0x1p-53;
}

static double normal(void)
{
	return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
}

/* The same width with long tails: Student's t of 4 degrees of freedom. */
static double heavy(void)
{
	double chi = 0;

	for (int i = 0; i < 2; i++)
		chi -= 2 * log(uniform());
	return normal() / sqrt(chi / 4) / M_SQRT2;
}

static void read_example(void)
{
	static char names[GROUPS_MAX][64];
	struct csv_reader reader;
	static struct row row;
	char name[64];
	size_t g;

	if (csv_open(&reader, EXAMPLE, CSV_SUMMARY))
		return;
	while (csv_next(&reader, &row) == 1 && n_series < SERIES_MAX) {
		const char *metric = row_get_text(&row, COL_metric);
		double sd = row_get_decimal(&row, COL_sd_log);

		if (isnan(sd) || (!strstr(metric, "p50_ns") && strcmp(metric, "ops_per_s") != 0))
			continue;
		snprintf(name, sizeof(name), "%s%s %d", row_get_text(&row, COL_placement),
			 row_get_text(&row, COL_order), row_spins(&row));
		for (g = 0; g < n_groups && strcmp(names[g], name) != 0; g++)
			;
		if (g == GROUPS_MAX)
			continue;
		if (g == n_groups)
			snprintf(names[n_groups++], sizeof(names[0]), "%s", name);
		group[n_series] = g;
		/* Of a median of n normal values: sqrt(pi / 2) of what a mean has. */
		noise[n_series++] = sqrt(M_PI / 2) * sd / sqrt((double)row_get_u64(&row, COL_n, 1));
	}
	csv_close(&reader);
}

/* The group with most configurations: where the odd machines are odd. */
static size_t largest_group(void)
{
	size_t n[GROUPS_MAX] = {0}, most = 0;

	for (size_t s = 0; s < n_series; s++)
		n[group[s]]++;
	for (size_t g = 0; g < n_groups; g++)
		most = n[g] > n[most] ? g : most;
	return most;
}

/*
 * A fleet, judged: its first `n_odd` machines are slower in one place. Machines of one kind differ
 * by `between` in each place as it is.
 */
static void judge(size_t machines, size_t n_odd, double between, double (*draw)(void))
{
	size_t where = largest_group();
	struct odd_table t = {value, n_series, machines, kind, group, n_groups, 0.02};

	for (size_t m = 0; m < machines; m++) {
		double own[GROUPS_MAX];

		for (size_t g = 0; g < n_groups; g++)
			own[g] = between * normal() + (m < n_odd && g == where ? log1p(ODD_BY) : 0);
		for (size_t s = 0; s < n_series; s++)
			value[s * machines + m] = own[group[s]] + noise[s] * draw();
	}
	if (odd_judge(&t, of_groups, of_series))
		exit(1);
}

static bool is_named(const struct odd *o)
{
	return o->verdict == ODD_SLOWER || o->verdict == ODD_FASTER;
}

/* Of machines from `first` on: how many are named at all. */
static size_t count_named(size_t machines, size_t first)
{
	size_t n = 0;

	for (size_t m = first; m < machines; m++) {
		bool named = false;

		for (size_t g = 0; g < n_groups; g++)
			named |= is_named(&of_groups[g * machines + m]);
		for (size_t s = 0; s < n_series; s++)
			named |= is_named(&of_series[s * machines + m]);
		n += named;
	}
	return n;
}

/* Whether `seen` of `n` is more than chance makes of a probability of 5 %, 999 times in 1000. */
static bool too_many(size_t seen, size_t n)
{
	return (double)seen > 0.05 * (double)n + 3.1 * sqrt(0.0475 * (double)n) + 0.5;
}

static void test_fleets(size_t machines, size_t n_odd, double between, bool tails, size_t fleets)
{
	size_t wrong = 0, found = 0, where = largest_group();

	for (size_t i = 0; i < fleets; i++) {
		judge(machines, n_odd, between, tails ? heavy : normal);
		wrong += count_named(machines, n_odd) > 0;
		for (size_t m = 0; m < n_odd; m++)
			found += of_groups[where * machines + m].verdict == ODD_SLOWER;
	}
	ok(!too_many(wrong, fleets),
	   "%zu machines, %zu odd, %g %% between them, %s: %.1f %% of %zu fleets name one of the "
	   "others",
	   machines, n_odd, 100 * between, tails ? "long tails" : "normal",
	   100.0 * (double)wrong / (double)fleets, fleets);
	/*
	 * What is needed grows with the spread of the machines, and with how few of them there are.
	 */
	if (n_odd && (!between || machines >= 50))
		ok((double)found >= 0.8 * (double)(n_odd * fleets), "%.1f %% of the odd are found",
		   100.0 * (double)found / (double)(n_odd * fleets));
	else if (n_odd)
		fprintf(stderr, "# %.1f %% of the odd are found\n",
			100.0 * (double)found / (double)(n_odd * fleets));
}

static void test_promises(bool all)
{
	static const size_t machines[] = {8, 50, 500};
	size_t fleets[] = {all ? 1000 : 100, all ? 300 : 12, all ? 20 : 1};

	for (size_t i = 0; i < COUNT(machines); i++)
		for (size_t n_odd = 0; n_odd <= 5; n_odd = n_odd ? n_odd + 4 : 1) {
			if (n_odd == 5 && machines[i] == 8)
				continue;
			test_fleets(machines[i], n_odd, 0, false, fleets[i]);
			if (!all && machines[i] == 500)
				continue;
			test_fleets(machines[i], n_odd, 0.005, false, fleets[i]);
			if (!n_odd)
				test_fleets(machines[i], n_odd, 0.005, true, fleets[i]);
		}
}

/* What a machine needs to be found, as is said before it is: at least four times in five. */
static void test_detectable(bool all)
{
	size_t fleets = all ? 2000 : 150, found = 0, n = 0, where = largest_group();

	for (size_t i = 0; i < fleets; i++) {
		double least;

		judge(12, 0, 0.01, normal);
		least = of_groups[where * 12].detectable;
		if (isnan(least))
			continue;
		/*
		 * The same fleet, with the first machine farther off by so much than it is by
		 * itself.
		 */
		for (size_t s = 0; s < n_series; s++)
			if (group[s] == where)
				value[s * 12] += least;
		odd_judge(&(struct odd_table){value, n_series, 12, kind, group, n_groups, 0.02},
			  of_groups, of_series);
		found += of_groups[where * 12].verdict == ODD_SLOWER;
		n++;
	}
	ok(n == fleets && (double)found > 0.76 * (double)n && (double)found < 0.98 * (double)n,
	   "the smallest difference that would show is found in %.1f %%",
	   100.0 * (double)found / (double)n);
}

static void test_oracle(void)
{
	for (size_t i = 0; i < COUNT(oracle_spread); i++) {
		double spread = odd_spread(oracle_spread[i].value, oracle_spread[i].n);

		ok(fabs(spread / oracle_spread[i].spread - 1) < 1e-9,
		   "spread of %zu: %.12g, R %.12g", oracle_spread[i].n, spread,
		   oracle_spread[i].spread);
	}
	for (size_t i = 0; i < COUNT(oracle_tail); i++) {
		double p = odd_tail(oracle_tail[i][1], (size_t)oracle_tail[i][0], INFINITY);

		ok(fabs(p / oracle_tail[i][2] - 1) < 0.15, "p of %g spreads of %g others: %g, R %g",
		   oracle_tail[i][1], oracle_tail[i][0], p, oracle_tail[i][2]);
		ok(fabs(odd_critical(p, (size_t)oracle_tail[i][0], INFINITY) / oracle_tail[i][1] -
			1) < 1e-6,
		   "and back");
	}
	for (size_t i = 0; i < COUNT(oracle_fleet); i++) {
		size_t n = oracle_fleet[i].n;
		double worst = 0;

		/* A place of four configurations that say the same. */
		for (size_t s = 0; s < 4; s++)
			memcpy(value + s * n, oracle_fleet[i].value, n * sizeof(*value));
		odd_judge(&(struct odd_table){value, 4, n, kind, (size_t[]){0, 0, 0, 0}, 1, 0.02},
			  of_groups, of_series);
		for (size_t m = 0; m < n; m++)
			worst = fmax(worst,
				     fabs(of_groups[m].difference - oracle_fleet[i].difference[m]));
		ok(worst < 1e-6, "differences of %zu machines", n);
		worst = 0;
		for (size_t m = 0; m < n; m++) {
			/* Two thirds of the error are for places. */
			double p = fmin(1, 1.5 * oracle_fleet[i].holm[m]);

			worst = fmax(worst, fabs(of_groups[m].p_adjusted - p) / fmax(p, 1e-6));
		}
		ok(worst < 0.2, "Holm over %zu machines: within %g", n, worst);
	}
}

/* Whom a machine is compared with, and what is said where that is nobody. */
static void test_edges(void)
{
	double few[] = {0, 0.1, 0.2}, two[] = {1, 1.001, 0.999, 1, 5, 5.001, 4.999, 5},
	       same[10] = {0};
	size_t kinds[] = {0, 0, 0, 0, 1, 1, 1, 1}, none = SIZE_MAX;

	odd_judge(&(struct odd_table){few, 1, 3, kind, &none, 0, 0.02}, of_groups, of_series);
	ok(of_series[2].verdict == ODD_UNTOLD && isnan(of_series[2].detectable),
	   "three machines: cannot be told");
	odd_judge(&(struct odd_table){two, 1, 8, kinds, &none, 0, 0.02}, of_groups, of_series);
	for (size_t m = 0; m < 8; m += 4)
		ok(fabs(of_series[m].difference) < 0.01 && of_series[m].n == 3 &&
			   of_series[m].verdict == ODD_ALIKE,
		   "two kinds, each alike by itself: machine %zu", m);
	same[3] = 0.03;
	odd_judge(&(struct odd_table){same, 1, 10, kind, &none, 0, 0.02}, of_groups, of_series);
	ok(of_series[3].verdict == ODD_SLOWER && of_series[0].verdict == ODD_ALIKE,
	   "nine that are the same to the digit, and one");
	same[3] = -0.015;
	odd_judge(&(struct odd_table){same, 1, 10, kind, &none, 0, 0.02}, of_groups, of_series);
	ok(of_series[3].verdict == ODD_ALIKE, "what does not matter is no verdict");
	for (size_t s = 0; s < 8; s++)
		for (size_t m = 0; m < 8; m++)
			value[s * 8 + m] = 0.001 * (double)(s * m % 5) + (m == 3 ? 0.7 : 0);
	odd_judge(&(struct odd_table){value, 8, 8, kind, (size_t[8]){0}, 1, 0.02}, of_groups,
		  of_series);
	ok(fabs(of_groups[3].difference - 0.7) < 0.005,
	   "a machine that is odd as a whole is not brought in: %g", of_groups[3].difference);
	same[3] = NAN;
	odd_judge(&(struct odd_table){same, 1, 8, kind, &none, 0, 0.02}, of_groups, of_series);
	ok(of_series[3].n == 0 && of_series[0].n == 6,
	   "a machine without a value is nobody's other");
}

int main(int argc, char **argv)
{
	bool all = argc > 1 && !strcmp(argv[1], "all");

	read_example();
	ok(n_series > 100 && n_groups > 3, "%zu configurations in %zu places of the example",
	   n_series, n_groups);
	test_oracle();
	test_edges();
	test_promises(all);
	test_detectable(all);
	return done_testing();
}
