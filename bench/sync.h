/* SPDX-License-Identifier: MIT */
/*
 * The contracts of a synchronization primitive: four small ones, of which a file in sync/ registers
 * what its primitive can do. Hot operations are constants that the templates of
 * bench/measure/sync_loops.h inline; the cold half (sizes, init, destroy) is common to all.
 */
#ifndef BENCH_SYNC_H
#define BENCH_SYNC_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/base/cpu.h"
#include "bench/base/file_name.h"
#include "bench/base/option.h"
#include "bench/base/pause.h"

enum sync_flags {
	SYNC_FLOOR = 1u << 0,	       /* does nothing: the harness's own cost, excludes nobody */
	SYNC_SPINS = 1u << 1,	       /* a waiter never sleeps: needs a PU of its own */
	SYNC_PRIVATE = 1u << 2,	       /* between threads of one process only */
	SYNC_PROCESSES_ONLY = 1u << 3, /* between processes only: threads of one are not kept out */
	SYNC_COUNTS = 1u << 4,	       /* takes more than one permit (struct sync_setup) */
	SYNC_FIFO = 1u << 5,	       /* first come, first served: a test holds it to that */
	SYNC_TSAN_BLIND =
		1u << 6,	/* orders memory where TSan does not look: kernel, assembler, C11 */
	SYNC_ONE_PU = 1u << 7,	/* hand-off: between two on one PU only */
	SYNC_SPSC = 1u << 8,	/* queue: one producer and one consumer only */
	SYNC_WORD = 1u << 9,	/* op: on one word, so that threads may have a word each (stride) */
	SYNC_SINGLE = 1u << 10, /* op: by one thread only */
	SYNC_PAIR = 1u << 11,	/* op: by one thread with one partner, never without */
	SYNC_TIMES_SETUP =
		1u << 12, /* allocates, opens, closes or ends in what is timed, by nature */
	/*
	 * op: makes threads or children, or leaves work to the kernel's, which take turns with it
	 * on its PU
	 */
	SYNC_FORKS = 1u << 13,
};

/*
 * Hot operations: 0 or -errno. `shared` is the object, `local` this thread's own part of it. The
 * last four are for those with a side for readers (instances: RW_LOOPS).
 */
struct lock_ops {
	int (*enter)(void *shared, void *local);
	int (*leave)(void *shared, void *local);
	int (*enter_shared)(void *shared, void *local);
	/* -EAGAIN: what was read since enter_shared may be half written; read again (seqlock). */
	int (*leave_shared)(void *shared, void *local);
	/*
	 * Which of two copies of the protected data this turn reads or, having copied the other,
	 * writes (RCU). NULL = there is one, written in place.
	 */
	unsigned (*copy)(void *shared, bool write);
	bool overlapping; /* readers and a writer may be in at once: data are relaxed atomics */
};

/*
 * Each pair or `meet` is optional; an object is used for one of them at a time. Hand-off: roles are
 * numbered, notify wakes role `to`, wait returns once per notify of role `me`. Broadcast:
 * notify_all wakes everybody who waits in wait_all, which returns once per notify_all; a call never
 * comes before all have returned from the last one. Barrier: meet returns when all threads of the
 * setup have come.
 */
struct wake_ops {
	int (*notify)(void *shared, unsigned to);
	int (*wait)(void *shared, unsigned me);
	int (*notify_all)(void *shared);
	int (*wait_all)(void *shared, void *local);
	int (*meet)(void *shared, void *local);
};

/* -EAGAIN: full or empty, try again. Items are never 0. */
struct queue_ops {
	int (*put)(void *shared, void *local, uint64_t item);
	int (*get)(void *shared, void *local, uint64_t *item);
};

/*
 * 1 = done, 0 = lost (a compare-exchange that failed), -EAGAIN = the partner has to do something
 * first, try again, -errno. Where there is a partner, one thread is timed and the others repeat the
 * partner's work beside it until the end; else all threads do the same.
 */
struct op_ops {
	int (*op)(void *shared, void *local);
	int (*partner)(void *shared, void *local); /* likewise; NULL = none */
};

struct sync_run;

/* Timed loops, instances of bench/measure/sync_loops.h; 0 or -errno. */
struct lock_loops {
	const struct lock_ops *ops;		   /* what they are made of: for single steps */
	int (*alone)(struct sync_run *run);	   /* uncontended */
	int (*alone_shared)(struct sync_run *run); /* likewise, as a reader; NULL = has none */
	int (*contend)(struct sync_run *run); /* 1..n threads want it; NULL = never timed (token) */
	int (*readers)(struct sync_run *run); /* some turns only read; NULL = has none */
};

struct wake_loops {
	const struct wake_ops *ops;	   /* what it can do: those that are not NULL */
	int (*ping)(struct sync_run *run); /* notifies and waits for the answer */
	int (*pong)(struct sync_run *run); /* answers */
	int (*call)(
		struct sync_run *run); /* broadcast: wakes all others, a barrier by coming last */
	int (*hear)(struct sync_run *run); /* broadcast: is woken */
	int (*meet)(struct sync_run *run); /* barrier: the thread that times the rounds */
	int (*come)(struct sync_run *run); /* barrier: all others */
};

struct queue_loops {
	int (*produce)(struct sync_run *run);
	int (*consume)(struct sync_run *run);
	int (*produce_paced)(struct sync_run *run); /* on a schedule */
	int (*consume_paced)(struct sync_run *run); /* and how late each item came */
};

struct op_loops {
	int (*alone)(struct sync_run *run);   /* one thread, each operation timed or in batches */
	int (*contend)(struct sync_run *run); /* several, for a time */
	int (*partner)(struct sync_run *run); /* beside alone; NULL = there is none */
};

/* What a variant's init and attach are told. */
struct sync_setup {
	const struct sync_variant *variant;
	unsigned threads;		 /* that will use the object */
	unsigned permits;		 /* how many may be in at once; 1 but for SYNC_COUNTS */
	uint64_t capacity;		 /* queue: items that it is to hold; a power of two */
	bool processes;			 /* they are processes: the object must be process-shared */
	uint64_t opt[BENCH_OPTIONS_MAX]; /* values of the variant's options; 0 = not given */
	char *notes;			 /* see sync_note(); NULL = nobody wants them */
	char *why;			 /* see sync_fail(); likewise */
};

struct sync_variant {
	const char *name;	 /* CSV column variant */
	const char *summary;	 /* one line for --list and docs/mechanisms.md */
	const char *instruction; /* the instruction an op comes down to here; NULL = a call */
	unsigned flags;		 /* enum sync_flags */
	intptr_t arg;		 /* the variant's own: a mutex type */
	size_t shared_size;	 /* bytes; zeroed, BENCH_ALIGN-aligned, on the node asked for */
	size_t item_size;	 /* queue: bytes that each item of the capacity adds to it */
	size_t local_size;	 /* bytes per thread; likewise */
	/*
	 * Once, before the threads; 0 or -errno, -EOPNOTSUPP = not on this system. NULL = zeroes
	 * will do.
	 */
	int (*init)(const struct sync_variant *v, void *shared, const struct sync_setup *setup);
	void (*destroy)(void *shared); /* once, after them; not when init failed */
	/*
	 * Each thread, pinned, before the first turn of any; detach after its last. NULL = nothing.
	 */
	int (*attach)(void *shared, void *local, const struct sync_setup *setup);
	void (*detach)(void *shared, void *local);
	/*
	 * Shared library that the program is to be started with (LD_PRELOAD), so that what it calls
	 * is that library's; NULL = none.
	 */
	const char *library;
	const struct bench_option *options; /* its own, ended by NULL; NULL = none */
	/*
	 * Values of the first option that a sweep measures besides its default, ended by 0:
	 * hand-off and single operations are repeated for each. NULL = none.
	 */
	const uint64_t *ladder;
	const struct lock_loops *lock; /* NULL = does not do that */
	const struct wake_loops *wake;
	/*
	 * The same with the pause asked for between two looks (--pause); NULL = it spins in no loop
	 * of ours.
	 */
	const struct lock_loops *lock_paused;
	const struct wake_loops *wake_paused;
	const struct queue_loops *queue;
	const struct op_loops *op;
};

struct sync_mechanism {
	const char *name; /* file = primitive = executable = CSV value */
	const struct sync_variant *variants;
	size_t n_variants;
	const char *missing;	     /* why it is not in this build; NULL = it is */
	struct sync_mechanism *next; /* the registry's */
};

/* init: notes an effective value in the row: `name`=`value` in column options. */
void sync_note(const struct sync_setup *setup, const char *name, uint64_t value);

/* The same of a word. */
void sync_note_word(const struct sync_setup *setup, const char *name, const char *word);

/* init, attach: says why, and what would help. Returns `err`. */
int sync_fail(const struct sync_setup *setup, int err, const char *why);

/* Adds `m` to the registry; called before main by SYNC_MECHANISM. */
void sync_register(struct sync_mechanism *m);

/* First registered primitive by name; the others follow in `next`, sorted. */
const struct sync_mechanism *sync_mechanisms(void);

/*
 * Registers sync/<id>.c and its variants (an array named <id>_variants); `why` says what this build
 * lacks for it, NULL = nothing. The variants of one that is lacking still name their loops.
 */
#define SYNC_MECHANISM_NEEDS(id, why)                                           \
	static struct sync_mechanism id##_mechanism = {                         \
		.name = #id,                                                    \
		.variants = id##_variants,                                      \
		.n_variants = sizeof(id##_variants) / sizeof(id##_variants[0]), \
		.missing = (why),                                               \
	};                                                                      \
	__attribute__((constructor)) static void id##_register(void)            \
	{                                                                       \
		sync_register(&id##_mechanism);                                 \
	}                                                                       \
	NAMED_AS_ITS_FILE(id);                                                  \
	_Static_assert(sizeof(id##_variants) > 0, "a primitive has a variant")

#define SYNC_MECHANISM(id) SYNC_MECHANISM_NEEDS(id, NULL)

#endif
