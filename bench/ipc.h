/* SPDX-License-Identifier: MIT */
/*
 * The contract of an IPC mechanism. A file in ipc/ describes one mechanism with it, and nothing
 * more: what it opens before the fork, what each side attaches, and how ONE attempt to send or
 * receive is made. Partial transfers, waiting, payload, clocks and placement belong to bench/.
 *
 * Three constants are kept apart and joined by templates (bench/measure/ipc_loops.h):
 *   struct ipc_ops      hot: one attempt to move bytes
 *   struct ipc_wait     hot: what to do when it is not possible now
 *   struct ipc_variant  cold: how the channel is made
 */
#ifndef BENCH_IPC_H
#define BENCH_IPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bench/base/file_name.h"
#include "bench/base/option.h"
#include "bench/machine/apart.h"
#include "bench/machine/memory.h"
#include "bench/machine/names.h"
#include "bench/record/cell.h"

#define IPC_MSG_MAX MSG_MAX_B

enum ipc_dir { IPC_IN, IPC_OUT };

/*
 * One side's own view of a ring (bench/measure/ring.h). It lies in the side's struct ipc_end, and
 * not behind a pointer, so that a loop that works on a copy of that has all of it in registers.
 */
struct ring_head;
struct ring_reader;
struct ring_slot;

/* One side's view of one direction. */
struct ring_view {
	struct ring_head *head;
	struct ring_slot *slot; /* of the next message, known before it comes; not of ring_many.h */
	uint8_t *slots;		/* first slot */
	size_t stride;		/* bytes from slot to slot */
	uint64_t mask;		/* slots - 1 */
	uint64_t next;		/* number of the next message */
	uint64_t taken_seen; /* producer: last known head->taken, or of ring_all.h the smallest */
	uint64_t *before;    /* the first word of each slot's last message; NULL: ring_by_line() */
	struct ring_reader *readers; /* ring_all.h: producer: of all consumers; consumer: its own */
	unsigned n_readers;	     /* likewise */
	int items_fd;		     /* eventfd of head->items */
	int space_fd;		     /* eventfd of head->space */
};

struct ring_side {
	struct ring_view view[2]; /* [enum ipc_dir] */
	void *base;		  /* mapping */
	size_t size;		  /* bytes */
	uint64_t spins;		  /* spin-then-block: turns of the present wait */
	uint64_t spin_end_ns;	  /* spin-then-block: when it gives up; 0 = not waiting */
	bool mapped;		  /* base is this side's own mapping */
};

enum ipc_flags {
	IPC_FLOOR = 1u << 0, /* no peer, no payload: send does nothing, recv makes one call */
	IPC_SPINS = 1u << 1, /* (wait modes) never sleeps: needs a PU of its own */
	IPC_COUNTS_SLEEP = 1u << 2, /* (wait modes) counts in ipc_end.slept the waits that slept */
	IPC_NOTIFY = 1u << 3,	    /* moves a word that something happened and no payload */
	IPC_FAN_IN = 1u << 4,  /* several producers (side 0) may send to one receiver (side 1) */
	IPC_HUGETLB = 1u << 5, /* (memories) can come from reserved huge pages */
	IPC_TIMES_SETUP =
		1u << 6, /* allocates, opens, closes or sleeps in what is timed, by nature */
	IPC_TWIN =
		1u << 8, /* like another but for a name or its memory: a sweep measures it once */
	IPC_HELPERS = 1u << 7, /* a thread of the kernel that spins works for each side (helper) */
	IPC_BY_PID = 1u << 9,  /* finds its peer by the number of its process */
	IPC_TO_ALL =
		1u << 10, /* several consumers (side 1) may each have every message of side 0 */
	IPC_WATCHES =
		1u << 11, /* (wait modes) spins on a word, whose line an instruction can watch */
	IPC_BY_NAME =
		1u << 12, /* attach of side 1 needs names or an address, and nothing inherited */
	IPC_BY_FORK = 1u << 13, /* (wait modes) needs descriptors that both sides inherit */
	IPC_WORKER = 1u << 14,	/* a thread of the kernel moves the messages, on whatever CPU */
};

/*
 * A notification is sent and received like a message of IPC_NOTIFY_B bytes of which the mechanism
 * moves none: send and recv return len. No sizes, no streams: round trips only. What a test asks
 * to be written and checked lies in memory beside it, so that a notification too many or too early
 * is seen.
 */
#define IPC_NOTIFY_B sizeof(uint64_t)

#define IPC_NO_CALLS 255u /* ipc_wait.calls: no system call at all */

struct ipc_variant;
struct socket_address;

/* What both sides have in common; filled by open before the fork, inherited by both sides. */
struct ipc_link {
	const struct ipc_variant *variant;
	size_t msg_size;    /* bytes */
	unsigned producers; /* ends of side 0, each attached by itself; 1 but for a fan-in */
	unsigned consumers; /* ends of side 1, likewise; 1 but for a fan-out */
	bool threads; /* the sides share one process: descriptors of the other must stay open */
	int fd[2][2]; /* [side][enum ipc_dir]; -1 = none */
	char name[2][NAME_SIZE];    /* names of objects, one per direction; empty = none */
	void *memory;		    /* mapped by open and inherited by both sides; NULL = none */
	int mem_node;		    /* node for memory both sides share; -1 = where it falls */
	enum memory_pages pages;    /* its pages */
	_Atomic unsigned *prepared; /* in memory both sides see: set once side 0 has prepared it */
	const struct apart *apart;  /* where the sides belong; NULL = where the opener is */
	/*
	 * Sides started by hand: where side 0, which alone opens, is to be found. AF_UNIX: by
	 * `name` alone. NULL = both sides are of one program.
	 */
	const struct socket_address *at;
	int socket_type; /* of `at`: SOCK_STREAM and so on, set by open; 0 = it has no socket */
	unsigned first;	 /* of side 0: its number among all sides */
	int helper[2]; /* PU of the kernel's thread for a side (IPC_HELPERS); -1 = where it falls */
	void *state;   /* the family's own, from its open to its close */
	uint64_t opt[BENCH_OPTIONS_MAX]; /* values of the variant's options; 0 = not given */
	char notes[BENCH_NOTES]; /* CSV column options: effective values, name=N joined by + */
	char why[BENCH_NOTES]; /* why open or attach failed and what helps; empty = errno says it */
};

/* One side of a link, private to it; initiator is side 0. */
struct ipc_end {
	struct ipc_link *link;
	struct ring_side ring; /* ring family: its view of the two rings */
	void *memory;	   /* ring family: mapped by the variant's attach; NULL = by the family */
	void *own;	   /* the mechanism's own, from its attach to its detach */
	int id[2];	   /* System V identifiers or other numbers of its own, [enum ipc_dir] */
	void *waiting;	   /* the wait mode's own: epoll descriptors, io_uring */
	size_t msg_size;   /* bytes */
	uint64_t *slept;   /* waits that gave up the PU, where the wait mode counts them */
	int fd[2];	   /* [enum ipc_dir]; -1 = none */
	unsigned side;	   /* 0 = initiator or producer, 1 = responder or receiver */
	unsigned producer; /* of side 0: its number, from 0; fan-in only */
	unsigned consumer; /* of side 1: likewise; fan-out only */
	bool one_by_one;   /* fan-out, side 0: a message leaves when all have the last */
};

/*
 * Message buffers begin on a page, and the IPC_HEADER bytes before them belong to the mechanism: a
 * header that the kernel wants before the text (msgop(2)) costs no copy.
 */
#define IPC_HEADER 16

/*
 * One attempt: bytes moved, or -errno. -EAGAIN means not now, 0 from recv means that the peer is
 * gone. Never loops. A mechanism that lends its own memory has reserve and commit instead of send,
 * peek and release instead of recv (either half by itself); NULL from reserve or peek means not
 * now. With reserve and send, what is lent is then sent: the kernel refers to it while it is under
 * way.
 */
struct ipc_ops {
	bool whole; /* datagrams: an attempt moves all of a message; less is an error, not a part */
	bool lossy; /* a message may be dropped, which is counted; recv of an empty one is 0 */
	/* These two spare the compiler loops that nobody can run. */
	bool trips_only; /* all variants are IPC_NOTIFY: no stream */
	bool one_sender; /* no variant is IPC_FAN_IN */
	bool rings; /* works on end->ring and keeps nothing of it elsewhere: see ipc_local_end() */
	/*
	 * A timer (IPC_FLOOR): to be woken at `due_ns` of CLOCK_MONOTONIC; recv then returns len
	 * when that time has come. 0 or -errno. What is measured is how late that is.
	 */
	int (*arm)(struct ipc_end *end, uint64_t due_ns);
	ssize_t (*send)(struct ipc_end *end, const void *buf, size_t len);
	ssize_t (*recv)(struct ipc_end *end, void *buf, size_t len);
	void *(*reserve)(struct ipc_end *end);
	void (*commit)(struct ipc_end *end);
	const void *(*peek)(struct ipc_end *end);
	void (*release)(struct ipc_end *end);
	uint64_t (*taken)(
		struct ipc_end *end); /* fan-out: messages that every receiver has released */
};

/*
 * How a side waits. Hot members are one step each: 0 or -errno; -EINTR is tried again. NULL =
 * nothing.
 */
struct ipc_wait {
	const char *name;		       /* CSV column wait */
	unsigned flags;			       /* enum ipc_flags */
	int (*setup)(struct ipc_end *end);     /* cold, after attach */
	void (*teardown)(struct ipc_end *end); /* cold; accepts what setup left half made */
	int (*before)(struct ipc_end *end, enum ipc_dir dir); /* ask before each attempt */
	int (*again)(struct ipc_end *end, enum ipc_dir dir);  /* after -EAGAIN */
	int (*moved)(struct ipc_end *end,
		     enum ipc_dir dir); /* a message went through: tell the peer */
	ssize_t (*move)(struct ipc_end *end, enum ipc_dir dir, /* instead of send and recv */
			void *buf, size_t len);
	const char *missing; /* why it is not in this build; NULL = it is */
	/*
	 * System calls of one message, its sender's and its receiver's together, when it moves in
	 * one piece (of an IPC_FLOOR: of one operation); IPC_NO_CALLS = none; 0 = it depends.
	 */
	unsigned calls;
};

struct ipc_run;

/* The timed loops of one pair of ops and wait mode; IPC_LOOPS() makes them. 0 or -errno. */
struct ipc_loops {
	int (*ping)(struct ipc_run *run, bool touched); /* initiator: closed loop of round trips */
	int (*paced)(struct ipc_run *run);		/* initiator: round trips on a schedule */
	int (*pong)(struct ipc_run *run, bool touched); /* responder of both */
	int (*stream)(struct ipc_run *run);  /* initiator: one way, acknowledged at the end */
	int (*sink)(struct ipc_run *run);    /* responder of it */
	int (*produce)(struct ipc_run *run); /* fan-in: one of several senders */
	int (*collect)(struct ipc_run *run); /* fan-in: their receiver */
	int (*publish)(struct ipc_run *run, bool paced); /* fan-out: the sender; NULL = cannot */
	int (*subscribe)(struct ipc_run *run);		 /* fan-out: one of several receivers */
};

struct ipc_mode {
	const struct ipc_wait *wait;
	const struct ipc_ops *ops;
	struct ipc_loops loops;
	const struct ipc_mode *paused; /* spins: the same with the pause asked for; else NULL */
};

/* Mechanisms that move bytes alike share their loops and set-up; the first mode is the default. */
struct ipc_family {
	int (*open)(struct ipc_link *link);			   /* after the variant's open */
	int (*attach)(struct ipc_link *link, struct ipc_end *end); /* after the variant's attach */
	void (*detach)(struct ipc_end *end);			   /* before this side ends */
	void (*close)(
		struct ipc_link *link); /* the opener's own descriptors; may be called twice */
	void *(*memory)(struct ipc_end *end,
			size_t *len); /* what both sides share; NULL = nothing */
	/* lossy: sends side 0 an empty message unless one is under way; driver, while both wait */
	void (*nudge)(struct ipc_link *link);
	const struct ipc_mode *modes;
	size_t n_modes;
};

/* One way to make the channel. All return 0 or -errno; NULL members do nothing. */
struct ipc_variant {
	const char *name;		 /* CSV column variant */
	const char *summary;		 /* one line for --list and docs/mechanisms.md */
	const struct ipc_family *family; /* NULL = the mechanism's */
	unsigned flags;			 /* enum ipc_flags */
	intptr_t arg;			 /* the variant's own: a socket type, a number of slots */
	int (*open)(struct ipc_link *link); /* before the fork: create */
	int (*attach)(struct ipc_link *link,
		      struct ipc_end *end);    /* each side, pinned: connect, open by name */
	void (*unlink)(struct ipc_link *link); /* both sides are attached: drop names */
	void (*close)(struct ipc_link *link);  /* both sides ended, or open failed half way */
	const char *waits;   /* wait modes of the family that it can, blanks between; NULL = all */
	unsigned more_calls; /* system calls per message beside those of the wait mode */
	size_t (*max_msg)(void);	    /* bytes; NULL = IPC_MSG_MAX */
	const struct bench_option *options; /* its own, ended by NULL; NULL = none */
	const char *raise_max;		    /* how to take a larger message; NULL = cannot */
};

struct ipc_mechanism {
	const char *name; /* file = mechanism = executable = CSV value */
	const struct ipc_family *family;
	const struct ipc_variant *variants;
	size_t n_variants;
	const char *missing;	    /* why it is not in this build; NULL = it is */
	struct ipc_mechanism *next; /* the registry's */
};

/* Adds `m` to the registry; called before main by IPC_MECHANISM. */
void ipc_register(struct ipc_mechanism *m);

/* First registered mechanism by name; the others follow in `next`, sorted. */
const struct ipc_mechanism *ipc_mechanisms(void);

/* Counts a wait that slept. Its owner alone writes the count, while the session may look at it. */
static inline void ipc_count_sleep(struct ipc_end *end)
{
	__atomic_store_n(end->slept, *end->slept + 1, __ATOMIC_RELAXED);
}

/* The family of a variant. */
static inline const struct ipc_family *ipc_family_of(const struct ipc_mechanism *m,
						     const struct ipc_variant *v)
{
	return v->family ? v->family : m->family;
}

/* Whether `v` can wait in mode `w`. */
bool ipc_can_wait(const struct ipc_variant *v, const struct ipc_wait *w);

/* The `nth` wait mode that `v` can, from 0, the default; NULL when there are no more. */
const struct ipc_mode *ipc_mode_of(const struct ipc_mechanism *m, const struct ipc_variant *v,
				   size_t nth);

/* Cold: waits until `*word` is not 0, and returns it; what came before that is seen. */
unsigned ipc_await(_Atomic unsigned *word);

/*
 * open of what queues real-time signals: 0, or -errno with `why`, since without a queue each is
 * lost.
 */
int ipc_check_signals(struct ipc_link *link);

/* An attach whose order matters: side 1 waits until side 0 has said that it is prepared. */
void ipc_await_prepared(struct ipc_link *link);
void ipc_set_prepared(struct ipc_link *link);

/* Notes an effective value in the row: `name`=`value`. */
void ipc_note(struct ipc_link *link, const char *name, uint64_t value);
void ipc_note_word(struct ipc_link *link, const char *name, const char *word);

/* Largest message of `v` in bytes; what is larger is refused, never cut. */
size_t ipc_max_msg(const struct ipc_variant *v);

/* Registers ipc/<id>.c: its family and its variants (an array named <id>_variants). */
#define IPC_MECHANISM(id, fam)                                                  \
	static struct ipc_mechanism id##_mechanism = {                          \
		.name = #id,                                                    \
		.family = (fam),                                                \
		.variants = id##_variants,                                      \
		.n_variants = sizeof(id##_variants) / sizeof(id##_variants[0]), \
	};                                                                      \
	__attribute__((constructor)) static void register_##id(void)            \
	{                                                                       \
		ipc_register(&id##_mechanism);                                  \
	}                                                                       \
	NAMED_AS_ITS_FILE(id);                                                  \
	_Static_assert(sizeof(id##_variants) > 0, "a mechanism has a variant")

/*
 * Bytes of shared memory that the ring family needs for `link`, in whole pages of its kind: what a
 * variant's open must create. It touches none of them: the first touch, by a pinned side, decides
 * where they lie.
 */
size_t ring_bytes(const struct ipc_link *link);

/* Gives the file `fd` that size, as long as its file system has room. 0 or -errno. */
int ring_size_file(struct ipc_link *link, int fd);

extern const struct ipc_family fd_family;	  /* read and write on descriptors */
extern const struct ipc_family fd_message_family; /* the same, a message whole or not at all */
extern const struct ipc_family fd_lossy_family;	  /* datagrams that may be dropped */
extern const struct ipc_family ring_family;	  /* ring in shared memory, payload copied */
extern const struct ipc_family ring_many_family;  /* a ring that takes several producers */
extern const struct ipc_family
	ring_all_family; /* a ring that gives each of several consumers all */
extern const struct ipc_family ring_inplace_family; /* the same, payload written where it lies */

#endif
