/* SPDX-License-Identifier: MIT */
/* Ways to be apart, and how a side gets there. */
#include "bench/machine/apart_net.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/base/tree.h"
#include "bench/machine/cgroup.h"
#include "bench/machine/limits.h"
#include "bench/machine/names.h"

/* Their names, and what /proc/PID/ns calls the namespace and unshare(2) its flag. */
static const struct {
	const char *name, *ns;
	int flag;
} kinds[APART_KINDS] = {
	[APART_NONE] = {"none", NULL, 0},	    [APART_CGROUP] = {"cgroup", NULL, 0},
	[APART_NET] = {"net", "net", CLONE_NEWNET}, [APART_IPC] = {"ipc", "ipc", CLONE_NEWIPC},
	[APART_PID] = {"pid", "pid", CLONE_NEWPID}, [APART_USER] = {"user", "user", CLONE_NEWUSER},
	[APART_SECCOMP] = {"seccomp", NULL, 0},
};

int apart_parse(const char *text, struct apart_way *ret)
{
	const char *more = strchr(text, ':');
	size_t len = more ? (size_t)(more - text) : strlen(text);
	struct apart_way way = {.depth = 1};
	char *end;

	while (way.kind < APART_KINDS && (strlen(kinds[way.kind].name) != len ||
					  strncmp(kinds[way.kind].name, text, len) != 0))
		way.kind++;
	if (way.kind == APART_KINDS)
		return -EINVAL;
	if (more && way.kind == APART_CGROUP) {
		unsigned long depth = strtoul(more + 1, &end, 10);

		if (more[1] < '1' || more[1] > '9' || *end || depth > APART_DEPTH_MAX)
			return -EINVAL;
		way.depth = (unsigned)depth;
	} else if (more) {
		way.bridge = !strcmp(more + 1, "bridge");
		if (way.kind != APART_NET || (!way.bridge && strcmp(more + 1, "veth") != 0))
			return -EINVAL;
	}
	*ret = way;
	return 0;
}

void apart_name(const struct apart_way *way, char *text)
{
	int used = snprintf(text, APART_NAME, "%s", kinds[way->kind].name);

	if (way->kind == APART_CGROUP && way->depth > 1)
		snprintf(text + used, (size_t)(APART_NAME - used), ":%u", way->depth);
	if (way->kind == APART_NET)
		snprintf(text + used, (size_t)(APART_NAME - used), ":%s",
			 way->bridge ? "bridge" : "veth");
}

__attribute__((format(printf, 3, 4))) static int refuse(char *why, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, APART_WHY, fmt, args);
	va_end(args);
	return err;
}

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return err;
}

/*
 * user_namespaces(7): of one's own IDs no more than one may be mapped, and groups not before
 * setgroups(2) is given up.
 */
int apart_map_self(const struct apart *a)
{
	char line[64];
	int err;

	snprintf(line, sizeof(line), "%u %u 1", a->uid, a->uid);
	err = write_text("/proc/self/uid_map", line);
	if (err)
		return err;
	write_text("/proc/self/setgroups", "deny");
	snprintf(line, sizeof(line), "%u %u 1", a->gid, a->gid);
	return write_text("/proc/self/gid_map", line);
}

int apart_leave(const struct apart *a, int flags, bool *by_user)
{
	*by_user = flags & CLONE_NEWUSER;
	if (unshare(flags)) {
		if (errno != EPERM || *by_user)
			return -errno;
		*by_user = true;
		if (unshare(flags | CLONE_NEWUSER))
			return -errno;
	}
	return *by_user ? apart_map_self(a) : 0;
}

static void try_leaving(const struct apart *a, struct apart_reply *r, int *fds)
{
	(void)fds;
	r->err = apart_leave(a, kinds[a->way.kind].flag, &r->by_user);
	snprintf(r->step, sizeof(r->step), "unshare");
}

static int refuse_namespaces(const struct apart *a, int err, const struct apart_reply *r, char *why)
{
	char name[APART_NAME];

	apart_name(&a->way, name);
	if (err == -EPERM || err == -EACCES)
		return refuse(why, err,
			      "--apart=%s: %s is forbidden: takes root, or user namespaces for "
			      "ordinary users (user_namespaces(7), the container's seccomp "
			      "profile)",
			      name, r->step);
	if (err == -ENOSPC)
		return refuse(why, err,
			      "--apart=%s: the limit of namespaces is reached: "
			      "/proc/sys/user/max_*_namespaces",
			      name);
	return refuse(why, err, "--apart=%s: %s%s%s", name, r->step, *r->step ? ": " : "",
		      err == -EOPNOTSUPP || err == -EINVAL ? "this kernel has no such thing"
							   : limits_explain(err));
}

static int begin_groups(struct apart *a, char *why)
{
	char parent[PATH_MAX] = "";
	int err = 0;

	a->group = calloc(a->n, sizeof(*a->group));
	a->name = calloc(a->n, sizeof(*a->name));
	if (!a->group || !a->name)
		return refuse(why, -ENOMEM, "%s", limits_explain(-ENOMEM));
	for (unsigned i = 0; !err && i < a->n; i++) {
		err = name_new(NAME_CGROUP, a->name[i], sizeof(a->name[i]));
		if (!err)
			err = cgroup_make("", a->name[i], a->way.depth, a->group[i], parent);
		if (err)
			*a->group[i] = '\0';
	}
	snprintf(a->note, sizeof(a->note), "cgroup_in=%.80s", parent);
	if (err == -EOPNOTSUPP)
		return refuse(why, err,
			      "--apart=cgroup: no group shares CPU time between groups below it: "
			      "echo +cpu >/sys/fs/cgroup/cgroup.subtree_control");
	return err ? refuse(why, err, "--apart=cgroup: no group in %s: %s", parent,
			    limits_explain(err))
		   : 0;
}

int apart_begin(struct apart *a, const struct apart_way *way, unsigned n, char *why)
{
	struct apart_reply r = {.err = 0};
	int fds[APART_NETS_MAX + 1], err = 0;

	*a = (struct apart){.way = *way, .n = n, .user_fd = -1, .uid = geteuid(), .gid = getegid()};
	if (way->kind == APART_NET && n + n / 2 > APART_NETS_MAX)
		return refuse(why, -E2BIG, "--apart=net: no more than %d sides",
			      APART_NETS_MAX * 2 / 3);
	if (way->kind == APART_CGROUP)
		err = begin_groups(a, why);
	if (!err && kinds[way->kind].ns) {
		err = way->kind == APART_NET ? apart_net_begin(a, &r)
					     : apart_ask(try_leaving, a, &r, fds);
		if (err)
			return refuse_namespaces(a, err, &r, why);
		a->by_user = r.by_user;
		if (r.by_user && way->kind != APART_USER)
			snprintf(a->note, sizeof(a->note), "user_namespace=1");
	}
	a->home = apart_where(a);
	return err;
}

void apart_end(struct apart *a)
{
	for (unsigned i = 0; a->group && i < a->n; i++)
		if (*a->name[i])
			name_remove(NAME_CGROUP, a->name[i]);
	for (unsigned i = 0; i < a->n_fds; i++)
		close(a->fd[i]);
	if (a->n && a->user_fd >= 0)
		close(a->user_fd);
	free(a->group);
	free(a->name);
	*a = (struct apart){.user_fd = -1};
}

/*
 * clone(2) without a stack: like fork(2), but for what the C library would note of the new thread's
 * number.
 */
pid_t apart_fork(const struct apart *a)
{
	long flags = CLONE_NEWPID | (a->by_user ? CLONE_NEWUSER : 0) | SIGCHLD;

	return a->way.kind == APART_PID ? (pid_t)syscall(SYS_clone, flags, 0L, 0L, 0L, 0L) : fork();
}

/* Calls that containers refuse, as a list of comparisons that each call has to pass. */
static const unsigned refused[] = {
	SYS_acct,	   SYS_add_key,	      SYS_bpf,		SYS_clock_adjtime,
	SYS_clock_settime, SYS_delete_module, SYS_finit_module, SYS_init_module,
	SYS_kexec_load,	   SYS_keyctl,	      SYS_mount,	SYS_move_mount,
	SYS_open_tree,	   SYS_pivot_root,    SYS_quotactl,	SYS_reboot,
	SYS_request_key,   SYS_setdomainname, SYS_sethostname,	SYS_setns,
	SYS_settimeofday,  SYS_swapoff,	      SYS_swapon,	SYS_syslog,
	SYS_umount2,	   SYS_unshare,	      SYS_userfaultfd,	SYS_vhangup,
};

#define N_REFUSED (sizeof(refused) / sizeof(refused[0]))

/*
 * seccomp(2): without rights of its own a process gives up getting more by execve(2) for it. 0 or
 * -errno.
 */
static int set_filter(void)
{
	struct sock_filter code[N_REFUSED + 3] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
	struct sock_fprog program = {.len = N_REFUSED + 3, .filter = code};

	for (unsigned i = 0; i < N_REFUSED; i++)
		code[1 + i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, refused[i],
							   (uint8_t)(N_REFUSED - i), 0);
	code[N_REFUSED + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	code[N_REFUSED + 2] =
		(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return -errno;
	return 0;
}

static int enter(struct apart *a, unsigned side)
{
	char procs[PATH_MAX + 16];
	bool by_user;

	switch (a->way.kind) {
	case APART_CGROUP:
		snprintf(procs, sizeof(procs), "%s/cgroup.procs", a->group[side]);
		return write_text(procs, "0");
	case APART_NET:
		return apart_net_enter(a, side);
	case APART_PID: /* apart_fork() has done it */
		return a->by_user ? apart_map_self(a) : 0;
	case APART_SECCOMP:
		return set_filter();
	default:
		return apart_leave(a, kinds[a->way.kind].flag, &by_user);
	}
}

int apart_enter(struct apart *a, unsigned side, char *why)
{
	char name[APART_NAME];
	int err = enter(a, side);

	a->entered = true;
	if (!err)
		return 0;
	apart_name(&a->way, name);
	return refuse(why, err, "--apart=%s: %s", name, limits_explain(err));
}

uint64_t apart_where(const struct apart *a)
{
	char text[64];
	struct stat st;

	if (a->way.kind == APART_CGROUP)
		return cgroup_number("");
	if (a->way.kind == APART_SECCOMP)
		return tree_read_key("", "/proc/self/status", "Seccomp_filters", text, sizeof(text))
			       ? UINT64_MAX /* before Linux 5.9 */
			       : strtoull(text, NULL, 10);
	if (!kinds[a->way.kind].ns)
		return 0;
	snprintf(text, sizeof(text), "/proc/self/ns/%s", kinds[a->way.kind].ns);
	return stat(text, &st) ? 0 : st.st_ino;
}

bool apart_were(const struct apart *a, uint64_t one, uint64_t other)
{
	if (a->way.kind == APART_SECCOMP)
		return one == UINT64_MAX || (one > a->home && other > a->home);
	if (!one || !other || !a->home)
		return true;
	return one != other && one != a->home && other != a->home;
}
