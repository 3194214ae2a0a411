/* SPDX-License-Identifier: MIT */
/* Where the kernel's tracing is, without leaving anything mounted. */
#ifndef BENCH_MACHINE_TRACEFS_H
#define BENCH_MACHINE_TRACEFS_H

#include <stdbool.h>

/*
 * A directory that is tracefs: where it is mounted, else a mount of our own that no name leads to
 * and that ends with this process. NULL with errno where there is none or we may not: ENODEV, EPERM
 * and the like.
 */
const char *tracefs_path(void);

/* Removes the instance `name`, with what it recorded; whether there was one. */
bool tracefs_remove_instance(const char *name);

#endif
