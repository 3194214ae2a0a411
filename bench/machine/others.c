/* SPDX-License-Identifier: MIT */
#include "bench/machine/others.h"

#include <ctype.h>
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "bench/base/tree.h"

#define PROGRAM "handoff" /* as /proc/PID/comm has it */

pid_t others_lock_holder(const char *path)
{
	FILE *in = fopen("/proc/locks", "re");
	unsigned long inode;
	unsigned major, minor;
	char line[256];
	struct stat st;
	int pid = 0, holder = 0;

	if (!in)
		return 0;
	/*
	 * "1: FLOCK  ADVISORY  WRITE 1234 fe:00:5678 0 EOF"; a waiter's line has "->" first
	 * (proc(5))
	 */
	while (!stat(path, &st) && !holder && fgets(line, sizeof(line), in))
		if (sscanf(line, "%*d: FLOCK %*s %*s %d %x:%x:%lu", &pid, &major, &minor, &inode) ==
			    4 &&
		    inode == st.st_ino && makedev(major, minor) == st.st_dev && pid > 0)
			holder = pid;
	fclose(in);
	return holder;
}

bool others_is_stopped(pid_t pid)
{
	char text[256];
	const char *state;

	if (pid <= 0 || tree_read("", text, sizeof(text), "/proc/%d/stat", pid) < 0)
		return false;
	state = strrchr(text, ')'); /* the name may hold anything */
	return state && state[1] && (state[2] == 'T' || state[2] == 't');
}

/*
 * The words of the process's command line, each ended by a NUL, the last by two; whether there are
 * any.
 */
static bool read_words(pid_t pid, char words[static 256])
{
	char path[64];
	FILE *in;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	in = fopen(path, "re");
	if (!in)
		return false;
	n = fread(words, 1, 254, in);
	fclose(in);
	words[n] = words[n + 1] = '\0';
	return n > 0;
}

const char *others_name(pid_t pid, char *text)
{
	char words[256];

	if (pid > 0 && read_words(pid, words))
		snprintf(text, OTHERS_TEXT, "process %d (" PROGRAM " %.32s)", pid,
			 words + strlen(words) + 1);
	else if (pid > 0)
		snprintf(text, OTHERS_TEXT, "process %d", pid);
	else
		snprintf(text, OTHERS_TEXT, "another process");
	return text;
}

static bool measures(pid_t pid)
{
	static const char *const commands[] = {"sweep", "profiles", "matrix", "run", "selftest"};
	char name[32], words[256];
	const char *command;

	if (pid == getpid() || tree_read("", name, sizeof(name), "/proc/%d/comm", pid) < 0 ||
	    strcmp(name, PROGRAM) != 0 || !read_words(pid, words))
		return false;
	command = words + strlen(words) + 1;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(command, commands[i]))
			return true;
	return false;
}

pid_t others_measuring(void)
{
	DIR *dir = opendir("/proc");
	const struct dirent *entry;
	pid_t found = 0;

	if (!dir)
		return 0;
	/* safe, one thread to a stream; readdir_r() is deprecated (readdir_r(3)) */
	/* cppcheck-suppress readdirCalled */
	while (!found && (entry = readdir(dir)))
		if (isdigit((unsigned char)*entry->d_name) && measures((pid_t)atoi(entry->d_name)))
			found = (pid_t)atoi(entry->d_name);
	closedir(dir);
	return found;
}
