/* SPDX-License-Identifier: MIT */
/*
 * System V shared memory (shmget(2)): each side attaches the segment by its key; marked for removal
 * as soon as both have, so it goes with them.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/shm.h>

#include "bench/ipc.h"

/* What shmget(2) means by the errors that a limit causes. */
static int seg_refused(struct ipc_link *link, int err)
{
	const char *why = NULL;

	if (err == EPERM)
		why = "reserved huge pages need CAP_IPC_LOCK or a group in vm.hugetlb_shm_group";
	else if (err == ENOMEM && link->pages == PAGES_HUGE)
		why = memory_explain(-ENOMEM, link->pages);
	else if (err == EINVAL)
		why = "larger than a segment may be: sysctl kernel.shmmax";
	else if (err == ENOSPC)
		why = "no more segments or pages: sysctl kernel.shmmni and kernel.shmall";
	if (why)
		snprintf(link->why, sizeof(link->why), "%s", why);
	return -err;
}

static int seg_create(struct ipc_link *link)
{
	int huge = link->pages == PAGES_HUGE ? SHM_HUGETLB : 0;
	int err = name_new(NAME_SYSV_SHM, link->name[0], sizeof(link->name[0]));

	if (err)
		return err;
	if (shmget(name_key(link->name[0]), ring_bytes(link), IPC_CREAT | IPC_EXCL | huge | 0600) <
	    0)
		return seg_refused(link, errno);
	return 0;
}

static int seg_attach(struct ipc_link *link, struct ipc_end *end)
{
	int id = shmget(name_key(link->name[0]), 0, 0);
	void *at = id < 0 ? (void *)-1 : shmat(id, NULL, 0);

	if (at == (void *)-1)
		return -errno;
	end->memory = at; /* munmap(2) detaches it as shmdt(2) does */
	return 0;
}

static void seg_remove(struct ipc_link *link)
{
	name_remove(NAME_SYSV_SHM, link->name[0]);
}

#define SEGMENT                                                                                  \
	.flags = IPC_HUGETLB | IPC_TWIN | IPC_BY_NAME, .open = seg_create, .attach = seg_attach, \
	.unlink = seg_remove, .close = seg_remove

static const struct ipc_variant sysv_shm_variants[] = {
	{.name = "ring", .summary = "ring, payload copied in and out", SEGMENT},
	{.name = "mailbox", .summary = "one slot, payload copied in and out", .arg = 1, SEGMENT},
};
IPC_MECHANISM(sysv_shm, &ring_family);
