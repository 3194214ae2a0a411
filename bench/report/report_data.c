/* SPDX-License-Identifier: MIT */
/* Reads what a page is made from. */
#include "bench/report/report_data.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "bench/base/grow.h"
#include "bench/record/samples.h"

static int keep_row(void *to, const struct row *row)
{
	struct rows *rows = to;
	int err = array_grow(&rows->all, rows->n, &rows->room, sizeof(*rows->all));

	if (!err)
		row_copy(&rows->all[rows->n++], row);
	return err;
}

/* Reads a file that need not be there. */
static int read_rows(const struct report_data *b, enum csv_file file, const char *dir,
		     struct rows *rows)
{
	char path[PATH_MAX + 32];

	snprintf(path, sizeof(path), "%s/%s", dir, schema_file_name(file));
	if (access(path, F_OK))
		return 0;
	return rows_read(b->program, dir, file, keep_row, rows);
}

static void note_time(struct report_data *b, const char *time_utc)
{
	if (!*b->first_utc || strcmp(time_utc, b->first_utc) < 0)
		snprintf(b->first_utc, sizeof(b->first_utc), "%s", time_utc);
	if (strcmp(time_utc, b->last_utc) > 0)
		snprintf(b->last_utc, sizeof(b->last_utc), "%s", time_utc);
}

static void note_duration(struct report_data *b, uint64_t ns)
{
	if (ns && (!b->duration_ns[0] || ns < b->duration_ns[0]))
		b->duration_ns[0] = ns;
	if (ns > b->duration_ns[1])
		b->duration_ns[1] = ns;
}

static int take_sample(void *to, const struct row *row)
{
	struct report_data *b = to;

	b->n_failed += row_status(row) == STATUS_FAILED || row_status(row) == STATUS_INVALID;
	if (!row_is_set(row, COL_time_utc) || !row_is_set(row, COL_n_ops))
		return 0; /* did not run */
	note_time(b, row_get_text(row, COL_time_utc));
	note_duration(b, row_get_u64(row, COL_duration_ns, 0));
	b->n_samples++;
	b->n_used += !row_is_discarded(row);
	b->n_noisy += row_list_has(row_get_text(row, COL_flags), "noisy");
	b->n_blind += row_list_has(row_get_text(row, COL_flags), "noise_unknown");
	b->n_traced += row_list_has(row_get_text(row, COL_flags), "traced");
	if (!row_is_set(&b->origin, COL_host))
		row_copy(&b->origin, row);
	return later_add(&b->later, row);
}

static int read_samples(struct report_data *b)
{
	char path[PATH_MAX + 32];
	int code = 0;

	for (size_t i = 0; !code && i < b->n_runs; i++) {
		snprintf(path, sizeof(path), "%s/samples.csv", b->runs[i]);
		if (!access(path, F_OK))
			code = samples_read(b->program, b->runs[i], take_sample, b);
	}
	return code;
}

/* The number of the state of `row`; b->n_states: it is new. */
static size_t find_state(const struct report_data *b, const struct row *row)
{
	size_t i = 0;

	while (i < b->n_states &&
	       (strcmp(b->states[i].run_id, row_get_text(row, COL_run_id)) != 0 ||
		strcmp(b->states[i].arm, row_get_text(row, COL_arm)) != 0))
		i++;
	return i;
}

void report_find_states(struct report_data *b)
{
	for (size_t i = 0; i < b->summary.n; i++) {
		const struct row *row = &b->summary.all[i];
		const char *load = row_get_text(row, COL_load);
		struct state *s = &b->states[find_state(b, row)];

		if (s < b->states + b->n_states) {
			s->loads_differ |= strcmp(s->load, load) != 0;
			continue;
		}
		if (b->n_states == BOOK_STATES)
			continue;
		b->n_states++;
		*s = (struct state){.loads_differ = false};
		snprintf(s->run_id, sizeof(s->run_id), "%s", row_get_text(row, COL_run_id));
		snprintf(s->arm, sizeof(s->arm), "%s", row_get_text(row, COL_arm));
		snprintf(s->load, sizeof(s->load), "%s", load);
	}
	report_mark_loads(b, &b->summary);
}

void report_mark_loads(const struct report_data *b, struct rows *rows)
{
	for (size_t i = 0; i < rows->n; i++) {
		size_t state = find_state(b, &rows->all[i]);

		if (state < b->n_states && b->states[state].loads_differ &&
		    row_is_set(&rows->all[i], COL_load))
			row_add_item(&rows->all[i], COL_flags, FLAG_LOADED);
	}
}

int report_read(struct report_data *b)
{
	int code = read_rows(b, CSV_SUMMARY, b->dir, &b->summary);

	row_clear(&b->origin);
	if (!code)
		code = read_rows(b, CSV_COMPARE, b->dir, &b->compare);
	if (!code)
		code = read_rows(b, CSV_BLOCKS, b->dir, &b->blocks);
	if (!code)
		code = read_rows(b, CSV_MATRIX, b->dir, &b->matrix);
	if (!code)
		code = read_rows(b, CSV_QUIET, b->dir, &b->quiet);
	if (!code)
		code = read_rows(b, CSV_DOCTOR, b->runs[0], &b->doctor);
	if (!code)
		code = read_samples(b);
	later_sort(&b->later);
	report_find_states(b);
	return code;
}

void report_free(struct report_data *b)
{
	free(b->summary.all);
	free(b->compare.all);
	free(b->matrix.all);
	free(b->doctor.all);
	free(b->blocks.all);
	free(b->quiet.all);
	later_free(&b->later);
}
