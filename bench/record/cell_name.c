/* SPDX-License-Identifier: MIT */
/* How people read which configuration a line speaks of. */
#include <stdio.h>
#include <string.h>

#include "bench/record/cell_table.h"

/* In every name, also where the whole list has the same: without them a line says nothing. */
#define IN_EVERY_NAME                                                                          \
	(CELL_SAID(wait) | CELL_SAID(pattern) | CELL_SAID(experiment) | CELL_SAID(placement) | \
	 CELL_SAID(order) | CELL_SAID(msg_size_b) | CELL_SAID(threads) | CELL_SAID(every_ns))

/* The value of `p` as text; false when the row has none. */
static bool value_of(const struct row *row, const struct parameter_line *p, char *text, size_t size)
{
	enum column column = p->info.column;

	if (!row_is_set(row, column))
		return false;
	if (p->kind == KIND_TIME)
		value_print_time(row_get_u64(row, column, 0), text, size);
	else if (p->kind == KIND_BYTES)
		value_print_bytes(row_get_u64(row, column, 0), text, size);
	else if (p->kind == KIND_NUMBER)
		snprintf(text, size, "%llu", (unsigned long long)row_get_u64(row, column, 0));
	else
		snprintf(text, size, "%s", row_get_text(row, column));
	return true;
}

void cell_names_add(struct cell_names *names, const struct row *row)
{
	char one[256], other[256];

	if (!names->any) {
		row_clear(&names->first);
		cell_identity(row, &names->first);
		names->any = true;
		return;
	}
	for (unsigned i = 0; i < PARAMETERS; i++) {
		bool a = value_of(row, &cell_table[i], one, sizeof(one));
		bool b = value_of(&names->first, &cell_table[i], other, sizeof(other));

		if (cell_table[i].info.column == COL_cpus && !cell_is_identity(row, COL_cpus))
			a = false;
		if (a != b)
			names->lacks |= UINT64_C(1) << i;
		if (a && !b)
			cell_copy(&names->first, row, cell_table[i].info.column);
		else if (a && b && strcmp(one, other) != 0 &&
			 !(cell_is_usual(row, i) && cell_is_usual(&names->first, i)))
			names->varies |= UINT64_C(1) << i; /* what is usual differs by group */
	}
}

bool cell_is_usual(const struct row *row, enum parameter nth)
{
	const struct parameter_line *p = &cell_table[nth];
	const char *text;

	if (p->kind <= KIND_TIME)
		return row_get_u64(row, p->info.column, 0) == p->usual;
	text = row_get_text(row, p->info.column);
	switch (nth) {
	case PARAMETER_endpoints:
		return row_choice(row, nth) ==
		       (row_is_ipc(row) ? ENDPOINTS_PROCESS : ENDPOINTS_THREAD);
	case PARAMETER_mem_asked:
		return !strcmp(text, "first");
	case PARAMETER_sched:
	case PARAMETER_load_sched:
		return !strcmp(text, "other");
	case PARAMETER_cpus:
		return !cell_is_identity(row, COL_cpus);
	default:
		return p->kind == KIND_CHOICE && row_choice(row, nth) == (int)p->usual;
	}
}

size_t cell_say(const struct row *row, enum parameter p, char *text, size_t size)
{
	const char *format = cell_table[p].info.say, *at = strstr(format, "%s");
	char value[256];
	int n;

	if (p == PARAMETER_cpus && !cell_is_identity(row, COL_cpus))
		return 0;
	if (!value_of(row, &cell_table[p], value, sizeof(value)))
		return 0;
	n = snprintf(text, size, " %.*s%s%s", (int)(at - format), format, value, at + 2);
	/* one thing is not several */
	if (!strcmp(value, "1") && n > 0 && (size_t)n < size && text[n - 1] == 's')
		text[--n] = '\0';
	return n < 0 ? 0 : (size_t)n;
}

static size_t begin(const struct row *row, char *text, size_t size)
{
	return (size_t)snprintf(text, size, "%s/%s:%s", row_get_text(row, COL_group),
				row_get_text(row, COL_mechanism), row_get_text(row, COL_variant));
}

/*
 * Adds what `row` says of `p` to `text`, where it is `wanted` or not usual; returns the bytes in
 * use.
 */
static size_t add(const struct row *row, enum parameter p, bool wanted, char *text, size_t used,
		  size_t size)
{
	if (used >= size || (!wanted && cell_is_usual(row, p)))
		return used;
	return used + cell_say(row, p, text + used, size - used);
}

void cell_name(const struct cell_names *names, const struct row *row, char *text, size_t size)
{
	cell_name_beside(names, row, 0, text, size);
}

void cell_name_beside(const struct cell_names *names, const struct row *row, uint64_t said,
		      char *text, size_t size)
{
	size_t used = begin(row, text, size);

	for (unsigned i = 0; i < PARAMETERS; i++) {
		bool must = (IN_EVERY_NAME | (names ? names->varies : 0)) >> i & 1;
		bool may = !names || names->lacks >> i & 1;

		if (!(said >> i & 1) && (must || may))
			used = add(row, i, must, text, used, size);
	}
}

void cell_name_apart(const struct cell_names *names, const struct row *row, char *text,
		     char *common, size_t size)
{
	size_t used = begin(row, text, size), shared = 0;

	*common = '\0';
	for (unsigned i = 0; i < PARAMETERS; i++) {
		bool varies = names->varies >> i & 1, must = varies || IN_EVERY_NAME >> i & 1;

		if (varies || names->lacks >> i & 1)
			used = add(row, i, must, text, used, size);
		else
			shared = add(row, i, must, common, shared, size);
	}
}
