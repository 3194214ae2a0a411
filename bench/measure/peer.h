/* SPDX-License-Identifier: MIT */
/*
 * Two sides of one measurement that were started by hand in two places: `handoff serve` and
 * `handoff run --peer`. What sides of one program find in shared memory, these ask over a control
 * connection: the initiator asks, the side that serves answers, one question at a time. Nothing is
 * asked in the timed part. Only times of one clock are compared: the initiator's.
 *
 * All that is sent has a fixed size and is in this machine's form: both are of one version and one
 * byte order, or part.
 */
#ifndef BENCH_MEASURE_PEER_H
#define BENCH_MEASURE_PEER_H

#include <poll.h>
#include <stdatomic.h>

#include "bench/base/address.h"
#include "bench/ipc.h"
#include "bench/machine/noise.h"
#include "bench/measure/crew.h"

#define PEER_ANSWER_S 10 /* an answer takes no longer, or the other side is taken for gone */

/* The first that each says. Its form never changes: by it versions are told apart. */
struct peer_hello {
	char magic[8];	/* PEER_MAGIC */
	uint32_t order; /* PEER_ORDER, as this machine stores it */
	uint32_t pu;	/* where the side will be */
	char version[64];
	char boot_id[40]; /* of the kernel; see column boot_id */
	char host[72];
};

#define PEER_MAGIC "handoff"
#define PEER_ORDER 0x01020304u

enum peer_word {
	PEER_CELL = 1, /* the initiator says what it wants; the other goes on to PEER_OPEN */
	PEER_OPEN,     /* unasked: the channel is open, by these names */
	PEER_ATTACH,   /* may I attach? */
	PEER_READY,    /* I have attached; the answer: so have I */
	PEER_LOOK,     /* asked twice: what your counters say between the two */
	PEER_LIMIT,    /* end after so many messages */
	PEER_DONE,     /* I have ended; the answer: so have I */
	PEER_FAIL,     /* instead of any of these, and the end */
};

/* What is to be measured: what the side that serves must know of it. */
struct peer_cell {
	char mechanism[64], variant[64], wait[32];
	uint64_t msg_size, touch, pages;
	int64_t mem_node; /* -1 = not asked for */
	uint64_t opt[BENCH_OPTIONS_MAX];
	uint64_t duration_ns, iterations, warm_ns; /* as in struct trial_size, for the watchdog */
};

struct peer_frame {
	uint32_t word; /* enum peer_word */
	int32_t err;   /* PEER_FAIL: -errno */
	union {
		char reason[CREW_REASON]; /* PEER_FAIL */
		struct peer_cell cell;
		struct {
			char name[2][NAME_SIZE];
			int32_t socket_type; /* see struct ipc_link */
			uint64_t took_ns;
		} open;
		char notes[BENCH_NOTES]; /* PEER_READY: effective values */
		struct {
			uint64_t slept; /* see struct ipc_end */
			struct noise noise;
		} look;
		uint64_t limit;
		struct { /* PEER_DONE: see struct crew_member */
			uint32_t cpu_seen, traced;
			struct scheduling sched;
		} done;
	};
};

/* What the driver of the side that serves looks at, and sets, for its member. */
struct peer_words {
	_Atomic unsigned *prepared; /* its memory is; NULL = there is none to prepare */
	_Atomic unsigned *attached; /* it has attached */
	_Atomic unsigned *ready;    /* set: so has the initiator */
	_Atomic uint64_t *limit;    /* set: it ends after so many messages */
	const uint64_t *slept;
	const char *notes;
};

struct peer {
	struct pollfd control;	      /* the connection; events: what its driver waits for */
	bool serves;		      /* this side does, and the other asks */
	bool same_kernel;	      /* both are on this machine */
	struct peer_hello own, hello; /* `hello` is the other's */
	struct socket_address at;     /* of the channel; see struct ipc_link */
	struct peer_words words;      /* serves: of its session */
	struct peer_frame asked;      /* serves: not answered yet; word 0 = nothing is */
	struct noise_snapshot look[2];
	unsigned looks;
};

/*
 * Names are then made, and found, beside the socket `a` where that is a path. Before names_begin().
 */
void peer_share_names(const struct socket_address *a);

/*
 * Meets the server at `a`, to be a side on `pu`; `text` is the address for people. 0; or -errno
 * with one clause in `reason` (CREW_REASON bytes). peer_close() in any case.
 */
int peer_connect(struct peer *p, const struct socket_address *a, const char *text, unsigned pu,
		 char *reason);

/* Meets the client connected to `fd`, to serve it. As above. */
int peer_accept(struct peer *p, int fd, unsigned pu, char *reason);

void peer_close(struct peer *p);

/* Sends one frame; 0 or -errno. */
int peer_send(struct peer *p, const struct peer_frame *f);

/*
 * Waits for one frame, which is to be `word`; 0, or -errno with `reason`: the other's where it has
 * failed.
 */
int peer_receive(struct peer *p, enum peer_word word, struct peer_frame *f, char *reason);

/* Sends `f` and waits for the answer, into `f`. As above. */
int peer_ask(struct peer *p, struct peer_frame *f, char *reason);

/*
 * A tick of a driver (see struct crew): ends the crew where the other side has gone; whether it
 * has.
 */
bool peer_gone(struct peer *p, struct crew *crew);

/* A tick of the driver that serves: answers what is asked, as soon as it is so. */
uint64_t peer_answer(struct peer *p, struct crew *crew, uint64_t now);

/*
 * This member has ended well: waits for the other. The side that serves gives `own`, what its
 * member leaves behind, and the initiator has it as `other`. 0 or -errno with `reason`.
 */
int peer_end(struct peer *p, const struct crew_member *own, struct crew_member *other,
	     char *reason);

/*
 * This side ends with `err` for `reason`, and says so. Returns `err`; where all it saw is that the
 * other has gone, what that one says, also in `reason`.
 */
int peer_part(struct peer *p, int err, char *reason);

#endif
