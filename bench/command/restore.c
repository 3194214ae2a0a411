/* SPDX-License-Identifier: MIT */
/* `handoff restore`: settings that a killed comparison has left changed. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "bench/command/command.h"
#include "bench/machine/restore.h"

void command_warn_restore(void)
{
	char path[PATH_MAX];

	if (restore_pending(path, sizeof(path)) == 1)
		fprintf(stderr,
			"handoff: a killed comparison left settings of this machine changed (%s); "
			"handoff restore puts them back\n",
			path);
}

int command_restore(int argc, char **argv)
{
	char path[PATH_MAX];
	int left;

	if (argc > 1 && !strcmp(argv[1], "--help")) {
		puts("Usage: handoff restore\n"
		     "Puts back the settings that a killed comparison left changed, and lists "
		     "those that it cannot.");
		return 0;
	}
	if (argc > 1) {
		fprintf(stderr, "handoff restore: %s: it takes no options but --help\n", argv[1]);
		return EX_USAGE;
	}
	left = restore_leftover(stderr);
	if (left == -ENOENT) {
		puts("nothing to restore");
		return 0;
	}
	if (!left) {
		puts("all settings are as they were");
		return 0;
	}
	restore_path(path, sizeof(path));
	if (left == -EBUSY)
		fprintf(stderr, "handoff restore: a comparison is running; end it first\n");
	else if (left < 0)
		fprintf(stderr, "handoff restore: %s: %s\n", path,
			left == -EPERM ? "not trusted: other users can write it" : strerror(-left));
	else
		fprintf(stderr, "handoff restore: %d settings are not as they were; %s is kept\n",
			left, path);
	return left == -EPERM ? EX_NOPERM : EX_SOFTWARE;
}
