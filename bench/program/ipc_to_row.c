/* SPDX-License-Identifier: MIT */
/* An IPC cell and its result as a row of samples.csv. */
#include "bench/program/ipc_to_row.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "bench/analyse/estimate.h"
#include "bench/program/to_row.h"

/* That the other side was started by hand, and where. */
static void fill_peer(struct row *row, const struct peer *peer)
{
	row_set_text(row, COL_apart, "peer");
	row_set_text(row, COL_peer_host, peer->hello.host);
	if (*peer->hello.host && !peer->same_kernel)
		row_add_item(row, COL_flags, "peer_kernel");
}

/* Each side has the class that it was started with. */
static void fill_peer_sched(struct row *row, const struct ipc_result *r)
{
	char own[SCHEDULING_NAME], other[SCHEDULING_NAME], item[SCHEDULING_NAME + 16];

	scheduling_name(&r->member[0].sched, own);
	scheduling_name(&r->member[1].sched, other);
	snprintf(item, sizeof(item), "peer_sched=%s", other);
	if (strcmp(own, other) != 0)
		row_add_item(row, COL_effective, item);
}

void ipc_fill_cell(struct row *row, const struct ipc_cell *cell, bool placed)
{
	bool paused = cell->ask.gap_ns || cell->ask.every_ns;

	cell_to_row(&cell->ask, placed ? &cell->seats : NULL, row);
	if (cell->mode && paused && !ipc_is_timer(cell->mode) && !cell->ask.initiator)
		row_add_item(row, COL_effective,
			     cell->sleeps ? "initiator=sleep" : "initiator=spin");
	if (cell->variant->flags & IPC_WORKER)
		row_add_item(row, COL_flags, "kernel_worker");
	if (cell->peer)
		fill_peer(row, cell->peer);
}

/*
 * Counted in the wait mode where it sleeps in user space; else by the kernel's voluntary switches,
 * one per sleep, of two waits per round trip. Not where the initiator sleeps between messages as
 * well.
 */
static void fill_slept(struct row *row, const struct ipc_cell *cell, const struct ipc_result *r)
{
	double per_wait = row_get_decimal(row, COL_vol_switches_per_op) / 2;
	double waits = 2 * (double)r->trial.counted_ops;
	double slept = (double)(r->slept[0] + r->slept[1]);

	if (cell->variant->flags & IPC_FLOOR || cell->ask.pattern == IPC_STREAM)
		return;
	if (cell->ask.pattern == IPC_FAN_OUT) { /* those of the receivers */
		waits = cell->ask.consumers * (double)r->trial.counted_ops;
		slept = (double)r->slept[1];
	}
	if (cell->mode->wait->flags & IPC_SPINS)
		row_set_decimal(row, COL_slept_share, 0);
	else if (cell->mode->wait->flags & IPC_COUNTS_SLEEP)
		row_set_decimal(row, COL_slept_share, slept / waits);
	else if (!cell->sleeps || !(cell->ask.gap_ns || cell->ask.every_ns))
		row_set_decimal(row, COL_slept_share, per_wait > 1 ? 1 : per_wait); /* NaN: none */
}

/* By construction, for messages that move in one piece; see struct ipc_wait. */
static void fill_calls(struct row *row, const struct ipc_cell *cell)
{
	unsigned calls = cell->mode->wait->calls, more = cell->variant->more_calls;
	bool whole = cell->mode->ops->whole || cell->ask.msg_size_b <= PIPE_BUF;
	unsigned messages = cell->variant->flags & IPC_FLOOR ? 1 : 2;

	if (!calls || !(cell->ask.pattern == IPC_PING_PONG || cell->ask.pattern == IPC_PACED) ||
	    !whole)
		return;
	row_set_decimal(row, COL_syscalls_per_op,
			messages * ((calls == IPC_NO_CALLS ? 0 : calls) + more));
}

/* How the receiver's time was shared among the producers. */
static void fill_producers(struct row *row, const struct ipc_cell *cell, const struct ipc_result *r)
{
	double share[CREW_MAX];

	for (unsigned i = 0; i < cell->ask.producers; i++) {
		char text[24];

		share[i] = (double)r->got[i];
		snprintf(text, sizeof(text), "%llu", (unsigned long long)r->got[i]);
		row_set_format(row, COL_per_producer_msgs, "%s%s%s",
			       row_get_text(row, COL_per_producer_msgs), i ? "+" : "", text);
	}
	row_set_decimal(row, COL_jain, estimate_jain(share, cell->ask.producers));
}

/* What arrived, of what was sent. */
static void fill_stream(struct row *row, const struct ipc_cell *cell, const struct ipc_result *r)
{
	double per_s = row_get_decimal(row, COL_ops_per_s);

	row_set_u64(row, COL_stall_max_ns, r->meter.each.max);
	if (cell->ask.producers)
		fill_producers(row, cell, r);
	if (ipc_is_lossy(cell->mode))
		per_s *= 1 - (double)r->lost / (double)r->meter.done;
	row_set_decimal(row, COL_messages_per_s, per_s);
	row_set_decimal(row, COL_throughput_mb_s, per_s * (double)cell->ask.msg_size_b / 1e6);
}

/* A row with a backlog at the end has no figures; one that was late in between says so. */
static void fill_schedule(struct row *row, const struct ipc_result *r)
{
	if (r->pace.send_late.max > r->pace.every_ns)
		row_add_item(row, COL_flags, "late");
	fill_latency(row, COL_send_late_min_ns, &r->pace.send_late);
}

/* Of a schedule nothing but messages is timed: what a send takes is no time of an operation. */
static void fill_fan_out(struct row *row, const struct ipc_cell *cell, const struct ipc_result *r)
{
	static const enum column of_sends[] = {COL_op_ns, COL_op_p50_ns, COL_ops_per_s};
	double per_s = row_get_decimal(row, COL_ops_per_s);

	row_set_u64(row, COL_clock_skew_bound_ns, r->skew_bound_ns);
	fill_latency_between(row, COL_resp_min_ns, &r->pace.response,
			     10 * (double)r->skew_bound_ns);
	fill_between(row, COL_first_resp_p50_ns, &r->first, 50000, r->skew_bound_ns);
	if (r->first.count >= P99_SAMPLES)
		fill_between(row, COL_first_resp_p99_ns, &r->first, 99000, r->skew_bound_ns);
	if (!cell->ask.every_ns) {
		row_set_u64(row, COL_stall_max_ns, r->meter.each.max);
		row_set_decimal(row, COL_messages_per_s, per_s);
		return;
	}
	fill_schedule(row, r);
	for (size_t i = 0; i < sizeof(of_sends) / sizeof(of_sends[0]); i++)
		row_unset(row, of_sends[i]);
}

/* Several pairs: all together, and how far apart the fastest and the slowest are. */
static void fill_pairs(struct row *row, const struct ipc_cell *cell, const struct ipc_result *r)
{
	if (cell->ask.pairs <= 1)
		return;
	row_set_decimal(row, COL_ops_per_s, r->ops_per_s);
	row_unset(row, COL_mem_node); /* of each pair another */
	if (cell->ask.pattern != IPC_PING_PONG || !r->meter.each.count)
		return;
	row_set_decimal(row, COL_pair_p50_min_ns, (double)r->pair_p50_ns[0]);
	row_set_decimal(row, COL_pair_p50_max_ns, (double)r->pair_p50_ns[1]);
}

void ipc_fill_figures(struct row *row, const struct ipc_cell *cell, const struct ipc_result *r)
{
	double counted_ops = (double)r->trial.counted_ops;

	fill_members(row, r->member, r->members);
	if (cell->peer)
		fill_peer_sched(row, r);
	row_set_u64(row, COL_setup_ns, r->setup_ns);
	if (*r->notes)
		row_add_item(row, COL_effective, r->notes);
	fill_memory(row, r->node_check, cell->mem_node);
	fill_meter(row, &r->meter, &r->trial);
	if (cell->ask.gap_ns || cell->ask.pattern == IPC_PACED)
		row_unset(row, COL_ops_per_s); /* between operations it waits: no rate of theirs */
	fill_phases(row, &r->trial);
	fill_stood(row, &r->meter, &r->trial, r->stood_ns);
	/* costs of some members would pass for those of all */
	fill_noise(row, &r->trial, r->members <= NOISE_TASKS_MAX ? counted_ops : 0);
	fill_pairs(row, cell, r);
	fill_slept(row, cell, r);
	row_set_decimal(row, COL_same_cpu_share, r->same_cpu_share);
	fill_calls(row, cell);
	if (ipc_is_lossy(cell->mode))
		row_set_u64(row, COL_lost_msgs, r->lost);
	if (cell->ask.pattern == IPC_STREAM) {
		fill_stream(row, cell, r);
		return;
	}
	if (cell->ask.pattern == IPC_FAN_OUT) {
		fill_fan_out(row, cell, r);
		return;
	}
	if (r->lost) /* figures of those that came back */
		row_add_item(row, COL_flags, "lost");
	fill_latency(row, COL_rtt_min_ns, &r->meter.each);
	if (r->meter.batch_ops)
		row_set_decimal(row, COL_rtt_mean_ns, meter_mean_ns(&r->meter));
	if (cell->ask.pattern == IPC_PACED) {
		fill_latency(row, COL_resp_min_ns, &r->pace.response);
		fill_schedule(row, r);
	}
}
