/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/* Snapshots of settings: of a made-up machine, written, read again, compared. */
#include <errno.h>

#include "bench/machine/settings.h"
#include "tests/tree.h"

#define CPU "/sys/devices/system/cpu/"

static char *const environment[] = {"GLIBC_TUNABLES=glibc.malloc.check=3", "HOME=/root",
				    "LD_PRELOAD=x.so", NULL};
static char differences[1024]; /* "key:from>to " of the last comparison */

static void note(void *arg, const char *key, const char *from, const char *to)
{
	size_t used = strlen(differences);

	snprintf(differences + used, sizeof(differences) - used, "%s:%s>%s ", key,
		 from ? from : "none", to ? to : "none");
}

static size_t compare(struct settings *a, struct settings *b, unsigned of)
{
	differences[0] = '\0';
	return settings_compare(a, b, of, note, NULL);
}

static void has(struct settings *s, const char *key, const char *value)
{
	const char *is = settings_get(s, key);

	ok(value ? is && !strcmp(is, value) : !is, "%s is \"%s\" (\"%s\")", key,
	   value ? value : "not there", is ? is : "not there");
}

static void put_machine(void)
{
	char path[128];

	tree_new();
	for (int i = 0; i < 12; i++) {
		snprintf(path, sizeof(path), CPU "cpu%d/cpufreq/scaling_governor", i);
		tree_put(path, i == 5 || i > 9 ? "powersave\n" : "performance\n");
		snprintf(path, sizeof(path), CPU "cpu%d/cache/index2/size", i);
		tree_put(path, "2048K\n");
	}
	tree_put("/proc/sys/kernel/numa_balancing", "1\n");
	tree_put("/proc/sys/net/core/busy_poll", "50\n");
	tree_put("/proc/sys/kernel/sem", "250\t32000\t32\t128\n");
	tree_put("/proc/cpuinfo", "processor\t: 0\nmodel name\t: A = B\ncpu MHz\t: 1234.5\n"
				  "bogomips\t: 5000\nmicrocode\t: 0x1\n");
	tree_put("/proc/cmdline", "quiet\n");
	tree_put("/etc/tuned/active_profile", "network-latency\n");
	tree_put("/usr/lib/tuned/network-latency/tuned.conf", "[main]\ninclude=x\n");
}

static void test_read(void)
{
	struct settings *s = settings_read(tree_root, environment);

	has(s, CPU "cpu#/cpufreq/scaling_governor", "0-4,6-9:performance;5,10-11:powersave");
	has(s, CPU "cpu#/cache/index2/size", "0-11:2048K");
	has(s, "/proc/sys/kernel/numa_balancing", "1");
	has(s, "/proc/sys/net/core/busy_poll", "50");
	has(s, "/proc/sys/kernel/sem", "250\t32000\t32\t128");
	has(s, "/proc/cpuinfo:model name", "A = B");
	has(s, "/proc/cpuinfo:microcode", "0x1");
	has(s, "/proc/cpuinfo:cpu MHz", NULL);
	has(s, "/proc/cpuinfo:bogomips", NULL);
	has(s, "/usr/lib/tuned/network-latency/tuned.conf", "[main]|include=x");
	has(s, "environment:GLIBC_TUNABLES", "glibc.malloc.check=3");
	has(s, "environment:LD_PRELOAD", "x.so");
	has(s, "environment:HOME", NULL);
	ok(settings_get(s, "libc") != NULL, "the C library's version");
	settings_free(s);
}

/* Which services run, in version 2 and 1 of control groups, and what the kernel was built with. */
static void test_services_and_config(void)
{
	struct settings *s, *after;

	tree_put("/sys/fs/cgroup/system.slice/ssh.service/cgroup.events",
		 "populated 1\nfrozen 0\n");
	tree_put("/sys/fs/cgroup/system.slice/done.service/cgroup.events",
		 "populated 0\nfrozen 0\n");
	tree_put("/sys/fs/cgroup/system.slice/a.slice/getty@tty1.service/cgroup.events",
		 "populated 1\n");
	tree_put("/sys/fs/cgroup/systemd/system.slice/cron.service/cgroup.procs", "12\n");
	tree_put("/sys/fs/cgroup/systemd/system.slice/off.service/cgroup.procs", "");
	tree_put("/proc/sys/kernel/osrelease", "6.1.0-x\n");
	tree_put("/lib/modules/6.1.0-x/config", "CONFIG_HZ=250\n");
	s = settings_read(tree_root, environment);
	has(s, "service:ssh.service", "running");
	has(s, "service:done.service", NULL);
	has(s, "service:getty@tty1.service", "running");
	has(s, "service:cron.service", "running");
	has(s, "service:off.service", NULL);
	has(s, "kernel-config:CONFIG_HZ", "250");
	tree_put("/boot/config-6.1.0-x", "# CONFIG_PREEMPT is not set\nCONFIG_HZ=1000\n"
					 "CONFIG_HZ_1000=y\nCONFIG_PREEMPT_DYNAMIC=y\n");
	tree_put("/sys/fs/cgroup/system.slice/done.service/cgroup.events", "populated 1\n");
	after = settings_read(tree_root, environment);
	has(after, "kernel-config:CONFIG_HZ", "1000");
	has(after, "kernel-config:CONFIG_HZ_1000", NULL);
	has(after, "kernel-config:CONFIG_PREEMPT_DYNAMIC", "y");
	ok(compare(s, after, SETTINGS_CHOSEN) == 1 &&
		   strstr(differences, "service:done.service:none>running"),
	   "a service that systemd starts is no tuning: %s", differences);
	ok(compare(s, after, SETTINGS_STABLE) == 2, "another kernel is another machine: %s",
	   differences);
	settings_free(after);
	settings_free(s);
}

static void test_file(void)
{
	struct settings *written = settings_read(tree_root, environment), *read = NULL;
	char path[128];
	FILE *out;
	int err;

	settings_add(written, "zz", "two\nlines");
	snprintf(path, sizeof(path), "%s/snapshot", tree_root);
	out = fopen(path, "w");
	ok(!settings_write(written, out), "a snapshot is written");
	fclose(out);
	err = settings_load(&read, path);
	ok(!err && !compare(written, read, SETTINGS_ALL), "and read again as it was: %s",
	   differences);
	settings_free(read);
	tree_put("/snapshot", "a=b\nno equals sign\n");
	ok_is(settings_load(&read, path), -EBADMSG, "a line that is none: -EBADMSG");
	ok_is(settings_load(&read, "/nonexistent/x"), -ENOENT, "no such file: -ENOENT");
	out = fopen("/dev/full", "w");
	ok_is(settings_write(written, out), -ENOSPC, "a full disk: -ENOSPC");
	fclose(out);
	settings_free(written);
}

static void test_compare(void)
{
	struct settings *before = settings_read(tree_root, environment), *after;

	tree_put(CPU "cpu5/cpufreq/scaling_governor", "performance\n");
	tree_put("/proc/sys/net/core/busy_read", "50\n");
	tree_drop("/proc/sys/kernel/numa_balancing");
	tree_put("/proc/cpuinfo", "processor\t: 0\nmodel name\t: A = B\ncpu MHz\t: 800\n"
				  "bogomips\t: 4000\nmicrocode\t: 0x1\n");
	after = settings_read(tree_root, environment);
	ok_is(compare(before, after, SETTINGS_ALL), 3, "three settings changed");
	ok(!strcmp(differences,
		   "/proc/sys/kernel/numa_balancing:1>none "
		   "/proc/sys/net/core/busy_read:none>50 " CPU
		   "cpu#/cpufreq/scaling_governor:0-4,6-9:performance;5,10-11:powersave>"
		   "0-9:performance;10-11:powersave "),
	   "gone, come, changed: %s", differences);
	ok(!compare(before, after, SETTINGS_STABLE), "it is the same machine all the same");
	settings_free(after);
	tree_put("/proc/cpuinfo", "processor\t: 0\nmodel name\t: C\nmicrocode\t: 0x1\n");
	tree_put(CPU "cpu3/cache/index2/size", "1024K\n");
	after = settings_read(tree_root, environment);
	settings_add(after, "handoff:git", "other");
	ok(compare(before, after, SETTINGS_STABLE) == 3 &&
		   strstr(differences, "model name:A = B>C") &&
		   strstr(differences, "handoff:git:none>other") &&
		   strstr(differences, "index2/size:0-11:2048K>0-2,4-11:2048K;3:1024K"),
	   "another processor, cache or build is another machine: %s", differences);
	settings_free(after);
	settings_free(before);
}

/* The kernel chooses one CPU of an interrupt's mask, and another when the mask is put back. */
static void test_chosen(void)
{
	struct settings *before, *after;

	tree_put("/proc/irq/9/smp_affinity_list", "0-1\n");
	tree_put("/proc/irq/9/effective_affinity_list", "0\n");
	before = settings_read(tree_root, environment);
	tree_put("/proc/irq/9/effective_affinity_list", "1\n");
	after = settings_read(tree_root, environment);
	ok_is(compare(before, after, SETTINGS_ALL), 1, "another CPU of the mask is seen: %s",
	      differences);
	ok_is(compare(before, after, SETTINGS_ALL & ~SETTINGS_CHOSEN), 0,
	      "and is nobody's setting: %s", differences);
	settings_free(after);
	tree_put("/proc/irq/9/smp_affinity_list", "1\n");
	after = settings_read(tree_root, environment);
	ok_is(compare(before, after, SETTINGS_ALL & ~SETTINGS_CHOSEN), 1, "another mask is one: %s",
	      differences);
	settings_free(after);
	settings_free(before);
}

/* On this machine: whatever it lacks, a snapshot can be taken, and twice the same. */
static void test_here(void)
{
	struct settings *a = settings_read("", NULL), *b = settings_read("", NULL);
	struct settings *none = settings_new();
	size_t n = compare(none, a, SETTINGS_ALL);

	ok(n > 50, "a snapshot of this machine: %zu settings", n);
	settings_free(none);
	ok(!compare(a, b, SETTINGS_STABLE), "whose stable part does not change by itself: %s",
	   differences);
	settings_free(a);
	settings_free(b);
}

/* Two machines that are set alike give the same text once folded. */
static void test_fold(void)
{
	struct settings *s = settings_new(), *folded;

	settings_add(s, "system:node", "n1");
	settings_add(s, CPU "cpu#/thermal_throttle/core_throttle_count", "0-3:17");
	settings_add(s, "/proc/irq/#/effective_affinity_list", "24:0;25:1");
	settings_add(s, "/proc/self/cgroup", "0::/system.slice/slurmstepd.scope/job_17");
	settings_add(s, "/proc/meminfo:MemTotal", "131923456 kB");
	settings_add(s, "/proc/sys/net/ipv4/udp_mem", "764\t1019\t1528");
	settings_add(s, "/proc/cmdline", "ip=10.0.0.17:::255.0.0.0 quiet skip=1");
	settings_add(s, "/proc/sys/kernel/numa_balancing", "1");
	folded = settings_fold(s);
	has(folded, "system:node", NULL);
	has(folded, CPU "cpu#/thermal_throttle/core_throttle_count", NULL);
	has(folded, "/proc/irq/#/effective_affinity_list", NULL);
	has(folded, "/proc/self/cgroup", NULL);
	has(folded, "/proc/meminfo:MemTotal", "130000000 kB");
	has(folded, "/proc/sys/net/ipv4/udp_mem", "760\t1000\t1500");
	has(folded, "/proc/cmdline", "ip= quiet skip=1");
	has(folded, "/proc/sys/kernel/numa_balancing", "1");
	settings_free(folded);
	settings_free(s);
}

int main(void)
{
	put_machine();
	test_read();
	test_file();
	test_compare();
	test_chosen();
	test_here();
	test_services_and_config();
	tree_remove();
	test_fold();
	return done_testing();
}
