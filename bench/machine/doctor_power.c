/* SPDX-License-Identifier: MIT */
/* Frequency, idle states, threads of a core, heat: sysfs of cpu0 stands for all PUs unless said. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "bench/base/pause.h"
#include "bench/base/text.h"
#include "bench/base/tree.h"
#include "bench/machine/doctor.h"

#define CPU "/sys/devices/system/cpu/"
#define GUEST_POLL "/sys/module/haltpoll/parameters/guest_halt_poll_ns"
#define STATES_MAX 16 /* idle states of a PU; the kernel's CPUIDLE_STATE_MAX is 10 */
#define DEEP_US 10    /* an exit latency above this shows beside a wake-up of some microseconds */

static void governor(struct doctor *d)
{
	static const char why[] = "a governor that follows the load runs a mostly sleeping pair at "
				  "a low frequency, and changes it while we measure";
	char text[64], driver[64];
	int n = tree_read(d->root, text, sizeof(text), CPU "cpu0/cpufreq/scaling_governor");

	if (tree_read(d->root, driver, sizeof(driver), CPU "cpu0/cpufreq/scaling_driver") <= 0)
		snprintf(driver, sizeof(driver), "unknown driver");
	if (n == -ENOENT)
		doctor_add(d, DOCTOR_UNKNOWN, "governor", why, NULL,
			   "no cpufreq here: the firmware or the hypervisor sets the frequency, "
			   "and we cannot see it");
	else if (n < 0)
		doctor_unknown(d, "governor", CPU "cpu0/cpufreq/scaling_governor", n, why);
	else if (!strcmp(text, "performance"))
		doctor_add(d, DOCTOR_OK, "governor", why, NULL, "performance (%s)", driver);
	else
		doctor_add(d, DOCTOR_WARNING, "governor", why,
			   "cpupower frequency-set -g performance", "%s (%s)", text, driver);
}

static void turbo(struct doctor *d)
{
	static const char why[] = "with turbo, the frequency depends on how many cores are awake "
				  "and how hot they are, so it changes during a sweep";
	uint64_t off, on;

	if (!tree_read_u64(d->root, &off, CPU "intel_pstate/no_turbo"))
		doctor_add(d, off ? DOCTOR_OK : DOCTOR_NOTE, "turbo", why,
			   off ? NULL : "echo 1 >" CPU "intel_pstate/no_turbo", "%s",
			   off ? "off" : "on (intel_pstate)");
	else if (!tree_read_u64(d->root, &on, CPU "cpufreq/boost"))
		doctor_add(d, on ? DOCTOR_NOTE : DOCTOR_OK, "turbo", why,
			   on ? "echo 0 >" CPU "cpufreq/boost" : NULL, "%s",
			   on ? "on (boost)" : "off");
	else
		doctor_add(d, DOCTOR_UNKNOWN, "turbo", why, NULL,
			   "neither intel_pstate/no_turbo nor cpufreq/boost exists");
}

/* Lists the idle states that are not disabled; the largest exit latency of them (us). */
static unsigned list_states(struct doctor *d, char *text, size_t size, uint64_t *deepest_us)
{
	unsigned found = 0;
	size_t used = 0;

	*deepest_us = 0;
	text[0] = '\0';
	for (unsigned i = 0; i < STATES_MAX && used < size; i++) {
		char name[64];
		uint64_t us, off = 0;

		if (tree_read(d->root, name, sizeof(name), CPU "cpu0/cpuidle/state%u/name", i) <
			    0 ||
		    tree_read_u64(d->root, &us, CPU "cpu0/cpuidle/state%u/latency", i))
			break;
		tree_read_u64(d->root, &off, CPU "cpu0/cpuidle/state%u/disable", i);
		used += (size_t)snprintf(text + used, size - used, "%s%s %llu us%s",
					 found ? ", " : "", name, (unsigned long long)us,
					 off ? " (off)" : "");
		if (!off && us > *deepest_us)
			*deepest_us = us;
		found++;
	}
	return found;
}

/* The kernel gives the wish in force as 4 bytes (Documentation/power/pm_qos_interface.rst). */
static int read_dma_latency(struct doctor *d, int *us)
{
	char path[PATH_MAX];
	FILE *in;
	int err = 0;

	snprintf(path, sizeof(path), "%s/dev/cpu_dma_latency", d->root);
	in = fopen(path, "rbe");
	if (!in)
		return -errno;
	if (fread(us, sizeof(*us), 1, in) != 1)
		err = -EIO;
	fclose(in);
	return err;
}

static void idle_states(struct doctor *d)
{
	static const char why[] = "waking a CPU takes its exit latency; --gap and --every show it, "
				  "a tight ping-pong only that of the shallow states";
	char states[300], driver[64];
	uint64_t deepest_us;
	unsigned n = list_states(d, states, sizeof(states), &deepest_us);
	int us = 0, err = read_dma_latency(d, &us);

	if (tree_read(d->root, driver, sizeof(driver), CPU "cpuidle/current_driver") < 0)
		snprintf(driver, sizeof(driver), "none");
	if (!n)
		doctor_add(d, DOCTOR_UNKNOWN, "idle-states", why, NULL,
			   "no cpuidle states (driver %s): a hypervisor or firmware may still let "
			   "CPUs sleep",
			   driver);
	else
		doctor_add(d, deepest_us > DEEP_US ? DOCTOR_WARNING : DOCTOR_OK, "idle-states", why,
			   deepest_us > DEEP_US ? "cpupower idle-set -D 10" : NULL,
			   "exit latencies: %s (driver %s)", states, driver);
	if (err)
		doctor_unknown(d, "dma-latency", "/dev/cpu_dma_latency", err,
			       "what holds it open forbids idle states with a longer exit latency; "
			       "it is root's to read");
	else
		doctor_add(d, DOCTOR_OK, "dma-latency",
			   "while somebody holds this request, idle states with a longer exit "
			   "latency are forbidden",
			   NULL, "%d us%s", us, us >= 2000000000 ? " (nobody asks for less)" : "");
}

/*
 * A guest's idle CPU may poll before it halts (Documentation/virt/guest-halt-polling.rst). The exit
 * latency that its idle state claims has nothing of the hypervisor's wake-up. Without the driver
 * there is nothing to say, and no row.
 */
static void guest_halt(struct doctor *d)
{
	static const char why[] = "waking a halted CPU of a guest is the hypervisor's work and may "
				  "take tens of microseconds, which no exit latency tells";
	char driver[64];
	uint64_t ns;
	int err;

	if (tree_read(d->root, driver, sizeof(driver), CPU "cpuidle/current_driver") < 0 ||
	    strcmp(driver, "haltpoll") != 0)
		return;
	err = tree_read_u64(d->root, &ns, GUEST_POLL);
	if (err)
		doctor_unknown(d, "guest-halt", GUEST_POLL, err, why);
	else if (!ns)
		doctor_add(d, DOCTOR_NOTE, "guest-halt", why, "echo 200000 >" GUEST_POLL,
			   "an idle CPU of this guest halts at once");
	else
		doctor_add(d, DOCTOR_OK, "guest-halt", why, NULL,
			   "an idle CPU of this guest polls for up to %llu us before it halts",
			   (unsigned long long)ns / 1000);
}

/* By the processor itself, whatever the root is: what cannot run here has no row. */
static void pauses(struct doctor *d)
{
	static const char why[] = "a side that spins can wait by each of them between two looks "
				  "(--pause): the lighter a wait, the later it may see a message";
	char can[128] = "", cannot[240] = "";

	for (enum pause how = PAUSE_PAUSE; how < PAUSE_COUNT; how++) {
		const char *missing = pause_missing(how);

		if (!missing)
			text_add(can, sizeof(can), "%s%s", *can ? ", " : "", pause_name(how));
		else if (!pause_is_foreign(how) && !strstr(cannot, missing))
			text_add(cannot, sizeof(cannot), "; %s", missing);
	}
	doctor_add(d, DOCTOR_OK, "spin-waits", why, NULL, "%s%s", can, cannot);
}

static void energy(struct doctor *d)
{
	static const char why[] = "energy_nj_per_op is what all packages used per operation";
	static const char path[] = "/sys/class/powercap/intel-rapl:0/energy_uj";
	char text[32];
	int n = tree_read(d->root, text, sizeof(text), path);

	if (n == -ENOENT)
		doctor_add(d, DOCTOR_UNKNOWN, "energy", why, NULL,
			   "no energy counter (RAPL) here: a hypervisor hides it, or no driver is "
			   "loaded");
	else if (n < 0)
		doctor_unknown(d, "energy", path, n, why);
	else
		doctor_add(d, DOCTOR_OK, "energy", why, NULL, "readable (RAPL, whole packages)");
}

static void smt(struct doctor *d)
{
	static const char why[] = "two threads of a core share its pipelines and caches, so work "
				  "on the sibling slows a measured CPU down";
	char control[64];
	uint64_t active;
	int err = tree_read_u64(d->root, &active, CPU "smt/active");

	if (tree_read(d->root, control, sizeof(control), CPU "smt/control") < 0)
		snprintf(control, sizeof(control), "unknown control");
	if (err)
		doctor_unknown(d, "smt", CPU "smt/active", err, why);
	else if (active)
		doctor_add(d, DOCTOR_NOTE, "smt", why, "echo off >" CPU "smt/control",
			   "on: the machine has sibling CPUs");
	else
		doctor_add(d, DOCTOR_OK, "smt", why, NULL, "no sibling CPUs (%s)", control);
}

static void throttling(struct doctor *d)
{
	static const char why[] = "a core that got too hot was slowed down, so its numbers belong "
				  "to a lower frequency";
	uint64_t core, package = 0;
	int err = tree_read_u64(d->root, &core, CPU "cpu0/thermal_throttle/core_throttle_count");

	tree_read_u64(d->root, &package, CPU "cpu0/thermal_throttle/package_throttle_count");
	if (err)
		doctor_unknown(d, "throttling", CPU "cpu0/thermal_throttle", err, why);
	else
		doctor_add(d, core || package ? DOCTOR_WARNING : DOCTOR_OK, "throttling", why,
			   core || package ? "better cooling, or turbo off" : NULL,
			   "since boot: core %llu times, package %llu times",
			   (unsigned long long)core, (unsigned long long)package);
}

/*
 * Cores of several kinds, as Intel's drivers and arm64's scheduler tell them; nothing where all are
 * alike.
 */
static void core_kinds(struct doctor *d)
{
	static const char why[] =
		"a figure is of the kind of core that it ran on: a pair is of one "
		"kind where that can be, the fastest first; see column core_kinds";
	static const char command[] = "--cpus measures on others";
	char fast[64], slow[64];
	uint64_t capacity, least = UINT64_MAX, most = 0;

	if (tree_read(d->root, fast, sizeof(fast), "/sys/devices/cpu_core/cpus") > 0 &&
	    tree_read(d->root, slow, sizeof(slow), "/sys/devices/cpu_atom/cpus") > 0) {
		doctor_add(d, DOCTOR_NOTE, "core-kinds", why, command, "P: CPUs %s; E: CPUs %s",
			   fast, slow);
		return;
	}
	for (unsigned cpu = 0; !tree_read_u64(d->root, &capacity, CPU "cpu%u/cpu_capacity", cpu);
	     cpu++) {
		least = capacity < least ? capacity : least;
		most = capacity > most ? capacity : most;
	}
	if (most > least)
		doctor_add(d, DOCTOR_NOTE, "core-kinds", why, command,
			   "capacities from %llu to %llu", (unsigned long long)least,
			   (unsigned long long)most);
}

void doctor_power(struct doctor *d)
{
	core_kinds(d);
	governor(d);
	turbo(d);
	idle_states(d);
	guest_halt(d);
	pauses(d);
	energy(d);
	smt(d);
	throttling(d);
}
