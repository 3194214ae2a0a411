/* SPDX-License-Identifier: MIT */
/*
 * What the arms of a comparison were observed to be: settings, what tuned said, and what drifted.
 */
#ifndef BENCH_COMMAND_ARM_SETTINGS_H
#define BENCH_COMMAND_ARM_SETTINGS_H

#include "bench/command/blocks.h"
#include "bench/machine/settings.h"

#define OBSERVED_DRIFTS 20 /* lines of settings that drifted; the others are counted */

struct arm_settings {
	struct settings *found;		 /* before anything was changed; NULL = not read yet */
	struct settings *seen[ARMS_MAX]; /* of each arm, at its first visit */
	struct settings *now;		 /* at the beginning of the present visit */
	char *log[ARMS_MAX];	      /* what tuned printed at the first visit; NULL = no tuned */
	char *complaints[ARMS_MAX];   /* those of its lines that are errors */
	int verified[ARMS_MAX];	      /* struct tuned's, at the first visit */
	unsigned otherwise;	      /* visits that began with other settings than the first */
	unsigned drifted;	      /* visits in which settings changed */
	char *drift[OBSERVED_DRIFTS]; /* "arm, block n: key: from -> to" */
	size_t n_drift;		      /* settings that drifted, those without a line included */
};

/* After each switch and settling. */
void arm_settings_entered(struct arm_settings *o, const struct blocks *b, size_t arm);

/* At the end of a visit: whether a setting changed since arm_settings_entered(). */
bool arm_settings_leaving(struct arm_settings *o, const struct blocks *b, size_t arm,
			  unsigned block);

/* Differences of each arm from the first; an arm without any is inert; what tuned could not do. */
void arm_settings_print(const struct arm_settings *o, const struct blocks *b, FILE *out);

/* The settings, and what tuned printed, into the run's directory. 0 or -errno. */
int arm_settings_write(const struct arm_settings *o, const struct blocks *b);

/*
 * Says on stderr whether the machine is as it was found, and what is not. `left`: how many settings
 * could not be put back. An exit code.
 */
int arm_settings_check_restored(const struct arm_settings *o, const char *program, int left);

void arm_settings_free(struct arm_settings *o);

#endif
