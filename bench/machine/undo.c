/* SPDX-License-Identifier: MIT */
/* Ending a daemon of ours, scheduling of threads, the system's own service. */
#include "bench/machine/undo.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/base/tree.h"
#include "bench/machine/scheduling.h"

#define SERVICE "tuned"	   /* the only one that a journal may start */
#define PATIENCE_MS 10000  /* for a daemon to undo its work after SIGTERM */
#define AFTER_KILL_MS 5000 /* for the kernel to end it after SIGKILL */
#define WORDS_OF_MASK (sizeof(cpu_set_t) / sizeof(unsigned long))

static int complain(FILE *words, const char *key, const char *what)
{
	if (words)
		fprintf(words, "%s: not restored: %s\n", key, what);
	return 1;
}

unsigned long long undo_start_time(pid_t pid, pid_t tid)
{
	char text[1024], *at;

	if (tree_read("", text, sizeof(text), "/proc/%d/task/%d/stat", pid, tid) < 0)
		return 0;
	at = strrchr(text, ')'); /* the name may hold anything */
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	return at ? strtoull(at, NULL, 10) : 0;
}

int undo_read_task(pid_t pid, pid_t tid, char *value, size_t size)
{
	unsigned long long start = undo_start_time(pid, tid);
	unsigned long mask[WORDS_OF_MASK];
	struct scheduling a;
	size_t top = WORDS_OF_MASK;
	cpu_set_t cpus;
	int n;

	CPU_ZERO(&cpus);
	if (!start || scheduling_get(tid, &a))
		return -ENOENT;
	if (a.policy == SCHED_DEADLINE)
		return -EOPNOTSUPP;
	if (sched_getaffinity(tid, sizeof(cpus), &cpus))
		return -errno;
	memcpy(mask, &cpus, sizeof(mask));
	while (top > 1 && !mask[top - 1])
		top--;
	n = snprintf(value, size, "%llu %d %d %d ", start, a.policy, a.nice, a.priority);
	while (top-- && (size_t)n < size)
		n += snprintf(value + n, size - (size_t)n, "%016lx", mask[top]);
	return (size_t)n < size ? 0 : -E2BIG;
}

/* The mask that undo_read_task() wrote. */
static void parse_mask(const char *text, cpu_set_t *cpus)
{
	unsigned long mask[WORDS_OF_MASK] = {0};
	size_t n = strlen(text) / 16;

	for (size_t i = 0; i < n && i < WORDS_OF_MASK; i++) {
		char word[17] = "";

		memcpy(word, text + 16 * (n - 1 - i), 16);
		mask[i] = strtoul(word, NULL, 16);
	}
	memcpy(cpus, mask, sizeof(mask));
}

static int undo_task(const char *key, const char *value, FILE *words)
{
	struct scheduling a = {.slice_ns = 0};
	unsigned long long start;
	char mask[1024], now[1024];
	int pid, tid, err;
	cpu_set_t cpus;

	if (sscanf(key, "task %d/%d", &pid, &tid) != 2 || tid <= 0 ||
	    sscanf(value, "%llu %d %d %d %1023s", &start, &a.policy, &a.nice, &a.priority, mask) !=
		    5)
		return complain(words, key, "not a line of ours");
	if (undo_start_time(pid, tid) != start || undo_read_task(pid, tid, now, sizeof(now)) ||
	    !strcmp(now, value))
		return 0;
	parse_mask(mask, &cpus);
	err = scheduling_set(tid, &a);
	if (!err && sched_setaffinity(tid, sizeof(cpus), &cpus))
		err = -errno;
	return !err || err == -ESRCH ? 0 : complain(words, key, strerror(-err));
}

/* A process group of ours: time to undo its work first, then none. */
static int undo_daemon(const char *key, const char *value, FILE *words)
{
	int pid = atoi(key + strlen("daemon ")), left;
	struct pollfd ended = {.events = POLLIN};

	if (pid <= 1)
		return complain(words, key, "not a line of ours");
	ended.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (ended.fd < 0)
		return errno == ESRCH ? 0 : complain(words, key, strerror(errno));
	/* From here on the number cannot pass to another process unseen. */
	if (undo_start_time(pid, pid) != strtoull(value, NULL, 10)) {
		close(ended.fd);
		return 0;
	}
	syscall(SYS_pidfd_send_signal, ended.fd, SIGTERM, NULL, 0);
	if (poll(&ended, 1, PATIENCE_MS) == 0) {
		kill(-pid, SIGKILL);
		syscall(SYS_pidfd_send_signal, ended.fd, SIGKILL, NULL, 0);
		poll(&ended, 1, AFTER_KILL_MS);
	}
	left = poll(&ended, 1, 0) == 1 ? 0 : complain(words, key, "it does not end");
	close(ended.fd);
	return left;
}

int undo_systemctl(const char *verb)
{
	/*
	 * Who needs it (tuned-ppd) is not stopped with it, because nobody would start that again.
	 */
	char *alone = strcmp(verb, "stop") ? NULL : "--job-mode=ignore-dependencies";
	char *argv[] = {"systemctl", "--quiet", (char *)verb, SERVICE, alone, NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none;
	pid_t pid;
	int status = -1, err;

	sigemptyset(&none);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", 1, 0);
	posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", 1, 0);
	err = posix_spawnp(&pid, argv[0], &files, &attributes, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	if (err)
		return -err;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status ? -EIO : 0;
}

static bool is_our_service(const char *key)
{
	return !strcmp(key, "service " SERVICE);
}

void undo_end_service(const char *key)
{
	if (is_our_service(key) && !undo_systemctl("is-active"))
		undo_systemctl("stop");
}

/*
 * A restart, so that those who need it and were left are restarted, too: they know the one before.
 * One that could not even be stopped is at work as it was.
 */
static int undo_service(const char *key, FILE *words)
{
	if (!is_our_service(key))
		return complain(words, key, "not a line of ours");
	if (!undo_systemctl("restart") || !undo_systemctl("is-active"))
		return 0;
	return complain(words, key, "systemctl restart " SERVICE " failed");
}

int undo_is(const char *key, const char *kind)
{
	size_t n = strlen(kind);

	return !strncmp(key, kind, n) && key[n] == ' ';
}

int undo(const char *key, const char *value, FILE *words)
{
	if (undo_is(key, "daemon"))
		return undo_daemon(key, value, words);
	if (undo_is(key, "task"))
		return undo_task(key, value, words);
	if (undo_is(key, "service"))
		return undo_service(key, words);
	return complain(words, key, "not a line of ours");
}
