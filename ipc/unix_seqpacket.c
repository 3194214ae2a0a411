/* SPDX-License-Identifier: MIT */
/* UNIX sequenced-packet socket (unix(7)): whole messages over a connection. */
#include "bench/measure/socket.h"

static int seqpacket_open(struct ipc_link *link)
{
	return socket_unix_open(link, SOCK_SEQPACKET);
}

#define SEQPACKET(how)                                                        \
	SOCKET_UNIX(how), .open = seqpacket_open, .max_msg = socket_unix_max, \
			  .raise_max = SOCKET_UNIX_RAISE

static const struct ipc_variant unix_seqpacket_variants[] = {
	{.name = "socketpair", .summary = "unnamed pair", SEQPACKET(SOCKET_PAIR)},
	{.name = "path",
	 .summary = "joined by a path",
	 .flags = IPC_TWIN | IPC_BY_NAME,
	 SEQPACKET(SOCKET_PATH)},
	{.name = "abstract",
	 .summary = "joined by an abstract name",
	 .flags = IPC_TWIN | IPC_BY_NAME,
	 SEQPACKET(SOCKET_ABSTRACT)},
};
IPC_MECHANISM(unix_seqpacket, &fd_message_family);
