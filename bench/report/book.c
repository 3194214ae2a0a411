/* SPDX-License-Identifier: MIT */
/* Reads what a page is made from. */
#include "bench/report/book.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "bench/analyse/grow.h"
#include "bench/analyse/order.h"
#include "bench/analyse/summary.h"
#include "bench/command/samples.h"
#include "bench/record/histograms.h"

/* One row that counts, as the drift is told from it. */
struct point {
	uint64_t cell;	/* hash of what is measured, and under which arm */
	uint64_t block; /* column block */
	double value; /* of the first metric that tells about the cell; then over the cell's median */
};

/* What the reading of samples.csv goes through. */
struct reading {
	struct book *book;
	struct point *points;
	size_t n, room;
	bool first; /* run */
};

static int keep_row(void *to, const struct row *row)
{
	struct rows *rows = to;
	int err = array_grow(&rows->all, rows->n, &rows->room, sizeof(*rows->all));

	if (!err)
		rows->all[rows->n++] = *row;
	return err;
}

/* Reads a file that need not be there. */
static int read_rows(const struct book *b, enum csv_file file, const char *dir, struct rows *rows)
{
	char path[PATH_MAX + 32];

	snprintf(path, sizeof(path), "%s/%s", dir, schema_file_name(file));
	if (access(path, F_OK))
		return 0;
	return rows_read(b->program, dir, file, keep_row, rows);
}

/* The block of `row`, which is a new one where it has not been seen. NULL: no memory. */
static struct block *block_of(struct book *b, const struct row *row)
{
	uint64_t number = row_get_u64(row, COL_block, 0);
	struct block *new;

	for (size_t i = b->n_blocks; i > 0; i--)
		if (b->blocks[i - 1].number == number)
			return &b->blocks[i - 1];
	if (array_grow(&b->blocks, b->n_blocks, &b->blocks_room, sizeof(*b->blocks)))
		return NULL;
	new = &b->blocks[b->n_blocks++];
	*new = (struct block){.number = number, .ratio = NAN};
	snprintf(new->time_utc, sizeof(new->time_utc), "%s", row_get_text(row, COL_time_utc));
	return new;
}

/* The first metric that tells about the cell of `row`; COL_COUNT: none. */
static enum column first_metric(const struct row *row)
{
	size_t n;
	const struct metric *metrics = summary_metrics(&n);

	for (size_t i = 0; i < n; i++)
		if (summary_applies(row, &metrics[i]))
			return metrics[i].column;
	return COL_COUNT;
}

static int add_point(struct reading *r, const struct row *row)
{
	enum column metric = first_metric(row);
	uint64_t arm = 5381;

	if (metric == COL_COUNT || !(row_get_decimal(row, metric) > 0))
		return 0;
	if (array_grow(&r->points, r->n, &r->room, sizeof(*r->points)))
		return -ENOMEM;
	for (const char *c = row_get_text(row, COL_arm); *c; c++)
		arm = arm * 33 + (unsigned char)*c;
	r->points[r->n++] = (struct point){
		.cell = histograms_identity(row) ^ arm * 0x9e3779b97f4a7c15u,
		.block = row_get_u64(row, COL_block, 0),
		.value = row_get_decimal(row, metric),
	};
	return 0;
}

static void note_time(struct book *b, const char *time_utc)
{
	if (!*b->first_utc || strcmp(time_utc, b->first_utc) < 0)
		snprintf(b->first_utc, sizeof(b->first_utc), "%s", time_utc);
	if (strcmp(time_utc, b->last_utc) > 0)
		snprintf(b->last_utc, sizeof(b->last_utc), "%s", time_utc);
}

static void note_duration(struct book *b, uint64_t ns)
{
	if (ns && (!b->duration_ns[0] || ns < b->duration_ns[0]))
		b->duration_ns[0] = ns;
	if (ns > b->duration_ns[1])
		b->duration_ns[1] = ns;
}

static int take_sample(void *to, const struct row *row)
{
	struct reading *r = to;
	struct book *b = r->book;
	bool used = strcmp(row_get_text(row, COL_used), "no") != 0;
	struct block *block;

	if (!row_is_set(row, COL_time_utc) || !row_is_set(row, COL_n_ops))
		return 0; /* did not run */
	note_time(b, row_get_text(row, COL_time_utc));
	note_duration(b, row_get_u64(row, COL_duration_ns, 0));
	b->n_samples++;
	b->n_used += used;
	if (!row_is_set(&b->origin, COL_host))
		b->origin = *row;
	if (!r->first)
		return 0;
	block = block_of(b, row);
	if (!block)
		return -ENOMEM;
	block->rows++;
	block->noisy += row_list_has(row_get_text(row, COL_flags), "noisy");
	block->steal_ns += row_get_u64(row, COL_steal_ns, 0);
	return used ? add_point(r, row) : 0;
}

static int by_cell(const void *a, const void *b)
{
	const struct point *x = a, *y = b;

	return x->cell < y->cell ? -1 : x->cell > y->cell;
}

static int by_block(const void *a, const void *b)
{
	const struct point *x = a, *y = b;

	return x->block < y->block ? -1 : x->block > y->block;
}

static double median_of(const struct point *points, size_t n, double *room)
{
	for (size_t i = 0; i < n; i++)
		room[i] = points[i].value;
	order_sort(room, n);
	return order_median(room, n);
}

/* Tells for each block how its values lie to those of the same cells in all blocks. */
static int find_drift(struct reading *r)
{
	double *room = calloc(r->n + 1, sizeof(*room));
	struct book *b = r->book;
	size_t end;

	if (!room)
		return -ENOMEM;
	if (r->n)
		qsort(r->points, r->n, sizeof(*r->points), by_cell);
	for (size_t i = 0; i < r->n; i = end) {
		double median;

		for (end = i + 1; end < r->n && r->points[end].cell == r->points[i].cell;)
			end++;
		median = median_of(r->points + i, end - i, room);
		for (size_t k = i; k < end; k++)
			r->points[k].value /= median;
	}
	if (r->n)
		qsort(r->points, r->n, sizeof(*r->points), by_block);
	for (size_t i = 0; i < r->n; i = end) {
		for (end = i + 1; end < r->n && r->points[end].block == r->points[i].block;)
			end++;
		for (size_t k = 0; k < b->n_blocks; k++)
			if (b->blocks[k].number == r->points[i].block)
				b->blocks[k].ratio = median_of(r->points + i, end - i, room);
	}
	free(room);
	return 0;
}

static int read_samples(struct book *b)
{
	struct reading r = {.book = b, .first = true};
	char path[PATH_MAX + 32];
	int code = 0;

	for (size_t i = 0; !code && i < b->n_runs; i++, r.first = false) {
		snprintf(path, sizeof(path), "%s/samples.csv", b->runs[i]);
		if (!access(path, F_OK))
			code = samples_read(b->program, b->runs[i], take_sample, &r);
	}
	if (!code && find_drift(&r))
		code = EX_OSERR;
	free(r.points);
	return code;
}

static void find_states(struct book *b)
{
	for (size_t i = 0; i < b->summary.n; i++) {
		const struct row *row = &b->summary.all[i];
		struct state *s = b->states;

		while (s < b->states + b->n_states &&
		       (strcmp(s->run_id, row_get_text(row, COL_run_id)) != 0 ||
			strcmp(s->arm, row_get_text(row, COL_arm)) != 0))
			s++;
		if (s < b->states + b->n_states || b->n_states == BOOK_STATES)
			continue;
		b->n_states++;
		snprintf(s->run_id, sizeof(s->run_id), "%s", row_get_text(row, COL_run_id));
		snprintf(s->arm, sizeof(s->arm), "%s", row_get_text(row, COL_arm));
	}
}

int book_read(struct book *b)
{
	int code = read_rows(b, CSV_SUMMARY, b->dir, &b->summary);

	row_clear(&b->origin);
	if (!code)
		code = read_rows(b, CSV_COMPARE, b->dir, &b->compare);
	if (!code)
		code = read_rows(b, CSV_MATRIX, b->dir, &b->matrix);
	if (!code)
		code = read_rows(b, CSV_DOCTOR, b->runs[0], &b->doctor);
	if (!code)
		code = read_samples(b);
	find_states(b);
	return code;
}

void book_free(struct book *b)
{
	free(b->summary.all);
	free(b->compare.all);
	free(b->matrix.all);
	free(b->doctor.all);
	free(b->blocks);
}
