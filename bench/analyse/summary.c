/* SPDX-License-Identifier: MIT */
/* Groups invocations into cells and estimates each cell's metrics. */
#include "bench/analyse/summary.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/analyse/estimate.h"
#include "bench/analyse/gate.h"
#include "bench/base/grow.h"
#include "bench/base/hash_index.h"
#include "bench/record/cell.h"

/* Of some rows of a pattern or experiment: what is told of them instead, or besides. */
#define OF_SEVERAL (1u << 16)  /* an operation of several threads */
#define OF_TOGETHER (1u << 17) /* on words that lie together */
#define OF_PAIRS (1u << 18)
#define OF_FAN_IN (1u << 19)
#define OF_TIGHT (1u << 20)	      /* a fan-out without a schedule */
#define OF_ANY (OF_PAIRS | OF_FAN_IN) /* floors or not */

/*
 * Which columns tell about a cell: by its pattern (ipc) or experiment (sync). Of a round trip it is
 * op_p50_ns: near the clock the median of the batches' means, for each trip timed by itself
 * (rtt_p50_ns) has a read of the clock in it; elsewhere the two are the same.
 */
static const struct metric metrics[] = {
	{USE_PING_PONG, false, COL_op_p50_ns, COL_rtt_p99_ns},
	{USE_PING_PONG, true, COL_op_p50_ns, COL_COUNT},
	{OF_PAIRS, false, COL_ops_per_s, COL_COUNT},
	{OF_PAIRS, false, COL_pair_p50_max_ns, COL_COUNT},
	{USE_PACED, false, COL_resp_p50_ns, COL_resp_p99_ns},
	{USE_STREAM, false, COL_throughput_mb_s, COL_COUNT},
	{USE_STREAM, false, COL_messages_per_s, COL_COUNT},
	{OF_FAN_IN, false, COL_jain, COL_COUNT},
	{USE_FAN_OUT, false, COL_resp_p50_ns, COL_resp_p99_ns},
	{USE_FAN_OUT, false, COL_first_resp_p50_ns, COL_first_resp_p99_ns},
	{OF_TIGHT, false, COL_op_p50_ns, COL_COUNT},
	{USE_UNCONTENDED, false, COL_op_p50_ns, COL_COUNT},
	{USE_UNCONTENDED, true, COL_op_p50_ns, COL_COUNT},
	{USE_OP, false, COL_op_p50_ns, COL_COUNT},
	{USE_OP, true, COL_op_p50_ns, COL_COUNT},
	{OF_SEVERAL, false, COL_op_ns, COL_COUNT},
	{OF_SEVERAL, true, COL_op_ns, COL_COUNT},
	{OF_TOGETHER, false, COL_op_ns, COL_COUNT},
	{OF_TOGETHER, false, COL_success_share, COL_COUNT},
	{USE_CONTENDED, false, COL_ops_per_s, COL_COUNT},
	{USE_CONTENDED, true, COL_ops_per_s, COL_COUNT},
	{USE_CONTENDED, false, COL_acquire_p50_ns, COL_acquire_p99_ns},
	{USE_CONTENDED, true, COL_acquire_p50_ns, COL_acquire_p99_ns},
	{USE_CONTENDED, false, COL_jain, COL_COUNT},
	{USE_CONTENDED, false, COL_owner_change_share, COL_COUNT},
	{USE_READERS, false, COL_read_ops_per_s, COL_COUNT},
	{USE_READERS, false, COL_write_ops_per_s, COL_COUNT},
	{USE_READERS, false, COL_read_acquire_p50_ns, COL_read_acquire_p99_ns},
	{USE_READERS, false, COL_write_acquire_p50_ns, COL_write_acquire_p99_ns},
	{USE_READERS, false, COL_retry_share, COL_COUNT},
	{USE_HANDOFF, false, COL_op_p50_ns, COL_rtt_p99_ns},
	{USE_QUEUE, false, COL_ops_per_s, COL_COUNT},
	{USE_BROADCAST, false, COL_first_awake_p50_ns, COL_first_awake_p99_ns},
	{USE_BROADCAST, false, COL_last_awake_p50_ns, COL_last_awake_p99_ns},
	{USE_BARRIER, false, COL_round_p50_ns, COL_round_p99_ns},
	{USE_HERD, false, COL_woken_per_event, COL_COUNT},
	{USE_ORDER, false, COL_last_first_share, COL_COUNT},
	{USE_INVERSION, false, COL_acquire_p50_ns, COL_acquire_p99_ns},
	{USE_INVERSION, false, COL_inverted_share, COL_COUNT},
};

#define N_METRICS (sizeof(metrics) / sizeof(metrics[0]))

/*
 * Shares and costs that explain a cell and are no metrics of it: the median over its invocations.
 */
static const enum column shares[] = {COL_slept_share, COL_same_cpu_share, COL_cpu_ns_per_op,
				     COL_energy_nj_per_op};

#define N_SHARES (sizeof(shares) / sizeof(shares[0]))

/* One invocation: what each metric of its cell is; NaN = the row had no value. */
struct invocation {
	double value[SUMMARY_METRICS_MAX];
	double p99[SUMMARY_METRICS_MAX];
	double share[N_SHARES];
};

struct summed {
	struct row row; /* identity, status and flags as summary.csv has them */
	size_t metrics[SUMMARY_METRICS_MAX], n_metrics;
	struct invocation *all; /* those that count */
	size_t n, room;
	size_t n_unused; /* invocations that do not */
	size_t n_noisy;	 /* of those that count */
};

/* A row of summary.csv: of this cell the nth of its metrics. */
struct result {
	size_t cell, metric;
};

struct summary {
	struct hash_index known;
	struct summed *cells;
	size_t n_cells, room;
	struct result *results;
	size_t n_results, results_room;
};

bool summary_same_cell(const struct row *a, const struct row *b)
{
	return cell_same(a, b) &&
	       !strcmp(row_get_text(a, COL_run_id), row_get_text(b, COL_run_id)) &&
	       !strcmp(row_get_text(a, COL_arm), row_get_text(b, COL_arm));
}

uint64_t summary_hash(const struct row *row)
{
	uint64_t hash = hash_text(HASH_BEGIN, row_get_text(row, COL_run_id));

	return cell_hash(hash_text(hash, row_get_text(row, COL_arm)), row);
}

const struct metric *summary_metrics(size_t *n)
{
	*n = N_METRICS;
	return metrics;
}

bool summary_grows(enum column column)
{
	const char *name = schema_column(column)->name;

	return strstr(name, "_per_s") || column == COL_throughput_mb_s || column == COL_jain ||
	       column == COL_success_share;
}

/*
 * Single operations of several threads have no time each, only the mean of all; those on words may
 * also fail. A queue on a schedule is paced.
 */
static unsigned kinds_of(const struct row *row)
{
	unsigned use = row_use(row);

	if (use == USE_QUEUE && row_is_set(row, COL_every_ns))
		return USE_PACED;
	if (use == USE_OP && row_is_set(row, COL_stride_b))
		return OF_TOGETHER;
	if (use == USE_OP && row_get_u64(row, COL_threads, 1) > 1)
		return OF_SEVERAL;
	if (use == USE_PING_PONG && row_is_set(row, COL_pairs))
		return use | OF_PAIRS;
	if (use == USE_FAN_OUT && !row_is_set(row, COL_every_ns))
		return use | OF_TIGHT;
	if (use == USE_STREAM && row_is_set(row, COL_producers))
		return use | OF_FAN_IN;
	return use;
}

size_t summary_metrics_of(const struct row *sample, size_t ret[SUMMARY_METRICS_MAX])
{
	unsigned kinds = kinds_of(sample);
	bool floor = row_is_floor(sample);
	size_t n = 0;

	for (size_t i = 0; i < N_METRICS && n < SUMMARY_METRICS_MAX; i++)
		if (metrics[i].of & kinds && (metrics[i].of & OF_ANY || metrics[i].floor == floor))
			ret[n++] = i;
	return n;
}

struct summary *summary_new(void)
{
	return calloc(1, sizeof(struct summary));
}

static int add_cell(struct summary *s, const struct row *sample)
{
	int err = array_grow(&s->cells, s->n_cells, &s->room, sizeof(*s->cells));
	struct summed *cell;

	if (err)
		return err;
	cell = &s->cells[s->n_cells];
	cell->all = NULL;
	cell->n = cell->room = cell->n_unused = cell->n_noisy = 0;
	row_clear(&cell->row);
	row_set_text(&cell->row, COL_run_id, row_get_text(sample, COL_run_id));
	row_set_text(&cell->row, COL_arm, row_get_text(sample, COL_arm));
	cell_identity(sample, &cell->row);
	cell->n_metrics = summary_metrics_of(sample, cell->metrics);
	for (size_t i = 0; i < cell->n_metrics; i++) {
		err = array_grow(&s->results, s->n_results, &s->results_room, sizeof(*s->results));
		if (err)
			return err;
		s->results[s->n_results++] = (struct result){s->n_cells, i};
	}
	s->n_cells++;
	return 0;
}

/* What the cell takes over from an invocation with figures. */
static int add_invocation(struct summed *cell, const struct row *sample)
{
	static const enum column facts[] = {COL_cpus, COL_effective, COL_numa_distance,
					    COL_core_kinds, COL_mem_node};
	char flags[512], *save = NULL;
	struct invocation *new;
	int err = array_grow(&cell->all, cell->n, &cell->room, sizeof(*cell->all));

	if (err)
		return err;
	new = &cell->all[cell->n++];
	for (size_t i = 0; i < N_SHARES; i++)
		new->share[i] = row_get_decimal(sample, shares[i]);
	for (size_t i = 0; i < cell->n_metrics; i++) {
		const struct metric *m = &metrics[cell->metrics[i]];
		enum column p99 = m->p99;

		new->value[i] = row_get_decimal(sample, m->column);
		new->p99[i] = p99 == COL_COUNT ? NAN : row_get_decimal(sample, p99);
	}
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		cell_copy(&cell->row, sample, facts[i]);
	row_set_decimal(&cell->row, COL_syscalls_per_op,
			row_get_decimal(sample, COL_syscalls_per_op));
	snprintf(flags, sizeof(flags), "%s", row_get_text(sample, COL_flags));
	for (char *f = strtok_r(flags, "+", &save); f; f = strtok_r(NULL, "+", &save)) {
		if (strcmp(f, "noisy"))
			row_add_item(&cell->row, COL_flags, f);
		else
			cell->n_noisy++; /* of the cell only where they are many: summary_row() */
	}
	return 0;
}

int summary_add(struct summary *s, const struct row *sample)
{
	ssize_t nth = hash_index_find(&s->known, summary_hash(sample));
	struct summed *cell;
	int err = nth < 0 ? (int)nth : 0;

	if (!err && (size_t)nth == s->n_cells)
		err = add_cell(s, sample);
	if (err)
		return err;
	cell = &s->cells[nth];
	if (row_counts(sample)) {
		cell_copy(&cell->row, sample, COL_status);
		row_unset(&cell->row, COL_reason);
		return add_invocation(cell, sample);
	}
	cell->n_unused += row_status(sample) != STATUS_NOT_PLANNED;
	if (!cell->n) {
		cell_copy(&cell->row, sample, COL_status);
		cell_copy(&cell->row, sample, COL_reason);
	}
	return 0;
}

size_t summary_count(const struct summary *s)
{
	return s->n_results;
}

/* The values of one metric that are there, sorted into `values`; their number. */
static size_t collect(const struct summed *cell, size_t metric, bool p99, double *values)
{
	size_t n = 0;

	for (size_t i = 0; i < cell->n; i++) {
		double x = p99 ? cell->all[i].p99[metric] : cell->all[i].value[metric];

		if (!isnan(x))
			values[n++] = x;
	}
	estimate_sort(values, n);
	return n;
}

/* The median of share `nth` of those that have it; NaN: none. `values` has room for all. */
static double median_share(const struct summed *cell, size_t nth, double *values)
{
	size_t n = 0;

	for (size_t i = 0; i < cell->n; i++)
		if (!isnan(cell->all[i].share[nth]))
			values[n++] = cell->all[i].share[nth];
	estimate_sort(values, n);
	return estimate_median(values, n);
}

/* Mean and spread of the logarithms of `n` sorted values, where all have one. */
static void set_logs(const double *values, size_t n, struct row *ret)
{
	double mean = 0, squares = 0;

	if (!n || !(values[0] > 0))
		return;
	for (size_t i = 0; i < n; i++)
		mean += log(values[i]) / (double)n;
	for (size_t i = 0; i < n; i++)
		squares += (log(values[i]) - mean) * (log(values[i]) - mean);
	row_set_decimal(ret, COL_geo_mean, exp(mean));
	row_set_decimal(ret, COL_sd_log, n > 1 ? sqrt(squares / (double)(n - 1)) : NAN);
}

void summary_row(const struct summary *s, size_t nth, struct row *ret)
{
	const struct result *r = &s->results[nth];
	const struct summed *cell = &s->cells[r->cell];
	double *values = calloc(cell->n + 1, sizeof(*values));
	struct interval ci;
	double median;
	size_t n, n_p99;

	row_copy(ret, &cell->row);
	if (cell->n_noisy && (double)cell->n_noisy >= GATE_CELL * (double)cell->n)
		row_add_item(ret, COL_flags, "noisy");
	row_set_text(ret, COL_metric,
		     schema_column(metrics[cell->metrics[r->metric]].column)->name);
	if (!values)
		return;
	for (size_t i = 0; i < N_SHARES; i++)
		row_set_decimal(ret, shares[i], median_share(cell, i, values));
	n = collect(cell, r->metric, false, values);
	median = estimate_median(values, n);
	ci = estimate_median_interval(values, n, 0.95);
	row_set_u64(ret, COL_n, n);
	row_set_u64(ret, COL_n_unused, cell->n_unused + cell->n - n);
	row_set_decimal(ret, COL_median, median);
	row_set_decimal(ret, COL_ci_lo, ci.lo);
	row_set_decimal(ret, COL_ci_hi, ci.hi);
	if (!isnan(ci.lo))
		row_set_text(ret, COL_target_met,
			     (ci.hi - ci.lo) / 2 <= SUMMARY_TARGET * median ? "yes" : "no");
	set_logs(values, n, ret);
	n_p99 = collect(cell, r->metric, true, values);
	/* those without one had too few samples, which are the slow: the rest would look fast */
	if (n_p99 == n)
		row_set_decimal(ret, COL_p99_median, estimate_median(values, n_p99));
	free(values);
}

void summary_free(struct summary *s)
{
	for (size_t i = 0; s && i < s->n_cells; i++)
		free(s->cells[i].all);
	if (s) {
		hash_index_free(&s->known);
		free(s->cells);
		free(s->results);
	}
	free(s);
}
