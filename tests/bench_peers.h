/* SPDX-License-Identifier: MIT */
/*
 * The pairs of make crosscheck: a tool that others know (scripts/check/peer runs it and converts
 * its figure), and which of ours measures the same, or comes closest.
 *
 * Where the two differ although both are right, the pair says why, and between which ratios this
 * reason holds. Reasons were checked with strace, perf stat and hand-written loops; docs/method.md
 * has the table. Tools that measure something else stand there with the reason and without a ratio.
 */
#ifndef TESTS_BENCH_PEERS_H
#define TESTS_BENCH_PEERS_H

#include "bench/record/csv.h"

/* A command below build/, or "peer NAME PU"; %1$u and %2$u are PUs, the closest of two cores. */
struct peer_side {
	const char *command;
	enum column column; /* of the row it prints; COL_schema: it prints a number, ns */
	enum column per;    /* what to divide that by; COL_schema: nothing */
};

struct peer_pair {
	const char *name; /* "theirs / ours" */
	struct peer_side theirs, ours;
	unsigned times;	      /* processes of each a round, of which the fastest counts; 0 = 1 */
	const char *said;     /* what both figures are; how theirs was converted */
	double lo, hi;	      /* ratios ours / theirs that `why` accounts for */
	const char *why;      /* they differ although both are right; NULL: no reason is known */
	const char *no_ratio; /* why there is none; NULL: there is one */
};

#define PACED " --wait=block --touch=none --every=500us --iterations=100"
#define FIRST_LEG                                                                                  \
	"a paced round trip of ours begins with the first calls after a sleep, which are slower; " \
	"theirs times the way back alone, on a path that the way there has just warmed"

#define GAPS "from one gap above 3 us to the next, of a loop that reads the clock on one CPU; mean"

#define CK_INDEX                                                                                 \
	"theirs reads the other side's index at each operation, a line that the other core has " \
	"just written; ours remembers what it last saw of it"

static const struct peer_pair peer_pairs[] = {
	{
		.name = "perf bench sched pipe / ipc_pipe",
		.theirs = {.command = "peer perf-pipe %1$u"},
		.ours = {.command =
				 "ipc_pipe --cpus=%1$u,%1$u --wait=block --msg-size=4 --touch=none "
				 "--iterations=10000",
			 COL_duration_ns,
			 COL_n_ops},
		.times = 5,
		.said = "round trip, 4 bytes, two processes on one CPU; mean, all time over all "
			"trips",
	},
	{
		.name = "perf bench syscall basic / ipc_syscall",
		.theirs = {.command = "peer perf-syscall %1$u"},
		.ours = {.command = "ipc_syscall --cpus=%1$u,%1$u --iterations=50000", COL_op_ns},
		.times = 5,
		.said = "one getppid(2); mean",
	},
	{
		.name = "perf bench futex hash / ipc_syscall",
		.theirs = {.command = "peer perf-futex-hash %1$u"},
		.ours = {.command = "ipc_syscall --cpus=%1$u,%1$u --iterations=300000", COL_op_ns},
		.said = "one FUTEX_WAIT that returns at once; one getppid(2)",
		.no_ratio = "no FUTEX_WAIT of ours is meant to fail; perf pins its thread to the "
			    "first CPU whatever it is told",
	},
	{
		.name = "perf bench futex wake / sync_futex broadcast",
		.theirs = {.command = "peer perf-futex-wake %1$u"},
		.ours = {.command = "sync_futex --variant=wait_wake --experiment=broadcast "
				    "--cpus=%1$u,%2$u "
				    "--iterations=300",
			 COL_first_awake_p50_ns},
		.said = "FUTEX_WAKE of one sleeper as the waker sees it; until the sleeper runs",
		.no_ratio =
			"theirs is the waker's call alone, in whole us and after 100 ms without "
			"one; ours lasts until the woken thread runs",
	},
	{
		.name = "perf bench futex lock-pi / sync_futex_mutex pi",
		.theirs = {.command = "peer perf-futex-lock-pi %1$u"},
		.ours = {.command = "sync_futex_mutex --variant=pi --experiment=uncontended "
				    "--cpus=%1$u "
				    "--duration=20ms",
			 COL_op_ns},
		.said = "a turn of a priority-inheriting lock; mean",
		.no_ratio = "theirs holds the lock through usleep(1), which is nearly all of its "
			    "time, and calls the kernel also where nobody waits",
	},
	{
		.name = "pmqtest / ipc_posix_mq",
		.theirs = {.command = "peer pmqtest %1$u"},
		.ours = {.command =
				 "ipc_posix_mq --variant=pair --endpoints=thread --cpus=%1$u,%1$u "
				 "--msg-size=8" PACED,
			 COL_rtt_mean_ns},
		.times = 2,
		.said = "round trip each 500 us, 8 bytes, threads on one CPU; mean; theirs twice "
			"one "
			"way",
		.lo = 1,
		.hi = 1.7,
		.why = FIRST_LEG,
	},
	{
		.name = "ptsematest / ipc_futex",
		.theirs = {.command = "peer ptsematest %1$u"},
		.ours = {.command = "ipc_futex --endpoints=thread --cpus=%1$u,%1$u" PACED,
			 COL_rtt_mean_ns},
		.times = 2,
		.said = "round trip each 500 us by futex (theirs: a mutex unlocked for the other), "
			"threads on one CPU; mean; theirs twice one way",
		.lo = 1,
		.hi = 1.7,
		.why = FIRST_LEG,
	},
	{
		.name = "svsematest / ipc_sem_pair_sysv",
		.theirs = {.command = "peer svsematest %1$u"},
		.ours = {.command = "ipc_sem_pair_sysv --endpoints=thread --cpus=%1$u,%1$u" PACED,
			 COL_rtt_mean_ns},
		.times = 2,
		.said = "round trip each 500 us by semop(2), threads on one CPU; mean; theirs "
			"twice "
			"one way",
		.lo = 1,
		.hi = 1.7,
		.why = FIRST_LEG,
	},
	{
		.name = "sigwaittest / ipc_signal sigqueue",
		.theirs = {.command = "peer sigwaittest %1$u"},
		.ours = {.command = "ipc_signal --variant=sigqueue --endpoints=thread "
				    "--cpus=%1$u,%1$u" PACED,
			 COL_rtt_mean_ns},
		.times = 2,
		.said = "round trip each 500 us by signal, threads on one CPU; mean; theirs twice "
			"one "
			"way",
		.lo = 1,
		.hi = 1.7,
		.why = FIRST_LEG,
	},
	{
		.name = "cyclictest / ipc_timer nanosleep",
		.theirs = {.command = "peer cyclictest %1$u"},
		.ours = {.command = "ipc_timer --variant=nanosleep --cpus=%1$u,%1$u --every=500us "
				    "--iterations=1000",
			 COL_rtt_mean_ns},
		.said = "how late clock_nanosleep(2) returns, each 500 us; mean",
		.lo = 0.1,
		.hi = 0.9,
		.why = "theirs has the timer slack of an ordinary thread, 50 us "
		       "(PR_SET_TIMERSLACK); "
		       "all sides of ours have 1 ns",
	},
	{
		.name = "cyclictest -p 80 / ipc_timer, fifo:80",
		.theirs = {.command = "peer cyclictest-fifo %1$u"},
		.ours = {.command = "ipc_timer --variant=nanosleep --cpus=%1$u,%1$u --every=500us "
				    "--iterations=1000 --sched=fifo:80",
			 COL_rtt_mean_ns},
		.said = "the same in the class SCHED_FIFO, which has no slack; mean",
		.lo = 0.75,
		.hi = 1.35,
		.why = "how late a halted CPU wakes comes in steps that last for seconds "
		       "(haltpoll, "
		       "the "
		       "hypervisor): a hand-written loop moved between 15 and 46 us on its own",
	},
	{
		.name = "hackbench, a pair / ipc_pipe stream",
		.theirs = {.command = "peer hackbench %1$u"},
		.ours = {.command = "ipc_pipe --pattern=stream --cpus=%1$u,%1$u --wait=block "
				    "--msg-size=64 "
				    "--touch=none --iterations=100000",
			 COL_op_ns},
		.times = 2,
		.said = "a message of 64 bytes, one way, two processes on one CPU; mean, all time "
			"over all messages",
	},
	{
		.name = "sysbench threads / ipc_yield alone",
		.theirs = {.command = "peer sysbench-threads %1$u"},
		.ours = {.command =
				 "ipc_yield --variant=alone --cpus=%1$u,%1$u --iterations=100000",
			 COL_op_ns},
		.times = 2,
		.said = "one sched_yield(2), in theirs with a mutex locked; mean",
	},
	{
		.name = "sysbench mutex / sync_mutex uncontended",
		.theirs = {.command = "peer sysbench-mutex %1$u"},
		.ours = {.command =
				 "sync_mutex --variant=normal --experiment=uncontended --cpus=%1$u "
				 "--duration=20ms",
			 COL_op_ns},
		.times = 2,
		.said = "a turn of a pthread mutex that nobody else wants; mean",
		.lo = 0.4,
		.hi = 0.95,
		.why = "each turn of theirs also draws a random number, which lock it is",
	},
	{
		.name = "stress-ng switch / ipc_pipe stream of pages",
		.theirs = {.command = "peer stress-switch %1$u"},
		.ours = {.command = "ipc_pipe --pattern=stream --cpus=%1$u,%1$u --wait=block "
				    "--msg-size=4096 "
				    "--touch=none --opt=size=4096 --iterations=20000",
			 COL_op_ns},
		.times = 2,
		.said = "a message through a pipe that holds one, one way and two switches, two "
			"processes on one CPU; mean",
		.lo = 0.6,
		.hi = 1,
		.why = "a hand-written loop of its calls (packets of one byte, a pipe of one page) "
		       "takes "
		       "what ours takes: the rest is theirs",
	},
	{
		.name = "stress-ng yield / ipc_yield pair",
		.theirs = {.command = "peer stress-yield %1$u"},
		.ours = {.command = "ipc_yield --variant=pair --cpus=%1$u,%1$u --duration=300ms",
			 COL_op_ns},
		.said = "two processes on one CPU that yield in turns, until it is one's turn "
			"again; "
			"mean",
	},
	{
		.name = "stress-ng eventfd / ipc_eventfd",
		.theirs = {.command = "peer stress-eventfd %1$u"},
		.ours = {.command = "ipc_eventfd --cpus=%1$u,%1$u --wait=block --iterations=10000",
			 COL_op_ns},
		.said = "a bogo operation; a round trip, two processes on one CPU",
		.no_ratio = "beside each round trip theirs opens, reads and closes a file in /proc",
	},
	{
		.name = "stress-ng futex / ipc_futex",
		.theirs = {.command = "peer stress-futex %1$u"},
		.ours = {.command = "ipc_futex --cpus=%1$u,%1$u --wait=block --iterations=10000",
			 COL_op_ns},
		.said = "a bogo operation; a round trip, two processes on one CPU",
		.no_ratio =
			"theirs counts waits that did not end by a timeout of 5 us, with a waker "
			"that never waits for an answer",
	},
	{
		.name = "stress-ng mutex / sync_mutex uncontended",
		.theirs = {.command = "peer stress-mutex %1$u"},
		.ours = {.command =
				 "sync_mutex --variant=normal --experiment=uncontended --cpus=%1$u "
				 "--duration=20ms",
			 COL_op_ns},
		.said = "a bogo operation; a turn",
		.no_ratio = "each turn of theirs changes its real-time priority twice and yields",
	},
	{
		.name = "stress-ng pipe / ipc_pipe stream",
		.theirs = {.command = "peer stress-pipe %1$u"},
		.ours = {.command = "ipc_pipe --pattern=stream --cpus=%1$u,%1$u --wait=block "
				    "--msg-size=512 "
				    "--touch=all --iterations=100000",
			 COL_op_ns},
		.said = "a bogo operation; a message of 512 bytes, one way, on one CPU",
		.no_ratio = "theirs is in packet mode (O_DIRECT): its pipe holds 16 messages, ours "
			    "128, and each byte is written by itself",
	},
	{
		.name = "stress-ng sem / sync_sem_posix uncontended",
		.theirs = {.command = "peer stress-sem %1$u"},
		.ours = {.command = "sync_sem_posix --variant=unnamed --experiment=uncontended "
				    "--cpus=%1$u "
				    "--duration=20ms",
			 COL_op_ns},
		.said = "a bogo operation; a turn",
		.no_ratio = "each turn of theirs ends with a yield or a sleep",
	},
	{
		.name = "stress-ng sem-sysv / sync_sem_sysv uncontended",
		.theirs = {.command = "peer stress-sem-sysv %1$u"},
		.ours = {.command = "sync_sem_sysv --variant=plain --experiment=uncontended "
				    "--cpus=%1$u "
				    "--duration=20ms",
			 COL_op_ns},
		.said = "a bogo operation; a turn",
		.no_ratio = "two processes of theirs contend for it, with timeouts",
	},
	{
		.name = "sockperf udp / ipc_udp",
		.theirs = {.command = "peer sockperf-udp %1$u"},
		.ours = {.command =
				 "ipc_udp --variant=v4 --cpus=%1$u,%1$u --wait=block --msg-size=64 "
				 "--duration=300ms",
			 COL_rtt_p50_ns},
		.said = "round trip, 64 bytes, loopback, two processes on one CPU; median; theirs "
			"asked for whole trips",
		.lo = 0.7,
		.hi = 1,
		.why = "their sockets are not connected: the kernel looks for the way at each send",
	},
	{
		.name = "sockperf tcp / ipc_tcp",
		.theirs = {.command = "peer sockperf-tcp %1$u"},
		.ours = {.command =
				 "ipc_tcp --variant=v4 --cpus=%1$u,%1$u --wait=block --msg-size=64 "
				 "--duration=300ms",
			 COL_rtt_p50_ns},
		.said = "round trip, 64 bytes, loopback, two processes on one CPU; median; theirs "
			"asked for whole trips",
	},
	{
		.name = "qperf udp_lat / ipc_udp",
		.theirs = {.command = "peer qperf-udp %1$u"},
		.ours = {.command =
				 "ipc_udp --variant=v4 --cpus=%1$u,%1$u --wait=block --msg-size=64 "
				 "--duration=300ms",
			 COL_rtt_mean_ns},
		.said = "round trip, 64 bytes, loopback, two processes on one CPU; mean; theirs "
			"twice "
			"what it prints",
	},
	{
		.name = "qperf tcp_lat / ipc_tcp",
		.theirs = {.command = "peer qperf-tcp %1$u"},
		.ours = {.command =
				 "ipc_tcp --variant=v4 --cpus=%1$u,%1$u --wait=block --msg-size=64 "
				 "--duration=300ms",
			 COL_rtt_mean_ns},
		.said = "round trip, 64 bytes, loopback, two processes on one CPU; mean; theirs "
			"twice "
			"what it prints",
	},
	{
		.name = "oslat / handoff quiet",
		.theirs = {.command = "peer oslat %1$u"},
		.ours = {.command = "handoff quiet --budget=2s --threshold=3us --cpus=%1$u --csv",
			 COL_duration_ns,
			 COL_gaps},
		.said = GAPS,
	},
	{
		.name = "a hand-written loop / handoff quiet",
		.theirs = {.command = "tests/floor_gaps %1$u 3000 1000000000"},
		.ours = {.command = "handoff quiet --budget=2s --threshold=3us --cpus=%1$u --csv",
			 COL_duration_ns,
			 COL_gaps},
		.said = GAPS,
	},
	{
		.name = "ck_ring spsc / ipc_posix_shm stream",
		.theirs = {.command = "tests/floor_ck %1$u %2$u 20000"},
		.ours = {.command = "ipc_posix_shm --variant=ring --pattern=stream --wait=spin "
				    "--cpus=%1$u,%2$u --msg-size=64 --iterations=20000",
			 COL_op_ns},
		.times = 2,
		.said = "a message of 64 bytes between processes on two cores, until the last is "
			"confirmed; mean",
		.lo = 0.2,
		.hi = 1,
		.why = CK_INDEX,
	},
	{
		.name = "ck_ring spsc / sync_queue_spsc",
		.theirs = {.command = "sync_queue_ck --variant=spsc --cpus=%1$u,%2$u --think=0 "
				      "--capacity=1024 --duration=20ms",
			   COL_duration_ns,
			   COL_n_ops},
		.ours = {.command = "sync_queue_spsc --cpus=%1$u,%2$u --think=0 --capacity=1024 "
				    "--duration=20ms",
			 COL_duration_ns,
			 COL_n_ops},
		.times = 2,
		.said = "an item of 8 bytes between threads on two cores, in our loop; mean",
		.lo = 0.2,
		.hi = 1,
		.why = CK_INDEX,
	},
	{
		.name = "ck_ring mpmc / sync_queue_mpmc",
		.theirs = {.command = "sync_queue_ck --variant=mpmc --cpus=%1$u,%2$u --think=0 "
				      "--capacity=1024 --duration=20ms",
			   COL_duration_ns,
			   COL_n_ops},
		.ours = {.command = "sync_queue_mpmc --cpus=%1$u,%2$u --think=0 --capacity=1024 "
				    "--duration=20ms",
			 COL_duration_ns,
			 COL_n_ops},
		.times = 2,
		.said = "the same by queues for several of each",
		.lo = 0.1,
		.hi = 1,
		.why = "theirs reads the other side's index at each operation and waits for those "
		       "before it; "
		       "a slot of ours says itself whether it is free",
	},
	{
		.name = "ck_spinlock ticket / sync_spin_ticket",
		.theirs = {.command = "sync_spin_ck --variant=ticket --experiment=contended "
				      "--cpus=%1$u,%2$u "
				      "--think=0 --duration=20ms",
			   COL_duration_ns,
			   COL_n_ops},
		.ours = {.command = "sync_spin_ticket --variant=plain --experiment=contended "
				    "--cpus=%1$u,%2$u --think=0 --duration=20ms",
			 COL_duration_ns,
			 COL_n_ops},
		.times = 2,
		.said = "a turn of a lock by two threads on two cores as fast as they can, in our "
			"loop; mean",
	},
	{
		.name = "ck_spinlock mcs / sync_spin_mcs",
		.theirs = {.command = "sync_spin_ck --variant=mcs --experiment=contended "
				      "--cpus=%1$u,%2$u "
				      "--think=0 --duration=20ms",
			   COL_duration_ns,
			   COL_n_ops},
		.ours = {.command = "sync_spin_mcs --variant=plain --experiment=contended "
				    "--cpus=%1$u,%2$u "
				    "--think=0 --duration=20ms",
			 COL_duration_ns,
			 COL_n_ops},
		.times = 2,
		.said = "likewise",
	},
	{
		.name = "ck_spinlock clh / sync_spin_clh",
		.theirs = {.command = "sync_spin_ck --variant=clh --experiment=contended "
				      "--cpus=%1$u,%2$u "
				      "--think=0 --duration=20ms",
			   COL_duration_ns,
			   COL_n_ops},
		.ours = {.command = "sync_spin_clh --variant=plain --experiment=contended "
				    "--cpus=%1$u,%2$u "
				    "--think=0 --duration=20ms",
			 COL_duration_ns,
			 COL_n_ops},
		.times = 2,
		.said = "likewise",
	},
};

#define PEER_PAIRS (sizeof(peer_pairs) / sizeof(peer_pairs[0]))

#endif
