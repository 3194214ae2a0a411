/* SPDX-License-Identifier: MIT */
/*
 * From which file tuned takes a setting: the profile's tuned.conf, one that it includes, a file of
 * variables, or sysctl.d, all of which it applies again after a [sysctl] section. As tuned merges
 * them (tuned/profiles/merger.py, loader.py, variables.py, plugins/plugin_sysctl.py); it does not
 * say so itself.
 */
#ifndef BENCH_MACHINE_TUNED_SOURCE_H
#define BENCH_MACHINE_TUNED_SOURCE_H

#include "bench/machine/tuned.h"

struct tuned_sources;

/* Reads the files of `p` below `root` ("" for this machine). NULL: no memory. */
struct tuned_sources *tuned_sources_read(const char *root, const struct tuned_profile *p);

/*
 * Which file the profile has the setting `key` from, a key of settings.h, into `text`, with the
 * file of a variable in its value: "/usr/lib/tuned/a/tuned.conf, ${x} of /etc/tuned/b/tuned.conf".
 * False: no file of the profile names it.
 */
bool tuned_source(const struct tuned_sources *s, const char *key, char *text, size_t size);

/*
 * Calls `each` with what a file takes back only by having a section of the same name as one that it
 * includes: `name` is type, enabled or devices, which are as if never given.
 */
void tuned_resets(const struct tuned_sources *s,
		  void (*each)(void *arg, const char *section, const char *name, const char *value,
			       const char *from, const char *by),
		  void *arg);

void tuned_sources_free(struct tuned_sources *s);

#endif
