/* SPDX-License-Identifier: MIT */
/* A pair of named FIFOs (fifo(7)) in the private directory, opened by name on each side. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/ipc.h"
#include "bench/measure/pipes.h"

/*
 * Opening one end of a FIFO waits for the other end (fifo(7)). So that no open ever does, both ends
 * of each are held open from here, by one descriptor that is kept with the side that will read it.
 */
static int fifo_create(struct ipc_link *link)
{
	for (int from = 0; from < 2; from++) {
		int err = name_new(NAME_PATH, link->name[from], sizeof(link->name[from]));
		int fd;

		if (err)
			return err;
		if (mkfifo(link->name[from], 0600))
			return -errno;
		fd = link->fd[!from][IPC_IN] = open(link->name[from], O_RDWR | O_CLOEXEC);
		if (fd < 0)
			return -errno;
		err = pipe_size(link, fd);
		if (err)
			return err;
	}
	return 0;
}

/* Without waiting: both ends are there. Later reads and writes wait again. */
static int fifo_end(const char *name, int access)
{
	int fd = open(name, access | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && fcntl(fd, F_SETFL, access)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/*
 * The held descriptor of the FIFO that this side reads goes once its own reading end is open. The
 * FIFO that it writes has a reader by then: the peer, or what is held for the peer.
 */
static int fifo_open_ends(struct ipc_link *link, unsigned side)
{
	int *own = link->fd[side], held = own[IPC_IN];

	own[IPC_IN] = fifo_end(link->name[!side], O_RDONLY);
	if (own[IPC_IN] < 0)
		return -errno;
	own[IPC_OUT] = fifo_end(link->name[side], O_WRONLY);
	if (own[IPC_OUT] < 0)
		return -errno;
	close(held);
	return 0;
}

/* Producers that are threads share the ends that the first of them opens. */
static int fifo_attach(struct ipc_link *link, struct ipc_end *end)
{
	int err;

	if (link->threads && end->producer) {
		ipc_await_prepared(link);
		return 0;
	}
	err = fifo_open_ends(link, end->side);
	if (!err && link->threads && end->side == 0)
		ipc_set_prepared(link);
	return err;
}

static void fifo_remove(struct ipc_link *link)
{
	for (int from = 0; from < 2; from++)
		name_remove(NAME_PATH, link->name[from]);
}

static const struct ipc_variant fifo_variants[] = {
	{.name = "pair",
	 .summary = "two named FIFOs",
	 .flags = IPC_FAN_IN | IPC_BY_NAME,
	 .options = pipe_options,
	 .open = fifo_create,
	 .attach = fifo_attach,
	 .unlink = fifo_remove,
	 .close = fifo_remove},
};
IPC_MECHANISM(fifo, &fd_family);
