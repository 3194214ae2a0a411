/* SPDX-License-Identifier: MIT */
/* Stream over vsock(7) to the local context: what a host and its guests talk by, in one kernel. */
#include <errno.h>
#include <stdio.h>

#include "bench/measure/socket.h"

static const struct bench_option vsock_options[] = {
	{"buffer", "bytes that a side takes in before it is read; 256K", 1u << 30},
	{.name = NULL},
};

static int vsock_lacks(struct ipc_link *link)
{
	snprintf(link->why, sizeof(link->why),
		 "no vsock loopback here: modprobe vsock_loopback (Linux 5.6 or newer)");
	return -EOPNOTSUPP;
}

static int vsock_open(struct ipc_link *link)
{
	struct socket_address a = {
		.vm = {.svm_family = AF_VSOCK,
		       .svm_cid = VMADDR_CID_LOCAL,
		       .svm_port = VMADDR_PORT_ANY},
		.len = sizeof(a.vm),
	};
	int err = link->at ? socket_at(link, AF_VSOCK, &a) : 0;

	if (err)
		return err;
	err = socket_listen(link, SOCK_STREAM, &a);
	return err == -EOPNOTSUPP || err == -ENODEV ? vsock_lacks(link) : err;
}

/* SO_SNDBUF and SO_RCVBUF do nothing here; the limit of the size has to rise with it. */
static int vsock_buffer(struct ipc_link *link, struct ipc_end *end)
{
	int fd = link->fd[end->side][IPC_IN];
	uint64_t n = link->opt[0];
	socklen_t len = sizeof(n);

	if (n && (setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_BUFFER_MAX_SIZE, &n, sizeof(n)) ||
		  setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &n, sizeof(n))))
		return -errno;
	if (end->side)
		return 0;
	if (getsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &n, &len))
		return -errno;
	ipc_note(link, "buffer", n);
	return 0;
}

/* connect(2) gives up after 2 s by itself where nobody carries it (net/vmw_vsock/af_vsock.c). */
static int vsock_attach(struct ipc_link *link, struct ipc_end *end)
{
	int err = socket_attach(link, end);

	if (err == -ETIMEDOUT)
		return vsock_lacks(link);
	return err ? err : vsock_buffer(link, end);
}

static const struct ipc_variant vsock_variants[] = {
	{.name = "loopback",
	 .summary = "to CID 1",
	 .flags = IPC_BY_NAME,
	 .options = vsock_options,
	 .open = vsock_open,
	 .attach = vsock_attach},
};
IPC_MECHANISM(vsock, &fd_family);
