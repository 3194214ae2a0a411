/* SPDX-License-Identifier: MIT */
/*
 * Snapshots of everything on a machine that is set by somebody and may decide what a hand-over
 * costs: a flat list of keys and values, one file per snapshot, diffable. Only read, never set.
 */
#ifndef BENCH_MACHINE_SETTINGS_H
#define BENCH_MACHINE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct settings;

/*
 * Reads the settings of the machine below `root` ("" for this one) and the variables of
 * `environment` (NULL-terminated) that change how programs run. Keys are paths; "#" in a path
 * stands for numbers that have the value: "0-3:performance;4-7:powersave". What cannot be read has
 * no key. NULL: no memory.
 */
struct settings *settings_read(const char *root, char *const *environment);

/* No settings yet, for those of other things. NULL: no memory. */
struct settings *settings_new(void);

/* Adds a setting that is not of the machine: version, compiler. 0 or -ENOMEM. */
int settings_add(struct settings *s, const char *key, const char *value);

/* Writes one "key=value" per line, sorted by key. 0 or -errno. */
int settings_write(struct settings *s, FILE *out);

/* Reads what settings_write() wrote. 0, -errno, -EBADMSG for a line without "=". */
int settings_load(struct settings **ret, const char *path);

/* Likewise from `in`, which stays open. */
int settings_parse(struct settings **ret, FILE *in);

/*
 * The same settings for a comparison between machines: without what differs on each by nature (its
 * name, counters, where interrupts are at the moment), and with what the kernel derives from the
 * exact amount of memory to two digits. NULL: no memory.
 */
struct settings *settings_fold(struct settings *s);

/* Calls `each` (0 or -errno) for every setting, sorted by key. 0, or the first error. */
int settings_each(struct settings *s, int (*each)(void *arg, const char *key, const char *value),
		  void *arg);

/* The value of `key`; NULL when it has none. */
const char *settings_get(struct settings *s, const char *key);

/* Parts of the settings, as bits. */
enum settings_part {
	SETTINGS_STABLE =
		1, /* tells one machine, kernel and build from another: no reboot changes it */
	SETTINGS_TUNING = 2, /* somebody sets it */
	SETTINGS_CHOSEN = 4, /* the kernel or systemd chooses it, within what somebody set */
	SETTINGS_ALL = 7
};

/*
 * Calls `each` for every key of the parts `of` (a set of enum settings_part) whose value differs;
 * NULL = the key was not there before, or is not there any more. The number of differences.
 */
size_t settings_compare(struct settings *before, struct settings *after, unsigned of,
			void (*each)(void *arg, const char *key, const char *from, const char *to),
			void *arg);

void settings_free(struct settings *s);

#endif
