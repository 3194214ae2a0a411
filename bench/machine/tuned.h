/* SPDX-License-Identifier: MIT */
/*
 * The real tuned as a treatment: for each visit of an arm a daemon of our own that applies one
 * profile and, at the end, rolls it back. It sees a private copy of the files that tuned writes
 * (/etc, /boot, /var/lib, /run/tuned: overlays in a mount namespace that ends with it), so that
 * what it leaves in files never reaches the machine, and a configuration with dynamic tuning off.
 * It needs neither systemd nor D-Bus.
 */
#ifndef BENCH_MACHINE_TUNED_H
#define BENCH_MACHINE_TUNED_H

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "bench/machine/restore.h"

#define TUNED_EMPTY "handoff-none" /* a profile without any setting, in the private copy only */
#define TUNED_NAME 128		   /* bytes of a profile's name */
#define TUNED_ERROR 1024	   /* bytes of a message */

struct tuned_profile {
	char name[TUNED_NAME];
	char dir[PATH_MAX]; /* that holds its tuned.conf; "" = tuned knows where */
};

struct tuned {
	pid_t pid;	   /* of the daemon at work; 0 = none */
	int log;	   /* what it printed, a file in memory; 0 = none */
	bool told_nothing; /* this tuned cannot be asked to verify (before 2.20) */
	int verified;	   /* of the last profile: 1 yes, 0 no, -errno not asked */
};

/* Where its profiles are, a directory each: of one name the first counts. NULL ends them. */
extern const char *const tuned_places[];

/*
 * "NAME", or the path of a directory with a tuned.conf, which becomes a profile of the directory's
 * name. 0; -ENOPKG without tuned; -EPERM without root; -ENOENT; with `error` (TUNED_ERROR bytes).
 */
int tuned_find(struct tuned_profile *p, const char *text, char *error);

/* Prints tuned:NAME for each profile that tuned has here. */
void tuned_list(FILE *out);

/*
 * Before the first change: a daemon that systemd runs is stopped (and noted, so that it is started
 * again at the end), then everything that profiles change is noted in `r`. 0, or -errno with
 * `error`; -EBUSY when somebody else's daemon is at work.
 */
int tuned_begin(struct restore *r, char *error);

/* Notes in `r` all that a profile may change on a running machine. 0 or -errno. */
int tuned_note(struct restore *r);

/*
 * Starts the daemon with a profile, TUNED_EMPTY for instance; noted in `r` before it does anything.
 * `mask` are the signals it has blocked. It ends with us. 0, or -errno with `error`; -EBUSY when
 * the service is at work again.
 */
int tuned_start(struct tuned *t, const struct tuned_profile *p, struct restore *r,
		const sigset_t *mask, char *error);

/*
 * 1 when it says that the profile is applied; 0 not yet; -errno with `error` when it never will be.
 */
int tuned_applied(const struct tuned *t, char *error);

/* Asks it whether the settings are those of the profile; waits some seconds; sets `verified`. */
void tuned_verify(struct tuned *t);

/*
 * SIGTERM, the roll-back, the end. 0; -ECHILD when it had ended before; -ETIMEDOUT when it was
 * killed.
 */
int tuned_stop(struct tuned *t);

/* All that it printed; to be freed; NULL: no memory. */
char *tuned_log(const struct tuned *t);

/* Its errors, warnings and failed verifications, a line each; to be freed; NULL: no memory. */
char *tuned_complaints(const struct tuned *t);

/*
 * In the daemon's process before tuned begins: its own view of the files. 0 or -errno; `what`
 * failed.
 */
int tuned_view(const struct tuned_profile *p, const char **what);

#endif
