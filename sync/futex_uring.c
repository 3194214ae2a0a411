/* SPDX-License-Identifier: MIT */
/* needs: liburing */
/*
 * A hand-off over futexes that are woken and waited for by io_uring (IORING_OP_FUTEX_WAKE and
 * FUTEX_WAIT, Linux 6.7), as a program does that waits for a word and for its descriptors at one
 * place. Each thread has a ring of its own. As with futex(2) the word says what happened; see
 * sync/futex.c.
 */
#include "bench/base/futex.h"
#include "bench/measure/sync_loops.h"

#if __has_include(<liburing.h>)
#include <liburing.h>

#define ENTRIES 2 /* a wake, and a wait that a signal left behind */
#define MISSING NULL
#define DEFER (IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN)

/* include/uapi/linux/io_uring.h of Linux 6.7; liburing has no helpers for them before 2.6. */
enum { OP_FUTEX_WAIT = 51, OP_FUTEX_WAKE = 52 };

/* What one role sleeps on. */
struct door {
	alignas(BENCH_ALIGN) _Atomic uint32_t word; /* 1: opened */
	int flags;				    /* of futexes, for io_uring */
};

/* A thread's own; here and not in `local`, which a notification does not get. */
static _Thread_local struct {
	struct io_uring ring;
	bool waiting; /* a wait is under way */
} own;

/* Queues a futex operation: `n` is the value that lets sleep, or how many to wake. */
static inline struct io_uring_sqe *queue(int op, struct door *door, uint32_t n)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&own.ring);

	io_uring_prep_rw(op, sqe, door->flags, &door->word, 0, n);
	sqe->addr3 = FUTEX_BITSET_MATCH_ANY;
	return sqe;
}

/* The kernel wakes in the call; of one that did it makes no completion. */
static inline int uring_notify(void *shared, unsigned to)
{
	struct door *door = (struct door *)shared + to;
	int n;

	/* release: a side that sees the door open sees what was done before */
	atomic_store_explicit(&door->word, 1, memory_order_release);
	queue(OP_FUTEX_WAKE, door, 1)->flags |= IOSQE_CQE_SKIP_SUCCESS;
	do
		n = io_uring_submit(&own.ring);
	while (n == -EINTR);
	return n < 0 ? n : 0;
}

/*
 * Sleeps until the wait ends; a signal ends the call and not the wait, which is then waited for
 * again.
 */
static inline int uring_sleep(struct door *door)
{
	struct io_uring_cqe *cqe;
	int n;

	if (!own.waiting)
		queue(OP_FUTEX_WAIT, door, 0);
	own.waiting = true;
	n = io_uring_submit_and_wait(&own.ring, 1);
	if (n < 0 && n != -EINTR)
		return n;
	if (io_uring_peek_cqe(&own.ring, &cqe))
		return 0;
	n = cqe->res == -EAGAIN ? 0 : cqe->res; /* the word was set before it slept */
	io_uring_cqe_seen(&own.ring, cqe);
	own.waiting = false;
	return n;
}

static inline int uring_wait(void *shared, unsigned me)
{
	struct door *door = (struct door *)shared + me;
	int err = 0;

	while (!atomic_load_explicit(&door->word, memory_order_acquire) && !err)
		err = uring_sleep(door);
	/* the other opens it again only after we have answered: nothing to lose */
	atomic_store_explicit(&door->word, 0, memory_order_relaxed);
	return err;
}

/* Makes a ring of this thread. 0 or -errno with what is missing. */
static int make_ring(const struct sync_setup *setup)
{
	struct io_uring_params params = {.flags = (unsigned)setup->variant->arg};
	int err = io_uring_queue_init_params(ENTRIES, &own.ring, &params);

	own.waiting = false;
	if (err == -EPERM || err == -ENOSYS)
		sync_fail(setup, err,
			  "no io_uring here: sysctl kernel.io_uring_disabled, or seccomp");
	if (err == -EINVAL && params.flags)
		return sync_fail(setup, -EOPNOTSUPP,
				 "this kernel has no IORING_SETUP_DEFER_TASKRUN: Linux 6.1 has");
	return err;
}

static int uring_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	int err = make_ring(setup);
	struct io_uring_probe *probe = err ? NULL : io_uring_get_probe_ring(&own.ring);

	if (!err && !(probe && io_uring_opcode_supported(probe, OP_FUTEX_WAIT)))
		err = sync_fail(setup, -EOPNOTSUPP,
				"this kernel's io_uring has no futexes: Linux 6.7 has");
	io_uring_free_probe(probe);
	if (err)
		return err;
	io_uring_queue_exit(&own.ring);
	for (unsigned i = 0; i < 2; i++)
		((struct door *)shared)[i].flags = (int)futex2_flags(setup->processes);
	return 0;
}

static int uring_attach(void *shared, void *local, const struct sync_setup *setup)
{
	return make_ring(setup);
}

static void uring_detach(void *shared, void *local)
{
	io_uring_queue_exit(&own.ring);
}
#else
#define MISSING "built without liburing: make deps"
#define DEFER 0
#define uring_notify NULL
#define uring_wait NULL
#define uring_init NULL
#define uring_attach NULL
#define uring_detach NULL
struct door {
	int unused;
};
#endif

static const struct wake_ops uring = {.notify = uring_notify, .wait = uring_wait};
WAKE_LOOPS(uring);

#define DOORS                                                               \
	.init = uring_init, .attach = uring_attach, .detach = uring_detach, \
	.shared_size = 2 * sizeof(struct door), .wake = &uring_loops

static const struct sync_variant futex_uring_variants[] = {
	{.name = "plain", .summary = "io_uring wakes and waits for futexes", DOORS},
	{.name = "defer",
	 .summary = "the same by rings that work only where their owner waits",
	 .arg = DEFER,
	 DOORS},
};
SYNC_MECHANISM_NEEDS(futex_uring, MISSING);
