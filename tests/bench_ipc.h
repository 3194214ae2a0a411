/* SPDX-License-Identifier: MIT */
/*
 * Claims of make bench-self about IPC, beside those of the pipe and of round trips in a ring:
 * - every mechanism that sleeps, against a hand-written loop of the same calls on one PU;
 * - the mailbox, against the one line per direction that it cannot do without;
 * - the rate of the ring, against Concurrency Kit's ck_ring with the same bytes;
 * - large messages through the ring, against two copies of what the other PU has just written.
 * Time between the first and the last stamp over operations, as for the pipe; of streams op_ns,
 * whose end the receiver confirms on both sides.
 */
#ifndef TESTS_BENCH_IPC_H
#define TESTS_BENCH_IPC_H

#include "bench/machine/placement.h"
#include "tests/bench_claims.h"

#define CALLS_TRIPS 10000 /* 0.05 s */
/*
 * A terminal wakes a thread of the kernel for each message: on the same PU a round trip takes 17
 * us, on an idle one 120 us, and which it is changes by itself. So there is no idle one.
 */
#define PTY_TRIPS 500
#define PTY_TIMES 12
#define CALLS_TIMES 3
#define LINE_TRIPS 3000
#define LINE_TIMES 9
#define RATE_MESSAGES 20000 /* below 1 ms */
#define RATE_TIMES 9
#define COPY_TRIPS 50
#define COPY_TIMES 5
#define COPY_B (1 << 20) /* of which a ring holds two per direction */

/* A mechanism that sleeps, {its name, its variant, the claim}, against a loop of the same calls. */
static inline void plan_call(struct plan *p, const char *build, unsigned pu,
			     const char *const what[3], int trips, unsigned times, bool others_busy)
{
	struct arm *hand = rounds_add(&p->rounds, "%s/tests/floor_calls %s %u %d 64", build,
				      what[0], pu, trips);
	struct arm *ours = rounds_add(
		&p->rounds, "%s/ipc_%s --variant=%s --cpus=%u,%u --wait=block --iterations=%d",
		build, what[0], what[1], pu, pu, trips);

	ours->column = COL_duration_ns;
	ours->per = COL_n_ops;
	ours->times = hand->times = times;
	ours->others_busy = hand->others_busy = others_busy;
	ours->pu = hand->pu = pu;
	if (claim_asked(p, what[2]) && !(arm_run(hand) > 0 && arm_run(ours) > 0))
		ours->missing = hand->missing = "it cannot run here";
	claim_add(p, what[2], hand, ours, 1.05);
}

static inline void plan_calls(struct plan *p, const char *build, unsigned pu)
{
	static const char *const pty[] = {"pty", "raw", "pty / hand-written"};
	static const char *const what[][3] = {
		{"fifo", "pair", "fifo / hand-written"},
		{"unix_stream", "socketpair", "unix_stream / hand-written"},
		{"unix_dgram", "socketpair", "unix_dgram / hand-written"},
		{"unix_seqpacket", "socketpair", "unix_seqpacket / hand-written"},
		{"tcp", "v4", "tcp / hand-written"},
		{"udp", "v4", "udp / hand-written"},
		{"posix_mq", "pair", "posix_mq / hand-written"},
		{"sysv_msg", "pair", "sysv_msg / hand-written"},
		{"eventfd", "pair", "eventfd / hand-written"},
		{"sem_pair_posix", "unnamed", "sem_pair_posix / hand-written"},
		{"sem_pair_sysv", "pair", "sem_pair_sysv / hand-written"},
		{"futex", "pair", "futex / hand-written"},
		{"signal", "sigqueue", "signal / hand-written"},
		{"unix_descriptor", "socketpair", "unix_descriptor / hand-written"},
		{"pipe_vmsplice", "vmsplice", "pipe_vmsplice / hand-written"},
		{"process_vm", "read", "process_vm / hand-written"},
		{"io_uring", "socketpair", "io_uring / hand-written"},
		{"io_uring_msg", "msg-ring", "io_uring_msg / hand-written"},
	};

	for (size_t i = 0; i < sizeof(what) / sizeof(what[0]); i++)
		plan_call(p, build, pu, what[i], CALLS_TRIPS, CALLS_TIMES, false);
	plan_call(p, build, pu, pty, PTY_TRIPS, PTY_TIMES, true);
}

static inline void plan_mailbox(struct plan *p, const char *build, const struct placement *at,
				const char *missing)
{
	struct arm *hand = rounds_add(&p->rounds, "%s/tests/floor_shm %u %u %d 0 1", build,
				      at->pu[0], at->pu[1], LINE_TRIPS);
	struct arm *ours = rounds_add(
		&p->rounds,
		"%s/ipc_posix_shm --variant=mailbox --wait=spin --cpus=%u,%u --msg-size=8 "
		"--iterations=%d",
		build, at->pu[0], at->pu[1], LINE_TRIPS);

	ours->column = COL_duration_ns;
	ours->per = COL_n_ops;
	ours->times = hand->times = LINE_TIMES;
	ours->missing = hand->missing = missing;
	claim_add(p, "mailbox / one line each way", hand, ours, 1.25);
}

static inline void plan_rate(struct plan *p, const char *build, const struct placement *at,
			     const char *missing)
{
	struct arm *peer = rounds_add(&p->rounds, "%s/tests/floor_ck %u %u %d", build, at->pu[0],
				      at->pu[1], RATE_MESSAGES);
	struct arm *ours = rounds_add(
		&p->rounds,
		"%s/ipc_posix_shm --variant=ring --pattern=stream --wait=spin --cpus=%u,%u "
		"--msg-size=64 --iterations=%d",
		build, at->pu[0], at->pu[1], RATE_MESSAGES);

	ours->column = COL_op_ns;
	ours->times = peer->times = RATE_TIMES;
	if (!missing && !(arm_run(peer) > 0))
		missing = "Concurrency Kit is not here: make deps installs it";
	ours->missing = peer->missing = missing;
	claim_add(p, "ring, per message / ck_ring spsc", peer, ours, 1.0);
}

static inline void plan_copy(struct plan *p, const char *build, const struct placement *at,
			     const char *missing)
{
	struct arm *hand = rounds_add(&p->rounds, "%s/tests/floor_copy %u %u %d %d 2", build,
				      at->pu[0], at->pu[1], COPY_TRIPS, COPY_B);
	struct arm *ours =
		rounds_add(&p->rounds,
			   "%s/ipc_posix_shm --variant=ring --wait=spin --cpus=%u,%u --msg-size=%d "
			   "--iterations=%d",
			   build, at->pu[0], at->pu[1], COPY_B, COPY_TRIPS);

	ours->column = COL_duration_ns;
	ours->per = COL_n_ops;
	ours->times = hand->times = COPY_TIMES;
	ours->missing = hand->missing = missing;
	claim_add(p, "ring, 1 MiB / copying", hand, ours, 1.15);
}

/* Calls on PU `pu`, shared memory between `two` unless the machine has one core (`alone`). */
static inline void plan_ipc(struct plan *p, const char *build, unsigned pu,
			    const struct placement *two, bool alone)
{
	const char *missing = alone ? "it needs two cores" : NULL;

	plan_calls(p, build, pu);
	plan_mailbox(p, build, two, missing);
	plan_rate(p, build, two, missing);
	plan_copy(p, build, two, missing);
}

#endif
