/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/*
 * The table of parameters, line by line: what an option asks for is what its row says and asks for
 * again; two values are two configurations with two names; what does not go together is refused.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "bench/record/cell_table.h"
#include "tests/tap.h"

static const char *const columns[] = {
#define PARAMETER(column, ...) #column,
#include "bench/record/cell.def"
#undef PARAMETER
};

/* A cell of the first pattern or experiment that has `p`, of a variant that has everything. */
static void begin(struct cell *cell, enum parameter p)
{
	unsigned use = cell_table[p].info.use;

	cell_init(cell, use & USE_IPC ? GROUP_IPC : GROUP_SYNC);
	cell->mechanism = "made";
	cell->variant = "up";
	cell->has = ~0u;
	cell->can = USE_ALL;
	cell->threads = 2;
	while (cell->group == GROUP_IPC && !(use >> cell->pattern & 1))
		cell->pattern++;
	while (cell->group == GROUP_SYNC && !(use >> (IPC_PATTERNS + cell->experiment) & 1))
		cell->experiment++;
}

/* The `nth` of two values of `p` as people give them; neither is the usual one. */
static const char *value(enum parameter p, unsigned nth)
{
	static char text[2][32];
	static const char *const of_kind[][2] = {
		[KIND_WAIT] = {"block", "spin"},	  [KIND_PLACEMENT] = {"smt", "free"},
		[KIND_CPUS] = {"1-3", "1,2,4"},		  [KIND_MEM] = {"second", "node:7"},
		[KIND_SCHED] = {"fifo:50", "rr:50"},	  [KIND_OWN] = {"size=4096", "size=8192"},
		[KIND_APART] = {"cgroup:2", "net:bridge"}};
	const struct parameter_line *line = &cell_table[p];

	switch (line->kind) {
	case KIND_NUMBER:
	case KIND_BYTES: /* powers of two, so that every line of the table takes them */
		snprintf(text[nth], sizeof(text[nth]), "%u", 32u << nth);
		return text[nth];
	case KIND_TIME:
		return nth ? "7us" : "1.5ms";
	case KIND_CHOICE:
		return parameter_word(p, line->usual		? nth * 2
					 : parameter_word(p, 2) ? 1 + nth
								: nth);
	default:
		return of_kind[line->kind][nth];
	}
}

/* A row that was asked for with the `nth` value of `p`. */
static void ask(struct row *row, enum parameter p, unsigned nth)
{
	struct cell cell;
	char want[OPTION_WANT];

	begin(&cell, p);
	ok(!cell_read(&cell, p, value(p, nth), want), "--%s=%s is taken", cell_table[p].info.option,
	   value(p, nth));
	row_clear(row);
	cell_to_row(&cell, NULL, row);
}

/* The row of a cell that was asked for with the options that `from` makes. */
static void ask_again(const struct row *from, struct row *row, enum parameter of)
{
	static char text[BENCH_OPTIONS_MAX][CELL_OPTION_B];
	/* values are kept by the cell */
	static char kept[PARAMETERS][BENCH_OPTIONS_MAX][64];
	struct cell cell;
	char want[OPTION_WANT];

	begin(&cell, of);
	for (enum parameter p = 0; p < PARAMETERS; p++) {
		unsigned n = cell_options(from, p, text);

		for (unsigned i = 0; i < n; i++) {
			snprintf(kept[p][i], sizeof(kept[p][i]), "%s", strchr(text[i], '=') + 1);
			if (cell_read(&cell, p, kept[p][i], want))
				ok(false, "%s is not taken: %s", text[i], want);
		}
	}
	row_clear(row);
	cell_to_row(&cell, NULL, row);
}

static bool same_texts(const struct row *a, const struct row *b)
{
	for (enum parameter p = 0; p < PARAMETERS; p++) {
		enum column c = cell_table[p].info.column;
		bool text = schema_column(c)->type == COLUMN_TEXT;

		if (row_is_set(a, c) != row_is_set(b, c) ||
		    (text && strcmp(row_get_text(a, c), row_get_text(b, c)) != 0) ||
		    (!text && row_get_u64(a, c, 0) != row_get_u64(b, c, 0)))
			return false;
	}
	return true;
}

static void test_parameter(enum parameter p)
{
	static struct row one, two, again;
	static struct cell_names names;
	char name[2][CELL_NAME_B];

	ask(&one, p, 0);
	ask(&two, p, 1);
	ok(row_is_set(&one, cell_table[p].info.column), "%s: the row says it", columns[p]);
	ask_again(&one, &again, p);
	ok(cell_same(&one, &again) && same_texts(&one, &again), "%s: asked again it is the same",
	   columns[p]);
	ok(!cell_same(&one, &two), "%s: another value is another configuration", columns[p]);
	cell_name(NULL, &one, name[0], CELL_NAME_B);
	cell_name(NULL, &two, name[1], CELL_NAME_B);
	ok(strcmp(name[0], name[1]) != 0, "%s: alone, %s is not %s", columns[p], name[0], name[1]);
	memset(&names, 0, sizeof(names));
	cell_names_add(&names, &one);
	cell_names_add(&names, &two);
	cell_name(&names, &one, name[0], CELL_NAME_B);
	cell_name(&names, &two, name[1], CELL_NAME_B);
	ok(strcmp(name[0], name[1]) != 0, "%s: in a list, %s is not %s", columns[p], name[0],
	   name[1]);
	row_copy(&again, &one);
	row_set_text(&again, COL_effective, "sndbuf=1+pages=2");
	row_set_text(&again, COL_cpus_seen, "5+6");
	ok(cell_same(&one, &again), "%s: what came of it is no part of it", columns[p]);
}

/* CPUs are where a relation or an order was asked for; only alone are they a configuration. */
static void test_cpus(void)
{
	static const enum column says_where[] = {COL_placement, COL_order};
	static struct row one, two;
	char name[2][CELL_NAME_B];

	for (size_t i = 0; i < 2; i++) {
		ask(&one, PARAMETER_cpus, 0);
		ask(&two, PARAMETER_cpus, 1);
		row_set_text(&one, says_where[i], "some");
		row_set_text(&two, says_where[i], "some");
		cell_name(NULL, &one, name[0], CELL_NAME_B);
		cell_name(NULL, &two, name[1], CELL_NAME_B);
		ok(cell_same(&one, &two) && !strcmp(name[0], name[1]),
		   "with %s the CPUs are a fact: %s", schema_column(says_where[i])->name, name[0]);
	}
}

/* Own options: of two values of one name the last counts, and their order says nothing. */
static void test_own(void)
{
	static const char *const asked[][3] = {{"rcvbuf=8192", "sndbuf=4096", "sndbuf=8192"},
					       {"sndbuf=8192", "sndbuf=8192", "rcvbuf=8192"}};
	struct cell cell;
	char want[OPTION_WANT];
	static struct row row;

	for (size_t i = 0; i < 2; i++) {
		begin(&cell, PARAMETER_options);
		for (size_t k = 0; k < 3; k++)
			ok(!cell_read(&cell, PARAMETER_options, asked[i][k], want),
			   "--opt=%s is taken", asked[i][k]);
		row_clear(&row);
		cell_to_row(&cell, NULL, &row);
		ok(!strcmp(row_get_text(&row, COL_options), "rcvbuf=8192+sndbuf=8192"), "it is %s",
		   row_get_text(&row, COL_options));
	}
}

static void test_own_many(void)
{
	static const char *const asked[] = {"a=1", "b=2", "c=3", "d=4", "e=5"};
	struct cell cell;
	char want[OPTION_WANT];

	_Static_assert(sizeof(asked) / sizeof(asked[0]) == BENCH_OPTIONS_MAX + 1, "one too many");
	begin(&cell, PARAMETER_options);
	for (size_t i = 0; i < BENCH_OPTIONS_MAX; i++)
		ok(!cell_read(&cell, PARAMETER_options, asked[i], want), "--opt=%s has room",
		   asked[i]);
	ok(cell_read(&cell, PARAMETER_options, asked[BENCH_OPTIONS_MAX], want) == -EINVAL,
	   "one more has none");
}

static void test_skipped(void)
{
	static struct row row;

	ask(&row, PARAMETER_placement, 0);
	ok(!strcmp(row_get_text(&row, COL_placement), "smt") && !row_is_set(&row, COL_cpus),
	   "without such a place the row says the relation that was asked for, and no CPU");
}

/* What is the same in a whole list stands in none of its names. */
static void test_left_out(void)
{
	static struct row one, two;
	static struct cell_names names;
	char name[CELL_NAME_B];

	ask(&one, PARAMETER_pages, 0);
	ask(&two, PARAMETER_pages, 1);
	row_set_text(&one, COL_sched, "fifo:50");
	row_set_text(&two, COL_sched, "fifo:50");
	cell_name(NULL, &one, name, sizeof(name));
	ok(strstr(name, "class fifo:50") != NULL, "alone: %s", name);
	cell_names_add(&names, &one);
	cell_names_add(&names, &two);
	cell_name(&names, &one, name, sizeof(name));
	ok(!strstr(name, "class") && strstr(name, " pages") != NULL, "in a list: %s", name);
	row_set_text(&two, COL_sched, "rr:50");
	cell_names_add(&names, &two);
	cell_name(&names, &one, name, sizeof(name));
	ok(strstr(name, "class fifo:50") != NULL, "in a list where it varies: %s", name);
}

static void refuses(enum parameter a, enum parameter b, const char *why)
{
	struct cell cell;
	char want[OPTION_WANT], line[256];
	const char *said;

	begin(&cell, cell_table[a].info.use & cell_table[b].info.use ? a : b);
	cell_read(&cell, a, value(a, 0), want);
	cell_read(&cell, b, value(b, 0), want);
	said = cell_conflict(&cell, line);
	ok(said && !strcmp(said, why) && strstr(why, cell_table[a].info.option) &&
		   strstr(why, cell_table[b].info.option),
	   "refused, and both are named: %s", why);
}

static void test_excludes(void)
{
#define PARAMETER(...)
#define EXCLUDES(a, b, why) refuses(PARAMETER_##a, PARAMETER_##b, why);
#include "bench/record/cell.def"
#undef PARAMETER
}

/* Every pattern and experiment that does not have `p` refuses it by name. */
static void test_kinds(enum parameter p)
{
	unsigned use = cell_table[p].info.use, wrong = 0, tried = 0;
	char want[OPTION_WANT], line[256], expected[64];

	for (unsigned kind = 0; kind < IPC_PATTERNS + SYNC_EXPERIMENTS; kind++) {
		bool ipc = kind < IPC_PATTERNS;
		enum parameter of = ipc ? PARAMETER_pattern : PARAMETER_experiment;
		const char *said;
		struct cell cell;

		if (!(use & (ipc ? USE_IPC : USE_SYNC)) || p == of)
			continue;
		cell_init(&cell, ipc ? GROUP_IPC : GROUP_SYNC);
		cell_read(&cell, of, parameter_word(of, ipc ? kind : kind - IPC_PATTERNS), want);
		cell_read(&cell, p, value(p, 0), want);
		snprintf(expected, sizeof(expected),
			 "--%s goes with --%s=", cell_table[p].info.option,
			 cell_table[of].info.option);
		said = cell_conflict(&cell, line);
		wrong += use >> kind & 1 ? said != NULL
					 : !said || strncmp(said, expected, strlen(expected)) != 0;
		tried++;
	}
	ok(!wrong, "%s: taken by those of %u patterns or experiments that have it, and no others",
	   columns[p], tried);
}

/* The kernel gives a slice to classes other and batch alone. */
static void test_slice(void)
{
	static struct cell cell;
	char want[OPTION_WANT];

	cell_init(&cell, GROUP_IPC);
	ok(!cell_read(&cell, PARAMETER_slice_ns, "300us", want) &&
		   cell_scheduling(&cell).slice_ns == 300000,
	   "a slice is asked of the kernel");
	ok(!cell_read(&cell, PARAMETER_sched, "fifo:1", want) && !cell_scheduling(&cell).slice_ns,
	   "of a real-time class none is");
}

/*
 * Whether who waits in mode `wait` and slept in `share` of its waits counts among those that spin;
 * NAN: unknown.
 */
static bool counted_as_spinning(const char *wait, double share)
{
	static struct row row;

	row_clear(&row);
	row_set_text(&row, COL_wait, wait);
	row_set_decimal(&row, COL_slept_share, share);
	return row_spins(&row);
}

/*
 * On one CPU whoever is preempted by the side that it wakes sleeps in half of the waits, by no
 * choice of its own.
 */
static void test_spins(void)
{
	ok(!counted_as_spinning("poll", NAN) && counted_as_spinning("spin", NAN),
	   "without a share the wait mode says it");
	ok(counted_as_spinning("poll", 0.02) && counted_as_spinning("", 0),
	   "who did not sleep spins, whatever its mode");
	ok(!counted_as_spinning("block", 0.48) && !counted_as_spinning("block", 1),
	   "who slept in half of its waits sleeps");
	ok(counted_as_spinning("spin-then-block", 1),
	   "a side that spins first is a spinner, however often it slept");
	ok(!counted_as_spinning("none", 0), "who waits for nobody does neither");
}

int main(void)
{
	for (enum parameter p = 0; p < PARAMETERS; p++) {
		test_parameter(p);
		test_kinds(p);
	}
	test_cpus();
	test_own();
	test_own_many();
	test_skipped();
	test_left_out();
	test_excludes();
	test_slice();
	test_spins();
	return done_testing();
}
