/* SPDX-License-Identifier: MIT */
/*
 * A treatment of some settings, read from a small file: one line each,
 *	sysctl net.core.busy_poll = 50
 *	file /sys/kernel/mm/transparent_hugepage/enabled = never
 *	hold /dev/cpu_dma_latency = 0
 *	file /sys/devices/system/cpu/cpu0/cpufreq/scaling_min_freq = @scaling_max_freq
 * and # comments. The value @NAME is what the file NAME beside it says when the treatment begins. A
 *path may be a pattern of glob(7), which stands for all files it matches now; each gets its own old
 * value back. A line that begins with "?" is left out where the machine has no such setting or does
 *not take the value.
 */
#ifndef BENCH_MACHINE_KNOBS_H
#define BENCH_MACHINE_KNOBS_H

#include "bench/machine/restore.h"

#define KNOBS_ERROR 1024 /* bytes of a message */

struct knob {
	char path[SETTING_PATH];
	char value[SETTING_VALUE]; /* or "@NAME" */
	bool hold;		   /* kept open with the value, as /dev/cpu_dma_latency wants it */
	bool optional;		   /* left out where it does not exist or is refused */
	int fd;			   /* that holds; 0 = none */
	int refused;		   /* -errno of the last knobs_apply(); 0 = it is set */
};

struct knobs {
	struct knob *knob;
	size_t n, room;
};

/*
 * Reads `path`. 0, -errno, or -EBADMSG; `error` (KNOBS_ERROR bytes) says where and what is right.
 */
int knobs_read(struct knobs *k, const char *path, char *error);

/*
 * Applies all, each noted in `r` first, and reads them back. 0, or -errno with `error`; then some
 * may be applied: restore_end() and knobs_release() undo it.
 */
int knobs_apply(struct knobs *k, struct restore *r, char *error);

/* Closes what is held; the settings stay as they are. */
void knobs_release(struct knobs *k);

/* Adds one. 0 or -ENOMEM. */
int knobs_add(struct knobs *k, const struct knob *knob);

/*
 * How many of its settings are here; of the first that is not, why, into `why` (KNOBS_ERROR bytes).
 */
size_t knobs_here(const struct knobs *k, char *why);

/* What was left out the last time, and why, into `text`; "" = nothing. */
void knobs_left_out(const struct knobs *k, char *text, size_t size);

void knobs_free(struct knobs *k);

#endif
