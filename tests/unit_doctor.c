/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/*
 * The doctor's findings on machines that are made up: a bad one, a good one, one that says nothing.
 */
#include <stdbool.h>

#include "bench/machine/doctor.h"
#include "tests/tree.h"

#define CPU "/sys/devices/system/cpu/"

static struct doctor d;

static void examine(unsigned hz)
{
	d.root = tree_root;
	d.tick_hz = hz;
	doctor_examine(&d);
}

static const struct doctor_finding *about(const char *topic)
{
	static const struct doctor_finding none = {.topic = "", .level = DOCTOR_OK};

	for (unsigned i = 0; i < d.n; i++)
		if (!strcmp(d.finding[i].topic, topic))
			return &d.finding[i];
	return &none;
}

/* Whether the finding has that level and those words. */
static void finds(const char *topic, enum doctor_level level, const char *words)
{
	const struct doctor_finding *f = about(topic);

	ok(f->topic[0] && f->level == level && strstr(f->found, words),
	   "%s: %s, \"%s\" (%s, \"%s\")", topic, doctor_level_name(level), words,
	   doctor_level_name(f->level), f->found);
}

static void put_state(unsigned n, const char *name, const char *us, const char *off)
{
	char path[128];

	snprintf(path, sizeof(path), CPU "cpu0/cpuidle/state%u/name", n);
	tree_put(path, name);
	snprintf(path, sizeof(path), CPU "cpu0/cpuidle/state%u/latency", n);
	tree_put(path, us);
	snprintf(path, sizeof(path), CPU "cpu0/cpuidle/state%u/disable", n);
	tree_put(path, off);
}

static void put_power(void)
{
	tree_put(CPU "cpu0/cpufreq/scaling_governor", "powersave\n");
	tree_put(CPU "cpu0/cpufreq/scaling_driver", "intel_pstate\n");
	tree_put(CPU "intel_pstate/no_turbo", "0\n");
	put_state(0, "POLL\n", "0\n", "0\n");
	put_state(1, "C1\n", "2\n", "0\n");
	put_state(2, "C6\n", "133\n", "0\n");
	tree_put(CPU "cpuidle/current_driver", "intel_idle\n");
	tree_put(CPU "smt/active", "1\n");
	tree_put(CPU "smt/control", "on\n");
	tree_put(CPU "cpu0/thermal_throttle/core_throttle_count", "7\n");
	tree_put(CPU "cpu0/thermal_throttle/package_throttle_count", "0\n");
	tree_put(CPU "online", "0-15\n");
}

static void put_kernel(void)
{
	tree_put(CPU "vulnerabilities/meltdown", "Mitigation: PTI\n");
	tree_put(CPU "vulnerabilities/l1tf", "Not affected\n");
	tree_put(CPU "vulnerabilities/mds", "Vulnerable: no microcode\n");
	tree_put("/sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never\n");
	tree_put("/proc/sys/kernel/numa_balancing", "1\n");
	tree_put("/proc/sys/kernel/sched_autogroup_enabled", "1\n");
	tree_put("/proc/sys/kernel/sched_rt_runtime_us", "-1\n");
	tree_put("/proc/sys/net/core/busy_read", "50\n");
	tree_put("/proc/sys/net/core/busy_poll", "70\n");
	tree_put(CPU "isolated", "2-3\n");
	tree_put(CPU "nohz_full", "(null)\n");
	tree_put("/proc/version", "Linux version 6.1.0 (x) #1 SMP PREEMPT_DYNAMIC Debian\n");
	tree_put("/proc/cmdline", "quiet preempt=voluntary nosmt\n");
	tree_put("/sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n");
	tree_put("/sys/devices/system/clocksource/clocksource0/available_clocksource",
		 "tsc hpet \n");
	tree_put("/sys/kernel/security/lsm", "capability,yama,apparmor\n");
}

static void put_neighbours(void)
{
	tree_put("/proc/41/comm", "auditd\n");
	tree_put("/proc/42/comm", "irqbalance\n");
	tree_put("/proc/interrupts", "           CPU0       CPU3\n"
				     "  8:         10         30   IO-APIC   8-edge      rtc0\n"
				     " 24:          0        360   PCI-MSI 1-edge      nvme0q1\n"
				     " 30:     900000     900000   GIC 27  Level  arch_timer\n"
				     "LOC:     777777     888888   Local timer interrupts\n");
	tree_put("/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu hypervisor sse\n");
	tree_put("/sys/class/dmi/id/sys_vendor", "QEMU\n");
	tree_put("/proc/stat", "cpu  100 0 100 700 0 0 0 100 0 0\n");
	tree_put("/proc/loadavg", "3.50 1.00 0.50 4/321 999\n");
}

static void put_limits(void)
{
	tree_put("/proc/self/cgroup", "1:cpu,cpuacct:/old\n0::/a/b/c/d\n");
	tree_put("/sys/fs/cgroup/a/b/c/d/cpu.max", "max 100000\n");
	tree_put("/sys/fs/cgroup/a/b/cpu.max", "150000 100000\n");
	tree_put("/proc/self/status", "Name:\tx\nSeccomp:\t2\nSeccomp_filters:\t1\n"
				      "Cpus_allowed_list:\t1,3,5\n");
	tree_put("/proc/self/limits",
		 "Limit                     Soft Limit           Hard Limit           Units     \n"
		 "Max locked memory         0                    65536                bytes     \n"
		 "Max open files            1024                 unlimited            files     \n"
		 "Max msgqueue size         4096                 4096                 bytes     \n"
		 "Max nice priority         0                    0                    \n"
		 "Max realtime priority     0                    0                    \n");
	tree_put("/proc/sys/kernel/io_uring_disabled", "2\n");
	tree_put("/proc/sys/kernel/sem", "250\t32000\t32\t16\n");
	tree_put("/proc/sys/kernel/msgmax", "8192\n");
	tree_put("/proc/sys/fs/mqueue/msgsize_max", "8192\n");
}

static void test_bad_machine(void)
{
	tree_new();
	put_power();
	put_kernel();
	put_neighbours();
	put_limits();
	examine(250);
	finds("governor", DOCTOR_WARNING, "powersave (intel_pstate)");
	ok(strstr(about("governor")->command, "cpupower"), "with the command that changes it");
	finds("turbo", DOCTOR_NOTE, "on");
	finds("idle-states", DOCTOR_WARNING, "C1 2 us, C6 133 us (driver intel_idle)");
	finds("smt", DOCTOR_NOTE, "on");
	finds("throttling", DOCTOR_WARNING, "core 7 times");
	finds("mitigations", DOCTOR_NOTE, "1 in force: meltdown, 1 vulnerable");
	finds("thp", DOCTOR_NOTE, "always");
	finds("numa-balancing", DOCTOR_WARNING, "on");
	finds("isolation", DOCTOR_NOTE, "isolated CPUs: 2-3; tickless (nohz_full): none");
	finds("tick", DOCTOR_NOTE, "HZ=250: every 4000 us");
	finds("preemption", DOCTOR_NOTE, "voluntary");
	finds("autogroup", DOCTOR_NOTE, "--nice acts within this session");
	finds("busy-poll", DOCTOR_WARNING, "poll() spins for 70 us");
	finds("realtime-share", DOCTOR_NOTE, "have all of the time");
	finds("clocksource", DOCTOR_WARNING, "hpet");
	ok(strstr(about("clocksource")->command, "tsc"), "and the one to change to");
	finds("lsm", DOCTOR_NOTE, "apparmor");
	finds("audit", DOCTOR_WARNING, "process 41");
	finds("irqbalance", DOCTOR_WARNING, "process 42");
	finds("interrupts", DOCTOR_NOTE, "400: CPU 3 98 %, CPU 0 2 %");
	finds("hypervisor", DOCTOR_WARNING, "a guest: QEMU");
	finds("steal", DOCTOR_WARNING, "10.00 %");
	finds("load", DOCTOR_WARNING,
	      "3.50 over the last minute, 4 of 321 tasks want to run, 16 CPUs");
	finds("cgroup", DOCTOR_NOTE, "depth 4: /a/b/c/d");
	finds("cpu-quota", DOCTOR_WARNING, "1.50 CPUs");
	finds("seccomp", DOCTOR_WARNING, "filtered");
	finds("allowed-cpus", DOCTOR_NOTE, "1,3,5 of 0-15");
	finds("io_uring", DOCTOR_WARNING, "io_uring_disabled=2");
	finds("locked-memory", DOCTOR_NOTE, "0 (may be raised)");
	finds("realtime", DOCTOR_NOTE, "0");
	finds("mq-bytes", DOCTOR_NOTE, "4096");
	finds("open-files", DOCTOR_OK, "1024");
	finds("sysv-sem", DOCTOR_NOTE, "250, 32000, 32, 16");
	finds("sysv-msgmax", DOCTOR_NOTE, "8192");
	finds("mq-msgsize", DOCTOR_NOTE, "8192");
}

/* What a quiet machine would have instead. */
static void test_good_machine(void)
{
	char path[160];
	int wish = 0;
	FILE *out;

	tree_put(CPU "cpu0/cpufreq/scaling_governor", "performance\n");
	tree_put(CPU "intel_pstate/no_turbo", "1\n");
	put_state(2, "C6\n", "133\n", "1\n");
	tree_put(CPU "smt/active", "0\n");
	tree_put("/sys/kernel/mm/transparent_hugepage/enabled", "always madvise [never]\n");
	tree_put("/proc/sys/kernel/numa_balancing", "0\n");
	tree_put("/sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n");
	tree_put("/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu sse\n");
	tree_put("/proc/42/comm", "bash\n");
	tree_put("/proc/stat", "cpu  100 0 100 700 0 0 0 0 0 0\n");
	tree_put("/proc/loadavg", "0.01 1.00 0.50 1/321 999\n");
	tree_put("/sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
	tree_put("/proc/self/status", "Seccomp:\t0\nCpus_allowed_list:\t0-15\n");
	tree_put("/sys/kernel/debug/sched/preempt", "none voluntary (full) lazy\n");
	tree_put("/proc/sys/kernel/sched_autogroup_enabled", "0\n");
	tree_put("/proc/sys/net/core/busy_read", "0\n");
	tree_put("/sys/kernel/debug/sched/fair_server/cpu0/runtime", "30000000\n");
	tree_put("/sys/kernel/debug/sched/fair_server/cpu0/period", "1000000000\n");
	tree_put("/dev/cpu_dma_latency", "");
	snprintf(path, sizeof(path), "%s/dev/cpu_dma_latency", tree_root);
	out = fopen(path, "w");
	ok(out && fwrite(&wish, sizeof(wish), 1, out) == 1 && !fclose(out), "a wish of 0 us");
	examine(1000);
	finds("governor", DOCTOR_OK, "performance");
	finds("turbo", DOCTOR_OK, "off");
	finds("idle-states", DOCTOR_OK, "C6 133 us (off)");
	finds("dma-latency", DOCTOR_OK, "0 us");
	finds("smt", DOCTOR_OK, "no sibling");
	finds("thp", DOCTOR_OK, "never");
	finds("numa-balancing", DOCTOR_OK, "off");
	finds("preemption", DOCTOR_NOTE, "full");
	finds("autogroup", DOCTOR_OK, "off");
	finds("busy-poll", DOCTOR_OK, "off"); /* one of the two alone does nothing */
	finds("realtime-share", DOCTOR_NOTE, "fair server keeps 3 %");
	finds("clocksource", DOCTOR_OK, "tsc");
	finds("hypervisor", DOCTOR_OK, "none seen");
	finds("irqbalance", DOCTOR_OK, "does not run");
	finds("steal", DOCTOR_OK, "0.00 %");
	finds("load", DOCTOR_OK, "0.01");
	finds("cpu-quota", DOCTOR_OK, "none");
	finds("seccomp", DOCTOR_OK, "no filter");
	finds("allowed-cpus", DOCTOR_OK, "0-15 of 0-15");
}

static void test_other_ways(void)
{
	tree_put("/proc/self/cgroup", "4:cpu,cpuacct:/batch/job\n");
	tree_put("/sys/fs/cgroup/cpu/batch/job/cpu.cfs_quota_us", "50000\n");
	tree_put("/sys/fs/cgroup/cpu/batch/job/cpu.cfs_period_us", "100000\n");
	tree_drop(CPU "intel_pstate/no_turbo");
	tree_put(CPU "cpufreq/boost", "1\n");
	tree_drop("/sys/kernel/debug/sched/preempt");
	tree_put("/proc/cmdline", "quiet\n");
	examine(0);
	finds("cpu-quota", DOCTOR_WARNING, "0.50 CPUs");
	tree_put("/sys/fs/cgroup/cpu/batch/job/cpu.cfs_quota_us", "-1\n");
	tree_put("/sys/fs/cgroup/cpu/batch/cpu.cfs_quota_us", "25000\n");
	tree_put("/sys/fs/cgroup/cpu/batch/cpu.cfs_period_us", "100000\n");
	examine(0);
	finds("cpu-quota", DOCTOR_WARNING, "0.25 CPUs");
	finds("turbo", DOCTOR_NOTE, "on (boost)");
	tree_put("/sys/devices/cpu_core/cpus", "0-11\n");
	tree_put("/sys/devices/cpu_atom/cpus", "12-15\n");
	examine(0);
	finds("core-kinds", DOCTOR_NOTE, "P: CPUs 0-11; E: CPUs 12-15");
	tree_drop("/sys/devices/cpu_atom/cpus");
	tree_put(CPU "cpu0/cpu_capacity", "446\n");
	tree_put(CPU "cpu1/cpu_capacity", "1024\n");
	examine(0);
	finds("core-kinds", DOCTOR_NOTE, "capacities from 446 to 1024");
	finds("preemption", DOCTOR_UNKNOWN, "PREEMPT_DYNAMIC");
	finds("tick", DOCTOR_UNKNOWN, "not known");
	tree_put("/sys/kernel/realtime", "1\n");
	examine(0);
	finds("preemption", DOCTOR_NOTE, "real-time");
}

/* The idle state of a guest claims 1 us, whatever the hypervisor takes. */
static void test_guest(void)
{
	tree_new();
	tree_put("/sys/module/haltpoll/parameters/guest_halt_poll_ns", "0\n");
	tree_put(CPU "cpuidle/current_driver", "intel_idle\n");
	examine(0);
	ok(!about("guest-halt")->topic[0],
	   "no row where the governor is there and its driver is not used");
	tree_put(CPU "cpuidle/current_driver", "haltpoll\n");
	examine(0);
	finds("guest-halt", DOCTOR_NOTE, "halts at once");
	ok(strstr(about("guest-halt")->command, "echo 200000 >/sys/module/haltpoll"),
	   "with the command that makes it poll");
	tree_put("/sys/module/haltpoll/parameters/guest_halt_poll_ns", "200000\n");
	examine(0);
	finds("guest-halt", DOCTOR_OK, "polls for up to 200 us");
	tree_drop("/sys/module/haltpoll/parameters/guest_halt_poll_ns");
	examine(0);
	finds("guest-halt", DOCTOR_UNKNOWN, "guest_halt_poll_ns: No such file");
}

/* On a tree without a file nothing is claimed, and all that was looked for is named. */
static void test_silent_machine(void)
{
	unsigned claims = 0, silent = 0;

	tree_new();
	examine(0);
	for (unsigned i = 0; i < d.n; i++) {
		claims += d.finding[i].level == DOCTOR_WARNING;
		silent += !d.finding[i].found[0] || !d.finding[i].why[0];
	}
	ok(d.n > 30 && !claims, "a machine that says nothing: %u findings, no warning", d.n);
	ok(!silent, "each says what was found, or not, and why it matters");
	finds("governor", DOCTOR_UNKNOWN, "no cpufreq");
	finds("steal", DOCTOR_UNKNOWN, "/proc/stat: No such file");
	finds("locked-memory", DOCTOR_UNKNOWN, "/proc/self/limits: No such file");
}

int main(void)
{
	test_bad_machine();
	test_good_machine();
	test_other_ways();
	test_guest();
	test_silent_machine();
	tree_remove();
	return done_testing();
}
