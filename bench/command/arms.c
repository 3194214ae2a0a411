/* SPDX-License-Identifier: MIT */
/* Arms as lists of parts: read, entered in order, left in the reverse order. */
#include "bench/command/arms.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>

static const struct arm_kind *const kinds[] = {&arm_knobs, &arm_tuned, &arm_scx, &arm_options,
					       &arm_env};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

/*
 * The kind of `text`, and in *rest what is behind its colon. A part that begins with "--" is of
 * options.
 */
static const struct arm_kind *find_kind(const char *text, const char **rest)
{
	*rest = text;
	if (!strncmp(text, "--", 2))
		return &arm_options;
	for (size_t i = 0; i < N_KINDS; i++) {
		size_t len = strlen(kinds[i]->name);

		*rest = text + len + 1;
		if (!strncmp(text, kinds[i]->name, len) && text[len] == ':' && **rest)
			return kinds[i];
	}
	return NULL;
}

static int complain_kind(const char *text, char *error)
{
	int used = snprintf(error, KNOBS_ERROR, "%s: no such kind; it takes none", text);

	for (size_t i = 0; i < N_KINDS && used < KNOBS_ERROR; i++)
		used += snprintf(error + used, KNOBS_ERROR - (size_t)used, "%s%s:%s",
				 i + 1 < N_KINDS ? ", " : " or ", kinds[i]->name, kinds[i]->takes);
	return -EINVAL;
}

/*
 * Whether the arm already has what `part` names before its "=": the one would silently undo the
 * other.
 */
static bool is_twice(const struct arm *arm, const struct arm_part *part)
{
	size_t len = strcspn(part->text, "=");

	for (size_t i = 0; i < arm->n_parts; i++) {
		const struct arm_part *other = &arm->parts[i];

		if (other->kind == part->kind && strcspn(other->text, "=") == len &&
		    !strncmp(other->text, part->text, len))
			return true;
	}
	return false;
}

static int read_part(struct arm *arm, const char *text, const char *beside, char *error)
{
	struct arm_part *part = &arm->parts[arm->n_parts];
	const char *rest;
	const struct arm_kind *kind = find_kind(text, &rest);

	if (!kind)
		return complain_kind(text, error);
	if (arm->n_parts == ARM_PARTS || (kind == &arm_tuned && arm_part_of(arm, kind))) {
		snprintf(error, KNOBS_ERROR, "%s: a profile has up to %d parts, one of tuned",
			 arm->name, ARM_PARTS);
		return -EINVAL;
	}
	*part = (struct arm_part){.kind = kind, .text = rest};
	if (is_twice(arm, part)) {
		snprintf(error, KNOBS_ERROR, "%s: %.*s is there twice", arm->name,
			 (int)strcspn(rest, "="), rest);
		return -EINVAL;
	}
	arm->n_parts++;
	return kind->parse(part, beside, error);
}

int arm_read(struct arm *arm, const char *text, const char *beside, char *error)
{
	char *rest = arm->text, *part;
	int err = 0;

	*arm = (struct arm){.n_parts = 0};
	if (strlen(text) >= ARM_NAME || !*text || strpbrk(text, ",\n")) {
		snprintf(error, KNOBS_ERROR, "%s: the name is too long, empty, or has a comma",
			 text);
		return -EINVAL;
	}
	snprintf(arm->name, sizeof(arm->name), "%s", text);
	snprintf(arm->text, sizeof(arm->text), "%s", text);
	if (!strcmp(text, "none"))
		return 0;
	while (!err && (part = strsep(&rest, "+")))
		err = read_part(arm, part, beside, error);
	return err;
}

void arm_free(struct arm *arm)
{
	for (size_t i = 0; i < arm->n_parts; i++)
		if (arm->parts[i].kind->release)
			arm->parts[i].kind->release(&arm->parts[i]);
	arm->n_parts = 0;
}

const struct arm_part *arm_part_of(const struct arm *arm, const struct arm_kind *kind)
{
	for (size_t i = 0; i < arm->n_parts; i++)
		if (arm->parts[i].kind == kind)
			return &arm->parts[i];
	return NULL;
}

bool arm_has_profile(const struct arm *arm)
{
	const struct arm_part *part = arm_part_of(arm, &arm_tuned);

	return part && strcmp(part->tuned.profile.name, TUNED_EMPTY) != 0;
}

/* The first comment of the file, which says what it is for. */
static void print_purpose(const char *path, FILE *out)
{
	char line[256] = "";
	FILE *in = fopen(path, "re");

	if (in && fgets(line, sizeof(line), in) && *line == '#')
		fprintf(out, "%.*s", (int)strcspn(line + 2, "\n"), line + 2);
	if (in)
		fclose(in);
}

/* A line of the list: its name, whether it can act here, and what it is for, or why it cannot. */
static void list_knobs(const char *path, FILE *out)
{
	const char *name = strrchr(path, '/') + 1;
	char why[KNOBS_ERROR];
	struct knobs k;
	bool here = !knobs_read(&k, path, why) && knobs_here(&k, why);

	fprintf(out, "knobs:%.*s\t%s\t", (int)(strlen(name) - strlen(".knobs")), name,
		here ? "yes" : "no");
	print_purpose(path, out);
	fprintf(out, "%s%s\n", here ? "" : " Not here: ", here ? "" : why);
	knobs_free(&k);
}

void arms_list(const char *beside, FILE *out)
{
	char path[PATH_MAX + 64];
	glob_t found;

	fprintf(out, "none\tyes\tThe machine without any profile.\n");
	snprintf(path, sizeof(path), "%s/../scripts/profiles/*.knobs", beside);
	if (!glob(path, 0, NULL, &found)) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			list_knobs(found.gl_pathv[i], out);
		globfree(&found);
	}
	tuned_list(out);
}

bool arm_changes(const struct arm *arm)
{
	for (size_t i = 0; i < arm->n_parts; i++)
		if (arm->parts[i].kind->machine)
			return true;
	return false;
}

void arm_add_daemon(struct arm *arm)
{
	struct arm_part empty = {.kind = &arm_tuned,
				 .text = TUNED_EMPTY,
				 .tuned.profile.name = TUNED_EMPTY,
				 .tuned.verified = true};

	if (arm_part_of(arm, &arm_tuned) || arm->n_parts == ARM_PARTS)
		return;
	memmove(arm->parts + 1, arm->parts, arm->n_parts * sizeof(*arm->parts));
	arm->parts[0] = empty;
	arm->n_parts++;
}

int arm_enter(struct arm *arm, struct arm_switch *s)
{
	int err = 0;

	for (size_t i = 0; !err && i < arm->n_parts; i++) {
		arm->parts[i].applied = true; /* what failed half way is reverted too */
		err = arm->parts[i].kind->apply(&arm->parts[i], s);
	}
	return err;
}

int arm_leave(struct arm *arm, struct arm_switch *s)
{
	int err = 0, left = 0;

	for (size_t i = arm->n_parts; i--;) {
		struct arm_part *part = &arm->parts[i];
		int failed = part->applied && part->kind->revert ? part->kind->revert(part, s) : 0;

		part->applied = false;
		err = err ? err : failed;
	}
	if (arm_changes(arm))
		left = restore_reset(s->restore, stderr);
	if (left > 0)
		snprintf(s->error, KNOBS_ERROR, "settings could not be put back after %s",
			 arm->name);
	return err ? err : left;
}
