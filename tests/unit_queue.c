/* SPDX-License-Identifier: MIT */
/* The loops of queues with queues made to misbehave: a stall is charged to every item that it delays, a
 * lost or doubled item is found, a schedule that cannot be kept is told. */
#include <stdalign.h>
#include <string.h>
#include <time.h>

#include "bench/measure/sync_session.h"
#include "tests/tap.h"

#define STALL_NS 20000000u /* of one put */
#define EVERY_NS 100000u   /* so that many items are due in a stall */
#define STALL_AT 1000u	   /* each so-manyth item stalls: in any window there are some */
#define ODD_AT 700u	   /* item that is lost, or comes twice */
#define SLOTS 65536u	   /* more items than any test puts */

/* A queue that never fills: slots are not used again. */
struct belt {
	alignas(BENCH_ALIGN) _Atomic uint64_t put;
	alignas(BENCH_ALIGN) uint64_t got;
	alignas(BENCH_ALIGN) uint64_t item[SLOTS];
};

static inline int belt_put(void *shared, void *local, uint64_t item)
{
	struct belt *b = shared;
	uint64_t put = atomic_load_explicit(&b->put, memory_order_relaxed);

	if (put == SLOTS)
		return -ENOSPC;
	b->item[put] = item;
	atomic_store_explicit(&b->put, put + 1, memory_order_release);
	return 0;
}

static inline int belt_get(void *shared, void *local, uint64_t *item)
{
	struct belt *b = shared;

	if (b->got == atomic_load_explicit(&b->put, memory_order_acquire))
		return -EAGAIN;
	*item = b->item[b->got++];
	return 0;
}

static inline int sleep_ns(uint64_t ns)
{
	struct timespec t = {.tv_nsec = (long)ns};

	return nanosleep(&t, NULL);
}

static inline bool is_item(uint64_t item, uint64_t serial)
{
	return item != SYNC_ITEM_END && (item & SYNC_SERIAL_MASK) == serial;
}

static inline int stall_put(void *shared, void *local, uint64_t item)
{
	if (item != SYNC_ITEM_END && (item & SYNC_SERIAL_MASK) % STALL_AT == 0)
		sleep_ns(STALL_NS);
	return belt_put(shared, local, item);
}

static inline int slow_get(void *shared, void *local, uint64_t *item)
{
	int err = belt_get(shared, local, item);

	if (!err && *item != SYNC_ITEM_END)
		sleep_ns(2 * EVERY_NS);
	return err;
}

static inline int lose_put(void *shared, void *local, uint64_t item)
{
	return is_item(item, ODD_AT) ? 0 : belt_put(shared, local, item);
}

static inline int double_put(void *shared, void *local, uint64_t item)
{
	return is_item(item, ODD_AT) && belt_put(shared, local, item)
		       ? -ENOSPC
		       : belt_put(shared, local, item);
}

static const struct queue_ops stalling = {.put = stall_put, .get = belt_get};
static const struct queue_ops slow = {.put = belt_put, .get = slow_get};
static const struct queue_ops losing = {.put = lose_put, .get = belt_get};
static const struct queue_ops doubling = {.put = double_put, .get = belt_get};
QUEUE_LOOPS(stalling);
QUEUE_LOOPS(slow);
QUEUE_LOOPS(losing);
QUEUE_LOOPS(doubling);

#define BELT(n, loops)                                                         \
	{                                                                      \
		.name = n, .shared_size = sizeof(struct belt), .queue = &loops \
	}

static const struct sync_variant belt_variants[] = {
	BELT("stalling", stalling_loops),
	BELT("slow", slow_loops),
	BELT("losing", losing_loops),
	BELT("doubling", doubling_loops),
};
SYNC_MECHANISM(belt);

static struct sync_result result;
static char why[CREW_REASON];

/* Runs a pair of the variant on a schedule; what sync_session_run() says. */
static int run(const struct topology *t, const char *variant, struct sync_cell *cell)
{
	*cell = (struct sync_cell){
		.mechanism = &belt_mechanism,
		.topology = t,
		.experiment = SYNC_QUEUE,
		.threads = 2,
		.producers = 1,
		.mem_node = -1,
		.capacity = 1024,
		.every_ns = EVERY_NS,
		.size = {.duration_ns = 300000000u, .warm_ns = 50000000u},
	};
	for (size_t i = 0; i < belt_mechanism.n_variants; i++)
		if (!strcmp(belt_variants[i].name, variant))
			cell->variant = &belt_variants[i];
	if (placement_order(t, ORDER_COMPACT, 2, cell->pus) < 0)
		return -ENOMEM;
	return sync_session_run(cell, &result, why);
}

/* Items that came out at least `ns` after they were due. */
static uint64_t later_than(uint64_t ns)
{
	const struct histogram *h = &result.pace.response;
	uint64_t n = h->over;

	for (unsigned i = histogram_index(ns); i < HISTOGRAM_BUCKETS; i++)
		n += h->bucket[i];
	return n;
}

static void test_stall(const struct topology *t)
{
	struct sync_cell cell;
	int err = run(t, "stalling", &cell);

	ok(!err, "a queue with a stall runs: %s", why);
	ok(result.pace.response.max >= STALL_NS, "the item that stalled is as late as the stall");
	/* half of those due in the stall: the window may end in it on a busy machine */
	ok(later_than(STALL_NS / 2) >= STALL_NS / 2 / EVERY_NS,
	   "and so are those that were due meanwhile: %llu",
	   (unsigned long long)later_than(STALL_NS / 2));
	ok(result.pace.send_late.max >= STALL_NS / 2, "they were put late");
}

static void test_overload(const struct topology *t)
{
	struct sync_cell cell;

	ok(!run(t, "slow", &cell) && sync_overloaded(&cell, &result),
	   "a consumer half as fast as the schedule: overload");
	cell.every_ns = 0;
	ok(!sync_overloaded(&cell, &result), "without a schedule nothing is too slow for it");
}

static void test_odd(const struct topology *t)
{
	struct sync_cell cell;

	ok(run(t, "losing", &cell) == -EBADMSG && strstr(why, "lost"), "a lost item: %s", why);
	ok(run(t, "doubling", &cell) == -EBADMSG && strstr(why, "twice"), "a doubled item: %s",
	   why);
}

int main(void)
{
	struct topology *t = NULL;

	if (!ok(!clock_init(CLOCK_KIND_AUTO) && !topology_load(&t), "the machine is read"))
		return done_testing();
	test_stall(t);
	test_overload(t);
	test_odd(t);
	topology_free(t);
	return done_testing();
}
