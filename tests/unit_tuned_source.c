/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/* From which file tuned has a setting: profiles that include others, variables, sysctl.d. */
#include <string.h>

#include "bench/machine/tuned_source.h"
#include "tests/tap.h"
#include "tests/tree.h"

#define PARENT "/usr/lib/tuned/parent/tuned.conf"
#define CHILD "/etc/tuned/child/tuned.conf"

static const struct tuned_profile child = {.name = "child"};

/* Whether the profile has `key` from `from`; "" = from no file. */
static void is_from(const struct tuned_sources *s, const char *key, const char *from)
{
	char text[512] = "";

	tuned_source(s, key, text, sizeof(text));
	ok(!strcmp(text, from), "%s is from \"%s\"", key, text);
}

static void put_profiles(void)
{
	tree_new();
	tree_put(PARENT, "[main]\nsummary=all that a child may change\n"
			 "[variables]\nlatency=1\nratio=10\n"
			 "[sysctl]\nvm.swappiness = ${ratio} # "
			 "some\nvm.dirty_ratio=40\nnet.core.busy_poll=50\n"
			 "[own]\ntype=sysctl\nkernel.msgmax=5\n"
			 "[cpu]\ntype=cpu\nenabled=false\ndevices=cpu0\ngovernor="
			 "performance\nforce_latency=${latency}\n"
			 "[vm]\ntransparent_hugepages=never\n"
			 "[net]\ntype=sysfs\n/sys/class/net/*/mtu=1500\n"
			 "[off]\ntype=sysctl\nenabled=0\nkernel.sem=1\n");
	tree_put(CHILD, "[main]\ninclude=parent\n"
			"[variables]\nratio=20\n"
			"[sysctl]\ndrop=vm.dirty_ratio\nnet.core.busy_poll=\"70\"\n"
			"[own]\nkernel.msgmni=6\n[cpu]\nenergy_perf_bias=performance\n"
			"[vm]\nreplace=True\ndirty_bytes=1\n");
}

static void test_merge(void)
{
	struct tuned_sources *s = tuned_sources_read(tree_root, &child);

	is_from(s, "/proc/sys/net/core/busy_poll", CHILD);
	is_from(s, "/proc/sys/vm/swappiness", PARENT ", ${ratio} of " CHILD);
	is_from(s, "/proc/sys/vm/dirty_ratio", "");
	is_from(s, "/dev/cpu_dma_latency", PARENT);
	is_from(s, "/sys/devices/system/cpu/cpu#/cpufreq/scaling_governor", PARENT);
	is_from(s, "/sys/kernel/mm/transparent_hugepage/enabled", "");
	is_from(s, "/proc/sys/vm/dirty_bytes", CHILD);
	is_from(s, "/sys/class/net/lo/mtu", PARENT);
	is_from(s, "/proc/sys/kernel/sem", "");
	is_from(s, "/proc/sys/kernel/msgmax", "");
	is_from(s, "/proc/sys/net/core/busy_pol", "");
	tuned_sources_free(s);
}

static void note(void *arg, const char *section, const char *name, const char *value,
		 const char *from, const char *by)
{
	char *text = arg;

	snprintf(text + strlen(text), 512 - strlen(text), "[%s] %s=%s of %s by %s;", section, name,
		 value, from, by);
}

/* A section of the same name makes these as if the parent had not given them. */
static void test_resets(void)
{
	struct tuned_sources *s = tuned_sources_read(tree_root, &child);
	char text[512] = "";

	tuned_resets(s, note, text);
	ok(strstr(text, "[cpu] enabled=false of " PARENT " by " CHILD ";") &&
		   strstr(text, "[cpu] devices=cpu0 of ") && strstr(text, "[own] type=sysctl of "),
	   "what the child resets: %s", text);
	ok(!strstr(text, "[net]") && !strstr(text, "governor") && !strstr(text, "type=cpu"),
	   "and nothing else");
	tuned_sources_free(s);
}

/* What sysctl.d says is applied over the profile, once a section of that plugin is at work. */
static void test_sysctl_d(void)
{
	struct tuned_profile none = {.name = "none"}, own = {.name = "own", .dir = "/own"};
	struct tuned_sources *s;

	tree_put("/etc/sysctl.d/10-a.conf", "# words\nvm.swappiness = 30\nkernel/shmmni = 1\n");
	tree_put("/etc/sysctl.d/20-b.conf", "vm.swappiness=31\n");
	tree_put("/etc/sysctl.d/30-c.conf", "vm.laptop_mode=1\nvm.swappiness=32\n");
	tree_put("/run/sysctl.d/30-c.conf", "vm.stat_interval=1\n");
	s = tuned_sources_read(tree_root, &child);
	is_from(s, "/proc/sys/vm/swappiness", "/etc/sysctl.d/20-b.conf");
	is_from(s, "/proc/sys/kernel/shmmni", "/etc/sysctl.d/10-a.conf");
	is_from(s, "/proc/sys/vm/laptop_mode", "");
	is_from(s, "/proc/sys/vm/stat_interval", "/run/sysctl.d/30-c.conf");
	is_from(s, "/proc/sys/net/core/busy_poll", CHILD);
	tuned_sources_free(s);
	tree_put("/etc/tuned/tuned-main.conf", "daemon = 1\nreapply_sysctl = 0\n");
	s = tuned_sources_read(tree_root, &child);
	is_from(s, "/proc/sys/kernel/shmmni", "");
	tuned_sources_free(s);
	tree_drop("/etc/tuned/tuned-main.conf");
	tree_put("/usr/lib/tuned/none/tuned.conf", "[vm]\ntransparent_hugepages=never\n");
	s = tuned_sources_read(tree_root, &none);
	is_from(s, "/proc/sys/kernel/shmmni", "");
	tuned_sources_free(s);
	tree_put("/own/tuned.conf", "[main]\ninclude=-missing, none\n[sysctl]\n");
	s = tuned_sources_read(tree_root, &own);
	is_from(s, "/proc/sys/kernel/shmmni", "/etc/sysctl.d/10-a.conf");
	is_from(s, "/sys/kernel/mm/transparent_hugepage/enabled", "/usr/lib/tuned/none/tuned.conf");
	tuned_sources_free(s);
}

/* A profile of /etc may include the one of its name that tuned brings, and circles end. */
static void test_same_name(void)
{
	struct tuned_profile twin = {.name = "twin"};
	struct tuned_sources *s;

	tree_put("/etc/tuned/twin/tuned.conf", "[main]\ninclude=twin\n[sysctl]\nvm.swappiness=1\n");
	tree_put("/usr/lib/tuned/twin/tuned.conf",
		 "[main]\ninclude=twin\n[sysctl]\nvm.swappiness=2\nvm.laptop_mode=0\n");
	tree_put("/etc/tuned/tuned-main.conf", "reapply_sysctl=False\n");
	s = tuned_sources_read(tree_root, &twin);
	is_from(s, "/proc/sys/vm/swappiness", "/etc/tuned/twin/tuned.conf");
	is_from(s, "/proc/sys/vm/laptop_mode", "/usr/lib/tuned/twin/tuned.conf");
	tuned_sources_free(s);
}

int main(void)
{
	put_profiles();
	test_merge();
	test_resets();
	test_sysctl_d();
	test_same_name();
	tree_remove();
	return done_testing();
}
