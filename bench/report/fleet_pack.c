/* SPDX-License-Identifier: MIT */
/* Where the files of a machine are: in a pack, or in the directory of a run. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "bench/report/fleet.h"
#include "bench/report/pack.h"

enum { SETTINGS, SUMMARY, FILES };

static const char *const names[FILES] = {"settings/before.txt", "summary.csv"};

static int add_directory(struct fleet *f, const char *program, const char *dir)
{
	char path[PATH_MAX + 32];
	FILE *in[FILES] = {NULL, NULL};

	for (int i = 0; i < FILES; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		in[i] = fopen(path, "re");
		if (in[i])
			continue;
		fprintf(stderr, "%s: %s: %s\n", program, path, strerror(errno));
		if (i)
			fclose(in[0]);
		return EX_NOINPUT;
	}
	return fleet_add(f, program, dir, in[SETTINGS], in[SUMMARY]);
}

/* Streams of the texts that were picked; 0 or an exit code after a line. */
static int open_files(const char *program, const char *pack, struct pack_file *files, FILE **in)
{
	for (int i = 0; i < FILES; i++) {
		in[i] = files[i].text && files[i].size ? fmemopen(files[i].text, files[i].size, "r")
						       : NULL;
		if (in[i])
			continue;
		fprintf(stderr, "%s: %s: has no %s: pack a sweep that came to its end\n", program,
			pack, names[i]);
		if (i)
			fclose(in[0]);
		return EX_DATAERR;
	}
	return 0;
}

static int add_pack(struct fleet *f, const char *program, const char *pack)
{
	struct pack_file files[FILES] = {{.name = names[SETTINGS]}, {.name = names[SUMMARY]}};
	char error[PACK_ERROR_B];
	FILE *in[FILES];
	int err = pack_pick(pack, files, FILES, error), code;

	if (err) {
		fprintf(stderr, "%s: %s: %s\n", program, pack, error);
		return err == -ENOENT ? EX_NOINPUT : err == -ENOTSUP ? EX_UNAVAILABLE : EX_DATAERR;
	}
	code = open_files(program, pack, files, in);
	if (!code)
		code = fleet_add(f, program, pack, in[SETTINGS], in[SUMMARY]);
	for (int i = 0; i < FILES; i++)
		free(files[i].text);
	return code;
}

int fleet_add_path(struct fleet *f, const char *program, const char *path)
{
	return pack_is(path) ? add_pack(f, program, path) : add_directory(f, program, path);
}
