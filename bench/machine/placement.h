/* SPDX-License-Identifier: MIT */
/*
 * Where to run: PUs for a relation or for a number of threads, and pinning to them with read-back.
 */
#ifndef BENCH_MACHINE_PLACEMENT_H
#define BENCH_MACHINE_PLACEMENT_H

#include <stdbool.h>
#include <sys/types.h>

#include "bench/machine/topology.h"

/* Two PUs and what is to be recorded about them. */
struct placement {
	enum relation relation; /* the closest that holds between the two */
	unsigned pu[2];		/* OS index: initiator, responder */
	unsigned node[2];	/* OS index of their NUMA nodes */
	int numa_distance;	/* between the nodes, 10 = local; -1 = unknown */
	char core_kinds[32];	/* "P+E"; "" where all cores are alike */
	bool isolated;		/* both PUs are isolated from the scheduler */
};

/* How threads are laid over the machine. */
enum order {
	/* the fastest kind of core first, and then: */
	ORDER_COMPACT, /* hwloc's logical order: PUs of a core, then its neighbours; fills a core
			  first */
	ORDER_SCATTER, /* packages in turn, then nodes, L3, L2, cores; SMT siblings come last */
	ORDER_COUNT
};

#define SEATS_MAX 1024 /* sides: twice the CPUs of the largest machines */

/* Where the sides of one configuration run. */
struct seats {
	unsigned n;		/* sides */
	unsigned pu[SEATS_MAX]; /* of each side, OS index; unused with `free` */
	struct placement pair;	/* of the first two; its nodes are known always */
	bool related;		/* its relation says where: two sides, or pairs like them */
	bool free;		/* bound to the first one's node: the scheduler chooses */
	bool by_order;		/* laid out in `order` */
	enum order order;
};

/* Seats for `n` sides on the two PUs of `pair` in turn. */
void seats_on_pair(const struct placement *pair, unsigned n, struct seats *ret);

/* Seats for `pairs` pairs of sides like `pair`; see placement_pairs(). */
void seats_of_pairs(const struct topology *t, const struct placement *pair, unsigned pairs,
		    struct seats *ret);

/* Seats for `n` sides in `order`. 0 or -ENOMEM. */
int seats_in_order(const struct topology *t, enum order order, unsigned n, struct seats *ret);

/*
 * Seats for `n` sides on the PUs named, one or more, in turn. 0; -EINVAL: PU *wrong does not exist;
 * -EPERM: it is not allowed to this process.
 */
int seats_named(const struct topology *t, const unsigned *pus, unsigned n_pus, unsigned n,
		struct seats *ret, unsigned *wrong);

/* Whether two sides share a PU; of pairs those of one pair may. */
bool seats_shared(const struct seats *s, bool pairs);

/*
 * One pair of allowed PUs for `relation` into *ret. Of all pairs with that relation it takes, in
 * this order of weight: most isolated PUs; one kind of core; the fastest kind; PU 0 and then its
 * SMT siblings avoided; PUs busy with interrupts avoided (more than twice the mean of the allowed
 * PUs); smallest NUMA distance; lowest logical index of the first, then of the second PU, so that
 * the relations share their initiator where they can. The same machine and load give the same pair.
 * 0; -ENOENT when the allowed PUs have no such pair.
 */
int placement_find(const struct topology *t, enum relation relation, struct placement *ret);

/* Why placement_find() said -ENOENT: one clause. */
const char *placement_missing(const struct topology *t, enum relation relation);

/*
 * The closest pair of two different cores, of the fastest kind that has two, into *ret. 0; -ENOENT
 * when the allowed PUs are of one core.
 */
int placement_closest_two_cores(const struct topology *t, struct placement *ret);

/*
 * The pair `a`, `b` chosen by the user into *ret. 0; -EINVAL: one does not exist; -EPERM: one is
 * not allowed.
 */
int placement_of(const struct topology *t, unsigned a, unsigned b, struct placement *ret);

/* The pair `a`, `b`, which exist, into *ret, whether this process may use them or not. */
void placement_between(const struct topology *t, unsigned a, unsigned b, struct placement *ret);

/*
 * PUs for `n` pairs into pus[0..2n-1], pair after pair: `first`, then others of the same relation
 * that share no PU with those before, by the weights of placement_find(). 0; 1 when the allowed PUs
 * hold fewer such pairs: they are then used again in the same order.
 */
int placement_pairs(const struct topology *t, const struct placement *first, unsigned n,
		    unsigned *pus);

/*
 * PUs for `n` threads into pus[0..n-1]. 0; 1 when n is more than the allowed PUs: the order then
 * starts again from the first and PUs are shared; -ENOMEM.
 */
int placement_order(const struct topology *t, enum order order, unsigned n, unsigned *pus);

/*
 * The PU for what works beside `pu`: of those that placement_spare() gives the nearest, and of
 * these the one that costs least; -ENOENT when all are used, or -ENOMEM.
 */
int placement_beside(const struct topology *t, unsigned pu, const unsigned *used, unsigned n);

/*
 * Allowed PUs outside used[0..n-1] into `spare`, which has room for topology_allowed_count(): those
 * of other cores than the used ones if there is one, else any. Their number; 0 when all are used.
 */
unsigned placement_spare(const struct topology *t, const unsigned *used, unsigned n,
			 unsigned *spare);

/*
 * Binds the calling thread to the spare PUs, to all allowed ones where none is spare: for the
 * driver, which keeps off what it measures. 0; -ENODEV when `t` is not this machine; -ENOMEM; what
 * the kernel said.
 */
int placement_bind_others(const struct topology *t, const unsigned *used, unsigned n);

/*
 * Pins the calling thread to `pu` and reads the pin back. 0; -EINVAL: no such PU; -EPERM: not
 * allowed; -EXDEV: the kernel said yes and we are elsewhere; -ENODEV, -ENOMEM as above.
 */
int placement_bind_self(const struct topology *t, unsigned pu);

/*
 * Where the calling thread is pinned and runs: 0 on `pu` alone, else -EXDEV; -ENOMEM. For the end
 * of a run.
 */
int placement_check_self(unsigned pu);

/*
 * The PU that thread `tid` of process `pid` runs on, or ran on last, by what /proc below `root`
 * says; -errno, -EBADMSG.
 */
int placement_seen(const char *root, pid_t pid, pid_t tid);

/*
 * Binds the calling thread to the allowed PUs of NUMA node `node`. 0; -ENOENT: it has none; as
 * above.
 */
int placement_bind_node(const struct topology *t, unsigned node);

/* "compact", "scatter". */
const char *order_name(enum order order);

#endif
