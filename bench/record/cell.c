/* SPDX-License-Identifier: MIT */
/* The table of parameters, and a configuration as columns of a row. */
#include "bench/record/cell_table.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/base/hash_index.h"

const struct parameter_line cell_table[PARAMETERS] = {
#define PARAMETER(column_, option_, kind_, least_, most_, usual_, use_, has_, shown_, value_, \
		  say_, help_)                                                                \
	[PARAMETER_##column_] = {.info = {.option = option_,                                  \
					  .value = value_,                                    \
					  .say = say_,                                        \
					  .help = help_,                                      \
					  .column = COL_##column_,                            \
					  .use = use_,                                        \
					  .has = has_},                                       \
				 .kind = KIND_##kind_,                                        \
				 .least = least_,                                             \
				 .most = most_,                                               \
				 .usual = usual_,                                             \
				 .shown = shown_,                                             \
				 .at = offsetof(struct cell, column_)},
#include "bench/record/cell.def"
#undef PARAMETER
};

_Static_assert(PARAMETERS <= 64, "a bit for each in struct cell");

const struct parameter_info *parameter_info(enum parameter p)
{
	return &cell_table[p].info;
}

const char *parameter_word(enum parameter p, unsigned nth)
{
	static char words[PARAMETERS][16][16];
	const char *at = cell_table[p].info.value;

	for (unsigned i = 0; *at; i++) {
		size_t len = strcspn(at, "|");

		if (i == nth) {
			/* the same text for the same word, whoever writes it */
			snprintf(words[p][nth], sizeof(words[p][nth]), "%.*s", (int)len, at);
			return words[p][nth];
		}
		at += len + (at[len] == '|');
	}
	return NULL;
}

int row_choice(const struct row *row, enum parameter p)
{
	const char *text = row_get_text(row, cell_table[p].info.column);
	const char *at = cell_table[p].info.value;

	for (int i = 0; *text && *at; i++) {
		size_t len = strcspn(at, "|");

		if (strlen(text) == len && !memcmp(text, at, len))
			return i;
		at += len + (at[len] == '|');
	}
	return -1;
}

bool row_is_ipc(const struct row *row)
{
	return !strcmp(row_get_text(row, COL_group), "ipc");
}

bool row_has_pattern(const struct row *row, enum ipc_pattern pattern)
{
	return row_choice(row, PARAMETER_pattern) == (int)pattern;
}

bool row_has_experiment(const struct row *row, enum sync_experiment experiment)
{
	return row_choice(row, PARAMETER_experiment) == (int)experiment;
}

bool row_is_round_trip(const struct row *row)
{
	return row_use(row) & (USE_PING_PONG | USE_HANDOFF);
}

unsigned row_use(const struct row *row)
{
	int pattern = row_choice(row, PARAMETER_pattern);
	int experiment = row_choice(row, PARAMETER_experiment);

	return pattern >= 0	 ? USE_PATTERN(pattern)
	       : experiment >= 0 ? USE_EXPERIMENT(experiment)
				 : 0;
}

enum wait row_wait(const struct row *row)
{
	static const char *const names[] = {
		[WAIT_EMPTY] = "",	[WAIT_NONE] = "none",
		[WAIT_BLOCK] = "block", [WAIT_FUTEX] = "futex",
		[WAIT_SPIN] = "spin",	[WAIT_SPIN_THEN_BLOCK] = "spin-then-block",
		[WAIT_YIELD] = "yield",
	};
	int found = name_find(names, WAIT_OTHER, row_get_text(row, COL_wait));

	return found < 0 ? WAIT_OTHER : (enum wait)found;
}

/*
 * Whether such a waiter spins: by its mode, or because it seldom slept, as poll() on sockets does
 * under net.core.busy_read. A share moves no spinner to those that sleep: spin-then-block uses its
 * CPU before each sleep, however often it sleeps. `slept_share`: NaN = unknown.
 */
static bool spins(enum wait wait, double slept_share)
{
	return wait == WAIT_SPIN || wait == WAIT_SPIN_THEN_BLOCK || wait == WAIT_YIELD ||
	       (wait != WAIT_NONE && slept_share < SLEEPS_SHARE);
}

bool row_spins(const struct row *row)
{
	return spins(row_wait(row), row_get_decimal(row, COL_slept_share));
}

bool row_asks_to_spin(const struct row *row)
{
	return spins(row_wait(row), NAN);
}

bool row_waits_otherwise(const struct row *row)
{
	return row_is_set(row, COL_slept_share) && row_is_set(row, COL_slept_share_new) &&
	       row_spins(row) != spins(row_wait(row), row_get_decimal(row, COL_slept_share_new));
}

bool row_is_floor(const struct row *row)
{
	return row_wait(row) == WAIT_NONE || !strcmp(row_get_text(row, COL_mechanism), "null");
}

bool row_is_empty_call(const struct row *row)
{
	return !strcmp(row_get_text(row, COL_mechanism), "syscall");
}

bool row_is_bare_futex(const struct row *row)
{
	return !strcmp(row_get_text(row, COL_mechanism), "futex") && !row_spins(row) &&
	       !strcmp(row_get_text(row, COL_variant), row_is_ipc(row) ? "pair" : "wait_wake");
}

bool row_keeps_awake(const struct row *row)
{
	return !strcmp(row_get_text(row, COL_load), "same") &&
	       !strcmp(row_get_text(row, COL_load_sched), "idle");
}

enum relation row_relation(const struct row *row)
{
	enum relation found = RELATION_COUNT;

	relation_parse(row_get_text(row, COL_placement), &found);
	return found;
}

uint64_t cell_number(const struct cell *cell, const struct parameter_line *p)
{
	const void *at = (const char *)cell + p->at;

	switch (p->kind) {
	case KIND_BYTES:
		return *(const size_t *)at;
	case KIND_TIME:
		return *(const uint64_t *)at;
	default:
		return *(const unsigned *)at;
	}
}

/* Patterns and experiments that the cell may be of. */
static unsigned use_of(const struct cell *cell)
{
	return cell->group == GROUP_IPC ? USE_PATTERN(cell->pattern)
					: USE_EXPERIMENT(cell->experiment);
}

/* Whether `p` is a parameter of the cell's pattern or experiment, and of its variant. */
static bool cell_has(const struct cell *cell, enum parameter p)
{
	const struct parameter_info *info = &cell_table[p].info;

	if (!(info->use & use_of(cell)) || (info->has & ~cell->has))
		return false;
	switch (p) {
	case PARAMETER_think_ns: /* on a schedule nobody thinks */
		return cell->experiment != SYNC_QUEUE || !cell->every_ns;
	case PARAMETER_fill:
		return cell->think_ns && !cell->every_ns;
	case PARAMETER_stride_b:
		return cell->threads > 1;
	default:
		return true;
	}
}

struct scheduling cell_scheduling(const struct cell *cell)
{
	struct scheduling s = cell->sched;

	s.slice_ns = scheduling_has_slice(&s) ? cell->slice_ns : 0;
	return s;
}

/* Where it was asked to run, and where it does. */
static void place_to_row(const struct cell *cell, const struct seats *seats, struct row *row)
{
	bool relation = cell_given(cell, PARAMETER_placement);

	if (relation && cell->placement == PLACEMENT_FREE)
		row_set_text(row, COL_placement, "free");
	else if (relation)
		row_set_text(row, COL_placement, relation_name(cell->placement));
	else if (seats && seats->related)
		row_set_text(row, COL_placement, relation_name(seats->pair.relation));
	if (seats ? seats->by_order : cell_given(cell, PARAMETER_order))
		row_set_text(row, COL_order, order_name(seats ? seats->order : cell->order));
	if (!seats) {
		row_set_list(row, COL_cpus, cell->cpus, cell->n_cpus);
		return;
	}
	if (seats->free)
		return;
	row_set_list(row, COL_cpus, seats->pu, seats->n);
	if (!seats->related)
		return;
	row_set_text(row, COL_core_kinds, seats->pair.core_kinds);
	if (seats->pair.numa_distance >= 0)
		row_set_u64(row, COL_numa_distance, (uint64_t)seats->pair.numa_distance);
	if (seats->pair.isolated)
		row_add_item(row, COL_flags, "isolated");
}

static void own_to_row(const struct cell *cell, struct row *row)
{
	for (unsigned i = 0; i < cell->n_options; i++)
		row_add_item(row, COL_options, cell->options[i]);
}

static void number_to_row(const struct cell *cell, const struct parameter_line *p, struct row *row)
{
	uint64_t n = cell_number(cell, p);

	if (n < (p->shown == FROM_1 ? 1u : p->shown == FROM_2 ? 2u : 0u))
		return;
	if (p->kind == KIND_CHOICE)
		row_set_text(row, p->info.column,
			     parameter_word((enum parameter)(p - cell_table), (unsigned)n));
	else
		row_set_u64(row, p->info.column, n);
}

void cell_to_row(const struct cell *cell, const struct seats *seats, struct row *row)
{
	static const char *const mem[] = {"first", "second", "remote"};
	char text[32];

	row_set_text(row, COL_group, cell->group == GROUP_IPC ? "ipc" : "sync");
	row_set_text(row, COL_mechanism, cell->mechanism);
	row_set_text(row, COL_variant, cell->variant);
	row_set_text(row, COL_wait, cell->wait);
	for (unsigned i = 0; i < PARAMETERS; i++)
		if (cell_has(cell, i) && cell_table[i].kind <= KIND_CHOICE &&
		    cell_table[i].shown != GIVEN)
			number_to_row(cell, &cell_table[i], row);
	place_to_row(cell, seats, row);
	own_to_row(cell, row);
	scheduling_name(&cell->sched, text);
	row_set_text(row, COL_sched, text);
	scheduling_name(&cell->load_sched, text);
	if (strcmp(text, "other") != 0)
		row_set_text(row, COL_load_sched, text);
	apart_name(&cell->apart, text);
	if (cell->apart.kind)
		row_set_text(row, COL_apart, text);
	if (!cell_has(cell, PARAMETER_mem_asked))
		return;
	if (cell->mem_asked == MEM_NODE)
		row_set_format(row, COL_mem_asked, "node:%u", cell->mem_node);
	else
		row_set_text(row, COL_mem_asked, mem[cell->mem_asked]);
}

/*
 * More than two CPUs that nothing but their list says: else a relation or an order was asked for.
 */
static bool names_cpus(const struct row *row)
{
	const char *plus = strchr(row_get_text(row, COL_cpus), '+');

	return plus && strchr(plus + 1, '+') && !row_is_set(row, COL_placement) &&
	       !row_is_set(row, COL_order);
}

bool cell_is_identity(const struct row *row, enum column column)
{
	if (column == COL_group || column == COL_mechanism || column == COL_variant)
		return true;
	if (column == COL_cpus)
		return names_cpus(row);
	for (unsigned i = 0; i < PARAMETERS; i++)
		if (cell_table[i].info.column == column)
			return true;
	return false;
}

static bool same_value(const struct row *a, const struct row *b, enum column column)
{
	if (schema_column(column)->type == COLUMN_TEXT)
		return !strcmp(row_get_text(a, column), row_get_text(b, column));
	return row_is_set(a, column) == row_is_set(b, column) &&
	       row_get_u64(a, column, 0) == row_get_u64(b, column, 0);
}

bool cell_same(const struct row *a, const struct row *b)
{
	static const enum column names[] = {COL_mechanism, COL_variant, COL_group};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!same_value(a, b, names[i]))
			return false;
	for (unsigned i = 0; i < PARAMETERS; i++) {
		enum column c = cell_table[i].info.column;

		if (c == COL_cpus && !names_cpus(a) && !names_cpus(b))
			continue;
		if (!same_value(a, b, c))
			return false;
	}
	return true;
}

/* Names of files in histograms/ hold this hash: it stays as it is. */
static uint64_t hash_value(uint64_t hash, const struct row *row, enum column column)
{
	char text[32];

	if (schema_column(column)->type == COLUMN_TEXT)
		return hash_text(hash, row_get_text(row, column));
	snprintf(text, sizeof(text), "%" PRIu64,
		 row_is_set(row, column) ? row_get_u64(row, column, 0) + 1 : 0);
	return hash_text(hash, text);
}

uint64_t cell_hash(uint64_t hash, const struct row *row)
{
	hash = hash_value(hash, row, COL_group);
	hash = hash_value(hash, row, COL_mechanism);
	hash = hash_value(hash, row, COL_variant);
	for (unsigned i = 0; i < PARAMETERS; i++)
		if (cell_table[i].info.column != COL_cpus || names_cpus(row))
			hash = hash_value(hash, row, cell_table[i].info.column);
	return hash;
}

static int compare_value(const struct row *a, const struct row *b, enum column column)
{
	uint64_t x, y;

	if (schema_column(column)->type == COLUMN_TEXT)
		return strcmp(row_get_text(a, column), row_get_text(b, column));
	x = row_get_u64(a, column, 0);
	y = row_get_u64(b, column, 0);
	return x < y ? -1 : x > y;
}

int cell_compare(const struct row *a, const struct row *b)
{
	static const enum column names[] = {COL_group, COL_mechanism, COL_variant};
	int order = 0;

	for (size_t i = 0; !order && i < sizeof(names) / sizeof(names[0]); i++)
		order = compare_value(a, b, names[i]);
	for (unsigned i = 0; !order && i < PARAMETERS; i++)
		order = compare_value(a, b, cell_table[i].info.column);
	return order;
}

void cell_copy(struct row *to, const struct row *from, enum column column)
{
	if (schema_column(column)->type == COLUMN_TEXT)
		row_set_text(to, column, row_get_text(from, column));
	else if (row_is_set(from, column))
		row_set_u64(to, column, row_get_u64(from, column, 0));
}

void cell_take(struct row *row, const struct row *from, enum parameter p)
{
	row_unset(row, cell_table[p].info.column);
	cell_copy(row, from, cell_table[p].info.column);
}

void cell_identity(const struct row *from, struct row *to)
{
	cell_copy(to, from, COL_group);
	cell_copy(to, from, COL_mechanism);
	cell_copy(to, from, COL_variant);
	for (unsigned i = 0; i < PARAMETERS; i++)
		if (cell_table[i].info.column != COL_cpus || names_cpus(from))
			cell_copy(to, from, cell_table[i].info.column);
}
