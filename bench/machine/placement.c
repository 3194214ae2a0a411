/* SPDX-License-Identifier: MIT */
/* Chooses PUs from the table in topology.c, and binds threads to them by sched_setaffinity(2). */
#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/tree.h"
#include "bench/machine/placement.h"

#define MOST_PUS (1u << 20) /* far above any kernel's NR_CPUS: where growing a set ends */

/* Device interrupts above which a PU is busy with them: twice the mean of the allowed PUs. */
static uint64_t busy_limit(const struct topology *t)
{
	unsigned n = topology_allowed_count(t);
	uint64_t sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += topology_interrupts(t, topology_allowed_pu(t, i));
	return n ? 2 * (sum / n) : 0;
}

/*
 * What speaks against a PU, some bits for each reason with the weightiest in front, so that the
 * costs of two PUs can be added and compared as numbers: shared with others; a pair of two kinds of
 * core, see MIXED; slow; PU 0 and its sibling; busy. The lower 32 bits are left to the distance
 * between the two.
 */
static uint64_t pu_cost(const struct topology *t, unsigned pu, uint64_t limit)
{
	unsigned rank = topology_core_rank(t, pu);
	uint64_t shared = !topology_is_isolated(t, pu);
	uint64_t housekeeper = pu == 0; /* PU 0 gets the timers and interrupts that nobody placed */
	uint64_t busy = topology_interrupts(t, pu) > limit;
	uint64_t slow = rank < 127 ? 127 - rank : 0;

	if (topology_exists(t, 0) && topology_relation(t, 0, pu) <= RELATION_SMT)
		housekeeper++;
	return shared << 58 | slow << 48 | housekeeper << 40 | busy << 32;
}

#define MIXED (1ull << 56) /* cost of a pair whose figures would be of neither kind */

void placement_between(const struct topology *t, unsigned a, unsigned b, struct placement *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->relation = topology_relation(t, a, b);
	ret->pu[0] = a;
	ret->pu[1] = b;
	ret->node[0] = topology_node(t, a);
	ret->node[1] = topology_node(t, b);
	ret->numa_distance = topology_distance(t, a, b);
	if (*topology_core_kind(t, a))
		snprintf(ret->core_kinds, sizeof(ret->core_kinds), "%s+%s",
			 topology_core_kind(t, a), topology_core_kind(t, b));
	ret->isolated = topology_is_isolated(t, a) && topology_is_isolated(t, b);
}

/* What is to be known of each allowed PU before pairs are tried. */
struct candidate {
	unsigned pu;
	uint64_t cost;
	int next; /* the next one of its domain of the relation sought; -1 = none */
};

/* The allowed PUs without used[0..n_used-1], with their costs; their number, or -ENOMEM. */
static int candidates(const struct topology *t, const unsigned *used, unsigned n_used,
		      struct candidate *ret)
{
	unsigned n = topology_allowed_count(t);
	uint64_t limit = busy_limit(t);
	bool *taken = calloc(topology_counts(t).pus, sizeof(*taken));
	int left = 0;

	if (!taken)
		return -ENOMEM;
	for (unsigned i = 0; i < n_used; i++)
		taken[topology_logical(t, used[i])] = true;
	for (unsigned i = 0; i < n; i++) {
		unsigned pu = topology_allowed_pu(t, i);

		if (!taken[topology_logical(t, pu)])
			ret[left++] = (struct candidate){pu, pu_cost(t, pu, limit), -1};
	}
	free(taken);
	return left;
}

/*
 * Keeps the cheapest of each domain inside which no pair has `relation`, and of each node, whose
 * distances differ: of 1,024 PUs few are left. of_domain[] has an entry for each PU. Their number.
 */
static int keep_cheapest(const struct topology *t, enum relation relation, struct candidate *of,
			 int n, int *of_domain)
{
	enum relation inner = relation == RELATION_SAME_PU ? relation : relation - 1;
	int left = 0;

	inner = inner < RELATION_SAME_NODE ? inner : RELATION_SAME_NODE;
	for (int i = n; i-- > 0;) {
		int *cheapest = &of_domain[topology_domain(t, of[i].pu, inner)];

		if (*cheapest < 0 || of[i].cost <= of[*cheapest].cost)
			*cheapest = i;
	}
	for (int i = 0; i < n; i++)
		if (of_domain[topology_domain(t, of[i].pu, inner)] == i)
			of[left++] = of[i];
	return left;
}

/* Links the candidates of each domain of `relation`, in their order. */
static void link_domains(const struct topology *t, enum relation relation, struct candidate *of,
			 int n, int *of_domain)
{
	for (int i = n; i-- > 0;) {
		int *first = &of_domain[relation == RELATION_OTHER_NODE
						? 0
						: topology_domain(t, of[i].pu, relation)];

		of[i].next = *first;
		*first = i;
	}
}

/* The cheapest pair of the relation, the first of equals; 0 or -ENOENT. */
static int cheapest_pair(const struct topology *t, enum relation relation,
			 const struct candidate *of, int n, unsigned pair[2])
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < n; i++) {
		for (int j = i; j >= 0; j = of[j].next) {
			uint64_t cost = of[i].cost + of[j].cost;

			cost += topology_core_rank(t, of[i].pu) == topology_core_rank(t, of[j].pu)
					? 0
					: MIXED;
			/* the distance adds to the lower half only */
			if (cost >> 32 > best >> 32 ||
			    topology_relation(t, of[i].pu, of[j].pu) != relation)
				continue;
			cost += (unsigned)(topology_distance(t, of[i].pu, of[j].pu) + 1);
			if (cost < best) {
				best = cost;
				pair[0] = of[i].pu;
				pair[1] = of[j].pu;
			}
		}
	}
	return best == UINT64_MAX ? -ENOENT : 0;
}

/* As placement_find(), without the PUs used[0..n_used-1]. */
static int find_beside(const struct topology *t, enum relation relation, const unsigned *used,
		       unsigned n_used, struct placement *ret)
{
	unsigned pus = topology_counts(t).pus, pair[2];
	struct candidate *of = calloc(topology_allowed_count(t), sizeof(*of));
	int *of_domain = malloc(2 * pus * sizeof(*of_domain)); /* inner ones, then outer ones */
	int err = -ENOMEM, n;

	if (!of || !of_domain)
		goto out_free;
	memset(of_domain, -1, 2 * pus * sizeof(*of_domain));
	err = n = candidates(t, used, n_used, of);
	if (err < 0)
		goto out_free;
	n = keep_cheapest(t, relation, of, n, of_domain);
	link_domains(t, relation, of, n, of_domain + pus);
	err = cheapest_pair(t, relation, of, n, pair);
	if (!err)
		placement_between(t, pair[0], pair[1], ret);
out_free:
	free(of);
	free(of_domain);
	return err;
}

int placement_find(const struct topology *t, enum relation relation, struct placement *ret)
{
	return find_beside(t, relation, NULL, 0, ret);
}

int placement_pairs(const struct topology *t, const struct placement *first, unsigned n,
		    unsigned *pus)
{
	struct placement p = *first;
	unsigned fit = 0;

	while (fit < n) {
		pus[2 * fit] = p.pu[0];
		pus[2 * fit + 1] = p.pu[1];
		if (find_beside(t, first->relation, pus, 2 * ++fit, &p))
			break;
	}
	for (unsigned i = 2 * fit; i < 2 * n; i++)
		pus[i] = pus[i - 2 * fit];
	return fit < n;
}

const char *placement_missing(const struct topology *t, enum relation relation)
{
	static const char *const reasons[RELATION_COUNT] = {
		[RELATION_SAME_PU] = "no CPU",
		[RELATION_SMT] = "no core has two CPUs",
		[RELATION_SAME_L2] = "no two cores share an L2 cache",
		[RELATION_SAME_L3] = "no two L2 caches share an L3 cache",
		[RELATION_SAME_NODE] = "no two L3 caches are in one NUMA node",
		[RELATION_SAME_PACKAGE] = "no package has two NUMA nodes",
		[RELATION_OTHER_PACKAGE] = "the machine has one package",
		[RELATION_OTHER_NODE] = "no packages share one of several NUMA nodes",
	};
	unsigned n = topology_counts(t).pus;

	/*
	 * a domain is numbered by its first PU: where any two have the relation, one has it with
	 * the first
	 */
	for (unsigned i = 0; i < n; i++) {
		unsigned pu = topology_pu(t, i);
		unsigned first =
			relation == RELATION_OTHER_NODE ? 0 : topology_domain(t, pu, relation);

		if (topology_relation(t, pu, topology_pu(t, first)) == relation)
			return "not among the CPUs that this process may use (taskset or cgroup)";
	}
	return reasons[relation];
}

int placement_closest_two_cores(const struct topology *t, struct placement *ret)
{
	unsigned n = topology_allowed_count(t), fastest = 0;
	unsigned *others = calloc(n, sizeof(*others));
	int err = others ? -ENOENT : -ENOMEM;

	for (unsigned i = 0; i < n; i++)
		if (topology_core_rank(t, topology_allowed_pu(t, i)) > fastest)
			fastest = topology_core_rank(t, topology_allowed_pu(t, i));
	for (int rank = (int)fastest; rank >= -1 && err == -ENOENT; rank--) { /* -1: of two kinds */
		unsigned n_others = 0;

		for (unsigned i = 0; rank >= 0 && i < n; i++)
			if (topology_core_rank(t, topology_allowed_pu(t, i)) != (unsigned)rank)
				others[n_others++] = topology_allowed_pu(t, i);
		for (unsigned r = RELATION_SAME_L2; r < RELATION_COUNT && err == -ENOENT; r++)
			err = find_beside(t, r, others, n_others, ret);
	}
	free(others);
	return err;
}

int placement_of(const struct topology *t, unsigned a, unsigned b, struct placement *ret)
{
	if (!topology_exists(t, a) || !topology_exists(t, b))
		return -EINVAL;
	if (!topology_is_allowed(t, a) || !topology_is_allowed(t, b))
		return -EPERM;
	placement_between(t, a, b, ret);
	return 0;
}

/*
 * A PU and its place in each domain: rank[r] = which child (by relation r) of the next wider
 * domain.
 */
struct seat {
	unsigned kind;			    /* rank of its kind of core */
	unsigned rank[RELATION_OTHER_NODE]; /* from 0, among the allowed PUs */
	unsigned logical;		    /* where no rank differs */
	unsigned pu;			    /* OS index */
};

/*
 * The fastest kind of core comes first. Then first children of every domain: a second PU of a core
 * only after all cores have one, and so on.
 */
static int compare_seats(const void *a, const void *b)
{
	const struct seat *p = a, *q = b;

	if (p->kind != q->kind)
		return p->kind > q->kind ? -1 : 1;
	for (unsigned r = 0; r < RELATION_OTHER_NODE; r++)
		if (p->rank[r] != q->rank[r])
			return p->rank[r] < q->rank[r] ? -1 : 1;
	return p->logical < q->logical ? -1 : 1;
}

static unsigned parent(const struct topology *t, unsigned pu, unsigned r)
{
	return r + 1 < RELATION_OTHER_NODE ? topology_domain(t, pu, r + 1) : 0; /* the machine */
}

/* Which of its siblings seat `i` is in, by relation `r`; the seats before it are ranked already. */
static unsigned rank_among(const struct topology *t, const struct seat *seats, unsigned i,
			   unsigned r)
{
	unsigned pu = seats[i].pu, next = 0;

	for (unsigned j = 0; j < i; j++) {
		if (parent(t, seats[j].pu, r) != parent(t, pu, r))
			continue;
		if (topology_domain(t, seats[j].pu, r) == topology_domain(t, pu, r))
			return seats[j].rank[r];
		if (seats[j].rank[r] >= next)
			next = seats[j].rank[r] + 1;
	}
	return next;
}

int placement_order(const struct topology *t, enum order order, unsigned n, unsigned *pus)
{
	unsigned allowed = topology_allowed_count(t);
	struct seat *seats = calloc(allowed, sizeof(*seats));

	if (!seats)
		return -ENOMEM;
	for (unsigned i = 0; i < allowed; i++) {
		seats[i].pu = topology_allowed_pu(t, i);
		seats[i].kind = topology_core_rank(t, seats[i].pu);
		seats[i].logical = i;
		for (unsigned r = 0; order == ORDER_SCATTER && r < RELATION_OTHER_NODE; r++)
			seats[i].rank[r] = rank_among(t, seats, i, r);
	}
	qsort(seats, allowed, sizeof(*seats), compare_seats);
	for (unsigned i = 0; i < n; i++)
		pus[i] = seats[i % allowed].pu;
	free(seats);
	return n > allowed;
}

/* The closest relation between `pu` and any of `used`. */
static enum relation closest(const struct topology *t, unsigned pu, const unsigned *used,
			     unsigned n)
{
	enum relation best = RELATION_OTHER_NODE;

	for (unsigned i = 0; i < n; i++) {
		enum relation r =
			topology_exists(t, used[i]) ? topology_relation(t, pu, used[i]) : best;

		best = r < best ? r : best;
	}
	return best;
}

unsigned placement_spare(const struct topology *t, const unsigned *used, unsigned n,
			 unsigned *spare)
{
	enum relation kept_off[] = {RELATION_SMT, RELATION_SAME_PU};
	unsigned found = 0;

	for (unsigned k = 0; k < 2 && !found; k++) {
		for (unsigned i = 0; i < topology_allowed_count(t); i++) {
			unsigned pu = topology_allowed_pu(t, i);

			if (closest(t, pu, used, n) > kept_off[k])
				spare[found++] = pu;
		}
	}
	return found;
}

int placement_beside(const struct topology *t, unsigned pu, const unsigned *used, unsigned n)
{
	unsigned *spare = calloc(topology_allowed_count(t), sizeof(*spare));
	enum relation nearest = RELATION_COUNT;
	uint64_t limit = busy_limit(t), least = 0;
	unsigned found;
	int ret = -ENOENT;

	if (!spare)
		return -ENOMEM;
	found = placement_spare(t, used, n, spare);
	for (unsigned i = 0; i < found; i++) {
		enum relation relation = topology_relation(t, pu, spare[i]);
		uint64_t cost = pu_cost(t, spare[i], limit);

		if (relation > nearest || (relation == nearest && cost >= least))
			continue;
		nearest = relation;
		least = cost;
		ret = (int)spare[i];
	}
	free(spare);
	return ret;
}

/* Binds the calling thread to the `n` PUs of `pus`. */
static int bind_to(const struct topology *t, const unsigned *pus, unsigned n)
{
	unsigned last = 0;
	cpu_set_t *set;
	size_t size;
	int err;

	if (!topology_is_this_machine(t))
		return -ENODEV;
	for (unsigned i = 0; i < n; i++)
		last = pus[i] > last ? pus[i] : last;
	size = CPU_ALLOC_SIZE(last + 1);
	set = CPU_ALLOC(last + 1);
	if (!set)
		return -ENOMEM;
	CPU_ZERO_S(size, set);
	for (unsigned i = 0; i < n; i++)
		CPU_SET_S(pus[i], size, set);
	err = sched_setaffinity(0, size, set) ? -errno : 0;
	CPU_FREE(set);
	return err;
}

int placement_bind_others(const struct topology *t, const unsigned *used, unsigned n)
{
	unsigned allowed = topology_allowed_count(t), found;
	unsigned *pus = calloc(allowed, sizeof(*pus));
	int err;

	if (!pus)
		return -ENOMEM;
	found = placement_spare(t, used, n, pus);
	for (; !found && allowed > 0; allowed--)
		pus[allowed - 1] = topology_allowed_pu(t, allowed - 1);
	err = bind_to(t, pus, found ? found : topology_allowed_count(t));
	free(pus);
	return err;
}

int placement_bind_self(const struct topology *t, unsigned pu)
{
	int err;

	if (!topology_exists(t, pu))
		return -EINVAL;
	if (!topology_is_allowed(t, pu))
		return -EPERM;
	err = bind_to(t, &pu, 1);
	return err ? err : placement_check_self(pu);
}

int placement_check_self(unsigned pu)
{
	int err = -EINVAL;

	/* the kernel refuses a set smaller than its own, whose size it does not tell */
	for (unsigned n = 1024; err == -EINVAL && n <= MOST_PUS; n *= 2) {
		size_t size = CPU_ALLOC_SIZE(n);
		cpu_set_t *set = CPU_ALLOC(n);

		if (!set)
			return -ENOMEM;
		err = sched_getaffinity(0, size, set) ? -errno : 0;
		if (!err && (CPU_COUNT_S(size, set) != 1 || !CPU_ISSET_S(pu, size, set)))
			err = -EXDEV;
		CPU_FREE(set);
	}
	return !err && sched_getcpu() != (int)pu ? -EXDEV : err;
}

#define STAT_B 1024 /* bytes of /proc/PID/stat: 52 numbers and a name */
/* The field of /proc/PID/stat with the CPU; the name, field 2, may hold anything: proc(5). */
#define STAT_PROCESSOR 39

int placement_seen(const char *root, pid_t pid, pid_t tid)
{
	char text[STAT_B], *at;
	int n = tree_read(root, text, sizeof(text), "/proc/%d/task/%d/stat", pid, tid);

	if (n < 0)
		return n;
	at = strrchr(text, ')');
	for (int field = 2; at && field < STAT_PROCESSOR; field++)
		at = strchr(at + 1, ' ');
	return at && at[1] >= '0' && at[1] <= '9' ? (int)strtoul(at + 1, NULL, 10) : -EBADMSG;
}

int placement_bind_node(const struct topology *t, unsigned node)
{
	unsigned *pus = calloc(topology_allowed_count(t), sizeof(*pus));
	unsigned n = 0;
	int err;

	if (!pus)
		return -ENOMEM;
	for (unsigned i = 0; i < topology_allowed_count(t); i++)
		if (topology_node(t, topology_allowed_pu(t, i)) == node)
			pus[n++] = topology_allowed_pu(t, i);
	err = n ? bind_to(t, pus, n) : -ENOENT;
	free(pus);
	return err;
}

static const char *const order_names[ORDER_COUNT] = {
	[ORDER_COMPACT] = "compact",
	[ORDER_SCATTER] = "scatter",
};

const char *order_name(enum order order)
{
	return order_names[order];
}
