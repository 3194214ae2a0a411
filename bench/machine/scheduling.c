/* SPDX-License-Identifier: MIT */
/* sched_setattr(2) and sched_getattr(2), for which not every C library has functions. */
#include "bench/machine/scheduling.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/base/tree.h"

#define FAIR_SERVER_PCT 5 /* unless somebody has changed it: 50 ms of each second */
#define RESET_ON_FORK 1	  /* SCHED_FLAG_RESET_ON_FORK of linux/sched.h */

/* The kernel's struct sched_attr. */
struct attributes {
	uint32_t size; /* bytes of this */
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime_ns; /* of deadline tasks; since Linux 6.12 the slice of fair ones */
	uint64_t deadline_ns, period_ns;
};

static bool is_deadline(const struct scheduling *s)
{
	return s->policy == SCHED_DEADLINE;
}

bool scheduling_is_realtime(const struct scheduling *s)
{
	return s->policy == SCHED_FIFO || s->policy == SCHED_RR;
}

bool scheduling_has_slice(const struct scheduling *s)
{
	return s->policy == SCHED_OTHER || s->policy == SCHED_BATCH;
}

/* The call itself: musl has a function that only fails. */
static int read_policy(pid_t tid)
{
	return (int)syscall(SYS_sched_getscheduler, tid);
}

bool scheduling_resets(pid_t tid)
{
	int policy = read_policy(tid);

	return policy >= 0 && policy & SCHED_RESET_ON_FORK;
}

/* Where a filter of system calls lets nobody call sched_getattr(2). */
static int get_by_old_calls(pid_t tid, struct scheduling *ret)
{
	struct sched_param param;
	int policy = read_policy(tid);

	if (policy < 0 || syscall(SYS_sched_getparam, tid, &param))
		return -errno;
	*ret = (struct scheduling){.policy = policy & ~SCHED_RESET_ON_FORK,
				   .priority = param.sched_priority};
	if (!scheduling_is_realtime(ret) && !is_deadline(ret))
		ret->nice = getpriority(PRIO_PROCESS, (id_t)tid);
	return 0;
}

int scheduling_get(pid_t tid, struct scheduling *ret)
{
	struct attributes a = {.size = sizeof(a)};

	if (syscall(SYS_sched_getattr, tid, &a, sizeof(a), 0))
		return get_by_old_calls(tid, ret);
	*ret = (struct scheduling){
		.policy = (int)a.policy, .priority = (int)a.priority, .nice = a.nice};
	if (scheduling_is_realtime(ret) || is_deadline(ret))
		ret->nice = 0;
	else
		ret->slice_ns = a.runtime_ns;
	return 0;
}

int scheduling_set(pid_t tid, const struct scheduling *s)
{
	struct attributes a = {
		.size = sizeof(a),
		.policy = (uint32_t)s->policy,
		.nice = s->nice,
		.priority = (uint32_t)s->priority,
		.runtime_ns = s->slice_ns,
	};
	struct scheduling now = {0};
	int err = syscall(SYS_sched_setattr, tid, &a, 0) ? -errno : 0;

	if (err ==
	    -EPERM) { /* whose children are to start as ordinary ones may not take that back */
		a.flags = RESET_ON_FORK;
		if (scheduling_resets(tid))
			err = syscall(SYS_sched_setattr, tid, &a, 0) ? -errno : 0;
	}
	if (err && !scheduling_get(tid, &now) && now.policy == s->policy &&
	    now.priority == s->priority && now.nice == s->nice)
		return 0;
	return err;
}

bool scheduling_is_throttled(const char *root)
{
	static const char path[] = "/proc/sys/kernel/sched_rt_%s_us";
	uint64_t runtime_us, period_us;
	char text[32];

	if (tree_read(root, text, sizeof(text), path, "runtime") < 0)
		return true;
	if (*text == '-' || tree_read_u64(root, &runtime_us, path, "runtime") ||
	    tree_read_u64(root, &period_us, path, "period"))
		return false;
	return runtime_us < period_us;
}

double scheduling_fair_server_pct(const char *root)
{
	static const char path[] = "/sys/kernel/debug/sched/fair_server/cpu0/%s";
	unsigned major = 0, minor = 0;
	uint64_t runtime_ns, period_ns;
	char text[128];

	if (!tree_read_u64(root, &runtime_ns, path, "runtime") &&
	    !tree_read_u64(root, &period_ns, path, "period") && period_ns)
		return 100.0 * (double)runtime_ns / (double)period_ns;
	if (tree_read(root, text, sizeof(text), "/proc/version") < 0 ||
	    sscanf(text, "Linux version %u.%u", &major, &minor) != 2)
		return 0;
	return major > 6 || (major == 6 && minor >= 12) ? FAIR_SERVER_PCT : 0;
}

void scheduling_name(const struct scheduling *s, char *text)
{
	static const char *const names[] = {
		[SCHED_OTHER] = "other", [SCHED_FIFO] = "fifo", [SCHED_RR] = "rr",
		[SCHED_BATCH] = "batch", [SCHED_IDLE] = "idle", [SCHED_DEADLINE] = "deadline",
	};
	size_t n = sizeof(names) / sizeof(names[0]);
	bool known = s->policy >= 0 && (size_t)s->policy < n && names[s->policy];
	int used = known ? snprintf(text, SCHEDULING_NAME, "%s", names[s->policy])
			 : snprintf(text, SCHEDULING_NAME, "class-%d", s->policy);

	if (scheduling_is_realtime(s))
		used += snprintf(text + used, SCHEDULING_NAME - (size_t)used, ":%d", s->priority);
	if (s->nice)
		snprintf(text + used, SCHEDULING_NAME - (size_t)used, "+nice:%d", s->nice);
}
