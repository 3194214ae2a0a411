/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/*
 * Ways to keep sides apart as they are written, who was apart, and groups of ours in trees that are
 * made up.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/machine/apart.h"
#include "bench/machine/cgroup.h"
#include "bench/machine/netlink.h"
#include "tests/tree.h"

#define LINKS 16

/* Whether `text` is read, and written as `again`. */
static bool reads(const char *text, const char *again)
{
	struct apart_way way;
	char name[APART_NAME];

	if (apart_parse(text, &way))
		return false;
	apart_name(&way, name);
	return !strcmp(name, again);
}

static void test_ways(void)
{
	static const char *const wrong[] = {"",		 "disk",      "cgroup:", "cgroup:0",
					    "cgroup:33", "cgroup:1x", "net:lo",	 "ipc:veth",
					    "cgroups",	 "cgroup:+1"};
	struct apart_way way;

	ok(reads("none", "none") && reads("ipc", "ipc") && reads("pid", "pid") &&
		   reads("user", "user") && reads("seccomp", "seccomp"),
	   "ways that take nothing");
	ok(reads("cgroup", "cgroup") && reads("cgroup:1", "cgroup") &&
		   reads("cgroup:32", "cgroup:32"),
	   "groups and their depth");
	ok(reads("net", "net:veth") && reads("net:veth", "net:veth") &&
		   reads("net:bridge", "net:bridge"),
	   "networks");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ok(apart_parse(wrong[i], &way), "\"%s\" is none", wrong[i]);
}

static void test_were(void)
{
	struct apart a = {.way = {.kind = APART_NET}, .home = 7};

	ok(apart_were(&a, 8, 9), "two namespaces that are not the driver's");
	ok(!apart_were(&a, 8, 8), "in one both are together");
	ok(!apart_were(&a, 7, 9) && !apart_were(&a, 9, 7), "one has stayed with the driver");
	ok(apart_were(&a, 0, 8), "where nothing can be known nothing is said");
	a = (struct apart){.way = {.kind = APART_SECCOMP}, .home = 1};
	ok(apart_were(&a, 2, 2) && !apart_were(&a, 2, 1), "each has a filter more than the driver");
}

static bool is_there(const char *path)
{
	char full[512];
	struct stat st;

	snprintf(full, sizeof(full), "%s%s", tree_root, path);
	return !stat(full, &st);
}

static void test_groups(void)
{
	char path[PATH_MAX], parent[PATH_MAX];

	tree_new();
	tree_put("/proc/self/cgroup", "0::/a/b\n");
	tree_put("/sys/fs/cgroup/cgroup.procs", "");
	tree_put("/sys/fs/cgroup/a/cgroup.procs", "");
	tree_put("/sys/fs/cgroup/a/b/cgroup.procs", "1\n");
	tree_put("/sys/fs/cgroup/a/b/cgroup.subtree_control", "memory pids\n");
	ok(cgroup_make(tree_root, "ours", 1, path, parent) == -EOPNOTSUPP,
	   "version 2: no group above shares the CPU between its children");
	tree_put("/sys/fs/cgroup/cgroup.subtree_control", "cpu\n");
	tree_put("/sys/fs/cgroup/a/cgroup.subtree_control", "cpuset cpu\n");
	ok(!cgroup_make(tree_root, "ours", 3, path, parent) &&
		   is_there("/sys/fs/cgroup/a/ours/1/1") && !strcmp(parent, "/sys/fs/cgroup/a"),
	   "in the nearest that does: %s", path);
	ok(!strcmp(path + strlen(tree_root), "/sys/fs/cgroup/a/ours/1/1"), "three deep");
	ok(!cgroup_remove(tree_root, "our"), "another name is not ours");
	ok(cgroup_remove(tree_root, "ours") && !is_there("/sys/fs/cgroup/a/ours"),
	   "all of it goes");
	ok(is_there("/sys/fs/cgroup/a/b"), "and nothing else");

	tree_new();
	tree_put("/proc/self/cgroup", "3:cpuset:/x\n2:cpu,cpuacct:/c\n0::/\n");
	tree_put("/sys/fs/cgroup/unified/cgroup.procs", "");
	tree_put("/sys/fs/cgroup/unified/cgroup.subtree_control", "\n");
	tree_put("/sys/fs/cgroup/cpu/c/cgroup.procs", "");
	tree_put("/sys/fs/cgroup/cpu/cgroup.procs", "");
	ok(!cgroup_make(tree_root, "ours", 1, path, parent) &&
		   !strcmp(parent, "/sys/fs/cgroup/cpu/c"),
	   "version 1: in our own, where the controller is: %s", parent);
	ok(cgroup_remove(tree_root, "ours") && !is_there("/sys/fs/cgroup/cpu/c/ours"), "and gone");
	tree_remove();
}

/* Of links whose other end is down none is up; the kernel says IFF_RUNNING of some. */
static void test_links(void)
{
	int net;
	unsigned early = 0, late = 0;
	char name[2][IFNAMSIZ];

	if (unshare(CLONE_NEWNET) && unshare(CLONE_NEWUSER | CLONE_NEWNET)) {
		skip("links in a network of its own", strerror(errno));
		return;
	}
	net = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	for (unsigned i = 0; i < LINKS; i++) {
		snprintf(name[0], IFNAMSIZ, "here%u", i);
		snprintf(name[1], IFNAMSIZ, "there%u", i);
		if (netlink_pair(name[0], name[1], net) || netlink_up(name[0], NULL))
			break;
		early += netlink_is_up(name[0]);
		if (!netlink_up(name[1], NULL))
			late += !netlink_await(name[0]) && !netlink_await(name[1]);
	}
	close(net);
	ok_is(early, 0, "a link whose other end is down carries nothing");
	ok_is(late, LINKS, "with both ends up it does");
}

int main(void)
{
	test_ways();
	test_were();
	test_groups();
	test_links();
	return done_testing();
}
