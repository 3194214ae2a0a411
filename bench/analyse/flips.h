/* SPDX-License-Identifier: MIT */
/*
 * Many comparisons at once, judged by what chance does to all of them together. Where arm and base
 * do not differ, a block would look the same with the two exchanged: so the labels of whole blocks
 * are exchanged, in all comparisons at a time, and the largest statistic of each exchange is kept.
 * What moves many configurations together then counts as one event, which Holm cannot know.
 *
 * Step-down by maxima: Westfall and Young, "Resampling-Based Multiple Testing" (1993), section 2.6;
 * that it keeps the family-wise error with exchanges drawn so: Romano and Wolf, "Exact and
 * approximate stepdown methods for multiple hypothesis testing", JASA 100 (2005), section 3.
 *
 * The hypothesis of a series is that its change is within the margin, not that there is none: each
 * side is shifted by the margin before signs are exchanged. A change well inside makes the maxima
 * larger, never smaller.
 */
#ifndef BENCH_ANALYSE_FLIPS_H
#define BENCH_ANALYSE_FLIPS_H

#include <stddef.h>

#define FLIPS 3000 /* exchanges drawn where there are more; the smallest p is one of so many */

/*
 * Pairs farther out than so many times the median size count as so far: one wild run decides
 * nothing.
 */
#define FLIPS_WINSOR 2.0

/*
 * A table of series over common units (blocks, boots): value[series * n_units + unit], NaN = none.
 */
struct flips {
	const double *value; /* log ratios of pairs; with n_base, logarithms */
	size_t n_series, n_units;
	size_t n_base; /* 0: pairs; else the first so many units are of the base, the rest of the
			  arm */
	double margin; /* logarithm of the smallest change that matters, at least 0 */
	double alpha;  /* of the family, for `critical` */
};

/*
 * Two-sided p of each series, adjusted for the whole table, into p[n_series]; and into *critical
 * the t that a series must exceed for p below `alpha` in the first step, NaN where no t suffices,
 * because too few exchanges are there. `order` in which they are tried is by size. 0 or -ENOMEM.
 */
int flips_judge(const struct flips *f, double *p, double *critical);

/*
 * The smallest change (a logarithm) of a series of `n` pairs, or of `n_base` and `n` values, whose
 * standard deviation is `sd`, that `t` exceeds with `power` on normal data. NaN if `t` or `sd` is.
 */
double flips_detectable(double t, double sd, size_t n_base, size_t n, double margin, double power);

/*
 * What *critical will be about, for a plan: of `n` pairs and a family of `family` comparisons that
 * vary independently, which is the worst. NaN where so few pairs give no verdict.
 */
double flips_critical(size_t n, size_t family, double alpha);

/* Pairs without which no p is below `alpha`, whatever the family: 2^(1-n) must be. */
size_t flips_pairs_needed(double alpha);

/* Values of each of two groups, likewise: 2 / C(2n, n) must be below `alpha`. */
size_t flips_groups_needed(double alpha);

#endif
