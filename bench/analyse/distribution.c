/* SPDX-License-Identifier: MIT */
/* Tails and quantiles, by continued fractions and bisection. */
#include "bench/analyse/distribution.h"

#include <float.h>
#include <math.h>

/* Of a continued fraction or series at most: large counts take the root of it. */
#define TERMS 10000
#define STEPS 400 /* of an integral over a standard deviation */

static double not_zero(double x)
{
	return fabs(x) < DBL_MIN ? DBL_MIN : x;
}

/* The continued fraction of I_x(a, b) by Lentz's method; Abramowitz and Stegun 26.5.8. */
static double beta_fraction(double x, double a, double b)
{
	double c = 1, d = 1 / not_zero(1 - (a + b) * x / (a + 1)), h = d;

	for (int m = 1; m <= TERMS; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		double step;

		d = 1 / not_zero(1 + even * d);
		c = not_zero(1 + even / c);
		h *= d * c;
		d = 1 / not_zero(1 + odd * d);
		c = not_zero(1 + odd / c);
		step = d * c;
		h *= step;
		if (fabs(step - 1) < 1e-15)
			break;
	}
	return h;
}

double beta_share(double x, double a, double b)
{
	double front;

	if (!(x > 0))
		return 0;
	if (x >= 1)
		return 1;
	front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
	if (x < (a + 1) / (a + b + 2)) /* where the fraction converges fast; else by symmetry */
		return front * beta_fraction(x, a, b) / a;
	return 1 - front * beta_fraction(1 - x, b, a) / b;
}

/* The series of P(a, x) = 1 - Q(a, x), for x below a + 1; Abramowitz and Stegun 6.5.29. */
static double gamma_series(double a, double x)
{
	double term = 1 / a, sum = term;

	for (int n = 1; n <= TERMS && term > sum * 1e-17; n++) {
		term *= x / (a + n);
		sum += term;
	}
	return sum * exp(a * log(x) - x - lgamma(a));
}

double gamma_tail(double a, double x)
{
	double b = x + 1 - a, c = 1 / DBL_MIN, d, h;

	if (!(x > 0))
		return 1;
	if (x < a + 1)
		return 1 - gamma_series(a, x);
	d = h = 1 / not_zero(b);
	for (int i = 1; i <= TERMS; i++) {
		double an = -i * (i - a), step;

		b += 2;
		d = 1 / not_zero(an * d + b);
		c = not_zero(b + an / c);
		step = d * c;
		h *= step;
		if (fabs(step - 1) < 1e-15)
			break;
	}
	return h * exp(a * log(x) - x - lgamma(a));
}

double student_tail(double t, double df)
{
	double both = beta_share(df / (df + t * t), df / 2, 0.5);

	return t > 0 ? both / 2 : 1 - both / 2;
}

double student_quantile(double tail, double df)
{
	double lo = 0, hi = 1;

	while (student_tail(hi, df) > tail && hi < 1e150)
		hi *= 2;
	while (hi - lo > 1e-13 * hi) {
		double middle = (lo + hi) / 2;

		if (student_tail(middle, df) > tail)
			lo = middle;
		else
			hi = middle;
	}
	return hi;
}

/* Log density of s = sqrt(chi-squared / df): what a standard deviation is to the true one. */
static double log_density_of_sd(double s, double df)
{
	return M_LN2 + df / 2 * log(df / 2) - lgamma(df / 2) + (df - 1) * log(s) - df * s * s / 2;
}

/* P(T > critical), T noncentral t: over all standard deviations that may be found; Simpson. */
static double student_power(double critical, double df, double shift)
{
	double spread = 8 / sqrt(2 * df), lo = fmax(0, 1 - spread), hi = 1 + spread;
	double width = (hi - lo) / STEPS, sum = 0;

	for (int i = 0; i <= STEPS; i++) {
		double s = lo + i * width, weight = !i || i == STEPS ? 1 : i % 2 ? 4 : 2;

		if (s > 0)
			sum += weight * exp(log_density_of_sd(s, df)) *
			       erfc((critical * s - shift) / M_SQRT2) / 2;
	}
	return sum * width / 3;
}

double student_shift(double critical, double df, double power)
{
	double lo = 0, hi = 1;

	while (student_power(critical, df, hi) < power && hi < 1e6)
		hi *= 2;
	while (hi - lo > 1e-9 * hi) {
		double middle = (lo + hi) / 2;

		if (student_power(critical, df, middle) < power)
			lo = middle;
		else
			hi = middle;
	}
	return hi;
}

double binomial_tail(uint64_t k, uint64_t n, double p)
{
	if (!k)
		return 1;
	return k > n ? 0 : beta_share(p, (double)k, (double)(n - k) + 1);
}

struct interval binomial_interval(uint64_t k, uint64_t n, double confidence)
{
	struct interval ret = {0, 1};
	double tail = (1 - confidence) / 2;

	for (int side = 0; side < 2; side++) {
		double lo = 0, hi = 1;

		if (side ? k >= n : !k)
			continue;
		for (int i = 0; i < 60; i++) {
			double p = (lo + hi) / 2;
			double beyond =
				side ? 1 - binomial_tail(k + 1, n, p) : binomial_tail(k, n, p);

			if (side ? beyond > tail : beyond < tail)
				lo = p;
			else
				hi = p;
		}
		*(side ? &ret.hi : &ret.lo) = (lo + hi) / 2;
	}
	return ret;
}

struct interval poisson_interval(uint64_t k, double confidence)
{
	struct interval ret = {0, 0};
	double tail = (1 - confidence) / 2;

	for (int side = 0; side < 2; side++) {
		double a = (double)k + side, lo = 0, hi = a + 10 * sqrt(a) + 20;

		if (!side && !k)
			continue;
		for (int i = 0; i < 80; i++) { /* P(X >= a) = 1 - Q(a, mean) */
			double mean = (lo + hi) / 2, q = gamma_tail(a, mean);

			if (side ? q > tail : q > 1 - tail)
				lo = mean;
			else
				hi = mean;
		}
		*(side ? &ret.hi : &ret.lo) = (lo + hi) / 2;
	}
	return ret;
}
