/* SPDX-License-Identifier: MIT */
#include "bench/plan/select.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "bench/ipc.h"
#include "bench/sync.h"

#define NAME_B 256

/* The variant as `glob` would write it: with group and variant where the glob has them. */
static void name_like(const char *glob, const char *group, const char *mechanism,
		      const char *variant, char name[NAME_B])
{
	bool slash = strchr(glob, '/'), colon = strchr(glob, ':');

	snprintf(name, NAME_B, "%s%s%s%s%s", slash ? group : "", slash ? "/" : "", mechanism,
		 colon ? ":" : "", colon ? variant : "");
}

/* Cuts the first glob off `*only`; false at the end. */
static bool next_glob(const char **only, char glob[NAME_B])
{
	size_t n = strcspn(*only, ",");

	if (!**only)
		return false;
	snprintf(glob, NAME_B, "%.*s", (int)n, *only);
	*only += n + ((*only)[n] == ',');
	return true;
}

bool select_matches(const char *only, const char *group, const char *mechanism, const char *variant)
{
	char glob[NAME_B], name[NAME_B];

	if (!only)
		return true;
	while (next_glob(&only, glob)) {
		name_like(glob, group, mechanism, variant, name);
		if (!fnmatch(glob, name, 0))
			return true;
	}
	return false;
}

/* Whether `glob` names the variant; else it may be what was meant. */
static bool try_name(const char *glob, const char *group, const char *mechanism,
		     const char *variant, struct closest *closest)
{
	char name[NAME_B];

	name_like(glob, group, mechanism, variant, name);
	closest_try(closest, name);
	return !fnmatch(glob, name, 0);
}

static bool names_any(const char *glob, struct closest *closest)
{
	for (const struct ipc_mechanism *m = ipc_mechanisms(); m; m = m->next)
		for (size_t i = 0; i < m->n_variants; i++)
			if (try_name(glob, "ipc", m->name, m->variants[i].name, closest))
				return true;
	for (const struct sync_mechanism *m = sync_mechanisms(); m; m = m->next)
		for (size_t i = 0; i < m->n_variants; i++)
			if (try_name(glob, "sync", m->name, m->variants[i].name, closest))
				return true;
	return false;
}

bool select_unknown(const char *only, char unknown[CLOSEST_NAME], struct closest *closest)
{
	char glob[NAME_B];

	while (only && next_glob(&only, glob)) {
		snprintf(unknown, CLOSEST_NAME, "%.*s", CLOSEST_NAME - 1, glob);
		*closest = (struct closest){.typed = unknown};
		if (!names_any(unknown, closest))
			return true;
	}
	return false;
}
