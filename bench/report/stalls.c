/* SPDX-License-Identifier: MIT */
/* Rates of stalls by kind of configuration, from the histograms of runs. */
#include "bench/report/stalls.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "bench/analyse/paired.h"
#include "bench/base/grow.h"
#include "bench/record/cell.h"
#include "bench/record/samples.h"

static const char *const limit_names[STALL_LIMITS] = {"100 us", "1 ms", "10 ms"};

/* Where the runs of a file of histograms go. */
struct target {
	struct stall_group *group;
	bool discarded; /* it is of runs that were measured again */
};

static int append(struct stall_group *g, const struct stalls *run)
{
	if (array_grow(&g->runs, g->n, &g->room, sizeof(*g->runs)))
		return -ENOMEM;
	g->runs[g->n++] = *run;
	return 0;
}

static int add_run(void *arg, const struct stalls *stalls)
{
	const struct target *to = arg;

	for (int i = 0; to->discarded && i < STALL_LIMITS; i++)
		to->group->discarded[i] += stalls->above[i];
	return append(to->group, stalls);
}

/* The group of that arm and name, which is added when new; NULL without memory. */
static struct stall_group *find(struct stall_table *t, const char *arm, const char *name)
{
	struct stall_group *g;

	for (size_t i = 0; i < t->n; i++)
		if (!strcmp(t->groups[i].arm, arm) && !strcmp(t->groups[i].name, name))
			return &t->groups[i];
	if (array_grow(&t->groups, t->n, &t->room, sizeof(*t->groups)))
		return NULL;
	g = &t->groups[t->n];
	*g = (struct stall_group){.arm = strdup(arm)};
	snprintf(g->name, sizeof(g->name), "%s", name);
	t->n += g->arm != NULL;
	return g->arm ? g : NULL;
}

/*
 * The kind of the configuration of `row` by its wait mode, whatever was measured: of every profile
 * the same configurations are counted. False for a floor.
 */
static bool planned_kind(const struct row *row, char name[GROUP_NAME])
{
	static struct row cell;

	row_clear(&cell);
	cell_identity(row, &cell);
	return group_name(&cell, false, name);
}

int stalls_add(struct stall_table *t, const char *arm, const struct row *row,
	       const struct stalls *run)
{
	char name[GROUP_NAME];
	struct stall_group *g;

	if (!group_name(row, false, name))
		return 0;
	g = find(t, arm, name);
	return g ? append(g, run) : -ENOMEM;
}

void stalls_begin(struct stall_table *t, const char *run, const char *arm)
{
	snprintf(t->dir.path, sizeof(t->dir.path), "%s", run);
	t->arm = arm;
	hash_index_free(&t->files);
}

int stalls_add_row(struct stall_table *t, const struct row *row)
{
	const char *file = row_get_text(row, COL_histogram);
	struct target to = {.discarded = !row_counts(row)};
	size_t n_files = t->files.n;
	char name[GROUP_NAME];
	ssize_t nth;
	int err;

	if (!*file || !planned_kind(row, name))
		return 0;
	nth = hash_index_find(&t->files, hash_text(HASH_BEGIN, file));
	if (nth < 0)
		return (int)nth;
	if ((size_t)nth < n_files)
		return 0; /* read already */
	to.group = find(t, t->arm ? t->arm : row_get_text(row, COL_arm), name);
	if (!to.group)
		return -ENOMEM;
	err = stall_counts(&t->dir, file, add_run, &to);
	return err == -ENOENT ? 0 : err;
}

static int take(void *to, const struct row *row)
{
	return stalls_add_row(to, row);
}

int stalls_read(struct stall_table *t, const char *program, const char *run, const char *arm)
{
	stalls_begin(t, run, arm);
	return samples_read(program, run, take, t);
}

/* The runs of `g` as events above limit `nth`, in two arrays to be freed. 0 or -ENOMEM. */
static int events_of(const struct stall_group *g, int nth, struct events *ret)
{
	uint64_t *count = calloc(g->n + 1, sizeof(*count));
	double *seconds = calloc(g->n + 1, sizeof(*seconds));

	*ret = (struct events){count, seconds, g->n};
	if (!count || !seconds)
		return -ENOMEM;
	for (size_t i = 0; i < g->n; i++) {
		count[i] = g->runs[i].above[nth];
		seconds[i] = g->runs[i].seconds;
	}
	return 0;
}

static void events_free(struct events *e)
{
	free((void *)e->count);
	free((void *)e->seconds);
}

int stalls_rate(const struct stall_group *g, int nth, struct rate *ret)
{
	struct events e;
	int err = events_of(g, nth, &e);

	if (!err)
		err = rate_of(&e, ret);
	events_free(&e);
	return err;
}

int stalls_say(const struct stall_group *g, int nth, char text[STALLS_TEXT])
{
	struct rate rate;
	int err = stalls_rate(g, nth, &rate), n;

	if (err)
		return err;
	n = snprintf(text, STALLS_TEXT,
		     "%.2f stalls above %s a second (%.2f to %.2f%s), %llu seen, in %s", rate.per_s,
		     limit_names[nth], rate.ci.lo, rate.ci.hi,
		     rate.clustered ? ", they cluster in some runs" : "",
		     (unsigned long long)rate.count, g->name);
	if (g->discarded[nth])
		snprintf(text + n, STALLS_TEXT - (size_t)n,
			 " (%llu of them in runs that were discarded as noisy)",
			 (unsigned long long)g->discarded[nth]);
	return 0;
}

/* One kind in two arms above one limit. */
struct change {
	const struct stall_group *base, *arm;
	int limit;
	struct rate from, to;
	struct rate_change by;
};

static int compare_one(const struct stall_group *base, const struct stall_group *arm, int limit,
		       struct change *c)
{
	struct events b, a;
	int err = events_of(base, limit, &b), err_arm = events_of(arm, limit, &a);

	*c = (struct change){.base = base, .arm = arm, .limit = limit};
	err = err ? err : err_arm;
	if (!err)
		err = rate_of(&b, &c->from);
	if (!err)
		err = rate_of(&a, &c->to);
	if (!err && c->from.count + c->to.count)
		err = rate_compare(&b, &a, &c->by);
	events_free(&b);
	events_free(&a);
	return err;
}

static void print_change(const struct change *c, double p, FILE *out)
{
	char ratio[48] = "-";

	if (!isnan(c->by.ci.lo))
		snprintf(ratio, sizeof(ratio), "%.2f (%.2f to %.2f)", c->by.ratio, c->by.ci.lo,
			 c->by.ci.hi);
	fprintf(out, "%-7s %7.2f %7.2f  %5llu %5llu  %-22s %8.2g  %s%s\n", limit_names[c->limit],
		c->from.per_s, c->to.per_s, (unsigned long long)c->from.count,
		(unsigned long long)c->to.count, ratio, p, c->arm->name,
		c->by.clustered ? ", clustered" : "");
	if (c->base->discarded[c->limit] + c->arm->discarded[c->limit])
		fprintf(out, "%24s %5llu %5llu  of these in runs that were discarded as noisy\n",
			"", (unsigned long long)c->base->discarded[c->limit],
			(unsigned long long)c->arm->discarded[c->limit]);
}

/* All kinds that both arms have, above each limit that anything is above; how many, or -ENOMEM. */
static ssize_t compare_all(const struct stall_table *t, const char *base, struct change *changes)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		for (size_t k = 0; k < t->n; k++) {
			const struct stall_group *b = &t->groups[i], *a = &t->groups[k];

			if (strcmp(b->arm, base) != 0 || !strcmp(a->arm, base) ||
			    strcmp(a->name, b->name) != 0 || !a->n || !b->n)
				continue;
			for (int limit = 0; limit < STALL_LIMITS; limit++) {
				if (compare_one(b, a, limit, &changes[n]))
					return -ENOMEM;
				n += changes[n].from.count + changes[n].to.count > 0;
			}
		}
	return (ssize_t)n;
}

int stalls_print(const struct stall_table *t, const char *base, FILE *out)
{
	size_t most = STALL_LIMITS * t->n * t->n + 1;
	struct change *changes = calloc(most, sizeof(*changes));
	double *p = calloc(2 * most, sizeof(*p)), *adjusted = p ? p + most : NULL;
	ssize_t n = changes && p ? compare_all(t, base, changes) : -ENOMEM;
	const char *arm = "";

	for (ssize_t i = 0; i < n; i++)
		p[i] = changes[i].by.p;
	if (n > 0 && paired_holm(p, (size_t)n, adjusted))
		n = -ENOMEM;
	for (ssize_t i = 0; i < n; i++) {
		if (strcmp(arm, changes[i].arm->arm) != 0) {
			arm = changes[i].arm->arm;
			fprintf(out,
				"stalls: operations longer than so much, per second of those "
				"timed alone\n%-7s %7s %7s  %5s %5s  %-22s %8s  %s: %s\n",
				"above", "base", "new", "seen", "seen", "ratio (95 %)", "p (Holm)",
				"kind", arm);
		}
		print_change(&changes[i], adjusted[i], out);
	}
	if (n > 0)
		fputc('\n', out);
	free(p);
	free(changes);
	return n < 0 ? (int)n : 0;
}

void stalls_free(struct stall_table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->groups[i].arm);
		free(t->groups[i].runs);
	}
	free(t->groups);
	hash_index_free(&t->files);
	*t = (struct stall_table){0};
}
