/* SPDX-License-Identifier: MIT */
/* What all threads of a session together say: whether it can be, and the figures. */
#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "bench/measure/sync_shared.h"

/* Every turn that wrote was counted by each protected line, in its newer copy. */
static int judge_lines(const struct sync_session *s, uint64_t writes, char *reason)
{
	const struct sync_line *one = s->shared->guarded[0].line, *two = s->shared->guarded[1].line;
	const struct sync_line *line = one->first > two->first ? one : two;

	if (s->cell->variant->flags & SYNC_FLOOR || s->cell->ask.permits > 1)
		return 0;
	for (unsigned i = 0; i < s->cell->ask.lines; i++) {
		if (line[i].first == writes && line[i].last == writes)
			continue;
		snprintf(reason, CREW_REASON,
			 "lock let two in: %llu entries; line %u counted %llu under it",
			 (unsigned long long)writes, i, (unsigned long long)line[i].first);
		return -EBADMSG;
	}
	return 0;
}

/*
 * Sums over the threads: every entry was counted by the lock's own lines, every item came out once.
 */
static int judge_counts(struct sync_session *s, char *reason)
{
	const struct sync_cell *cell = s->cell;
	uint64_t turns[2] = {0, 0}, sum[2] = {0, 0}, reads = 0;

	for (unsigned m = 0; m < cell->ask.threads; m++) {
		const struct sync_counts *seen = &s->shared->run[m].seen;
		int consumes = cell->ask.experiment == SYNC_QUEUE && m >= cell->ask.producers;

		for (unsigned phase = 0; phase < PHASE_COUNT; phase++) {
			turns[consumes] += seen->turns[phase];
			reads += seen->reads[phase];
		}
		sum[consumes] ^= seen->checksum;
	}
	if (sync_is_locking(cell->ask.experiment))
		return judge_lines(s, turns[0] - reads, reason);
	if (cell->ask.experiment == SYNC_QUEUE && (turns[0] != turns[1] || sum[0] != sum[1])) {
		snprintf(reason, CREW_REASON, "queue lost or changed items: %llu put, %llu got",
			 (unsigned long long)turns[0], (unsigned long long)turns[1]);
		return -EBADMSG;
	}
	return 0;
}

static int judge_place(struct sync_session *s, char *reason)
{
	struct sync_result *r = &s->shared->result;

	r->node_check = 1;
	if (s->cell->mem_node < 0)
		return 0;
	r->node_check = memory_verify(s->object, s->object_size, (unsigned)s->cell->mem_node);
	if (r->node_check != -EXDEV)
		return 0;
	snprintf(reason, CREW_REASON, "the object is not on node %d", s->cell->mem_node);
	return -EXDEV;
}

int sync_judge(struct sync_session *s, char *reason)
{
	int err = judge_counts(s, reason);

	return err ? err : judge_place(s, reason);
}

/*
 * Takes from `overlap` the share of the window in which a thread waited for a PU; NAN = not known.
 */
static double together(const struct sync_result *r, double overlap)
{
	uint64_t window_ns = r->trial.end.when_ns - r->trial.begin.when_ns;
	struct noise noise;

	if (noise_delta(&r->trial.begin, &r->trial.end, &noise) || !(noise.have & NOISE_RUN_DELAY))
		return NAN;
	overlap -= (double)noise.run_delay_ns / (double)window_ns;
	return overlap > 0 ? overlap : 0;
}

/*
 * Share of the waits of a hand-off or barrier in which a thread gave its PU up, from the voluntary
 * switches: in each round both roles wait, at a barrier all but the last to come. NAN where they
 * could not be read for all.
 */
static double slept_share(const struct sync_cell *cell, const struct trial *t)
{
	unsigned waiters =
		cell->ask.experiment == SYNC_BARRIER ? cell->ask.threads - 1 : cell->ask.threads;
	double waits = (double)t->counted_ops * waiters, sleeps = 0;

	if (!(t->begin.after.have & t->end.before.have & NOISE_SWITCHES) ||
	    t->begin.n_tasks != cell->ask.threads || waits <= 0)
		return NAN;
	for (unsigned i = 0; i < cell->ask.threads; i++)
		sleeps += (double)(t->end.before.task[i].vol_switches -
				   t->begin.after.task[i].vol_switches);
	return sleeps < waits ? sleeps / waits : 1;
}

/*
 * Queue with a schedule: the times of all threads; a consumer's clock may be off each producer's.
 */
static void collect_items(struct sync_session *s)
{
	struct sync_result *r = &s->shared->result;

	pace_start(&r->pace, 0);
	for (unsigned m = 0; m < s->cell->ask.threads; m++) {
		histogram_merge(&r->pace.response, &s->shared->run[m].pace.response);
		histogram_merge(&r->pace.send_late, &s->shared->run[m].pace.send_late);
		r->overload |= pace_overloaded(&s->shared->run[m].pace);
	}
	if (s->cell->ask.producers > 1) /* both were compared with a third */
		r->skew_bound_ns *= 2;
}

static void collect_waking(struct sync_session *s)
{
	struct sync_result *r = &s->shared->result;
	uint64_t waits = 0, slept = 0;

	r->slept_share = slept_share(s->cell, &r->trial);
	if (s->cell->ask.experiment != SYNC_BROADCAST)
		return;
	histogram_copy(&r->first_awake, &s->shared->crowd.first);
	histogram_copy(&r->last_awake, &s->shared->crowd.last);
	for (unsigned m = 1; m < s->cell->ask.threads; m++) {
		waits += r->seen[m].waits;
		slept += r->seen[m].slept;
	}
	r->slept_share = waits ? (double)slept / (double)waits : NAN;
}

void sync_collect(struct sync_session *s)
{
	struct sync_result *r = &s->shared->result;
	uint64_t first = 0, last = UINT64_MAX;

	for (unsigned m = 0; m < s->cell->ask.threads; m++)
		r->seen[m] = s->shared->run[m].seen;
	if (!sync_runs_for_a_time(s->cell)) {
		if (sync_wakes(s->cell))
			collect_waking(s);
		else if (sync_serves(s->cell->ask.experiment))
			r->served = s->shared->served.counts;
		else
			meter_copy(&r->meter, &s->shared->run[0].meter);
		if (s->cell->ask.experiment == SYNC_INVERSION)
			r->inverted_share =
				(double)s->shared->inversion.inverted / (double)r->meter.done;
		return;
	}
	r->most_inside = atomic_load(&s->shared->control.most_inside);
	histogram_copy(&r->meter.each, &s->shared->run[0].meter.each);
	histogram_copy(&r->reads, &s->shared->run[0].reads);
	for (unsigned m = 0; m < s->cell->ask.threads; m++) {
		const struct sync_counts *seen = &r->seen[m];

		if (m) {
			histogram_merge(&r->meter.each, &s->shared->run[m].meter.each);
			histogram_merge(&r->reads, &s->shared->run[m].reads);
		}
		if (seen->first_ns > first || !seen->first_ns)
			first = seen->first_ns ? seen->first_ns : UINT64_MAX;
		if (seen->last_ns < last)
			last = seen->last_ns;
	}
	r->overlap = last > first ? (double)(last - first) / (double)r->window_ns : 0;
	r->overlap = together(r, r->overlap < 1 ? r->overlap : 1);
	if (s->cell->ask.every_ns)
		collect_items(s);
}
