/* SPDX-License-Identifier: MIT */
#include "bench/machine/counters.h"

#include <dlfcn.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/base/values.h"

#if __has_include(<perfmon/pfmlib_perf_event.h>)
#include <perfmon/pfmlib_perf_event.h>
#define HAVE_LIBPFM 1
#else
#define HAVE_LIBPFM 0
#endif

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
	[COUNTER_HITM] = {"hitm", "hitm:u", PERF_TYPE_RAW, 0}, /* counters_hitm() */
	[COUNTER_SWITCHES] = {"switches", "", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES},
	[COUNTER_MIGRATIONS] = {"migrations", "", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS},
	[COUNTER_FAULTS] = {"faults", "", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS},
};

#if HAVE_LIBPFM
/* Loaded when it is asked for: every start of a microbenchmark would pay for its 6 MB. */
int counters_hitm(uint32_t *type, uint64_t *config)
{
	/* Sandy Bridge, Haswell, Skylake, and from Sapphire Rapids on */
	static const char *const names[] = {
		"MEM_LOAD_UOPS_LLC_HIT_RETIRED:XSNP_HITM", "MEM_LOAD_UOPS_L3_HIT_RETIRED:XSNP_HITM",
		"MEM_LOAD_L3_HIT_RETIRED:XSNP_HITM", "MEM_LOAD_L3_HIT_RETIRED:XSNP_FWD"};
	struct perf_event_attr attr = {.size = sizeof(attr)};
	pfm_perf_encode_arg_t arg = {.attr = &attr, .size = sizeof(arg)};
	void *lib = dlopen("libpfm.so.4", RTLD_NOW | RTLD_LOCAL);
	__typeof__(&pfm_initialize) initialize = NULL;
	__typeof__(&pfm_get_os_event_encoding) encode = NULL;
	int err = -ENOMSG;

	if (lib) {
		*(void **)&initialize = dlsym(lib, "pfm_initialize");
		*(void **)&encode = dlsym(lib, "pfm_get_os_event_encoding");
	}
	if (!initialize || !encode || initialize() != PFM_SUCCESS)
		err = -ENOPKG;
	for (size_t i = 0; err == -ENOMSG && i < sizeof(names) / sizeof(names[0]); i++)
		if (encode(names[i], PFM_PLM0 | PFM_PLM3, PFM_OS_PERF_EVENT_EXT, &arg) ==
		    PFM_SUCCESS)
			err = 0;
	*type = attr.type;
	*config = attr.config;
	if (lib)
		dlclose(lib);
	return err;
}
#else
int counters_hitm(uint32_t *type, uint64_t *config)
{
	return -ENOPKG;
}
#endif

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

/*
 * Where the kernel itself may not be counted, the processor's events still may outside of it:
 * perf_event_paranoid.
 */
void counters_begin(struct counters *c, const struct noise_task *tasks, unsigned n)
{
	c->n = 0;
	while (c->n < n && !tasks[c->n].beside) /* those come last */
		c->n++;
	for (enum counter i = 0; i < COUNTER_COUNT; i++) {
		struct event event = events[i];
		int lack = c->asked >> i & 1 && i == COUNTER_HITM
				   ? counters_hitm(&event.type, &event.config)
				   : 0;

		c->user[i] = false;
		for (unsigned k = 0; c->asked >> i & 1 && k < c->n; k++) {
			int fd = lack ? lack : open_one(&event, tasks[k].tid, c->user[i]);

			if ((fd == -EACCES || fd == -EPERM) && !k &&
			    event.type != PERF_TYPE_SOFTWARE) {
				c->user[i] = true;
				fd = open_one(&event, tasks[k].tid, true);
			}
			c->fd[i][k] = fd;
		}
	}
}

/*
 * What one counted, also where it had to share the processor's registers with others. 0 or -errno.
 */
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
		return events[counter].type != PERF_TYPE_SOFTWARE
			       ? "there is no PMU here (/sys/bus/event_source/devices)"
			       : "this kernel does not count it";
	case -EACCES:
	case -EPERM:
		return "the kernel forbids it (kernel.perf_event_paranoid, CAP_PERFMON)";
	case -ENOSYS:
		return "perf_event_open is not there, or a filter refuses it";
	case -ENOPKG:
		return "it needs libpfm4, here and when handoff is built";
	case -ENOMSG:
		return "libpfm4 knows no such event of this processor";
	case -EBUSY:
		return "others have the PMU";
	default:
		return strerror(-err);
	}
}
