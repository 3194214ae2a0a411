/* SPDX-License-Identifier: MIT */
/* Entering and leaving the states that are compared. */
#include "bench/command/arms.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int read_knobs(struct arm *arm, const char *name, const char *beside, char *error)
{
	char path[PATH_MAX + 128];
	int err;

	arm->kind = ARM_KNOBS;
	if (strchr(name, '/'))
		snprintf(path, sizeof(path), "%s", name);
	else
		snprintf(path, sizeof(path), "%s/../scripts/profiles/%s.knobs", beside, name);
	err = knobs_read(&arm->knobs, path, error);
	return err ? -EINVAL : 0;
}

int arm_read(struct arm *arm, const char *text, const char *beside, char *error)
{
	*arm = (struct arm){.kind = ARM_NONE};
	for (size_t i = 0; i < KNOBS_MAX; i++)
		arm->knobs.held[i] = -1;
	if (strlen(text) >= ARM_NAME || strpbrk(text, ",+\n")) {
		snprintf(error, KNOBS_ERROR,
			 "%s: too long for a name, or with a comma or plus in it", text);
		return -EINVAL;
	}
	snprintf(arm->name, sizeof(arm->name), "%s", text);
	if (!strcmp(text, "none"))
		return 0;
	if (!strncmp(text, "knobs:", 6) && text[6])
		return read_knobs(arm, text + 6, beside, error);
	snprintf(error, KNOBS_ERROR, "%s: no such kind; it takes none or knobs:NAME", text);
	return -EINVAL;
}

bool arm_changes(const struct arm *arm)
{
	return arm->kind == ARM_KNOBS;
}

int arm_enter(struct arm *arm, struct restore *r, char *error)
{
	if (arm->kind == ARM_KNOBS)
		return knobs_apply(&arm->knobs, r, error);
	if (arm->kind == ARM_BUILD && *arm->count && setenv("HANDOFF_INJECT", arm->count, 1)) {
		snprintf(error, KNOBS_ERROR, "no memory for the environment");
		return -ENOMEM;
	}
	return 0;
}

int arm_leave(struct arm *arm, struct restore *r)
{
	if (arm->kind == ARM_BUILD)
		unsetenv("HANDOFF_INJECT");
	if (arm->kind != ARM_KNOBS)
		return 0;
	knobs_release(&arm->knobs);
	return restore_reset(r, stderr);
}
