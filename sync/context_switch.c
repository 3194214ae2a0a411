/* SPDX-License-Identifier: MIT */
/*
 * One PU goes from one thread or process to another and back. Each side works on memory of its own
 * between two switches: what it had in the caches is the more gone the more the other one touched.
 * `alone` does both sides' work in one thread, without a switch; it stands beside and is never
 * subtracted.
 */
#include <stdalign.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/base/futex.h"
#include "bench/measure/sync_loops.h"

#define LINE_B 64
#define SET_MAX_B (64u << 20)

enum option { OPT_WORKING_SET };

struct turn {
	alignas(BENCH_ALIGN) _Atomic uint32_t token; /* 1: this side's turn */
	int futex_private;			     /* 0 or FUTEX_PRIVATE_FLAG */
	int fd[2];				     /* pipe: where the token comes from, goes to */
	uint64_t *set; /* this side's working set; at the same address in every process */
	size_t set_b;  /* bytes of it */
};

/* Reads and writes a word of each cache line, as a thread does that goes on with its work. */
static inline void work_on_set(const struct turn *turn)
{
	volatile uint64_t *set = turn->set;

	for (size_t i = 0; i < turn->set_b / sizeof(*set); i += LINE_B / sizeof(*set))
		set[i]++;
}

static inline int futex_notify(void *shared, unsigned to)
{
	struct turn *turn = (struct turn *)shared + to;

	/* set before the wake call, and compared by the kernel before it lets anybody sleep */
	atomic_store_explicit(&turn->token, 1, memory_order_release);
	return futex_call(&turn->token, FUTEX_WAKE | turn->futex_private, 1);
}

static inline int futex_wait_turn(void *shared, unsigned me)
{
	struct turn *turn = (struct turn *)shared + me;

	while (!atomic_load_explicit(&turn->token, memory_order_acquire))
		futex_call(&turn->token, FUTEX_WAIT | turn->futex_private, 0);
	/* the other side sets it again only after our answer */
	atomic_store_explicit(&turn->token, 0, memory_order_relaxed);
	work_on_set(turn);
	return 0;
}

static inline int pipe_notify(void *shared, unsigned to)
{
	const struct turn *turn = (struct turn *)shared + to;

	return write(turn->fd[1], "", 1) == 1 ? 0 : -errno;
}

static inline int pipe_wait(void *shared, unsigned me)
{
	const struct turn *turn = (struct turn *)shared + me;
	ssize_t n;
	char token;

	do
		n = read(turn->fd[0], &token, 1);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		return n ? -errno : -EPIPE;
	work_on_set(turn);
	return 0;
}

static inline int work_alone(void *shared, void *local)
{
	const struct turn *turn = shared;

	work_on_set(&turn[0]);
	work_on_set(&turn[1]);
	return 1;
}

static void turn_destroy(void *shared)
{
	struct turn *turn = shared;

	for (unsigned i = 0; i < 2; i++) {
		if (turn[i].set_b)
			munmap(turn[i].set, turn[i].set_b);
		for (unsigned k = 0; k < 2; k++)
			if (turn[i].fd[k] > 0)
				close(turn[i].fd[k]);
	}
}

/* The pages come with the first touch, by the side that uses them, in the warm-up. */
static int turn_make(struct turn *turn, size_t set_b, bool pipes)
{
	void *set;

	if (pipes && pipe(turn->fd))
		return -errno;
	if (!set_b)
		return 0;
	set = mmap(NULL, set_b, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (set == MAP_FAILED)
		return -errno;
	turn->set = set;
	turn->set_b = set_b;
	return 0;
}

/* arg: whether the token goes through a pipe. */
static int turn_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	struct turn *turn = shared;
	int err = 0;

	for (unsigned i = 0; i < 2 && !err; i++) {
		turn[i].futex_private = setup->processes ? 0 : FUTEX_PRIVATE_FLAG;
		err = turn_make(&turn[i], setup->opt[OPT_WORKING_SET], v->arg);
	}
	if (err)
		turn_destroy(shared);
	else
		sync_note(setup, "working_set", setup->opt[OPT_WORKING_SET]);
	return err;
}

static const struct wake_ops by_futex = {.notify = futex_notify, .wait = futex_wait_turn};
static const struct wake_ops by_pipe = {.notify = pipe_notify, .wait = pipe_wait};
static const struct op_ops alone = {.op = work_alone};
WAKE_LOOPS(by_futex);
WAKE_LOOPS(by_pipe);
OP_LOOPS(alone);

static const struct bench_option turn_options[] = {
	[OPT_WORKING_SET] = {"working_set", "bytes that each side touches in its turn; none",
			     SET_MAX_B},
	{.name = NULL},
};

/* From what a first cache holds to what no cache of a core holds. */
static const uint64_t working_sets[] = {4096, 32768, 262144, 1u << 20, 4u << 20, 0};

#define CONTEXT_SWITCH(id, text, ...)                                                         \
	{                                                                                     \
		.name = id, .summary = text, .options = turn_options, .ladder = working_sets, \
		.init = turn_init, .destroy = turn_destroy,                                   \
		.shared_size = 2 * sizeof(struct turn), __VA_ARGS__                           \
	}

static const struct sync_variant context_switch_variants[] = {
	CONTEXT_SWITCH("futex", "the turn is handed over by futex", .flags = SYNC_ONE_PU,
		       .wake = &by_futex_loops),
	CONTEXT_SWITCH("pipe", "the turn is handed over by a byte in a pipe", .flags = SYNC_ONE_PU,
		       .arg = true, .wake = &by_pipe_loops),
	CONTEXT_SWITCH("alone", "both sides' work without a switch",
		       .flags = SYNC_ONE_PU | SYNC_SINGLE, .op = &alone_loops),
};
SYNC_MECHANISM(context_switch);
