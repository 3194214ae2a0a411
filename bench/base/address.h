/* SPDX-License-Identifier: MIT */
/* Addresses of stream sockets as people write them: where two programs meet. */
#ifndef BENCH_BASE_ADDRESS_H
#define BENCH_BASE_ADDRESS_H

#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <linux/vm_sockets.h>

struct socket_address {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
		struct sockaddr_vm vm;
	};
	socklen_t len; /* bytes of it that count */
};

/*
 * Reads "/path/of.socket" (what has a slash), "HOST:PORT", "[HOST]:PORT" or "vsock:CID:PORT" into
 * *ret; the port from 1 to 65534, so that there is one after it. 0; or -EINVAL with what would be
 * right in `want` (OPTION_WANT bytes).
 */
int address_parse(const char *text, struct socket_address *ret, char *want);

/* The port after it, of the same host; a path stays as it is. */
void address_next_port(struct socket_address *a);

/*
 * A socket that listens there and nowhere else, closed by exec. A socket file that nobody listens
 * to any more is replaced. The descriptor or -errno.
 */
int address_listen(const struct socket_address *a);

/*
 * A socket that is connected to it, closed by exec; no longer than `limit_s` seconds. The
 * descriptor or -errno.
 */
int address_connect(const struct socket_address *a, unsigned limit_s);

#endif
