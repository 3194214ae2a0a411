/* SPDX-License-Identifier: MIT */
/* cgroups(7), Documentation/admin-guide/cgroup-v2.rst, Documentation/scheduler/sched-bwc.rst. */
#include "bench/machine/cgroup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/tree.h"

void cgroup_path(const char *root, const char *controller, char *path)
{
	char text[4096], *rest = text, *line;

	path[0] = '\0';
	if (tree_read(root, text, sizeof(text), "/proc/self/cgroup") < 0)
		return;
	while ((line = strsep(&rest, "\n"))) {
		char *names = strchr(line, ':'), *at = names ? strchr(names + 1, ':') : NULL;

		if (!at)
			continue;
		*at++ = '\0';
		if (controller ? tree_has_word(names + 1, controller) : !names[1])
			snprintf(path, PATH_MAX, "%s", at);
	}
}

void cgroup_each(const char *root, void (*each)(void *arg, const char *group, bool v1), void *arg)
{
	static const struct {
		const char *mount, *controller;
	} trees[] = {{"/sys/fs/cgroup", NULL},
		     {"/sys/fs/cgroup/unified", NULL},
		     {"/sys/fs/cgroup/cpu", "cpu"}};

	for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
		char path[PATH_MAX], group[PATH_MAX + 32], *slash;

		cgroup_path(root, trees[i].controller, path);
		if (!strcmp(path, "/"))
			path[0] = '\0';
		do {
			snprintf(group, sizeof(group), "%s%s", trees[i].mount, path);
			each(arg, group, trees[i].controller != NULL);
			slash = strrchr(path, '/');
			if (slash)
				*slash = '\0';
		} while (slash);
	}
}

struct reading {
	const char *root;
	struct cgroup_throttled sum;
	bool any;
};

/* A line "key number" of cpu.stat. */
static bool find_counter(const char *text, const char *key, uint64_t *ret)
{
	size_t len = strlen(key);

	for (; text; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (strncmp(text, key, len) || text[len] != ' ')
			continue;
		*ret = strtoull(text + len + 1, NULL, 10);
		return true;
	}
	return false;
}

static void add_group(void *arg, const char *group, bool v1)
{
	struct reading *r = arg;
	uint64_t time, periods;
	char text[1024];

	if (tree_read(r->root, text, sizeof(text), "%s/cpu.stat", group) <= 0 ||
	    !find_counter(text, v1 ? "throttled_time" : "throttled_usec", &time) ||
	    !find_counter(text, "nr_throttled", &periods))
		return;
	r->sum.ns += v1 ? time : 1000 * time;
	r->sum.periods += periods;
	r->any = true;
}

bool cgroup_throttled(const char *root, struct cgroup_throttled *ret)
{
	struct reading r = {.root = root};

	cgroup_each(root, add_group, &r);
	*ret = r.sum;
	return r.any;
}
