/* SPDX-License-Identifier: MIT */
/*
 * How late a sleeper wakes: nobody sends anything, a time comes. It is what cyclictest(8) measures,
 * and the floor of every paced row whose initiator sleeps. Absolute times, and a timer slack of 1
 * ns as all sides have, unless another is asked for (prctl(2), PR_SET_TIMERSLACK; timers of a
 * descriptor have none, nor has a task of a real-time class).
 */
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "bench/measure/fd_wait.h"
#include "bench/measure/ipc_loops.h"

static inline struct timespec time_of(uint64_t ns)
{
	return (struct timespec){(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
}

static inline int sleep_arm(struct ipc_end *end, uint64_t due_ns)
{
	*(struct timespec *)end->own = time_of(due_ns);
	return 0;
}

static inline ssize_t sleep_until(struct ipc_end *end, void *buf, size_t len)
{
	int err = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, end->own, NULL);

	return err ? -err : (ssize_t)len;
}

static inline int timerfd_arm(struct ipc_end *end, uint64_t due_ns)
{
	struct itimerspec at = {.it_value = time_of(due_ns)};

	return timerfd_settime(end->fd[IPC_IN], TFD_TIMER_ABSTIME, &at, NULL) ? -errno : 0;
}

static inline ssize_t timerfd_take(struct ipc_end *end, void *buf, size_t len)
{
	uint64_t times;

	return read(end->fd[IPC_IN], &times, sizeof(times)) < 0 ? -errno : (ssize_t)len;
}

static inline ssize_t no_send(struct ipc_end *end, const void *buf, size_t len)
{
	return (ssize_t)len;
}

static const struct ipc_ops sleep_ops = {.arm = sleep_arm, .send = no_send, .recv = sleep_until};
static const struct ipc_ops timerfd_ops = {
	.arm = timerfd_arm, .send = no_send, .recv = timerfd_take};

/* Calls: one sleeps; one sets the timer and one reads it, and in between one asks. */
static const struct ipc_wait sleep_block = {.name = "block", .calls = 1};
static const struct ipc_wait timer_poll = {
	.name = "poll", .setup = fd_nonblock_setup, .before = fd_poll_before, .calls = 3};
static const struct ipc_wait timer_epoll = {
	.name = "epoll",
	.setup = fd_epoll_setup,
	.teardown = fd_epoll_teardown,
	.before = fd_epoll_before,
	.calls = 3,
};

IPC_LOOPS(sleep_ops, sleep_block);
IPC_LOOPS(timerfd_ops, fd_block);
IPC_LOOPS(timerfd_ops, timer_poll);
IPC_LOOPS(timerfd_ops, timer_epoll);

static const struct ipc_mode sleep_modes[] = {IPC_MODE(sleep_ops, sleep_block)};
static const struct ipc_mode timerfd_modes[] = {
	IPC_MODE(timerfd_ops, fd_block),
	IPC_MODE(timerfd_ops, timer_poll),
	IPC_MODE(timerfd_ops, timer_epoll),
};

static const struct bench_option timer_options[] = {
	{"slack", "ns of timer slack, which a login has 50000 of; 1", 1000000000},
	{.name = NULL},
};

static int set_slack(struct ipc_link *link)
{
	return link->opt[0] && prctl(PR_SET_TIMERSLACK, link->opt[0], 0, 0, 0) ? -errno : 0;
}

static int sleep_attach(struct ipc_link *link, struct ipc_end *end)
{
	int err = set_slack(link);

	if (err)
		return err;
	end->own = calloc(1, sizeof(struct timespec));
	return end->own ? 0 : -ENOMEM;
}

static void sleep_detach(struct ipc_end *end)
{
	free(end->own);
	end->own = NULL;
}

/* A timer has no other end: both directions are it, so that the wait modes find two. */
static int timerfd_attach(struct ipc_link *link, struct ipc_end *end)
{
	int err = set_slack(link);

	if (err)
		return err;
	end->fd[IPC_IN] = end->fd[IPC_OUT] = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	return end->fd[IPC_IN] < 0 ? -errno : 0;
}

static void timerfd_detach(struct ipc_end *end)
{
	close(end->fd[IPC_IN]);
}

static const struct ipc_family sleep_family = {
	.detach = sleep_detach, .modes = sleep_modes, .n_modes = 1};
static const struct ipc_family timerfd_family = {
	.detach = timerfd_detach, .modes = timerfd_modes, .n_modes = 3};

static const struct ipc_variant timer_variants[] = {
	{.name = "nanosleep",
	 .summary = "clock_nanosleep: how late it returns",
	 .flags = IPC_FLOOR | IPC_TIMES_SETUP,
	 .options = timer_options,
	 .attach = sleep_attach},
	{.name = "timerfd",
	 .summary = "timerfd: how late it is readable",
	 .family = &timerfd_family,
	 .options = timer_options,
	 .flags = IPC_FLOOR | IPC_TIMES_SETUP,
	 .attach = timerfd_attach},
};
IPC_MECHANISM(timer, &sleep_family);
