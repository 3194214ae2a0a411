/* SPDX-License-Identifier: MIT */
/*
 * Real-time signals (signal(7)), one number per direction, blocked and waited for: no handler runs.
 * They go to one process, never to a group; between threads to the one thread
 * (pthread_sigqueue(3)), except by pidfd, which knows processes only: there the number says which
 * thread is meant.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/measure/fd_wait.h"
#include "bench/measure/ipc_loops.h"

#define VALUE 0x484f /* what each carries */

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434 /* since Linux 5.3 the same on every architecture */
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424 /* likewise, Linux 5.1 */
#endif

/* In memory of both sides. */
struct signal_ids {
	_Atomic unsigned pid[2], tid[2]; /* of each side; 0 = not there yet */
};

struct signal_side {
	sigset_t in;	/* the number that this side waits for */
	siginfo_t out;	/* the number that it sends, and all else that the kernel wants to know */
	pid_t pid, tid; /* of the peer */
	int pidfd;	/* likewise */
	bool thread;	/* the peer is a thread of this process */
};

static inline int signal_error(void)
{
	return errno == ESRCH ? -ECONNRESET : -errno; /* the peer is dead */
}

/* The call that sigqueue(3) makes, without the getpid() and getuid() that glibc adds each time. */
static inline ssize_t signal_queue(struct ipc_end *end, const void *buf, size_t len)
{
	struct signal_side *own = end->own;
	long err;

	if (own->thread)
		err = syscall(SYS_rt_tgsigqueueinfo, own->pid, own->tid, own->out.si_signo,
			      &own->out);
	else
		err = syscall(SYS_rt_sigqueueinfo, own->pid, own->out.si_signo, &own->out);
	return err ? signal_error() : (ssize_t)len;
}

static inline ssize_t signal_pidfd(struct ipc_end *end, const void *buf, size_t len)
{
	const struct signal_side *own = end->own;

	return syscall(SYS_pidfd_send_signal, own->pidfd, own->out.si_signo, NULL, 0)
		       ? signal_error()
		       : (ssize_t)len;
}

/* Somebody else's signal of that number is not the peer's. */
static inline ssize_t signal_wait(struct ipc_end *end, void *buf, size_t len)
{
	const struct signal_side *own = end->own;
	siginfo_t info;

	if (sigwaitinfo(&own->in, &info) < 0)
		return -errno;
	return info.si_pid == own->pid ? (ssize_t)len : -EAGAIN;
}

static inline ssize_t signal_read(struct ipc_end *end, void *buf, size_t len)
{
	const struct signal_side *own = end->own;
	struct signalfd_siginfo info;

	if (read(end->fd[IPC_IN], &info, sizeof(info)) < 0)
		return -errno;
	return (pid_t)info.ssi_pid == own->pid ? (ssize_t)len : -EAGAIN;
}

/* A descriptor of signals can be asked for what came, not for whether one may be sent. */
static inline int signal_poll_before(struct ipc_end *end, enum ipc_dir dir)
{
	return dir == IPC_IN ? fd_poll_before(end, dir) : 0;
}

static inline int signal_epoll_before(struct ipc_end *end, enum ipc_dir dir)
{
	return dir == IPC_IN ? fd_epoll_before(end, dir) : 0;
}

static const struct ipc_ops queue_ops = {
	.trips_only = true, .send = signal_queue, .recv = signal_wait};
static const struct ipc_ops pidfd_ops = {
	.trips_only = true, .send = signal_pidfd, .recv = signal_wait};
static const struct ipc_ops signalfd_ops = {
	.trips_only = true, .send = signal_queue, .recv = signal_read};
static const struct ipc_wait signal_poll = {
	.name = "poll", .setup = fd_nonblock_setup, .before = signal_poll_before, .calls = 3};
static const struct ipc_wait signal_epoll = {
	.name = "epoll",
	.setup = fd_epoll_setup,
	.teardown = fd_epoll_teardown,
	.before = signal_epoll_before,
	.calls = 3,
};

IPC_LOOPS(queue_ops, fd_block);
IPC_LOOPS(pidfd_ops, fd_block);
IPC_LOOPS(signalfd_ops, fd_block);
IPC_LOOPS(signalfd_ops, signal_poll);
IPC_LOOPS(signalfd_ops, signal_epoll);

static const struct ipc_mode queue_modes[] = {IPC_MODE(queue_ops, fd_block)};
static const struct ipc_mode pidfd_modes[] = {IPC_MODE(pidfd_ops, fd_block)};
static const struct ipc_mode signalfd_modes[] = {
	IPC_MODE(signalfd_ops, fd_block),
	IPC_MODE(signalfd_ops, signal_poll),
	IPC_MODE(signalfd_ops, signal_epoll),
};

static int signal_open(struct ipc_link *link)
{
	int err = ipc_check_signals(link);

	return err ? err : memory_map(sizeof(struct signal_ids), PAGES_BASE, &link->memory);
}

static void signal_close(struct ipc_link *link)
{
	memory_unmap(link->memory, sizeof(struct signal_ids), PAGES_BASE);
	link->memory = NULL;
}

/* The numbers are blocked in every thread of a side (bench/measure/crew.c). */
static int signal_attach(struct ipc_link *link, struct ipc_end *end)
{
	struct signal_side *own = calloc(1, sizeof(*own));
	struct signal_ids *ids = link->memory;

	end->own = own;
	if (!own)
		return -ENOMEM;
	own->thread = link->threads;
	own->pidfd = -1;
	sigemptyset(&own->in);
	sigaddset(&own->in, SIGRTMIN + 1 + (int)end->side);
	own->out.si_signo = SIGRTMIN + 1 + !end->side;
	own->out.si_code = SI_QUEUE;
	own->out.si_pid = getpid();
	own->out.si_uid = getuid();
	own->out.si_value.sival_int = VALUE;
	atomic_store(&ids->tid[end->side], (unsigned)syscall(SYS_gettid));
	atomic_store(&ids->pid[end->side], (unsigned)getpid());
	own->pid = (pid_t)ipc_await(&ids->pid[!end->side]);
	own->tid = (pid_t)ipc_await(&ids->tid[!end->side]);
	return 0;
}

static int pidfd_attach(struct ipc_link *link, struct ipc_end *end)
{
	int err = signal_attach(link, end);
	struct signal_side *own = end->own;

	if (err)
		return err;
	own->pidfd = (int)syscall(SYS_pidfd_open, own->pid, 0);
	if (own->pidfd >= 0)
		return 0;
	return signal_error();
}

/* The one descriptor stands for both directions, so that the wait modes find two. */
static int signalfd_attach(struct ipc_link *link, struct ipc_end *end)
{
	int err = signal_attach(link, end);
	const struct signal_side *own = end->own;

	if (err)
		return err;
	end->fd[IPC_IN] = end->fd[IPC_OUT] = signalfd(-1, &own->in, SFD_CLOEXEC);
	return end->fd[IPC_IN] < 0 ? -errno : 0;
}

static void signal_detach(struct ipc_end *end)
{
	struct signal_side *own = end->own;

	if (own->pidfd >= 0)
		close(own->pidfd);
	if (end->fd[IPC_IN] >= 0)
		close(end->fd[IPC_IN]);
	free(own);
	end->own = NULL;
}

static const struct ipc_family queue_family = {
	.detach = signal_detach, .modes = queue_modes, .n_modes = 1};
static const struct ipc_family signalfd_family = {
	.detach = signal_detach, .modes = signalfd_modes, .n_modes = 3};
static const struct ipc_family pidfd_family = {
	.detach = signal_detach, .modes = pidfd_modes, .n_modes = 1};

#define SIGNAL .flags = IPC_NOTIFY | IPC_BY_PID, .open = signal_open, .close = signal_close

static const struct ipc_variant signal_variants[] = {
	{.name = "sigqueue",
	 .summary = "notification: sigqueue and sigwaitinfo",
	 .attach = signal_attach,
	 SIGNAL},
	{.name = "signalfd",
	 .summary = "notification: sigqueue and a signalfd",
	 .family = &signalfd_family,
	 .attach = signalfd_attach,
	 SIGNAL},
	{.name = "pidfd",
	 .summary = "notification: pidfd_send_signal and sigwaitinfo",
	 .family = &pidfd_family,
	 .attach = pidfd_attach,
	 SIGNAL},
};
IPC_MECHANISM(signal, &queue_family);
