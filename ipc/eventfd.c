/* SPDX-License-Identifier: MIT */
/*
 * A pair of eventfd(2) counters, one per direction: with one for both, a side would take its own
 * notification back before the other runs.
 */
#include <sys/eventfd.h>
#include <unistd.h>

#include "bench/measure/fd_wait.h"
#include "bench/measure/ipc_loops.h"

static inline ssize_t event_notify(struct ipc_end *end, const void *buf, size_t len)
{
	uint64_t one = 1;

	return write(end->fd[IPC_OUT], &one, sizeof(one)) < 0 ? -errno : (ssize_t)len;
}

static inline ssize_t event_take(struct ipc_end *end, void *buf, size_t len)
{
	uint64_t count;

	if (read(end->fd[IPC_IN], &count, sizeof(count)) < 0)
		return -errno;
	return count == 1 ? (ssize_t)len : -EBADMSG; /* more than one was under way */
}

static int event_open(struct ipc_link *link)
{
	for (int from = 0; from < 2; from++) {
		int fd = eventfd(0, EFD_CLOEXEC);

		if (fd < 0)
			return -errno;
		link->fd[from][IPC_OUT] = fd;
		link->fd[!from][IPC_IN] = dup(fd);
		if (link->fd[!from][IPC_IN] < 0)
			return -errno;
	}
	return 0;
}

static const struct ipc_ops event_ops = {
	.trips_only = true, .send = event_notify, .recv = event_take};

IPC_LOOPS(event_ops, fd_block);
IPC_SPIN_LOOPS(event_ops, fd_spin);
IPC_LOOPS(event_ops, fd_poll);
IPC_LOOPS(event_ops, fd_epoll);

static const struct ipc_mode event_modes[] = {
	IPC_MODE(event_ops, fd_block),
	IPC_SPIN_MODE(event_ops, fd_spin),
	IPC_MODE(event_ops, fd_poll),
	IPC_MODE(event_ops, fd_epoll),
};
static const struct ipc_family event_family = {
	.attach = fd_attach,
	.close = fd_close,
	.modes = event_modes,
	.n_modes = 4,
};

static const struct ipc_variant eventfd_variants[] = {
	{.name = "pair",
	 .summary = "notification: two counters",
	 .flags = IPC_NOTIFY,
	 .open = event_open},
};
IPC_MECHANISM(eventfd, &event_family);
