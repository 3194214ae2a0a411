/* SPDX-License-Identifier: MIT */
/* See bench/machine/causes.h; the files are those of proc(5). */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bench/base/grow.h"
#include "bench/machine/causes.h"

/*
 * The column of PU `pu` in a header "CPU0 CPU2 ..." (online ones only), the number of columns into
 * *n; -1: none.
 */
static int find_column(const char *header, unsigned pu, unsigned *n)
{
	int found = -1;

	*n = 0;
	while ((header = strstr(header, "CPU"))) {
		header += strlen("CPU");
		if (strtoul(header, NULL, 10) == pu)
			found = (int)*n;
		++*n;
	}
	return found;
}

/*
 * The name of an interrupt from what stands behind its counts: of a numbered one the last word,
 * which is the device's; of the kernel's own the words, without "interrupts".
 */
static void name_cause(struct cause *c, const char *text)
{
	const char *space, *word;
	size_t len;

	text += strspn(text, " ");
	len = strcspn(text, "\n");
	while (len && text[len - 1] == ' ')
		len--;
	if (isdigit((unsigned char)c->label[0])) {
		space = memrchr(text, ' ', len);
		word = space ? space + 1 : text;
		len -= (size_t)(word - text);
		text = word;
	} else if (len > 11 && !strncmp(text + len - 11, " interrupts", 11)) {
		len -= 11;
	}
	if (!len) {
		text = c->label;
		len = strlen(text);
	}
	snprintf(c->name, sizeof(c->name), "%.*s", (int)len, text);
}

/*
 * One line "label: count count ... words" of a file of `n` columns into `c`; whether it has them
 * all.
 */
static bool parse_line(const char *line, unsigned column, unsigned n, struct cause *c)
{
	const char *at = strchr(line, ':');
	char *end;

	line += strspn(line, " ");
	if (!at || at < line || !strncasecmp(line, "ERR:", 4) || !strncasecmp(line, "MIS:", 4))
		return false; /* ERR and MIS are of the machine */
	snprintf(c->label, sizeof(c->label), "%.*s", (int)(at - line), line);
	at++;
	for (unsigned i = 0; i < n; i++) {
		uint64_t count;

		at += strspn(at, " ");
		if (!isdigit((unsigned char)*at))
			return false;
		count = strtoull(at, &end, 10);
		at = end;
		if (i == column)
			c->count = count;
	}
	name_cause(c, at);
	return true;
}

/* x86 calls it LOC; on arm64 it is a numbered interrupt with the name arch_timer. */
static bool is_timer(const struct cause *c)
{
	return !strcmp(c->label, "LOC") || !strcmp(c->name, "arch_timer");
}

static int read_file(const char *root, const char *file, unsigned pu, bool soft, struct causes *ret)
{
	char path[PATH_MAX], *line = NULL;
	size_t room = 0;
	unsigned n = 0;
	int column, err = 0;
	FILE *in;

	snprintf(path, sizeof(path), "%s/proc/%s", root, file);
	in = fopen(path, "re");
	if (!in)
		return 0;
	column = getline(&line, &room, in) > 0 ? find_column(line, pu, &n) : -1;
	while (column >= 0 && !err && getline(&line, &room, in) > 0) {
		struct cause c = {.kind = soft ? CAUSE_SOFTIRQ : CAUSE_INTERRUPT};

		if (!parse_line(line, (unsigned)column, n, &c) || !c.count)
			continue;
		if (!soft && is_timer(&c))
			c.kind = CAUSE_TIMER;
		err = array_grow(&ret->cause, ret->n, &ret->room, sizeof(c));
		if (!err)
			ret->cause[ret->n++] = c;
	}
	if (column >= 0 && soft)
		ret->have[CAUSE_SOFTIRQ] = true;
	else if (column >= 0)
		ret->have[CAUSE_TIMER] = ret->have[CAUSE_INTERRUPT] = true;
	free(line);
	fclose(in);
	return err;
}

int causes_read(const char *root, unsigned pu, struct causes *ret)
{
	int err = read_file(root, "interrupts", pu, false, ret);

	return err ? err : read_file(root, "softirqs", pu, true, ret);
}

/* How often `c` had happened at `begin`. */
static uint64_t count_before(const struct causes *begin, const struct cause *c)
{
	for (size_t i = 0; i < begin->n; i++)
		if ((begin->cause[i].kind == CAUSE_SOFTIRQ) == (c->kind == CAUSE_SOFTIRQ) &&
		    !strcmp(begin->cause[i].label, c->label))
			return begin->cause[i].count;
	return 0;
}

static int by_count(const void *a, const void *b)
{
	const struct cause *x = a, *y = b;

	return (x->count < y->count) - (x->count > y->count);
}

void causes_since(struct causes *end, const struct causes *begin)
{
	size_t n = 0;

	for (size_t i = 0; i < end->n; i++) {
		struct cause c = end->cause[i];
		uint64_t before = count_before(begin, &c);

		if (c.count <= before)
			continue;
		c.count -= before;
		end->cause[n++] = c;
	}
	end->n = n;
	for (unsigned k = 0; k < CAUSE_KINDS; k++)
		end->have[k] = end->have[k] && begin->have[k];
	if (n)
		qsort(end->cause, n, sizeof(*end->cause), by_count);
}

uint64_t causes_count(const struct causes *c, enum cause_kind kind)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < c->n; i++)
		sum += c->cause[i].kind == kind ? c->cause[i].count : 0;
	return sum;
}

void causes_free(struct causes *c)
{
	free(c->cause);
	*c = (struct causes){0};
}
