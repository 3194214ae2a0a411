/* SPDX-License-Identifier: MIT */
/*
 * TCP over loopback (tcp(7)). Nagle's algorithm is off by default, as it is in what is
 * latency-critical.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <unistd.h>

#include "bench/measure/fd_wait.h"
#include "bench/measure/ipc_loops.h"
#include "bench/measure/socket.h"

enum { V6 = 1, NAGLE = 2 };
enum { OPT_BUSY_POLL = SOCKET_OPTIONS_N };

static const struct bench_option tcp_options[] = {
	SOCKET_OPTIONS,
	{"busy_poll", "us of SO_BUSY_POLL: acts on queues of network cards; loopback has none",
	 1000000},
	{.name = NULL},
};

static int tcp_open(struct ipc_link *link)
{
	struct socket_address a;
	int err = socket_inet(link, 0, link->variant->arg & V6 ? AF_INET6 : AF_INET, &a);

	return err ? err : socket_listen(link, SOCK_STREAM, &a);
}

/* Raising it takes CAP_NET_ADMIN (socket(7)). */
static int busy_poll(struct ipc_link *link, struct ipc_end *end)
{
	int us = (int)link->opt[OPT_BUSY_POLL], err;
	socklen_t len = sizeof(us);

	if (!us)
		return 0;
	if (setsockopt(end->fd[IPC_IN], SOL_SOCKET, SO_BUSY_POLL, &us, sizeof(us))) {
		err = -errno;
		snprintf(
			link->why, sizeof(link->why),
			"busy_poll is refused: it needs CAP_NET_ADMIN and CONFIG_NET_RX_BUSY_POLL");
		return err;
	}
	if (end->side == 0 && !getsockopt(end->fd[IPC_IN], SOL_SOCKET, SO_BUSY_POLL, &us, &len))
		ipc_note(link, "busy_poll", (uint64_t)us);
	return 0;
}

static int tcp_attach(struct ipc_link *link, struct ipc_end *end)
{
	int err = socket_attach(link, end), nodelay = !(link->variant->arg & NAGLE);

	if (err)
		return err;
	end->fd[IPC_IN] = link->fd[end->side][IPC_IN];
	if (setsockopt(end->fd[IPC_IN], IPPROTO_TCP, TCP_NODELAY, &nodelay, sizeof(nodelay)))
		return -errno;
	return busy_poll(link, end);
}

static inline ssize_t quick_send(struct ipc_end *end, const void *buf, size_t len)
{
	ssize_t n = write(end->fd[IPC_OUT], buf, len);

	return n < 0 ? -errno : n;
}

/*
 * Asked for after each message: the kernel forgets it with the next answer (tcp(7): "not
 * permanent").
 */
static inline ssize_t quick_recv(struct ipc_end *end, void *buf, size_t len)
{
	const int on = 1;
	ssize_t n = read(end->fd[IPC_IN], buf, len);

	if (n < 0 || setsockopt(end->fd[IPC_IN], IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on)))
		return -errno;
	return n;
}

static const struct ipc_ops quick_ops = {
	.one_sender = true, .send = quick_send, .recv = quick_recv};
static const struct ipc_wait quick_block = {.name = "block", .calls = 3};
IPC_LOOPS(quick_ops, quick_block);
static const struct ipc_mode quick_modes[] = {IPC_MODE(quick_ops, quick_block)};
static const struct ipc_family quick_family = {
	.attach = fd_attach, .close = fd_close, .modes = quick_modes, .n_modes = 1};

#define TCP .options = tcp_options, .open = tcp_open, .attach = tcp_attach

static const struct ipc_variant tcp_variants[] = {
	{.name = "v4", .summary = "127.0.0.1, TCP_NODELAY", .flags = IPC_BY_NAME, TCP},
	{.name = "v6",
	 .summary = "::1, TCP_NODELAY",
	 .arg = V6,
	 .flags = IPC_TWIN | IPC_BY_NAME,
	 TCP},
	{.name = "v4-nagle",
	 .summary = "127.0.0.1, small writes are held back",
	 .arg = NAGLE,
	 .flags = IPC_TWIN | IPC_BY_NAME,
	 TCP},
	{.name = "v6-nagle",
	 .summary = "::1, small writes are held back",
	 .arg = V6 | NAGLE,
	 .flags = IPC_TWIN | IPC_BY_NAME,
	 TCP},
	{.name = "v4-quickack",
	 .summary = "127.0.0.1, TCP_NODELAY, each message acknowledged at once: TCP_QUICKACK",
	 .flags = IPC_TWIN | IPC_BY_NAME,
	 .family = &quick_family,
	 TCP},
};
IPC_MECHANISM(tcp, &fd_family);
