/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/* What a sweep plans: on machines that exist only as text, with mechanisms of its own. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/analyse/summary.h"
#include "bench/ipc.h"
#include "bench/measure/sync_session.h"
#include "bench/measure/trial.h"
#include "bench/plan/plan.h"
#include "bench/plan/select.h"
#include "tests/tap.h"

#define SECOND 1000000000ull
#define BIG "package:2 [numa] l3:1 core:2 pu:2" /* smt, same-l3, other-package */

static const struct ipc_wait sleeper = {.name = "block"};
static const struct ipc_wait spinner = {.name = "spin", .flags = IPC_SPINS};
static const struct ipc_wait absent = {.name = "io_uring", .missing = "not in this build"};
static const struct ipc_wait dozer = {.name = "spin-then-block"};
static const struct ipc_mode modes[] = {{.wait = &sleeper}, {.wait = &spinner}, {.wait = &absent}};
static const struct ipc_family family = {.modes = modes, .n_modes = 3};
static const struct ipc_mode more_modes[] = {{.wait = &sleeper}, {.wait = &dozer}};
static const struct ipc_family more_family = {.modes = more_modes, .n_modes = 2};

static size_t one_kib(void)
{
	return 1024;
}

static const struct ipc_variant tube_variants[] = {
	{.name = "pair", .flags = IPC_FAN_IN},
	{.name = "small", .max_msg = one_kib, .flags = IPC_TO_ALL}};
IPC_MECHANISM(tube, &family);
static const struct ipc_variant pond_variants[] = {{.name = "ring"},
						   {.name = "box", .flags = IPC_TO_ALL}};
IPC_MECHANISM(pond, &more_family);
static const struct ipc_family awake_family = {.modes = &modes[1], .n_modes = 1};
static const struct ipc_variant lamp_variants[] = {{.name = "lit", .flags = IPC_TO_ALL}};
IPC_MECHANISM(lamp, &awake_family);
static const struct ipc_variant null_variants[] = {{.name = "floor", .flags = IPC_FLOOR}};
IPC_MECHANISM(null, &family);

/* One of the ten that most people ask for, and what differs from it by its memory alone. */
static const struct ipc_variant posix_shm_variants[] = {{.name = "ring"},
							{.name = "name", .flags = IPC_TWIN}};
IPC_MECHANISM(posix_shm, &family);
static const struct ipc_variant memfd_variants[] = {{.name = "plain", .flags = IPC_TWIN},
						    {.name = "box", .flags = IPC_TWIN}};
IPC_MECHANISM(memfd, &family);

/* What other sleepers are taken apart with. */
static const struct ipc_variant futex_variants[] = {{.name = "pair"}};
IPC_MECHANISM(futex, &more_family);

static const struct lock_ops lock_ops;

static int take_turns(struct sync_run *run)
{
	return 0;
}

static const struct lock_loops lock_loops = {.ops = &lock_ops, .contend = take_turns};

static int wake_role(void *shared, unsigned role)
{
	return 0;
}

static int wake_everybody(void *shared)
{
	return 0;
}

static int wait_for_call(void *shared, void *local)
{
	return 0;
}

static const struct wake_ops wake_ops = {.notify = wake_role,
					 .wait = wake_role,
					 .notify_all = wake_everybody,
					 .wait_all = wait_for_call};
static const struct wake_ops meet_ops = {.meet = wait_for_call};
static const struct wake_loops wake_loops = {.ops = &wake_ops};
static const struct wake_loops meet_loops = {.ops = &meet_ops};
static const struct sync_variant latch_variants[] = {
	{.name = "plain", .flags = SYNC_SPINS, .lock = &lock_loops, .wake = &wake_loops},
	{.name = "gate", .wake = &meet_loops}};
SYNC_MECHANISM(latch);

static const struct queue_loops queue_loops;
static const struct op_loops op_loops;
static const struct sync_variant belt_variants[] = {
	{.name = "many", .queue = &queue_loops},
	{.name = "one", .flags = SYNC_SPSC, .queue = &queue_loops},
	{.name = "word", .flags = SYNC_WORD, .op = &op_loops},
	{.name = "pair", .flags = SYNC_PAIR, .op = &op_loops},
	{.name = "single", .flags = SYNC_SINGLE, .op = &op_loops}};
SYNC_MECHANISM(belt);

static const struct bench_option weights[] = {{"kg", "how heavy", 1000}, {.name = NULL}};
static const uint64_t ladder[] = {10, 500, 0};
static const struct sync_variant load_variants[] = {{.name = "heavy",
						     .flags = SYNC_ONE_PU,
						     .options = weights,
						     .ladder = ladder,
						     .wake = &wake_loops,
						     .op = &op_loops}};
SYNC_MECHANISM(load);

static const struct sync_variant cache_line_variants[] = {
	{.name = "loads", .wake = &wake_loops}, {.name = "exchanges", .wake = &wake_loops}};
SYNC_MECHANISM(cache_line);

static struct plan plan;
static struct topology *machine;

/* Plans anew for `description`. */
static int make(const char *description, const struct plan_request *request)
{
	plan_free(&plan);
	topology_free(machine);
	machine = NULL;
	if (topology_load_synthetic(&machine, description))
		return -EINVAL;
	return plan_make(request, machine, &plan);
}

/* Cells whose text columns a and b have those values; NULL = whatever. */
static size_t count(enum column a, const char *a_is, enum column b, const char *b_is)
{
	size_t n = 0;

	for (size_t i = 0; i < plan.n_cells; i++)
		n += !strcmp(row_get_text(&plan.cells[i], a), a_is) &&
		     (!b_is || !strcmp(row_get_text(&plan.cells[i], b), b_is));
	return n;
}

static bool is(const struct row *cell, enum column column, const char *text)
{
	if (schema_column(column)->type != COLUMN_TEXT)
		return row_is_set(cell, column) &&
		       row_get_u64(cell, column, 0) == strtoull(text, NULL, 10);
	return !strcmp(row_get_text(cell, column), text);
}

/* Whether a contended cell has `n` threads in `order`, with think time as many times 100 ns. */
static bool has_threads(const char *order, unsigned n)
{
	for (size_t i = 0; i < plan.n_cells; i++) {
		const struct row *c = &plan.cells[i];

		if (is(c, COL_experiment, "contended") && is(c, COL_order, order) &&
		    row_get_u64(c, COL_threads, 0) == n &&
		    row_get_u64(c, COL_think_ns, 0) == 100 * n)
			return true;
	}
	return false;
}

/* Consumers of a fan-out: two, and as many as there are CPUs for; asleep, awake, and tight. */
static void test_fan_out(void)
{
	size_t two = 0, full = 0, spins = 0, tight = 0, skipped = 0;

	make("package:1 core:8 pu:1", &(struct plan_request){.only = "ipc/tube:small"});
	for (size_t i = 0; i < plan.n_cells; i++) {
		const struct row *c = &plan.cells[i];

		if (!is(c, COL_pattern, "fan-out"))
			continue;
		two += is(c, COL_consumers, "2");
		full += is(c, COL_consumers, "7");
		spins += is(c, COL_wait, "spin");
		tight += !row_is_set(c, COL_every_ns);
		skipped += row_is_set(c, COL_status);
	}
	ok(two == 3 && full == 3 && spins == 4 && tight == 2 && !skipped,
	   "fan-out: two consumers, and one on each CPU but the producer's");
	make("package:1 core:2 pu:1", &(struct plan_request){.only = "ipc/tube:small"});
	ok(count(COL_pattern, "fan-out", COL_wait, "block") == 3 &&
		   count(COL_pattern, "fan-out", COL_wait, "spin") == 2 &&
		   count(COL_pattern, "fan-out", COL_status, "skipped") == 0,
	   "of two CPUs one has a consumer that spins, and two consumers sleep");
	make("package:1 core:8 pu:1", &(struct plan_request){.only = "ipc/pond:box"});
	ok(count(COL_pattern, "fan-out", COL_wait, "block") == 4 &&
		   count(COL_pattern, "fan-out", COL_wait, NULL) == 4,
	   "where no consumer can spin: asleep, on a schedule and tight");
	make("package:1 core:8 pu:1", &(struct plan_request){.only = "ipc/lamp:lit"});
	ok(count(COL_pattern, "fan-out", COL_wait, "spin") == 4,
	   "where none can sleep: awake, likewise");
}

static void test_ipc_cells(void)
{
	size_t spin_on_one = 0, reasons = 0;

	ok(!make(BIG, &(struct plan_request){.seed = 1}), "a machine of two packages is planned");
	ok(count(COL_placement, "smt", COL_wait, "block") &&
		   count(COL_placement, "same-l3", COL_wait, "block") &&
		   count(COL_placement, "other-package", COL_wait, "block") &&
		   count(COL_placement, "same-pu", COL_wait, "block"),
	   "each relation it has is there");
	ok(!count(COL_placement, "same-node", COL_wait, NULL) &&
		   !count(COL_placement, "same-l2", COL_wait, NULL),
	   "no relation that it lacks");
	for (size_t i = 0; i < plan.n_cells; i++) {
		const struct row *c = &plan.cells[i];

		spin_on_one += is(c, COL_wait, "spin") && is(c, COL_placement, "same-pu") &&
			       !row_is_set(c, COL_status);
		reasons += row_is_set(c, COL_status) && !row_is_set(c, COL_reason);
	}
	ok(!spin_on_one, "a spinner on the PU of the other is planned as skipped");
	ok(!reasons, "every cell that does not run says why");
	ok(count(COL_wait, "io_uring", COL_status, "skipped") ==
			   count(COL_wait, "io_uring", COL_status, NULL) &&
		   count(COL_wait, "io_uring", COL_status, "skipped"),
	   "a wait mode that is not in the build is skipped, not left out");
	ok(count(COL_variant, "small", COL_status, "skipped") >
		   count(COL_variant, "pair", COL_status, "skipped"),
	   "messages over the mechanism's limit are skipped");
	ok_is(count(COL_mechanism, "null", COL_wait, "block"), 1, "the floor has one placement");
	ok(is(&plan.cells[0], COL_mechanism, "null") ||
		   is(&plan.cells[0], COL_mechanism, "cache_line"),
	   "the floors come first");
	ok(plan.blocks >= PLAN_INVOCATIONS,
	   "without a budget there are invocations for an interval");
}

static void test_sync_cells(void)
{
	make(BIG, &(struct plan_request){.seed = 1});
	ok(has_threads("compact", 3) && has_threads("compact", 4) && has_threads("compact", 6) &&
		   has_threads("compact", 8) && !has_threads("compact", 5),
	   "contended with 3, 4, 6 and all 8 PUs");
	ok(has_threads("compact", 16) && !has_threads("compact", 12),
	   "and with twice as many threads as PUs");
	ok(has_threads("scatter", 3) && !has_threads("scatter", 8),
	   "scattered where that is another set of PUs");
	ok(count(COL_variant, "gate", COL_experiment, "barrier") == 6 &&
		   count(COL_variant, "gate", COL_experiment, "broadcast") == 6 &&
		   count(COL_variant, "plain", COL_experiment, "broadcast") == 6,
	   "broadcast and barrier with 2, 3, 4, 6 and all 8 threads, and two processes");
	ok(!count(COL_variant, "plain", COL_experiment, "barrier") &&
		   !count(COL_variant, "gate", COL_experiment, "handoff"),
	   "a primitive is planned for what its operations can do");
	ok(count(COL_variant, "many", COL_fill, "full") == 1 &&
		   count(COL_variant, "many", COL_fill, "empty") == 1 &&
		   count(COL_variant, "many", COL_order, "compact") == 6 &&
		   count(COL_variant, "one", COL_experiment, "queue") == 8 &&
		   !count(COL_variant, "one", COL_order, "compact"),
	   "queues near full, near empty and with n:n, n:1 and 1:n of 4 and 8 threads, 1:1 "
	   "processes");
	ok(count(COL_variant, "word", COL_experiment, "op") == 7 &&
		   count(COL_variant, "pair", COL_experiment, "op") == 2 &&
		   count(COL_variant, "single", COL_experiment, "op") == 1 &&
		   !count(COL_mechanism, "belt", COL_status, "skipped"),
	   "operations alone, on one word, in one line, apart, by 4 and 8 threads, by 2 processes");
}

static void test_one_pu(void)
{
	make("package:1 core:1 pu:1", &(struct plan_request){.seed = 1});
	ok(count(COL_placement, "same-pu", COL_wait, "block") ==
		   plan.n_cells - count(COL_placement, "", COL_group, NULL) -
			   count(COL_wait, "spin", COL_group, "ipc") -
			   count(COL_wait, "io_uring", COL_group, "ipc") -
			   count(COL_wait, "spin-then-block", COL_group, "ipc") -
			   count(COL_placement, "same-pu", COL_group, "sync"),
	   "on one PU everything is on it");
}

/* Two cells that are the same would count as one, twice as sure. */
static size_t doubles(void)
{
	size_t n = 0;

	for (size_t i = 0; i < plan.n_cells; i++)
		for (size_t k = 0; k < i; k++)
			n += summary_same_cell(&plan.cells[i], &plan.cells[k]);
	return n;
}

static void test_options(void)
{
	make(BIG, &(struct plan_request){.only = "sync/load:*"});
	ok(count(COL_options, "kg=10", COL_experiment, "handoff") == 2 &&
		   count(COL_options, "kg=500", COL_endpoints, "process") == 1 &&
		   count(COL_options, "kg=500", COL_experiment, "op") == 1 &&
		   count(COL_options, "", COL_experiment, "handoff") == 2,
	   "the values of an option: operations, hand-off between threads and processes");
	ok_is(count(COL_options, "kg=10", COL_placement, "same-pu"),
	      count(COL_options, "kg=10", COL_experiment, "handoff"),
	      "on one PU what is for one PU");
}

/*
 * Beside a busy process on each CPU: once each, of the first variant alone, where no other load was
 * asked for.
 */
static void test_busy(void)
{
	make(BIG, &(struct plan_request){.only = "sync/latch:*"});
	ok_is(count(COL_load, "same", COL_experiment, "contended"), 1,
	      "a lock beside a busy process, once");
	ok_is(count(COL_load, "same", COL_variant, "plain"), 1, "of its first variant");
	make(BIG, &(struct plan_request){.only = "ipc/tube:*"});
	ok_is(count(COL_load, "same", COL_pattern, "paced"), 1, "and a schedule");
	make(BIG, &(struct plan_request){.only = "ipc/pond:*"});
	ok_is(count(COL_load, "same", COL_wait, "spin-then-block"), 1,
	      "also of those that spin for a moment first");
	make(BIG, &(struct plan_request){.only = "ipc/pond:*", .load = LOAD_SAME});
	ok_is(count(COL_pattern, "paced", COL_wait, "spin-then-block"), 1,
	      "once where all rows have it");
	make(BIG, &(struct plan_request){.only = "sync/latch:*", .load = LOAD_CPU});
	ok_is(count(COL_load, "same", COL_group, "sync"), 0, "beside another load not");
}

/*
 * What round trips are taken apart with: a bare futex, also after a pause, and where the CPUs are
 * kept awake.
 */
static void test_parts(void)
{
	size_t awake = 0, rested = 0;

	make(BIG, &(struct plan_request){.only = "ipc/futex"});
	ok_is(count(COL_load_sched, "idle", COL_load, "same"), 1, "beside a process of class idle");
	ok_is(count(COL_load_sched, "idle", COL_pattern, "ping-pong"), 1, "a round trip");
	make(BIG, &(struct plan_request){.only = "ipc/futex", .load = LOAD_CPU});
	ok_is(count(COL_load_sched, "idle", COL_group, "ipc"), 0, "not where all have a load");
	make("pu:1", &(struct plan_request){.only = "ipc/futex"});
	ok_is(count(COL_load_sched, "idle", COL_group, "ipc"), 0, "nor on one PU");
	make(BIG, &(struct plan_request){.seed = 1});
	while (awake < plan.n_cells && !row_keeps_awake(&plan.cells[awake]))
		awake++;
	while (rested < plan.n_cells &&
	       (!row_is_bare_futex(&plan.cells[rested]) ||
		row_get_u64(&plan.cells[rested], COL_every_ns, 0) != 1000000))
		rested++;
	ok(awake < 30 && rested < 30, "both in a short sweep: places %zu and %zu", awake, rested);
}

static void test_grid(void)
{
	static const char *const held[] = {"0", "100", "1000"}, *const think[] = {"0", "200",
										  "10000"};
	size_t missing = 0, missing_all = 0, steps = 0;

	make(BIG, &(struct plan_request){.only = "sync/latch:plain"});
	for (unsigned h = 0; h < 3; h++)
		for (unsigned t = 0; t < 3; t++) {
			unsigned two = 0, eight = 0;

			for (size_t i = 0; i < plan.n_cells; i++) {
				const struct row *c = &plan.cells[i];
				bool thinks = is(c, COL_think_ns, think[t]);

				if (!is(c, COL_experiment, "contended") ||
				    !is(c, COL_critical_ns, held[h]) || row_is_set(c, COL_lines) ||
				    row_is_set(c, COL_load) || !is(c, COL_endpoints, "thread"))
					continue;
				two += thinks && is(c, COL_threads, "2");
				thinks = is(c, COL_think_ns, t == 1 ? "800" : think[t]);
				eight += thinks && is(c, COL_threads, "8");
			}
			missing += two != 1;
			missing_all += eight != 1;
		}
	ok(!missing && !missing_all,
	   "each critical section at each think time, once, with two threads and with all");
	for (size_t i = 0; i < plan.n_cells; i++)
		steps += is(&plan.cells[i], COL_order, "compact") &&
			 (is(&plan.cells[i], COL_think_ns, "10000") ||
			  is(&plan.cells[i], COL_think_ns, "0")) &&
			 is(&plan.cells[i], COL_critical_ns, "0");
	ok_is(steps, 2 * 5, "3, 4, 6, 8 and 16 threads also without think time and with much");
	ok(count(COL_endpoints, "process", COL_experiment, "contended") == 1 &&
		   count(COL_endpoints, "process", COL_experiment, "handoff") == 1 &&
		   count(COL_endpoints, "process", COL_experiment, "broadcast") == 1,
	   "two processes beside two threads");
	make(BIG, &(struct plan_request){.seed = 1});
	ok(!doubles(), "no cell is planned twice");
}

static void test_budget(void)
{
	struct plan_request request = {.seed = 1, .overhead_ns = SECOND / 20};
	size_t all, priority_kept;

	make(BIG, &request);
	all = plan.n_run;
	request.budget_ns = 3600 * SECOND;
	make(BIG, &request);
	ok(plan.n_run == all && plan.blocks == PLAN_INVOCATIONS && plan.extra > all,
	   "an hour is enough for all, and for more invocations");
	request.budget_ns = 20 * SECOND;
	make(BIG, &request);
	ok(plan.n_run < all && plan.n_run && plan.blocks >= PLAN_INVOCATIONS,
	   "20 s: fewer cells, enough invocations");
	ok(plan.cost_ns * (plan.n_run * plan.blocks + plan.extra) <= request.budget_ns / 5 * 4,
	   "a fifth of the budget is kept");
	priority_kept = count(COL_status, "not_planned", COL_group, NULL);
	ok_is(priority_kept, all - plan.n_run, "what does not fit is listed as not planned");
	for (size_t i = 0; i < plan.n_cells && !is(&plan.cells[i], COL_status, "not_planned"); i++)
		priority_kept += !is(&plan.cells[i], COL_status, "skipped");
	ok_is(priority_kept, all, "only what comes last is cut");
	request.budget_ns = 1;
	make(BIG, &request);
	ok(plan.n_run == 1 && plan.blocks == 1, "no budget is so small that nothing runs");
}

/* Where in the order of priority the plan has a lock with think time and so many threads. */
static size_t rank_of(const char *threads)
{
	size_t i = 0;

	while (i < plan.n_cells && !(is(&plan.cells[i], COL_threads, threads) &&
				     is(&plan.cells[i], COL_experiment, "contended") &&
				     is(&plan.cells[i], COL_order, "compact") &&
				     is(&plan.cells[i], COL_critical_ns, "0")))
		i++;
	return i;
}

/* A short sweep of a large machine still says how locks scale. */
static void test_landmarks(void)
{
	size_t variants = 0;

	make("core:64 pu:1", &(struct plan_request){.seed = 1});
	while (variants < plan.n_cells && !is(&plan.cells[variants], COL_variant, "small"))
		variants++;
	ok(rank_of("4") < variants && rank_of("16") < variants && rank_of("64") < variants,
	   "4, 16 and all threads come before other variants");
	ok(rank_of("3") > variants && rank_of("32") > variants && rank_of("48") < plan.n_cells,
	   "other numbers of threads after them");
	make("core:32 pu:1", &(struct plan_request){.seed = 1});
	ok(rank_of("32") < rank_of("16"), "all of 32 are enough beside 4");
}

/* The first cell of a mechanism's variant in which two threads hand over. */
static size_t rank_of_handoff(const char *mechanism, const char *variant)
{
	size_t i = 0;

	while (i < plan.n_cells && !(is(&plan.cells[i], COL_mechanism, mechanism) &&
				     is(&plan.cells[i], COL_variant, variant) &&
				     is(&plan.cells[i], COL_experiment, "handoff")))
		i++;
	return i;
}

/* The smallest of its variants is a floor, so that a short sweep has all of them. */
static void test_floors(void)
{
	size_t variants = 0;

	make(BIG, &(struct plan_request){.seed = 1});
	while (variants < plan.n_cells && !is(&plan.cells[variants], COL_variant, "small"))
		variants++;
	ok(rank_of_handoff("cache_line", "loads") < variants &&
		   rank_of_handoff("cache_line", "exchanges") < variants,
	   "each variant of cache_line comes before other variants");
}

/* Where a round trip of so many bytes over the closest two cores comes first; 0 = nowhere. */
static size_t rank_of_trip(const char *mechanism, const char *variant, const char *size)
{
	for (size_t i = 0; i < plan.n_cells; i++) {
		const struct row *c = &plan.cells[i];

		if (is(c, COL_mechanism, mechanism) && is(c, COL_variant, variant) &&
		    is(c, COL_pattern, "ping-pong") && is(c, COL_msg_size_b, size) &&
		    is(c, COL_placement, "same-l3") && is(c, COL_wait, "block"))
			return i;
	}
	return 0;
}

/*
 * What most people ask for comes first; what differs from it by a name or its memory is one
 * control.
 */
static void test_value(void)
{
	size_t controls = 0, tube;

	make(BIG, &(struct plan_request){.seed = 1});
	tube = rank_of_trip("tube", "pair", "64");
	ok(rank_of_trip("posix_shm", "ring", "64") < rank_of_trip("posix_shm", "ring", "4096") &&
		   rank_of_trip("posix_shm", "ring", "4096") < tube &&
		   rank_of_trip("posix_shm", "ring", "65536") < tube &&
		   rank_of_trip("posix_shm", "ring", "64"),
	   "what most people ask for: 64 B, then 4 and 64 KiB, then the others");
	ok(rank_of_trip("posix_shm", "ring", "256") && rank_of_trip("posix_shm", "ring", "16384") &&
		   !rank_of_trip("tube", "pair", "256"),
	   "of these six sizes");
	ok(tube < rank_of_trip("memfd", "plain", "64"),
	   "a mechanism like another is measured once, at the first look");
	for (size_t i = 0; i < plan.n_cells; i++) {
		bool twin = is(&plan.cells[i], COL_mechanism, "memfd") ||
			    is(&plan.cells[i], COL_variant, "name");

		if (!twin)
			controls = 0;
		controls += twin;
	}
	ok_is(controls,
	      count(COL_mechanism, "memfd", COL_group, NULL) +
		      count(COL_variant, "name", COL_group, NULL) - 2,
	      "all but two of the twins' cells come last of all");
}

static void test_sizes(void)
{
	size_t other = 0;

	make(BIG, &(struct plan_request){.sizes = {100, 65536}, .n_sizes = 2});
	for (size_t i = 0; i < plan.n_cells; i++)
		other += row_is_set(&plan.cells[i], COL_msg_size_b) &&
			 !is(&plan.cells[i], COL_msg_size_b, "100") &&
			 !is(&plan.cells[i], COL_msg_size_b, "65536");
	ok(!other && rank_of_trip("tube", "pair", "100") && rank_of_trip("tube", "pair", "65536"),
	   "sizes that were asked for, and no others");
	ok(rank_of_trip("tube", "pair", "65536") < rank_of_trip("tube", "small", "100"),
	   "all of them before other variants");
	ok(!doubles(), "and none twice");
}

/* What --only takes, and says. */
static void test_select(void)
{
	static const struct {
		const char *only, *group, *mechanism, *variant;
		bool want;
	} cases[] = {
		{"pipe", "ipc", "pipe", "pair", true},
		{"pipe", "ipc", "pipe_vmsplice", "tee", false},
		{"ipc/pipe", "ipc", "pipe", "pair", true},
		{"pipe:pair", "ipc", "pipe", "pair", true},
		{"tcp,pipe", "ipc", "pipe", "pair", true},
		{"tcp,,fifo", "ipc", "pipe", "pair", false},
		{"futex", "sync", "futex", "wait_wake", true},
		{"ipc/futex", "sync", "futex", "wait_wake", false},
		{"unix_*", "ipc", "unix_dgram", "path", true},
		{"sync/*", "sync", "mutex", "normal", true},
		{"*:pair", "ipc", "pipe", "pair", true},
		{NULL, "ipc", "pipe", "pair", true},
	};
	struct closest closest;
	char unknown[CLOSEST_NAME];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(select_matches(cases[i].only, cases[i].group, cases[i].mechanism,
				  cases[i].variant) == cases[i].want,
		   "--only=%s: %s/%s:%s %s", cases[i].only ? cases[i].only : "", cases[i].group,
		   cases[i].mechanism, cases[i].variant, cases[i].want ? "is meant" : "is not");
	ok(!select_unknown("tube,sync/*", unknown, &closest) &&
		   select_unknown("tube,tubes", unknown, &closest) && !strcmp(unknown, "tubes") &&
		   !strcmp(closest.name, "tube"),
	   "a name that names nothing is found, and what it is close to");
}

static void test_only(void)
{
	ok_is(make(BIG, &(struct plan_request){.only = "sync/none:*"}), -ENOENT,
	      "nothing matches: -ENOENT");
	ok(!make(BIG, &(struct plan_request){.only = "ipc/tube:pa*,sync/latch:*"}) &&
		   count(COL_variant, "pair", COL_group, NULL) +
				   count(COL_mechanism, "latch", COL_group, NULL) ==
			   plan.n_cells &&
		   count(COL_mechanism, "latch", COL_group, NULL),
	   "either of two globs");
}

static void test_order(void)
{
	struct plan_request request = {.seed = 7};
	size_t first[512], again[512], other[512], in_place = 0, hits = 0;
	bool seen[512] = {false};

	make(BIG, &request);
	plan_order(&plan, 1, first);
	make(BIG, &request);
	plan_order(&plan, 1, again);
	plan_order(&plan, 2, other);
	ok(!memcmp(first, again, plan.n_run * sizeof(*first)), "one seed, one order");
	ok(memcmp(first, other, plan.n_run * sizeof(*first)), "each block has its own");
	for (size_t i = 0; i < plan.n_run; i++) {
		in_place += i && first[i] == first[i - 1] + 1;
		hits += !seen[first[i]] && !row_is_set(&plan.cells[first[i]], COL_status);
		seen[first[i]] = true;
	}
	ok_is(hits, plan.n_run, "each cell that runs is in the block once");
	ok(in_place < plan.n_run / 4, "it is shuffled");
	request.seed = 8;
	make(BIG, &request);
	plan_order(&plan, 1, again);
	ok(memcmp(first, again, plan.n_run * sizeof(*first)), "another seed, another order");
}

/* The arguments of the first cell that runs and has these values, joined by spaces. */
static const char *command_of(enum column a, const char *a_is, enum column b, const char *b_is)
{
	static struct plan_command command;
	static char text[4096];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < plan.n_cells; i++) {
		const struct row *c = &plan.cells[i];

		if (row_is_set(c, COL_status) || !is(c, a, a_is) || !is(c, b, b_is))
			continue;
		plan_command(c, &command);
		for (char **arg = command.argv; *arg; arg++)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s ", *arg);
		break;
	}
	return text;
}

/*
 * On a schedule the invocations of a cell together have a 99th percentile, where it is not too slow
 * for one.
 */
static void test_durations(void)
{
	static const uint64_t every_ns[] = {0, 100000, 1000000, 10000000};
	static const uint64_t want_ns[][2] = {{50000000, 50000000},
					      {110000000, 110000000},
					      {184000000, 1100000000},
					      {50000000, 50000000}};
	static struct row cell;

	for (int i = 0; i < 4; i++) {
		row_clear(&cell);
		if (every_ns[i])
			row_set_u64(&cell, COL_every_ns, every_ns[i]);
		ok(plan_duration_ns(&cell, 50000000, 6) == want_ns[i][0] &&
			   plan_duration_ns(&cell, 50000000, 1) == want_ns[i][1],
		   "every %llu ns: %llu ns each of 6, %llu ns alone",
		   (unsigned long long)every_ns[i], (unsigned long long)want_ns[i][0],
		   (unsigned long long)want_ns[i][1]);
	}
}

/*
 * The first invocation that counts decides how all are timed: one that is measured again does not.
 */
static void test_timing(void)
{
	static struct plan_command command;
	static struct row cell, row;
	char all[256] = "";
	size_t used = 0;

	row_clear(&cell);
	row_set_text(&cell, COL_group, "ipc");
	row_set_text(&cell, COL_mechanism, "tube");
	for (unsigned i = 0; i < 4; i++) {
		row_clear(&row);
		row_set_text(&row, COL_status, i ? "ok" : "overload");
		row_set_text(&row, COL_used, i == 1 ? "no" : "yes");
		row_set_u64(&row, COL_sample_every, 40u << i);
		row_set_u64(&row, COL_batch_ops, (40u << i) - 1);
		row_set_u64(&row, COL_warm_ns, 7000000u + i);
		plan_keep_timing(&cell, &row);
	}
	plan_command(&cell, &command);
	for (char **arg = command.argv; *arg; arg++)
		used += (size_t)snprintf(all + used, sizeof(all) - used, " %s", *arg);
	ok(strstr(all, " --sample-every=160 ") && row_get_u64(&cell, COL_batch_ops, 0) == 159,
	   "the first row that counts says how all are timed: %s", all);
	ok(strstr(all, " --warmup=7000002ns"), "and how long all warm up: %s", all);
	row_unset(&cell, COL_warm_ns);
	row_set_u64(&row, COL_warm_ns, 10 * TRIAL_WARM_NS);
	plan_keep_timing(&cell, &row);
	ok(row_get_u64(&cell, COL_warm_ns, 0) == TRIAL_WARM_NS,
	   "though not after a round that stood");
}

static void test_command(void)
{
	const char *text;

	make("package:1 core:4 pu:1", &(struct plan_request){.only = "ipc/tube:pair,sync/latch:*"});
	text = command_of(COL_pattern, "paced", COL_wait, "block");
	ok(strstr(text, "ipc_tube --variant=pair --wait=block --pattern=paced --cpus=") == text &&
		   strstr(text, " --every=1000000ns ") && !strstr(text, "--touch") &&
		   strstr(text, "--duration=184000000ns"),
	   "an ipc cell: %s", text);
	text = command_of(COL_pattern, "ping-pong", COL_wait, "block");
	ok(strstr(text, "--duration=30000000ns") && strstr(text, "--least=1000 "),
	   "round trips: 0.3 of the time, and the operations of a p99: %s", text);
	text = command_of(COL_pattern, "stream", COL_wait, "block");
	ok(strstr(text, "--duration=100000000ns") && !strstr(text, "--least"),
	   "a stream: all of it: %s", text);
	text = command_of(COL_pairs, "2", COL_wait, "block");
	ok(strstr(text, " --pairs=2 ") && strstr(text, "--cpus="), "concurrent pairs: %s", text);
	text = command_of(COL_producers, "3", COL_wait, "block");
	ok(strstr(text, "--pattern=stream --order=compact --producers=3 "), "several producers: %s",
	   text);
	text = command_of(COL_experiment, "contended", COL_placement, "same-package");
	text = *text ? text : command_of(COL_experiment, "contended", COL_order, "");
	ok(strstr(text, "--duration=100000000ns") && !strstr(text, "--least"),
	   "a counted window: all of the time: %s", text);
	ok(strstr(text, "sync_latch --variant=plain --experiment=contended --cpus=") == text &&
		   strstr(text, " --threads=2 --think=200ns ") && !strstr(text, "--wait"),
	   "a sync cell: %s", text);
	text = command_of(COL_experiment, "contended", COL_order, "compact");
	ok(strstr(text, "--threads=4") && strstr(text, "--order=compact") &&
		   !strstr(text, "--cpus"),
	   "threads in an order: %s", text);
	make("package:1 core:4 pu:1", &(struct plan_request){.only = "sync/load:*"});
	text = command_of(COL_options, "kg=500", COL_endpoints, "process");
	ok(strstr(text, "--variant=heavy --experiment=handoff ") &&
		   strstr(text, " --threads=2 --endpoints=process --opt=kg=500 "),
	   "an option of its own: %s", text);
	make("package:1 core:4 pu:1", &(struct plan_request){.only = "sync/belt:*"});
	text = command_of(COL_fill, "full", COL_variant, "many");
	ok(strstr(text, "--experiment=queue ") &&
		   strstr(text, " --threads=2 --producers=1 --fill=full "),
	   "a queue near full: %s", text);
	ok(strstr(text, "--duration=400000000ns"), "a queue: four times the time: %s", text);
	text = command_of(COL_variant, "word", COL_order, "compact");
	ok(strstr(text, "--experiment=op --order=compact --threads=4 "), "a crowd at one word: %s",
	   text);
	make("package:1 core:4 pu:1", &(struct plan_request){.only = "ipc/tube:small"});
	text = command_of(COL_consumers, "3", COL_wait, "spin");
	ok(strstr(text, "--pattern=fan-out --order=compact --consumers=3 --every=1000000ns "),
	   "several consumers: %s", text);
}

int main(void)
{
	test_ipc_cells();
	test_fan_out();
	test_sync_cells();
	test_one_pu();
	test_options();
	test_busy();
	test_parts();
	test_grid();
	test_budget();
	test_landmarks();
	test_floors();
	test_value();
	test_sizes();
	test_select();
	test_only();
	test_order();
	test_durations();
	test_timing();
	test_command();
	plan_free(&plan);
	topology_free(machine);
	return done_testing();
}
