/* SPDX-License-Identifier: MIT */
/*
 * The cheapest system call: what any mechanism that enters the kernel pays at least, per call, with
 * this processor's mitigations. getppid(2) by syscall(2), so that no libc can answer for the
 * kernel.
 */
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/measure/ipc_loops.h"

static inline ssize_t no_send(struct ipc_end *end, const void *buf, size_t len)
{
	return (ssize_t)len;
}

static inline ssize_t call_kernel(struct ipc_end *end, void *buf, size_t len)
{
	return syscall(SYS_getppid) < 0 ? -errno : (ssize_t)len;
}

static const struct ipc_ops call_ops = {.send = no_send, .recv = call_kernel};
static const struct ipc_wait call_none = {.name = "none", .calls = 1};

IPC_LOOPS(call_ops, call_none);
static const struct ipc_mode call_modes[] = {IPC_MODE(call_ops, call_none)};
static const struct ipc_family call_family = {.modes = call_modes, .n_modes = 1};

static const struct ipc_variant syscall_variants[] = {
	{.name = "getppid", .summary = "one system call that does nothing", .flags = IPC_FLOOR},
};
IPC_MECHANISM(syscall, &call_family);
