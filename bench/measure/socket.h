/* SPDX-License-Identifier: MIT */
/*
 * What the socket mechanisms share: how two sockets become a pair, and their buffers.
 */
#ifndef BENCH_MEASURE_SOCKET_H
#define BENCH_MEASURE_SOCKET_H

#include "bench/base/address.h"
#include "bench/ipc.h"

/* First options of every mechanism whose sockets have these buffers; socket(7). */
#define SOCKET_OPTIONS                                                                             \
	{"sndbuf", "bytes of SO_SNDBUF; the kernel doubles them; its own default", 1u << 30},      \
	{                                                                                          \
		"rcvbuf", "bytes of SO_RCVBUF; the kernel doubles them; its own default", 1u << 30 \
	}
#define SOCKET_OPTIONS_N 2

extern const struct bench_option socket_options[]; /* these alone */

/*
 * An address of a side into *ret, whose port the kernel chooses: 127.0.0.1 (AF_INET) or ::1
 * (AF_INET6), unless it has a network of its own, or sides started by hand say where. 0; or
 * -EOPNOTSUPP: they say a place of another kind.
 */
int socket_inet(struct ipc_link *link, unsigned side, int domain, struct socket_address *ret);

/* Where sides started by hand meet, of family `domain`, into *ret. 0; or -EOPNOTSUPP, as above. */
int socket_at(struct ipc_link *link, int domain, struct socket_address *ret);

/* An open that makes an unnamed pair of AF_UNIX sockets; 0 or -errno. */
int socket_pair(struct ipc_link *link, int type);

/* An open that lets side 0 listen at `a`; socket_attach() then connects. 0 or -errno. */
int socket_listen(struct ipc_link *link, int type, const struct socket_address *a);

/* Attach after socket_listen(): side 0 accepts, side 1 connects; neither order waits for ever. */
int socket_attach(struct ipc_link *link, struct ipc_end *end);

/* Attach after socket_peers(): nothing is left to do, but for sides started by hand. */
int socket_attach_peers(struct ipc_link *link, struct ipc_end *end);

/*
 * An open that makes two datagram sockets, bound to `a` and connected to each other; of sides
 * started by hand, the first.
 */
int socket_peers(struct ipc_link *link, int type, const struct socket_address a[2]);

/* How the two sockets of an AF_UNIX mechanism find each other: arg of its variants. */
enum socket_unix { SOCKET_PAIR, SOCKET_PATH, SOCKET_ABSTRACT };

/* Their open, attach, unlink and close; `type` is the socket's. */
int socket_unix_open(struct ipc_link *link, int type);
int socket_unix_attach(struct ipc_link *link, struct ipc_end *end);
void socket_unix_remove(struct ipc_link *link);

/* Largest datagram that an AF_UNIX socket can be made to take, in bytes. */
size_t socket_unix_max(void);

#define SOCKET_UNIX_RAISE "sysctl net.core.wmem_max, 2 MiB at most"

/* What these variants have in common. */
#define SOCKET_UNIX(how)                                                          \
	.arg = (how), .attach = socket_unix_attach, .unlink = socket_unix_remove, \
	.close = socket_unix_remove, .options = socket_options

#endif
