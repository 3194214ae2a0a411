/* SPDX-License-Identifier: MIT */
#include "bench/machine/environment.h"

#include <linux/mempolicy.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/base/tree.h"
#include "bench/machine/scheduling.h"

#define SLACK_NS 50000 /* of a process by default (prctl(2)) */

/*
 * LD_PRELOAD first; others of the dynamic loader and of the C library (ld.so(8), mallopt(3)); "*"
 * ends a beginning.
 */
static const char *const variables[] = {"LD_PRELOAD", "LD_AUDIT", "LD_BIND_NOW", "GLIBC_TUNABLES",
					"MALLOC_*"};

/* Limits that stop or slow a mechanism, and below which value they are worth a word. */
static const struct {
	int resource;
	char option; /* of ulimit */
	rlim_t usual, unit;
} limits[] = {
	{RLIMIT_CPU, 't', RLIM_INFINITY, 1},	 {RLIMIT_FSIZE, 'f', RLIM_INFINITY, 1024},
	{RLIMIT_DATA, 'd', RLIM_INFINITY, 1024}, {RLIMIT_AS, 'v', RLIM_INFINITY, 1024},
	{RLIMIT_STACK, 's', 8 << 20, 1024},	 {RLIMIT_NOFILE, 'n', 1024, 1},
	{RLIMIT_SIGPENDING, 'i', 256, 1},	 {RLIMIT_NPROC, 'u', 256, 1},
	{RLIMIT_MEMLOCK, 'l', 64 << 10, 1024},	 {RLIMIT_MSGQUEUE, 'q', 819200, 1},
	{RLIMIT_RTTIME, 'R', RLIM_INFINITY, 1},
};

/* Appends an item; the signs that part items become others. */
__attribute__((format(printf, 2, 3))) static void add(char *text, const char *fmt, ...)
{
	size_t used = strlen(text), begin = used + !!used;
	va_list args;

	if (begin + 1 >= ENVIRONMENT_TEXT)
		return;
	if (used)
		text[used] = '+';
	va_start(args, fmt);
	vsnprintf(text + begin, ENVIRONMENT_TEXT - begin, fmt, args);
	va_end(args);
	for (char *c = text + begin; *c; c++)
		if (*c == '+')
			*c = ' ';
}

static void add_variables(char *text)
{
	const char *before = getenv(ENVIRONMENT_PRELOADED);

	if (before && *before)
		add(text, "LD_PRELOAD=%s", before);
	for (char **e = environ; e && *e; e++)
		for (size_t i = before ? 1 : 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
			size_t n = strcspn(variables[i], "*");

			if (!strncmp(*e, variables[i], n) && (variables[i][n] || (*e)[n] == '='))
				add(text, "%s", *e);
		}
}

static void add_scheduling(char *text)
{
	char name[SCHEDULING_NAME], list[64];
	struct scheduling s;

	if (!scheduling_get(0, &s) && (s.policy != SCHED_OTHER || s.nice)) {
		scheduling_name(&s, name);
		for (char *c = name; *c; c++)
			if (*c == '+')
				*c = '/';
		add(text, "sched=%s", name);
	}
	if (scheduling_resets(0))
		add(text, "reset-on-fork");
	if (!tree_read_key("", "/proc/self/status", "Cpus_allowed_list", list, sizeof(list)) &&
	    tree_list_count(list) > 0 && tree_list_count(list) < sysconf(_SC_NPROCESSORS_ONLN))
		add(text, "cpus=%s", list);
	if (prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0) != SLACK_NS && s.policy != SCHED_FIFO &&
	    s.policy != SCHED_RR)
		add(text, "slack_ns=%d", prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0));
}

static void add_policy(char *text)
{
	static const char *const names[] = {
		[MPOL_PREFERRED] = "preferred",
		[MPOL_BIND] = "bind",
		[MPOL_INTERLEAVE] = "interleave",
		[MPOL_LOCAL] = "local",
	};
	unsigned long nodes[16] = {0}; /* 1,024: the kernel's MAX_NUMNODES at most */
	int mode;

	if (syscall(SYS_get_mempolicy, &mode, nodes, 8 * sizeof(nodes), NULL, 0) ||
	    mode == MPOL_DEFAULT)
		return;
	mode &= ~MPOL_MODE_FLAGS;
	if ((size_t)mode < sizeof(names) / sizeof(names[0]) && names[mode])
		add(text, "memory=%s:0x%lx", names[mode], nodes[0]);
	else
		add(text, "memory=policy-%d:0x%lx", mode, nodes[0]);
}

static void add_limits(char *text)
{
	struct rlimit limit;

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		if (!getrlimit(limits[i].resource, &limit) && limit.rlim_cur != RLIM_INFINITY &&
		    limit.rlim_cur < limits[i].usual)
			add(text, "ulimit-%c=%llu", limits[i].option,
			    (unsigned long long)(limit.rlim_cur / limits[i].unit));
}

void environment_read(char *text)
{
	*text = '\0';
	add_variables(text);
	add_scheduling(text);
	add_policy(text);
	add_limits(text);
}

const char *environment_false_clock(void)
{
	const char *preload = getenv("LD_PRELOAD");

	return preload && strstr(preload, "faketime") ? "libfaketime" : NULL;
}
