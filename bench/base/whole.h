/* SPDX-License-Identifier: MIT */
/*
 * Files that are there whole or not at all, whatever ends us: written beside their place, then
 * renamed.
 */
#ifndef BENCH_BASE_WHOLE_H
#define BENCH_BASE_WHOLE_H

#include <limits.h>
#include <stdio.h>

#define WHOLE_PART ".part" /* ending of a file that is not finished */

struct whole {
	FILE *out;
	char path[PATH_MAX + 64]; /* where it is to be */
};

/* Opens the file that becomes `path` for writing. 0 or -errno. */
int whole_open(struct whole *w, const char *path);

/*
 * Ends it: it takes its place where `err`, what writing said, is 0 and closing goes well; else
 * nothing is left. 0, `err`, or -errno.
 */
int whole_close(struct whole *w, int err);

#endif
