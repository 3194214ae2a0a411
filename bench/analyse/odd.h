/* SPDX-License-Identifier: MIT */
/*
 * The odd machine of a fleet: each against all others of its kind. The machine is the unit:
 * whatever a machine's runs have in common, they are one value of it, of a configuration or of a
 * group of them.
 */
#ifndef BENCH_ANALYSE_ODD_H
#define BENCH_ANALYSE_ODD_H

#include <stddef.h>

#define ODD_LEAST 4 /* machines of a kind: of three, nobody can say which two are right */

/* One value per configuration and machine: value[series * n_machines + machine], NaN = none. */
struct odd_table {
	const double *value; /* logarithms of times: more is slower */
	size_t n_series, n_machines;
	const size_t *kind;  /* of each machine: it is compared with those of its kind */
	const size_t *group; /* of each series: which it belongs to; SIZE_MAX = none */
	size_t n_groups;
	double effect; /* smallest difference that matters, as a share: 0.02 */
};

enum odd_verdict {
	ODD_UNTOLD, /* neither of the others can be said; see `detectable` */
	ODD_ALIKE,  /* what differs, differs by less than matters */
	ODD_SLOWER,
	ODD_FASTER,
	ODD_VERDICTS
};

/* What is found of one machine in one series, or in one group. */
struct odd {
	size_t n;	   /* other machines with a value; 0: it has none itself */
	double difference; /* logarithm: itself to the median of the others */
	double lo, hi;	   /* within which it would be again, 95 %, by the spread of the others */
	double p;	   /* two-sided, that it is one of them */
	double p_adjusted; /* by Holm, over all machines and groups, or machines and series */
	double detectable; /* smallest difference found four times in five; NaN: none */
	enum odd_verdict verdict;
};

/*
 * Judges every machine in every group into of_groups[group * n_machines + machine], and in every
 * series into of_series likewise. In at most 5 % of fleets whose machines are alike any is called
 * slower or faster. 0 or -ENOMEM.
 */
int odd_judge(const struct odd_table *t, struct odd *of_groups, struct odd *of_series);

/* "cannot be told", "alike", "slower" or "faster". */
const char *odd_verdict_name(enum odd_verdict verdict);

/*
 * The spread of `n` sorted values: the standard deviation of the seven eighths of them that lie
 * closest together, so that one in eight may be odd (of fewer than eight none). Least trimmed
 * squares: Rousseeuw, "Least median of squares regression", JASA 79 (1984). It is below that of all
 * values; odd_tail() knows by how much. NaN below 2.
 */
double odd_spread(const double *sorted, size_t n);

/*
 * Two-sided p of a value that is `t` spreads of `n` others away from their median, all of them from
 * one normal distribution, or, with `most` degrees of freedom where that is less than n gives, from
 * one whose tails are as long as Student's; and the t that has the probability `p`.
 */
double odd_tail(double t, size_t n, double most);
double odd_critical(double p, size_t n, double most);

/* How many spreads away a machine must be to be farther than `t` four times in five. */
double odd_shift(double t, size_t n, double most);

#endif
