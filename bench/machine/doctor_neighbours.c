/* SPDX-License-Identifier: MIT */
/* Who else uses the PUs: interrupts, other tasks, the hypervisor's other guests. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/tree.h"
#include "bench/machine/doctor.h"

#define PUS_MAX 4096		/* columns of /proc/interrupts */
#define INTERRUPTS_B (4u << 20) /* 512 PUs with 800 interrupts */
#define STEAL_SHARE 0.005	/* of the time since boot */
#define CPUINFO_KEY_B 8192

static void balancing(struct doctor *d)
{
	static const char why[] = "it moves interrupts between CPUs every 10 s, so a CPU that was "
				  "quiet in one run is not in the next";
	int pid = tree_find_process(d->root, "irqbalance");

	if (pid < 0)
		doctor_unknown(d, "irqbalance", "/proc", pid, why);
	else if (pid)
		doctor_add(d, DOCTOR_WARNING, "irqbalance", why, "systemctl stop irqbalance",
			   "runs (process %d)", pid);
	else
		doctor_add(d, DOCTOR_OK, "irqbalance", why, NULL,
			   "does not run, or is not visible from here");
}

/*
 * Adds the line of one interrupt of a device to `sum`: its number, a count per PU, words. Timers
 * follow what runs, so they are no neighbours.
 */
static void add_line(const char *line, uint64_t *sum, unsigned n)
{
	const char *at = line + strspn(line, " ");
	size_t digits = strspn(at, "0123456789");

	if (!digits || at[digits] != ':' || strstr(at, "timer"))
		return;
	at += digits + 1;
	for (unsigned i = 0; i < n; i++) {
		char *end;

		sum[i] += strtoull(at, &end, 10);
		if (end == at)
			return;
		at = end;
	}
}

/*
 * The PUs that took most of the devices' interrupts, into `text`. Their sum; UINT64_MAX: no memory
 * or no such file.
 */
static uint64_t rank_interrupts(struct doctor *d, char *text, size_t size)
{
	char *all = malloc(INTERRUPTS_B), *rest = all, *line;
	uint64_t *sum = calloc(PUS_MAX, sizeof(*sum)), total = UINT64_MAX;
	unsigned *pu = calloc(PUS_MAX, sizeof(*pu)), n = 0;
	size_t used = 0;

	if (!all || !sum || !pu || tree_read(d->root, all, INTERRUPTS_B, "/proc/interrupts") <= 0)
		goto out_free;
	line = strsep(&rest, "\n");
	for (char *at = strstr(line, "CPU"); at && n < PUS_MAX; at = strstr(at, "CPU"))
		pu[n++] = (unsigned)strtoul(at += 3, NULL, 10);
	while ((line = strsep(&rest, "\n")))
		add_line(line, sum, n);
	total = 0;
	for (unsigned i = 0; i < n; i++)
		total += sum[i];
	for (unsigned rank = 0; rank < 4 && total && used < size; rank++) {
		unsigned most = 0;

		for (unsigned i = 1; i < n; i++)
			most = sum[i] > sum[most] ? i : most;
		if (!n || !sum[most])
			break;
		used += (size_t)snprintf(text + used, size - used, "%sCPU %u %.0f %%",
					 rank ? ", " : "", pu[most],
					 100.0 * (double)sum[most] / (double)total);
		sum[most] = 0;
	}
out_free:
	free(all);
	free(sum);
	free(pu);
	return total;
}

static void interrupts(struct doctor *d)
{
	static const char why[] = "a device's interrupt takes some microseconds of its CPU; "
				  "placement avoids such CPUs where it can";
	char text[200] = "";
	uint64_t total = rank_interrupts(d, text, sizeof(text));

	if (total == UINT64_MAX)
		doctor_unknown(d, "interrupts", "/proc/interrupts", -ENOENT, why);
	else
		doctor_add(d, DOCTOR_NOTE, "interrupts", why,
			   total ? "echo CPU >/proc/irq/NUMBER/smp_affinity_list" : NULL,
			   "of devices since boot: %llu%s%s", (unsigned long long)total,
			   total ? ": " : "", text);
}

static void hypervisor(struct doctor *d)
{
	static const char why[] = "a guest's topology is only a claim; wake-ups go through the "
				  "hypervisor, and other guests take time";
	char flags[CPUINFO_KEY_B] = "", vendor[128] = "", product[128] = "";
	int err = tree_read_key(d->root, "/proc/cpuinfo", "flags", flags, sizeof(flags));
	bool guest = tree_has_word(flags, "hypervisor");
	char type[64];

	tree_read(d->root, vendor, sizeof(vendor), "/sys/class/dmi/id/sys_vendor");
	tree_read(d->root, product, sizeof(product), "/sys/class/dmi/id/product_name");
	if (tree_read(d->root, type, sizeof(type), "/sys/hypervisor/type") > 0)
		guest = true;
	if (err && !guest) /* arm64 has no such flag */
		doctor_add(d, DOCTOR_UNKNOWN, "hypervisor", why, NULL,
			   "the processor does not say (%s %s)", vendor, product);
	else
		doctor_add(d, guest ? DOCTOR_WARNING : DOCTOR_OK, "hypervisor", why,
			   guest ? "measure on the machine itself" : NULL, "%s%s%s%s%s",
			   guest ? "a guest" : "none seen", vendor[0] ? ": " : "", vendor,
			   product[0] ? " " : "", product);
}

static void steal(struct doctor *d)
{
	static const char why[] = "the hypervisor ran others while this machine wanted to run";
	char text[512];
	uint64_t user, nice, system, idle, iowait, irq, softirq, stolen;
	int n = tree_read(d->root, text, sizeof(text), "/proc/stat");
	double all;

	if (n < 0 || sscanf(text, "cpu %lu %lu %lu %lu %lu %lu %lu %lu", &user, &nice, &system,
			    &idle, &iowait, &irq, &softirq, &stolen) != 8) {
		doctor_unknown(d, "steal", "/proc/stat", n < 0 ? n : -EBADMSG, why);
		return;
	}
	all = (double)(user + nice + system + idle + iowait + irq + softirq + stolen);
	doctor_add(d, (double)stolen > STEAL_SHARE * all ? DOCTOR_WARNING : DOCTOR_OK, "steal", why,
		   (double)stolen > STEAL_SHARE * all ? "dedicated CPUs from whoever runs the host"
						      : NULL,
		   "%.2f %% of the time since boot", all > 0 ? 100.0 * (double)stolen / all : 0);
}

static void load(struct doctor *d)
{
	static const char why[] =
		"other programs take CPUs, caches and memory from the measurement";
	double one;
	unsigned running, tasks;
	char text[128], online[256];
	int n = tree_read(d->root, text, sizeof(text), "/proc/loadavg"), pus = 0;

	if (n < 0 || sscanf(text, "%lf %*f %*f %u/%u", &one, &running, &tasks) != 3) {
		doctor_unknown(d, "load", "/proc/loadavg", n < 0 ? n : -EBADMSG, why);
		return;
	}
	if (tree_read(d->root, online, sizeof(online), "/sys/devices/system/cpu/online") > 0)
		pus = tree_list_count(online);
	doctor_add(d, one >= 0.2 ? DOCTOR_WARNING : DOCTOR_OK, "load", why,
		   one >= 0.2 ? "top -b -n 1 shows who runs" : NULL,
		   "%.2f over the last minute, %u of %u tasks want to run, %d CPUs", one, running,
		   tasks, pus);
}

void doctor_neighbours(struct doctor *d)
{
	balancing(d);
	interrupts(d);
	hypervisor(d);
	steal(d);
	load(d);
}
