/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/*
 * The loops of queues with queues made to misbehave: a stall is charged to every item that it
 * delays, a lost or doubled item is found, a schedule that cannot be kept is told.
 */
#include <math.h>
#include <stdalign.h>
#include <string.h>
#include <time.h>

#include "bench/measure/sync_session.h"
#include "bench/program/sync_to_row.h"
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
		.ask = {.group = GROUP_SYNC,
			.experiment = SYNC_QUEUE,
			.threads = 2,
			.producers = 1,
			.capacity = 1024,
			.every_ns = EVERY_NS},
		.mem_node = -1,
		.size = {.duration_ns = 300000000u, .warm_ns = 50000000u},
	};
	for (size_t i = 0; i < belt_mechanism.n_variants; i++)
		if (!strcmp(belt_variants[i].name, variant))
			cell->variant = &belt_variants[i];
	if (placement_order(t, ORDER_COMPACT, 2, cell->seats.pu) < 0)
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

	ok(!run(t, "slow", &cell) && result.overload,
	   "a consumer half as fast as the schedule: overload");
}

static void test_odd(const struct topology *t)
{
	struct sync_cell cell;

	ok(run(t, "losing", &cell) == -EBADMSG && strstr(why, "lost"), "a lost item: %s", why);
	ok(run(t, "doubling", &cell) == -EBADMSG && strstr(why, "twice"), "a doubled item: %s",
	   why);
}

/*
 * A direction in which items took 500 ns, and clocks that are `ahead_ns` apart say something else.
 */
static void direction(struct row *row, struct sync_cell *cell, int ahead_ns)
{
	memset(&result, 0, sizeof(result));
	result.window_ns = result.trial.end.when_ns = 1000000000;
	result.skew_bound_ns = 400;
	pace_start(&result.pace, EVERY_NS);
	for (int i = 0; i < 2000; i++)
		histogram_add(&result.pace.response, ahead_ns < -500 ? 0 : 500 + ahead_ns);
	result.seen[1].turns[PHASE_MEASURE] = 2000;
	row_clear(row);
	row_set_text(row, COL_status, "ok");
	sync_fill_figures(row, cell, &result);
}

/* One direction cannot tell 500 ns from clocks that are 300 ns apart; both together can. */
static void test_both_ways(void)
{
	static const struct sync_variant belt = {.name = "belt"};
	struct sync_cell cell = {.mechanism = &belt_mechanism,
				 .variant = &belt,
				 .ask = {.group = GROUP_SYNC,
					 .experiment = SYNC_QUEUE,
					 .threads = 2,
					 .producers = 1,
					 .every_ns = EVERY_NS},
				 .seats = {.n = 2, .pu = {0, 1}},
				 .mem_node = -1};
	static struct row row, back;
	double p50;

	direction(&row, &cell, 300);
	direction(&back, &cell, -300);
	sync_fill_back(&row, &back);
	p50 = row_get_decimal(&row, COL_resp_p50_ns);
	ok(p50 > 495 && p50 < 505 && strstr(row_get_text(&row, COL_flags), "both_ways"),
	   "clocks 300 ns apart: the mean of both directions is right, %.0f ns", p50);
	ok(row_get_u64(&row, COL_n_samples, 0) == 4000 && row_get_u64(&row, COL_n_ops, 0) == 4000 &&
		   row_get_u64(&row, COL_duration_ns, 0) == 2000000000 &&
		   fabs(row_get_decimal(&row, COL_ops_per_s) - 2000) < 1e-6,
	   "samples, items and time of both, at one rate");
	direction(&row, &cell, 600);
	direction(&back, &cell, -600);
	sync_fill_back(&row, &back);
	ok(!row_is_set(&row, COL_resp_p50_ns) &&
		   strstr(row_get_text(&row, COL_flags), "clock_skew"),
	   "clocks further apart than the item takes: no figure");
	cell.seats.pu[1] = 0;
	direction(&row, &cell, 0);
	ok(!row_is_set(&row, COL_resp_p50_ns) &&
		   !strstr(row_get_text(&row, COL_flags), "both_ways"),
	   "one direction: none where the bound is more than a tenth of it");
}

/* A window in which nobody got through is a rate of 0, not a row that does not count. */
static void test_stalled(void)
{
	static const struct sync_variant lock = {.name = "belt"};
	struct sync_cell cell = {
		.mechanism = &belt_mechanism,
		.variant = &lock,
		.ask = {.group = GROUP_SYNC, .experiment = SYNC_CONTENDED, .threads = 2},
		.seats = {.n = 2, .pu = {0, 1}},
		.mem_node = -1};
	static struct row row;

	direction(&row, &cell, 0);
	ok(row_get_decimal(&row, COL_ops_per_s) > 0 &&
		   !strstr(row_get_text(&row, COL_flags), "stalled"),
	   "turns in the window: a rate");
	memset(result.seen, 0, sizeof(result.seen));
	row_clear(&row);
	sync_fill_figures(&row, &cell, &result);
	ok(row_is_set(&row, COL_ops_per_s) && row_get_decimal(&row, COL_ops_per_s) == 0 &&
		   row_get_u64(&row, COL_n_ops, 1) == 0 &&
		   strstr(row_get_text(&row, COL_flags), "stalled") &&
		   !row_is_set(&row, COL_jain) && !row_is_set(&row, COL_owner_change_share),
	   "no turn in the window: a rate of 0, flag stalled, and nothing that would need a turn");
}

int main(void)
{
	struct topology *t = NULL;

	if (!ok(!clock_init(CLOCK_KIND_AUTO) && !topology_load(&t), "the machine is read"))
		return done_testing();
	test_stall(t);
	test_overload(t);
	test_odd(t);
	test_both_ways();
	test_stalled();
	topology_free(t);
	return done_testing();
}
