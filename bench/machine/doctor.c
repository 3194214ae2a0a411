/* SPDX-License-Identifier: MIT */
/* The list of findings; the files doctor_*.c examine. */
#include "bench/machine/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bench/base/values.h"

static const char *const level_names[] = {
	[DOCTOR_OK] = "ok",
	[DOCTOR_NOTE] = "note",
	[DOCTOR_WARNING] = "warning",
	[DOCTOR_UNKNOWN] = "unknown",
};

const char *doctor_level_name(enum doctor_level level)
{
	return level_names[level];
}

int doctor_level_find(const char *name)
{
	return name_find(level_names, sizeof(level_names) / sizeof(level_names[0]), name);
}

void doctor_add(struct doctor *d, enum doctor_level level, const char *topic, const char *why,
		const char *command, const char *found, ...)
{
	struct doctor_finding *f = &d->finding[d->n];
	va_list args;

	if (d->n == DOCTOR_MAX)
		return;
	d->n++;
	f->topic = topic;
	f->level = level;
	snprintf(f->why, sizeof(f->why), "%s", why ? why : "");
	snprintf(f->command, sizeof(f->command), "%s", command ? command : "");
	va_start(args, found);
	vsnprintf(f->found, sizeof(f->found), found, args);
	va_end(args);
}

void doctor_unknown(struct doctor *d, const char *topic, const char *path, int err, const char *why)
{
	doctor_add(d, DOCTOR_UNKNOWN, topic, why, NULL, "%s: %s", path, strerror(-err));
}

void doctor_examine(struct doctor *d)
{
	d->n = 0;
	doctor_power(d);
	doctor_kernel(d);
	doctor_neighbours(d);
	doctor_limits(d);
}
