/* SPDX-License-Identifier: MIT */
/*
 * A mapped file (mmap(2), MAP_SHARED): each side opens it by its path, which is gone as soon as
 * both have. It lies in the private directory; the row names that file system, because what a first
 * store to a page costs after the kernel has written it back is the file system's affair.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "bench/ipc.h"

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342 /* statfs(2); linux/magic.h has it since Linux 5.8 */
#endif

static void note_file_system(struct ipc_link *link, int fd)
{
	static const struct {
		unsigned type; /* statfs(2) */
		const char *name;
	} known[] = {
		{TMPFS_MAGIC, "tmpfs"},	    {EXT4_SUPER_MAGIC, "ext4"},
		{XFS_SUPER_MAGIC, "xfs"},   {BTRFS_SUPER_MAGIC, "btrfs"},
		{F2FS_SUPER_MAGIC, "f2fs"}, {OVERLAYFS_SUPER_MAGIC, "overlay"},
	};
	struct statfs fs;
	char other[16];

	if (fstatfs(fd, &fs))
		return;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if ((unsigned)fs.f_type == known[i].type) {
			ipc_note_word(link, "fs", known[i].name);
			return;
		}
	snprintf(other, sizeof(other), "0x%x", (unsigned)fs.f_type);
	ipc_note_word(link, "fs", other);
}

static int file_create(struct ipc_link *link)
{
	int fd, err = name_new(NAME_PATH, link->name[0], sizeof(link->name[0]));

	if (err)
		return err;
	fd = open(link->name[0], O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	note_file_system(link, fd);
	err = ring_size_file(link, fd);
	close(fd);
	return err;
}

static int file_attach(struct ipc_link *link, struct ipc_end *end)
{
	end->fd[IPC_IN] = open(link->name[0], O_RDWR | O_CLOEXEC);
	return end->fd[IPC_IN] < 0 ? -errno : 0;
}

static void file_remove(struct ipc_link *link)
{
	name_remove(NAME_PATH, link->name[0]);
}

#define MAPPED                                                                       \
	.flags = IPC_TWIN | IPC_BY_NAME, .open = file_create, .attach = file_attach, \
	.unlink = file_remove, .close = file_remove

static const struct ipc_variant mmap_file_variants[] = {
	{.name = "ring", .summary = "ring, payload copied in and out", MAPPED},
	{.name = "mailbox", .summary = "one slot, payload copied in and out", .arg = 1, MAPPED},
};
IPC_MECHANISM(mmap_file, &ring_family);
