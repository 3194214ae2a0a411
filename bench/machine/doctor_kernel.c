/* SPDX-License-Identifier: MIT */
/* What the kernel was built and told to do, as far as it decides what a hand-over costs. */
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "bench/base/text.h"
#include "bench/base/tree.h"
#include "bench/machine/doctor.h"
#include "bench/machine/scheduling.h"

#define TEXT_B 4096 /* of a command line or another long file */

static void mitigations(struct doctor *d)
{
	static const char why[] = "mitigations slow down each entry to the kernel; only spinning "
				  "in shared memory avoids that cost";
	char pattern[PATH_MAX], list[300] = "";
	unsigned active = 0, vulnerable = 0;
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/sys/devices/system/cpu/vulnerabilities/*", d->root);
	if (glob(pattern, 0, NULL, &found)) {
		doctor_unknown(d, "mitigations", "/sys/devices/system/cpu/vulnerabilities", -ENOENT,
			       why);
		return;
	}
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char text[256];

		if (tree_read("", text, sizeof(text), "%s", found.gl_pathv[i]) < 0)
			continue;
		vulnerable += !strncmp(text, "Vulnerable", 10);
		if (strncmp(text, "Mitigation", 10))
			continue;
		active++;
		text_add(list, sizeof(list), " %s", strrchr(found.gl_pathv[i], '/') + 1);
	}
	globfree(&found);
	doctor_add(d, active ? DOCTOR_NOTE : DOCTOR_OK, "mitigations", why,
		   active ? "boot with mitigations=off, safe only where all code is trusted" : NULL,
		   "%u in force%s%s, %u vulnerable without one", active, active ? ":" : "", list,
		   vulnerable);
}

static void huge_pages(struct doctor *d)
{
	static const char why[] = "transparent huge pages can be made or split while we measure; "
				  "rows with --pages=thp need them";
	char text[128], chosen[32];
	int n = tree_read(d->root, text, sizeof(text),
			  "/sys/kernel/mm/transparent_hugepage/enabled");

	if (n < 0)
		doctor_unknown(d, "thp", "/sys/kernel/mm/transparent_hugepage/enabled", n, why);
	else if (!tree_chosen(text, chosen, sizeof(chosen)))
		doctor_add(d, DOCTOR_UNKNOWN, "thp", why, NULL, "not understood: %s", text);
	else
		doctor_add(d, strcmp(chosen, "always") ? DOCTOR_OK : DOCTOR_NOTE, "thp", why,
			   strcmp(chosen, "always")
				   ? NULL
				   : "echo madvise >/sys/kernel/mm/transparent_hugepage/enabled",
			   "%s", chosen);
}

static void numa_balancing(struct doctor *d)
{
	static const char why[] = "the kernel unmaps and moves pages to balance nodes, so faults "
				  "and copies disturb the measurement";
	uint64_t on;
	int err = tree_read_u64(d->root, &on, "/proc/sys/kernel/numa_balancing");

	if (err == -ENOENT)
		doctor_add(d, DOCTOR_OK, "numa-balancing", why, NULL, "not in this kernel");
	else if (err)
		doctor_unknown(d, "numa-balancing", "/proc/sys/kernel/numa_balancing", err, why);
	else
		doctor_add(d, on ? DOCTOR_WARNING : DOCTOR_OK, "numa-balancing", why,
			   on ? "sysctl kernel.numa_balancing=0" : NULL, "%s", on ? "on" : "off");
}

static void isolation(struct doctor *d)
{
	static const char why[] = "isolated CPUs run no other tasks and tickless CPUs have no "
				  "timer, so rows from them do not compare with others";
	char isolated[256], nohz[256];

	if (tree_read(d->root, isolated, sizeof(isolated), "/sys/devices/system/cpu/isolated") <= 0)
		snprintf(isolated, sizeof(isolated), "none");
	if (tree_read(d->root, nohz, sizeof(nohz), "/sys/devices/system/cpu/nohz_full") <= 0 ||
	    !strcmp(nohz, "(null)")) /* what kernels print for an empty one */
		snprintf(nohz, sizeof(nohz), "none");
	doctor_add(d, DOCTOR_NOTE, "isolation", why,
		   "boot with isolcpus=LIST nohz_full=LIST rcu_nocbs=LIST",
		   "isolated CPUs: %s; tickless (nohz_full): %s", isolated, nohz);
}

static void tick(struct doctor *d)
{
	static const char why[] = "the timer interrupts a busy CPU this often; waits and time "
				  "slices are multiples of it";

	if (d->tick_hz)
		doctor_add(d, DOCTOR_NOTE, "tick", why, NULL, "HZ=%u: every %u us on a busy CPU",
			   d->tick_hz, 1000000 / d->tick_hz);
	else
		doctor_add(d, DOCTOR_UNKNOWN, "tick", why, NULL, "HZ is not known");
}

/* By debugfs, else the command line, else what uname says the kernel can. */
static void preemption(struct doctor *d)
{
	static const char why[] = "it decides how soon a woken task runs on a busy CPU";
	char version[512] = "", cmdline[TEXT_B] = "", debug[128], model[64] = "";
	const char *asked;
	uint64_t realtime = 0;

	tree_read(d->root, version, sizeof(version), "/proc/version");
	tree_read(d->root, cmdline, sizeof(cmdline), "/proc/cmdline");
	tree_read_u64(d->root, &realtime, "/sys/kernel/realtime");
	asked = strstr(cmdline, "preempt=");
	if (realtime || strstr(version, "PREEMPT_RT"))
		snprintf(model, sizeof(model), "real-time");
	else if (tree_read(d->root, debug, sizeof(debug), "/sys/kernel/debug/sched/preempt") > 0 &&
		 strchr(debug, '(')) /* "none (voluntary) full" */
		snprintf(model, sizeof(model), "%.*s", (int)strcspn(strchr(debug, '(') + 1, ")"),
			 strchr(debug, '(') + 1);
	else if (asked)
		snprintf(model, sizeof(model), "%.*s", (int)strcspn(asked + 8, " "), asked + 8);
	else if (strstr(version, "PREEMPT_DYNAMIC"))
		doctor_add(d, DOCTOR_UNKNOWN, "preemption", why, "boot with preempt=full",
			   "chosen at boot (PREEMPT_DYNAMIC), but /sys/kernel/debug/sched/preempt "
			   "cannot be read");
	else if (version[0])
		snprintf(model, sizeof(model), "%s",
			 strstr(version, " PREEMPT ") ? "full" : "none or voluntary");
	else
		doctor_unknown(d, "preemption", "/proc/version", -ENOENT, why);
	if (model[0])
		doctor_add(d, DOCTOR_NOTE, "preemption", why, NULL, "%s", model);
}

static void autogroup(struct doctor *d)
{
	static const char why[] =
		"nice values act only between tasks of one session where sessions "
		"have groups of their own; in a control group they do not";
	uint64_t on;
	int err = tree_read_u64(d->root, &on, "/proc/sys/kernel/sched_autogroup_enabled");

	if (err == -ENOENT)
		doctor_add(d, DOCTOR_OK, "autogroup", why, NULL, "not in this kernel");
	else if (err)
		doctor_unknown(d, "autogroup", "/proc/sys/kernel/sched_autogroup_enabled", err,
			       why);
	else
		doctor_add(d, on ? DOCTOR_NOTE : DOCTOR_OK, "autogroup", why,
			   on ? "sysctl kernel.sched_autogroup_enabled=0" : NULL, "%s",
			   on ? "on: --nice acts within this session" : "off");
}

/*
 * A socket spins where busy_read was not 0 when it was made, and busy_poll is not when it is asked:
 * net/socket.c, fs/select.c.
 */
static void busy_poll(struct doctor *d)
{
	static const char why[] =
		"poll() and select() then spin that long on any socket before they sleep, also on "
		"UNIX and loopback ones: --wait=poll spins there, and on one CPU it keeps its "
		"peer from running";
	uint64_t read, poll;
	int err = tree_read_u64(d->root, &read, "/proc/sys/net/core/busy_read");

	if (!err)
		err = tree_read_u64(d->root, &poll, "/proc/sys/net/core/busy_poll");
	if (err)
		doctor_unknown(d, "busy-poll", "/proc/sys/net/core/busy_poll", err, why);
	else if (read && poll)
		doctor_add(d, DOCTOR_WARNING, "busy-poll", why,
			   "sysctl net.core.busy_read=0 net.core.busy_poll=0",
			   "poll() spins for %llu us", (unsigned long long)poll);
	else
		doctor_add(d, DOCTOR_OK, "busy-poll", why, NULL, "off");
}

static void realtime_share(struct doctor *d)
{
	static const char why[] = "a real-time side that never sleeps stands still while ordinary "
				  "tasks have their share";
	double pct = scheduling_fair_server_pct(d->root);

	if (pct > 0)
		doctor_add(d, DOCTOR_NOTE, "realtime-share", why,
			   "echo 0 >/sys/kernel/debug/sched/fair_server/cpu0/runtime, for each CPU",
			   "the fair server keeps %.3g %% of a CPU for ordinary tasks that wait "
			   "for it, also with sched_rt_runtime_us=-1",
			   pct);
	else
		doctor_add(d, DOCTOR_NOTE, "realtime-share", why, NULL, "%s",
			   scheduling_is_throttled(d->root)
				   ? "real-time tasks leave some of each period to others"
				   : "real-time tasks may have all of the time");
}

static void clock_source(struct doctor *d)
{
	static const char why[] = "any source but the processor's counter makes each clock read "
				  "cost a system call or more";
	static const char path[] = "/sys/devices/system/clocksource/clocksource0/";
	char text[64], all[128] = "";
	int n = tree_read(d->root, text, sizeof(text), "%scurrent_clocksource", path);
	bool good;

	if (n < 0) {
		doctor_unknown(d, "clocksource", path, n, why);
		return;
	}
	tree_read(d->root, all, sizeof(all), "%savailable_clocksource", path);
	good = !strcmp(text, "tsc") || !strcmp(text, "kvm-clock") ||
	       !strcmp(text, "arch_sys_counter") || strstr(text, "hyperv");
	doctor_add(d, good ? DOCTOR_OK : DOCTOR_WARNING, "clocksource", why,
		   !good && strstr(all, "tsc")
			   ? "echo tsc >/sys/devices/system/clocksource/clocksource0/"
			     "current_clocksource"
			   : NULL,
		   "%s (available: %s)", text, all);
}

static void security(struct doctor *d)
{
	static const char lsm_why[] = "each security module checks every send, open and connect";
	static const char audit_why[] =
		"audit rules add work to the entry and exit of every system call";
	char text[256];
	int n = tree_read(d->root, text, sizeof(text), "/sys/kernel/security/lsm");
	int daemon = tree_find_process(d->root, "auditd");

	if (n < 0)
		doctor_unknown(d, "lsm", "/sys/kernel/security/lsm", n, lsm_why);
	else
		doctor_add(d, DOCTOR_NOTE, "lsm", lsm_why, NULL, "%s", text);
	if (daemon > 0)
		doctor_add(d, DOCTOR_WARNING, "audit", audit_why, "auditctl -D, or audit=0 at boot",
			   "auditd runs (process %d)", daemon);
	else if (tree_find_process(d->root, "kauditd") > 0)
		doctor_add(d, DOCTOR_NOTE, "audit", audit_why, "auditctl -l shows the rules",
			   "the kernel audits, but no auditd runs here; we may not read the rules");
	else
		doctor_add(
			d, DOCTOR_UNKNOWN, "audit", audit_why, NULL,
			"neither auditd nor kauditd is visible; inside a container they never are");
}

void doctor_kernel(struct doctor *d)
{
	mitigations(d);
	huge_pages(d);
	numa_balancing(d);
	isolation(d);
	tick(d);
	preemption(d);
	autogroup(d);
	busy_poll(d);
	realtime_share(d);
	clock_source(d);
	security(d);
}
