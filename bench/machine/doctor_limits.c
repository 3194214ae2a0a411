/* SPDX-License-Identifier: MIT */
/* What this process may have: its cgroup, its limits, the sizes of queues. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/base/tree.h"
#include "bench/machine/cgroup.h"
#include "bench/machine/doctor.h"

#define MEMLOCK_B (8u << 20) /* ring buffers of 64 KiB messages, both ways */
#define MSGQUEUE_B 819200    /* the kernel's default (MQ_BYTES_MAX) */

/* `*least` is the smaller of itself and the quota, both in PUs; 0 = none, below 0 = not known. */
static void tighten(double *least, double quota_us, double period_us)
{
	if (*least < 0)
		*least = 0;
	if (quota_us > 0 && period_us > 0 && (*least == 0 || quota_us / period_us < *least))
		*least = quota_us / period_us;
}

/* cpu.max of version 2: "quota period", or "max period". Whether there is one. */
static bool read_v2(struct doctor *d, const char *group, double *quota, double *period)
{
	char text[64];

	if (tree_read(d->root, text, sizeof(text), "%s/cpu.max", group) <= 0)
		return false;
	if (sscanf(text, "%lf %lf", quota, period) != 2)
		*quota = 0;
	return true;
}

/* The two files of version 1; a quota of -1 is none. */
static bool read_v1(struct doctor *d, const char *group, double *quota, double *period)
{
	char text[64];

	if (tree_read(d->root, text, sizeof(text), "%s/cpu.cfs_quota_us", group) <= 0)
		return false;
	*quota = strtod(text, NULL);
	if (tree_read(d->root, text, sizeof(text), "%s/cpu.cfs_period_us", group) > 0)
		*period = strtod(text, NULL);
	return true;
}

struct quota {
	struct doctor *d;
	double least; /* in PUs; 0 = none, below 0 = not known */
};

static void tighten_by(void *arg, const char *group, bool v1)
{
	struct quota *q = arg;
	double quota = 0, period = 0;

	if ((v1 ? read_v1 : read_v2)(q->d, group, &quota, &period))
		tighten(&q->least, quota, period);
}

/* The tightest quota of this process, in PUs; 0 = none, below 0 = no file to read. */
static double cpu_quota(struct doctor *d)
{
	struct quota q = {d, -1};

	cgroup_each(d->root, tighten_by, &q);
	return q.least;
}

static void cgroups(struct doctor *d)
{
	static const char depth_why[] = "each cgroup level with the cpu controller adds a run "
					"queue to walk at every sleep and wake-up";
	static const char quota_why[] =
		"when the quota of a period is used up, all our tasks pause for many milliseconds";
	char path[PATH_MAX];
	unsigned depth = 0;
	double pus = cpu_quota(d);

	cgroup_path(d->root, NULL, path);
	for (const char *at = path; (at = strchr(at, '/')); at++)
		depth += at[1] != '\0';
	if (!path[0])
		doctor_add(d, DOCTOR_UNKNOWN, "cgroup", depth_why, NULL,
			   "no cgroup of version 2 in /proc/self/cgroup");
	else
		doctor_add(d, depth > 3 ? DOCTOR_NOTE : DOCTOR_OK, "cgroup", depth_why, NULL,
			   "depth %u: %.300s", depth, path);
	if (pus < 0)
		doctor_add(d, DOCTOR_UNKNOWN, "cpu-quota", quota_why, NULL,
			   "no cpu.max nor cpu.cfs_quota_us to read");
	else if (pus > 0)
		doctor_add(d, DOCTOR_WARNING, "cpu-quota", quota_why,
			   "run outside of it, or systemctl set-property UNIT CPUQuota=",
			   "%.2f CPUs", pus);
	else
		doctor_add(d, DOCTOR_OK, "cpu-quota", quota_why, NULL, "none");
}

static void allowed_pus(struct doctor *d)
{
	static const char why[] = "only these CPUs are measured, so some distances may be missing";
	char text[512], online[512] = "";
	int err = tree_read_key(d->root, "/proc/self/status", "Cpus_allowed_list", text,
				sizeof(text));
	bool all;

	if (err) {
		doctor_unknown(d, "allowed-cpus", "/proc/self/status", err, why);
		return;
	}
	tree_read(d->root, online, sizeof(online), "/sys/devices/system/cpu/online");
	all = !strcmp(text, online);
	doctor_add(d, all ? DOCTOR_OK : DOCTOR_NOTE, "allowed-cpus", why,
		   all ? NULL : "taskset -a -p, or the cpuset of the cgroup", "%.150s of %.150s",
		   text, online);
}

static void confinement(struct doctor *d)
{
	static const char why[] =
		"a filter adds work to every system call; Docker's default forbids mbind, "
		"move_pages and io_uring, so those rows are skipped or node_unverified";
	char text[512];
	int err = tree_read_key(d->root, "/proc/self/status", "Seccomp", text, sizeof(text));

	if (err)
		doctor_unknown(d, "seccomp", "/proc/self/status", err, why);
	else
		doctor_add(d, text[0] == '0' ? DOCTOR_OK : DOCTOR_WARNING, "seccomp", why,
			   text[0] == '0' ? NULL : "docker run --security-opt seccomp=unconfined",
			   "%s",
			   text[0] == '0'   ? "no filter"
			   : text[0] == '1' ? "strict"
					    : "filtered");
	err = tree_read(d->root, text, sizeof(text), "/proc/sys/kernel/io_uring_disabled");
	if (err > 0)
		doctor_add(d, text[0] == '0' ? DOCTOR_OK : DOCTOR_WARNING, "io_uring",
			   "rows with the wait mode io_uring are skipped if it is forbidden",
			   text[0] == '0' ? NULL : "sysctl kernel.io_uring_disabled=0",
			   "io_uring_disabled=%s", text);
}

/* Soft and hard limit of a line of /proc/self/limits; UINT64_MAX: unlimited. */
static int limit(struct doctor *d, const char *name, uint64_t *soft, uint64_t *hard)
{
	char text[128], words[2][32];
	int err = tree_read_key(d->root, "/proc/self/limits", name, text, sizeof(text));

	if (err)
		return err;
	if (sscanf(text, "%31s %31s", words[0], words[1]) != 2)
		return -EBADMSG;
	*soft = words[0][0] == 'u' ? UINT64_MAX : strtoull(words[0], NULL, 10);
	*hard = words[1][0] == 'u' ? UINT64_MAX : strtoull(words[1], NULL, 10);
	return 0;
}

static void resource_limits(struct doctor *d)
{
	static const struct {
		const char *name, *topic, *why, *command;
		uint64_t wanted;
	} limits[] = {
		{"Max locked memory", "locked-memory",
		 "--lock-memory keeps pages from being taken away; io_uring of old kernels needs "
		 "it",
		 "ulimit -l unlimited", MEMLOCK_B},
		{"Max realtime priority", "realtime",
		 "--sched=fifo:P and rr:P are allowed up to this priority; root always may",
		 "ulimit -r 99, or a line in /etc/security/limits.conf", 1},
		{"Max nice priority", "nice", "--nice below 0 is allowed down to 20 minus this",
		 "ulimit -e 40", 20},
		{"Max msgqueue size", "mq-bytes",
		 "all POSIX queues of a user together; below it mq_open says ENOMEM or EMFILE",
		 "ulimit -q unlimited", MSGQUEUE_B},
		{"Max open files", "open-files", "many pairs and producers need a descriptor each",
		 "ulimit -n 4096", 1024},
	};

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		uint64_t soft, hard;
		char number[32] = "unlimited";
		int err = limit(d, limits[i].name, &soft, &hard);

		if (err) {
			doctor_unknown(d, limits[i].topic, "/proc/self/limits", err, limits[i].why);
			continue;
		}
		if (soft != UINT64_MAX)
			snprintf(number, sizeof(number), "%llu", (unsigned long long)soft);
		doctor_add(d, soft >= limits[i].wanted ? DOCTOR_OK : DOCTOR_NOTE, limits[i].topic,
			   limits[i].why, soft >= limits[i].wanted ? NULL : limits[i].command,
			   "%s%s", number, hard > soft ? " (may be raised)" : "");
	}
}

static void queue_sizes(struct doctor *d)
{
	static const struct {
		const char *path, *topic, *why, *command;
		uint64_t wanted;
	} sizes[] = {
		{"/proc/sys/fs/mqueue/msgsize_max", "mq-msgsize",
		 "larger messages in POSIX queues are skipped",
		 "sysctl fs.mqueue.msgsize_max=65536", 65536},
		{"/proc/sys/fs/mqueue/msg_max", "mq-depth", "messages that a POSIX queue holds",
		 "sysctl fs.mqueue.msg_max=10", 10},
		{"/proc/sys/kernel/msgmax", "sysv-msgmax", "larger System V messages are skipped",
		 "sysctl kernel.msgmax=65536", 65536},
		{"/proc/sys/kernel/msgmnb", "sysv-msgmnb",
		 "bytes in a System V queue: a sender sleeps when it is full",
		 "sysctl kernel.msgmnb=65536", 65536},
		{"/proc/sys/kernel/shmmax", "sysv-shmmax", "largest System V segment",
		 "sysctl kernel.shmmax=1073741824", 1u << 20},
		{"/proc/sys/fs/pipe-max-size", "pipe-size",
		 "what an ordinary user may make a pipe hold", "sysctl fs.pipe-max-size=1048576",
		 1u << 20},
		{"/sys/class/net/lo/mtu", "loopback-mtu",
		 "a larger UDP message is cut into fragments and takes several times as long",
		 "ip link set lo mtu 65536", 65536},
	};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint64_t n;
		int err = tree_read_u64(d->root, &n, "%s", sizes[i].path);

		if (err)
			doctor_unknown(d, sizes[i].topic, sizes[i].path, err, sizes[i].why);
		else
			doctor_add(d, n >= sizes[i].wanted ? DOCTOR_OK : DOCTOR_NOTE,
				   sizes[i].topic, sizes[i].why,
				   n >= sizes[i].wanted ? NULL : sizes[i].command, "%llu",
				   (unsigned long long)n);
	}
}

/* The kernel says nowhere what a user has in pipes, so a new one is asked (pipe(7)). */
static void new_pipe(struct doctor *d)
{
	static const char why[] = "past fs.pipe-user-pages-soft a user's new pipes hold two pages: "
				  "messages of 64 KiB then take up to twice as long";
	long wanted = 16 * sysconf(_SC_PAGESIZE);
	int fd[2], size;

	if (pipe2(fd, O_CLOEXEC)) {
		doctor_unknown(d, "new-pipe", "a new pipe", -errno, why);
		return;
	}
	size = fcntl(fd[0], F_GETPIPE_SZ);
	close(fd[0]);
	close(fd[1]);
	doctor_add(d, size >= wanted ? DOCTOR_OK : DOCTOR_WARNING, "new-pipe", why,
		   size >= wanted ? NULL
				  : "close this user's other pipes, or "
				    "sysctl fs.pipe-user-pages-soft=0",
		   "holds %d bytes", size);
}

static void semaphores(struct doctor *d)
{
	static const char why[] = "semaphores per set, in all, operations per call, sets (semget)";
	char text[128];
	unsigned long per_set, all, ops, sets;
	int n = tree_read(d->root, text, sizeof(text), "/proc/sys/kernel/sem");

	if (n < 0 || sscanf(text, "%lu %lu %lu %lu", &per_set, &all, &ops, &sets) != 4)
		doctor_unknown(d, "sysv-sem", "/proc/sys/kernel/sem", n < 0 ? n : -EBADMSG, why);
	else
		doctor_add(d, sets >= 128 && per_set >= 250 ? DOCTOR_OK : DOCTOR_NOTE, "sysv-sem",
			   why, NULL, "%lu, %lu, %lu, %lu", per_set, all, ops, sets);
}

void doctor_limits(struct doctor *d)
{
	cgroups(d);
	allowed_pus(d);
	confinement(d);
	resource_limits(d);
	queue_sizes(d);
	new_pipe(d);
	semaphores(d);
}
