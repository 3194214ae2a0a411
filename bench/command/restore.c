/* SPDX-License-Identifier: MIT */
/* `handoff restore`: settings that a killed comparison has left changed. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/machine/orphans.h"
#include "bench/machine/others.h"
#include "bench/machine/restore.h"

void command_warn_restore(void)
{
	char path[PATH_MAX], name[OTHERS_TEXT];
	int pending = restore_pending(path, sizeof(path));
	pid_t holder = pending == -EBUSY ? others_lock_holder(path) : 0;

	if (others_is_stopped(holder))
		fprintf(stderr,
			"handoff: %s is stopped and has settings of this machine changed; kill "
			"-CONT %d "
			"lets it go on\n",
			others_name(holder, name), holder);
	if (pending == 1)
		fprintf(stderr,
			"handoff: a killed comparison left settings of this machine changed (%s); "
			"handoff restore puts them back\n",
			path);
}

static const char help[] =
	"Usage: handoff restore\n"
	"Puts back the settings that a killed comparison left changed, and lists those that it "
	"cannot.\n"
	"Removes shared memory, semaphores and message queues that killed runs of this user left\n"
	"over an hour ago.\n"
	"  --help   this text\n";

int command_restore(int argc, char **argv)
{
	static const struct option options[] = {OPTIONS_END};
	static const struct arguments arguments = {"handoff restore", help, options, NULL, false};
	int code = arguments_read(&arguments, NULL, argc, argv), left;
	char path[PATH_MAX], name[OTHERS_TEXT];
	unsigned removed;

	if (code)
		return code < 0 ? 0 : code;
	removed = orphans_remove(stdout, time(NULL));
	left = restore_leftover(stderr);
	if (left == -ENOENT) {
		puts(removed ? "no settings to restore" : "nothing to restore");
		return 0;
	}
	if (!left) {
		puts("all settings are as they were");
		return 0;
	}
	restore_path(path, sizeof(path));
	if (left == -EBUSY)
		fprintf(stderr,
			"handoff restore: %s is at work and puts them back itself; end it first\n",
			others_name(others_lock_holder(path), name));
	else if (left < 0)
		fprintf(stderr, "handoff restore: %s: %s\n", path,
			left == -EPERM ? "not trusted: other users can write it" : strerror(-left));
	else
		fprintf(stderr, "handoff restore: %d settings are not as they were; %s is kept\n",
			left, path);
	return left == -EPERM ? EX_NOPERM : EX_SOFTWARE;
}
