/* SPDX-License-Identifier: MIT */
/* Signals are waited for, not handled: none can come between a check and a wait. */
#include "bench/command/child.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "bench/base/clock.h"
#include "bench/base/signals.h"
#include "bench/program/to_row.h"

#define GRACE_NS (5 * SECOND_NS) /* from SIGTERM to SIGKILL */

int children_begin(struct children *c)
{
	ssize_t n = readlink("/proc/self/exe", c->beside, sizeof(c->beside) - 1);
	char *slash;

	if (n < 0)
		return -errno;
	c->beside[n] = '\0';
	slash = strrchr(c->beside, '/');
	if (slash)
		*slash = '\0';
	signals_begin(&c->caught);
	sigaddset(&c->caught, SIGCHLD);
	sigprocmask(SIG_BLOCK, &c->caught, &c->mask);
	return sched_getaffinity(0, sizeof(c->cpus), c->cpus) ? -errno : 0;
}

/*
 * The child's side of child_run(): never returns. It has our memory until it is another program, so
 * it leaves no trace there.
 */
static void become(const struct children *c, const char *path, char **argv, int out, int err,
		   pid_t parent)
{
	/* It ends with us, cleanly; a terminal's Ctrl-C goes to us alone, and we pass it on. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	setpgid(0, 0);
	if (getppid() != parent)
		_exit(EX_SOFTWARE);
	signals_reset();
	sigprocmask(SIG_SETMASK, &c->mask, NULL);
	/*
	 * tuned takes the CPUs that it isolates out of the mask of every process, ours too. What a
	 * cpuset forbids stays forbidden: then the child says which CPU it lacks.
	 */
	sched_setaffinity(0, sizeof(c->cpus), c->cpus);
	if (dup2(out, STDOUT_FILENO) >= 0 && dup2(err, STDERR_FILENO) >= 0)
		execv(path, argv);
	dprintf(err, "%s: %s\n", path, strerror(errno));
	_exit(127);
}

bool child_interrupted(struct children *c, uint64_t until_ns)
{
	uint64_t now;

	while (!c->interrupted && (now = clock_system_now_ns()) < until_ns) {
		struct timespec t = {(time_t)((until_ns - now) / SECOND_NS),
				     (long)((until_ns - now) % SECOND_NS)};
		int sig = sigtimedwait(&c->caught, NULL, &t);

		c->interrupted = sig > 0 && sig != SIGCHLD;
	}
	return c->interrupted;
}

int child_start(struct children *c, const char *path, char **argv, int out, int err, pid_t *ret)
{
	pid_t parent = getpid(), pid;
	char started[24];

	fflush(NULL);
	snprintf(started, sizeof(started), "%llu", (unsigned long long)clock_system_now_ns());
	if (setenv(CHILD_STARTED, started, 1))
		return -errno;
	/*
	 * Not fork(2), which would copy the page tables of our rows: milliseconds, with every
	 * invocation. Not posix_spawn(3), which knows no PR_SET_PDEATHSIG.
	 */
	pid = vfork(); /* NOLINT(clang-analyzer-security.insecureAPI.vfork) */
	if (pid < 0)
		return -errno;
	if (!pid) /* NOLINTNEXTLINE(clang-analyzer-unix.Vfork): it leaves no trace */
		become(c, path, argv, out, err, parent);
	*ret = pid;
	return 0;
}

int child_wait(struct children *c, pid_t pid, uint64_t limit_ns, int *status)
{
	uint64_t until = clock_system_now_ns() + limit_ns;
	int why = 0;

	while (waitpid(pid, status, WNOHANG) == 0) {
		uint64_t now = clock_system_now_ns(), left = until > now ? until - now : 0;
		struct timespec t = {(time_t)(left / SECOND_NS), (long)(left % SECOND_NS)};
		int sig = sigtimedwait(&c->caught, NULL, &t);

		if (sig > 0 && sig != SIGCHLD) {
			c->interrupted = true;
			why = -EINTR;
		} else if (sig == SIGCHLD || errno == EINTR) {
			continue;
		} else if (clock_system_now_ns() >= until) {
			if (why)
				kill(pid, SIGKILL);
			why = why ? why : -ETIMEDOUT;
		}
		kill(pid, SIGTERM);
		until = clock_system_now_ns() + GRACE_NS;
	}
	return why;
}

bool child_ended(pid_t pid)
{
	siginfo_t info = {.si_pid = 0};

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) || info.si_pid == pid;
}

int child_run(struct children *c, const char *path, char **argv, int out, int err,
	      uint64_t limit_ns, int *status)
{
	pid_t pid = 0;
	int failed = child_start(c, path, argv, out, err, &pid);

	return failed ? failed : child_wait(c, pid, limit_ns, status);
}
