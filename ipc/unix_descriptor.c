/* SPDX-License-Identifier: MIT */
/*
 * Descriptor passing (unix(7), SCM_RIGHTS): every message carries a descriptor besides its payload,
 * and the receiver closes what it got. What is passed is an eventfd: a UNIX socket in flight would
 * put the kernel's search for cycles among sockets into the measurement (net/unix/garbage.c).
 */
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bench/measure/fd_wait.h"
#include "bench/measure/ipc_loops.h"
#include "bench/measure/socket.h"

/* Room for one descriptor beside a message, aligned as its header wants it (cmsg(3)). */
union passed {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

static inline ssize_t pass_send(struct ipc_end *end, const void *buf, size_t len)
{
	struct iovec part = {(void *)(uintptr_t)buf, len};
	union passed p = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)),
				     .cmsg_level = SOL_SOCKET,
				     .cmsg_type = SCM_RIGHTS}};
	struct msghdr m = {.msg_iov = &part,
			   .msg_iovlen = 1,
			   .msg_control = &p,
			   .msg_controllen = sizeof(p.room)};
	ssize_t n;

	memcpy(CMSG_DATA(&p.header), &end->id[IPC_OUT], sizeof(int));
	n = sendmsg(end->fd[IPC_OUT], &m, MSG_NOSIGNAL);
	return n < 0 ? -errno : n;
}

static inline ssize_t pass_recv(struct ipc_end *end, void *buf, size_t len)
{
	struct iovec part = {buf, len};
	union passed p;
	struct msghdr m = {.msg_iov = &part,
			   .msg_iovlen = 1,
			   .msg_control = &p,
			   .msg_controllen = sizeof(p.room)};
	ssize_t n = recvmsg(end->fd[IPC_IN], &m, MSG_CMSG_CLOEXEC);
	int got;

	if (n <= 0)
		return n ? -errno : 0;
	if (m.msg_controllen < CMSG_LEN(sizeof(int)) || m.msg_flags & MSG_CTRUNC)
		return -EBADMSG; /* it came without its descriptor */
	memcpy(&got, CMSG_DATA(&p.header), sizeof(got));
	return close(got) ? -errno : n;
}

static const struct ipc_ops pass_ops = {
	.one_sender = true, .send = pass_send, .recv = pass_recv, .whole = true};

IPC_LOOPS(pass_ops, fd_block);
IPC_SPIN_LOOPS(pass_ops, fd_spin);
IPC_LOOPS(pass_ops, fd_poll);
IPC_LOOPS(pass_ops, fd_epoll);

static const struct ipc_mode pass_modes[] = {
	IPC_MODE(pass_ops, fd_block),
	IPC_SPIN_MODE(pass_ops, fd_spin),
	IPC_MODE(pass_ops, fd_poll),
	IPC_MODE(pass_ops, fd_epoll),
};

/* The descriptor that this side sends again and again; its number is the receiver's own. */
static int pass_attach(struct ipc_link *link, struct ipc_end *end)
{
	int err = fd_attach(link, end);

	end->id[IPC_OUT] = eventfd(0, EFD_CLOEXEC);
	return err ? err : end->id[IPC_OUT] < 0 ? -errno : 0;
}

static void pass_detach(struct ipc_end *end)
{
	if (end->id[IPC_OUT] >= 0)
		close(end->id[IPC_OUT]);
}

static const struct ipc_family pass_family = {
	.attach = pass_attach,
	.detach = pass_detach,
	.close = fd_close,
	.modes = pass_modes,
	.n_modes = sizeof(pass_modes) / sizeof(pass_modes[0]),
};

static int pass_open(struct ipc_link *link)
{
	return socket_unix_open(link, SOCK_SEQPACKET);
}

static const struct ipc_variant unix_descriptor_variants[] = {
	{.name = "socketpair",
	 .summary = "unnamed seqpacket pair, each message passes a descriptor",
	 .flags = IPC_TIMES_SETUP,
	 .open = pass_open,
	 .more_calls = 1,
	 .max_msg = socket_unix_max,
	 .raise_max = SOCKET_UNIX_RAISE,
	 SOCKET_UNIX(SOCKET_PAIR)},
};
IPC_MECHANISM(unix_descriptor, &pass_family);
