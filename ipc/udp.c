/* SPDX-License-Identifier: MIT */
/*
 * UDP over loopback (udp(7)), both sockets connected. What finds a full receive buffer is dropped:
 * counted in a stream by the numbers in the messages, in round trips by the driver, which sees that
 * both sides wait.
 */
#include "bench/measure/socket.h"

static int udp_open(struct ipc_link *link)
{
	struct socket_address a[2];
	int err = socket_inet(link, 0, (int)link->variant->arg, &a[0]);

	if (!err)
		err = socket_inet(link, 1, (int)link->variant->arg, &a[1]);
	return err ? err : socket_peers(link, SOCK_DGRAM, a);
}

/* The length field counts the headers: of IPv4 and UDP (RFC 791), of UDP alone (RFC 8200). */
static size_t v4_max(void)
{
	return 65535 - 20 - 8;
}

static size_t v6_max(void)
{
	return 65535 - 8;
}

#define UDP .options = socket_options, .open = udp_open, .attach = socket_attach_peers

static const struct ipc_variant udp_variants[] = {
	{.name = "v4",
	 .summary = "127.0.0.1",
	 .arg = AF_INET,
	 .flags = IPC_BY_NAME,
	 .max_msg = v4_max,
	 UDP},
	{.name = "v6",
	 .summary = "::1",
	 .arg = AF_INET6,
	 .flags = IPC_TWIN | IPC_BY_NAME,
	 .max_msg = v6_max,
	 UDP},
};
IPC_MECHANISM(udp, &fd_lossy_family);
