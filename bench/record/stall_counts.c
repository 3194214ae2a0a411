/* SPDX-License-Identifier: MIT */
/* Counts of long operations from the files of histograms/. */
#include "bench/record/stall_counts.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/record/histograms.h"

const uint64_t stall_limits_ns[STALL_LIMITS] = {100000, 1000000, 10000000};

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

/* A line into its key and bucket: 0 or -EBADMSG. */
static int read_line(const char *line, char key[HISTOGRAMS_KEY], uint64_t *lower, uint64_t *upper,
		     uint64_t *count)
{
	const char *at = line + strlen(line);

	for (int comma = 0; comma < 3; comma++)
		do
			if (at == line)
				return -EBADMSG;
		while (*--at != ',');
	snprintf(key, HISTOGRAMS_KEY, "%.*s", (int)(at - line), line);
	return sscanf(at, ",%" SCNu64 ",%" SCNu64 ",%" SCNu64, lower, upper, count) == 3 &&
			       *lower < *upper
		       ? 0
		       : -EBADMSG;
}

/* A histogram ends where the next one begins: its buckets ascend, and have one key. */
static int read_written(FILE *in,
			int (*each)(void *arg, const char *key, const struct stalls *stalls),
			void *arg)
{
	char line[512], key[HISTOGRAMS_KEY], of[HISTOGRAMS_KEY] = "";
	uint64_t lower, upper, count, last = 0;
	struct stalls now = {0};
	int err = 0;

	if (!fgets(line, sizeof(line), in))
		return 0; /* no row had times */
	while (!err && fgets(line, sizeof(line), in) && strchr(line, '\n')) {
		err = read_line(line, key, &lower, &upper, &count);
		if (!err && now.seconds > 0 && (lower < last || strcmp(key, of) != 0)) {
			err = each(arg, of, &now);
			now = (struct stalls){0};
		}
		if (err)
			break;
		memcpy(of, key, sizeof(of));
		last = upper;
		add_bucket(&now, lower, upper, count);
	}
	return err || !(now.seconds > 0) ? err : each(arg, of, &now);
}

int stall_counts_written(int fd,
			 int (*each)(void *arg, const char *key, const struct stalls *stalls),
			 void *arg)
{
	int copy = dup(fd), err;
	FILE *in = copy < 0 ? NULL : fdopen(copy, "r");

	if (!in) {
		err = -errno;
		if (copy >= 0)
			close(copy);
		return err;
	}
	rewind(in);
	err = read_written(in, each, arg);
	fclose(in);
	return err;
}
