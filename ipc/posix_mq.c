/* SPDX-License-Identifier: MIT */
/*
 * A pair of POSIX message queues (mq_overview(7)), opened by name on each side. `notify` does not
 * sleep in the queue: it asks for a signal (mq_notify(3)) and waits for that. Of the two ways to be
 * told, a signal that sigwaitinfo(2) takes is the cheap one; SIGEV_THREAD starts a thread per
 * message.
 */
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/measure/fd_wait.h"
#include "bench/measure/ipc_loops.h"

#define DEPTH 8 /* messages per queue; fs.mqueue.msg_max is 10 by default */

static const struct bench_option mq_options[] = {
	{"depth", "messages that a queue holds; 8", 65536},
	{.name = NULL},
};

static inline ssize_t mq_put(struct ipc_end *end, const void *buf, size_t len)
{
	return mq_send(end->fd[IPC_OUT], buf, len, 0) ? -errno : (ssize_t)len;
}

static inline ssize_t mq_get(struct ipc_end *end, void *buf, size_t len)
{
	ssize_t n = mq_receive(end->fd[IPC_IN], buf, len, NULL);

	return n < 0 ? -errno : n;
}

/* What mq_open(3) means by the errors that a limit causes. */
static int mq_refused(struct ipc_link *link, int err)
{
	int fd = open("/", O_PATH | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	if (err == EINVAL)
		snprintf(link->why, sizeof(link->why),
			 "depth or size is over its limit: sysctl fs.mqueue.msg_max");
	if (err == EMFILE && fd >= 0) /* not for want of descriptors */
		snprintf(link->why, sizeof(link->why),
			 "over this user's bytes in queues: ulimit -q");
	return -err;
}

/* Queues are named by their sending side; mqd_t is a descriptor on Linux, so it can be polled. */
static int mq_create(struct ipc_link *link)
{
	long depth = link->opt[0] ? (long)link->opt[0] : DEPTH;
	struct mq_attr attr = {.mq_maxmsg = depth, .mq_msgsize = (long)link->msg_size};

	for (int from = 0; from < 2; from++) {
		int err = name_new(NAME_MQ, link->name[from], sizeof(link->name[from]));
		mqd_t mq;

		if (err)
			return err;
		mq = mq_open(link->name[from], O_CREAT | O_EXCL | O_RDWR, 0600, &attr);
		if (mq < 0)
			return mq_refused(link, errno);
		mq_close(mq);
	}
	ipc_note(link, "depth", (uint64_t)depth);
	return 0;
}

/* Beside it, a signal that tells of a message. */
static int mq_create_bell(struct ipc_link *link)
{
	int err = ipc_check_signals(link);

	return err ? err : mq_create(link);
}

static int mq_attach(struct ipc_link *link, struct ipc_end *end)
{
	end->fd[IPC_IN] = mq_open(link->name[!end->side], O_RDONLY);
	if (end->fd[IPC_IN] < 0)
		return -errno;
	end->fd[IPC_OUT] = mq_open(link->name[end->side], O_WRONLY);
	return end->fd[IPC_OUT] < 0 ? -errno : 0;
}

static void mq_remove(struct ipc_link *link)
{
	for (int from = 0; from < 2; from++)
		name_remove(NAME_MQ, link->name[from]);
}

/* 8192 by default, also where the file cannot be read (mq_overview(7)). */
static size_t mq_max(void)
{
	FILE *f = fopen("/proc/sys/fs/mqueue/msgsize_max", "re");
	unsigned long max = 8192;

	if (f) {
		if (fscanf(f, "%lu", &max) != 1)
			max = 8192;
		fclose(f);
	}
	return max;
}

static const struct ipc_ops mq_ops = {.send = mq_put, .recv = mq_get, .whole = true};

/* How a side is told of a message in its empty queue. */
struct mq_bell {
	struct sigevent event; /* a number of its own: the two may be threads of one process */
	sigset_t set;	       /* that number */
	bool asked;	       /* for the next signal; it may be under way */
};

static int mq_bell_setup(struct ipc_end *end)
{
	struct mq_bell *bell = calloc(1, sizeof(*bell));
	int flags = fcntl(end->fd[IPC_IN], F_GETFL);

	end->waiting = bell;
	if (!bell)
		return -ENOMEM;
	/*
	 * takes back what was never asked for: fails only where there is no such call (qemu-user)
	 */
	if (mq_notify(end->fd[IPC_IN], NULL) && errno == ENOSYS)
		return -ENOSYS;
	bell->event.sigev_notify = SIGEV_SIGNAL;
	bell->event.sigev_signo = SIGRTMIN + 1 + (int)end->side; /* blocked: bench/measure/crew.c */
	sigemptyset(&bell->set);
	sigaddset(&bell->set, bell->event.sigev_signo);
	/* room is waited for in mq_send(3): only a message is told of */
	return flags < 0 || fcntl(end->fd[IPC_IN], F_SETFL, flags | O_NONBLOCK) ? -errno : 0;
}

static void mq_bell_teardown(struct ipc_end *end)
{
	free(end->waiting);
	end->waiting = NULL;
}

/*
 * Asks to be told, then the caller looks again: a message that came before we asked is told to
 * nobody. Nothing there: then the signal will come, or has.
 */
static inline int mq_bell_again(struct ipc_end *end, enum ipc_dir dir)
{
	struct mq_bell *bell = end->waiting;

	if (!bell->asked) {
		if (mq_notify(end->fd[IPC_IN], &bell->event))
			return -errno;
		bell->asked = true;
		return 0;
	}
	if (sigwaitinfo(&bell->set, NULL) < 0)
		return -errno;
	bell->asked = false; /* once only (mq_notify(3)) */
	return 0;
}

/* Calls: 6 when the receiver sleeps: send, try, ask, try, wait, receive. */
static const struct ipc_wait mq_bell = {
	.name = "signal",
	.setup = mq_bell_setup,
	.teardown = mq_bell_teardown,
	.again = mq_bell_again,
};

IPC_LOOPS(mq_ops, mq_bell);
IPC_LOOPS(mq_ops, fd_block);
IPC_SPIN_LOOPS(mq_ops, fd_spin);
IPC_LOOPS(mq_ops, fd_poll);
IPC_LOOPS(mq_ops, fd_epoll);

static const struct ipc_mode mq_modes[] = {
	IPC_MODE(mq_ops, fd_block),
	IPC_SPIN_MODE(mq_ops, fd_spin),
	IPC_MODE(mq_ops, fd_poll),
	IPC_MODE(mq_ops, fd_epoll),
};
static const struct ipc_family mq_family = {.modes = mq_modes, .n_modes = 4};

static const struct ipc_mode mq_bell_modes[] = {IPC_MODE(mq_ops, mq_bell)};
static const struct ipc_family mq_bell_family = {.modes = mq_bell_modes, .n_modes = 1};

#define QUEUES                                                                               \
	.options = mq_options, .attach = mq_attach, .unlink = mq_remove, .close = mq_remove, \
	.max_msg = mq_max, .raise_max = "sysctl fs.mqueue.msgsize_max"

static const struct ipc_variant posix_mq_variants[] = {
	{.name = "pair",
	 .summary = "two queues",
	 .flags = IPC_FAN_IN | IPC_BY_NAME,
	 .open = mq_create,
	 QUEUES},
	{.name = "notify",
	 .summary = "two queues, mq_notify and sigwaitinfo tell of a message",
	 .flags = IPC_BY_NAME,
	 .family = &mq_bell_family,
	 .open = mq_create_bell,
	 QUEUES},
};
IPC_MECHANISM(posix_mq, &mq_family);
