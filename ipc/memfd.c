/* SPDX-License-Identifier: MIT */
/*
 * Anonymous memory behind a descriptor (memfd_create(2)): it has no name, both sides inherit the
 * descriptor and map it. The one memory with every layout; the others have what shows whether the
 * memory matters.
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/ipc.h"

static int memfd_open(struct ipc_link *link)
{
	unsigned huge = link->pages == PAGES_HUGE ? MFD_HUGETLB : 0;
	int fd = memfd_create("handoff", MFD_CLOEXEC | huge);

	if (fd < 0)
		return -errno;
	link->fd[0][IPC_IN] = fd;
	return ftruncate(fd, (off_t)ring_bytes(link)) ? -errno : 0;
}

static int memfd_attach(struct ipc_link *link, struct ipc_end *end)
{
	end->fd[IPC_IN] = dup(link->fd[0][IPC_IN]);
	return end->fd[IPC_IN] < 0 ? -errno : 0;
}

static void memfd_close(struct ipc_link *link)
{
	if (link->fd[0][IPC_IN] >= 0)
		close(link->fd[0][IPC_IN]);
	link->fd[0][IPC_IN] = -1;
}

#define MEMFD                                                                        \
	.flags = IPC_HUGETLB | IPC_TWIN, .open = memfd_open, .attach = memfd_attach, \
	.close = memfd_close

static const struct ipc_variant memfd_variants[] = {
	{.name = "ring", .summary = "ring, payload copied in and out", MEMFD},
	{.name = "ring-inplace",
	 .summary = "ring, payload written and read where it lies",
	 .family = &ring_inplace_family,
	 MEMFD},
	{.name = "mailbox", .summary = "one slot, payload copied in and out", .arg = 1, MEMFD},
	{.name = "mailbox-inplace",
	 .summary = "one slot, payload written and read where it lies",
	 .family = &ring_inplace_family,
	 .arg = 1,
	 MEMFD},
};
IPC_MECHANISM(memfd, &ring_family);
