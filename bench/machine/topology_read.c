/* SPDX-License-Identifier: MIT */
/* Reads hwloc's tree into the table. Only this file and that of the domains know hwloc. */
/* needs: hwloc numa */
#include <errno.h>
#include <hwloc.h>
#include <numa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#include "bench/machine/topology_table.h"

#define OS_MAX (1u << 20) /* no OS index is that large; hwloc takes any from XML */

/* Sizes of the tables of PUs. hwloc does not look whether the XML of a machine fits together. */
static int count_pus(struct topology *t, hwloc_topology_t h)
{
	int n = hwloc_get_nbobjs_by_type(h, HWLOC_OBJ_PU);

	if (n <= 0)
		return -EINVAL;
	t->n_pus = (unsigned)n;
	for (unsigned i = 0; i < t->n_pus; i++) {
		unsigned os = hwloc_get_obj_by_type(h, HWLOC_OBJ_PU, i)->os_index;

		if (os >= OS_MAX)
			return -EINVAL;
		if (os >= t->n_os)
			t->n_os = os + 1;
	}
	return 0;
}

static int read_pus(struct topology *t, hwloc_topology_t h)
{
	hwloc_const_bitmap_t permitted = hwloc_topology_get_allowed_cpuset(h);
	int err = count_pus(t, h);
	hwloc_obj_t o;

	if (err)
		return err;
	t->pus = calloc(t->n_pus, sizeof(*t->pus));
	t->by_os = calloc(t->n_os, sizeof(*t->by_os));
	t->allowed = calloc(t->n_pus, sizeof(*t->allowed));
	if (!t->pus || !t->by_os || !t->allowed)
		return -ENOMEM;
	for (unsigned i = 0; i < t->n_os; i++)
		t->by_os[i] = NO_PU;
	for (unsigned i = 0; i < t->n_pus; i++) {
		o = hwloc_get_obj_by_type(h, HWLOC_OBJ_PU, i);
		if (t->by_os[o->os_index] != NO_PU)
			return -EINVAL; /* two of one number */
		t->by_os[o->os_index] = (int)i;
		t->pus[i].os = o->os_index;
		t->pus[i].permitted = hwloc_bitmap_isset(permitted, o->os_index);
	}
	return topology_read_domains(t, h);
}

static int read_nodes(struct topology *t, hwloc_topology_t h)
{
	hwloc_const_bitmap_t permitted = hwloc_topology_get_allowed_nodeset(h);

	t->n_nodes = hwloc_get_nbobjs_by_type(h, HWLOC_OBJ_NUMANODE);
	t->nodes = calloc(t->n_nodes, sizeof(*t->nodes));
	if (!t->nodes)
		return -ENOMEM;
	for (unsigned i = 0; i < t->n_nodes; i++) {
		hwloc_obj_t o = hwloc_get_obj_by_type(h, HWLOC_OBJ_NUMANODE, i);

		t->nodes[i].os = o->os_index;
		t->nodes[i].usable = o->attr->numanode.local_memory > 0 &&
				     hwloc_bitmap_isset(permitted, o->os_index);
		for (unsigned p = 0; p < t->n_pus; p++)
			t->nodes[i].has_pus |= t->pus[p].node == o->os_index;
	}
	return 0;
}

/*
 * hwloc keeps no matrix for a single node, and none of some guests; libnuma then reads this
 * machine's.
 */
static int read_distances(struct topology *t, hwloc_topology_t h)
{
	struct hwloc_distances_s *d = NULL;
	unsigned n = t->n_nodes, found = 1;
	bool ask = t->this_machine && numa_available() >= 0;

	t->distance = calloc((size_t)n * n, sizeof(*t->distance));
	if (!t->distance)
		return -ENOMEM;
	for (unsigned i = 0; i < n * n; i++) {
		int known = ask ? numa_distance(t->nodes[i / n].os, t->nodes[i % n].os) : 0;

		t->distance[i] = known > 0 ? known : -1;
	}
	if (hwloc_distances_get_by_type(h, HWLOC_OBJ_NUMANODE, &found, &d,
					HWLOC_DISTANCES_KIND_MEANS_LATENCY, 0) ||
	    !found)
		return 0;
	for (unsigned i = 0; i < d->nbobjs * d->nbobjs; i++) {
		hwloc_obj_t from = d->objs[i / d->nbobjs], to = d->objs[i % d->nbobjs];
		int a = from ? topology_find_node(t, from->os_index) : -ENOENT;
		int b = to ? topology_find_node(t, to->os_index) : -ENOENT;

		if (a >= 0 && b >= 0)
			t->distance[a * (int)n + b] = (int)d->values[i];
	}
	hwloc_distances_release(h, d);
	return 0;
}

/* Intel's names for the two kinds; other vendors give hwloc only an order. */
static void name_kind(char name[16], unsigned index, const struct hwloc_info_s *infos, unsigned n)
{
	snprintf(name, 16, "kind%u", index);
	for (unsigned i = 0; i < n; i++) {
		if (strcmp(infos[i].name, "CoreType"))
			continue;
		if (!strcmp(infos[i].value, "IntelCore"))
			snprintf(name, 16, "P");
		else if (!strcmp(infos[i].value, "IntelAtom"))
			snprintf(name, 16, "E");
	}
}

static int read_kinds(struct topology *t, hwloc_topology_t h)
{
	int n = hwloc_cpukinds_get_nr(h, 0);
	hwloc_bitmap_t set;

	if (n < 2)
		return 0;
	set = hwloc_bitmap_alloc();
	t->kinds = calloc(n, sizeof(*t->kinds));
	if (!set || !t->kinds) {
		hwloc_bitmap_free(set);
		return -ENOMEM;
	}
	t->n_kinds = n;
	for (int k = 0; k < n; k++) {
		struct hwloc_info_s *infos = NULL;
		unsigned n_infos = 0;
		int efficiency;

		if (hwloc_cpukinds_get_info(h, k, set, &efficiency, &n_infos, &infos, 0))
			continue;
		name_kind(t->kinds[k], k, infos, n_infos);
		for (unsigned p = 0; p < t->n_pus; p++)
			if (hwloc_bitmap_isset(set, t->pus[p].os))
				t->pus[p].kind = k;
	}
	hwloc_bitmap_free(set);
	return 0;
}

/* By the processor's own word on x86; elsewhere by firmware, as systemd-detect-virt does. */
static bool read_virtual(hwloc_topology_t h, bool this_machine)
{
	static const char *const vendors[] = {"QEMU",	   "KVM",      "VMware",     "innotek",
					      "Xen",	   "Google",   "Amazon EC2", "Bochs",
					      "Parallels", "OpenStack"};
	hwloc_obj_t root = hwloc_get_root_obj(h);
	const char *vendor = hwloc_obj_get_info_by_name(root, "DMISysVendor");
	const char *product = hwloc_obj_get_info_by_name(root, "DMIProductName");

#if defined(__x86_64__) || defined(__i386__)
	unsigned a, b, c = 0, d;

	if (this_machine)
		return __get_cpuid(1, &a, &b, &c, &d) &&
		       c >> 31; /* the bit is left to hypervisors */
#else
	if (this_machine && (!access("/proc/device-tree/hypervisor/compatible", F_OK) ||
			     !access("/sys/hypervisor/type", F_OK)))
		return true;
#endif
	if (product &&
	    strstr(product, "metal")) /* clouds rent bare machines under the same vendor */
		return false;
	if (product && !strcmp(product, "Virtual Machine")) /* Hyper-V */
		return true;
	for (unsigned i = 0; i < sizeof(vendors) / sizeof(*vendors); i++)
		if ((vendor && strstr(vendor, vendors[i])) ||
		    (product && strstr(product, vendors[i])))
			return true;
	return false;
}

static unsigned atleast(int n, unsigned least)
{
	return n < (int)least ? least : (unsigned)n;
}

static int read_all(struct topology *t, hwloc_topology_t h)
{
	int err;

	t->this_machine = hwloc_topology_is_thissystem(h);
	t->is_virtual = read_virtual(h, t->this_machine);
	err = read_pus(t, h);
	if (!err)
		err = read_nodes(t, h);
	if (!err)
		err = read_distances(t, h);
	if (!err)
		err = read_kinds(t, h);
	if (err)
		return err;
	t->counts.packages = atleast(hwloc_get_nbobjs_by_type(h, HWLOC_OBJ_PACKAGE), 1);
	t->counts.nodes = t->n_nodes;
	t->counts.cores = atleast(hwloc_get_nbobjs_by_type(h, HWLOC_OBJ_CORE), 0);
	t->counts.cores = t->counts.cores ? t->counts.cores : t->n_pus;
	t->counts.pus = t->n_pus;
	return 0;
}

/* hwloc sees the cgroup; the binding (taskset, a batch system) is asked for apart. */
static int read_binding(struct topology *t, hwloc_topology_t h)
{
	hwloc_bitmap_t set = hwloc_bitmap_alloc();
	unsigned *pus = calloc(t->n_pus, sizeof(*pus));
	unsigned n = 0;
	int err = -ENOMEM;

	if (!set || !pus)
		goto out_free;
	/* grows its set until the kernel's fits, so more than 1024 PUs are no trouble */
	if (t->this_machine && hwloc_get_cpubind(h, set, HWLOC_CPUBIND_THREAD)) {
		err = -errno;
		goto out_free;
	}
	for (unsigned i = 0; i < t->n_pus; i++)
		if (!t->this_machine || hwloc_bitmap_isset(set, t->pus[i].os))
			pus[n++] = t->pus[i].os;
	err = topology_allow(t, pus, n);
out_free:
	free(pus);
	hwloc_bitmap_free(set);
	return err;
}

/*
 * What sysfs and procfs know beyond hwloc; without them nothing is isolated and nothing
 * interrupted.
 */
static int read_kernel(struct topology *t)
{
	FILE *in;
	char *line = NULL;
	size_t size = 0;
	int err = 0;

	in = fopen("/sys/devices/system/cpu/isolated", "re");
	if (in) {
		if (getline(&line, &size, in) > 0)
			err = topology_isolate(t, line);
		free(line);
		fclose(in);
	}
	in = err ? NULL : fopen("/proc/interrupts", "re");
	if (in) {
		err = topology_count_interrupts(t, in);
		fclose(in);
	}
	return err;
}

/* What this process may use is not in the XML of whoever wrote it: it is asked of the kernel. */
static int take_handed_on(hwloc_topology_t h, unsigned long *flags)
{
	const char *path = getenv(TOPOLOGY_VARIABLE);

	if (!path)
		return 0;
	*flags |= HWLOC_TOPOLOGY_FLAG_IS_THISSYSTEM |
		  HWLOC_TOPOLOGY_FLAG_THISSYSTEM_ALLOWED_RESOURCES;
	return hwloc_topology_set_xml(h, path);
}

static int copy_xml(hwloc_topology_t h, char **ret)
{
	char *text;
	int size_b; /* with the NUL */

	if (hwloc_topology_export_xmlbuffer(h, &text, &size_b, 0))
		return -EIO;
	*ret = strdup(text);
	hwloc_free_xmlbuffer(h, text);
	return *ret ? 0 : -ENOMEM;
}

static int load(struct topology **ret, const char *synthetic, char **xml)
{
	unsigned long flags = HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED;
	hwloc_topology_t h;
	struct topology *t;
	int err;

	t = calloc(1, sizeof(*t));
	if (!t || hwloc_topology_init(&h)) {
		free(t);
		return -ENOMEM;
	}
	err = -EINVAL;
	if (synthetic && hwloc_topology_set_synthetic(h, synthetic))
		goto out_destroy;
	/* keep what the cgroup hides: "not allowed" is another answer than "does not exist" */
	if ((!synthetic && take_handed_on(h, &flags)) || hwloc_topology_set_flags(h, flags) ||
	    hwloc_topology_load(h))
		goto out_destroy;
	/* hwloc falls back to this machine when it cannot read the one it was told to */
	if (hwloc_topology_is_thissystem(h) && !getenv("HWLOC_THISSYSTEM") &&
	    (getenv("HWLOC_XMLFILE") || getenv("HWLOC_SYNTHETIC")))
		goto out_destroy;
	err = read_all(t, h);
	if (!err && t->this_machine)
		err = read_kernel(t);
	if (!err)
		err = read_binding(t, h);
	if (!err && xml)
		err = copy_xml(h, xml);
out_destroy:
	hwloc_topology_destroy(h);
	if (err)
		topology_free(t);
	else
		*ret = t;
	return err;
}

const char *topology_explain(int err)
{
	static const char *const variables[] = {"HWLOC_XMLFILE", "HWLOC_SYNTHETIC"};
	static char text[256];

	for (size_t i = 0; err == -EINVAL && i < 2; i++) {
		const char *value = getenv(variables[i]);

		if (!value)
			continue;
		if (i == 0 && access(value, R_OK))
			snprintf(text, sizeof(text), "%s=%.120s: %s", variables[i], value,
				 strerror(errno));
		else
			snprintf(text, sizeof(text), "%s=%.120s: hwloc %x.%x cannot read it%s",
				 variables[i], value, HWLOC_API_VERSION >> 16,
				 HWLOC_API_VERSION >> 8 & 0xff,
				 i ? "" : ": no XML of a topology or one of a newer hwloc");
		return text;
	}
	return strerror(-err);
}

int topology_load(struct topology **ret)
{
	return load(ret, NULL, NULL);
}

int topology_load_xml(struct topology **ret, char **xml)
{
	return load(ret, NULL, xml);
}

int topology_load_synthetic(struct topology **ret, const char *description)
{
	return load(ret, description, NULL);
}

void topology_free(struct topology *t)
{
	if (!t)
		return;
	free(t->pus);
	free(t->by_os);
	free(t->allowed);
	free(t->nodes);
	free(t->distance);
	free(t->kinds);
	free(t);
}
