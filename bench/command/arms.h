/* SPDX-License-Identifier: MIT */
/*
 * The arms of a comparison: what blocks switch between. An arm is a list of parts, each of a kind:
 * a state of the machine (knobs, tuned, scx), or what the measured sides are given (options, env).
 */
#ifndef BENCH_COMMAND_ARMS_H
#define BENCH_COMMAND_ARMS_H

#include "bench/command/invoke.h"
#include "bench/machine/knobs.h"
#include "bench/machine/scx.h"
#include "bench/machine/tuned.h"

#define ARMS_MAX 16
#define ARM_NAME 160
#define ARM_PARTS 8

struct arm_kind;

/* One part of an arm. */
struct arm_part {
	const struct arm_kind *kind;
	const char *text; /* behind the colon, in the arm's name */
	bool applied;	  /* and not reverted */
	union {
		struct knobs *knobs;
		struct {
			struct tuned_profile profile;
			bool verified; /* tuned was asked at the first visit */
		} tuned;
		struct {
			pid_t pid;
			char path[PATH_MAX];
		} scx;
		struct {
			char name[64], *old; /* what the variable was; NULL = not there */
		} env;
		const char *beside; /* build: directory of its microbenchmarks */
	};
};

struct arm {
	char name[ARM_NAME]; /* as given: none, knobs:NAME, tuned:NAME+options:--nice=5 ... */
	char text[ARM_NAME]; /* the same, cut into the parts */
	struct arm_part parts[ARM_PARTS];
	size_t n_parts;
};

/* What switching needs beside the arm. */
struct arm_switch {
	struct restore *restore;
	struct tuned *tuned; /* the daemon of the present visit */
	struct children *children;
	struct invoker *invoker;
	char *error; /* KNOBS_ERROR bytes */
};

/* How a kind of part is read, entered, left and told. What a kind need not do is NULL. */
struct arm_kind {
	const char *name;  /* before the colon */
	const char *takes; /* what stands behind it, as help says it */
	bool machine;	   /* it changes settings: the journal puts them back as well */
	/*
	 * Reads part->text; `beside` is the directory of this program. 0; or with `error`
	 * (KNOBS_ERROR bytes) -EINVAL, or -EOPNOTSUPP, -ENOPKG, -EPERM where this machine or user
	 * cannot have it.
	 */
	int (*parse)(struct arm_part *part, const char *beside, char *error);
	/* 0; -EINTR; or -errno with s->error. */
	int (*apply)(struct arm_part *part, struct arm_switch *s);
	int (*revert)(struct arm_part *part, struct arm_switch *s);
	/* What it is, where settings do not show it: "its sides have --slice=100us". */
	void (*describe)(const struct arm_part *part, char *text, size_t size);
	void (*release)(struct arm_part *part);
};

extern const char *arm_scx_root; /* "", but in tests: where /sys is */
extern const struct arm_kind arm_knobs, arm_tuned, arm_scx, arm_options, arm_env, arm_build;

/*
 * Reads "none", or parts joined by "+": knobs:NAME (scripts/profiles/NAME.knobs beside the build
 * directory `beside`, or a path when NAME has a slash), tuned:NAME (see tuned_find()), scx:PROGRAM,
 * options:--NAME=VALUE, env:NAME=VALUE. 0, or as arm_kind.parse(). arm_free() in any case.
 */
int arm_read(struct arm *arm, const char *text, const char *beside, char *error);
void arm_free(struct arm *arm);

/* The part of that kind; NULL = it has none. */
const struct arm_part *arm_part_of(const struct arm *arm, const struct arm_kind *kind);

/* Whether a profile of tuned's, other than the empty one, is a part of it. */
bool arm_has_profile(const struct arm *arm);

/*
 * Prints the profiles that arm_read() knows by name: a line each, of knobs with tabs before whether
 * they can act here and what they are for. `beside` as there.
 */
void arms_list(const char *beside, FILE *out);

/* Whether entering `arm` changes the machine. */
bool arm_changes(const struct arm *arm);

/*
 * Gives an arm that has no profile of tuned's the daemon with an empty one, so that the daemon is
 * not what is compared.
 */
void arm_add_daemon(struct arm *arm);

/*
 * Brings the machine from the state it was found in to `arm`. 0; -EINTR; or -errno with s->error.
 */
int arm_enter(struct arm *arm, struct arm_switch *s);

/*
 * Back again. 0; or how many settings are not as they were, told on stderr; or -errno with
 * s->error.
 */
int arm_leave(struct arm *arm, struct arm_switch *s);

#endif
