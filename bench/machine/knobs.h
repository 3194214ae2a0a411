/* SPDX-License-Identifier: MIT */
/*
 * A treatment of few settings, read from a small file: one line each,
 *	sysctl net.core.busy_poll = 50
 *	file /sys/kernel/mm/transparent_hugepage/enabled = never
 *	hold /dev/cpu_dma_latency = 0
 * and # comments. A line that begins with "?" is left out where the machine has no such setting.
 */
#ifndef BENCH_MACHINE_KNOBS_H
#define BENCH_MACHINE_KNOBS_H

#include "bench/machine/restore.h"

#define KNOBS_MAX 32
#define KNOBS_ERROR 1024 /* bytes of a message */

struct knob {
	char path[SETTING_PATH];
	char value[SETTING_VALUE];
	bool hold;     /* kept open with the value, as /dev/cpu_dma_latency wants it */
	bool optional; /* left out where it does not exist */
};

struct knobs {
	struct knob knob[KNOBS_MAX];
	size_t n;
	int held[KNOBS_MAX]; /* descriptors of those that hold; -1 = none */
};

/* Reads `path`. 0, -errno, or -EBADMSG; `error` (KNOBS_ERROR bytes) says where and what is right. */
int knobs_read(struct knobs *k, const char *path, char *error);

/*
 * Applies all, each noted in `r` first, and reads them back. 0, or -errno with `error`; then some
 * may be applied: restore_end() and knobs_release() undo it.
 */
int knobs_apply(struct knobs *k, struct restore *r, char *error);

/* Closes what is held; the settings stay as they are. */
void knobs_release(struct knobs *k);

#endif
