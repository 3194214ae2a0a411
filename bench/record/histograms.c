/* SPDX-License-Identifier: MIT */
/* The files of histograms/ and what percentiles.csv says of them. */
#include "bench/record/histograms.h"

#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/base/hash_index.h"
#include "bench/base/text.h"
#include "bench/record/cell.h"
#include "bench/record/csv.h"

#define SMALL_B 64	   /* message size of the rows whose percentiles are kept */
#define ABOVE_AT_LEAST 10u /* times that must lie above a percentile for it to be given */

/* Two threads at one lock, with nothing else changed. */
static bool is_plain_contention(const struct row *cell)
{
	return row_has_experiment(cell, SYNC_CONTENDED) &&
	       row_choice(cell, PARAMETER_endpoints) == ENDPOINTS_THREAD &&
	       row_get_u64(cell, COL_threads, 0) == 2 && !row_is_set(cell, COL_lines) &&
	       row_get_u64(cell, COL_permits, 1) == 1 && !row_get_u64(cell, COL_critical_ns, 0) &&
	       row_get_u64(cell, COL_think_ns, 0) == 200;
}

bool histograms_tell_stalls(const struct row *cell)
{
	return row_has_experiment(cell, SYNC_CONTENDED) || row_has_experiment(cell, SYNC_HANDOFF) ||
	       row_is_set(cell, COL_every_ns) || /* response times */
	       row_has_pattern(cell, IPC_PING_PONG);
}

bool histograms_wanted(const struct row *cell)
{
	if (row_has_experiment(cell, SYNC_CONTENDED))
		return is_plain_contention(cell);
	if (row_has_pattern(cell, IPC_PING_PONG))
		return row_get_u64(cell, COL_msg_size_b, SMALL_B) <= SMALL_B;
	return histograms_tell_stalls(cell);
}

void histograms_key(const struct row *row, char key[HISTOGRAMS_KEY])
{
	const char *kind = row_get_text(row, COL_pattern);

	snprintf(key, HISTOGRAMS_KEY, "%s,%s,%s,%s,%s", row_get_text(row, COL_mechanism),
		 row_get_text(row, COL_variant), row_get_text(row, COL_wait),
		 row_get_text(row, COL_placement),
		 *kind ? kind : row_get_text(row, COL_experiment));
}

void histograms_name(const struct row *cell, bool discarded, char *name, size_t size)
{
	const char *ending = discarded ? "_discarded.csv" : ".csv";
	int room = (int)(size - strlen(ending)) - 20; /* the hash and the ending are whole */
	const char *arm = row_get_text(cell, COL_arm);
	uint64_t hash = cell_hash(hash_bytes(HASH_BEGIN, arm, strlen(arm)), cell);

	snprintf(name, (size_t)room, "%s_%s_%s", row_get_text(cell, COL_group),
		 row_get_text(cell, COL_mechanism), row_get_text(cell, COL_variant));
	text_add(name, size, "_%016" PRIx64 "%s", hash, ending);
}

static void path_of(const struct rundir *dir, const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s/histograms%s%s", dir->path, *name ? "/" : "", name);
}

/* The last three fields of a line: 0 or -EBADMSG, as in the header. */
static int read_bucket(char *line, uint64_t *lower, uint64_t *upper, uint64_t *count)
{
	uint64_t *field[] = {count, upper, lower};

	for (int i = 0; i < 3; i++) {
		char *comma = strrchr(line, ','), *end;

		if (!comma)
			return -EBADMSG;
		*field[i] = strtoull(comma + 1, &end, 10);
		if (end == comma + 1 || (*end && *end != '\n'))
			return -EBADMSG;
		*comma = '\0';
	}
	return *lower < *upper && *count ? 0 : -EBADMSG;
}

/* Copies the rows of `in` behind its header to `out`, of `block`. */
static int copy_rows(FILE *in, FILE *out, unsigned block)
{
	uint64_t lower, upper, count;
	char line[512];

	if (!fgets(line, sizeof(line), in))
		return -EBADMSG;
	while (fgets(line, sizeof(line), in)) {
		if (read_bucket(line, &lower, &upper, &count))
			return -EBADMSG;
		if (fprintf(out, "%u,%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n", block, lower, upper,
			    count) < 0)
			return -errno;
	}
	return fflush(out) ? -errno : 0;
}

int histograms_append(const struct rundir *dir, const char *name, unsigned block, int fd)
{
	char path[PATH_MAX + 128];
	FILE *in = NULL, *out = NULL;
	off_t whole_b;
	int copy, err;

	snprintf(path, sizeof(path), "histograms/%s", name);
	rundir_set_writing(path);
	path_of(dir, "", path, sizeof(path));
	if (mkdir(path, 0777) && errno != EEXIST)
		return -errno;
	path_of(dir, name, path, sizeof(path));
	copy = dup(fd);
	if (copy < 0)
		return -errno;
	in = fdopen(copy, "r");
	out = fopen(path, "ae");
	err = in && out ? 0 : -errno;
	if (!in)
		close(copy);
	if (!err) {
		rewind(in);
		whole_b = ftello(out);
		if (!whole_b)
			fputs("block," HISTOGRAM_CSV_COLUMNS "\n", out);
		err = copy_rows(in, out, block);
		if (err) { /* the file as it was; where that fails too, its last line has no end */
			__fpurge(out);
			if (ftruncate(fileno(out), whole_b))
				err = -errno;
		}
	}
	if (in)
		fclose(in);
	if (out && fclose(out) && !err)
		err = -errno;
	return err;
}

/* Rows are appended block by block: the first one too many begins what is cut off. */
static int cut_file(const char *path, unsigned first)
{
	FILE *file = fopen(path, "r+e");
	char line[512];
	off_t keep = 0;
	int err = 0;

	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file) && strchr(line, '\n') &&
	       (!keep || strtoul(line, NULL, 10) < first))
		keep = ftello(file);
	if (ftruncate(fileno(file), keep))
		err = -errno;
	fclose(file);
	return err;
}

int histograms_cut(const struct rundir *dir, unsigned first)
{
	char path[PATH_MAX + 128];
	glob_t found;
	int err = 0;

	path_of(dir, "*.csv", path, sizeof(path));
	if (glob(path, 0, NULL, &found))
		return 0;
	for (size_t i = 0; !err && i < found.gl_pathc; i++)
		err = cut_file(found.gl_pathv[i], first);
	globfree(&found);
	return err;
}

static char wrong[PATH_MAX + 320]; /* what histograms_wrong() says */

const char *histograms_wrong(void)
{
	return wrong;
}

/*
 * Notes that `line`, the `number`th of the file, is no bucket, and where in it that begins to show.
 */
static int note_wrong(const char *path, unsigned number, const char *line)
{
	size_t at = strspn(line, "0123456789,");

	snprintf(wrong, sizeof(wrong), "%s:%u:%zu: expected %s, found \"%.*s\"", path, number,
		 line[at] && line[at] != '\n' ? at + 1 : 1,
		 number == 1
			 ? "a header line"
			 : "block,lower_ns,upper_ns,count with lower_ns below upper_ns and a count",
		 (int)strcspn(line, "\n") < 80 ? (int)strcspn(line, "\n") : 80, line);
	return -EBADMSG;
}

int histograms_read(const struct rundir *dir, const char *name, struct histogram *h)
{
	char path[PATH_MAX + 128], line[512], fields[512];
	uint64_t lower, upper, count;
	unsigned number = 1;
	int err = 0;
	FILE *in;

	histogram_clear(h);
	path_of(dir, name, path, sizeof(path));
	in = fopen(path, "re");
	if (!in)
		return -errno;
	if (!fgets(line, sizeof(line), in))
		err = note_wrong(path, number, "");
	while (!err && fgets(line, sizeof(line), in)) {
		number++;
		if (!strchr(line, '\n'))
			break; /* cut off by a crash: the line that was being written */
		snprintf(fields, sizeof(fields), "%s", line);
		if (read_bucket(fields, &lower, &upper, &count))
			err = note_wrong(path, number, line);
		else
			histogram_add_many(h, lower, upper, count);
	}
	fclose(in);
	return err;
}

/* The rows of one cell, as far out as its times reach. */
static int write_cell(struct rundir_csv *csv, const struct row *sample, const struct histogram *h)
{
	/* in thousandths of a percent; steps of about the same width on an axis of 1/(1-p) */
	static const unsigned per_100k[] = {10000, 25000, 50000, 66000, 75000, 83000, 90000,
					    93000, 95000, 97000, 98000, 99000, 99300, 99500,
					    99700, 99800, 99900, 99930, 99950, 99970, 99980,
					    99990, 99993, 99995, 99997, 99998, 99999};
	static struct row row;
	int err = 0;

	row_copy(&row, sample);
	row_set_u64(&row, COL_n_samples, h->count);
	for (size_t i = 0; !err && i < sizeof(per_100k) / sizeof(per_100k[0]); i++) {
		if (h->count * (100000 - per_100k[i]) / 100000 < ABOVE_AT_LEAST)
			break;
		row_set_decimal(&row, COL_percentile, per_100k[i] / 1000.0);
		row_set_u64(&row, COL_value_ns, histogram_percentile(h, per_100k[i]));
		err = rundir_csv_append(csv, &row);
	}
	return err;
}

/* Whether `name` is new among the `*n` names; then it is added. */
static bool is_new(char (**names)[64], size_t *n, const char *name)
{
	char(*more)[64];

	for (size_t i = 0; i < *n; i++)
		if (!strcmp((*names)[i], name))
			return false;
	more = reallocarray(*names, *n + 1, sizeof(**names));
	if (!more)
		return false;
	*names = more;
	snprintf(more[(*n)++], sizeof(*more), "%s", name);
	return true;
}

int percentiles_write(const struct rundir *dir)
{
	struct histogram *h = malloc(sizeof(*h));
	char path[PATH_MAX + 16], (*names)[64] = NULL;
	struct csv_reader reader;
	static struct rundir_csv csv;
	static struct row row;
	size_t n = 0;
	int err, closed;

	snprintf(path, sizeof(path), "%s/samples.csv", dir->path);
	err = h ? csv_open(&reader, path, CSV_SAMPLES) : -ENOMEM;
	if (err)
		goto out_free;
	err = rundir_csv_replace(&csv, dir, CSV_PERCENTILES);
	while (!err && (err = csv_next(&reader, &row)) == 1) {
		const char *name = row_get_text(&row, COL_histogram);

		err = 0;
		if (!*name || !row_is_ok(&row) || !is_new(&names, &n, name))
			continue;
		err = histograms_read(dir, name, h);
		if (!err)
			err = write_cell(&csv, &row, h);
		else if (err == -ENOENT)
			err = 0; /* samples.csv alone was kept: its rows are whole without */
	}
	if (!err)
		err = rundir_csv_finish(&csv);
	closed = rundir_csv_close(&csv);
	err = err ? err : closed;
	csv_close(&reader);
out_free:
	free(names);
	free(h);
	return err;
}
