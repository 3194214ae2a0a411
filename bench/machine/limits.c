/* SPDX-License-Identifier: MIT */
#include "bench/machine/limits.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

/* Which limit can be the reason for which error, and what the shell calls it. */
static const struct {
	int err, resource;
	char option; /* of ulimit */
	rlim_t unit; /* of its value, bytes or 1 */
} limits[] = {
	{EMFILE, RLIMIT_NOFILE, 'n', 1},     {EAGAIN, RLIMIT_NPROC, 'u', 1},
	{EAGAIN, RLIMIT_SIGPENDING, 'i', 1}, {EAGAIN, RLIMIT_DATA, 'd', 1024},
	{EAGAIN, RLIMIT_AS, 'v', 1024},	     {ENOMEM, RLIMIT_DATA, 'd', 1024},
	{ENOMEM, RLIMIT_AS, 'v', 1024},	     {ENOMEM, RLIMIT_MEMLOCK, 'l', 1024},
	{EFBIG, RLIMIT_FSIZE, 'f', 1024},
};

/* What is no limit of the process. */
static const struct {
	int err;
	const char *what;
} others[] = {
	{EAGAIN, "pids.max of the control group"},
	{ENOMEM, "memory.max of the control group"},
	{ENFILE, "sysctl fs.file-max"},
	{ENOSPC, "a full file system"},
	{ENOSYS, "this kernel has no such call or a filter hides it"},
};

#define TEXT_B 160
#define STACK_B (256 << 10) /* rows and lists of all CPUs lie on it, some at once */

static _Thread_local char text[TEXT_B];

static void add(const char *more)
{
	size_t n = strlen(text);

	snprintf(text + n, TEXT_B - n, "%s%s", strchr(text, ':') ? "; " : ": ", more);
}

const char *limits_explain(int err)
{
	struct rlimit limit;
	char more[64];

	snprintf(text, TEXT_B, "%s", strerror(-err));
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		if (limits[i].err != -err || getrlimit(limits[i].resource, &limit) ||
		    limit.rlim_cur == RLIM_INFINITY)
			continue;
		snprintf(more, sizeof(more), "ulimit -%c is %llu", limits[i].option,
			 (unsigned long long)(limit.rlim_cur / limits[i].unit));
		add(more);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (others[i].err == -err)
			add(others[i].what);
	return text;
}

const char *limits_too_small(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_STACK, &limit) || limit.rlim_cur >= STACK_B)
		return NULL;
	snprintf(text, TEXT_B, "ulimit -s is %llu and has to be %d at least",
		 (unsigned long long)(limit.rlim_cur / 1024), STACK_B / 1024);
	return text;
}

const char *limits_explain_signal(int sig)
{
	snprintf(text, TEXT_B, "%s", strsignal(sig));
	if (sig == SIGKILL)
		add("memory.max of the control group or too little memory; or somebody");
	if (sig == SIGXCPU)
		add("ulimit -t or ulimit -R (prlimit --cpu --rttime)");
	if (sig == SIGBUS)
		add("a full file system such as /dev/shm; or no page of that kind");
	return text;
}
