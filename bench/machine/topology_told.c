/* SPDX-License-Identifier: MIT */
/* What a table of PUs is told beside hwloc: which may be used, are isolated, are interrupted. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/machine/topology_table.h"

/*
 * Whether the PUs marked in `listed` (by entry) are all permitted ones but the isolated ones, if
 * any.
 */
static bool is_default_binding(const struct topology *t, const bool *listed)
{
	bool any_isolated = false;

	for (unsigned i = 0; i < t->n_pus; i++) {
		const struct pu *p = &t->pus[i];

		any_isolated |= p->permitted && p->isolated;
		if (p->permitted && listed[i] == p->isolated)
			return false;
	}
	return any_isolated;
}

int topology_allow(struct topology *t, const unsigned *pus, unsigned n)
{
	bool *listed = calloc(t->n_pus, sizeof(*listed));
	bool all, any = false;

	if (!listed)
		return -ENOMEM;
	for (unsigned i = 0; i < n; i++) {
		const struct pu *p = topology_find_pu(t, pus[i]);

		if (p && p->permitted)
			any = listed[p - t->pus] = true;
	}
	all = is_default_binding(t, listed);
	for (unsigned i = 0, k = 0; any && i < t->n_pus; i++) {
		t->pus[i].allowed = t->pus[i].permitted && (all || listed[i]);
		if (t->pus[i].allowed)
			t->allowed[k++] = t->pus[i].os;
		t->n_allowed = t->counts.allowed = k;
	}
	free(listed);
	return any ? 0 : -ENOENT;
}

int topology_isolate(struct topology *t, const char *list)
{
	for (unsigned i = 0; i < t->n_pus; i++)
		t->pus[i].isolated = false;
	while (*list && *list != '\n') {
		unsigned long first, last;
		char *end;

		if (!isdigit((unsigned char)*list))
			return -EINVAL;
		first = last = strtoul(list, &end, 10);
		if (*end == '-') {
			if (!isdigit((unsigned char)end[1]))
				return -EINVAL;
			last = strtoul(end + 1, &end, 10);
		}
		if (last < first || (*end && *end != ',' && *end != '\n'))
			return -EINVAL;
		for (unsigned i = 0; i < t->n_pus; i++)
			t->pus[i].isolated |= t->pus[i].os >= first && t->pus[i].os <= last;
		list = *end == ',' ? end + 1 : end;
	}
	return 0;
}

/* One line of /proc/interrupts: the label, a count per column, then words about the source. */
static void count_line(struct topology *t, char *line, const unsigned *columns, unsigned n)
{
	char *at = line + strspn(line, " ");
	size_t digits = strspn(at, "0123456789");

	/* arm64 numbers its per-PU timer as well: it too follows what runs */
	if (!digits || at[digits] != ':' || strstr(at, "timer"))
		return;
	at += digits + 1;
	for (unsigned i = 0; i < n; i++) {
		char *end;
		unsigned long long count = strtoull(at, &end, 10);
		struct pu *p = topology_find_pu(t, columns[i]);

		if (end == at)
			return;
		if (p)
			p->interrupts += count;
		at = end;
	}
}

int topology_count_interrupts(struct topology *t, FILE *in)
{
	char *line = NULL;
	size_t size = 0;
	unsigned *columns = NULL;
	unsigned n = 0;
	int err = -ENOMEM;

	for (unsigned i = 0; i < t->n_pus; i++)
		t->pus[i].interrupts = 0;
	if (getline(&line, &size, in) < 0) {
		err = 0;
		goto out_free;
	}
	columns =
		calloc(strlen(line) / 4 + 1, sizeof(*columns)); /* "CPU0" is the shortest heading */
	if (!columns)
		goto out_free;
	for (char *at = line; (at = strstr(at, "CPU"));)
		columns[n++] = strtoul(at + 3, &at, 10);
	while (getline(&line, &size, in) >= 0)
		count_line(t, line, columns, n);
	err = 0;
out_free:
	free(columns);
	free(line);
	return err;
}
