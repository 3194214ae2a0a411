/* SPDX-License-Identifier: MIT */
/* Reading the CSV files of a run. */
#include "bench/record/samples.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sysexits.h>

#include "bench/machine/limits.h"
#include "bench/record/csv.h"

/* What is wrong with the file, in a line; the exit code. */
static int complain(const char *program, const struct csv_reader *reader, int err)
{
	if (err == -ENOMEM) {
		fprintf(stderr, "%s: no memory for rows: %s\n", program, limits_explain(-ENOMEM));
		return EX_OSERR;
	}
	fprintf(stderr, "%s: %s\n", program, reader->error);
	return err == -EBADMSG || err == -EPROTONOSUPPORT || err == -ENOSPC ? EX_DATAERR
									    : EX_NOINPUT;
}

int samples_read(const char *program, const char *run, int (*take)(void *to, const struct row *row),
		 void *to)
{
	return rows_read(program, run, CSV_SAMPLES, take, to);
}

int rows_read(const char *program, const char *run, enum csv_file file,
	      int (*take)(void *to, const struct row *row), void *to)
{
	char path[PATH_MAX + 32];
	struct csv_reader reader = {.error = ""};
	static struct row row;
	int err;

	snprintf(path, sizeof(path), "%s/%s", run, schema_file_name(file));
	err = csv_open(&reader, path, file);
	if (err)
		return complain(program, &reader, err);
	while (!err && (err = csv_next(&reader, &row)) == 1)
		err = take(to, &row);
	if (!err && reader.unterminated)
		fprintf(stderr, "%s: %s: the last line is truncated and was dropped\n", program,
			path);
	csv_close(&reader);
	return err ? complain(program, &reader, err) : 0;
}
