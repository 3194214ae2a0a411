/* SPDX-License-Identifier: MIT */
/*
 * A pair of System V semaphores (semop(2)), one set of one per direction, opened by key on each
 * side. Every operation is a system call. A set cannot lose its key and live: it goes when both
 * sides have ended.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/sem.h>

#include "bench/measure/ipc_loops.h"
#include "bench/measure/ipc_spin.h"

static inline ssize_t set_move(int id, short by, short flags, size_t len)
{
	struct sembuf op = {.sem_op = by, .sem_flg = flags};

	return semop(id, &op, 1) ? -errno : (ssize_t)len;
}

static inline ssize_t set_notify(struct ipc_end *end, const void *buf, size_t len)
{
	return set_move(end->id[IPC_OUT], 1, 0, len);
}

static inline ssize_t set_take(struct ipc_end *end, void *buf, size_t len)
{
	return set_move(end->id[IPC_IN], -1, 0, len);
}

static inline ssize_t set_try(struct ipc_end *end, void *buf, size_t len)
{
	return set_move(end->id[IPC_IN], -1, IPC_NOWAIT, len);
}

static const struct ipc_ops set_blocking = {
	.trips_only = true, .send = set_notify, .recv = set_take};
static const struct ipc_ops set_nowait = {.trips_only = true, .send = set_notify, .recv = set_try};
static const struct ipc_wait set_block = {.name = "block", .calls = 2};
IPC_SPIN(set_spin, 0, spin_blind, .calls = 0);

IPC_LOOPS(set_blocking, set_block);
IPC_SPIN_LOOPS(set_nowait, set_spin);

static const struct ipc_mode set_modes[] = {
	IPC_MODE(set_blocking, set_block),
	IPC_SPIN_MODE(set_nowait, set_spin),
};
static const struct ipc_family set_family = {.modes = set_modes, .n_modes = 2};

/* Linux begins at 0 (semget(2), NOTES). Sets are named by their sending side. */
static int set_open(struct ipc_link *link)
{
	for (int from = 0; from < 2; from++) {
		int err = name_new(NAME_SYSV_SEM, link->name[from], sizeof(link->name[from]));

		if (err)
			return err;
		if (semget(name_key(link->name[from]), 1, IPC_CREAT | IPC_EXCL | 0600) >= 0)
			continue;
		if (errno == ENOSPC)
			snprintf(link->why, sizeof(link->why),
				 "no more semaphores: sysctl kernel.sem, its second and fourth");
		return -errno;
	}
	return 0;
}

static int set_attach(struct ipc_link *link, struct ipc_end *end)
{
	end->id[IPC_IN] = semget(name_key(link->name[!end->side]), 1, 0);
	end->id[IPC_OUT] = semget(name_key(link->name[end->side]), 1, 0);
	return end->id[IPC_IN] < 0 || end->id[IPC_OUT] < 0 ? -errno : 0;
}

static void set_remove(struct ipc_link *link)
{
	for (int from = 0; from < 2; from++)
		name_remove(NAME_SYSV_SEM, link->name[from]);
}

static const struct ipc_variant sem_pair_sysv_variants[] = {
	{.name = "pair",
	 .summary = "notification: two sets of one",
	 .flags = IPC_NOTIFY,
	 .open = set_open,
	 .attach = set_attach,
	 .close = set_remove},
};
IPC_MECHANISM(sem_pair_sysv, &set_family);
