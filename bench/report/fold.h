/* SPDX-License-Identifier: MIT */
/* Settings of one machine as they are compared with those of its sisters. */
#ifndef BENCH_REPORT_FOLD_H
#define BENCH_REPORT_FOLD_H

#include <stdio.h>

#include "bench/machine/settings.h"

/*
 * Reads a snapshot of settings from `in`, which stays open, and leaves out what differs on every
 * machine by nature: counters, load, and, of any value, UUIDs, hardware addresses, ids, and the
 * name `host` ("" = not known). 0 or -errno: -EBADMSG for a line without "=".
 */
int fold_read(FILE *in, const char *host, struct settings **ret);

/* The same of settings that are in memory. */
int fold_settings(struct settings *s, const char *host, struct settings **ret);

#endif
