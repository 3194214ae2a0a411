/* SPDX-License-Identifier: MIT */
/*
 * POSIX shared memory (shm_open(3)): a ring or a one-slot mailbox in it, opened by name on each
 * side.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/ipc.h"

static int shm_create(struct ipc_link *link)
{
	int fd, err = name_new(NAME_SHM, link->name[0], sizeof(link->name[0]));

	if (err)
		return err;
	fd = shm_open(link->name[0], O_CREAT | O_EXCL | O_RDWR, 0600);
	if (fd < 0)
		return -errno;
	err = ring_size_file(link, fd);
	close(fd);
	return err;
}

static int shm_attach(struct ipc_link *link, struct ipc_end *end)
{
	end->fd[IPC_IN] = shm_open(link->name[0], O_RDWR, 0);
	return end->fd[IPC_IN] < 0 ? -errno : 0;
}

static void shm_remove(struct ipc_link *link)
{
	name_remove(NAME_SHM, link->name[0]);
}

#define SHM .open = shm_create, .attach = shm_attach, .unlink = shm_remove, .close = shm_remove

static const struct ipc_variant posix_shm_variants[] = {
	{.name = "ring", .summary = "ring, payload copied in and out", .flags = IPC_BY_NAME, SHM},
	{.name = "ring-inplace",
	 .summary = "ring, payload written and read where it lies",
	 .flags = IPC_BY_NAME,
	 .family = &ring_inplace_family,
	 SHM},
	{.name = "ring-many",
	 .summary = "ring for several producers, payload copied in and out",
	 .family = &ring_many_family,
	 .flags = IPC_FAN_IN | IPC_BY_NAME,
	 SHM},
	{.name = "ring-all",
	 .summary = "ring for several consumers, each of which reads every message where it lies",
	 .family = &ring_all_family,
	 .flags = IPC_TO_ALL,
	 SHM},
	{.name = "mailbox",
	 .summary = "one slot, payload copied in and out",
	 .flags = IPC_BY_NAME,
	 .arg = 1,
	 SHM},
};
IPC_MECHANISM(posix_shm, &ring_family);
