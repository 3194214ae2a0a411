/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/*
 * Objects of our names that no journal knows, in namespaces of the test's own: other runs may be at
 * work.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bench/machine/orphans.h"
#include "bench/machine/sysv_name.h"
#include "tests/tap.h"

#define ID "0123456789ab0100" /* of a run: its keys begin with 0x484f0100 */
#define LATER_S (2 * ORPHANS_AGE_S)

static bool queue_is_there(key_t key)
{
	return msgget(key, 0) >= 0;
}

static unsigned remove_at(time_t now)
{
	FILE *words = fopen("/dev/null", "we");
	unsigned n = orphans_remove(words, now);

	fclose(words);
	return n;
}

static void test_sysv(void)
{
	key_t ours = sysv_key(ID, 5), foreign = 0x12345678;
	int shm = shmget(ours, 4096, IPC_CREAT | IPC_EXCL | 0600);
	void *at;

	ok(msgget(ours, IPC_CREAT | IPC_EXCL | 0600) >= 0 &&
		   semget(ours, 1, IPC_CREAT | IPC_EXCL | 0600) >= 0 && shm >= 0 &&
		   msgget(foreign, IPC_CREAT | IPC_EXCL | 0600) >= 0,
	   "System V objects with a key of ours, and one without");
	ok_is(remove_at(time(NULL)), 0, "what is young may be at work");
	at = shmat(shm, NULL, 0);
	ok_is(remove_at(time(NULL) + LATER_S), 2, "old ones go");
	ok(!queue_is_there(ours) && queue_is_there(foreign), "with our keys only");
	ok(shmget(ours, 0, 0) == shm, "what is attached stays");
	shmdt(at);
	ok_is(remove_at(time(NULL) + LATER_S), 1, "until it is not");
}

/* A journal is wherever XDG_RUNTIME_DIR says. */
static void test_journal(const char *base)
{
	char dir[PATH_MAX], path[PATH_MAX];
	key_t far = sysv_key(ID, 0) - 1;
	int fd;

	snprintf(dir, sizeof(dir), "%.64s/handoff", base);
	snprintf(path, sizeof(path), "%.80s/" ID ".lock", dir);
	ok(!mkdir(dir, 0700) && (fd = open(path, O_CREAT | O_WRONLY, 0600)) >= 0 && !close(fd),
	   "a journal");
	ok(msgget(sysv_key(ID, 5), IPC_CREAT | 0600) >= 0 && msgget(far, IPC_CREAT | 0600) >= 0,
	   "a queue of its run, and one of another");
	fd = shm_open("/handoff-" ID "-3", O_CREAT | O_RDWR, 0600);
	close(fd);
	ok_is(remove_at(time(NULL) + LATER_S), 1, "one goes");
	ok(queue_is_there(sysv_key(ID, 5)) && !queue_is_there(far), "that of another");
	unlink(path);
	rmdir(dir);
	ok_is(remove_at(time(NULL) + LATER_S), 2, "without the journal they go, too");
	ok(shm_open("/handoff-" ID "-3", O_RDWR, 0600) < 0, "also what has a name");
}

static bool is_group(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/fs/cgroup/a/%s", name);
	return !access(path, F_OK);
}

/* Where groups are mounted there is a file with the processes of the root. */
static void test_groups(void)
{
	int fd = open("/sys/fs/cgroup/cgroup.procs", O_CREAT | O_WRONLY, 0600);

	ok(fd >= 0 && !close(fd) && !mkdir("/sys/fs/cgroup/a", 0700) &&
		   !mkdir("/sys/fs/cgroup/a/handoff-" ID "-7", 0700) &&
		   !mkdir("/sys/fs/cgroup/a/handoff-" ID "-7/1", 0700) &&
		   !mkdir("/sys/fs/cgroup/a/handoff-mine", 0700),
	   "control groups");
	ok_is(remove_at(time(NULL)), 0, "a young one may be at work");
	ok_is(remove_at(time(NULL) + LATER_S), 1, "an old one goes");
	ok(!is_group("handoff-" ID "-7") && is_group("handoff-mine"), "that of our names only");
}

/* Journals of runs that are at work beside this test: one in sixteen has keys near to ours. */
static bool hide_journals(void)
{
	char tmp[64];

	snprintf(tmp, sizeof(tmp), "/tmp/handoff-%u", (unsigned)geteuid());
	return !mount("none", "/run", "tmpfs", 0, NULL) &&
	       (!mount("none", tmp, "tmpfs", 0, NULL) || errno == ENOENT);
}

int main(void)
{
	char base[] = "/tmp/unit_orphans-XXXXXX";

	if (unshare(CLONE_NEWIPC | CLONE_NEWNS) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/dev/shm", "tmpfs", 0, NULL) ||
	    mount("none", "/sys/fs/cgroup", "tmpfs", 0, NULL) || !hide_journals()) {
		printf("1..0 # SKIP namespaces of its own: %s\n", strerror(errno));
		return 0;
	}
	if (!mkdtemp(base) || setenv("XDG_RUNTIME_DIR", base, 1))
		return 1;
	test_sysv();
	test_journal(base);
	test_groups();
	ok(!rmdir(base), "nothing is left behind");
	return done_testing();
}
