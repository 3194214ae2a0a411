/* SPDX-License-Identifier: MIT */
/* UNIX datagram socket (unix(7)): whole messages, none lost, none reordered. */
#include "bench/measure/socket.h"

static int dgram_open(struct ipc_link *link)
{
	return socket_unix_open(link, SOCK_DGRAM);
}

#define DGRAM(how)                                                        \
	SOCKET_UNIX(how), .open = dgram_open, .max_msg = socket_unix_max, \
			  .raise_max = SOCKET_UNIX_RAISE

static const struct ipc_variant unix_dgram_variants[] = {
	{.name = "socketpair", .summary = "unnamed pair", .flags = IPC_FAN_IN, DGRAM(SOCKET_PAIR)},
	{.name = "path",
	 .summary = "joined by a path",
	 .flags = IPC_TWIN | IPC_BY_NAME,
	 DGRAM(SOCKET_PATH)},
	{.name = "abstract",
	 .summary = "joined by an abstract name",
	 .flags = IPC_TWIN | IPC_BY_NAME,
	 DGRAM(SOCKET_ABSTRACT)},
};
IPC_MECHANISM(unix_dgram, &fd_message_family);
