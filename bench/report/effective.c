/* SPDX-License-Identifier: MIT */
/* Collects column effective by configuration and arm, and tells where arms differ. */
#include "bench/report/effective.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/grow.h"
#include "bench/base/hash_index.h"
#include "bench/base/text.h"
#include "bench/record/cell.h"

#define ITEMS_MAX 16 /* of one configuration: more than any mechanism notes */

/* A text of the column, of one configuration in one arm; each is kept once. */
struct seen {
	size_t cell;
	char *arm, *text;
};

struct effective {
	char *base;
	struct hash_index known, known_texts;
	struct row *cells;
	size_t n_cells, cells_room;
	struct seen *seen;
	size_t n_seen, seen_room;
	struct effective_difference *found;
	size_t n_found, found_room;
};

/* The values that one item had in the base [0] and in the arm [1], joined by "/". */
struct item {
	char name[64];
	char values[2][64];
	bool common; /* both had one of them */
};

struct effective *effective_new(const char *base)
{
	struct effective *e = calloc(1, sizeof(*e));

	if (e && (e->base = strdup(base)))
		return e;
	free(e);
	return NULL;
}

/* Index of the configuration of `sample`, which is added when new; -ENOMEM. */
static ssize_t find_cell(struct effective *e, const struct row *sample)
{
	ssize_t i = hash_index_find(&e->known, cell_hash(HASH_BEGIN, sample));

	if (i < 0 || (size_t)i < e->n_cells)
		return i;
	if (array_grow(&e->cells, e->n_cells, &e->cells_room, sizeof(*e->cells)))
		return -ENOMEM;
	row_clear(&e->cells[i]);
	cell_identity(sample, &e->cells[i]);
	e->n_cells++;
	return i;
}

int effective_add(struct effective *e, const struct row *sample, const char *arm)
{
	const char *text = row_get_text(sample, COL_effective);
	struct seen *new;
	ssize_t cell, nth;

	if (!*text || !row_counts(sample))
		return 0;
	cell = find_cell(e, sample);
	nth = hash_index_find(&e->known_texts,
			      hash_text(hash_text(cell_hash(HASH_BEGIN, sample), arm), text));
	if (cell < 0 || nth < 0)
		return -ENOMEM;
	if ((size_t)nth < e->n_seen)
		return 0;
	if (array_grow(&e->seen, e->n_seen, &e->seen_room, sizeof(*e->seen)))
		return -ENOMEM;
	new = &e->seen[e->n_seen];
	*new = (struct seen){(size_t)cell, strdup(arm), strdup(text)};
	e->n_seen++;
	return new->arm &&new->text ? 0 : -ENOMEM;
}

/* Whether `value` is one of `values`, which are joined by "/". */
static bool has_value(const char *values, const char *value)
{
	size_t len = strlen(value);

	for (; *values; values += *values == '/') {
		size_t n = strcspn(values, "/");

		if (n == len && !memcmp(values, value, n))
			return true;
		values += n;
	}
	return false;
}

/* Takes the items of `text`, which are joined by "+"; `side` is 0 for the base. */
static void take_items(struct item *items, size_t *n, const char *text, int side)
{
	char copy[512], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", text);
	for (char *word = strtok_r(copy, "+", &save); word; word = strtok_r(NULL, "+", &save)) {
		char *value = strchr(word, '=');
		char *values;
		size_t i = 0;

		if (!value)
			continue;
		*value++ = '\0';
		while (i < *n && strcmp(items[i].name, word) != 0)
			i++;
		if (i == ITEMS_MAX)
			continue;
		if (i == *n)
			snprintf(items[(*n)++].name, sizeof(items[i].name), "%s", word);
		items[i].common |= has_value(items[i].values[!side], value);
		values = items[i].values[side];
		if (!has_value(values, value))
			text_add(values, sizeof(items[i].values[side]), "%s%s", *values ? "/" : "",
				 value);
	}
}

/*
 * The items of `cell` in which `arm` and the base have no value in common; whether there are any.
 */
static bool differ(const struct effective *e, size_t cell, const char *arm,
		   struct effective_difference *d)
{
	struct item items[ITEMS_MAX] = {0};
	size_t n = 0, used[2] = {0};

	for (size_t i = 0; i < e->n_seen; i++)
		if (e->seen[i].cell == cell && !strcmp(e->seen[i].arm, e->base))
			take_items(items, &n, e->seen[i].text, 0);
	for (size_t i = 0; i < e->n_seen; i++)
		if (e->seen[i].cell == cell && !strcmp(e->seen[i].arm, arm))
			take_items(items, &n, e->seen[i].text, 1);
	for (size_t i = 0; i < n; i++)
		for (int side = 0; side < 2; side++) {
			char *text = side ? d->to : d->from;
			size_t at = used[side];

			if (items[i].common || !*items[i].values[0] || !*items[i].values[1] ||
			    at >= sizeof(d->to))
				continue;
			used[side] += (size_t)snprintf(text + at, sizeof(d->to) - at, "%s%s=%s",
						       at ? "+" : "", items[i].name,
						       items[i].values[side]);
		}
	return used[0] > 0;
}

/* Keeps the difference, with those that are the same of other configurations. */
static int keep(struct effective *e, size_t cell, const struct cell_names *names,
		const struct effective_difference *d)
{
	char name[CELL_NAME_B];
	struct effective_difference *new;

	for (size_t i = 0; i < e->n_found; i++) {
		struct effective_difference *f = &e->found[i];

		if (!strcmp(f->arm, d->arm) && !strcmp(f->from, d->from) && !strcmp(f->to, d->to)) {
			f->others++;
			return 0;
		}
	}
	if (array_grow(&e->found, e->n_found, &e->found_room, sizeof(*e->found)))
		return -ENOMEM;
	cell_name(names, &e->cells[cell], name, sizeof(name));
	new = &e->found[e->n_found];
	*new = *d;
	new->name = strdup(name);
	e->n_found++;
	return new->name ? 0 : -ENOMEM;
}

/* Whether seen `nth` is the first of its configuration and arm. */
static bool is_first(const struct effective *e, size_t nth)
{
	for (size_t i = 0; i < nth; i++)
		if (e->seen[i].cell == e->seen[nth].cell &&
		    !strcmp(e->seen[i].arm, e->seen[nth].arm))
			return false;
	return true;
}

static void forget_found(struct effective *e)
{
	for (size_t i = 0; i < e->n_found; i++)
		free((char *)e->found[i].name);
	e->n_found = 0;
}

ssize_t effective_differences(struct effective *e,
			      void (*each)(void *arg, const struct effective_difference *d),
			      void *arg)
{
	static struct cell_names names;
	int err = 0;

	names.varies = names.lacks = 0;
	names.any = false;
	forget_found(e);
	for (size_t i = 0; i < e->n_cells; i++)
		cell_names_add(&names, &e->cells[i]);
	for (size_t i = 0; !err && i < e->n_seen; i++) {
		struct effective_difference d = {.arm = e->seen[i].arm};

		if (is_first(e, i) && differ(e, e->seen[i].cell, d.arm, &d))
			err = keep(e, e->seen[i].cell, &names, &d);
	}
	for (size_t i = 0; !err && i < e->n_found; i++)
		each(arg, &e->found[i]);
	return err ? err : (ssize_t)e->n_found;
}

static void print_difference(void *arg, const struct effective_difference *d)
{
	FILE *out = arg;

	fprintf(out, "differs: effective of %s", d->name);
	if (d->others)
		fprintf(out, " and %zu other%s", d->others, d->others > 1 ? "s" : "");
	fprintf(out, ": %s -> %s (%s)\n", d->from, d->to, d->arm);
}

int effective_print(struct effective *e, FILE *out)
{
	ssize_t n = effective_differences(e, print_difference, out);

	return n < 0 ? (int)n : 0;
}

void effective_free(struct effective *e)
{
	if (!e)
		return;
	forget_found(e);
	for (size_t i = 0; i < e->n_seen; i++) {
		free(e->seen[i].arm);
		free(e->seen[i].text);
	}
	hash_index_free(&e->known);
	hash_index_free(&e->known_texts);
	free(e->found);
	free(e->seen);
	free(e->cells);
	free(e->base);
	free(e);
}
