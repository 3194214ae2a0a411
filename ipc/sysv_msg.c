/* SPDX-License-Identifier: MIT */
/*
 * A pair of System V message queues (msgop(2)), opened by key on each side. A queue cannot be both
 * nameless and alive: it goes when both sides have ended.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/msg.h>

#include "bench/measure/ipc_loops.h"
#include "bench/measure/ipc_spin.h"

/* What msgsnd(2) wants before the text; it lies in the buffer's header. */
static inline long *msg_type(const void *buf)
{
	return (long *)(uintptr_t)buf - 1;
}

static inline ssize_t msg_put(struct ipc_end *end, const void *buf, size_t len, int flags)
{
	*msg_type(buf) = 1; /* any above 0 */
	return msgsnd(end->id[IPC_OUT], msg_type(buf), len, flags) ? -errno : (ssize_t)len;
}

static inline ssize_t msg_get(struct ipc_end *end, void *buf, size_t len, int flags)
{
	ssize_t n = msgrcv(end->id[IPC_IN], msg_type(buf), len, 0, flags);

	return n >= 0 ? n : errno == ENOMSG ? -EAGAIN : -errno;
}

static inline ssize_t msg_send_block(struct ipc_end *end, const void *buf, size_t len)
{
	return msg_put(end, buf, len, 0);
}

static inline ssize_t msg_recv_block(struct ipc_end *end, void *buf, size_t len)
{
	return msg_get(end, buf, len, 0);
}

static inline ssize_t msg_send_spin(struct ipc_end *end, const void *buf, size_t len)
{
	return msg_put(end, buf, len, IPC_NOWAIT);
}

static inline ssize_t msg_recv_spin(struct ipc_end *end, void *buf, size_t len)
{
	return msg_get(end, buf, len, IPC_NOWAIT);
}

static const struct ipc_ops msg_blocking = {
	.whole = true,
	.send = msg_send_block,
	.recv = msg_recv_block,
};
static const struct ipc_ops msg_nowait = {
	.whole = true,
	.send = msg_send_spin,
	.recv = msg_recv_spin,
};
static const struct ipc_wait msg_block = {.name = "block", .calls = 2};
IPC_SPIN(msg_spin, 0, spin_blind, .calls = 0);

IPC_LOOPS(msg_blocking, msg_block);
IPC_SPIN_LOOPS(msg_nowait, msg_spin);

static const struct ipc_mode msg_modes[] = {
	IPC_MODE(msg_blocking, msg_block),
	IPC_SPIN_MODE(msg_nowait, msg_spin),
};
static const struct ipc_family msg_family = {.modes = msg_modes, .n_modes = 2};

/* Queues are named by their sending side. */
static int msg_create(struct ipc_link *link)
{
	struct msqid_ds queue;

	for (int from = 0; from < 2; from++) {
		int id, err = name_new(NAME_SYSV_MSG, link->name[from], sizeof(link->name[from]));

		if (err)
			return err;
		id = msgget(name_key(link->name[from]), IPC_CREAT | IPC_EXCL | 0600);
		if (id < 0 && errno == ENOSPC)
			snprintf(link->why, sizeof(link->why),
				 "no more queues: sysctl kernel.msgmni");
		if (id < 0 || msgctl(id, IPC_STAT, &queue))
			return -errno;
	}
	ipc_note(link, "qbytes", queue.msg_qbytes);
	return 0;
}

static int msg_attach(struct ipc_link *link, struct ipc_end *end)
{
	end->id[IPC_IN] = msgget(name_key(link->name[!end->side]), 0);
	end->id[IPC_OUT] = msgget(name_key(link->name[end->side]), 0);
	return end->id[IPC_IN] < 0 || end->id[IPC_OUT] < 0 ? -errno : 0;
}

static void msg_remove(struct ipc_link *link)
{
	for (int from = 0; from < 2; from++)
		name_remove(NAME_SYSV_MSG, link->name[from]);
}

static size_t read_limit(const char *path, size_t otherwise)
{
	FILE *f = fopen(path, "re");
	size_t limit;

	if (!f)
		return otherwise;
	if (fscanf(f, "%zu", &limit) != 1)
		limit = otherwise;
	fclose(f);
	return limit;
}

/* One that does not fit into an empty queue would wait for ever; the defaults are msgop(2)'s. */
static size_t msg_max(void)
{
	size_t message = read_limit("/proc/sys/kernel/msgmax", 8192);
	size_t queue = read_limit("/proc/sys/kernel/msgmnb", 16384);

	return message < queue ? message : queue;
}

static const struct ipc_variant sysv_msg_variants[] = {
	{.name = "pair",
	 .summary = "two queues",
	 .flags = IPC_FAN_IN | IPC_BY_NAME,
	 .open = msg_create,
	 .attach = msg_attach,
	 .close = msg_remove,
	 .max_msg = msg_max,
	 .raise_max = "sysctl kernel.msgmax and kernel.msgmnb"},
};
IPC_MECHANISM(sysv_msg, &msg_family);
