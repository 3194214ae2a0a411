/* SPDX-License-Identifier: MIT */
/* The arms of a comparison: states of the machine that blocks switch between. */
#ifndef BENCH_COMMAND_ARMS_H
#define BENCH_COMMAND_ARMS_H

#include "bench/command/child.h"
#include "bench/machine/knobs.h"
#include "bench/machine/tuned.h"

#define ARMS_MAX 16
#define ARM_NAME 64

enum arm_kind {
	ARM_NONE,  /* the machine as it was found */
	ARM_KNOBS, /* a file of settings of scripts/profiles/ */
	ARM_TUNED, /* a profile of tuned */
	ARM_BUILD, /* the machine as found, microbenchmarks of another directory: the selftest's */
};

struct arm {
	char name[ARM_NAME]; /* as given: none, knobs:NAME, tuned:NAME */
	enum arm_kind kind;
	struct knobs knobs;
	struct tuned_profile profile; /* ARM_TUNED */
	bool verified;		      /* tuned was asked at the first visit */
	char beside[PATH_MAX];	      /* ARM_BUILD: directory of its microbenchmarks */
	char count[32]; /* ARM_BUILD: HANDOFF_INJECT of their environment; "" = none */
};

/* What switching needs beside the arm. */
struct arm_switch {
	struct restore *restore;
	struct tuned *tuned; /* NULL where no arm of the run is tuned's */
	struct children *children;
	char *error; /* KNOBS_ERROR bytes */
};

/*
 * Reads "none", "knobs:NAME" (scripts/profiles/NAME.knobs beside the build directory `beside`, or a
 * path when NAME has a slash) or "tuned:NAME" (see tuned_find()). 0, or with what is wrong in `error`
 * (KNOBS_ERROR bytes) -EINVAL, -ENOPKG without tuned, -EPERM where it needs root.
 */
int arm_read(struct arm *arm, const char *text, const char *beside, char *error);

/* Prints the profiles that arm_read() knows by name. `beside` as there. */
void arms_list(const char *beside, FILE *out);

/* Whether entering `arm` changes the machine. */
bool arm_changes(const struct arm *arm);

/*
 * Brings the machine from the state it was found in to `arm`. With `tuned` every arm has its daemon,
 * those that are not tuned's with an empty profile, so that the daemon is not what is compared. 0;
 * -EINTR; or -errno with `error`.
 */
int arm_enter(struct arm *arm, struct arm_switch *s);

/* Back again. 0; or how many settings are not as they were, told on stderr; or -errno with `error`. */
int arm_leave(struct arm *arm, struct arm_switch *s);

#endif
