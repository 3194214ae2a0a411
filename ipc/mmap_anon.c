/* SPDX-License-Identifier: MIT */
/*
 * Anonymous shared memory (mmap(2), MAP_SHARED | MAP_ANONYMOUS): mapped once, before the fork, and
 * inherited, so both sides have it at the same address. Behind it is the kernel's own tmpfs, as
 * behind memfd.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>

#include "bench/ipc.h"

static int anon_open(struct ipc_link *link)
{
	int huge = link->pages == PAGES_HUGE ? MAP_HUGETLB : 0;
	void *memory = mmap(NULL, ring_bytes(link), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | huge, -1, 0);

	if (memory == MAP_FAILED) {
		snprintf(link->why, sizeof(link->why), "%s", memory_explain(-errno, link->pages));
		return -errno;
	}
	link->memory = memory;
	return 0;
}

static void anon_close(struct ipc_link *link)
{
	if (link->memory)
		munmap(link->memory, ring_bytes(link));
	link->memory = NULL;
}

#define ANON .flags = IPC_HUGETLB | IPC_TWIN, .open = anon_open, .close = anon_close

static const struct ipc_variant mmap_anon_variants[] = {
	{.name = "ring", .summary = "ring, payload copied in and out", ANON},
	{.name = "mailbox", .summary = "one slot, payload copied in and out", .arg = 1, ANON},
};
IPC_MECHANISM(mmap_anon, &ring_family);
