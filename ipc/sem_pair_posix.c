/* SPDX-License-Identifier: MIT */
/*
 * A pair of POSIX semaphores (sem_overview(7)), one per direction: unnamed ones in shared memory,
 * or named ones that each side opens. Only a side that must sleep, and who wakes it, enter the
 * kernel.
 */
#include <fcntl.h>
#include <semaphore.h>
#include <stdalign.h>
#include <stdlib.h>

#include "bench/measure/ipc_loops.h"
#include "bench/measure/ipc_spin.h"

enum { UNNAMED, NAMED };

/* The semaphore of one direction, named by its sending side; in memory of both sides. */
struct sem_box {
	alignas(BENCH_ALIGN) sem_t sem;
};

struct sem_side {
	sem_t *sem[2]; /* [enum ipc_dir]; SEM_FAILED = none */
};

static inline ssize_t sem_notify(struct ipc_end *end, const void *buf, size_t len)
{
	const struct sem_side *own = end->own;

	return sem_post(own->sem[IPC_OUT]) ? -errno : (ssize_t)len;
}

static inline ssize_t sem_take(struct ipc_end *end, void *buf, size_t len)
{
	const struct sem_side *own = end->own;

	return sem_wait(own->sem[IPC_IN]) ? -errno : (ssize_t)len;
}

static inline ssize_t sem_try(struct ipc_end *end, void *buf, size_t len)
{
	const struct sem_side *own = end->own;

	return sem_trywait(own->sem[IPC_IN]) ? -errno : (ssize_t)len;
}

static const struct ipc_ops sem_blocking = {
	.trips_only = true, .send = sem_notify, .recv = sem_take};
static const struct ipc_ops sem_nowait = {.trips_only = true, .send = sem_notify, .recv = sem_try};
static const struct ipc_wait sem_block = {.name = "block"};
IPC_SPIN(sem_spin, 0, spin_blind, .calls = IPC_NO_CALLS);

IPC_LOOPS(sem_blocking, sem_block);
IPC_SPIN_LOOPS(sem_nowait, sem_spin);

static const struct ipc_mode sem_modes[] = {
	IPC_MODE(sem_blocking, sem_block),
	IPC_SPIN_MODE(sem_nowait, sem_spin),
};

static int box_open(struct ipc_link *link)
{
	struct sem_box *box;
	int err = memory_map(2 * sizeof(*box), PAGES_BASE, &link->memory);

	box = link->memory;
	for (int from = 0; from < 2 && !err; from++)
		if (sem_init(&box[from].sem, 1, 0))
			err = -errno;
	return err;
}

static int named_open(struct ipc_link *link)
{
	for (int from = 0; from < 2; from++) {
		int err = name_new(NAME_SEM, link->name[from], sizeof(link->name[from]));
		sem_t *sem;

		if (err)
			return err;
		sem = sem_open(link->name[from], O_CREAT | O_EXCL, 0600, 0);
		if (sem == SEM_FAILED)
			return -errno;
		sem_close(sem);
	}
	return 0;
}

static int sem_attach(struct ipc_link *link, struct ipc_end *end)
{
	struct sem_side *own = malloc(sizeof(*own));
	struct sem_box *box = link->memory;

	end->own = own;
	if (!own)
		return -ENOMEM;
	for (enum ipc_dir dir = IPC_IN; dir <= IPC_OUT; dir++) {
		unsigned from = dir == IPC_OUT ? end->side : !end->side;

		own->sem[dir] = box ? &box[from].sem : sem_open(link->name[from], 0);
		if (own->sem[dir] == SEM_FAILED)
			return -errno;
	}
	return 0;
}

static void sem_detach(struct ipc_end *end)
{
	const struct sem_side *own = end->own;

	for (enum ipc_dir dir = IPC_IN; dir <= IPC_OUT; dir++)
		if (end->link->variant->arg == NAMED)
			sem_close(own->sem[dir]);
	free(end->own);
	end->own = NULL;
}

static void box_close(struct ipc_link *link)
{
	memory_unmap(link->memory, 2 * sizeof(struct sem_box), PAGES_BASE);
	link->memory = NULL;
}

static void named_remove(struct ipc_link *link)
{
	for (int from = 0; from < 2; from++)
		name_remove(NAME_SEM, link->name[from]);
}

static const struct ipc_family sem_family = {
	.detach = sem_detach, .modes = sem_modes, .n_modes = 2};

static const struct ipc_variant sem_pair_posix_variants[] = {
	{.name = "unnamed",
	 .summary = "notification: two in shared memory",
	 .flags = IPC_NOTIFY,
	 .arg = UNNAMED,
	 .open = box_open,
	 .attach = sem_attach,
	 .close = box_close},
	{.name = "named",
	 .summary = "notification: two opened by name",
	 .flags = IPC_NOTIFY,
	 .arg = NAMED,
	 .open = named_open,
	 .attach = sem_attach,
	 .unlink = named_remove,
	 .close = named_remove},
};
IPC_MECHANISM(sem_pair_posix, &sem_family);
