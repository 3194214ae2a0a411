/* SPDX-License-Identifier: MIT */
/* UNIX stream socket (unix(7)): bytes, no bounds between messages. */
#include "bench/measure/socket.h"

static int stream_open(struct ipc_link *link)
{
	return socket_unix_open(link, SOCK_STREAM);
}

#define STREAM(how) SOCKET_UNIX(how), .open = stream_open

static const struct ipc_variant unix_stream_variants[] = {
	{.name = "socketpair", .summary = "unnamed pair", STREAM(SOCKET_PAIR)},
	{.name = "path",
	 .summary = "joined by a path",
	 .flags = IPC_TWIN | IPC_BY_NAME,
	 STREAM(SOCKET_PATH)},
	{.name = "abstract",
	 .summary = "joined by an abstract name",
	 .flags = IPC_TWIN | IPC_BY_NAME,
	 STREAM(SOCKET_ABSTRACT)},
};
IPC_MECHANISM(unix_stream, &fd_family);
