/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/* Control groups of both versions on trees that are made up: every group up to the root counts. */
#include <string.h>

#include "bench/machine/cgroup.h"
#include "bench/machine/settings.h"
#include "tests/tree.h"

static char seen[512];

static void note(void *arg, const char *group, bool v1)
{
	snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s%s ", group, v1 ? "(1)" : "");
}

/* Whether the settings of the tree have the line. */
static bool has_setting(const char *line)
{
	struct settings *s = settings_read(tree_root, NULL);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	bool found;

	settings_write(s, out);
	fclose(out);
	found = strstr(text, line) != NULL;
	free(text);
	settings_free(s);
	return found;
}

int main(void)
{
	struct cgroup_throttled t;

	tree_new();
	ok(!cgroup_throttled(tree_root, &t), "no groups: nothing is known");
	tree_put("/proc/self/cgroup", "0::/a/b\n");
	cgroup_each(tree_root, note, NULL);
	ok(strstr(seen, "/sys/fs/cgroup/a/b /sys/fs/cgroup/a /sys/fs/cgroup "),
	   "version 2: the own group and all above: %s", seen);
	tree_put("/sys/fs/cgroup/a/b/cpu.stat", "usage_usec 5\nnr_throttled 2\nthrottled_usec 7\n");
	tree_put("/sys/fs/cgroup/a/cpu.stat", "nr_throttled 3\nthrottled_usec 100\n");
	tree_put("/sys/fs/cgroup/cpu.stat", "usage_usec 5\n");
	ok(cgroup_throttled(tree_root, &t) && t.ns == 107000 && t.periods == 5,
	   "what all quotas took: %llu ns", (unsigned long long)t.ns);
	tree_put("/sys/fs/cgroup/a/cpu.max", "20000 100000\n");
	tree_put("/sys/fs/cgroup/a/cpuset.cpus.partition", "isolated\n");
	ok(has_setting("cgroup:1:cpu.max=20000 100000\n"), "the quota is a setting, by its level");
	ok(has_setting("cgroup:1:cpuset.cpus.partition=isolated\n"), "so is the partition");
	tree_put("/proc/modules", "zeta 1 0 - Live 0\nalpha 2 1 zeta, Live 0\n");
	ok(has_setting("module:alpha=loaded\n") && has_setting("module:zeta=loaded\n"),
	   "and the modules are");

	tree_new();
	*seen = '\0';
	tree_put("/proc/self/cgroup", "3:cpuset:/x\n2:cpu,cpuacct:/c\n");
	cgroup_each(tree_root, note, NULL);
	ok(strstr(seen, "/sys/fs/cgroup/cpu/c(1) /sys/fs/cgroup/cpu(1) "), "version 1: %s", seen);
	tree_put("/sys/fs/cgroup/cpu/cpu.stat",
		 "nr_periods 9\nnr_throttled 1\nthrottled_time 42\n");
	ok(cgroup_throttled(tree_root, &t) && t.ns == 42 && t.periods == 1, "its time is in ns");
	tree_put("/sys/fs/cgroup/cpu/c/cpu.cfs_quota_us", "20000\n");
	ok(has_setting("cgroup:0:cpu.cfs_quota_us=20000\n"), "and its quota a setting");
	tree_remove();
	return done_testing();
}
