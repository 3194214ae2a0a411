/* SPDX-License-Identifier: MIT */
/* Counts of long operations from the files of histograms/. */
#include "bench/record/stall_counts.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static const uint64_t stall_limits_ns[STALL_LIMITS] = {100000, 1000000, 10000000};

/* A bucket counts as above a limit that is not above its lower end; its times are its middle. */
static void add_bucket(struct stalls *s, uint64_t lower, uint64_t upper, uint64_t count)
{
	s->seconds += (double)count * ((double)lower + (double)(upper - lower) / 2) / 1e9;
	for (int i = 0; i < STALL_LIMITS; i++)
		if (lower >= stall_limits_ns[i])
			s->above[i] += count;
}

int stall_counts(const struct rundir *dir, const char *name,
		 int (*each)(void *arg, const struct stalls *stalls), void *arg)
{
	char path[PATH_MAX + 128], line[512];
	struct stalls now = {0};
	int err = 0;
	FILE *in;

	snprintf(path, sizeof(path), "%s/histograms/%s", dir->path, name);
	in = fopen(path, "re");
	if (!in)
		return -errno;
	if (!fgets(line, sizeof(line), in))
		err = -EBADMSG;
	while (!err && fgets(line, sizeof(line), in)) {
		uint64_t lower, upper, count;
		unsigned block;

		if (!strchr(line, '\n'))
			break; /* cut off by a crash: the line that was being written */
		if (sscanf(line, "%u,%" SCNu64 ",%" SCNu64 ",%" SCNu64, &block, &lower, &upper,
			   &count) != 4 ||
		    lower >= upper) {
			err = -EBADMSG;
			break;
		}
		if (now.seconds > 0 && block != now.block) {
			err = each(arg, &now);
			now = (struct stalls){0};
		}
		now.block = block;
		add_bucket(&now, lower, upper, count);
	}
	if (!err && now.seconds > 0)
		err = each(arg, &now);
	fclose(in);
	return err;
}
