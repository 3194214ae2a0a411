/* SPDX-License-Identifier: MIT */
#include "bench/analyse/breakdown.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/grow.h"
#include "bench/base/text.h"
#include "bench/record/cell.h"

/* Calls of a round trip by bare futex: one wakes and one sleeps, there and back. */
#define FUTEX_CALLS 4

/* How often a part has a source. */
enum times {
	ONCE = 1,
	LESS_ONCE = -1,
	OWN_CALLS = 2,	      /* the calls of the round trip */
	LESS_FUTEX_CALLS = 3, /* minus those of the bare futex */
};

#define ONE_CPU 1u
#define TWO_CPUS 2u

/*
 * The parts: which rows each comes from. Of two lines for one part the first counts whose rows are
 * there. Where the number of a mechanism's calls is not known, those of the futex stay in the
 * wake-up: they are the least that a hand-over takes.
 */
static const struct line {
	enum part part;
	unsigned where;
	struct {
		enum source source;
		enum times times;
	} term[2];
	unsigned n;
} lines[] = {
	{PART_CALLS, ONE_CPU | TWO_CPUS, {{SOURCE_CALL, OWN_CALLS}}, 1},
	{PART_SWITCH,
	 ONE_CPU | TWO_CPUS,
	 {{SOURCE_ONE_CPU, ONCE}, {SOURCE_CALL, LESS_FUTEX_CALLS}},
	 2},
	{PART_WAKE, TWO_CPUS, {{SOURCE_AWAKE, ONCE}, {SOURCE_ONE_CPU, LESS_ONCE}}, 2},
	{PART_WAKE, TWO_CPUS, {{SOURCE_FUTEX, ONCE}, {SOURCE_ONE_CPU, LESS_ONCE}}, 2},
	{PART_IDLE, TWO_CPUS, {{SOURCE_FUTEX, ONCE}, {SOURCE_AWAKE, LESS_ONCE}}, 2},
	{PART_COPY, ONE_CPU | TWO_CPUS, {{SOURCE_TRIP, ONCE}, {SOURCE_SMALLER, LESS_ONCE}}, 2},
	{PART_RESTED, TWO_CPUS, {{SOURCE_RESTED, ONCE}, {SOURCE_TRIP, LESS_ONCE}}, 2},
	{PART_RESTED, TWO_CPUS, {{SOURCE_FUTEX_RESTED, ONCE}, {SOURCE_FUTEX, LESS_ONCE}}, 2},
	{PART_AWAKE, TWO_CPUS, {{SOURCE_FUTEX, ONCE}, {SOURCE_ONE_CPU, LESS_ONCE}}, 2},
};

#define N_LINES (sizeof(lines) / sizeof(lines[0]))

const char *breakdown_part_name(enum part part)
{
	static const char *const names[PART_COUNT] = {"calls", "switch", "wake",   "idle",
						      "copy",  "rest",	 "rested", "awake"};

	return names[part];
}

static bool same(const struct row *a, const struct row *b, enum column column)
{
	return !strcmp(row_get_text(a, column), row_get_text(b, column));
}

/* Whether both are of one state of the machine, and one way of running the sides. */
static bool same_state(const struct row *a, const struct row *b)
{
	return same(a, b, COL_run_id) && same(a, b, COL_arm) && same(a, b, COL_sched) &&
	       same(a, b, COL_apart) &&
	       row_get_u64(a, COL_slice_ns, 0) == row_get_u64(b, COL_slice_ns, 0);
}

/* Likewise, and of one kind of sides. */
static bool same_sides(const struct row *a, const struct row *b)
{
	return same_state(a, b) && same(a, b, COL_group) && same(a, b, COL_endpoints);
}

/* Likewise, and between the same CPUs. */
static bool same_place(const struct row *a, const struct row *b)
{
	return same_sides(a, b) && same(a, b, COL_placement);
}

static bool same_mechanism(const struct row *a, const struct row *b)
{
	return same(a, b, COL_mechanism) && same(a, b, COL_variant) && same(a, b, COL_wait) &&
	       same(a, b, COL_mem_asked) && same(a, b, COL_pages) && same(a, b, COL_touch) &&
	       !row_is_set(b, COL_options) && !row_is_set(b, COL_load);
}

/* Between two rounds, or since the last send. */
static uint64_t pause_ns(const struct row *row)
{
	return row_get_u64(row, row_has_pattern(row, IPC_PACED) ? COL_every_ns : COL_gap_ns, 0);
}

static bool is_median(const struct row *row, const char *metric)
{
	return row_is_ok(row) && !strcmp(row_get_text(row, COL_metric), metric) &&
	       row_get_decimal(row, COL_median) > 0;
}

/* A round trip as fast as two sides can that sleep whenever they wait. */
static bool is_tight(const struct row *row)
{
	return is_median(row, "op_p50_ns") && row_is_round_trip(row) && !row_spins(row) &&
	       !row_is_floor(row) && row_relation(row) != RELATION_COUNT && !pause_ns(row) &&
	       row_get_u64(row, COL_pairs, 1) <= 1 && !row_is_set(row, COL_options);
}

/* The same after a pause long enough for a core to sleep; the initiator's own stays awake. */
static bool is_rested(const struct row *row)
{
	return pause_ns(row) >= BREAKDOWN_PAUSE_NS &&
	       !row_list_has(row_get_text(row, COL_flags), "late") &&
	       (is_median(row, "resp_p50_ns") || is_median(row, "op_p50_ns")) &&
	       row_use(row) & (USE_PING_PONG | USE_PACED) &&
	       row_choice(row, PARAMETER_initiator) != INITIATOR_SLEEP &&
	       row_get_u64(row, COL_pairs, 1) <= 1 && !row_is_set(row, COL_load);
}

/*
 * Whether `row` is `source` of `trip`. What few rows are is asked first: every trip asks it of
 * every row.
 */
static bool is_source(const struct row *trip, enum source source, const struct row *row)
{
	bool loaded = row_is_set(row, COL_load);

	switch (source) {
	case SOURCE_TRIP:
		return row == trip;
	case SOURCE_CALL:
		return row_is_empty_call(row) && is_median(row, "op_p50_ns") && !loaded &&
		       same_state(trip, row);
	case SOURCE_FUTEX:
		return row_is_bare_futex(row) && is_tight(row) && !loaded && same_place(trip, row);
	case SOURCE_ONE_CPU:
		return row_is_bare_futex(row) && is_tight(row) && !loaded &&
		       same_sides(trip, row) && row_relation(row) == RELATION_SAME_PU;
	case SOURCE_AWAKE:
		return row_is_bare_futex(row) && is_tight(row) && row_keeps_awake(row) &&
		       same_place(trip, row);
	case SOURCE_SMALLER:
		return row_get_u64(row, COL_msg_size_b, 0) < row_get_u64(trip, COL_msg_size_b, 0) &&
		       same_mechanism(trip, row) && same_place(trip, row) && is_tight(row);
	case SOURCE_RESTED:
		return row_get_u64(row, COL_msg_size_b, 0) ==
			       row_get_u64(trip, COL_msg_size_b, 0) &&
		       same_mechanism(trip, row) && same_place(trip, row) && is_rested(row);
	default:
		return row_is_bare_futex(row) && same_place(trip, row) && is_rested(row);
	}
}

/* Of two rows that can be a source the one with the smaller message, the shorter pause. */
static bool is_nearer(const struct row *a, const struct row *b)
{
	uint64_t of_a = row_get_u64(a, COL_msg_size_b, 0), of_b = row_get_u64(b, COL_msg_size_b, 0);

	return of_a != of_b ? of_a < of_b : pause_ns(a) < pause_ns(b);
}

double breakdown_calls(const struct breakdown *b)
{
	const struct row *trip = b->source[SOURCE_TRIP];

	return row_is_bare_futex(trip) ? FUTEX_CALLS : row_get_decimal(trip, COL_syscalls_per_op);
}

/* What a source counts for that stands `times` in a line; NaN: not known. */
static double count(const struct breakdown *b, enum times times)
{
	double calls = b->source[SOURCE_CALL] ? breakdown_calls(b) : NAN;

	switch (times) {
	case OWN_CALLS:
		return calls;
	case LESS_FUTEX_CALLS:
		return isnan(calls) ? 0 : -FUTEX_CALLS;
	default:
		return times;
	}
}

/*
 * Adds up the sources of a part. One row may be two sources, as of the bare futex itself: what it
 * adds to one and takes from the other cancels, with its error.
 */
static void add_up(struct breakdown *b, enum part part)
{
	double weight[SOURCE_COUNT] = {0}, below = 0, above = 0, ns = 0;

	for (enum source s = 0; s < SOURCE_COUNT; s++) {
		enum source first = 0;

		while (b->source[first] != b->source[s])
			first++;
		weight[first] += b->part[part].times[s];
	}
	for (enum source s = 0; s < SOURCE_COUNT; s++) {
		const struct row *row = b->source[s];
		double median, down, up;

		if (weight[s] == 0)
			continue;
		median = row_get_decimal(row, COL_median);
		down = weight[s] * (median - row_get_decimal(row, COL_ci_lo));
		up = weight[s] * (row_get_decimal(row, COL_ci_hi) - median);
		ns += weight[s] * median;
		below += weight[s] > 0 ? down * down : up * up;
		above += weight[s] > 0 ? up * up : down * down;
	}
	b->part[part].ns = ns;
	b->part[part].ci = (struct interval){ns - sqrt(below), ns + sqrt(above)};
}

/* Fills in the part of `line`, where all of its rows are there. */
static void take_line(struct breakdown *b, const struct line *line)
{
	double times[SOURCE_COUNT] = {0};

	for (unsigned i = 0; i < line->n; i++) {
		double n = count(b, line->term[i].times);

		if (isnan(n) || (n != 0 && !b->source[line->term[i].source]))
			return;
		times[line->term[i].source] = n;
	}
	memcpy(b->part[line->part].times, times, sizeof(times));
	add_up(b, line->part);
}

/* The whole minus the parts that are measured. */
static void take_rest(struct breakdown *b)
{
	double *rest = b->part[PART_REST].times;

	rest[SOURCE_TRIP] = 1;
	for (enum part p = 0; p < PART_REST; p++)
		for (enum source s = 0; s < SOURCE_COUNT; s++)
			rest[s] -= b->part[p].times[s];
	b->part[PART_REST].applies = true;
	add_up(b, PART_REST);
}

static void take_apart(struct breakdown *b)
{
	unsigned where =
		row_relation(b->source[SOURCE_TRIP]) == RELATION_SAME_PU ? ONE_CPU : TWO_CPUS;

	for (enum part p = 0; p < PART_COUNT; p++)
		b->part[p].ns = b->part[p].ci.lo = b->part[p].ci.hi = NAN;
	for (size_t i = 0; i < N_LINES; i++) {
		if (!(lines[i].where & where) ||
		    (lines[i].part == PART_COPY && !b->source[SOURCE_SMALLER]))
			continue;
		b->part[lines[i].part].applies = true;
		if (isnan(b->part[lines[i].part].ns))
			take_line(b, &lines[i]);
	}
	take_rest(b);
}

/* Whether the bare futex is there, and a part is known. */
static bool is_taken(const struct breakdown *b)
{
	bool any = false;

	for (enum part p = 0; p < PART_REST; p++)
		any |= !isnan(b->part[p].ns);
	return any && b->source[SOURCE_FUTEX];
}

static void find_sources(const struct row *const *rows, size_t n, struct breakdown *b)
{
	const struct row *trip = b->source[SOURCE_TRIP];

	for (size_t i = 0; i < n; i++) {
		if (!same(trip, rows[i], COL_mechanism) && !row_is_bare_futex(rows[i]) &&
		    !row_is_empty_call(rows[i]))
			continue; /* no source: most rows end here */
		for (enum source s = SOURCE_CALL; s < SOURCE_COUNT; s++)
			if (is_source(trip, s, rows[i]) &&
			    (!b->source[s] || is_nearer(rows[i], b->source[s])))
				b->source[s] = rows[i];
	}
}

/*
 * A process that keeps a CPU awake is no control where the round trip is slower beside it: on some
 * guests its way off the CPU takes longer than the way out of idle.
 */
static void drop_failed_control(struct breakdown *b)
{
	const struct row *awake = b->source[SOURCE_AWAKE], *futex = b->source[SOURCE_FUTEX];

	b->awake_failed = awake && futex &&
			  row_get_decimal(awake, COL_ci_lo) > row_get_decimal(futex, COL_ci_hi);
	if (b->awake_failed)
		b->source[SOURCE_AWAKE] = NULL;
}

/* Marks those that nothing of their mechanism is faster than. */
static void mark_fastest(struct breakdown *all, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct row *a = all[i].source[SOURCE_TRIP];

		all[i].fastest = true;
		for (size_t k = 0; k < n && all[i].fastest; k++) {
			const struct row *b = all[k].source[SOURCE_TRIP];
			double of_a = row_get_decimal(a, COL_median);
			double of_b = row_get_decimal(b, COL_median);

			if (same_place(a, b) && same(a, b, COL_mechanism) &&
			    row_get_u64(a, COL_msg_size_b, 0) == row_get_u64(b, COL_msg_size_b, 0))
				all[i].fastest = of_a < of_b || (of_a == of_b && i <= k);
		}
	}
}

/* Rows that may be trips or sources: few of a summary are. Their number. */
static size_t choose_rows(const struct row *rows, size_t n, const struct row **ret)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (is_tight(&rows[i]) || row_is_empty_call(&rows[i]) ||
		    pause_ns(&rows[i]) >= BREAKDOWN_PAUSE_NS)
			ret[kept++] = &rows[i];
	return kept;
}

int breakdown_find(const struct row *rows, size_t n, struct breakdown **ret, size_t *n_ret)
{
	const struct row **some = calloc(n + 1, sizeof(void *));
	size_t n_some = some ? choose_rows(rows, n, some) : 0, room = 0;
	int err = some ? 0 : -ENOMEM;

	*ret = NULL;
	*n_ret = 0;
	for (size_t i = 0; !err && i < n_some; i++) {
		struct breakdown b = {.source = {some[i]}};

		if (!is_tight(some[i]) || row_is_set(some[i], COL_load))
			continue;
		find_sources(some, n_some, &b);
		drop_failed_control(&b);
		take_apart(&b);
		if (!is_taken(&b))
			continue;
		err = array_grow(ret, *n_ret, &room, sizeof(**ret));
		if (!err)
			(*ret)[(*n_ret)++] = b;
	}
	mark_fastest(*ret, *n_ret);
	free(some);
	return err;
}

/*
 * The sum as people read it, first what adds to it: "ipc/futex:pair block same-pu - 4 x
 * ipc/syscall:getppid".
 */
static void say_sum(const struct breakdown *b, enum part part, char *text, size_t size)
{
	*text = '\0';
	for (unsigned k = 0; k < 2 * SOURCE_COUNT; k++) {
		enum source s = k % SOURCE_COUNT;
		bool less = k >= SOURCE_COUNT;
		double n = less ? -b->part[part].times[s] : b->part[part].times[s];
		char name[CELL_NAME_B];

		if (n <= 0)
			continue;
		cell_name(NULL, b->source[s], name, sizeof(name));
		text_add(text, size, "%s%s", *text ? " " : "", less ? "- " : *text ? "+ " : "");
		if (n != 1)
			text_add(text, size, "%g x ", n);
		text_add(text, size, "%s", name);
	}
}

bool breakdown_row(const struct breakdown *b, enum part part, struct row *ret)
{
	const struct row *trip = b->source[SOURCE_TRIP];
	char sum[SOURCE_COUNT * (CELL_NAME_B + 16)];

	if (!b->part[part].applies)
		return false;
	row_clear(ret);
	cell_copy(ret, trip, COL_run_id);
	cell_copy(ret, trip, COL_arm);
	cell_copy(ret, trip, COL_flags);
	cell_identity(trip, ret);
	row_set_decimal(ret, COL_syscalls_per_op, breakdown_calls(b));
	row_set_text(ret, COL_part, breakdown_part_name(part));
	row_set_decimal(ret, COL_trip_ns, row_get_decimal(trip, COL_median));
	row_set_decimal(ret, COL_part_ns, b->part[part].ns);
	row_set_decimal(ret, COL_part_lo_ns, b->part[part].ci.lo);
	row_set_decimal(ret, COL_part_hi_ns, b->part[part].ci.hi);
	say_sum(b, part, sum, sizeof(sum));
	row_set_text(ret, COL_part_sum, sum);
	return true;
}
