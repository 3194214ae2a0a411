/* SPDX-License-Identifier: MIT */
/* Does nothing: what the loops themselves cost. Published beside the results, never subtracted. */
#include "bench/measure/sync_loops.h"

static inline int null_lock(void *shared, void *local)
{
	return 0;
}

static inline int null_op(void *shared, void *local)
{
	return 1;
}

static const struct lock_ops null_locks = {.enter = null_lock, .leave = null_lock};
static const struct op_ops null_ops = {.op = null_op};

LOCK_LOOPS(null_locks);
OP_LOOPS(null_ops);

static const struct sync_variant null_variants[] = {
	{.name = "lock",
	 .summary = "excludes nobody",
	 .flags = SYNC_FLOOR,
	 .lock = &null_locks_loops},
	{.name = "op",
	 .summary = "operation that does nothing",
	 .flags = SYNC_FLOOR,
	 .op = &null_ops_loops},
};
SYNC_MECHANISM(null);
