/* SPDX-License-Identifier: MIT */
/* Starting, watching and ending the members of a measurement. */
#include "bench/measure/crew.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/base/clock.h"
#include "bench/base/signals.h"
#include "bench/base/tree.h"
#include "bench/machine/limits.h"
#include "bench/machine/memory.h"
#include "bench/machine/placement.h"

struct crew_shared {
	_Atomic unsigned arrived[CREW_MEETINGS]; /* members at each meeting */
	struct crew_member member[CREW_MAX];
};

/* Handed to a thread of a crew. */
struct crew_thread {
	struct crew *crew;
	unsigned member;
};

#define DYING_MS 50 /* that a side may take to end after its peer has noticed */

static volatile sig_atomic_t interrupted;

struct crew_member *crew_member(struct crew *crew, unsigned m)
{
	return &crew->shared->member[m];
}

bool crew_met(const struct crew *crew, unsigned meeting)
{
	return atomic_load(&crew->shared->arrived[meeting]) == crew->n;
}

/* Off the timed path; yields, because several members may share a PU. */
void crew_meet(struct crew *crew, unsigned meeting)
{
	atomic_fetch_add(&crew->shared->arrived[meeting], 1);
	while (!crew_met(crew, meeting))
		sched_yield();
}

int crew_fail(struct crew *crew, unsigned member, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(crew_member(crew, member)->reason, CREW_REASON, fmt, args);
	va_end(args);
	return err;
}

__attribute__((format(printf, 3, 4))) static int fail(char *reason, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, CREW_REASON, fmt, args);
	va_end(args);
	return err;
}

/* Why a member may not have the class and nice value that it is to have. */
static int explain_sched(struct crew *crew, unsigned member, int err)
{
	const struct scheduling *want = &crew->sched;
	char name[SCHEDULING_NAME], own[SCHEDULING_NAME];
	struct scheduling found;

	scheduling_name(want, name);
	if (scheduling_is_realtime(want))
		return crew_fail(crew, member, err,
				 "class %s refused: %s, needs CAP_SYS_NICE or ulimit -r %d", name,
				 strerror(-err), want->priority);
	if (scheduling_get(0, &found) || (!found.nice && found.policy == SCHED_OTHER))
		return crew_fail(crew, member, err,
				 "nice value %d refused: %s, needs CAP_SYS_NICE or ulimit -e %d",
				 want->nice, limits_explain(err), 20 - want->nice);
	scheduling_name(&found, own);
	return crew_fail(crew, member, err,
			 "%s refused: %s was inherited, needs CAP_SYS_NICE or ulimit -e %d; "
			 "--inherit measures so",
			 name, own, 20 - want->nice);
}

/*
 * A member has what was asked for, never what its driver has. One of a real-time class that never
 * blocks would own its PU: the kernel kills it after the watchdog's time.
 */
static int apply_sched(struct crew *crew, unsigned member)
{
	int err;

	if (scheduling_is_realtime(&crew->sched)) {
		rlim_t us = crew->timeout_ns / 1000;
		struct rlimit limit = {us, us};

		setrlimit(RLIMIT_RTTIME, &limit);
	}
	err = scheduling_set(0, &crew->sched);
	if (err)
		return explain_sched(crew, member, err);
	if (crew->lock_memory && mlockall(MCL_CURRENT | MCL_FUTURE))
		return crew_fail(crew, member, -errno,
				 "memory cannot be locked: %s, needs CAP_IPC_LOCK or ulimit -l "
				 "unlimited",
				 limits_explain(-errno));
	return 0;
}

/*
 * The driver stands above real-time members and load: it starts and ends them on time, also on
 * their PUs. Where it may not, or there is nothing above them, it has what the kernel keeps from
 * them: see crew_leaves_cpu(). Returns what it had.
 */
static struct scheduling stand_above(const struct crew *crew)
{
	int highest = crew->sched.priority > crew->load_priority ? crew->sched.priority
								 : crew->load_priority;
	struct scheduling above = {.policy = SCHED_FIFO, .priority = highest + 1}, own = {0};

	scheduling_get(0, &own);
	if (highest && above.priority <= sched_get_priority_max(SCHED_FIFO))
		scheduling_set(0, &above);
	return own;
}

static int bind_member(struct crew *crew, unsigned member)
{
	int err;

	if (!crew->pus) {
		err = placement_bind_node(crew->topology, crew->node);
		return err ? crew_fail(crew, member, err, "cannot bind to node %u: %s", crew->node,
				       limits_explain(err))
			   : 0;
	}
	err = placement_bind_self(crew->topology, crew->pus[member]);
	return err ? crew_fail(crew, member, err, "cannot pin to CPU %u: %s", crew->pus[member],
			       limits_explain(err))
		   : 0;
}

/*
 * The numbers by which the driver knows this thread: /proc is the driver's, also where this is the
 * first process of a namespace of its own.
 */
static void find_numbers(struct crew_member *m)
{
	char link[64];
	ssize_t n = readlink("/proc/thread-self", link, sizeof(link) - 1);

	link[n > 0 ? n : 0] = '\0';
	if (sscanf(link, "%d/task/%d", &m->pid, &m->tid) == 2)
		return;
	m->pid = getpid();
	m->tid = (pid_t)syscall(SYS_gettid);
}

/* One member from its first instruction to its last, in whatever it is: process or thread. */
static void member_run(struct crew *crew, unsigned member)
{
	struct crew_member *m = crew_member(crew, member);
	char tracer[16];
	int err = 0;

	find_numbers(m);
	if (crew->apart)
		err = apart_enter(crew->apart, member, m->reason);
	/* prctl(2): timers of a sleeping initiator are late by up to 50 us otherwise */
	prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
	if (!err)
		err = bind_member(crew, member);
	if (!err)
		err = apply_sched(crew, member);
	if (!err)
		err = crew->work(crew, member);
	if (!err && crew->pus) {
		err = placement_check_self(crew->pus[member]);
		if (err)
			crew_fail(crew, member, err, "ran elsewhere than on CPU %u",
				  crew->pus[member]);
	}
	m->where = crew->apart ? apart_where(crew->apart) : 0;
	m->cpu_seen = (unsigned)sched_getcpu();
	scheduling_get(0, &m->sched);
	m->traced = !tree_read_key("", "/proc/thread-self/status", "TracerPid", tracer,
				   sizeof(tracer)) &&
		    strcmp(tracer, "0") != 0;
	m->err = err;
	m->ended = true;
}

static void *thread_main(void *arg)
{
	struct crew_thread *t = arg;

	member_run(t->crew, t->member);
	if (crew_member(t->crew, t->member)->err)
		_exit(1);
	return NULL;
}

/* The process that all members of a threaded crew share; 0 or an exit status. */
static int threads_main(struct crew *crew)
{
	static struct crew_thread arg[CREW_MAX];
	static pthread_t thread[CREW_MAX];

	for (unsigned m = 0; m < crew->n; m++) {
		arg[m] = (struct crew_thread){.crew = crew, .member = m};
		int err = pthread_create(&thread[m], NULL, thread_main, &arg[m]);

		if (err) {
			crew_member(crew, m)->err =
				crew_fail(crew, m, -err, "no new thread: %s", limits_explain(-err));
			return 1;
		}
	}
	for (unsigned m = 0; m < crew->n; m++)
		pthread_join(thread[m], NULL);
	return 0;
}

/* In a namespace of its own a process has no parent that it could name (pid_namespaces(7)). */
static bool is_child_of(pid_t driver)
{
	char text[16];

	if (getppid())
		return getppid() == driver;
	return tree_read_key("", "/proc/self/status", "PPid", text, sizeof(text)) ||
	       atoi(text) == driver;
}

/*
 * A child dies with its driver, whatever kills that, and takes no signal meant for the driver. The
 * real-time signals stay blocked in all its threads: one that is sent to the process goes to whom
 * waits for it, or would kill it (sigwaitinfo(2), signal(7)).
 */
static void child_main(struct crew *crew, unsigned child, pid_t driver)
{
	sigset_t realtime;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!is_child_of(driver))
		_exit(1);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	sigemptyset(&realtime);
	for (int sig = SIGRTMIN; sig <= SIGRTMAX; sig++)
		sigaddset(&realtime, sig);
	sigprocmask(SIG_SETMASK, &realtime, NULL);
	memory_prefault_code();
	if (crew->threads)
		_exit(threads_main(crew));
	member_run(crew, child);
	_exit(crew_member(crew, child)->err ? 1 : 0);
}

static void kill_all(struct crew *crew)
{
	for (unsigned i = 0; i < CREW_MAX; i++) {
		if (!crew->pids[i])
			continue;
		kill(crew->pids[i], SIGKILL);
		while (waitpid(crew->pids[i], NULL, 0) < 0 && errno == EINTR)
			;
		crew->pids[i] = 0;
	}
}

static int start_all(struct crew *crew, char *reason)
{
	unsigned children = crew->threads ? 1 : crew->n;
	pid_t driver = getpid();

	fflush(NULL);
	for (unsigned i = 0; i < children; i++) {
		pid_t pid = crew->apart ? apart_fork(crew->apart) : fork();

		if (pid < 0)
			return fail(reason, -errno, "no new process: %s", limits_explain(-errno));
		if (pid == 0)
			child_main(crew, i, driver);
		crew->pids[i] = pid;
	}
	return 0;
}

bool crew_is_throttled(const char *root)
{
	return scheduling_is_throttled(root) || scheduling_fair_server_pct(root) > 0;
}

int crew_leaves_cpu(const struct topology *t, const struct scheduling *s, const unsigned *pus,
		    unsigned n, char *reason)
{
	unsigned used = 0;

	if (!scheduling_is_realtime(s) || crew_is_throttled(""))
		return 0;
	for (unsigned i = 0; i < n; i++) {
		unsigned before = 0;

		while (pus && before < i && pus[before] != pus[i])
			before++;
		used += !pus || before == i;
	}
	if (used < topology_allowed_count(t))
		return 0;
	return fail(
		reason, -EPERM,
		"real-time processes may have all of the time here and would leave no CPU: sysctl "
		"kernel.sched_rt_runtime_us=950000");
}

/* First member that says why, or any that failed. */
static int member_error(struct crew *crew, char *reason)
{
	int err = 0;

	for (unsigned m = 0; m < crew->n; m++) {
		const struct crew_member *member = crew_member(crew, m);

		if (!member->err)
			continue;
		/* the peer of one that failed only sees the connection end */
		if (!err || err == -ECONNRESET || err == -EPIPE) {
			err = member->err;
			if (member->reason[0])
				fail(reason, 0, "%s", member->reason);
			else
				fail(reason, 0, "member %u: %s", m, limits_explain(err));
		}
	}
	return err;
}

/* The first that failed, or the first that was killed, which explains the failures of its peers. */
struct casualty {
	int member; /* -1 = none */
	int status; /* what waitpid(2) says of it */
};

/*
 * Members were stopped by a signal, or go on. Where the driver was stopped with them it saw no
 * beginning: it was after the last look.
 */
static void note_stop(struct crew *crew, bool stopped)
{
	uint64_t now = clock_system_now_ns(), since = crew->stopped_at_ns;

	if (stopped) {
		crew->stopped_at_ns = since ? since : now;
		return;
	}
	since = since ? since : crew->awake_ns;
	if (now - since > crew->stood_ns)
		crew->stood_ns = now - since;
	crew->stopped_at_ns = 0;
}

/* Reaps what has ended now; `*left` counts the others. */
static void reap_now(struct crew *crew, unsigned *left, struct casualty *c)
{
	*left = 0;
	for (unsigned i = 0; i < CREW_MAX; i++) {
		int status;

		if (!crew->pids[i])
			continue;
		if (waitpid(crew->pids[i], &status, WNOHANG | WUNTRACED | WCONTINUED) == 0) {
			(*left)++;
			continue;
		}
		if (WIFSTOPPED(status) || WIFCONTINUED(status)) {
			note_stop(crew, WIFSTOPPED(status));
			(*left)++;
			continue;
		}
		crew->pids[i] = 0;
		if (WIFEXITED(status) && !WEXITSTATUS(status))
			continue;
		if (c->member < 0 || !WIFSIGNALED(c->status))
			*c = (struct casualty){(int)i, status};
	}
}

/*
 * Reaps what has ended; -ECHILD or a member's error when one failed, else 0. One that was killed is
 * the reason, whatever its peer says of the end of the connection; but its descriptors are closed
 * before it can be waited for, so the peer may be the first: the others get a moment.
 */
static int reap(struct crew *crew, unsigned *left, char *reason)
{
	struct casualty c = {.member = -1};
	int err;

	reap_now(crew, left, &c);
	if (c.member < 0)
		return 0;
	for (int ms = 0; *left && ms < DYING_MS && !WIFSIGNALED(c.status); ms++) {
		usleep(1000);
		reap_now(crew, left, &c);
	}
	err = WIFSIGNALED(c.status) ? 0 : member_error(crew, reason);
	if (err)
		return err;
	return fail(reason, -ECHILD, "member %d died: %s", c.member,
		    WIFSIGNALED(c.status) ? limits_explain_signal(WTERMSIG(c.status)) : "exit");
}

/*
 * Ctrl-Z: the terminal stops the members; the driver stops itself, so that it knows for how long.
 */
static void stop_with_members(struct crew *crew)
{
	crew->stopped_at_ns = clock_system_now_ns();
	raise(SIGSTOP);
	note_stop(crew, false);
}

/*
 * Waits for what is watched, or for a signal, which it leaves to be taken; no longer than *ts, then
 * 0.
 */
static void wait_watched(struct crew *crew, const sigset_t *signals, struct timespec *ts)
{
	struct pollfd either[] = {*crew->watched,
				  {.fd = signalfd(-1, signals, SFD_CLOEXEC), .events = POLLIN}};

	ppoll(either, 2, ts, NULL);
	*ts = (struct timespec){0, 0};
	if (either[1].fd >= 0)
		close(either[1].fd);
}

/*
 * Waits for a child, a signal to the driver, what is watched, or `until` (ns); true when the user
 * interrupts.
 */
static bool wait_event(struct crew *crew, const sigset_t *signals, uint64_t until)
{
	uint64_t now = clock_system_now_ns(), wait = until > now ? until - now : 0;
	struct timespec ts = {(time_t)(wait / 1000000000u), (long)(wait % 1000000000u)};
	int sig;

	if (crew->watched)
		wait_watched(crew, signals, &ts);
	sig = sigtimedwait(signals, NULL, &ts);
	if (sig == SIGTSTP)
		stop_with_members(crew);
	else if (sig > 0 && sig != SIGCHLD)
		interrupted = 1;
	return interrupted;
}

/* What tick has seen ends all; but a member that is ending because of it may know more. */
static int end_early(struct crew *crew, char *reason)
{
	unsigned left;
	int err;

	usleep(DYING_MS * 1000);
	err = reap(crew, &left, reason);
	return err ? err : fail(reason, crew->failed, "%s", crew->why);
}

static int watch(struct crew *crew, const sigset_t *signals, char *reason)
{
	uint64_t end = clock_system_now_ns() + crew->timeout_ns;
	unsigned left;
	int err;

	for (;;) {
		uint64_t now = clock_system_now_ns(), next = end, tick;

		err = reap(crew, &left, reason);
		if (err || !left)
			return err;
		if (now >= end)
			return fail(reason, -ETIMEDOUT,
				    "no end within %.1f s: stopped by the watchdog",
				    (double)crew->timeout_ns / 1e9);
		if (crew->tick) {
			tick = crew->tick(crew, now);
			next = tick < end ? tick : end;
			if (crew->failed)
				return end_early(crew, reason);
		}
		crew->awake_ns = clock_system_now_ns();
		if (wait_event(crew, signals, next))
			return fail(reason, -EINTR, "interrupted");
	}
}

/* Whether all members were where they belong. */
static int check_apart(struct crew *crew, char *reason)
{
	for (unsigned m = 1; crew->apart && m < crew->n; m++)
		if (!apart_were(crew->apart, crew_member(crew, m - 1)->where,
				crew_member(crew, m)->where))
			return fail(reason, -EXDEV, "sides %u and %u were not apart", m - 1, m);
	return 0;
}

/*
 * SIGCHLD and the signals that ask to end stay blocked in the driver and are taken by
 * sigtimedwait(2) alone: no handler, and no moment in which one could be lost.
 */
int crew_run(struct crew *crew, struct crew_member *members, char *reason)
{
	struct scheduling own;
	sigset_t signals, before;
	int err;

	reason[0] = '\0';
	err = crew_leaves_cpu(crew->topology, &crew->sched, crew->pus, crew->n, reason);
	if (err)
		return err;
	memset(crew->pids, 0, sizeof(crew->pids));
	crew->stood_ns = crew->stopped_at_ns = 0;
	crew->awake_ns = clock_system_now_ns();
	crew->shared = mmap(NULL, sizeof(*crew->shared), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (crew->shared == MAP_FAILED)
		return fail(reason, -errno, "no shared memory: %s", limits_explain(-errno));
	signals_begin(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGTSTP);
	sigprocmask(SIG_BLOCK, &signals, &before);
	placement_bind_others(crew->topology, crew->pus, crew->pus ? crew->n : 0);
	own = stand_above(crew);
	err = start_all(crew, reason);
	if (crew->started)
		crew->started(crew);
	if (!err)
		err = watch(crew, &signals, reason);
	kill_all(crew);
	scheduling_set(0, &own);
	if (!err)
		err = check_apart(crew, reason);
	memcpy(members, crew->shared->member, crew->n * sizeof(*members));
	munmap(crew->shared, sizeof(*crew->shared));
	crew->shared = NULL;
	sigprocmask(SIG_SETMASK, &before, NULL);
	return err;
}
