/* SPDX-License-Identifier: MIT */
/* Entering and leaving the states that are compared. */
#include "bench/command/arms.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/clock.h"

#define APPLY_NS (60 * SECOND_NS) /* in which a profile, its scripts included, is applied */
#define LOOK_NS (SECOND_NS / 100) /* between two looks whether it is */

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
			 "%s: the name is too long, or contains a comma or a plus", text);
		return -EINVAL;
	}
	snprintf(arm->name, sizeof(arm->name), "%s", text);
	if (!strcmp(text, "none"))
		return 0;
	if (!strncmp(text, "knobs:", 6) && text[6])
		return read_knobs(arm, text + 6, beside, error);
	if (!strncmp(text, "tuned:", 6) && text[6]) {
		int err = tuned_find(&arm->profile, text + 6, error);

		arm->kind = ARM_TUNED;
		return err == -ENOENT ? -EINVAL : err;
	}
	snprintf(error, KNOBS_ERROR, "%s: no such kind; it takes none, knobs:NAME or tuned:NAME",
		 text);
	return -EINVAL;
}

void arms_list(const char *beside, FILE *out)
{
	char path[PATH_MAX + 64];
	glob_t found;

	fprintf(out, "none\n");
	snprintf(path, sizeof(path), "%s/../scripts/profiles/*.knobs", beside);
	if (!glob(path, 0, NULL, &found)) {
		for (size_t i = 0; i < found.gl_pathc; i++) {
			const char *name = strrchr(found.gl_pathv[i], '/') + 1;

			fprintf(out, "knobs:%.*s\n", (int)(strlen(name) - strlen(".knobs")), name);
		}
		globfree(&found);
	}
	tuned_list(out);
}

bool arm_changes(const struct arm *arm)
{
	return arm->kind == ARM_KNOBS || arm->kind == ARM_TUNED;
}

/* The daemon with the arm's profile, or the empty one; until it says that it is applied. */
static int enter_tuned(struct arm *arm, struct arm_switch *s)
{
	static const struct tuned_profile empty = {.name = TUNED_EMPTY};
	const struct tuned_profile *profile = arm->kind == ARM_TUNED ? &arm->profile : &empty;
	uint64_t until = clock_system_now_ns() + APPLY_NS;
	int err = tuned_start(s->tuned, profile, s->restore, &s->children->mask, s->error);

	while (!err) {
		err = tuned_applied(s->tuned, s->error);
		if (err)
			break;
		if (child_interrupted(s->children, clock_system_now_ns() + LOOK_NS))
			return -EINTR;
		if (clock_system_now_ns() < until)
			continue;
		snprintf(s->error, KNOBS_ERROR,
			 "%s: tuned did not report within %llu s that it is applied", arm->name,
			 APPLY_NS / SECOND_NS);
		return -ETIMEDOUT;
	}
	if (err < 0)
		return err;
	if (arm->kind == ARM_TUNED && !arm->verified)
		tuned_verify(s->tuned); /* once: it answers within a second or two only */
	arm->verified = true;
	return 0;
}

int arm_enter(struct arm *arm, struct arm_switch *s)
{
	int err = s->tuned ? enter_tuned(arm, s) : 0;

	if (err)
		return err;
	if (arm->kind == ARM_KNOBS)
		return knobs_apply(&arm->knobs, s->restore, s->error);
	if (arm->kind == ARM_BUILD && *arm->count && setenv("HANDOFF_INJECT", arm->count, 1)) {
		snprintf(s->error, KNOBS_ERROR, "no memory for the environment");
		return -ENOMEM;
	}
	return 0;
}

/* Its roll-back; a daemon that was not there to the end makes the visit worthless. */
static int leave_tuned(const struct arm *arm, struct arm_switch *s)
{
	int err = tuned_stop(s->tuned);

	if (err == -ECHILD)
		snprintf(s->error, KNOBS_ERROR,
			 "%s: the tuned daemon ended during the visit; this block does not count",
			 arm->name);
	else if (err)
		snprintf(s->error, KNOBS_ERROR,
			 "%s: the tuned daemon did not end in time and was killed", arm->name);
	return err;
}

int arm_leave(struct arm *arm, struct arm_switch *s)
{
	int err = s->tuned && s->tuned->pid ? leave_tuned(arm, s) : 0, left = 0;

	if (arm->kind == ARM_BUILD)
		unsetenv("HANDOFF_INJECT");
	if (arm->kind == ARM_KNOBS)
		knobs_release(&arm->knobs);
	if (arm_changes(arm))
		left = restore_reset(s->restore, stderr);
	if (left > 0)
		snprintf(s->error, KNOBS_ERROR, "settings could not be put back after %s",
			 arm->name);
	return err ? err : left;
}
