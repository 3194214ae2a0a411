/* SPDX-License-Identifier: MIT */
/* What charts are drawn from: a run, or CSV files of whichever kind. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "bench/analyse/summary.h"
#include "bench/base/grow.h"
#include "bench/base/histogram.h"
#include "bench/record/csv.h"
#include "bench/report/plot.h"

static int keep(struct rows *rows, const struct row *row)
{
	int err = array_grow(&rows->all, rows->n, &rows->room, sizeof(*rows->all));

	if (!err)
		row_copy(&rows->all[rows->n++], row);
	return err;
}

static int complain(const struct plot *p, const struct csv_reader *reader, int err)
{
	fprintf(stderr, "%s: %s\n", p->program,
		*reader->error ? reader->error : "no memory for the rows");
	return err == -ENOENT || err == -EACCES ? EX_NOINPUT : EX_DATAERR;
}

/* A row of samples.csv is one invocation: summed up, so that several of a cell are one figure. */
struct sink {
	struct plot *p;
	struct rows *rows;	 /* where rows go, or */
	struct summary *summary; /* what sums them up */
};

static int take(struct sink *s, const struct row *row)
{
	struct row *origin = &s->p->data.origin;

	if (!row_is_set(origin, COL_host) && row_is_set(row, COL_host))
		row_copy(origin, row);
	return s->summary ? summary_add(s->summary, row) : keep(s->rows, row);
}

/* Reads all rows of `path`. 0 or an exit code after a line. */
static int read_rows(struct sink *s, const char *path, enum csv_file file)
{
	struct csv_reader reader = {.error = ""};
	static struct row row;
	int err = csv_open(&reader, path, file);

	if (err)
		return complain(s->p, &reader, err);
	while ((err = csv_next(&reader, &row)) == 1) {
		err = take(s, &row);
		if (err)
			break;
	}
	csv_close(&reader);
	return err ? complain(s->p, &reader, err) : 0;
}

static int read_samples(struct plot *p, const char *path)
{
	struct sink s = {.p = p, .summary = summary_new()};
	static struct row row;
	int code = s.summary ? read_rows(&s, path, CSV_SAMPLES) : EX_OSERR;

	for (size_t i = 0; !code && i < summary_count(s.summary); i++) {
		summary_row(s.summary, i, &row);
		if (keep(&p->data.summary, &row))
			code = EX_OSERR;
	}
	p->by_hand = true;
	summary_free(s.summary);
	return code;
}

/* Takes up the percentiles of a histogram as rows of percentiles.csv, called as its file is. */
static int keep_histogram(struct plot *p, const struct histogram *h, const char *path)
{
	static const unsigned per_100k[] = {50000, 66000, 75000, 83000, 90000, 93000, 95000,
					    97000, 98000, 99000, 99300, 99500, 99700, 99800,
					    99900, 99930, 99950, 99970, 99980, 99990, 99999};
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	static struct row row;
	int err = 0;

	row_clear(&row);
	row_set_format(&row, COL_mechanism, "%.*s", (int)strcspn(name, "."), name);
	row_set_text(&row, COL_experiment, "file");
	for (size_t i = 0; !err && i < sizeof(per_100k) / sizeof(per_100k[0]); i++) {
		if (h->count * (100000 - per_100k[i]) / 100000 < 1)
			break;
		row_set_decimal(&row, COL_percentile, per_100k[i] / 1000.0);
		row_set_u64(&row, COL_value_ns, histogram_percentile(h, per_100k[i]));
		err = keep(&p->percentiles, &row);
	}
	return err ? EX_OSERR : 0;
}

/* Reads a histogram: its last columns are lower_ns, upper_ns, count. */
static int read_histogram(struct plot *p, FILE *in, const char *path)
{
	struct histogram *h = malloc(sizeof(*h));
	char line[512];
	int code = h ? 0 : EX_OSERR;

	if (h)
		histogram_clear(h);
	for (unsigned n = 2; !code && fgets(line, sizeof(line), in); n++) {
		uint64_t lower, upper, count;
		const char *at = line + strlen(line);

		/* The last three fields: what comes before says of what. */
		for (int field = 0; field < 3 && at > line; field++)
			while (at > line && *--at != ',')
				;
		if (sscanf(at + (*at == ','), "%" SCNu64 ",%" SCNu64 ",%" SCNu64, &lower, &upper,
			   &count) != 3) {
			fprintf(stderr, "%s: %s:%u: no bucket of a histogram\n", p->program, path,
				n);
			code = EX_DATAERR;
		} else if (lower < upper && count) {
			histogram_add_many(h, lower, upper, count);
		}
	}
	if (!code)
		code = keep_histogram(p, h, path);
	free(h);
	return code;
}

/* Which file has the columns of `header`; CSV_FILE_COUNT: none that is drawn. */
static enum csv_file kind_of(const char *header)
{
	static const struct {
		const char *column; /* that no other file has */
		enum csv_file file;
	} kinds[] = {
		{",first_index,", CSV_MATRIX},	   {",base_arm,", CSV_COMPARE},
		{",percentile,", CSV_PERCENTILES}, {",relative,", CSV_BLOCKS},
		{",median,", CSV_SUMMARY},	   {",rtt_min_ns,", CSV_SAMPLES},
		{",slow_op,", CSV_EXPLAIN},	   {",gap_share,", CSV_QUIET},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strstr(header, kinds[i].column))
			return kinds[i].file;
	return CSV_FILE_COUNT;
}

static int read_kind(struct plot *p, const char *path, enum csv_file file)
{
	struct sink s = {.p = p};

	switch (file) {
	case CSV_SAMPLES:
		return read_samples(p, path);
	case CSV_SUMMARY:
		s.rows = &p->data.summary;
		break;
	case CSV_MATRIX:
		s.rows = &p->data.matrix;
		break;
	case CSV_COMPARE:
		s.rows = &p->data.compare;
		break;
	case CSV_QUIET:
		s.rows = &p->data.quiet;
		break;
	case CSV_BLOCKS:
		s.rows = &p->data.blocks;
		break;
	case CSV_PERCENTILES:
		s.rows = &p->percentiles;
		break;
	case CSV_EXPLAIN:
		s.rows = &p->explain;
		break;
	default:
		fprintf(stderr,
			"%s: %s: not drawn: it has the columns of no file with figures of "
			"handoff\n",
			p->program, path);
		return EX_DATAERR;
	}
	return read_rows(&s, path, file);
}

int plot_read_file(struct plot *p, const char *path)
{
	char *header = NULL;
	size_t room = 0;
	FILE *in = fopen(path, "re");
	ssize_t n;
	int code;

	if (!in) {
		fprintf(stderr, "%s: %s: %s\n", p->program, path, strerror(errno));
		return EX_NOINPUT;
	}
	n = getline(&header, &room, in);
	if (n > 0 && strstr(header, "lower_ns,upper_ns,count"))
		code = read_histogram(p, in, path);
	else
		code = read_kind(p, path, n > 0 ? kind_of(header) : CSV_FILE_COUNT);
	free(header);
	fclose(in);
	return code;
}

/* A row of samples.csv that ran, for the footer. */
static void find_origin(struct plot *p, const char *path)
{
	struct csv_reader reader;
	static struct row row;

	if (csv_open(&reader, path, CSV_SAMPLES))
		return;
	while (!row_is_set(&p->data.origin, COL_host) && csv_next(&reader, &row) == 1)
		if (row_is_set(&row, COL_host))
			row_copy(&p->data.origin, &row);
	csv_close(&reader);
}

/* The processor's name, from what /proc/cpuinfo said. */
static void find_model(struct plot *p, const char *path)
{
	char line[512];
	FILE *in = fopen(path, "re");

	while (in && !*p->model && fgets(line, sizeof(line), in))
		if (!strncmp(line, "model name", 10) && strchr(line, ':'))
			snprintf(p->model, sizeof(p->model), "%.*s",
				 (int)strcspn(strchr(line, ':') + 2, "\n"), strchr(line, ':') + 2);
	if (in)
		fclose(in);
}

int plot_read_run(struct plot *p, const char *dir)
{
	static const enum csv_file files[] = {CSV_SUMMARY, CSV_COMPARE,	    CSV_BLOCKS,
					      CSV_MATRIX,  CSV_PERCENTILES, CSV_QUIET};
	char path[PATH_MAX + 32];
	bool any = false;
	int code = 0;

	for (size_t i = 0; !code && i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, schema_file_name(files[i]));
		if (access(path, F_OK))
			continue;
		any = true;
		code = read_kind(p, path, files[i]);
	}
	snprintf(path, sizeof(path), "%s/samples.csv", dir);
	find_origin(p, path);
	snprintf(path, sizeof(path), "%s/machine.txt", dir);
	find_model(p, path);
	if (any || code)
		return code;
	fprintf(stderr, "%s: %s: no summary.csv, compare.csv, matrix.csv or quiet.csv there\n",
		p->program, dir);
	return EX_NOINPUT;
}
