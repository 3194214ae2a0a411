/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/*
 * Tails, quantiles, exact intervals and tests of rates and shares against R
 * (tests/oracle/distribution.R).
 */
#include <math.h>
#include <stddef.h>

#include "bench/analyse/distribution.h"
#include "bench/analyse/modes.h"
#include "bench/analyse/rates.h"
#include "tests/oracle/distribution.h"
#include "tests/tap.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Equal to `digits` of relative accuracy, and what is below 1e-12 by that; infinities are equal. */
static bool near(double a, double b, double digits)
{
	return a == b || fabs(a - b) <= digits * fmax(1e-3, fabs(b));
}

static void test_functions(void)
{
	for (size_t i = 0; i < COUNT(oracle_beta); i++) {
		const double *r = oracle_beta[i];

		ok(near(beta_share(r[0], r[1], r[2]), r[3], 1e-9), "beta %g %g %g: %.12g", r[0],
		   r[1], r[2], beta_share(r[0], r[1], r[2]));
	}
	for (size_t i = 0; i < COUNT(oracle_gamma); i++) {
		const double *r = oracle_gamma[i];

		ok(near(gamma_tail(r[0], r[1]), r[2], 1e-8), "gamma %g %g: %.12g for %.12g", r[0],
		   r[1], gamma_tail(r[0], r[1]), r[2]);
	}
	for (size_t i = 0; i < COUNT(oracle_student); i++) {
		const double *r = oracle_student[i];

		ok(near(student_tail(r[0], r[1]), r[2], 1e-9), "t %g of %g: %.12g", r[0], r[1],
		   student_tail(r[0], r[1]));
	}
	for (size_t i = 0; i < COUNT(oracle_student_quantile); i++) {
		const double *r = oracle_student_quantile[i];

		ok(near(student_quantile(r[0], r[1]), r[2], 1e-8), "quantile of t, %g of %g: %.12g",
		   r[0], r[1], student_quantile(r[0], r[1]));
	}
	for (size_t i = 0; i < COUNT(oracle_shift); i++) {
		const double *r = oracle_shift[i];

		ok(near(student_shift(r[0], r[1], 0.8), r[2], 1e-6), "shift beyond t %g of %g: %g",
		   r[0], r[1], student_shift(r[0], r[1], 0.8));
	}
	for (size_t i = 0; i < COUNT(oracle_binomial); i++) {
		const double *r = oracle_binomial[i];
		double p = binomial_tail((uint64_t)r[0], (uint64_t)r[1], r[2]);

		ok(near(p, r[3], 1e-9), "binomial %g of %g at %g: %.12g", r[0], r[1], r[2], p);
	}
}

static void test_intervals(void)
{
	for (size_t i = 0; i < COUNT(oracle_binomial_interval); i++) {
		const double *r = oracle_binomial_interval[i];
		struct interval ci = binomial_interval((uint64_t)r[0], (uint64_t)r[1], 0.95);

		ok(near(ci.lo, r[2], 1e-8) && near(ci.hi, r[3], 1e-8), "%g of %g: %g to %g", r[0],
		   r[1], ci.lo, ci.hi);
	}
	for (size_t i = 0; i < COUNT(oracle_poisson_interval); i++) {
		const double *r = oracle_poisson_interval[i];
		struct interval ci = poisson_interval((uint64_t)r[0], 0.95);

		ok(near(ci.lo, r[1], 1e-7) && near(ci.hi, r[2], 1e-7), "%g events: %g to %g", r[0],
		   ci.lo, ci.hi);
	}
}

static void test_shares(void)
{
	for (size_t i = 0; i < COUNT(oracle_fisher); i++) {
		const double *r = oracle_fisher[i];
		size_t k[] = {(size_t)r[0], (size_t)r[2]}, n[] = {(size_t)r[1], (size_t)r[3]};

		ok(near(modes_fisher(k, n), r[4], 1e-6), "%zu of %zu against %zu of %zu: %g", k[0],
		   n[0], k[1], n[1], modes_fisher(k, n));
	}
	ok(near(modes_mcnemar(1, 5), 2 * 7 / 64.0, 1e-9) && modes_mcnemar(3, 3) == 1 &&
		   modes_mcnemar(0, 0) == 1,
	   "McNemar's p by hand");
}

static void test_rates(void)
{
	struct rate_change change;
	struct rate rate;

	for (size_t i = 0; i < COUNT(oracle_rates); i++) {
		const double *r = oracle_rates[i];
		uint64_t count[] = {(uint64_t)r[0], (uint64_t)r[2]};
		struct events base = {&count[0], &r[1], 1}, arm = {&count[1], &r[3], 1};

		ok(!rate_compare(&base, &arm, &change) && near(change.ratio, r[4], 1e-9) &&
			   near(change.ci.lo, r[5], 1e-6) && near(change.ci.hi, r[6], 1e-6),
		   "rates, case %zu: %g (%g to %g)", i, change.ratio, change.ci.lo, change.ci.hi);
		ok(near(change.p, r[7], 1e-6), "its p: %g", change.p);
	}
	for (size_t i = 0; i < COUNT(oracle_dispersion); i++) {
		struct events e = {oracle_dispersion[i].count, oracle_dispersion[i].seconds,
				   oracle_dispersion[i].n};
		double p, want = oracle_dispersion[i].p;

		ok(!rate_dispersion(&e, &p) &&
			   fabs(p - want) < 0.001 + 4 * sqrt(want * (1 - want) / 2000),
		   "one rate, case %zu: p %.4f for %.4f", i, p, want);
	}
	ok(!rate_of(&(struct events){(uint64_t[]){114}, (double[]){38.4}, 1}, &rate) &&
		   fabs(rate.per_s - 2.97) < 0.01 && fabs(rate.ci.lo - 2.4) < 0.06 &&
		   fabs(rate.ci.hi - 3.6) < 0.06,
	   "114 in 38.4 s: %.2f a second (%.1f to %.1f)", rate.per_s, rate.ci.lo, rate.ci.hi);
	ok(!rate_of(&(struct events){(uint64_t[]){0, 0, 30, 0}, (double[]){5, 5, 5, 5}, 4},
		    &rate) &&
		   rate.clustered && rate.ci.hi / rate.ci.lo > 4,
	   "30 in one run of four: they cluster, %g to %g", rate.ci.lo, rate.ci.hi);
	ok(!rate_compare(&(struct events){(uint64_t[]){0, 0, 30, 0}, (double[]){5, 5, 5, 5}, 4},
			 &(struct events){(uint64_t[]){1, 2, 1, 1}, (double[]){5, 5, 5, 5}, 4},
			 &change) &&
		   change.clustered && change.p > 0.05,
	   "and are no change of the rate: p %g", change.p);
	ok(!rate_of(&(struct events){(uint64_t[]){0}, (double[]){10}, 1}, &rate) && !rate.ci.lo &&
		   fabs(rate.ci.hi - 0.3689) < 1e-4,
	   "none in 10 s: below %g a second", rate.ci.hi);
}

int main(void)
{
	test_functions();
	test_intervals();
	test_shares();
	test_rates();
	return done_testing();
}
