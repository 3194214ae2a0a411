/* SPDX-License-Identifier: MIT */
/* cgroups(7), Documentation/admin-guide/cgroup-v2.rst, Documentation/scheduler/sched-bwc.rst. */
#include "bench/machine/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/base/tree.h"

#define EMPTY_MS 100  /* that a group may take to be empty once its processes were killed */
#define DEPTH_MAX 128 /* of groups in groups that are looked at */

/*
 * Where groups are mounted (systemd: all of version 2, or the hybrid), and the controller that
 * makes it version 1.
 */
static const struct {
	const char *mount, *controller;
} trees[] = {
	{"/sys/fs/cgroup", NULL}, {"/sys/fs/cgroup/unified", NULL}, {"/sys/fs/cgroup/cpu", "cpu"}};

#define TREES (sizeof(trees) / sizeof(trees[0]))

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
	for (size_t i = 0; i < TREES; i++) {
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

/* Whether `group`, a directory of a tree of version 2, shares CPU time between its children. */
static bool shares_cpu(const char *root, const char *group)
{
	char text[256];

	return tree_read(root, text, sizeof(text), "%s/cgroup.subtree_control", group) > 0 &&
	       tree_has_word(text, "cpu");
}

struct search {
	const char *root;
	char parent[PATH_MAX]; /* the first that will do; empty = none yet */
};

static void find_parent(void *arg, const char *group, bool v1)
{
	struct search *s = arg;
	char text[16];

	if (!*s->parent && tree_read(s->root, text, sizeof(text), "%s/cgroup.procs", group) >= 0 &&
	    (v1 || shares_cpu(s->root, group)))
		snprintf(s->parent, sizeof(s->parent), "%s", group);
}

/* The groups inside the first, and in version 2 the controller for each of them. 0 or -errno. */
static int make_nested(char *path, unsigned depth)
{
	size_t used = strlen(path);
	int err = 0;

	for (unsigned i = 1; !err && i < depth; i++) {
		int control;

		snprintf(path + used, PATH_MAX - used, "/cgroup.subtree_control");
		control = open(path, O_WRONLY | O_CLOEXEC);
		if (control >= 0 && write(control, "+cpu", 4) != 4)
			err = -errno;
		if (control >= 0)
			close(control);
		used += (size_t)snprintf(path + used, PATH_MAX - used, "/1");
		if (!err && (used >= PATH_MAX - 32 || mkdir(path, 0755)))
			err = used >= PATH_MAX - 32 ? -ENAMETOOLONG : -errno;
	}
	return err;
}

int cgroup_make(const char *root, const char *name, unsigned depth, char *path, char *parent)
{
	struct search s = {.root = root};
	int err;

	cgroup_each(root, find_parent, &s);
	if (!*s.parent)
		return -EOPNOTSUPP;
	snprintf(parent, PATH_MAX, "%s", s.parent);
	if (snprintf(path, PATH_MAX, "%s%s/%s", root, s.parent, name) >= PATH_MAX - 32)
		return -ENAMETOOLONG;
	if (mkdir(path, 0755))
		return -errno;
	err = make_nested(path, depth);
	if (err)
		cgroup_remove(root, name);
	return err;
}

uint64_t cgroup_number(const char *root)
{
	uint64_t number = 0;

	for (size_t i = 0; i < TREES; i++) {
		char path[PATH_MAX], group[2 * PATH_MAX];
		struct stat st;

		cgroup_path(root, trees[i].controller, path);
		snprintf(group, sizeof(group), "%s%s%s", root, trees[i].mount, path);
		if (*path && !stat(group, &st))
			number = 31 * number + st.st_ino;
	}
	return number;
}

/* What a walk does, and how deep it is. */
struct walk {
	bool (*each)(void *arg, int dir, const char *name);
	void *arg;
	unsigned depth;
};

static void walk_groups(int fd, struct walk *w)
{
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	w->depth++;
	/* safe, one thread to a stream; readdir_r() is deprecated (readdir_r(3)) */
	/* cppcheck-suppress readdirCalled */
	while ((entry = readdir(dir))) {
		if (entry->d_type != DT_DIR || *entry->d_name == '.' ||
		    w->each(w->arg, dirfd(dir), entry->d_name) || w->depth == DEPTH_MAX)
			continue;
		walk_groups(openat(dirfd(dir), entry->d_name,
				   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
			    w);
	}
	w->depth--;
	closedir(dir);
}

void cgroup_walk(const char *root, bool (*each)(void *arg, int dir, const char *name), void *arg)
{
	struct walk w = {.each = each, .arg = arg};

	for (size_t i = 0; i < TREES; i++) {
		char path[PATH_MAX];
		int fd;

		snprintf(path, sizeof(path), "%s%s", root, trees[i].mount);
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0 &&
		    faccessat(fd, "cgroup.procs", F_OK, 0)) { /* others are mounted in it */
			close(fd);
			fd = -1;
		}
		walk_groups(fd, &w);
	}
}

static bool remove_inner(void *arg, int dir, const char *name)
{
	(void)arg;
	return cgroup_remove_at(dir, name);
}

bool cgroup_remove_at(int dir, const char *name)
{
	struct walk w = {.each = remove_inner};

	walk_groups(openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), &w);
	for (int ms = 0; unlinkat(dir, name, AT_REMOVEDIR); ms++) {
		if (errno != EBUSY || ms == EMPTY_MS)
			return errno == ENOENT;
		usleep(1000);
	}
	return true;
}

struct removal {
	const char *name;
	bool done;
};

static bool remove_named(void *arg, int dir, const char *name)
{
	struct removal *r = arg;

	if (strcmp(name, r->name) != 0)
		return false;
	r->done |= cgroup_remove_at(dir, name);
	return true;
}

bool cgroup_remove(const char *root, const char *name)
{
	struct removal r = {.name = name};

	cgroup_walk(root, remove_named, &r);
	return r.done;
}
