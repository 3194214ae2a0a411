/* SPDX-License-Identifier: MIT */
/*
 * Kinds of parts that are states of the machine: knobs, a profile of tuned, a sched_ext scheduler.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/base/clock.h"
#include "bench/command/arms.h"

#define APPLY_NS (60 * SECOND_NS) /* in which a profile, its scripts included, is applied */
#define LOOK_NS (SECOND_NS / 100) /* between two looks whether it is */

static int parse_knobs(struct arm_part *part, const char *beside, char *error)
{
	char path[PATH_MAX + 128], why[KNOBS_ERROR];

	if (strchr(part->text, '/'))
		snprintf(path, sizeof(path), "%s", part->text);
	else
		snprintf(path, sizeof(path), "%s/../scripts/profiles/%s.knobs", beside, part->text);
	part->knobs = calloc(1, sizeof(*part->knobs));
	if (!part->knobs)
		return -ENOMEM;
	if (knobs_read(part->knobs, path, error))
		return -EINVAL;
	if (knobs_here(part->knobs, why))
		return 0;
	snprintf(error, KNOBS_ERROR, "knobs:%s: this machine has none of its settings: %.512s",
		 part->text, why);
	return -EOPNOTSUPP;
}

static int apply_knobs(struct arm_part *part, struct arm_switch *s)
{
	return knobs_apply(part->knobs, s->restore, s->error);
}

static int revert_knobs(struct arm_part *part, struct arm_switch *s)
{
	knobs_release(part->knobs);
	return 0;
}

static void describe_knobs(const struct arm_part *part, char *text, size_t size)
{
	knobs_left_out(part->knobs, text, size);
}

static void release_knobs(struct arm_part *part)
{
	if (part->knobs)
		knobs_free(part->knobs);
	free(part->knobs);
}

const struct arm_kind arm_knobs = {.name = "knobs",
				   .takes = "NAME",
				   .machine = true,
				   .parse = parse_knobs,
				   .apply = apply_knobs,
				   .revert = revert_knobs,
				   .describe = describe_knobs,
				   .release = release_knobs};

/*
 * Looks every LOOK_NS until `done` is not 0. 0 when it became 1; -EINTR; -ETIMEDOUT; or what it
 * was.
 */
static int await(struct arm_switch *s, int (*done)(struct arm_part *part, struct arm_switch *s),
		 struct arm_part *part)
{
	uint64_t until = clock_system_now_ns() + APPLY_NS;
	int is;

	while (!(is = done(part, s))) {
		if (child_interrupted(s->children, clock_system_now_ns() + LOOK_NS))
			return -EINTR;
		if (clock_system_now_ns() >= until)
			return -ETIMEDOUT;
	}
	return is < 0 ? is : 0;
}

static int parse_tuned(struct arm_part *part, const char *beside, char *error)
{
	int err = tuned_find(&part->tuned.profile, part->text, error);

	return err == -ENOENT ? -EINVAL : err;
}

static int tuned_done(struct arm_part *part, struct arm_switch *s)
{
	return tuned_applied(s->tuned, s->error);
}

/* The daemon with the profile, until it says that it is applied. */
static int apply_tuned(struct arm_part *part, struct arm_switch *s)
{
	int err = tuned_start(s->tuned, &part->tuned.profile, s->restore, &s->children->mask,
			      s->error);

	if (!err)
		err = await(s, tuned_done, part);
	if (err == -ETIMEDOUT)
		snprintf(s->error, KNOBS_ERROR,
			 "tuned:%s: tuned did not report within %llu s that it is applied",
			 part->text, APPLY_NS / SECOND_NS);
	if (err)
		return err;
	if (!part->tuned.verified)
		tuned_verify(s->tuned); /* once: it answers within a second or two only */
	part->tuned.verified = true;
	return 0;
}

/* Its roll-back; a daemon that was not there to the end makes the visit worthless. */
static int revert_tuned(struct arm_part *part, struct arm_switch *s)
{
	int err = s->tuned->pid ? tuned_stop(s->tuned) : 0;

	if (err == -ECHILD)
		snprintf(s->error, KNOBS_ERROR,
			 "tuned:%s: the tuned daemon ended during the visit; this block does not "
			 "count",
			 part->text);
	else if (err)
		snprintf(s->error, KNOBS_ERROR,
			 "tuned:%s: the tuned daemon did not end in time and was killed",
			 part->text);
	return err;
}

const struct arm_kind arm_tuned = {.name = "tuned",
				   .takes = "NAME",
				   .machine = true,
				   .parse = parse_tuned,
				   .apply = apply_tuned,
				   .revert = revert_tuned};

const char *arm_scx_root = "";

static int parse_scx(struct arm_part *part, const char *beside, char *error)
{
	return scx_find(arm_scx_root, part->text, part->scx.path, error);
}

static int scx_done(struct arm_part *part, struct arm_switch *s)
{
	return scx_is_on(arm_scx_root) ? 1 : child_ended(part->scx.pid) ? -ECHILD : 0;
}

static int scx_gone(struct arm_part *part, struct arm_switch *s)
{
	return !scx_is_on(arm_scx_root);
}

/* The scheduler's program; it has the machine's fair tasks when the kernel says enabled. */
static int apply_scx(struct arm_part *part, struct arm_switch *s)
{
	char *argv[] = {part->scx.path, NULL};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), err;

	err = child_start(s->children, part->scx.path, argv, null, null, &part->scx.pid);
	if (!err)
		err = await(s, scx_done, part);
	if (null >= 0)
		close(null);
	if (err && err != -EINTR)
		snprintf(s->error, KNOBS_ERROR, "scx:%s: %s", part->text,
			 err == -ECHILD ? "the scheduler ended at once; start it by hand to see why"
			 : err == -ETIMEDOUT ? "the kernel did not enable it within a minute"
					     : strerror(-err));
	return err;
}

/* Its end, after which the kernel's own scheduler has the tasks again. */
static int revert_scx(struct arm_part *part, struct arm_switch *s)
{
	bool ended = part->scx.pid && child_ended(part->scx.pid);
	int status = 0, err;

	/*
	 * Not SIGINT: what a script starts in the background ignores it, and so would the
	 * scheduler.
	 */
	if (part->scx.pid && !ended)
		kill(part->scx.pid, SIGTERM);
	if (part->scx.pid)
		child_wait(s->children, part->scx.pid, APPLY_NS, &status);
	part->scx.pid = 0;
	err = await(s, scx_gone, part);
	if (err == -EINTR)
		err = 0; /* the kernel lets go of it in any case */
	if (err || ended)
		snprintf(s->error, KNOBS_ERROR, "scx:%s: %s", part->text,
			 ended ? "the scheduler ended during the visit; this block does not count"
			       : "the kernel did not disable it within a minute");
	return ended ? -ECHILD : err;
}

static void describe_scx(const struct arm_part *part, char *text, size_t size)
{
	snprintf(text, size, "the scheduler %s", part->scx.path);
}

const struct arm_kind arm_scx = {.name = "scx",
				 .takes = "PROGRAM",
				 .parse = parse_scx,
				 .apply = apply_scx,
				 .revert = revert_scx,
				 .describe = describe_scx};
