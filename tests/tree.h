/* SPDX-License-Identifier: MIT */
/* A made-up tree of /proc, /sys, /dev and /etc below a temporary directory. */
#ifndef TESTS_TREE_H
#define TESTS_TREE_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/tap.h"

static char tree_root[64]; /* the made-up tree */

/* Writes one file of the tree, with its directories. */
static inline void tree_put(const char *path, const char *text)
{
	char full[512];
	FILE *file;

	snprintf(full, sizeof(full), "%s%s", tree_root, path);
	for (char *slash = full + strlen(tree_root) + 1; (slash = strchr(slash, '/'));
	     *slash++ = '/') {
		*slash = '\0';
		mkdir(full, 0700);
	}
	file = fopen(full, "w");
	if (!file || fputs(text, file) < 0 || fclose(file))
		ok(false, "cannot write %s", full);
}

static inline void tree_drop(const char *path)
{
	char full[512];

	snprintf(full, sizeof(full), "%s%s", tree_root, path);
	if (unlink(full))
		ok(false, "cannot remove %s", full);
}

static inline int tree_remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	return remove(path);
}

static inline void tree_remove(void)
{
	nftw(tree_root, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Begins a new, empty tree. */
static inline void tree_new(void)
{
	if (tree_root[0])
		tree_remove();
	snprintf(tree_root, sizeof(tree_root), "/tmp/handoff-tree-XXXXXX");
	if (!mkdtemp(tree_root))
		ok(false, "cannot make %s", tree_root);
}

#endif
