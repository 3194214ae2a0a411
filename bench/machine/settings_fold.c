/* SPDX-License-Identifier: MIT */
/* Settings without what differs between two machines that are set alike. */
#include <errno.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bench/machine/settings.h"

#define DIGITS 2 /* that are kept of a number which follows from the memory */

/* Of each machine by itself: names, counters, what the kernel or a daemon moves about by load. */
static const char *const own[] = {
	"system:node",
	"/proc/self/cgroup",
	"/proc/irq/#/effective_affinity_list",
	"/proc/sys/kernel/perf_event_max_sample_rate", /* the kernel lowers it when interrupts take
							  long */
	"*/thermal_throttle/*_throttle_count",
};

/*
 * What the kernel makes of the exact number of pages, which differs by some between equal machines.
 */
static const char *const of_memory[] = {
	"/proc/meminfo:MemTotal",
	"/proc/self/limits:Max processes",
	"/proc/sys/fs/epoll/max_user_watches",
	"/proc/sys/net/ipv4/udp_mem",
	"/proc/sys/vm/min_free_kbytes",
	"/proc/sys/net/netfilter/nf_conntrack_max",
};

static bool is_one_of(const char *const *patterns, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (!fnmatch(patterns[i], key, 0))
			return true;
	return false;
}

#define IS_ONE_OF(list, key) is_one_of(list, sizeof(list) / sizeof((list)[0]), key)

/* Rounds each number in `text` down to DIGITS digits. */
static void round_numbers(char *text)
{
	for (char *at = text; *at;) {
		size_t n = strspn(at, "0123456789");

		for (size_t i = DIGITS; i < n; i++)
			at[i] = '0';
		at += n ? n : 1;
	}
}

/* Takes the address out of "ip=10.0.0.17:..." of a node that boots from the network. */
static void drop_address(char *text)
{
	for (char *at = text; (at = strstr(at, "ip=")); at += strlen("ip=")) {
		char *value = at + strlen("ip=");
		size_t n = strcspn(value, " ");

		if ((at == text || at[-1] == ' ') && n)
			memmove(value, value + n, strlen(value + n) + 1);
	}
}

static int fold(void *to, const char *key, const char *value)
{
	char *folded;
	int err;

	if (IS_ONE_OF(own, key))
		return 0;
	folded = strdup(value);
	if (!folded)
		return -ENOMEM;
	if (IS_ONE_OF(of_memory, key))
		round_numbers(folded);
	if (!strcmp(key, "/proc/cmdline"))
		drop_address(folded);
	err = settings_add(to, key, folded);
	free(folded);
	return err;
}

struct settings *settings_fold(struct settings *s)
{
	struct settings *folded = settings_new();

	if (folded && settings_each(s, fold, folded)) {
		settings_free(folded);
		return NULL;
	}
	return folded;
}
