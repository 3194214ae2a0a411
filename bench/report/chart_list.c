/* SPDX-License-Identifier: MIT */
#include "bench/report/chart_list.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

static bool is(const struct row *row, enum column column, const char *text)
{
	return !strcmp(row_get_text(row, column), text);
}

static uint64_t threads(const struct row *row)
{
	return row_get_u64(row, COL_threads, 1);
}

static bool only_several(const struct row *row)
{
	return threads(row) > 1;
}

static bool only_one(const struct row *row)
{
	return threads(row) == 1;
}

/* Two threads on words, or one. */
static bool only_words(const struct row *row)
{
	return threads(row) == 1 || (threads(row) == 2 && row_is_set(row, COL_stride_b));
}

static bool only_one_word(const struct row *row)
{
	return threads(row) > 1 && row_is_set(row, COL_stride_b) &&
	       !row_get_u64(row, COL_stride_b, 1);
}

static bool only_apart(const struct row *row)
{
	return !row_is_set(row, COL_stride_b);
}

static bool only_switch(const struct row *row)
{
	return is(row, COL_mechanism, "context_switch") && row_own_size(row) > 0;
}

static bool only_process(const struct row *row)
{
	return is(row, COL_mechanism, "process") && row_own_size(row) > 0;
}

static bool only_crowd(const struct row *row)
{
	return row_get_u64(row, COL_producers, 0) * 2 == threads(row) &&
	       row_get_u64(row, COL_capacity, 0) == 1024;
}

/*
 * The ring in all its wait modes, and what is woken by the kernel through one object and one word.
 */
static bool only_cost(const struct row *row)
{
	return is(row, COL_variant, "ring")
		       ? is(row, COL_mechanism, "posix_shm")
		       : is(row, COL_variant, "pair") && (is(row, COL_mechanism, "pipe") ||
							  is(row, COL_mechanism, "futex"));
}

/* clang-format off */
const struct chart chart_list[] = {
#include "bench/report/chart_list.def"
};
/* clang-format on */
const size_t chart_list_n = sizeof(chart_list) / sizeof(chart_list[0]);

void chart_list_print(FILE *out)
{
	fputs("name,section,title\n", out);
	for (size_t i = 0; i < chart_list_n; i++)
		fprintf(out, "%s,%s,\"%s\"\n", chart_list[i].name, chart_list[i].section,
			chart_list[i].title);
}

/*
 * Families by the names of their mechanisms; one that no pattern knows is among the others. Hues
 * are Okabe and Ito's, which the colour-blind tell apart: no two families of ipc/ have the same,
 * nor two of the families of sync/ that stand in one chart.
 */
static const struct family {
	const char *name;
	unsigned hue;
	const char *patterns[6];
} families[FAMILY_COUNT] = {
	{"mutexes", 0, {"mutex*", "futex_mutex*"}},
	{"reader-writer locks", 1, {"rwlock*", "rcu*", "seqlock*"}},
	{"semaphores", 2, {"sem_*"}},
	{"spin locks", 3, {"spin*"}},
	{"file locks", 4, {"file_lock*"}},
	{"condition variables, barriers", 5, {"condvar*", "barrier*"}},
	{"shared memory", 3, {"*_shm", "*_vm", "memfd*", "mmap_*"}},
	{"pipes", 0, {"pipe*", "fifo*"}},
	{"local sockets", 1, {"unix_*"}},
	{"network", 5, {"tcp*", "udp*", "vsock*"}},
	{"message queues", 4, {"posix_mq", "sysv_msg"}},
	{"queues", 2, {"queue*"}},
	{"atomics", 4, {"atomic*", "fence*"}},
	{"others", 6, {NULL}},
	{"floor", 7, {"null", "syscall", "yield"}},
};

#define FAMILY_OTHERS 13

unsigned family_of(const struct row *row)
{
	const char *name = row_get_text(row, COL_mechanism);

	for (unsigned f = 0; f < FAMILY_COUNT; f++)
		for (const char *const *p = families[f].patterns; *p; p++)
			if (!fnmatch(*p, name, 0))
				return f;
	return FAMILY_OTHERS;
}

const char *family_name(unsigned family)
{
	return families[family].name;
}

unsigned family_colour(unsigned family, enum depth depth)
{
	static const unsigned hues[][3] = {
		{0x0072b2, 0x00507d, 0x4aa3d9}, {0x009e73, 0x00664a, 0x4cc29f},
		{0x56b4e9, 0x1f6f9e, 0x8accf0}, {0xd55e00, 0x9c4400, 0xf0925a},
		{0xcc79a7, 0x8f4370, 0xe3abc8}, {0xe69f00, 0x8a5f00, 0xf2c14e},
		{0x444444, 0x222222, 0x777777}, {0xa0a0a0, 0x707070, 0xc0c0c0},
	};

	return hues[families[family].hue][depth];
}

/* gnuplot's symbols, of about one size to the eye. */
static const struct place {
	const char *name;
	int symbol;
	double size;
} places[PLACE_COUNT] = {
	[RELATION_SAME_PU] = {"same CPU", 7, 0.55},
	[RELATION_SMT] = {"same core", 5, 0.5},
	[RELATION_SAME_L2] = {"same L2", 11, 0.7},
	[RELATION_SAME_L3] = {"same L3", 13, 0.75},
	[RELATION_SAME_NODE] = {"same node", 9, 0.7},
	[RELATION_SAME_PACKAGE] = {"same package", 15, 0.65},
	[RELATION_OTHER_PACKAGE] = {"other package", 3, 0.6},
	[RELATION_OTHER_NODE] = {"other node", 2, 0.55},
	[PLACEMENT_FREE] = {"free", 1, 0.6},
	[PLACE_ALONE] = {"alone", 7, 0.55},
	{"one line", 5, 0.5},
	{"a line each", 11, 0.7},
	{"one word", 13, 0.75},
	[PLACE_NONE] = {"", 7, 0.55},
};

unsigned place_of(const struct row *row)
{
	enum relation relation = row_relation(row);

	if (relation != RELATION_COUNT)
		return relation;
	return row_is_set(row, COL_placement) ? PLACEMENT_FREE : PLACE_NONE;
}

unsigned place_of_words(const struct row *row)
{
	uint64_t apart_b = row_get_u64(row, COL_stride_b, 0);

	if (threads(row) == 1)
		return PLACE_ALONE;
	return PLACE_ALONE + (!apart_b ? 3 : apart_b < 64 ? 1 : 2);
}

/* Names with kinds of cores; "" = the usual one. */
static char names[PLACE_COUNT][64];

void place_name_kinds(const struct row *row)
{
	const char *kinds = row_get_text(row, COL_core_kinds), *plus = strchr(kinds, '+');
	unsigned place = place_of(row);
	bool alike = plus && strlen(plus + 1) == (size_t)(plus - kinds) &&
		     !strncmp(kinds, plus + 1, (size_t)(plus - kinds));

	if (*kinds)
		snprintf(names[place], sizeof(names[place]), "%s, %.*s", places[place].name,
			 alike ? (int)(plus - kinds) : 32, kinds);
}

const char *place_name(unsigned place)
{
	return *names[place] ? names[place] : places[place].name;
}

int place_symbol(unsigned place)
{
	return places[place].symbol;
}

/* As place_symbol(), without the filling. */
int place_hollow(unsigned place)
{
	static const int symbols[PLACE_COUNT] = {6, 4, 10, 12, 8, 14, 3, 2, 1, 6, 4, 10, 12, 6};

	return symbols[place];
}

double place_size(unsigned place)
{
	return places[place].size;
}

unsigned profile_colour(size_t profile)
{
	static const unsigned colours[] = {0x000000, 0x0072b2, 0xd55e00,
					   0x009e73, 0xcc79a7, 0xe69f00};

	return colours[profile % 6];
}

int profile_symbol(size_t profile)
{
	static const int symbols[] = {7, 5, 9, 11, 13, 15};

	return symbols[profile % 6];
}
