/* SPDX-License-Identifier: MIT */
/*
 * What here would spoil or explain numbers: findings about the machine, its kernel and what this
 * process may do. Everything is only read, from files below a root.
 */
#ifndef BENCH_MACHINE_DOCTOR_H
#define BENCH_MACHINE_DOCTOR_H

#define DOCTOR_MAX 64 /* findings */

enum doctor_level {
	DOCTOR_OK,	/* as one wants it for measuring latency */
	DOCTOR_NOTE,	/* explains numbers; another setting gives others */
	DOCTOR_WARNING, /* makes numbers noisy or wrong, or keeps something from running */
	DOCTOR_UNKNOWN, /* could not be determined */
};

struct doctor_finding {
	const char *topic; /* "governor": column topic */
	enum doctor_level level;
	char found[400];   /* what is here */
	char why[300];	   /* why it matters for these measurements */
	char command[200]; /* what changes it; "" = nothing here does */
};

struct doctor {
	const char *root; /* before each path; "" = this machine */
	unsigned tick_hz; /* timer interrupts per second of a busy PU (HZ); 0 = not known */
	unsigned n;	  /* findings */
	struct doctor_finding finding[DOCTOR_MAX];
};

/* Finds all there is to find; tick_hz and root are the caller's. */
void doctor_examine(struct doctor *d);

/* "ok", "note", "warning", "unknown". */
const char *doctor_level_name(enum doctor_level level);

/* The level called `name`; -1: there is none. */
int doctor_level_find(const char *name);

/*
 * For the files that examine. A new finding, with `why` and `command` as they are and what was
 * found from a format; NULL or "" = none.
 */
__attribute__((format(printf, 6, 7))) void doctor_add(struct doctor *d, enum doctor_level level,
						      const char *topic, const char *why,
						      const char *command, const char *found, ...);

/* A finding of level unknown: `path` could not be read, for the reason -err. */
void doctor_unknown(struct doctor *d, const char *topic, const char *path, int err,
		    const char *why);

void doctor_power(struct doctor *d);	  /* frequency, idle states, threads of a core, heat */
void doctor_kernel(struct doctor *d);	  /* what the kernel was built and told to do */
void doctor_neighbours(struct doctor *d); /* who else uses the PUs */
void doctor_limits(struct doctor *d);	  /* what this process may have */

#endif
