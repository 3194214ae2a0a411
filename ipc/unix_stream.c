/* SPDX-License-Identifier: MIT */
/* UNIX stream socket (unix(7)): a socketpair, or connected through a path or an abstract name. */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bench/ipc.h"

enum { PAIR, PATH, ABSTRACT };

static int pair_open(struct ipc_link *link)
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd))
		return -errno;
	for (int side = 0; side < 2; side++)
		link->fd[side][IPC_IN] = link->fd[side][IPC_OUT] = fd[side];
	return 0;
}

/* An abstract name is the path's last part behind a zero byte: unique as well, but never on disk.
 */
static socklen_t address(const struct ipc_link *link, struct sockaddr_un *a)
{
	bool abstract = link->variant->arg == ABSTRACT;
	const char *name = abstract ? strrchr(link->name[0], '/') + 1 : link->name[0];
	size_t len = strnlen(name, sizeof(a->sun_path) - 1);

	*a = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(a->sun_path + abstract, name, len);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
}

static int listen_open(struct ipc_link *link)
{
	int fd, err = name_new(NAME_PATH, link->name[0], sizeof(link->name[0]));
	struct sockaddr_un a;

	if (err)
		return err;
	fd = link->fd[0][IPC_IN] = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, address(link, &a)) || listen(fd, 1))
		return -errno;
	return 0;
}

/* The initiator accepts; connect(2) does not wait for it, so the order of the sides is free. */
static int named_attach(struct ipc_link *link, struct ipc_end *end)
{
	int *own = link->fd[end->side], fd;
	struct sockaddr_un a;

	if (end->side == 0) {
		fd = accept(own[IPC_IN], NULL, NULL);
		if (fd < 0)
			return -errno;
		close(own[IPC_IN]);
	} else {
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		if (fd < 0 || connect(fd, (struct sockaddr *)&a, address(link, &a)))
			return -errno;
	}
	own[IPC_IN] = own[IPC_OUT] = fd;
	return 0;
}

static void named_remove(struct ipc_link *link)
{
	name_remove(NAME_PATH, link->name[0]);
}

#define NAMED \
	.open = listen_open, .attach = named_attach, .unlink = named_remove, .close = named_remove

static const struct ipc_variant unix_stream_variants[] = {
	{.name = "socketpair", .summary = "unnamed pair", .open = pair_open},
	{.name = "path", .summary = "connected through a path", .arg = PATH, NAMED},
	{.name = "abstract",
	 .summary = "connected through an abstract name",
	 .arg = ABSTRACT,
	 NAMED},
};
IPC_MECHANISM(unix_stream, &fd_family);
