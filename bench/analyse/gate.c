/* SPDX-License-Identifier: MIT */
/* Thresholds against the counters of a row. */
#include "bench/analyse/gate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sides by their PUs ("0+1"), and how many of the PUs differ. */
static unsigned count_pus(const struct row *row, unsigned *different)
{
	const char *at = row_get_text(row, COL_cpus);
	unsigned n = 0;

	*different = 0;
	for (const char *item = at; *item; n++) {
		size_t length = strcspn(item, "+");
		bool seen = false;

		for (const char *old = at; old < item && !seen;) {
			size_t old_length = strcspn(old, "+");

			seen = old_length == length && !strncmp(old, item, length);
			old += old_length + 1;
		}
		*different += !seen;
		item += length + (item[length] == '+');
	}
	return n;
}

/*
 * Whether a load ran on PUs of the sides. Not by the column load: it says what was planned, and a
 * profile may give its sides another (options:--load=same).
 */
static bool is_beside_load(const struct row *row)
{
	const char *load = row_get_text(row, COL_load_cpus);
	char pu[16];

	for (const char *at = row_get_text(row, COL_cpus); *at;) {
		int length = (int)strcspn(at, "+");

		snprintf(pu, sizeof(pu), "%.*s", length, at);
		if (row_list_has(load, pu))
			return true;
		at += length + (at[length] == '+');
	}
	return false;
}

/*
 * Whether a thread of the kernel does part of the work: what else ran on its PUs cannot be told
 * from it.
 */
static bool has_worker(const struct row *row)
{
	return row_list_has(row_get_text(row, COL_flags), "kernel_worker");
}

bool gate_apart(const struct row *row)
{
	unsigned different, sides = count_pus(row, &different);
	const char *flags = row_get_text(row, COL_flags);

	return sides == different && !is_beside_load(row) &&
	       !row_list_has(flags, "oversubscribed") && !row_list_has(flags, "spawns");
}

static bool above(const struct row *row, enum column column, double limit, double time,
		  const char *what, char *why)
{
	double value = row_get_decimal(row, column);

	if (!row_is_set(row, column) || value <= limit)
		return false;
	snprintf(why, GATE_WHY, "%s %.1f %% of the time", what,
		 value < time ? 100 * value / time : 100);
	return true;
}

/*
 * What the counters are of (ns): where a side had to wait before its first operation, more than the
 * timed part. Rows of older versions do not say it.
 */
static double counted_ns(const struct row *row)
{
	uint64_t timed = row_get_u64(row, COL_duration_ns, 0);
	uint64_t counted = row_get_u64(row, COL_counted_ns, 0);

	return (double)(counted > timed ? counted : timed);
}

/*
 * Whether its sides take turns on one PU and leave it no time to idle. What others took is then
 * known to the ns: it is coarse only because idle time is counted in steps.
 */
static bool never_idles(const struct row *row, unsigned sides, unsigned pus)
{
	double ran =
		row_get_decimal(row, COL_cpu_ns_per_op) * (double)row_get_u64(row, COL_n_ops, 0);
	double idle = counted_ns(row) - ran - row_get_decimal(row, COL_foreign_cpu_ns) -
		      row_get_decimal(row, COL_steal_ns);

	return sides > 1 && pus == 1 && row_is_set(row, COL_cpu_ns_per_op) &&
	       !row_is_set(row, COL_gap_ns) && !row_is_set(row, COL_every_ns) &&
	       idle < GATE_STEP_NS;
}

bool gate_repeats(const struct row *row)
{
	return !row_get_u64(row, COL_throttled_ns, 0);
}

bool gate_noisy(const struct row *row, char *why)
{
	unsigned pus, sides = count_pus(row, &pus);
	double duration = counted_ns(row);
	double pu_time = duration * (pus ? pus : 1), side_time = duration * (sides ? sides : 1);
	double foreign = GATE_FOREIGN * pu_time, steal = GATE_STEAL * pu_time, switches;

	if (duration <= 0)
		return false;
	if (!gate_repeats(row)) {
		snprintf(why, GATE_WHY, "throttled by its cgroup's quota in %llu periods",
			 (unsigned long long)row_get_u64(row, COL_throttled_periods, 0));
		return true;
	}
	if (row_get_u64(row, COL_stood_ns, 0) > GATE_STOOD_NS) {
		snprintf(why, GATE_WHY, "stood still for %.3g s",
			 (double)row_get_u64(row, COL_stood_ns, 0) / 1e9);
		return true;
	}
	if (steal < GATE_STEP_NS)
		steal = GATE_STEP_NS;
	if (foreign < (double)GATE_FOREIGN_TICK_NS * (pus ? pus : 1) &&
	    !never_idles(row, sides, pus))
		foreign = (double)GATE_FOREIGN_TICK_NS * (pus ? pus : 1);
	if (above(row, COL_steal_ns, steal, pu_time, "the hypervisor took", why))
		return true;
	if (!has_worker(row) &&
	    above(row, COL_foreign_cpu_ns, foreign, pu_time, "others ran on its CPUs for", why))
		return true;
	if (row_get_u64(row, COL_major_faults, 0)) {
		snprintf(why, GATE_WHY, "pages came from the disk");
		return true;
	}
	if (has_worker(row) || !gate_apart(row))
		return false;
	if (above(row, COL_run_delay_ns, GATE_RUN_DELAY * side_time, side_time,
		  "its sides waited for their CPUs for", why))
		return true;
	switches = row_get_decimal(row, COL_invol_switches_per_op) *
		   (double)row_get_u64(row, COL_n_ops, 0);
	if (!(switches > GATE_PREEMPTIONS * side_time / 1e9 && switches > GATE_PREEMPTIONS_FEW &&
	      row_get_decimal(row, COL_invol_switches_per_op) > GATE_PREEMPTED_OPS))
		return false;
	snprintf(why, GATE_WHY, "its sides were preempted %.0f times a second",
		 switches * 1e9 / side_time);
	return true;
}
