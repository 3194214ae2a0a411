/* SPDX-License-Identifier: MIT */
/* main of every build/sync_<name>: options to cells, cells to rows. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "bench/analyse/order.h"
#include "bench/command/bench_main.h"
#include "bench/command/fill.h"
#include "bench/measure/sync_session.h"
#include "bench/record/csv.h"

struct sync_options {
	bool experiment_given;
	enum sync_experiment experiment;
	unsigned threads;   /* 0 = the experiment's default */
	unsigned producers; /* 0 = half of the threads */
	bool order_given;
	enum order order;
	uint64_t critical_ns;
	uint64_t think_ns;
	bool readers_given;
	unsigned readers_pct;
	unsigned permits;
	unsigned lines; /* 0 = not given */
	struct given_options given;
	uint64_t gap_ns;
	uint64_t capacity; /* 0 = SYNC_CAPACITY */
	bool fill_given;
	bool full;
	uint64_t every_ns;
	bool stride_given;
	uint64_t stride_b;
};

#define CAPACITY_MAX ((uint64_t)1 << 20) /* items */
#define STRIDE_MAX 65536		 /* bytes */

static int read_experiment(void *to, const char *text, char *want)
{
	const char *names[SYNC_EXPERIMENTS];
	struct sync_options *o = to;
	unsigned i;
	int err;

	for (i = 0; i < SYNC_EXPERIMENTS; i++)
		names[i] = sync_experiment_name((enum sync_experiment)i);
	err = option_choice(text, names, SYNC_EXPERIMENTS, &i, want);
	if (!err)
		o->experiment = (enum sync_experiment)i;
	o->experiment_given = true;
	return err;
}

static int read_threads(void *to, const char *text, char *want)
{
	uint64_t n;
	int err = option_number(text, 1, CREW_MAX, &n, want);

	if (!err)
		((struct sync_options *)to)->threads = (unsigned)n;
	return err;
}

static int read_producers(void *to, const char *text, char *want)
{
	uint64_t n;
	int err = option_number(text, 1, CREW_MAX - 1, &n, want);

	if (!err)
		((struct sync_options *)to)->producers = (unsigned)n;
	return err;
}

static int read_order(void *to, const char *text, char *want)
{
	struct sync_options *o = to;

	snprintf(want, OPTION_WANT, "one of compact scatter");
	o->order_given = true;
	return order_parse(text, &o->order);
}

static int read_critical(void *to, const char *text, char *want)
{
	return option_time(text, &((struct sync_options *)to)->critical_ns, want);
}

static int read_think(void *to, const char *text, char *want)
{
	return option_time(text, &((struct sync_options *)to)->think_ns, want);
}

static int read_readers(void *to, const char *text, char *want)
{
	struct sync_options *o = to;
	uint64_t n;
	int err = option_number(text, 0, 100, &n, want);

	if (!err)
		o->readers_pct = (unsigned)n;
	o->readers_given = true;
	return err;
}

static int read_permits(void *to, const char *text, char *want)
{
	uint64_t n;
	int err = option_number(text, 1, CREW_MAX, &n, want);

	if (!err)
		((struct sync_options *)to)->permits = (unsigned)n;
	return err;
}

static int read_lines(void *to, const char *text, char *want)
{
	uint64_t n;
	int err = option_number(text, 1, SYNC_LINES_MAX, &n, want);

	if (!err)
		((struct sync_options *)to)->lines = (unsigned)n;
	return err;
}

static int read_opt(void *to, const char *text, char *want)
{
	return given_add(&((struct sync_options *)to)->given, text, want);
}

static int read_gap(void *to, const char *text, char *want)
{
	return option_time(text, &((struct sync_options *)to)->gap_ns, want);
}

static int read_capacity(void *to, const char *text, char *want)
{
	uint64_t *capacity = &((struct sync_options *)to)->capacity;
	int err = option_number(text, 2, CAPACITY_MAX, capacity, want);

	if (!err && !(*capacity & (*capacity - 1)))
		return 0;
	snprintf(want, OPTION_WANT, "a power of two from 2 to %llu",
		 (unsigned long long)CAPACITY_MAX);
	return -EINVAL;
}

static int read_fill(void *to, const char *text, char *want)
{
	static const char *const names[] = {"empty", "full"};
	struct sync_options *o = to;
	unsigned i = 0;
	int err = option_choice(text, names, 2, &i, want);

	o->fill_given = true;
	o->full = i;
	return err;
}

static int read_every(void *to, const char *text, char *want)
{
	uint64_t *every_ns = &((struct sync_options *)to)->every_ns;
	int err = option_time(text, every_ns, want);

	return !err && !*every_ns ? -EINVAL : err;
}

static int read_stride(void *to, const char *text, char *want)
{
	struct sync_options *o = to;
	int err = option_number(text, 0, STRIDE_MAX, &o->stride_b, want);

	o->stride_given = true;
	if (!err && !(o->stride_b % sizeof(uint64_t)))
		return 0;
	snprintf(want, OPTION_WANT, "bytes; a multiple of 8 from 0 to %d", STRIDE_MAX);
	return -EINVAL;
}

static const struct option_row own[] = {
	{"experiment", "E",
	 "uncontended contended readers handoff queue op broadcast meet; all that the primitive "
	 "has",
	 read_experiment},
	{"threads", "N", "threads or processes that take part", read_threads},
	{"producers", "N", "queue: how many of them put; half", read_producers},
	{"order", "compact|scatter", "how they are laid over the machine", read_order},
	{"critical", "T", "contended, readers: time to hold the lock; 0", read_critical},
	{"think", "T", "contended, readers, queue: time between two turns +-25 %; 500ns",
	 read_think},
	{"readers", "PCT", "readers: share of turns that only read, 90; uncontended: 0 or 100",
	 read_readers},
	{"permits", "N", "contended: how many a counting semaphore lets in at once; 1",
	 read_permits},
	{"lines", "N", "contended, readers: cache lines written with the lock held; 1", read_lines},
	{"opt", "NAME=N", "an option of the primitive's own; --list shows them", read_opt},
	{"gap", "T", "broadcast: time for the others to fall asleep; 50us", read_gap},
	{"capacity", "N", "queue: items it holds; a power of two; 1024", read_capacity},
	{"fill", "empty|full", "queue: who thinks; producers (empty) or consumers; empty",
	 read_fill},
	{"every", "T", "queue: each producer puts on this schedule and nobody thinks; none",
	 read_every},
	{"stride", "B", "op by several threads: bytes between their words; 0 (one word)",
	 read_stride},
};

static void list(const struct sync_mechanism *m)
{
	for (size_t i = 0; i < m->n_variants; i++) {
		const struct sync_variant *v = &m->variants[i];

		printf("%s:%s  %s; experiments:", m->name, v->name, v->summary);
		for (unsigned e = 0; e < SYNC_EXPERIMENTS; e++)
			if (sync_can(v, (enum sync_experiment)e))
				printf(" %s", sync_experiment_name((enum sync_experiment)e));
		putchar('\n');
		options_list(v->options);
	}
}

/* Threads of an experiment: those asked for where it does not have a number of its own. */
static unsigned threads_of(const struct sync_variant *v, enum sync_experiment e, unsigned asked)
{
	if (e == SYNC_UNCONTENDED)
		return 1;
	if (e == SYNC_HANDOFF)
		return 2;
	if (asked == 1 && (e == SYNC_BROADCAST || e == SYNC_MEET))
		return 2;
	if (asked)
		return asked;
	return e == SYNC_OP && !(v->flags & SYNC_PAIR) ? 1 : 2;
}

static bool is_contended(const struct sync_cell *cell)
{
	return sync_is_locking(cell->experiment) || cell->experiment == SYNC_QUEUE;
}

/* What a lock is asked: who reads, how many may be in, how much is written. */
static void fill_lock(struct row *row, const struct sync_cell *cell)
{
	if (cell->experiment == SYNC_READERS || cell->readers_pct)
		row_set_u64(row, COL_readers_pct, cell->readers_pct);
	if (cell->variant->flags & SYNC_COUNTS)
		row_set_u64(row, COL_permits, cell->permits);
	if (!sync_is_locking(cell->experiment))
		return;
	row_set_u64(row, COL_critical_ns, cell->critical_ns);
	if (cell->lines)
		row_set_u64(row, COL_lines, cell->lines);
}

static bool is_paced(const struct sync_cell *cell)
{
	return cell->experiment == SYNC_QUEUE && cell->every_ns;
}

static void fill_queue(struct row *row, const struct sync_cell *cell)
{
	row_set_u64(row, COL_producers, cell->producers);
	row_set_u64(row, COL_capacity, cell->capacity);
	if (cell->every_ns) {
		row_set_u64(row, COL_every_ns, cell->every_ns);
		return;
	}
	row_set_u64(row, COL_think_ns, cell->think_ns);
	if (cell->think_ns)
		row_set_text(row, COL_fill, cell->full ? "full" : "empty");
}

static void fill_cell(struct row *row, const struct sync_cell *cell, const struct options *o,
		      const struct sync_options *so)
{
	row_set_text(row, COL_group, "sync");
	row_set_text(row, COL_mechanism, cell->mechanism->name);
	row_set_text(row, COL_variant, cell->variant->name);
	row_set_text(row, COL_experiment, sync_experiment_name(cell->experiment));
	row_set_text(row, COL_wait, cell->variant->flags & SYNC_SPINS ? "spin" : "");
	row_set_u64(row, COL_threads, cell->threads);
	row_set_text(row, COL_instructions, cell->variant->instruction);
	if (cell->experiment == SYNC_QUEUE)
		fill_queue(row, cell);
	if (cell->experiment == SYNC_OP && cell->threads > 1 && cell->variant->flags & SYNC_WORD)
		row_set_u64(row, COL_stride_b, cell->stride_b);
	if (sync_is_locking(cell->experiment) || cell->experiment == SYNC_UNCONTENDED)
		fill_lock(row, cell);
	if (sync_is_locking(cell->experiment))
		row_set_u64(row, COL_think_ns, cell->think_ns);
	if (cell->experiment == SYNC_BROADCAST)
		row_set_u64(row, COL_gap_ns, cell->gap_ns);
	fill_list(row, COL_cpus, cell->pus, cell->threads);
	if (so->order_given)
		row_set_text(row, COL_order, order_name(so->order));
	if (cell->threads == 2 && topology_exists(cell->topology, cell->pus[0])) {
		struct placement p;

		if (!placement_of(cell->topology, cell->pus[0], cell->pus[1], &p)) {
			row_set_text(row, COL_placement, relation_name(p.relation));
			row_set_text(row, COL_core_kinds, p.core_kinds);
			if (p.numa_distance >= 0)
				row_set_u64(row, COL_numa_distance, (uint64_t)p.numa_distance);
		}
	}
	if (sync_oversubscribed(cell))
		row_add_item(row, COL_flags, "oversubscribed");
}

static void fill_threads(struct row *row, const struct sync_cell *cell, const struct sync_result *r)
{
	unsigned seen[CREW_MAX];

	for (unsigned m = 0; m < cell->threads; m++)
		seen[m] = r->member[m].cpu_seen;
	fill_list(row, COL_cpus_seen, seen, cell->threads);
}

/* Readers and writers apart: sums over the threads. */
static void fill_readers(struct row *row, const struct sync_cell *cell, const struct sync_result *r)
{
	double reads = 0, writes = 0, retries = 0, per_s = 1e9 / (double)r->window_ns;
	const struct histogram *h = &r->reads;

	for (unsigned m = 0; m < cell->threads; m++) {
		const struct sync_counts *seen = &r->seen[m];

		reads += (double)seen->reads[PHASE_MEASURE];
		writes += (double)(seen->turns[PHASE_MEASURE] - seen->reads[PHASE_MEASURE]);
		retries += (double)seen->retries;
	}
	row_set_decimal(row, COL_read_ops_per_s, reads * per_s);
	row_set_decimal(row, COL_write_ops_per_s, writes * per_s);
	if (reads > 0)
		row_set_decimal(row, COL_retry_share, retries / (reads + retries));
	if (h->count)
		row_set_u64(row, COL_read_acquire_p50_ns, histogram_percentile(h, 50000));
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
	unsigned first = cell->experiment == SYNC_QUEUE ? cell->producers : 0, n = 0;
	uint64_t total = 0, changes = 0, critical = 0, think = 0, lost = 0;
	char text[CREW_MAX * 21] = "";
	double ops[CREW_MAX];
	size_t used = 0;

	for (unsigned m = 0; m < cell->threads; m++) {
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
	row_set_decimal(row, COL_jain, order_jain(ops, n));
	row_set_decimal(row, COL_ops_per_s, (double)total * 1e9 / (double)r->window_ns);
	if (!total)
		return;
	if (cell->experiment == SYNC_CONTENDED && cell->permits <= 1)
		row_set_decimal(row, COL_owner_change_share, (double)changes / (double)total);
	if (sync_is_locking(cell->experiment))
		row_set_decimal(row, COL_critical_seen_ns, (double)critical / (double)total);
	if (cell->experiment == SYNC_OP) {
		row_set_decimal(row, COL_success_share, 1 - (double)lost / (double)total);
		row_set_decimal(row, COL_op_ns,
				(double)r->window_ns * cell->threads / (double)total);
	}
	if (is_contended(cell) && !is_paced(cell))
		row_set_decimal(row, COL_think_seen_ns, (double)think / (double)total);
}

static void fill_acquire(struct row *row, const struct sync_cell *cell, const struct histogram *h)
{
	if (cell->experiment != SYNC_CONTENDED || !h->count)
		return;
	row_set_u64(row, COL_n_samples, h->count);
	row_set_u64(row, COL_acquire_p50_ns, histogram_percentile(h, 50000));
	if (h->count >= P99_SAMPLES)
		row_set_u64(row, COL_acquire_p99_ns, histogram_percentile(h, 99000));
	if (h->count >= P999_SAMPLES)
		row_set_u64(row, COL_acquire_p999_ns, histogram_percentile(h, 99900));
	row_set_u64(row, COL_longest_wait_ns, h->max);
}

/*
 * Percentile of a time between stamps of two PUs, where the clocks agree well enough (DESIGN.md
 * section 5): off by a tenth at most.
 */
static void fill_awake(struct row *row, enum column column, const struct histogram *h,
		       unsigned per_100k, uint64_t skew_ns)
{
	uint64_t ns = histogram_percentile(h, per_100k);

	if (10 * skew_ns > ns)
		row_add_item(row, COL_flags, "clock_skew");
	else
		row_set_u64(row, column, ns);
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
	fill_awake(row, COL_first_awake_p50_ns, first, 50000, r->skew_bound_ns);
	fill_awake(row, COL_last_awake_p50_ns, last, 50000, r->skew_bound_ns);
	if (first->count < P99_SAMPLES)
		return;
	fill_awake(row, COL_first_awake_p99_ns, first, 99000, r->skew_bound_ns);
	fill_awake(row, COL_last_awake_p99_ns, last, 99000, r->skew_bound_ns);
}

static void fill_depth(struct row *row, const struct sync_cell *cell, const struct sync_result *r)
{
	uint64_t depth = 0, samples = 0;

	for (unsigned m = 0; m < cell->producers; m++) {
		depth += r->seen[m].depth_sum;
		samples += r->seen[m].depth_samples;
	}
	if (samples)
		row_set_decimal(row, COL_depth_mean, (double)depth / (double)samples);
}

/*
 * Times of items that were due by one clock and came out by another; those that the difference of
 * the two could have made are left out, as in fill_awake().
 */
static void fill_items(struct row *row, const struct sync_result *r)
{
	bool doubtful = false;

	row_set_u64(row, COL_clock_skew_bound_ns, r->skew_bound_ns);
	row_set_u64(row, COL_n_samples, r->pace.response.count);
	fill_latency(row, COL_send_late_min_ns, &r->pace.send_late);
	fill_latency(row, COL_resp_min_ns, &r->pace.response);
	for (enum column c = COL_resp_min_ns; c <= COL_resp_mean_ns; c++)
		if (row_is_set(row, c) && row_get_decimal(row, c) < 10 * (double)r->skew_bound_ns) {
			row_unset(row, c);
			doubtful = true;
		}
	if (doubtful)
		row_add_item(row, COL_flags, "clock_skew");
}

/* Rounds of a barrier: no round trip of anything, so they have columns of their own. */
static void fill_rounds(struct row *row, const struct histogram *h)
{
	if (!h->count)
		return;
	row_set_u64(row, COL_round_p50_ns, histogram_percentile(h, 50000));
	if (h->count >= P99_SAMPLES)
		row_set_u64(row, COL_round_p99_ns, histogram_percentile(h, 99000));
}

/* Operations between the two looks at the counters, which are a little closer than the window's
 * ends. */
static double ops_between(const struct row *row, const struct sync_result *r)
{
	double ns = (double)(r->trial.end.when_ns - r->trial.begin.when_ns);

	return row_get_decimal(row, COL_ops_per_s) * ns / 1e9;
}

static void fill_figures(struct row *row, const struct sync_cell *cell, const struct sync_result *r)
{
	fill_threads(row, cell, r);
	row_set_u64(row, COL_setup_ns, r->setup_ns);
	fill_memory(row, r->node_check, cell->mem_node);
	if (*r->notes)
		row_add_item(row, COL_options, r->notes);
	if (r->window_ns) {
		fill_window(row, cell, r);
		fill_acquire(row, cell, &r->meter.each);
		if (cell->experiment == SYNC_READERS)
			fill_readers(row, cell, r);
		if (cell->experiment == SYNC_QUEUE)
			fill_depth(row, cell, r);
		if (is_paced(cell))
			fill_items(row, r);
		if (sync_is_locking(cell->experiment))
			row_set_u64(row, COL_sample_every, r->trial.size.stride);
		fill_noise(row, &r->trial, ops_between(row, r));
		return;
	}
	fill_noise(row, &r->trial, (double)r->trial.counted_ops);
	if (sync_wakes(cell))
		row_set_decimal(row, COL_slept_share, r->slept_share);
	if (cell->experiment == SYNC_BROADCAST) {
		fill_broadcast(row, r);
		return;
	}
	fill_meter(row, &r->meter, &r->trial);
	if (cell->experiment == SYNC_OP)
		row_set_decimal(row, COL_success_share,
				1 - (double)r->lost / (double)r->trial.counted_ops);
	if (cell->experiment == SYNC_MEET) {
		fill_rounds(row, &r->meter.each);
		return;
	}
	fill_latency(row, COL_rtt_min_ns, &r->meter.each);
	if (r->meter.batch_ops)
		row_set_decimal(row, COL_rtt_mean_ns, meter_mean_ns(&r->meter));
}

/* Whether anything was done in the window all threads share: on a busy machine it may pass them by. */
static bool any_turn(const struct sync_cell *cell, const struct sync_result *r)
{
	unsigned first = cell->experiment == SYNC_QUEUE ? cell->producers : 0;

	for (unsigned m = first; m < cell->threads; m++)
		if (r->seen[m].turns[PHASE_MEASURE])
			return true;
	return false;
}

/* The times of an invocation that its histogram shows. */
static const struct histogram *times_of(const struct sync_cell *cell, const struct sync_result *r)
{
	if (cell->experiment == SYNC_BROADCAST)
		return &r->last_awake;
	return is_paced(cell) ? &r->pace.response : &r->meter.each;
}

/* Runs one cell and prints its row; an exit code. */
static int run(const struct options *o, const struct sync_options *so, const struct sync_cell *cell,
	       const char *lack)
{
	struct sync_result *result = calloc(1, sizeof(*result));
	static struct row row;
	char reason[CREW_REASON] = "";
	int err, code, written;

	if (!result)
		return EX_OSERR;
	row_clear(&row);
	fill_origin(&row, o, cell->topology);
	fill_cell(&row, cell, o, so);
	snprintf(reason, sizeof(reason), "%s", lack);
	err = *lack ? -EOPNOTSUPP : sync_session_run(cell, result, reason);
	if (!err && result->window_ns && !any_turn(cell, result)) {
		err = -EBADMSG;
		snprintf(reason, sizeof(reason), "no operation in the common window");
	}
	fill_status(&row, err, result->began, reason);
	if (!err && sync_overloaded(cell, result)) {
		row_set_text(&row, COL_status, "overload");
		row_set_text(&row, COL_reason, "the schedule was not kept");
	} else if (!err) {
		fill_figures(&row, cell, result);
	}
	code = fill_verdict(&row, o, err);
	written = bench_print(o, &row);
	if (!written && !strcmp(row_get_text(&row, COL_status), "ok"))
		written = bench_histogram(o, &row, times_of(cell, result));
	free(result);
	return written ? written : code;
}

/* The pair that was asked for; else one PU for what happens only there, and two cores for the rest. */
static int pair_of(const struct options *o, const struct sync_cell *cell, struct placement *ret,
		   char *lack)
{
	bool one_pu = cell->experiment == SYNC_HANDOFF && cell->variant->flags & SYNC_ONE_PU;

	if (one_pu && !o->n_cpus && !o->relation_given)
		return placement_find(cell->topology, RELATION_SAME_PU, ret) ? EX_UNAVAILABLE : 0;
	return bench_pair(o, cell->topology, ret, lack);
}

/* PUs for the threads: those named, those of the pair, or so many in an order. 0 or an exit code.
 */
static int place(const struct options *o, const struct sync_options *so, struct sync_cell *cell,
		 char *lack)
{
	struct placement pair = {.numa_distance = -1};
	int code = 0;

	if (o->n_cpus && o->n_cpus != 2) {
		for (unsigned i = 0; i < o->n_cpus; i++) {
			if (topology_is_allowed(cell->topology, o->cpus[i]))
				continue;
			fprintf(stderr,
				"%s: --cpus: PU %u %s; handoff topology shows those that can be "
				"used\n",
				o->program, o->cpus[i],
				topology_exists(cell->topology, o->cpus[i])
					? "is not allowed to this process"
					: "does not exist");
			return EX_USAGE;
		}
		for (unsigned i = 0; i < cell->threads; i++)
			cell->pus[i] = o->cpus[i % o->n_cpus];
	} else if (so->order_given || (cell->threads > 2 && !o->n_cpus)) {
		if (placement_order(cell->topology, so->order, cell->threads, cell->pus) < 0)
			return EX_OSERR;
	} else {
		code = pair_of(o, cell, &pair, lack);
		for (unsigned i = 0; i < cell->threads; i++)
			cell->pus[i] = pair.pu[i % 2];
	}
	if (code || *lack)
		return code == EX_USAGE ? code : 0;
	pair.pu[0] = cell->pus[0];
	pair.node[0] = topology_node(cell->topology, cell->pus[0]);
	pair.node[1] = topology_node(cell->topology, cell->pus[cell->threads > 1]);
	cell->mem_node = bench_node(o, cell->topology, &pair, lack);
	return 0;
}

/* What the experiment leaves to be asked of a lock. */
static void ask_lock(struct sync_cell *cell, const struct sync_options *so)
{
	bool reads = so->readers_given && cell->experiment == SYNC_UNCONTENDED;

	cell->readers_pct = reads || cell->experiment == SYNC_READERS ? so->readers_pct : 0;
	cell->permits =
		cell->variant->flags & SYNC_COUNTS || so->experiment_given ? so->permits : 1;
	cell->lines = so->lines;
}

/* One row per variant and experiment that was asked for. */
static int run_all(const struct options *o, const struct sync_options *so, struct sync_cell *cell)
{
	const struct sync_mechanism *m = cell->mechanism;
	struct outcome out = {0};

	for (size_t i = 0; i < m->n_variants; i++) {
		cell->variant = &m->variants[i];
		if (o->variant && strcmp(o->variant, cell->variant->name))
			continue;
		for (unsigned e = 0; e < SYNC_EXPERIMENTS && out.worst <= EX_SOFTWARE; e++) {
			char lack[CREW_REASON] = "", want[OPTION_WANT];
			int code;

			cell->experiment = (enum sync_experiment)e;
			if (so->experiment_given ? so->experiment != cell->experiment
						 : !sync_can(cell->variant, cell->experiment))
				continue;
			cell->threads = threads_of(cell->variant, cell->experiment, so->threads);
			cell->producers = so->producers ? so->producers : cell->threads / 2;
			ask_lock(cell, so);
			given_read(&so->given, cell->variant->options, cell->opt, want);
			code = place(o, so, cell, lack);
			if (code)
				return code;
			outcome_add(&out, run(o, so, cell, lack));
		}
	}
	return outcome_code(&out);
}

/* Whether an experiment of `v` that was asked for counts what is done in a time. */
static bool runs_for_a_time(const struct sync_variant *v, const struct options *o,
			    const struct sync_options *so)
{
	if (o->variant && strcmp(o->variant, v->name))
		return false;
	for (unsigned e = 0; e < SYNC_EXPERIMENTS; e++) {
		struct sync_cell cell = {.variant = v, .experiment = (enum sync_experiment)e};

		if (!sync_can(v, cell.experiment) ||
		    (so->experiment_given && so->experiment != cell.experiment))
			continue;
		cell.threads = threads_of(v, cell.experiment, so->threads);
		if (sync_runs_for_a_time(&cell))
			return true;
	}
	return false;
}

/* Whether every --opt is one of each variant asked for; 0, or EX_USAGE after a line. */
static int check_given(const struct options *o, const struct sync_options *so,
		       const struct sync_mechanism *m)
{
	for (size_t i = 0; i < m->n_variants; i++) {
		const struct sync_variant *v = &m->variants[i];
		uint64_t values[BENCH_OPTIONS_MAX];
		char want[OPTION_WANT];
		const char *wrong;

		if (o->variant && strcmp(o->variant, v->name))
			continue;
		wrong = given_read(&so->given, v->options, values, want);
		if (!wrong)
			continue;
		fprintf(stderr, "%s: --opt %s: not valid for %s:%s; it takes %s\n", o->program,
			wrong, m->name, v->name, want);
		return EX_USAGE;
	}
	return 0;
}

/* What of the options for locks does not go together; NULL = all does. */
static const char *wrong_for_locks(const struct sync_options *so)
{
	bool alone = so->experiment_given && so->experiment == SYNC_UNCONTENDED;

	if (so->readers_given && !so->experiment_given)
		return "--readers goes with --experiment=readers or uncontended";
	if (so->readers_given && so->experiment != SYNC_READERS && !alone)
		return "--readers goes with --experiment=readers or uncontended";
	if (so->readers_given && alone && so->readers_pct % 100)
		return "--readers: one thread alone only reads or only writes: 100 or 0";
	if (so->permits > 1 && so->lines > 1)
		return "--permits and --lines exclude each other: with several permits nothing "
		       "protects lines";
	return NULL;
}

static bool needs_two(enum sync_experiment e)
{
	return e == SYNC_QUEUE || e == SYNC_BROADCAST || e == SYNC_MEET;
}

/* What of the options for queues and operations does not go together; NULL = all does. */
static const char *wrong_for_queues(const struct sync_options *so, const struct sync_mechanism *m)
{
	bool queue = false, op = false;

	for (size_t i = 0; i < m->n_variants && !so->experiment_given; i++) {
		queue = queue || m->variants[i].queue;
		op = op || m->variants[i].op;
	}
	queue = queue || (so->experiment_given && so->experiment == SYNC_QUEUE);
	op = op || (so->experiment_given && so->experiment == SYNC_OP);
	if (!queue && (so->capacity || so->fill_given || so->every_ns))
		return "--capacity, --fill and --every go with --experiment=queue";
	if (!op && so->stride_given)
		return "--stride goes with --experiment=op";
	if (so->fill_given && so->every_ns)
		return "--fill and --every exclude each other: on a schedule nobody thinks";
	if (so->fill_given && !so->think_ns)
		return "--fill says who thinks: it needs --think of more than 0";
	return NULL;
}

static int check_options(const struct options *o, const struct sync_options *so,
			 const struct sync_mechanism *m)
{
	const char *wrong = wrong_for_locks(so);
	bool known = !o->variant, can = !so->experiment_given, timed = false;

	for (size_t i = 0; i < m->n_variants; i++) {
		known = known || !strcmp(o->variant, m->variants[i].name);
		can = can || sync_can(&m->variants[i], so->experiment);
		timed = timed || runs_for_a_time(&m->variants[i], o, so);
	}
	wrong = wrong ? wrong : wrong_for_queues(so, m);
	if (!known)
		wrong = "--variant: no such variant; --list shows them";
	else if (!can)
		wrong = "--experiment: no variant has it; --list shows the experiments";
	else if (o->n_cpus && (o->relation_given || so->order_given))
		wrong = "--cpus excludes --placement and --order";
	else if (o->relation_given && so->order_given)
		wrong = "--placement and --order exclude each other";
	else if (o->free)
		wrong = "--placement=free is for IPC; here threads are pinned";
	else if (o->relation_given && so->threads > 2)
		wrong = "--placement names a pair: --threads=2 at most, or use --order";
	else if (o->size.iterations && timed)
		wrong = "--iterations goes with --experiment=uncontended, handoff, broadcast, "
			"meet, or "
			"op of one thread: "
			"the others run for --duration";
	else if (so->producers && so->producers >= (so->threads ? so->threads : 2))
		wrong = "--producers must leave a thread to consume: fewer than --threads";
	else if (so->experiment_given && needs_two(so->experiment) && so->threads == 1)
		wrong = "--experiment=queue, broadcast and meet need two threads or more";
	if (wrong)
		fprintf(stderr, "%s: %s\n", o->program, wrong);
	return wrong ? EX_USAGE : check_given(o, so, m);
}

int main(int argc, char **argv)
{
	const struct sync_mechanism *m = sync_mechanisms();
	struct sync_options so = {
		.think_ns = 500, .readers_pct = 90, .permits = 1, .gap_ns = SYNC_GAP_NS};
	struct sync_cell cell = {.mechanism = m};
	struct topology *topology;
	struct options o;
	int code;

	options_init(&o, argv[0]);
	code = options_read(&o, own, sizeof(own) / sizeof(own[0]), &so, argc, argv);
	if (code)
		return code < 0 ? 0 : code;
	if (o.list) {
		list(m);
		return 0;
	}
	code = check_options(&o, &so, m);
	if (code)
		return code;
	code = o.header ? csv_write_header(stdout, CSV_SAMPLES) : 0;
	if (code) {
		fprintf(stderr, "%s: cannot write to standard output: %s\n", o.program,
			strerror(-code));
		return EX_IOERR;
	}
	if (o.repeat > 1)
		return options_repeat(&o, argc, argv);
	code = bench_begin(&o, &topology);
	if (code)
		return code;
	cell.topology = topology;
	cell.processes = o.processes;
	cell.pages = o.pages;
	cell.critical_ns = so.critical_ns;
	cell.think_ns = so.think_ns;
	cell.gap_ns = so.gap_ns;
	cell.capacity = so.capacity ? so.capacity : SYNC_CAPACITY;
	cell.full = so.full;
	cell.every_ns = so.every_ns;
	cell.stride_b = so.stride_b;
	cell.sched = o.sched;
	cell.size = o.size;
	code = run_all(&o, &so, &cell);
	bench_end(topology);
	return code;
}
