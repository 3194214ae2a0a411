/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/*
 * What a journal holds beside settings: threads and daemons are put back and ended, and only those
 * that were noted.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/machine/restore.h"
#include "bench/machine/undo.h"
#include "tests/tap.h"

#define RATIO "/proc/sys/vm/dirty_background_ratio"
#define BYTES "/proc/sys/vm/dirty_background_bytes"

static pid_t begin_child(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	for (;;)
		pause();
}

static bool alive(pid_t pid)
{
	siginfo_t info = {0};

	return !waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) && !info.si_pid;
}

static void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void test_task(void)
{
	char key[UNDO_KEY], before[SETTING_VALUE], changed[SETTING_VALUE], now[SETTING_VALUE + 1];
	struct sched_param none = {0};
	pid_t pid = begin_child();
	cpu_set_t all, one;
	int first = 0;

	snprintf(key, sizeof(key), "task %d/%d", pid, pid);
	ok(!undo_read_task(pid, pid, before, sizeof(before)), "a thread: %s", before);
	sched_getaffinity(pid, sizeof(all), &all);
	while (!CPU_ISSET(first, &all))
		first++;
	CPU_ZERO(&one);
	CPU_SET(first, &one);
	sched_setscheduler(pid, SCHED_BATCH, &none);
	sched_setaffinity(pid, sizeof(one), &one);
	undo_read_task(pid, pid, changed, sizeof(changed));
	ok(strcmp(before, changed) != 0, "is changed: %s", changed);
	snprintf(now, sizeof(now), "1%s", before); /* another start time */
	ok(!undo(key, now, stderr) && !undo_read_task(pid, pid, now, sizeof(now)) &&
		   !strcmp(now, changed),
	   "another one with its number is left alone");
	ok(!undo(key, before, stderr) && !undo_read_task(pid, pid, now, sizeof(now)) &&
		   !strcmp(now, before),
	   "is put back: %s", now);
	end_child(pid);
	ok(!undo(key, before, stderr), "one that has ended is no failure");
}

static void test_daemon(void)
{
	char key[UNDO_KEY], start[32], other[32];
	pid_t pid = begin_child();

	snprintf(key, sizeof(key), "daemon %d", pid);
	snprintf(start, sizeof(start), "%llu", undo_start_time(pid, pid));
	snprintf(other, sizeof(other), "%llu", undo_start_time(pid, pid) + 1);
	ok(!undo(key, other, stderr) && alive(pid), "a process that was not noted is not ended");
	ok(!undo(key, start, stderr) && !alive(pid), "a daemon that was is");
	end_child(pid);
	ok(!undo(key, start, stderr), "one that has ended is no failure");
}

static void test_hostile(void)
{
	ok(undo("daemon 1", "0", NULL) && undo("daemon -1", "0", NULL) &&
		   undo("service sshd", "active", NULL) && undo("task 1", "x", NULL) &&
		   undo("run /bin/sh", "", NULL),
	   "nothing else is undone");
}

/* Writing the one sets the other to 0, and 0 cannot be written: only a second round ends it. */
static void test_pair(void)
{
	char dir[] = "/tmp/handoff-undo-XXXXXX", clear[80], before[SETTING_VALUE] = "";
	char now[SETTING_VALUE];
	struct restore r;

	if (geteuid() || access(BYTES, W_OK) || setting_read(RATIO, before) || !atoi(before)) {
		skip("settings that change each other", "needs root and a machine of its own");
		return;
	}
	ok(mkdtemp(dir) && !setenv("XDG_STATE_HOME", dir, 1) && !restore_begin(&r), "a journal");
	ok(!restore_note(&r, RATIO, NULL) && !restore_note(&r, BYTES, NULL) &&
		   !setting_write(BYTES, "123456789") && !setting_read(RATIO, now) &&
		   !strcmp(now, "0"),
	   "one setting changes another");
	close(r.fd); /* as a SIGKILL does */
	ok(!restore_leftover(stderr) && !setting_read(RATIO, now) && !strcmp(now, before) &&
		   !setting_read(BYTES, now) && !strcmp(now, "0"),
	   "both are put back");
	snprintf(clear, sizeof(clear), "rm -r %.60s", dir);
	ok(!system(clear), "cleared away"); /* NOLINT(cert-env33-c): the path is ours */
}

int main(void)
{
	test_task();
	test_daemon();
	test_hostile();
	test_pair();
	return done_testing();
}
