/* SPDX-License-Identifier: MIT */
/* Columns of a synchronization cell, by experiment. */
#include "bench/program/sync_to_row.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/analyse/estimate.h"
#include "bench/program/to_row.h"

static bool is_contended(const struct sync_cell *cell)
{
	return sync_is_locking(cell->ask.experiment) || cell->ask.experiment == SYNC_QUEUE;
}

static bool is_paced(const struct sync_cell *cell)
{
	return cell->ask.experiment == SYNC_QUEUE && cell->ask.every_ns;
}

void sync_fill_cell(struct row *row, const struct sync_cell *cell, bool placed)
{
	cell_to_row(&cell->ask, placed ? &cell->seats : NULL, row);
	row_set_text(row, COL_instructions, cell->variant->instruction);
	if (placed && sync_oversubscribed(cell))
		row_add_item(row, COL_flags, "oversubscribed");
	if (cell->variant->flags & SYNC_FORKS)
		row_add_item(row, COL_flags, "spawns");
}

/* Of all threads; on a schedule the response and the lateness say it. */
static void fill_stall(struct row *row, const struct sync_cell *cell, const struct sync_result *r)
{
	uint64_t stall_ns = 0;

	for (unsigned m = 0; m < cell->ask.threads; m++)
		if (r->seen[m].stall_ns > stall_ns)
			stall_ns = r->seen[m].stall_ns;
	if (!is_paced(cell))
		row_set_u64(row, COL_stall_max_ns, stall_ns);
}

/* Each of these times has a read of the clock in it, which no batch can spread. */
static void flag_near_clock(struct row *row, double p50_ns)
{
	if (meter_stride(p50_ns) > 1)
		row_add_item(row, COL_flags, "near_clock");
}

/* Readers and writers apart: sums over the threads. */
static void fill_readers(struct row *row, const struct sync_cell *cell, const struct sync_result *r)
{
	double reads = 0, writes = 0, retries = 0, per_s = 1e9 / (double)r->window_ns;
	const struct histogram *h = &r->reads;

	for (unsigned m = 0; m < cell->ask.threads; m++) {
		const struct sync_counts *seen = &r->seen[m];

		reads += (double)seen->reads[PHASE_MEASURE];
		writes += (double)(seen->turns[PHASE_MEASURE] - seen->reads[PHASE_MEASURE]);
		retries += (double)seen->retries;
	}
	row_set_decimal(row, COL_read_ops_per_s, reads * per_s);
	row_set_decimal(row, COL_write_ops_per_s, writes * per_s);
	if (reads > 0)
		row_set_decimal(row, COL_retry_share, retries / (reads + retries));
	if (h->count) {
		row_set_u64(row, COL_read_acquire_p50_ns, histogram_percentile(h, 50000));
		flag_near_clock(row, (double)histogram_percentile(h, 50000));
	}
	if (h->count >= P99_SAMPLES)
		row_set_u64(row, COL_read_acquire_p99_ns, histogram_percentile(h, 99000));
	h = &r->meter.each;
	if (h->count)
		row_set_u64(row, COL_write_acquire_p50_ns, histogram_percentile(h, 50000));
	if (h->count >= P99_SAMPLES)
		row_set_u64(row, COL_write_acquire_p99_ns, histogram_percentile(h, 99000));
	row_set_u64(row, COL_n_samples, r->reads.count + h->count);
}

/* Sums over threads of what was counted in the common window. */
static void fill_window(struct row *row, const struct sync_cell *cell, const struct sync_result *r)
{
	unsigned first = cell->ask.experiment == SYNC_QUEUE ? cell->ask.producers : 0, n = 0;
	uint64_t total = 0, changes = 0, critical = 0, think = 0, lost = 0;
	char text[CREW_MAX * 21] = "";
	double ops[CREW_MAX];
	size_t used = 0;

	for (unsigned m = 0; m < cell->ask.threads; m++) {
		const struct sync_counts *seen = &r->seen[m];

		think += seen->think_ns;
		if (m < first)
			continue;
		ops[n++] = (double)seen->turns[PHASE_MEASURE];
		total += seen->turns[PHASE_MEASURE];
		changes += seen->owner_changes;
		critical += seen->critical_ns;
		lost += seen->lost;
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%llu",
					 n > 1 ? "+" : "",
					 (unsigned long long)seen->turns[PHASE_MEASURE]);
	}
	row_set_u64(row, COL_n_ops, total);
	row_set_u64(row, COL_duration_ns, r->window_ns);
	row_set_text(row, COL_per_thread_ops, text);
	row_set_decimal(row, COL_overlap_share, r->overlap);
	fill_stall(row, cell, r);
	row_set_decimal(row, COL_jain, estimate_jain(ops, n));
	row_set_decimal(row, COL_ops_per_s, (double)total * 1e9 / (double)r->window_ns);
	if (!total) {
		/* a rate of 0 counts: to leave it out would make a lock that stalls look good */
		row_add_item(row, COL_flags, "stalled");
		return;
	}
	if (cell->ask.experiment == SYNC_CONTENDED && cell->ask.permits <= 1)
		row_set_decimal(row, COL_owner_change_share, (double)changes / (double)total);
	if (sync_is_locking(cell->ask.experiment))
		row_set_decimal(row, COL_critical_seen_ns, (double)critical / (double)total);
	if (cell->ask.experiment == SYNC_OP) {
		row_set_decimal(row, COL_success_share, 1 - (double)lost / (double)total);
		row_set_decimal(row, COL_op_ns,
				(double)r->window_ns * cell->ask.threads / (double)total);
	}
	if (is_contended(cell) && !is_paced(cell))
		row_set_decimal(row, COL_think_seen_ns, (double)think / (double)total);
}

static void fill_acquire(struct row *row, const struct sync_cell *cell, const struct histogram *h)
{
	if (!h->count ||
	    (cell->ask.experiment != SYNC_CONTENDED && cell->ask.experiment != SYNC_INVERSION))
		return;
	row_set_u64(row, COL_n_samples, h->count);
	row_set_u64(row, COL_acquire_p50_ns, histogram_percentile(h, 50000));
	flag_near_clock(row, (double)histogram_percentile(h, 50000));
	if (h->count >= P99_SAMPLES)
		row_set_u64(row, COL_acquire_p99_ns, histogram_percentile(h, 99000));
	if (h->count >= P999_SAMPLES)
		row_set_u64(row, COL_acquire_p999_ns, histogram_percentile(h, 99900));
	row_set_u64(row, COL_longest_wait_ns, h->max);
}

static void fill_broadcast(struct row *row, const struct sync_result *r)
{
	const struct histogram *first = &r->first_awake, *last = &r->last_awake;

	row_set_u64(row, COL_n_ops, first->count);
	row_set_u64(row, COL_n_samples, first->count);
	row_set_u64(row, COL_sample_every, 1);
	row_set_u64(row, COL_duration_ns, r->meter.end_ns - r->meter.begin_ns);
	row_set_u64(row, COL_clock_gap_max_ns, r->trial.clock_gap_max_ns);
	row_set_u64(row, COL_clock_skew_bound_ns, r->skew_bound_ns);
	if (r->trial.capped)
		row_add_item(row, COL_flags, "capped");
	if (!first->count)
		return;
	row_set_u64(row, COL_stall_max_ns, r->meter.each.max);
	fill_between(row, COL_first_awake_p50_ns, first, 50000, r->skew_bound_ns);
	fill_between(row, COL_last_awake_p50_ns, last, 50000, r->skew_bound_ns);
	if (first->count < P99_SAMPLES)
		return;
	fill_between(row, COL_first_awake_p99_ns, first, 99000, r->skew_bound_ns);
	fill_between(row, COL_last_awake_p99_ns, last, 99000, r->skew_bound_ns);
}

static void fill_depth(struct row *row, const struct sync_cell *cell, const struct sync_result *r)
{
	uint64_t depth = 0, samples = 0;

	for (unsigned m = 0; m < cell->ask.producers; m++) {
		depth += r->seen[m].depth_sum;
		samples += r->seen[m].depth_samples;
	}
	if (samples)
		row_set_decimal(row, COL_depth_mean, (double)depth / (double)samples);
}

/*
 * Times of items that were due by one clock and came out by another. Of one direction those that
 * the difference of the two could have made are left out, as in fill_between(); where both
 * directions are measured it goes out of their mean, unless it is so large that an item seemed to
 * be there before it was put.
 */
static void fill_items(struct row *row, const struct sync_cell *cell, const struct sync_result *r)
{
	const struct histogram *response = &r->pace.response;
	bool both = sync_both_ways(cell);
	double least = 10 * (double)r->skew_bound_ns;

	row_set_u64(row, COL_clock_skew_bound_ns, r->skew_bound_ns);
	row_set_u64(row, COL_n_samples, response->count);
	if (r->pace.send_late.max > cell->ask.every_ns)
		row_add_item(row, COL_flags, "late");
	fill_latency(row, COL_send_late_min_ns, &r->pace.send_late);
	if (both && response->count)
		least = response->min < 1 ? INFINITY : 0;
	fill_latency_between(row, COL_resp_min_ns, response, least);
	if (both)
		row_add_item(row, COL_flags, "both_ways");
}

/* Rounds of a barrier: no round trip of anything, so they have columns of their own. */
static void fill_rounds(struct row *row, const struct histogram *h)
{
	if (!h->count)
		return;
	row_set_u64(row, COL_stall_max_ns, h->max);
	row_set_u64(row, COL_round_p50_ns, histogram_percentile(h, 50000));
	if (h->count >= P99_SAMPLES)
		row_set_u64(row, COL_round_p99_ns, histogram_percentile(h, 99000));
}

/* Nothing is timed: who was woken, and who was served when. */
static void fill_served(struct row *row, const struct sync_cell *cell, const struct sync_result *r)
{
	const struct served_counts *c = &r->served;

	row_set_u64(row, COL_n_ops, c->rounds);
	row_set_u64(row, COL_duration_ns, r->trial.timed_end_ns - r->trial.timed_begin_ns);
	row_set_decimal(row, COL_woken_per_event, (double)c->woken / (double)c->rounds);
	row_set_list(row, COL_served_order, c->order, cell->ask.threads - 1);
	row_set_decimal(row, COL_in_order_share, (double)c->in_order / (double)c->rounds);
	row_set_decimal(row, COL_last_first_share, (double)c->last_first / (double)c->rounds);
}

/* The waiter's times, and whom it waited for. */
static void fill_inversion(struct row *row, const struct sync_cell *cell,
			   const struct sync_result *r)
{
	row_set_u64(row, COL_n_ops, r->meter.done);
	row_set_u64(row, COL_duration_ns, r->meter.end_ns - r->meter.begin_ns);
	row_set_u64(row, COL_sample_every, 1);
	if (r->trial.capped)
		row_add_item(row, COL_flags, "capped");
	fill_acquire(row, cell, &r->meter.each);
	row_set_u64(row, COL_stall_max_ns, r->meter.each.max);
	row_set_decimal(row, COL_inverted_share, r->inverted_share);
}

/*
 * Operations between the two looks at the counters, which are a little closer than the window's
 * ends.
 */
static double ops_between(const struct row *row, const struct sync_result *r)
{
	double ns = (double)(r->trial.end.when_ns - r->trial.begin.when_ns);

	return row_get_decimal(row, COL_ops_per_s) * ns / 1e9;
}

/* What was counted while all ran: throughput, and times of those that were timed alone. */
static void fill_windowed(struct row *row, const struct sync_cell *cell,
			  const struct sync_result *r)
{
	fill_window(row, cell, r);
	fill_acquire(row, cell, &r->meter.each);
	if (cell->ask.experiment == SYNC_READERS)
		fill_readers(row, cell, r);
	if (cell->ask.experiment == SYNC_QUEUE)
		fill_depth(row, cell, r);
	if (is_paced(cell))
		fill_items(row, cell, r);
	if (sync_is_locking(cell->ask.experiment))
		row_set_u64(row, COL_sample_every, r->trial.size.stride);
	fill_noise(row, &r->trial, ops_between(row, r));
}

void sync_fill_figures(struct row *row, const struct sync_cell *cell, const struct sync_result *r)
{
	bool waits = r->window_ns || sync_wakes(cell) || cell->ask.experiment == SYNC_INVERSION;

	fill_members(row, r->member, cell->ask.threads);
	row_set_u64(row, COL_setup_ns, r->setup_ns);
	fill_phases(row, &r->trial);
	/* a lock may keep one waiting as long as it likes */
	fill_stood(row, waits ? NULL : &r->meter, &r->trial, r->stood_ns);
	fill_memory(row, r->node_check, cell->mem_node);
	if (*r->notes)
		row_add_item(row, COL_effective, r->notes);
	if (r->window_ns) {
		fill_windowed(row, cell, r);
		return;
	}
	fill_noise(row, &r->trial, (double)r->trial.counted_ops);
	if (sync_serves(cell->ask.experiment)) {
		fill_served(row, cell, r);
		return;
	}
	if (cell->ask.experiment == SYNC_INVERSION) {
		fill_inversion(row, cell, r);
		return;
	}
	if (sync_wakes(cell))
		row_set_decimal(row, COL_slept_share, r->slept_share);
	if (cell->ask.experiment == SYNC_BROADCAST) {
		fill_broadcast(row, r);
		return;
	}
	fill_meter(row, &r->meter, &r->trial);
	if (cell->ask.experiment == SYNC_OP)
		row_set_decimal(row, COL_success_share,
				1 - (double)r->lost / (double)r->trial.counted_ops);
	if (cell->ask.experiment == SYNC_BARRIER) {
		fill_rounds(row, &r->meter.each);
		return;
	}
	fill_latency(row, COL_rtt_min_ns, &r->meter.each);
	if (r->meter.batch_ops)
		row_set_decimal(row, COL_rtt_mean_ns, meter_mean_ns(&r->meter));
}

const struct histogram *sync_fill_times(const struct sync_cell *cell, const struct sync_result *r)
{
	if (cell->ask.experiment == SYNC_BROADCAST)
		return &r->last_awake;
	return is_paced(cell) ? &r->pace.response : &r->meter.each;
}

/* Empty where one of the two is. */
static void join(struct row *row, const struct row *back, enum column column)
{
	double there = row_get_decimal(row, column), here = row_get_decimal(back, column);

	if (!row_is_set(row, column) || !row_is_set(back, column))
		row_unset(row, column);
	else
		row_set_decimal(row, column, (there + here) / 2);
}

static void join_flag(struct row *row, const struct row *back, const char *flag)
{
	if (strstr(row_get_text(back, COL_flags), flag) &&
	    !strstr(row_get_text(row, COL_flags), flag))
		row_add_item(row, COL_flags, flag);
}

void sync_fill_back(struct row *row, const struct row *back)
{
	static const enum column sums[] = {
		COL_n_ops,	  COL_n_samples,    COL_duration_ns,	COL_steal_ns,
		COL_psi_us,	  COL_run_delay_ns, COL_foreign_cpu_ns, COL_irqs,
		COL_minor_faults, COL_major_faults, COL_migrations,	COL_warm_ns,
		COL_timed_ns,	  COL_stood_ns,
	};
	static const enum column means[] = {
		COL_ops_per_s,
		COL_depth_mean,
		COL_overlap_share,
		COL_think_seen_ns,
		COL_cpu_ns_per_op,
		COL_cpu_ns_per_op_initiator,
		COL_cpu_ns_per_op_responder,
		COL_vol_switches_per_op,
		COL_invol_switches_per_op,
		COL_energy_nj_per_op,
	};
	double most =
		fmax(row_get_decimal(row, COL_resp_max_ns), row_get_decimal(back, COL_resp_max_ns));
	double latest = fmax(row_get_decimal(row, COL_send_late_max_ns),
			     row_get_decimal(back, COL_send_late_max_ns));

	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++)
		if (row_is_set(row, sums[i]) && row_is_set(back, sums[i]))
			row_set_u64(row, sums[i],
				    row_get_u64(row, sums[i], 0) + row_get_u64(back, sums[i], 0));
	for (size_t i = 0; i < sizeof(means) / sizeof(means[0]); i++)
		join(row, back, means[i]);
	for (enum column c = 0; c < 7; c++) {
		join(row, back, COL_resp_min_ns + c);
		join(row, back, COL_send_late_min_ns + c);
	}
	if (row_is_set(row, COL_resp_max_ns))
		row_set_decimal(row, COL_resp_max_ns, most);
	if (row_is_set(row, COL_send_late_max_ns))
		row_set_decimal(row, COL_send_late_max_ns, latest);
	row_set_format(row, COL_per_thread_ops, "%llu",
		       (unsigned long long)row_get_u64(row, COL_n_ops, 0));
	join_flag(row, back, "clock_skew");
	join_flag(row, back, "stalled");
	join_flag(row, back, "late");
}
