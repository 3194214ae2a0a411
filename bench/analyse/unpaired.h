/* SPDX-License-Identifier: MIT */
/*
 * Unpaired comparison: what differs between two groups of boots. Within a boot invocations share
 * all that a boot decides (layout of the kernel, pages, interrupts), so the unit is the boot, with
 * one value for it, and nothing pairs a boot of one group with one of the other.
 */
#ifndef BENCH_ANALYSE_UNPAIRED_H
#define BENCH_ANALYSE_UNPAIRED_H

#include "bench/analyse/paired.h"

/*
 * Compares `n_base` values with `n_arm` others, in any unit above 0, on their logarithms: the ratio
 * is the median of all ratios of one to another (Hodges and Lehmann 1963), its interval is from
 * their order and the exact distribution of the rank sum, p is the exact two-sided rank-sum test
 * (Wilcoxon; Mann and Whitney), conditional on ties. `sd_log` is pooled over the groups; `sign` is
 * not given; `n` is n_arm. Memory grows with the third power of the number of values. 0, -EINVAL
 * (no values, or one that is not above 0 and finite), -ENOMEM.
 */
int unpaired_compare(const double *base, size_t n_base, const double *arm, size_t n_arm,
		     struct paired *result);

#endif
