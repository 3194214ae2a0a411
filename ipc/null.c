/* SPDX-License-Identifier: MIT */
/* Moves nothing: what the loop itself costs. Published beside the results, never subtracted. */
#include "bench/measure/ipc_loops.h"

static inline ssize_t null_send(struct ipc_end *end, const void *buf, size_t len)
{
	return (ssize_t)len;
}

static inline ssize_t null_recv(struct ipc_end *end, void *buf, size_t len)
{
	return (ssize_t)len;
}

static const struct ipc_ops null_ops = {.send = null_send, .recv = null_recv};
static const struct ipc_wait no_wait = {.name = "none", .calls = IPC_NO_CALLS};

IPC_LOOPS(null_ops, no_wait);
static const struct ipc_mode null_modes[] = {IPC_MODE(null_ops, no_wait)};
static const struct ipc_family null_family = {.modes = null_modes, .n_modes = 1};

static const struct ipc_variant null_variants[] = {
	{.name = "floor",
	 .summary = "nothing is moved: the harness's own cost",
	 .flags = IPC_FLOOR},
};
IPC_MECHANISM(null, &null_family);
