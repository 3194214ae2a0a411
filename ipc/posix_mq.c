/* SPDX-License-Identifier: MIT */
/* A pair of POSIX message queues (mq_overview(7)), opened by name on each side. */
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>

#include "bench/measure/fd_wait.h"
#include "bench/measure/ipc_loops.h"

#define DEPTH 8 /* messages per queue; fs.mqueue.msg_max is 10 by default */

static const struct ipc_option mq_options[] = {
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
	if (err == EINVAL)
		snprintf(link->why, sizeof(link->why),
			 "depth or size is over its limit: sysctl fs.mqueue.msg_max");
	if (err == EMFILE)
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

IPC_LOOPS(mq_ops, fd_block);
IPC_LOOPS(mq_ops, fd_spin);
IPC_LOOPS(mq_ops, fd_poll);
IPC_LOOPS(mq_ops, fd_epoll);

static const struct ipc_mode mq_modes[] = {
	IPC_MODE(mq_ops, fd_block),
	IPC_MODE(mq_ops, fd_spin),
	IPC_MODE(mq_ops, fd_poll),
	IPC_MODE(mq_ops, fd_epoll),
};
static const struct ipc_family mq_family = {.modes = mq_modes, .n_modes = 4};

static const struct ipc_variant posix_mq_variants[] = {
	{.name = "pair",
	 .summary = "two queues",
	 .flags = IPC_FAN_IN,
	 .options = mq_options,
	 .open = mq_create,
	 .attach = mq_attach,
	 .unlink = mq_remove,
	 .close = mq_remove,
	 .max_msg = mq_max,
	 .raise_max = "sysctl fs.mqueue.msgsize_max"},
};
IPC_MECHANISM(posix_mq, &mq_family);
