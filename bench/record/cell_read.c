/* SPDX-License-Identifier: MIT */
/* The options of cell.def as people give them, and as a planned row gives them on. */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "bench/record/cell_table.h"

static void set_number(struct cell *cell, const struct parameter_line *p, uint64_t value)
{
	void *at = (char *)cell + p->at;

	switch (p->kind) {
	case KIND_BYTES:
		*(size_t *)at = value;
		break;
	case KIND_TIME:
		*(uint64_t *)at = value;
		break;
	default:
		*(unsigned *)at = (unsigned)value;
	}
}

void cell_init(struct cell *cell, enum group group)
{
	*cell = (struct cell){.group = group};
	for (unsigned i = 0; i < PARAMETERS; i++)
		if (cell_table[i].kind <= KIND_CHOICE)
			set_number(cell, &cell_table[i], cell_table[i].usual);
	if (group == GROUP_IPC)
		cell->endpoints = ENDPOINTS_PROCESS;
}

static int read_choice(enum parameter p, const char *text, uint64_t *ret, char *want)
{
	const char *names[16];
	unsigned n = 0, i = 0;
	int err;

	while (n < 16 && (names[n] = parameter_word(p, n)))
		n++;
	err = option_choice(text, names, n, &i, want);
	*ret = i;
	return err;
}

static int read_bytes(const struct parameter_line *p, const char *text, uint64_t *ret, char *want)
{
	if (p->least == 0 && !strcmp(text, "0")) {
		*ret = 0;
		return 0;
	}
	return option_size(text, p->most, ret, want);
}

static int read_placement(struct cell *cell, const char *text, char *want)
{
	enum relation relation;
	size_t used;

	if (!strcmp(text, "free")) {
		cell->placement = PLACEMENT_FREE;
		return 0;
	}
	if (!relation_parse(text, &relation)) {
		cell->placement = relation;
		return 0;
	}
	used = (size_t)snprintf(want, OPTION_WANT, "one of free");
	for (enum relation r = 0; r < RELATION_COUNT; r++)
		used += (size_t)snprintf(want + used, OPTION_WANT - used, " %s", relation_name(r));
	return -EINVAL;
}

static int read_mem(struct cell *cell, const char *text, char *want)
{
	static const char *const names[] = {"first", "second", "remote"};
	uint64_t node;

	if (!strncmp(text, "node:", 5)) {
		cell->mem_asked = MEM_NODE;
		if (option_number(text + 5, 0, 4095, &node, want))
			return -EINVAL;
		cell->mem_node = (unsigned)node;
		return 0;
	}
	if (!option_choice(text, names, 3, &cell->mem_asked, want))
		return 0;
	snprintf(want, OPTION_WANT, "one of first second remote node:N");
	return -EINVAL;
}

/* "fifo:50", and as a row has it "batch+nice:5". */
static int read_sched(const char *text, struct scheduling *ret, char *want)
{
	static const struct {
		const char *name;
		int policy;
	} classes[] = {{"other", SCHED_OTHER},
		       {"batch", SCHED_BATCH},
		       {"idle", SCHED_IDLE},
		       {"fifo", SCHED_FIFO},
		       {"rr", SCHED_RR}};
	const size_t n = sizeof(classes) / sizeof(classes[0]);
	char name[32], *nice, *colon;
	struct scheduling s = {.nice = ret->nice};
	uint64_t priority = 0;
	size_t i = 0;

	snprintf(name, sizeof(name), "%s", text);
	nice = strstr(name, "+nice:");
	if (nice) {
		*nice = '\0';
		if (sched_read_nice(nice + 6, &s.nice, want))
			return -EINVAL;
	}
	colon = strchr(name, ':');
	if (colon)
		*colon++ = '\0';
	while (i < n && strcmp(name, classes[i].name) != 0)
		i++;
	s.policy = i < n ? classes[i].policy : -1;
	if (i == n || scheduling_is_realtime(&s) != (colon != NULL) ||
	    (colon && option_number(colon, 1, 99, &priority, want))) {
		snprintf(want, OPTION_WANT, "one of other batch idle fifo:P rr:P; P from 1 to 99");
		return -EINVAL;
	}
	s.priority = (int)priority;
	*ret = s;
	return 0;
}

static int read_apart(const char *text, struct apart_way *ret, char *want)
{
	int err = apart_parse(text, ret);

	if (err)
		snprintf(want, OPTION_WANT,
			 "one of none cgroup cgroup:N net:veth net:bridge ipc pid user seccomp; N "
			 "from 1 to %d",
			 APART_DEPTH_MAX);
	return err;
}

int sched_read_nice(const char *text, int *nice, char *want)
{
	bool negative = *text == '-';
	uint64_t n;

	if (option_number(text + negative, 0, negative ? 20 : 19, &n, want)) {
		snprintf(want, OPTION_WANT, "a whole number from -20 to 19");
		return -EINVAL;
	}
	*nice = negative ? -(int)n : (int)n;
	return 0;
}

/*
 * By name, so that another order is no other configuration. Of two values of one name the last
 * counts, as of every option.
 */
static int read_own(struct cell *cell, const char *text, char *want)
{
	size_t name = strcspn(text, "=") + 1; /* with its = */
	unsigned n = cell->n_options, i = 0;
	bool known;

	while (i < n && strncmp(cell->options[i], text, name) < 0)
		i++;
	known = i < n && !strncmp(cell->options[i], text, name);
	snprintf(want, OPTION_WANT, "name=N, %d at most; --list shows the names",
		 BENCH_OPTIONS_MAX);
	if (!strchr(text, '=') || (!known && n == BENCH_OPTIONS_MAX))
		return -EINVAL;
	if (!known) {
		memmove(cell->options + i + 1, cell->options + i,
			(n - i) * sizeof(cell->options[0]));
		cell->n_options++;
	}
	cell->options[i] = text;
	return 0;
}

/* What a bound cannot say. 0 or -EINVAL with `want`. */
static int check_value(enum parameter p, uint64_t value, char *want)
{
	if (p == PARAMETER_capacity && value & (value - 1)) {
		snprintf(want, OPTION_WANT, "a power of two from 2 to %u", CAPACITY_MAX);
		return -EINVAL;
	}
	if (p == PARAMETER_stride_b && value % sizeof(uint64_t)) {
		snprintf(want, OPTION_WANT, "bytes; a multiple of 8 from 0 to %u", STRIDE_MAX_B);
		return -EINVAL;
	}
	if (p == PARAMETER_middle_ns && value > MIDDLE_MAX_NS) {
		snprintf(want, OPTION_WANT,
			 "a time up to 400ms: more would stop others on its CPU");
		return -EINVAL;
	}
	if (p == PARAMETER_every_ns && !value) {
		snprintf(want, OPTION_WANT, "a time above 0");
		return -EINVAL;
	}
	return 0;
}

static int read_value(const struct parameter_line *p, enum parameter nth, struct cell *cell,
		      const char *text, char *want)
{
	uint64_t value = 0;
	int err;

	switch (p->kind) {
	case KIND_NUMBER:
		err = option_number(text, p->least, p->most, &value, want);
		break;
	case KIND_BYTES:
		err = read_bytes(p, text, &value, want);
		break;
	case KIND_TIME:
		err = option_time(text, &value, want);
		break;
	case KIND_CHOICE:
		err = read_choice(nth, text, &value, want);
		break;
	case KIND_WAIT:
		cell->wait = text;
		return 0;
	case KIND_PLACEMENT:
		return read_placement(cell, text, want);
	case KIND_CPUS:
		return option_ranges(text, cell->cpus, SEATS_MAX, &cell->n_cpus, want);
	case KIND_MEM:
		return read_mem(cell, text, want);
	case KIND_SCHED:
		return read_sched(text, (struct scheduling *)((char *)cell + p->at), want);
	case KIND_APART:
		return read_apart(text, (struct apart_way *)((char *)cell + p->at), want);
	default:
		return read_own(cell, text, want);
	}
	if (!err)
		err = check_value(nth, value, want);
	if (!err)
		set_number(cell, p, value);
	return err;
}

int cell_read(struct cell *cell, enum parameter p, const char *text, char *want)
{
	int err = read_value(&cell_table[p], p, cell, text, want);

	if (err)
		return err;
	cell->given |= UINT64_C(1) << p;
	/*
	 * what is meant where no pattern is named: one has consumers, and one of pairs a schedule
	 */
	if ((p == PARAMETER_consumers || p == PARAMETER_every_ns) && cell->group == GROUP_IPC &&
	    !cell_given(cell, PARAMETER_pattern))
		cell->pattern = cell_given(cell, PARAMETER_consumers) ? IPC_FAN_OUT : IPC_PACED;
	return 0;
}

/* An option of the mechanism's own for each item of the list. */
static unsigned own_options(const char *list, char (*text)[CELL_OPTION_B])
{
	unsigned n = 0;

	for (; *list && n < BENCH_OPTIONS_MAX; list += *list == '+') {
		size_t len = strcspn(list, "+");

		snprintf(text[n++], CELL_OPTION_B, "--opt=%.*s", (int)len, list);
		list += len;
	}
	return n;
}

unsigned cell_options(const struct row *row, enum parameter p, char (*text)[CELL_OPTION_B])
{
	const struct parameter_line *line = &cell_table[p];
	enum column column = line->info.column;

	if (!row_is_set(row, column))
		return 0;
	if (line->kind == KIND_OWN)
		return own_options(row_get_text(row, column), text);
	if (line->kind <= KIND_TIME) {
		snprintf(text[0], CELL_OPTION_B, "--%s=%" PRIu64 "%s", line->info.option,
			 row_get_u64(row, column, 0), line->kind == KIND_TIME ? "ns" : "");
		return 1;
	}
	snprintf(text[0], CELL_OPTION_B, "--%s=%s", line->info.option, row_get_text(row, column));
	if (line->kind == KIND_CPUS)
		for (char *plus = text[0]; (plus = strchr(plus, '+'));)
			*plus = ',';
	return 1;
}

/* What keeps the pattern or experiment that was asked for from having a parameter that was. */
static const char *not_of_its_kind(const struct cell *cell, char *line)
{
	bool ipc = cell->group == GROUP_IPC;
	enum parameter kind = ipc ? PARAMETER_pattern : PARAMETER_experiment;
	unsigned first = ipc ? 0 : IPC_PATTERNS;
	unsigned mine = ipc || cell_given(cell, kind)
				? 1u << (first + (ipc ? cell->pattern : cell->experiment))
				: cell->can;
	const char *word;

	for (unsigned i = 0; i < PARAMETERS; i++) {
		unsigned use = cell_table[i].info.use;
		size_t used;

		if (!cell_given(cell, i) || use & mine)
			continue;
		used = (size_t)snprintf(line, 256,
					"--%s goes with --%s=", cell_table[i].info.option,
					cell_table[kind].info.option);
		for (unsigned k = 0, n = 0; (word = parameter_word(kind, k)); k++)
			if (use & 1u << (first + k))
				used += (size_t)snprintf(line + used, 256 - used, "%s%s",
							 n++ ? " or " : "", word);
		return line;
	}
	return NULL;
}

/* Whether `p` was asked for, and more than its usual value. */
static bool is_asked(const struct cell *cell, enum parameter p)
{
	const struct parameter_line *line = &cell_table[p];

	return cell_given(cell, p) &&
	       (line->kind >= KIND_CHOICE || cell_number(cell, line) != line->usual);
}

const char *cell_conflict(const struct cell *cell, char *line)
{
	static const struct {
		enum parameter a, b;
		const char *why;
	} excludes[] = {
#define PARAMETER(...)
#define EXCLUDES(a, b, why) {PARAMETER_##a, PARAMETER_##b, why},
#include "bench/record/cell.def"
#undef PARAMETER
	};

	for (size_t i = 0; i < sizeof(excludes) / sizeof(excludes[0]); i++)
		if (is_asked(cell, excludes[i].a) && is_asked(cell, excludes[i].b))
			return excludes[i].why;
	if (cell->slice_ns && !scheduling_has_slice(&cell->sched))
		return "--slice is of the classes other and batch: leave it or --sched out";
	return not_of_its_kind(cell, line);
}
