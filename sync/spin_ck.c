/* SPDX-License-Identifier: MIT */
/*
 * The spinlocks of Concurrency Kit (concurrencykit.org), an independent implementation to compare
 * ours with. Its atomics are assembler, which TSan does not see.
 */
/* needs: ck */
#include <stdalign.h>

#include "bench/measure/sync_loops.h"

#if __has_include(<ck_spinlock.h>)
#include <ck_spinlock.h>

/* The queue and, for CLH, the node on which the first one waits. */
struct ck_queue {
	alignas(BENCH_ALIGN) void *tail;
	alignas(BENCH_ALIGN) ck_spinlock_clh_t unowned;
};

struct ck_local {
	alignas(BENCH_ALIGN) ck_spinlock_clh_t *mine;
	alignas(BENCH_ALIGN) ck_spinlock_clh_t clh;
	alignas(BENCH_ALIGN) ck_spinlock_mcs_context_t mcs;
};

/* Ops of a lock that needs nothing of its threads, and its loops, as <kind>_ops_loops. */
#define CK_PLAIN(kind)                                                                            \
	static inline int kind##_enter(void *shared, void *local)                                 \
	{                                                                                         \
		ck_spinlock_##kind##_lock(shared);                                                \
		return 0;                                                                         \
	}                                                                                         \
	static inline int kind##_leave(void *shared, void *local)                                 \
	{                                                                                         \
		ck_spinlock_##kind##_unlock(shared);                                              \
		return 0;                                                                         \
	}                                                                                         \
	static int kind##_init(const struct sync_variant *v, void *shared,                        \
			       const struct sync_setup *setup)                                    \
	{                                                                                         \
		ck_spinlock_##kind##_init(shared);                                                \
		return 0;                                                                         \
	}                                                                                         \
	static const struct lock_ops kind##_ops = {.enter = kind##_enter, .leave = kind##_leave}; \
	LOCK_LOOPS(kind##_ops)

CK_PLAIN(fas);
CK_PLAIN(cas);
CK_PLAIN(dec);
CK_PLAIN(ticket);

static inline int mcs_enter(void *shared, void *local)
{
	ck_spinlock_mcs_lock(shared, &((struct ck_local *)local)->mcs);
	return 0;
}

static inline int mcs_leave(void *shared, void *local)
{
	ck_spinlock_mcs_unlock(shared, &((struct ck_local *)local)->mcs);
	return 0;
}

static int mcs_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	ck_spinlock_mcs_init(shared);
	return 0;
}

static inline int clh_enter(void *shared, void *local)
{
	ck_spinlock_clh_lock(shared, ((struct ck_local *)local)->mine);
	return 0;
}

static inline int clh_leave(void *shared, void *local)
{
	ck_spinlock_clh_unlock(&((struct ck_local *)local)->mine);
	return 0;
}

static int clh_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	ck_spinlock_clh_init(shared, &((struct ck_queue *)shared)->unowned);
	return 0;
}

static int clh_attach(void *shared, void *local, const struct sync_setup *setup)
{
	struct ck_local *me = local;

	me->mine = &me->clh;
	return 0;
}

static const struct lock_ops mcs_ops = {.enter = mcs_enter, .leave = mcs_leave};
static const struct lock_ops clh_ops = {.enter = clh_enter, .leave = clh_leave};
LOCK_LOOPS(mcs_ops);
LOCK_LOOPS(clh_ops);

#define CK(kind)                                                     \
	.init = kind##_init, .shared_size = sizeof(struct ck_queue), \
	.local_size = sizeof(struct ck_local), .lock = &kind##_ops_loops
#define ATTACH clh_attach
#define WHY NULL
#else
static const struct lock_loops none;
#define CK(kind) .lock = &none
#define ATTACH NULL
#define WHY "built without Concurrency Kit: make deps"
#endif

#define SPINS (SYNC_SPINS | SYNC_TSAN_BLIND)
#define QUEUES (SPINS | SYNC_FIFO)

static const struct sync_variant spin_ck_variants[] = {
	{.name = "fas", .summary = "fetch-and-store", .flags = SPINS, CK(fas)},
	{.name = "cas", .summary = "compare-and-swap", .flags = SPINS, CK(cas)},
	{.name = "dec", .summary = "decrement", .flags = SPINS, CK(dec)},
	{.name = "ticket", .summary = "ticket lock", .flags = QUEUES, CK(ticket)},
	{.name = "mcs", .summary = "MCS queue lock", .flags = QUEUES, CK(mcs)},
	{.name = "clh", .summary = "CLH queue lock", .flags = QUEUES, .attach = ATTACH, CK(clh)},
};
SYNC_MECHANISM_NEEDS(spin_ck, WHY);
