/* SPDX-License-Identifier: MIT */
/*
 * Settings of the machine that a comparison changes, and the journal that puts them back: each old
 * value is on the disk before the first change, so that a killed run can be undone by the next one.
 */
#ifndef BENCH_MACHINE_RESTORE_H
#define BENCH_MACHINE_RESTORE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define SETTING_VALUE 1024 /* bytes of a value, its NUL included */
#define SETTING_PATH 256   /* bytes of a path */

/*
 * The value of the file `path` (SETTING_VALUE bytes): without its last newline; of a choice such as
 * "always [madvise] never" the chosen word. 0; -E2BIG; or -errno.
 */
int setting_read(const char *path, char *value);

/*
 * Whether the kernel, which says `now`, has taken `value`: it has the same words, whatever is
 * between them; or the one word is among several, as a flag.
 */
bool setting_same(const char *now, const char *value);

/* Writes `value` into `path`, in one write as sysfs and sysctl want it. 0 or -errno. */
int setting_write(const char *path, const char *value);

/*
 * Whether `path` is below /proc/sys, /proc/irq or /sys and has no "..": nothing else is ever
 * written.
 */
bool setting_allowed(const char *path);

/* A journal that is being kept. */
struct restore {
	int fd;		     /* holds the lock; -1 = none */
	char path[PATH_MAX]; /* of the journal */
};

/*
 * Where journals stand: $XDG_STATE_HOME/handoff, else /var/lib/handoff for root, else
 * ~/.local/state/handoff.
 */
void restore_path(char *path, size_t size);

/*
 * Begins a journal, in a directory that it makes. 0; -EEXIST: a killed run left one; -EBUSY:
 * another run is at work; -EPERM: the directory is somebody else's or others may write to it; or
 * -errno.
 */
int restore_begin(struct restore *r);

/*
 * Notes the present value of `path` before it is changed to `value`, once. Of a list of flags,
 * which takes one of them at a time (sched/features), that is how the flag stands. NULL = to
 * whatever. 0 or -errno.
 */
int restore_note(struct restore *r, const char *path, const char *to);

/* A line as it is, not synced: a setting and its value, or what undo.h knows. 0 or -errno. */
int restore_write(struct restore *r, const char *key, const char *value);

/* All lines are on the disk. 0 or -errno. */
int restore_sync(struct restore *r);

/*
 * Puts all settings back, the last noted first, and keeps the journal: from one treatment to the
 * next. Says on `words` what could not be put back; how many that are, or -errno.
 */
int restore_reset(struct restore *r, FILE *words);

/* Likewise with all that undo.h knows, and removes the journal when everything is as it was. */
int restore_end(struct restore *r, FILE *words);

/*
 * Whether a killed run has left a journal: 1; 0; -EBUSY while one is at work. `path` as
 * restore_path().
 */
int restore_pending(char *path, size_t size);

/* Like restore_end() for a journal that a killed run left; -ENOENT when there is none. */
int restore_leftover(FILE *words);

#endif
