/* SPDX-License-Identifier: MIT */
/* A pair of anonymous pipes, one per direction; each holds 64 KiB by default (pipe(7)). */
#include "bench/measure/pipes.h"

static const struct ipc_variant pipe_variants[] = {
	{.name = "pair",
	 .summary = "two anonymous pipes",
	 .flags = IPC_FAN_IN,
	 .options = pipe_options,
	 .open = pipe_pair},
};
IPC_MECHANISM(pipe, &fd_family);
