/* SPDX-License-Identifier: MIT */
/* Schedulers loaded into the kernel (sched_ext, Documentation/scheduler/sched-ext.rst). */
#ifndef BENCH_MACHINE_SCX_H
#define BENCH_MACHINE_SCX_H

#include <limits.h>
#include <stdbool.h>

#define SCX_ERROR 1024 /* bytes of a message */

/*
 * Finds `program`, a path or a name in $PATH, into `path` (PATH_MAX bytes). 0; or with `error`
 * (SCX_ERROR bytes) -EOPNOTSUPP where the kernel below `root` has no sched_ext, -EBUSY while such a
 * scheduler is at work already, -EPERM without root, -EINVAL without the program.
 */
int scx_find(const char *root, const char *program, char *path, char *error);

/* Whether one is at work, by the kernel's word below `root` ("" for the real one). */
bool scx_is_on(const char *root);

#endif
