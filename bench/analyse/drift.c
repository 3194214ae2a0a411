/* SPDX-License-Identifier: MIT */
/* Groups invocations by block and arm, and tells how each group lies to the whole run. */
#include "bench/analyse/drift.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/analyse/estimate.h"
#include "bench/analyse/summary.h"
#include "bench/base/grow.h"

/* One invocation that counts. */
struct point {
	uint64_t cell; /* hash of what is measured, in which run and under which arm */
	size_t visit;
	double value; /* of the first metric that tells about the cell; then over its median */
};

/* A block under one arm. */
struct visit {
	struct row row; /* of blocks.csv, without its figures */
	uint64_t n, n_unused, n_noisy, steal_ns;
	double middle, lo, hi; /* of its points; NaN: none */
};

struct drift {
	struct visit *visits;
	size_t n, room;
	struct point *points;
	size_t n_points, points_room;
};

struct drift *drift_new(void)
{
	return calloc(1, sizeof(struct drift));
}

static bool is_of(const struct visit *v, const struct row *sample)
{
	return row_get_u64(&v->row, COL_block, 0) == row_get_u64(sample, COL_block, 0) &&
	       !strcmp(row_get_text(&v->row, COL_arm), row_get_text(sample, COL_arm)) &&
	       !strcmp(row_get_text(&v->row, COL_run_id), row_get_text(sample, COL_run_id));
}

/*
 * Index of the visit of `sample`, which is added when new; -ENOMEM. The latest are the likely ones.
 */
static ssize_t find_visit(struct drift *d, const struct row *sample)
{
	struct visit *v;

	for (size_t i = d->n; i > 0; i--)
		if (is_of(&d->visits[i - 1], sample))
			return (ssize_t)i - 1;
	if (array_grow(&d->visits, d->n, &d->room, sizeof(*d->visits)))
		return -ENOMEM;
	v = &d->visits[d->n];
	*v = (struct visit){.middle = NAN, .lo = NAN, .hi = NAN};
	row_clear(&v->row);
	row_set_text(&v->row, COL_run_id, row_get_text(sample, COL_run_id));
	row_set_text(&v->row, COL_arm, row_get_text(sample, COL_arm));
	row_set_text(&v->row, COL_time_utc, row_get_text(sample, COL_time_utc));
	row_set_u64(&v->row, COL_block, row_get_u64(sample, COL_block, 0));
	return (ssize_t)d->n++;
}

/* The first metric that tells about the cell of `row`; COL_COUNT: none. */
static enum column first_metric(const struct row *row)
{
	size_t n, of_cell[SUMMARY_METRICS_MAX];
	const struct metric *metrics = summary_metrics(&n);

	return summary_metrics_of(row, of_cell) ? metrics[of_cell[0]].column : COL_COUNT;
}

static int add_point(struct drift *d, size_t visit, const struct row *row)
{
	enum column metric = first_metric(row);
	double value = metric == COL_COUNT ? NAN : row_get_decimal(row, metric);
	if (!(value > 0))
		return 0;
	if (array_grow(&d->points, d->n_points, &d->points_room, sizeof(*d->points)))
		return -ENOMEM;
	d->points[d->n_points++] = (struct point){
		.cell = summary_hash(row),
		.visit = visit,
		.value = summary_grows(metric) ? 1 / value : value,
	};
	return 0;
}

int drift_add(struct drift *d, const struct row *sample)
{
	bool used = !row_is_discarded(sample);
	struct visit *v;
	ssize_t nth;

	if (!row_is_set(sample, COL_time_utc) || !row_is_set(sample, COL_n_ops))
		return 0;
	nth = find_visit(d, sample);
	if (nth < 0)
		return -ENOMEM;
	v = &d->visits[nth];
	v->n += used;
	v->n_unused += !used;
	v->n_noisy += row_list_has(row_get_text(sample, COL_flags), "noisy");
	v->steal_ns += row_get_u64(sample, COL_steal_ns, 0);
	return used ? add_point(d, (size_t)nth, sample) : 0;
}

static int by_cell(const void *a, const void *b)
{
	const struct point *x = a, *y = b;

	return x->cell < y->cell ? -1 : x->cell > y->cell;
}

static int by_visit(const void *a, const void *b)
{
	const struct point *x = a, *y = b;

	return x->visit < y->visit ? -1 : x->visit > y->visit;
}

/* The values of `n` points, sorted, into `values`. */
static void sorted(const struct point *points, size_t n, double *values)
{
	for (size_t i = 0; i < n; i++)
		values[i] = points[i].value;
	estimate_sort(values, n);
}

int drift_judge(struct drift *d)
{
	double *values = calloc(d->n_points + 1, sizeof(*values));
	size_t end;

	if (!values)
		return -ENOMEM;
	if (d->n_points)
		qsort(d->points, d->n_points, sizeof(*d->points), by_cell);
	for (size_t i = 0; i < d->n_points; i = end) {
		double median;

		for (end = i + 1; end < d->n_points && d->points[end].cell == d->points[i].cell;)
			end++;
		sorted(d->points + i, end - i, values);
		median = estimate_median(values, end - i);
		for (size_t k = i; k < end; k++)
			d->points[k].value /= median;
	}
	if (d->n_points)
		qsort(d->points, d->n_points, sizeof(*d->points), by_visit);
	for (size_t i = 0; i < d->n_points; i = end) {
		struct visit *v = &d->visits[d->points[i].visit];

		for (end = i + 1; end < d->n_points && d->points[end].visit == d->points[i].visit;)
			end++;
		sorted(d->points + i, end - i, values);
		v->middle = estimate_median(values, end - i);
		v->lo = estimate_quantile(values, end - i, 0.25);
		v->hi = estimate_quantile(values, end - i, 0.75);
	}
	free(values);
	return 0;
}

size_t drift_count(const struct drift *d)
{
	return d->n;
}

void drift_row(const struct drift *d, size_t nth, struct row *ret)
{
	const struct visit *v = &d->visits[nth];

	row_copy(ret, &v->row);
	row_set_u64(ret, COL_steal_ns, v->steal_ns);
	row_set_u64(ret, COL_n, v->n);
	row_set_u64(ret, COL_n_unused, v->n_unused);
	row_set_u64(ret, COL_n_noisy, v->n_noisy);
	row_set_decimal(ret, COL_relative, v->middle);
	row_set_decimal(ret, COL_relative_lo, v->lo);
	row_set_decimal(ret, COL_relative_hi, v->hi);
}

void drift_free(struct drift *d)
{
	if (d) {
		free(d->visits);
		free(d->points);
	}
	free(d);
}
