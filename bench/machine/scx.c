/* SPDX-License-Identifier: MIT */
#include "bench/machine/scx.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/base/tree.h"

/* The kernel's word into `text` (64 bytes): enabled, disabled, or between the two. 0 or -errno. */
static int read_state(const char *root, char *text)
{
	int n = tree_read(root, text, 64, "/sys/kernel/sched_ext/state");

	if (n < 0)
		return n;
	text[strcspn(text, "\n")] = '\0';
	return 0;
}

bool scx_is_on(const char *root)
{
	char state[64];

	return !read_state(root, state) && !strcmp(state, "enabled");
}

/* The program's file; whether there is one. */
static bool find_program(const char *program, char *path)
{
	const char *dirs = getenv("PATH");

	if (strchr(program, '/'))
		return realpath(program, path) && !access(path, X_OK);
	for (; dirs && *dirs; dirs += *dirs == ':') {
		int len = (int)strcspn(dirs, ":");

		if (snprintf(path, PATH_MAX, "%.*s/%s", len, dirs, program) < PATH_MAX &&
		    *dirs == '/' && !access(path, X_OK))
			return true;
		dirs += len;
	}
	return false;
}

int scx_find(const char *root, const char *program, char *path, char *error)
{
	char state[64];

	if (!find_program(program, path)) {
		snprintf(error, SCX_ERROR, "scx:%s: no such program", program);
		return -EINVAL;
	}
	if (read_state(root, state)) {
		snprintf(error, SCX_ERROR,
			 "scx:%s: this kernel has no sched_ext (Linux 6.12 on, "
			 "CONFIG_SCHED_CLASS_EXT)",
			 program);
		return -EOPNOTSUPP;
	}
	if (strcmp(state, "disabled") != 0) {
		snprintf(error, SCX_ERROR,
			 "scx:%s: a sched_ext scheduler is at work already; end it first", program);
		return -EBUSY;
	}
	if (geteuid()) {
		snprintf(error, SCX_ERROR, "scx:%s: needs root", program);
		return -EPERM;
	}
	return 0;
}
