/* SPDX-License-Identifier: MIT */
/*
 * What a configuration is: the parameters of bench/record/cell.def, as they were asked for. What
 * the kernel or the machine made of them is no part of it.
 */
#ifndef BENCH_RECORD_CELL_H
#define BENCH_RECORD_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/base/option.h"
#include "bench/base/values.h"
#include "bench/machine/apart.h"
#include "bench/machine/placement.h"
#include "bench/machine/scheduling.h"
#include "bench/record/row.h"

#define MSG_MAX_B ((size_t)16 << 20) /* no message of this suite is larger */
#define LINES_MAX 64		     /* cache lines that a critical section can write */
#define CAPACITY_MAX (1u << 20)	     /* items */
#define STRIDE_MAX_B 65536u
#define MIDDLE_MAX_NS 400000000u /* RT throttling would cut a longer one (sched(7)) */

enum group { GROUP_IPC, GROUP_SYNC };

enum ipc_pattern { IPC_PING_PONG, IPC_PACED, IPC_STREAM, IPC_FAN_OUT, IPC_PATTERNS };

enum sync_experiment {
	SYNC_UNCONTENDED, /* one thread, lock in its own cache */
	SYNC_CONTENDED,	  /* n threads, one lock */
	SYNC_READERS,	  /* n threads, one lock; some turns only read */
	SYNC_HANDOFF,	  /* two roles wake each other in turn */
	SYNC_QUEUE,	  /* producers and consumers */
	SYNC_OP,	  /* single operations by n threads on one object */
	SYNC_BROADCAST,	  /* thread 0 wakes all others at once */
	SYNC_BARRIER,	  /* n threads meet at a barrier, round after round */
	SYNC_ORDER,	  /* waiters that came one by one: who is served first */
	SYNC_HERD,	  /* how many of them one event wakes */
	SYNC_INVERSION,	  /* a lock held by a thread of lower priority, beside one between */
	SYNC_EXPERIMENTS
};

enum endpoints { ENDPOINTS_THREAD, ENDPOINTS_PROCESS };
enum initiator { INITIATOR_AUTO, INITIATOR_SPIN, INITIATOR_SLEEP };
enum fill { FILL_EMPTY, FILL_FULL };
enum last { LAST_SAME, LAST_NICE, LAST_FIFO };
enum mem_place { MEM_FIRST, MEM_SECOND, MEM_REMOTE, MEM_NODE };
#define PLACEMENT_FREE RELATION_COUNT /* the scheduler chooses, on one node */

/* Patterns and experiments that have a parameter. */
#define USE_PATTERN(p) (1u << (p))
#define USE_EXPERIMENT(e) (1u << (IPC_PATTERNS + (e)))
#define USE_PING_PONG USE_PATTERN(IPC_PING_PONG)
#define USE_PACED USE_PATTERN(IPC_PACED)
#define USE_STREAM USE_PATTERN(IPC_STREAM)
#define USE_FAN_OUT USE_PATTERN(IPC_FAN_OUT)
#define USE_UNCONTENDED USE_EXPERIMENT(SYNC_UNCONTENDED)
#define USE_READERS USE_EXPERIMENT(SYNC_READERS)
#define USE_QUEUE USE_EXPERIMENT(SYNC_QUEUE)
#define USE_OP USE_EXPERIMENT(SYNC_OP)
#define USE_CONTENDED USE_EXPERIMENT(SYNC_CONTENDED)
#define USE_LOCKING (USE_CONTENDED | USE_READERS)
#define USE_HANDOFF USE_EXPERIMENT(SYNC_HANDOFF)
#define USE_BROADCAST USE_EXPERIMENT(SYNC_BROADCAST)
#define USE_BARRIER USE_EXPERIMENT(SYNC_BARRIER)
#define USE_ORDER USE_EXPERIMENT(SYNC_ORDER)
#define USE_HERD USE_EXPERIMENT(SYNC_HERD)
#define USE_INVERSION USE_EXPERIMENT(SYNC_INVERSION)
#define USE_IPC (USE_EXPERIMENT(0) - 1)
#define USE_SYNC (USE_EXPERIMENT(SYNC_EXPERIMENTS) - USE_EXPERIMENT(0))
#define USE_ALL (USE_IPC | USE_SYNC)

/* What a variant must have for some of them. */
#define HAS_PAYLOAD (1u << 0) /* messages have a size */
#define HAS_MEMORY (1u << 1)  /* its sides share memory of ours */
#define HAS_SIDES (1u << 2)   /* a lock with a side for readers */
#define HAS_PERMITS (1u << 3) /* a semaphore that counts */
#define HAS_WORD (1u << 4)    /* an operation on one word */

#define PARAMETER(column, ...) PARAMETER_##column,
enum parameter {
#include "bench/record/cell.def"
	PARAMETERS
};
#undef PARAMETER

#define FIELD_NUMBER(column) unsigned column;
#define FIELD_BYTES(column) size_t column;
#define FIELD_TIME(column) uint64_t column;
#define FIELD_CHOICE(column) unsigned column;
#define FIELD_WAIT(column) const char *column;	 /* NULL = the variant's default */
#define FIELD_PLACEMENT(column) unsigned column; /* enum relation, or PLACEMENT_FREE */
#define FIELD_CPUS(column)   \
	unsigned n_##column; \
	unsigned column[SEATS_MAX];
#define FIELD_MEM(column)                       \
	unsigned column;   /* enum mem_place */ \
	unsigned mem_node; /* of MEM_NODE */
#define FIELD_SCHED(column) struct scheduling column;
#define FIELD_APART(column) struct apart_way column;
#define FIELD_OWN(column)    \
	unsigned n_##column; \
	const char *column[BENCH_OPTIONS_MAX]; /* name=value */
#define PARAMETER(column, option, kind, ...) FIELD_##kind(column)

/* One configuration. Fields are the columns of cell.def. */
struct cell {
	enum group group;
	const char *mechanism, *variant; /* variant NULL = all */
	unsigned has;			 /* HAS_* of the variant */
	unsigned can;			 /* USE_* that the mechanism has */
	uint64_t given;			 /* bit 1 << enum parameter: asked for by name */
#include "bench/record/cell.def"
};
#undef PARAMETER

/* What the table says of a parameter. */
struct parameter_info {
	const char *option, *value, *say, *help;
	enum column column;
	unsigned use, has;
};

const struct parameter_info *parameter_info(enum parameter p);

/* Word `nth` of the words that `p`, a CHOICE, can be; NULL past the last one. */
const char *parameter_word(enum parameter p, unsigned nth);

/*
 * The place of the text of `column`, a CHOICE of cell.def, among its words; -1 when it is empty or
 * none of them.
 */
int row_choice(const struct row *row, enum parameter p);

/* The words of column wait that are asked about; how a mechanism waits is its own to name. */
enum wait {
	WAIT_EMPTY, /* the column says nothing: it may wait, but in no way of its own */
	WAIT_NONE,  /* it waits for nobody */
	WAIT_BLOCK,
	WAIT_FUTEX,
	WAIT_SPIN,
	WAIT_SPIN_THEN_BLOCK,
	WAIT_YIELD,
	WAIT_OTHER /* sleeps in another way */
};

enum wait row_wait(const struct row *row);

/*
 * A side that sleeps in fewer of its waits spins. On one CPU half of them sleep: the side that is
 * woken preempts the other, which finds the reply when it looks.
 */
#define SLEEPS_SHARE 0.25

/*
 * Whether the waiting side of this row spins: by its wait mode, or by column slept_share where that
 * is known.
 */
bool row_spins(const struct row *row);

/* By its wait mode alone: the same in every run, profile and machine. */
bool row_asks_to_spin(const struct row *row);

/* Whether a row of compare.csv spins in one of its arms only. */
bool row_waits_otherwise(const struct row *row);

/* Whether it is of the null mechanism of a room, or of what waits for nobody. */
bool row_is_floor(const struct row *row);

/* Whether it is of the shortest system call there is. */
bool row_is_empty_call(const struct row *row);

/*
 * Whether its sides sleep on a bare futex: the least that waking a sleeper takes, a room has one
 * each.
 */
bool row_is_bare_futex(const struct row *row);

/*
 * Whether a process of class idle keeps the CPUs of its sides awake, and makes way for them at
 * once.
 */
bool row_keeps_awake(const struct row *row);

/*
 * Where it was asked to run: how the two CPUs lie; RELATION_COUNT: no relation says it, or column
 * placement is free.
 */
enum relation row_relation(const struct row *row);

/* The bit of the row's pattern or experiment, USE_*; 0: it has neither. */
unsigned row_use(const struct row *row);

/* Whether the row is of IPC. */
bool row_is_ipc(const struct row *row);

/* Whether it is of that pattern, or that experiment. */
bool row_has_pattern(const struct row *row, enum ipc_pattern pattern);
bool row_has_experiment(const struct row *row, enum sync_experiment experiment);

/* Whether its times are round trips: ping-pong, or a hand-off. */
bool row_is_round_trip(const struct row *row);

/* The usual value of every parameter of `group`. */
void cell_init(struct cell *cell, enum group group);

/* Whether `p` was asked for by name. */
static inline bool cell_given(const struct cell *cell, enum parameter p)
{
	return cell->given >> p & 1;
}

/* How the sides are scheduled. */
struct scheduling cell_scheduling(const struct cell *cell);

/*
 * Reads `text`, the value of the option of `p`, into the cell. 0; or -EINVAL with what would be
 * right in `want` (OPTION_WANT bytes).
 */
int cell_read(struct cell *cell, enum parameter p, const char *text, char *want);

/* The line that says which options do not go together; NULL = all do. `line` has 256 bytes. */
const char *cell_conflict(const struct cell *cell, char *line);

/*
 * Writes the cell and where it runs into the columns of cell.def. `seats` may be NULL, when the
 * machine has no such place: then the row says what was asked.
 */
void cell_to_row(const struct cell *cell, const struct seats *seats, struct row *row);

/* A nice value from -20 to 19. 0 or -EINVAL with `want`. */
int sched_read_nice(const char *text, int *nice, char *want);

/* Puts the value of `column` of `from`, text or unsigned, into `to`; of nothing nothing. */
void cell_copy(struct row *to, const struct row *from, enum column column);

/* What `from` says of `p`, also nothing, into `row`. */
void cell_take(struct row *row, const struct row *from, enum parameter p);

/* Whether `column` of `row` tells its configuration from others. */
bool cell_is_identity(const struct row *row, enum column column);

/* Whether two rows are of one configuration. */
bool cell_same(const struct row *a, const struct row *b);

/* A hash of the configuration, after what gave `hash`: see bench/base/hash_index.h. */
uint64_t cell_hash(uint64_t hash, const struct row *row);

/* Below, above or 0, as strcmp(): an order of configurations by name, then by the table. */
int cell_compare(const struct row *a, const struct row *b);

/* Puts the columns that identify the configuration of `from` into `to`, which is cleared. */
void cell_identity(const struct row *from, struct row *to);

/* Whether the row has the usual value of `p`, which nobody need mention. */
bool cell_is_usual(const struct row *row, enum parameter p);

#define CELL_OPTION_B 8192 /* bytes of one option: --cpus of 1024 */

/*
 * The options that ask for what `row` says of `p`, such as "--msg-size=64", into `text`, which has
 * BENCH_OPTIONS_MAX places. Their number: 0 when the row says nothing, several of own options.
 */
unsigned cell_options(const struct row *row, enum parameter p, char (*text)[CELL_OPTION_B]);

/*
 * Names of configurations in one list: they leave out what is the same in the whole list,
 * and what is usual where the others have no such parameter.
 * Begin with all zero; add every row; then ask.
 */
struct cell_names {
	uint64_t varies; /* bit 1 << enum parameter: rows have different values */
	uint64_t lacks;	 /* likewise: some rows have none */
	bool any;
	struct row first;
};

void cell_names_add(struct cell_names *names, const struct row *row);

/*
 * The name of the row's configuration, as people read it: "ipc/pipe:pair block ping-pong same-l3
 * 64 B". `names` NULL: a name for itself, with everything but what is usual.
 */
void cell_name(const struct cell_names *names, const struct row *row, char *text, size_t size);

/*
 * The same without the parameters `said` (a set of CELL_SAID), which the text around the name says
 * already.
 */
void cell_name_beside(const struct cell_names *names, const struct row *row, uint64_t said,
		      char *text, size_t size);
#define CELL_SAID(column) (UINT64_C(1) << PARAMETER_##column)
#define CELL_SAID_ALL UINT64_MAX /* "ipc/pipe:pair" remains */

/*
 * What a name says of `p`, with a blank before it: " 4 threads". Its length; 0 = the row says
 * nothing.
 */
size_t cell_say(const struct row *row, enum parameter p, char *text, size_t size);

/*
 * The same in two parts: what tells the row from others of the list, and `common`, which all of
 * them have.
 */
void cell_name_apart(const struct cell_names *names, const struct row *row, char *text,
		     char *common, size_t size);

#define CELL_NAME_B 512 /* bytes that hold most names; longer ones are cut */

#endif
