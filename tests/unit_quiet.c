/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/*
 * What handoff quiet makes of gaps and counters: made-up gaps, and made-up trees of /proc and /sys.
 */
#include <limits.h>
#include <string.h>

#include "bench/machine/isolation.h"
#include "bench/machine/quiet.h"
#include "tests/tree.h"

static struct quiet quiet;

static void test_gaps(void)
{
	struct gaps *g = &quiet.gaps;

	gaps_begin(g, 1000);
	ok(gaps_share(g) == 0 && gaps_per_s(g) == 0 && !gaps_p99_ns(g), "a loop that did not run");
	/* 99 gaps of 2 us, and in between 900 ns and 1 us, which are none */
	for (unsigned i = 0; i < 99; i++) {
		gaps_add(g, 2000);
		gaps_add(g, 900);
		gaps_add(g, 1000);
	}
	ok_is(g->above.count, 99, "as long as the threshold is no gap");
	ok_is(g->spun_ns, 99 * 3900, "all time counts as time");
	ok_is(gaps_p99_ns(g), 0, "too few for a p99");
	ok_is(gaps_share(g), 2000.0 / 3900, "share of the time");
	gaps_add(g, 500000);
	ok_is(g->above.max, 500000, "the longest");
	ok(gaps_p99_ns(g) > 1990 && gaps_p99_ns(g) < 2010, "one of a hundred is above the p99");
	gaps_add(g, 500000);
	ok(gaps_p99_ns(g) > 499000, "two of 101 are not");
	ok(gaps_per_s(g) > 101 / 1.3861e-3 * 0.999 && gaps_per_s(g) < 101 / 1.3861e-3 * 1.001,
	   "gaps per second");
}

/* 100 gaps of 10 us, and the counters as given. */
static const char *cause_of(uint64_t run_delay_ns, uint64_t steal_ns, uint64_t switches)
{
	static char text[QUIET_CAUSE];

	gaps_begin(&quiet.gaps, 1000);
	for (unsigned i = 0; i < 100; i++)
		gaps_add(&quiet.gaps, 10000);
	quiet.noise.run_delay_ns = run_delay_ns;
	quiet.noise.steal_ns = steal_ns;
	quiet.noise.invol_switches = switches;
	return quiet_cause(&quiet, text);
}

static void test_causes(void)
{
	struct causes before = {0};

	tree_put("/proc/interrupts",
		 "           CPU0       CPU2\n"
		 " 36:          9          4  PCI-MSIX-0000:00:02.0   1-edge      "
		 "virtio1-req.0\n"
		 "LOC:        100        200   Local timer interrupts\n"
		 "RES:          5          6   Rescheduling interrupts\n"
		 "ERR:          7\n");
	tree_put("/proc/softirqs",
		 "                    CPU0       CPU2\n      NET_RX:          1          2\n");
	ok(!causes_read(tree_root, 2, &before), "read");
	tree_put("/proc/interrupts",
		 "           CPU0       CPU2\n"
		 " 36:       9999         74  PCI-MSIX-0000:00:02.0   1-edge      "
		 "virtio1-req.0\n"
		 "LOC:       9999        220   Local timer interrupts\n"
		 "RES:       9999          6   Rescheduling interrupts\n"
		 "ERR:       9999\n");
	tree_put("/proc/softirqs",
		 "                    CPU0       CPU2\n      NET_RX:          1        902\n");
	ok(!causes_read(tree_root, 2, &quiet.causes), "read again");
	causes_since(&quiet.causes, &before);
	ok_is(quiet.causes.n, 3, "what did not happen is gone");
	ok_is(causes_count(&quiet.causes, CAUSE_TIMER), 20, "timer interrupts of that CPU");
	ok_is(causes_count(&quiet.causes, CAUSE_INTERRUPT), 70, "its other interrupts");
	ok_is(causes_count(&quiet.causes, CAUSE_SOFTIRQ), 900, "its softirqs");
	ok(quiet.causes.n && !strcmp(quiet.causes.cause[0].name, "NET_RX"), "most frequent first");
	causes_free(&before);
}

static void test_cause(void)
{
	quiet.noise.have = NOISE_RUN_DELAY | NOISE_STEAL | NOISE_SWITCHES;
	ok(!strcmp(cause_of(600000, 0, 0), "other tasks"), "more than half of the time by others");
	ok(!strcmp(cause_of(400000, 600000, 0), "steal"), "more than half of it stolen");
	ok(!strcmp(cause_of(400000, 0, 0), "virtio1-req.0"), "else the most frequent interrupt");
	quiet.causes.cause[1].count = 19; /* with the 20 of the timer less than half of the gaps */
	ok(!strcmp(cause_of(0, 0, 0), "not counted"), "more gaps than events");
	ok(!strcmp(cause_of(0, 0, 50), "virtio1-req.0"), "switches are events");
	quiet.causes.have[CAUSE_INTERRUPT] = false;
	ok(!strcmp(cause_of(0, 0, 0), ""), "nothing is said where nothing can be read");
	causes_free(&quiet.causes);
	ok(!causes_read("/nonexistent", 2, &quiet.causes) && !quiet.causes.have[CAUSE_INTERRUPT] &&
		   !quiet.causes.have[CAUSE_SOFTIRQ],
	   "no files");
	causes_free(&quiet.causes);
}

static void test_isolation(void)
{
	ok_is(isolation_of(tree_root, 2), 0u, "no files, no isolation");
	tree_put("/sys/devices/system/cpu/isolated", "\n");
	ok_is(isolation_of(tree_root, 0), 0u, "an empty list");
	tree_put("/sys/devices/system/cpu/isolated", "2-3,8\n");
	tree_put("/sys/devices/system/cpu/nohz_full", "8\n");
	tree_put("/sys/fs/cgroup/cpuset.cpus.isolated", "3,5-6\n");
	ok_is(isolation_of(tree_root, 1), 0u, "before the list");
	ok_is(isolation_of(tree_root, 3), (unsigned)(ISOLATION_ISOLCPUS | ISOLATION_CPUSET),
	      "in two");
	ok_is(isolation_of(tree_root, 8), (unsigned)(ISOLATION_ISOLCPUS | ISOLATION_NOHZ_FULL),
	      "after a range");
	ok_is(isolation_of(tree_root, 6), (unsigned)ISOLATION_CPUSET, "the end of a range");
	ok_is(isolation_of(tree_root, 7), 0u, "between");
}

int main(void)
{
	tree_new();
	test_gaps();
	test_causes();
	test_cause();
	test_isolation();
	tree_remove();
	ok(access(tree_root, F_OK), "nothing left behind");
	return done_testing();
}
