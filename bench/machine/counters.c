/* SPDX-License-Identifier: MIT */
#include "bench/machine/counters.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/base/values.h"

static const struct event {
	const char *name, *user_name;
	uint32_t type;
	uint64_t config;
} events[COUNTER_COUNT] = {
	[COUNTER_CYCLES] = {"cycles", "cycles:u", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
	[COUNTER_INSTRUCTIONS] = {"instructions", "instructions:u", PERF_TYPE_HARDWARE,
				  PERF_COUNT_HW_INSTRUCTIONS},
	[COUNTER_CACHE_MISSES] = {"cache-misses", "cache-misses:u", PERF_TYPE_HARDWARE,
				  PERF_COUNT_HW_CACHE_MISSES},
	[COUNTER_SWITCHES] = {"switches", "", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES},
	[COUNTER_MIGRATIONS] = {"migrations", "", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS},
	[COUNTER_FAULTS] = {"faults", "", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS},
};

int counters_parse(const char *text, unsigned *ret, char *want)
{
	static const char *names[COUNTER_COUNT];
	char one[32];

	for (enum counter i = 0; i < COUNTER_COUNT; i++)
		names[i] = events[i].name;
	*ret = 0;
	for (;; text++) {
		size_t n = strcspn(text, ",");
		unsigned which;

		snprintf(one, sizeof(one), "%.*s", (int)n, text);
		if (option_choice(one, names, COUNTER_COUNT, &which, want))
			return -EINVAL;
		*ret |= 1u << which;
		text += n;
		if (!*text)
			return 0;
	}
}

const char *counters_name(enum counter counter, bool user)
{
	return user ? events[counter].user_name : events[counter].name;
}

/* A descriptor, or -errno. */
static int open_one(const struct event *event, pid_t tid, bool user)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = event->type,
		.config = event->config,
		.exclude_kernel = user,
		.exclude_hv = user,
		.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attr, tid, -1, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* Where the kernel itself may not be counted, the processor's events still may outside of it: perf_event_paranoid. */
void counters_begin(struct counters *c, const struct noise_task *tasks, unsigned n)
{
	c->n = 0;
	while (c->n < n && !tasks[c->n].beside) /* those come last */
		c->n++;
	for (enum counter i = 0; i < COUNTER_COUNT; i++) {
		c->user[i] = false;
		for (unsigned k = 0; c->asked >> i & 1 && k < c->n; k++) {
			int fd = open_one(&events[i], tasks[k].tid, c->user[i]);

			if ((fd == -EACCES || fd == -EPERM) && !k &&
			    events[i].type == PERF_TYPE_HARDWARE) {
				c->user[i] = true;
				fd = open_one(&events[i], tasks[k].tid, true);
			}
			c->fd[i][k] = fd;
		}
	}
}

/* What one counted, also where it had to share the processor's registers with others. 0 or -errno. */
static int read_one(int fd, double *value)
{
	uint64_t read_as[3]; /* value, time asked for, time counted */

	if (fd < 0)
		return fd;
	if (read(fd, read_as, sizeof(read_as)) != sizeof(read_as))
		return errno ? -errno : -EIO;
	if (!read_as[2])
		return read_as[1] ? -EBUSY : 0;
	*value += (double)read_as[0] * (double)read_as[1] / (double)read_as[2];
	return 0;
}

void counters_end(struct counters *c)
{
	c->have = 0;
	for (enum counter i = 0; i < COUNTER_COUNT; i++) {
		if (!(c->asked >> i & 1))
			continue;
		c->value[i] = 0;
		c->err[i] = c->n ? 0 : -ESRCH;
		for (unsigned k = 0; k < c->n; k++) {
			int err = read_one(c->fd[i][k], &c->value[i]);

			c->err[i] = c->err[i] ? c->err[i] : err;
			if (c->fd[i][k] >= 0)
				close(c->fd[i][k]);
		}
		if (!c->err[i])
			c->have |= 1u << i;
	}
}

const char *counters_why(enum counter counter, int err)
{
	switch (err) {
	case -ENOENT:
	case -ENODEV:
	case -EOPNOTSUPP:
		return events[counter].type == PERF_TYPE_HARDWARE
			       ? "there is no PMU here (/sys/bus/event_source/devices)"
			       : "this kernel does not count it";
	case -EACCES:
	case -EPERM:
		return "the kernel forbids it (kernel.perf_event_paranoid, CAP_PERFMON)";
	case -ENOSYS:
		return "perf_event_open is not there, or a filter refuses it";
	case -EBUSY:
		return "others have the PMU";
	default:
		return strerror(-err);
	}
}
