/* SPDX-License-Identifier: MIT */
/*
 * From rows of samples.csv under several arms to rows of compare.csv: per cell, metric and arm the
 * ratio to the base arm over pairs of one block, and a verdict. The unit is the invocation; samples
 * are never pooled.
 */
#ifndef BENCH_ANALYSE_COMPARE_H
#define BENCH_ANALYSE_COMPARE_H

#include <stdbool.h>

#include "bench/analyse/paired.h"
#include "bench/record/row.h"

#define COMPARE_EFFECT 0.02 /* smallest effect of interest unless told, as a share */
#define COMPARE_ALPHA 0.05  /* of the adjusted p */

/* In the order in which lists have them: what one looks for first. */
enum verdict {
	VERDICT_SLOWER,	      /* worse, and the whole interval beyond the smallest effect */
	VERDICT_FASTER,	      /* better, likewise */
	VERDICT_INCONCLUSIVE, /* neither of the others can be said; see `detectable` */
	VERDICT_SAME,	      /* the whole interval is within the smallest effect */
	VERDICT_INCOMPARABLE, /* the fixed amount of work changed: so did the machine */
	VERDICT_COUNT
};

/* What the values of two arms have in common. */
enum compare_design {
	COMPARE_BLOCKS, /* arms of one run: a block is a pair, its order random */
	COMPARE_RUNS,	/* two runs one after the other: nothing pairs the blocks of one with the
			   other's */
	COMPARE_BOOTS,	/* groups of boots: the value of a boot is the median of its invocations */
};

struct comparison;

/*
 * An empty comparison with the arm called `base` (column arm), by blocks; or NULL without memory.
 */
struct comparison *comparison_new(const char *base);

/* Before anything is added: another design than by blocks. */
void comparison_set_design(struct comparison *c, enum compare_design design);

enum compare_design comparison_design(const struct comparison *c);

/*
 * Adds one row of samples.csv as of arm `arm`; rows without figures and unused ones count as such.
 * Pairs of which one value is 0 have no ratio: then there is no verdict, and the row has the flag
 * zeros. A 99th percentile is compared where every invocation has one. 0 or -ENOMEM.
 */
int comparison_add(struct comparison *c, const struct row *sample, const char *arm);

/*
 * Judges all groups, cells, metrics and arms as one table, with `effect` the smallest of interest:
 * at most 5 % of tables have a wrong faster or slower. Where arms were not measured in one run, an
 * arm in which a floor of synchronization, a fixed amount of work, changed by more than that (p
 * below COMPARE_ALPHA by itself) is incomparable in all cells. 0, -ENOMEM.
 */
int comparison_judge(struct comparison *c, double effect);

/* Configurations that move together: see group.h. */
struct compare_group {
	char name[64];
	size_t arm;
	size_t n_cells;
	size_t n_base;	      /* values of the base; 0 = pairs */
	struct paired paired; /* of the middle of its cells, as times: above 1 is slower */
	double p_adjusted;    /* that it did not move at all, among the groups of all arms */
	double detectable;    /* as of a cell */
	enum verdict verdict;
	size_t n[VERDICT_COUNT]; /* cells with each verdict */
};

/* Groups, and group `nth`, in the order in which their cells first came. */
size_t comparison_groups(const struct comparison *c);
const struct compare_group *comparison_group(const struct comparison *c, size_t nth);

/* How many arms there are, with the base; the name of one, 0 is the base. */
size_t comparison_arms(const struct comparison *c);
const char *comparison_arm(const struct comparison *c, size_t arm);

/* Rows that comparison_row() can give. */
size_t comparison_count(const struct comparison *c);

/* Row `nth` of compare.csv into `ret`: cells in the order in which they first came. */
void comparison_row(const struct comparison *c, size_t nth, struct row *ret);

/*
 * The standard deviation of the log ratios (of medians, not of tails) that the share `quantile` of
 * the judged results does not exceed: what a plan is made from. NaN without results.
 */
double comparison_deviation(const struct comparison *c, double quantile);

/*
 * Pairs that the same table needs to give its verdict on a change of `ratio`, which is above the
 * smallest effect, with PAIRED_POWER where the spread is that of comparison_deviation(). Every
 * comparison of it, 99th percentiles too, is one of the family. At least what any verdict needs.
 */
size_t comparison_rounds(const struct comparison *c, double ratio, double quantile);

/*
 * Pairs, or values of each of the two, without which this table has no verdict whatever they are.
 */
size_t comparison_needed(const struct comparison *c);

/*
 * Whether result `nth` may be `want` (faster or slower) by `effect` or more, as far as these data
 * tell: its interval reaches so far, or there is none.
 */
bool comparison_may_be(const struct comparison *c, size_t nth, enum verdict want, double effect);

/*
 * Calls `each`, where not NULL, for every cell that has figures in the base and not in `arm`
 * (`in_base`), or the other way round: it is not compared. How many are in the base only.
 */
size_t comparison_missing(const struct comparison *c,
			  void (*each)(void *arg, const struct row *cell, const char *arm,
				       bool in_base),
			  void *arg);

/*
 * Whether the cell is a fixed amount of work without any mechanism: what moves it is the machine.
 */
bool compare_is_calibration(const struct row *cell);

/* Frees `c`; NULL is fine. */
void comparison_free(struct comparison *c);

/*
 * The verdict on `p` with its `p_adjusted`; `grows` says that more of the metric is better. An
 * interval that could not be given is inconclusive.
 */
enum verdict compare_verdict(const struct paired *p, double p_adjusted, double effect, bool grows);

/*
 * The logarithm of the smallest change on which `n` pairs give a verdict with PAIRED_POWER, by a
 * plan: beyond `effect`, as one of `family` configurations that vary independently, in n_arms arms
 * with the base. NaN where so few pairs give none. What a table really detects stands in its rows.
 */
double compare_detectable(double sd_log, size_t n, size_t family, size_t n_arms, double effect);

/* "inconclusive", "same", "faster", "slower" or "incomparable". */
const char *compare_verdict_name(enum verdict verdict);

/* The verdict that `column` of a row of compare.csv says; VERDICT_COUNT: none. */
enum verdict row_verdict(const struct row *row, enum column column);

/* How the comparison of the row was made. */
enum compare_design row_design(const struct row *row);

/* Pairs without which a table of `n_arms` arms, the base too, has no verdict, whatever they are. */
size_t compare_pairs_needed(size_t n_arms);

#endif
