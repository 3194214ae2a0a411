/* SPDX-License-Identifier: MIT */
/* Pairs of sockets; see socket(7), unix(7), ip(7). All of it happens outside the timed part. */
#include "bench/measure/socket.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { OPT_SNDBUF, OPT_RCVBUF };

#define UNIX_SPARE 32		   /* bytes of SO_SNDBUF beside a datagram (net/unix/af_unix.c) */
#define UNIX_ONE_PIECE (2u << 20)  /* see socket_unix_max() */
#define WMEM_MAX_DEFAULT 212992ull /* bytes (socket(7)), also where the file cannot be read */

const struct bench_option socket_options[] = {SOCKET_OPTIONS, {.name = NULL}};

int socket_at(struct ipc_link *link, int domain, struct socket_address *ret)
{
	*ret = *link->at;
	if (link->at->any.sa_family == domain)
		return 0;
	snprintf(link->why, sizeof(link->why),
		 "its sides meet at an address like that of --peer: %s",
		 domain == AF_INET    ? "HOST:PORT with IPv4"
		 : domain == AF_INET6 ? "[HOST]:PORT with IPv6"
				      : "vsock:CID:PORT");
	return -EOPNOTSUPP;
}

int socket_inet(struct ipc_link *link, unsigned side, int domain, struct socket_address *ret)
{
	struct sockaddr_storage own;
	socklen_t len = apart_address(link->apart, link->first + side, domain, &own);

	if (link->at)
		return socket_at(link, domain, ret);
	*ret = (struct socket_address){.len = sizeof(ret->in)};
	if (len) {
		memcpy(&ret->any, &own, len);
		ret->len = len;
	} else if (domain == AF_INET) {
		ret->in.sin_family = AF_INET;
		ret->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	} else {
		ret->in6.sin6_family = AF_INET6;
		ret->in6.sin6_addr = in6addr_loopback;
		ret->len = sizeof(ret->in6);
	}
	return 0;
}

/* The value of an int option of SOL_SOCKET; 0 where it has none. */
static int get(int fd, int option)
{
	int value = 0;
	socklen_t len = sizeof(value);

	getsockopt(fd, SOL_SOCKET, option, &value, &len);
	return value;
}

static int set(int fd, int option, uint64_t value)
{
	int n = (int)value;

	return setsockopt(fd, SOL_SOCKET, option, &n, sizeof(n)) ? -errno : 0;
}

/* Whole messages or nothing on AF_UNIX: SO_SNDBUF must hold one, and is raised for it. */
static int hold_message(struct ipc_link *link, int fd)
{
	size_t need = link->msg_size + UNIX_SPARE;

	if (get(fd, SO_DOMAIN) != AF_UNIX || get(fd, SO_TYPE) == SOCK_STREAM)
		return 0;
	if (!link->opt[OPT_SNDBUF] && need > (size_t)get(fd, SO_SNDBUF))
		set(fd, SO_SNDBUF, (need + 1) / 2);
	if (need <= (size_t)get(fd, SO_SNDBUF))
		return 0;
	snprintf(link->why, sizeof(link->why), "sndbuf=%d takes no message of %zu bytes",
		 get(fd, SO_SNDBUF), link->msg_size);
	return -EMSGSIZE;
}

static bool has_buffers(const struct ipc_link *link)
{
	const struct bench_option *first = link->variant->options;

	return first && !strcmp(first->name, socket_options->name);
}

/* Buffers as asked for; over net.core.wmem_max and rmem_max the kernel gives less, as noted. */
static int set_buffers(struct ipc_link *link, int fd)
{
	int err = 0;

	if (!has_buffers(link))
		return 0;
	if (link->opt[OPT_SNDBUF])
		err = set(fd, SO_SNDBUF, link->opt[OPT_SNDBUF]);
	if (!err && link->opt[OPT_RCVBUF])
		err = set(fd, SO_RCVBUF, link->opt[OPT_RCVBUF]);
	return err ? err : hold_message(link, fd);
}

static void note_buffers(struct ipc_link *link, int fd)
{
	if (!has_buffers(link))
		return;
	ipc_note(link, "sndbuf", (uint64_t)get(fd, SO_SNDBUF));
	ipc_note(link, "rcvbuf", (uint64_t)get(fd, SO_RCVBUF));
}

/* What the errors of a kernel or container without this protocol mean. */
static int refused(struct ipc_link *link, int err)
{
	if (err == -EAFNOSUPPORT)
		snprintf(link->why, sizeof(link->why), "this kernel has no such sockets");
	else if (err == -EADDRNOTAVAIL || err == -ENETUNREACH)
		snprintf(link->why, sizeof(link->why),
			 link->apart ? "the side's network has no such address: IPv6 is off?"
				     : "no loopback address here: is lo up and has it 127.0.0.1 "
				       "and ::1?");
	else if (err == -ECONNREFUSED && link->at && !*link->name[0])
		snprintf(link->why, sizeof(link->why),
			 "nobody answers at the port after that of --peer: is it let through?");
	else if (err == -ECONNREFUSED && (link->apart || link->at))
		snprintf(link->why, sizeof(link->why),
			 "its names are known in one network namespace only");
	else if (err == -EPERM || err == -EACCES)
		snprintf(link->why, sizeof(link->why),
			 "such sockets are forbidden: by a container's seccomp filter?");
	else
		return err;
	return -EOPNOTSUPP;
}

/* A socket of side `side` with its buffers; the descriptor or -errno. */
static int make(struct ipc_link *link, int side, int domain, int type)
{
	int fd = apart_socket(link->apart, link->first + (unsigned)side, domain,
			      type | SOCK_CLOEXEC);
	int err;

	if (fd < 0)
		return refused(link, fd);
	link->fd[side][IPC_IN] = link->fd[side][IPC_OUT] = fd;
	err = set_buffers(link, fd);
	return err ? err : fd;
}

int socket_listen(struct ipc_link *link, int type, const struct socket_address *a)
{
	int fd = make(link, 0, a->any.sa_family, type);

	link->socket_type = type;
	if (fd < 0)
		return fd;
	if (link->at) /* the run before had the same port (tcp(7), TIME_WAIT) */
		set(fd, SO_REUSEADDR, 1);
	return bind(fd, &a->any, a->len) || listen(fd, 1) ? refused(link, -errno) : 0;
}

/* An abstract name is the path's last part behind a zero byte: as unique, but never on disk. */
static void unix_address(const struct ipc_link *link, int from, struct socket_address *a)
{
	bool abstract = link->variant->arg == SOCKET_ABSTRACT;
	const char *name = link->name[from];
	size_t len;

	if (abstract)
		name = strrchr(name, '/') + 1;
	len = strnlen(name, sizeof(a->un.sun_path) - 1);
	*a = (struct socket_address){.un.sun_family = AF_UNIX};
	memcpy(a->un.sun_path + abstract, name, len);
	a->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
}

/*
 * Side 1 of sides started by hand: by the name or the address at which the other one waits. A
 * datagram, which is empty, says where this one is; where that takes a name, the opener has made it
 * up.
 */
static int join(struct ipc_link *link)
{
	int type = link->socket_type, fd;
	struct socket_address to = *link->at, own;

	if (*link->name[0])
		unix_address(link, 0, &to);
	fd = make(link, 1, to.any.sa_family, type);
	if (fd < 0)
		return fd;
	if (*link->name[1]) {
		unix_address(link, 1, &own);
		if (bind(fd, &own.any, own.len))
			return -errno;
	}
	if (connect(fd, &to.any, to.len))
		return refused(link, -errno);
	return type == SOCK_DGRAM && send(fd, "", 0, MSG_NOSIGNAL) < 0 ? refused(link, -errno) : 0;
}

/*
 * connect(2) does not wait for accept(2): the queue of the listener has room for it. The listener's
 * descriptor stands until the peer has connected, also where the sides are threads and share it.
 */
int socket_attach(struct ipc_link *link, struct ipc_end *end)
{
	int listener = link->fd[0][IPC_IN], *own = link->fd[end->side], fd, err;
	struct socket_address a = {.len = sizeof(a.un)};

	if (end->side == 0) {
		/* cppcheck-suppress nullPointer ; NULL means that nobody asks (accept(2)) */
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			return -errno;
		close(listener);
		own[IPC_IN] = own[IPC_OUT] = fd;
		err = set_buffers(link, fd);
		note_buffers(link, fd);
		return err;
	}
	if (link->at)
		return join(link);
	if (getsockname(listener, &a.any, &a.len))
		return -errno;
	fd = make(link, 1, a.any.sa_family, get(listener, SO_TYPE));
	if (fd < 0)
		return fd;
	return connect(fd, &a.any, a.len) ? refused(link, -errno) : 0;
}

int socket_attach_peers(struct ipc_link *link, struct ipc_end *end)
{
	struct socket_address peer = {.len = sizeof(peer.un)};
	int fd = link->fd[0][IPC_IN];

	if (!link->at)
		return 0;
	if (end->side == 1)
		return join(link);
	/* the first datagram, which is empty, says where its sender is */
	return recvfrom(fd, NULL, 0, 0, &peer.any, &peer.len) < 0 ||
			       connect(fd, &peer.any, peer.len)
		       ? -errno
		       : 0;
}

int socket_peers(struct ipc_link *link, int type, const struct socket_address a[2])
{
	int sides = link->at ? 1 : 2;

	link->socket_type = type;
	for (int side = 0; side < sides; side++) {
		int fd = make(link, side, a[side].any.sa_family, type);

		if (fd < 0)
			return fd;
		if (bind(fd, &a[side].any, a[side].len))
			return refused(link, -errno);
	}
	for (int side = 0; side < 2 && sides == 2; side++) {
		struct socket_address peer = {.len = sizeof(peer.un)};

		if (getsockname(link->fd[!side][IPC_IN], &peer.any, &peer.len) ||
		    connect(link->fd[side][IPC_IN], &peer.any, peer.len))
			return refused(link, -errno);
	}
	note_buffers(link, link->fd[0][IPC_IN]);
	return 0;
}

int socket_pair(struct ipc_link *link, int type)
{
	int fd[2], err = 0;

	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fd))
		return -errno;
	for (int side = 0; side < 2; side++) {
		link->fd[side][IPC_IN] = link->fd[side][IPC_OUT] = fd[side];
		err = err ? err : set_buffers(link, fd[side]);
	}
	note_buffers(link, fd[0]);
	return err;
}

int socket_unix_open(struct ipc_link *link, int type)
{
	struct socket_address a[2];
	int names = type == SOCK_DGRAM ? 2 : 1;

	if (link->variant->arg == SOCKET_PAIR)
		return socket_pair(link, type);
	for (int from = 0; from < names; from++) {
		int err = name_new(NAME_PATH, link->name[from], sizeof(link->name[from]));

		if (err)
			return err;
		unix_address(link, from, &a[from]);
	}
	return names == 2 ? socket_peers(link, type, a) : socket_listen(link, type, &a[0]);
}

/* A pair is joined from the start. */
int socket_unix_attach(struct ipc_link *link, struct ipc_end *end)
{
	if (link->variant->arg == SOCKET_PAIR)
		return 0;
	return link->socket_type == SOCK_DGRAM ? socket_attach_peers(link, end)
					       : socket_attach(link, end);
}

void socket_unix_remove(struct ipc_link *link)
{
	name_remove(NAME_PATH, link->name[0]);
	name_remove(NAME_PATH, link->name[1]);
}

/*
 * SO_SNDBUF can be set to net.core.wmem_max, doubled by the kernel (socket(7)). But all of a large
 * datagram except its last pages has to lie in one piece (alloc_skb_with_frags(),
 * net/core/skbuff.c): over 2 MiB that fails for want of contiguous memory, by chance.
 */
size_t socket_unix_max(void)
{
	FILE *f = fopen("/proc/sys/net/core/wmem_max", "re");
	unsigned long long max = WMEM_MAX_DEFAULT;

	if (f) {
		if (fscanf(f, "%llu", &max) != 1)
			max = WMEM_MAX_DEFAULT;
		fclose(f);
	}
	max = 2 * max - UNIX_SPARE;
	return max < UNIX_ONE_PIECE ? (size_t)max : UNIX_ONE_PIECE;
}
