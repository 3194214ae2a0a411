/* SPDX-License-Identifier: MIT */
/* A pseudo-terminal in raw mode (pty(7)): the initiator has the master, the responder the slave. */
#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "bench/measure/fd_wait.h"
#include "bench/measure/ipc_loops.h"

/* EIO is what a terminal says of a peer that has closed it. */
static inline ssize_t pty_send(struct ipc_end *end, const void *buf, size_t len)
{
	ssize_t n = write(end->fd[IPC_OUT], buf, len);

	return n < 0 ? (errno == EIO ? -EPIPE : -errno) : n;
}

static inline ssize_t pty_recv(struct ipc_end *end, void *buf, size_t len)
{
	ssize_t n = read(end->fd[IPC_IN], buf, len);

	return n < 0 ? (errno == EIO ? 0 : -errno) : n;
}

static const struct ipc_ops pty_ops = {.one_sender = true, .send = pty_send, .recv = pty_recv};

IPC_LOOPS(pty_ops, fd_block);
IPC_LOOPS(pty_ops, fd_poll);

static const struct ipc_mode pty_modes[] = {
	IPC_MODE(pty_ops, fd_block),
	IPC_MODE(pty_ops, fd_poll),
};

static const struct ipc_family pty_family = {
	.attach = fd_attach,
	.close = fd_close,
	.modes = pty_modes,
	.n_modes = sizeof(pty_modes) / sizeof(pty_modes[0]),
};

/* A terminal that its opener gets must not become the one that controls it: O_NOCTTY. */
static int pty_open(struct ipc_link *link)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave;
	struct termios raw;
	char name[64];

	if (master < 0)
		return -errno;
	link->fd[0][IPC_IN] = link->fd[0][IPC_OUT] = master;
	if (grantpt(master) || unlockpt(master) || ptsname_r(master, name, sizeof(name)))
		return -errno;
	slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return -errno;
	link->fd[1][IPC_IN] = link->fd[1][IPC_OUT] = slave;
	if (tcgetattr(slave, &raw))
		return -errno;
	cfmakeraw(&raw);
	return tcsetattr(slave, TCSANOW, &raw) ? -errno : 0;
}

/* A terminal holds 4095 bytes (N_TTY_BUF_SIZE, drivers/tty/n_tty.c): a larger one is no message. */
static size_t pty_max(void)
{
	return 1u << 20;
}

static const struct ipc_variant pty_variants[] = {
	/* flush_to_ldisc() of drivers/tty/tty_buffer.c is work of an unbound queue */
	{.name = "raw",
	 .summary = "no editing and no echo",
	 .flags = IPC_WORKER,
	 .open = pty_open,
	 .max_msg = pty_max},
};
IPC_MECHANISM(pty, &pty_family);
