/* SPDX-License-Identifier: MIT */
/* The arms of a comparison: states of the machine that blocks switch between. */
#ifndef BENCH_COMMAND_ARMS_H
#define BENCH_COMMAND_ARMS_H

#include "bench/command/child.h"
#include "bench/machine/knobs.h"

#define ARMS_MAX 16
#define ARM_NAME 64

enum arm_kind {
	ARM_NONE,  /* the machine as it was found */
	ARM_KNOBS, /* a file of settings of scripts/profiles/ */
	ARM_BUILD, /* the machine as found, microbenchmarks of another directory: the selftest's */
};

struct arm {
	char name[ARM_NAME]; /* as given: none, knobs:NAME */
	enum arm_kind kind;
	struct knobs knobs;
	char beside[PATH_MAX]; /* ARM_BUILD: directory of its microbenchmarks */
	char count[32];	       /* ARM_BUILD: HANDOFF_INJECT of their environment; "" = none */
};

/*
 * Reads "none", "knobs:NAME" (scripts/profiles/NAME.knobs beside the build directory `beside`, or a
 * path when NAME has a slash). 0, or -EINVAL with what is wrong in `error` (KNOBS_ERROR bytes).
 */
int arm_read(struct arm *arm, const char *text, const char *beside, char *error);

/* Whether entering `arm` changes the machine. */
bool arm_changes(const struct arm *arm);

/* Brings the machine from the state it was found in to `arm`. 0, or -errno with `error`. */
int arm_enter(struct arm *arm, struct restore *r, char *error);

/* Back again. 0; or how many settings are not as they were, told on stderr; or -errno. */
int arm_leave(struct arm *arm, struct restore *r);

#endif
