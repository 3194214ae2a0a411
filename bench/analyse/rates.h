/* SPDX-License-Identifier: MIT */
/*
 * How often something rare happened, such as a stall: events per second, with exact intervals, over
 * runs of any length. Counts of runs add up where the runs agree with one rate. Where events
 * cluster they do not, and the run is the unit: that is tested first, and said.
 */
#ifndef BENCH_ANALYSE_RATES_H
#define BENCH_ANALYSE_RATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/analyse/estimate.h"

#define RATES_CONFIDENCE 0.95
#define RATES_ALPHA 0.05 /* of the test for clusters */

/* Runs with their events. */
struct events {
	const uint64_t *count; /* of each run */
	const double *seconds; /* of each run, above 0 */
	size_t n;	       /* runs */
};

struct rate {
	uint64_t count; /* all events */
	double seconds;
	double per_s;	    /* NaN without any time */
	struct interval ci; /* of per_s; clustered without events NaN */
	double p_one_rate;  /* that runs of one rate differ so much */
	bool clustered; /* that is below RATES_ALPHA: the interval is from the spread of the runs */
};

/* The rate of `events`. 0 or -ENOMEM. */
int rate_of(const struct events *events, struct rate *ret);

struct rate_change {
	double ratio;	    /* of the arm's rate to the base's: NaN without events, or infinite */
	struct interval ci; /* exact given the sum of counts; clustered: by the runs */
	double p;	/* two-sided, that both have one rate; clustered by dealing the runs anew */
	bool clustered; /* one of the two is */
};

/* Compares the rates of two groups of runs that nothing pairs. 0 or -ENOMEM. */
int rate_compare(const struct events *base, const struct events *arm, struct rate_change *ret);

/*
 * p that runs of one rate differ as much as these, or more, by Pearson's statistic: from draws of
 * the total over the runs where events are few, else from the chi-squared distribution. NaN without
 * events; 0 or -ENOMEM.
 */
int rate_dispersion(const struct events *events, double *p);

#endif
