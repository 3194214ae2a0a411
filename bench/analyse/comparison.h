/* SPDX-License-Identifier: MIT */
/* Inside of a comparison, for the files that make it; others see compare.h. */
#ifndef BENCH_ANALYSE_COMPARISON_H
#define BENCH_ANALYSE_COMPARISON_H

#include <stdint.h>

#include "bench/analyse/compare.h"
#include "bench/analyse/modes.h"
#include "bench/analyse/summary.h"
#include "bench/base/hash_index.h"

/* One invocation that counts. */
struct observed {
	size_t cell;
	size_t arm;
	uint64_t block; /* or the boot */
	bool noisy, drifted;
	double tick_ns, batch_ops, slept_share; /* NaN where the row does not say */
	size_t nth; /* in the order of arrival: of two in one block the later counts */
	double value[SUMMARY_METRICS_MAX]; /* of each metric of the cell */
	double p99[SUMMARY_METRICS_MAX];   /* NaN where a row has too few times for one */
};

/* A row of compare.csv. */
struct result {
	size_t cell, arm, metric;
	size_t nth; /* of the cell's metrics */
	bool p99;
	bool first; /* of the medians, or of the tails, of its cell and arm: its group counts it */
	size_t unpaired; /* invocations of the two arms without partner; boots without the cell */
	size_t n_base;	 /* values of the base; 0 = pairs */
	bool noisy;	 /* as a cell of summary.csv, over both arms */
	bool drifted;	 /* settings changed during one of the invocations */
	bool zeros;	 /* values of 0, which have no ratio, beside others */
	bool coarse;	 /* a step of the clock is more than the smallest effect */
	size_t group;	 /* of the comparison's groups; SIZE_MAX: none */
	struct modes modes;
	struct paired paired;
	double base, new;
	double slept_share; /* in the arm; of the base the cell's row has it */
	double *series;	    /* of the arm's units: log ratios, or logarithms; NaN = none */
	double p_adjusted, detectable;
	enum verdict verdict;
};

/* What may be exchanged: blocks with both arms, or the blocks (boots) of either. */
struct units {
	size_t n, n_base; /* all, and those of the base before those of the arm; n_base 0: pairs */
	size_t *of[2]; /* of each block, in the base and in the arm: which unit; SIZE_MAX = none */
};

typedef char boot_name[64];

struct comparison {
	enum compare_design design;
	boot_name *boots;
	size_t n_boots, boots_room;
	struct hash_index known;
	struct row *cells;
	size_t n_cells, cells_room;
	char **arms; /* of any length: runs are arms by their paths; arms[0] is the base */
	size_t n_arms, arms_room;
	struct observed *all;
	size_t n_all, all_room;
	uint64_t *blocks; /* those there are, sorted */
	size_t n_blocks;
	struct units *units; /* of each arm */
	struct result *results;
	size_t n_results, results_room;
	struct compare_group *groups;
	size_t n_groups, groups_room;
	double effect;
	double alpha; /* of the configurations of one arm */
};

/* The column that `r` compares. */
enum column comparison_column(const struct result *r);

/* Frees what comparison_judge() made. */
void comparison_forget(struct comparison *c);

/* Adjusts over the table, groups first, and gives the verdicts. 0 or -ENOMEM. */
int comparison_adjust(struct comparison *c);

#endif
