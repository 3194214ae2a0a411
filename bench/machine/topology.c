/* SPDX-License-Identifier: MIT */
/* Reads hwloc's tree into a flat table of PUs; the only file that knows hwloc. */
/* needs: hwloc numa */
#include <ctype.h>
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

#include "bench/base/values.h"
#include "bench/machine/topology.h"

/* Relations that name a domain: all narrower than the machine. */
#define DOMAINS RELATION_OTHER_NODE
#define NO_PU (-1)	  /* in the table by OS index */
#define OS_MAX (1u << 20) /* no OS index is that large; hwloc takes any from XML */

struct pu {
	unsigned os;		  /* OS index */
	unsigned domain[DOMAINS]; /* number of each domain it is in, by relation; equal = shared */
	unsigned node;		  /* OS index of its NUMA node */
	unsigned kind;		  /* index of its kind of core */
	bool permitted;		  /* by the cgroup */
	bool allowed;		  /* by the cgroup and by the binding */
	bool isolated;		  /* from the scheduler */
	uint64_t interrupts;	  /* from devices, since boot */
};

struct node {
	unsigned os;  /* OS index */
	bool usable;  /* has memory, and the cgroup lets us have it */
	bool has_pus; /* not memory-only */
};

struct topology {
	struct pu *pus;		       /* in logical order */
	unsigned n_pus;		       /* entries */
	int *by_os;		       /* OS index to entry of pus, NO_PU */
	unsigned n_os;		       /* entries: highest OS index + 1 */
	unsigned *allowed;	       /* OS indices of the allowed PUs in logical order */
	unsigned n_allowed;	       /* entries */
	struct node *nodes;	       /* in logical order */
	unsigned n_nodes;	       /* entries */
	int *distance;		       /* n_nodes x n_nodes, -1 = unknown */
	char (*kinds)[16];	       /* names of the kinds of cores, slowest first */
	unsigned n_kinds;	       /* entries; 0 where all cores are alike */
	struct topology_counts counts; /* for people */
	bool this_machine;	       /* not a description of another one */
	bool is_virtual;	       /* a guest */
};

static struct pu *find_pu(const struct topology *t, unsigned os)
{
	return os < t->n_os && t->by_os[os] != NO_PU ? &t->pus[t->by_os[os]] : NULL;
}

static int find_node(const struct topology *t, unsigned os)
{
	for (unsigned i = 0; i < t->n_nodes; i++)
		if (t->nodes[i].os == os)
			return (int)i;
	return -ENOENT;
}

/*
 * The lowest of the nodes attached closest to `pu`: memory hangs beside the tree of PUs, at any
 * height.
 */
static hwloc_obj_t nearest_node(hwloc_obj_t pu)
{
	hwloc_obj_t best = NULL;

	for (hwloc_obj_t at = pu; at && !best; at = at->parent) {
		for (hwloc_obj_t m = at->memory_first_child; m; m = m->next_sibling) {
			hwloc_obj_t node = m;

			while (node && node->type != HWLOC_OBJ_NUMANODE)
				node = node->memory_first_child; /* below a memory-side cache */
			if (node && (!best || node->os_index < best->os_index))
				best = node;
		}
	}
	return best;
}

/*
 * hwloc's objects for the domains of `pu`; one that is not reported is stood in for by the next
 * narrower.
 */
static void raw_domains(hwloc_topology_t h, hwloc_obj_t pu, hwloc_obj_t raw[DOMAINS])
{
	static const struct {
		enum relation relation;
		hwloc_obj_type_t type;
	} levels[] = {
		{RELATION_SMT, HWLOC_OBJ_CORE},
		{RELATION_SAME_L2, HWLOC_OBJ_L2CACHE},
		{RELATION_SAME_L3, HWLOC_OBJ_L3CACHE},
	};

	raw[RELATION_SAME_PU] = pu;
	for (unsigned i = 0; i < sizeof(levels) / sizeof(*levels); i++) {
		hwloc_obj_t o = hwloc_get_ancestor_obj_by_type(h, levels[i].type, pu);

		raw[levels[i].relation] = o ? o : raw[levels[i].relation - 1];
	}
	raw[RELATION_SAME_NODE] = nearest_node(pu);
	raw[RELATION_SAME_PACKAGE] = hwloc_get_ancestor_obj_by_type(h, HWLOC_OBJ_PACKAGE, pu);
	raw[RELATION_OTHER_PACKAGE] = NULL; /* the machine: see part_shared_nodes() */
}

/* Whether the node holds all of the package and more. */
static bool holds_more(hwloc_obj_t node, hwloc_obj_t package)
{
	return node && package && hwloc_bitmap_isincluded(package->cpuset, node->cpuset) &&
	       !hwloc_bitmap_isequal(package->cpuset, node->cpuset);
}

/*
 * Where a node, and not the only one, holds several packages, the widest domain is a node or a
 * package.
 */
static void part_shared_nodes(struct topology *t, hwloc_obj_t (*raw)[DOMAINS])
{
	bool shared = false;

	for (unsigned i = 0; i < t->n_pus; i++)
		shared |= raw[i][RELATION_SAME_NODE] != raw[0][RELATION_SAME_NODE];
	if (!shared)
		return;
	shared = false;
	for (unsigned i = 0; i < t->n_pus; i++)
		shared |= holds_more(raw[i][RELATION_SAME_NODE], raw[i][RELATION_SAME_PACKAGE]);
	for (unsigned i = 0; shared && i < t->n_pus; i++)
		raw[i][RELATION_OTHER_PACKAGE] =
			holds_more(raw[i][RELATION_SAME_NODE], raw[i][RELATION_SAME_PACKAGE])
				? raw[i][RELATION_SAME_NODE]
				: raw[i][RELATION_SAME_PACKAGE];
}

/*
 * Numbers the domains from the widest in, so that they nest: equal only if the next wider is equal
 * too.
 */
static void number_domains(struct topology *t, hwloc_obj_t (*raw)[DOMAINS])
{
	for (int d = DOMAINS - 1; d >= 0; d--) {
		for (unsigned i = 0; i < t->n_pus; i++) {
			struct pu *p = &t->pus[i];

			p->domain[d] = i;
			for (unsigned j = i;
			     j-- > 0 && p->domain[d] == i && d > RELATION_SAME_PU;) {
				const struct pu *q = &t->pus[j];

				if (raw[j][d] == raw[i][d] &&
				    (d == DOMAINS - 1 || q->domain[d + 1] == p->domain[d + 1]))
					p->domain[d] = q->domain[d];
			}
		}
	}
}

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
	hwloc_obj_t(*raw)[DOMAINS];
	int err = count_pus(t, h);
	hwloc_obj_t o;

	if (err)
		return err;
	t->pus = calloc(t->n_pus, sizeof(*t->pus));
	t->by_os = calloc(t->n_os, sizeof(*t->by_os));
	t->allowed = calloc(t->n_pus, sizeof(*t->allowed));
	raw = calloc(t->n_pus, sizeof(*raw));
	if (!t->pus || !t->by_os || !t->allowed || !raw) {
		free(raw);
		return -ENOMEM;
	}
	for (unsigned i = 0; i < t->n_os; i++)
		t->by_os[i] = NO_PU;
	for (unsigned i = 0; i < t->n_pus; i++) {
		o = hwloc_get_obj_by_type(h, HWLOC_OBJ_PU, i);
		raw_domains(h, o, raw[i]);
		if (t->by_os[o->os_index] != NO_PU)
			err = -EINVAL; /* two of one number */
		t->by_os[o->os_index] = (int)i;
		t->pus[i].os = o->os_index;
		t->pus[i].permitted = hwloc_bitmap_isset(permitted, o->os_index);
		t->pus[i].node =
			raw[i][RELATION_SAME_NODE] ? raw[i][RELATION_SAME_NODE]->os_index : 0;
	}
	part_shared_nodes(t, raw);
	number_domains(t, raw);
	free(raw);
	return err;
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
		int a = from ? find_node(t, from->os_index) : -ENOENT;
		int b = to ? find_node(t, to->os_index) : -ENOENT;

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

/*
 * Whether the PUs marked in `listed` (by entry) are all permitted ones but the isolated ones, if
 * any.
 */
static bool is_default_binding(const struct topology *t, const bool *listed)
{
	bool any_isolated = false;

	for (unsigned i = 0; i < t->n_pus; i++) {
		const struct pu *p = &t->pus[i];

		any_isolated |= p->permitted && p->isolated;
		if (p->permitted && listed[i] == p->isolated)
			return false;
	}
	return any_isolated;
}

int topology_allow(struct topology *t, const unsigned *pus, unsigned n)
{
	bool *listed = calloc(t->n_pus, sizeof(*listed));
	bool all, any = false;

	if (!listed)
		return -ENOMEM;
	for (unsigned i = 0; i < n; i++) {
		const struct pu *p = find_pu(t, pus[i]);

		if (p && p->permitted)
			any = listed[p - t->pus] = true;
	}
	all = is_default_binding(t, listed);
	for (unsigned i = 0, k = 0; any && i < t->n_pus; i++) {
		t->pus[i].allowed = t->pus[i].permitted && (all || listed[i]);
		if (t->pus[i].allowed)
			t->allowed[k++] = t->pus[i].os;
		t->n_allowed = t->counts.allowed = k;
	}
	free(listed);
	return any ? 0 : -ENOENT;
}

int topology_isolate(struct topology *t, const char *list)
{
	for (unsigned i = 0; i < t->n_pus; i++)
		t->pus[i].isolated = false;
	while (*list && *list != '\n') {
		unsigned long first, last;
		char *end;

		if (!isdigit((unsigned char)*list))
			return -EINVAL;
		first = last = strtoul(list, &end, 10);
		if (*end == '-') {
			if (!isdigit((unsigned char)end[1]))
				return -EINVAL;
			last = strtoul(end + 1, &end, 10);
		}
		if (last < first || (*end && *end != ',' && *end != '\n'))
			return -EINVAL;
		for (unsigned i = 0; i < t->n_pus; i++)
			t->pus[i].isolated |= t->pus[i].os >= first && t->pus[i].os <= last;
		list = *end == ',' ? end + 1 : end;
	}
	return 0;
}

/* One line of /proc/interrupts: the label, a count per column, then words about the source. */
static void count_line(struct topology *t, char *line, const unsigned *columns, unsigned n)
{
	char *at = line + strspn(line, " ");
	size_t digits = strspn(at, "0123456789");

	/* arm64 numbers its per-PU timer as well: it too follows what runs */
	if (!digits || at[digits] != ':' || strstr(at, "timer"))
		return;
	at += digits + 1;
	for (unsigned i = 0; i < n; i++) {
		char *end;
		unsigned long long count = strtoull(at, &end, 10);
		struct pu *p = find_pu(t, columns[i]);

		if (end == at)
			return;
		if (p)
			p->interrupts += count;
		at = end;
	}
}

int topology_count_interrupts(struct topology *t, FILE *in)
{
	char *line = NULL;
	size_t size = 0;
	unsigned *columns = NULL;
	unsigned n = 0;
	int err = -ENOMEM;

	for (unsigned i = 0; i < t->n_pus; i++)
		t->pus[i].interrupts = 0;
	if (getline(&line, &size, in) < 0) {
		err = 0;
		goto out_free;
	}
	columns =
		calloc(strlen(line) / 4 + 1, sizeof(*columns)); /* "CPU0" is the shortest heading */
	if (!columns)
		goto out_free;
	for (char *at = line; (at = strstr(at, "CPU"));)
		columns[n++] = strtoul(at + 3, &at, 10);
	while (getline(&line, &size, in) >= 0)
		count_line(t, line, columns, n);
	err = 0;
out_free:
	free(columns);
	free(line);
	return err;
}

bool topology_is_this_machine(const struct topology *t)
{
	return t->this_machine;
}

bool topology_is_virtual(const struct topology *t)
{
	return t->is_virtual;
}

struct topology_counts topology_counts(const struct topology *t)
{
	return t->counts;
}

unsigned topology_allowed_count(const struct topology *t)
{
	return t->n_allowed;
}

unsigned topology_allowed_pu(const struct topology *t, unsigned nth)
{
	return t->allowed[nth];
}

unsigned topology_pu(const struct topology *t, unsigned nth)
{
	return t->pus[nth].os;
}

bool topology_exists(const struct topology *t, unsigned pu)
{
	return find_pu(t, pu);
}

bool topology_is_allowed(const struct topology *t, unsigned pu)
{
	const struct pu *p = find_pu(t, pu);

	return p && p->allowed;
}

unsigned topology_logical(const struct topology *t, unsigned pu)
{
	return (unsigned)(find_pu(t, pu) - t->pus);
}

unsigned topology_node(const struct topology *t, unsigned pu)
{
	return find_pu(t, pu)->node;
}

const char *topology_core_kind(const struct topology *t, unsigned pu)
{
	return t->n_kinds ? t->kinds[find_pu(t, pu)->kind] : "";
}

unsigned topology_core_rank(const struct topology *t, unsigned pu)
{
	return find_pu(t, pu)->kind;
}

bool topology_is_isolated(const struct topology *t, unsigned pu)
{
	return find_pu(t, pu)->isolated;
}

uint64_t topology_interrupts(const struct topology *t, unsigned pu)
{
	return find_pu(t, pu)->interrupts;
}

unsigned topology_domain(const struct topology *t, unsigned pu, enum relation relation)
{
	return find_pu(t, pu)->domain[relation];
}

enum relation topology_relation(const struct topology *t, unsigned a, unsigned b)
{
	const struct pu *p = find_pu(t, a), *q = find_pu(t, b);
	unsigned r = RELATION_SAME_PU;

	while (r < DOMAINS && p->domain[r] != q->domain[r])
		r++;
	return r;
}

int topology_distance(const struct topology *t, unsigned a, unsigned b)
{
	int from = find_node(t, topology_node(t, a)), to = find_node(t, topology_node(t, b));

	return from < 0 || to < 0 ? -1 : t->distance[from * (int)t->n_nodes + to];
}

unsigned topology_memory_node(const struct topology *t, unsigned node)
{
	int from = find_node(t, node), best = -1;

	if (from < 0 || t->nodes[from].usable)
		return node;
	for (unsigned i = 0; i < t->n_nodes; i++) {
		const int *row = t->distance + from * (int)t->n_nodes;

		if (t->nodes[i].usable &&
		    (best < 0 || row[i] < row[best] ||
		     (row[i] == row[best] && t->nodes[i].os < t->nodes[best].os)))
			best = (int)i;
	}
	return best < 0 ? node : t->nodes[best].os;
}

int topology_remote_node(const struct topology *t, unsigned node)
{
	int from = find_node(t, node), best = -ENOENT;

	if (from < 0)
		return -ENOENT;
	for (unsigned i = 0; i < t->n_nodes; i++) {
		const int *row = t->distance + from * (int)t->n_nodes;
		const struct node *n = &t->nodes[i], *b = best < 0 ? NULL : &t->nodes[best];

		if (!n->usable || (int)i == from)
			continue;
		if (!b || n->has_pus > b->has_pus ||
		    (n->has_pus == b->has_pus &&
		     (row[i] > row[best] || (row[i] == row[best] && n->os < b->os))))
			best = (int)i;
	}
	return best < 0 ? best : (int)t->nodes[best].os;
}

static const char *const relation_names[RELATION_COUNT] = {
	[RELATION_SAME_PU] = "same-pu",
	[RELATION_SMT] = "smt",
	[RELATION_SAME_L2] = "same-l2",
	[RELATION_SAME_L3] = "same-l3",
	[RELATION_SAME_NODE] = "same-node",
	[RELATION_SAME_PACKAGE] = "same-package",
	[RELATION_OTHER_PACKAGE] = "other-package",
	[RELATION_OTHER_NODE] = "other-node",
};

const char *relation_name(enum relation relation)
{
	return relation_names[relation];
}

int relation_parse(const char *name, enum relation *ret)
{
	int found = name_find(relation_names, RELATION_COUNT, name);

	if (found < 0)
		return -EINVAL;
	*ret = (enum relation)found;
	return 0;
}
