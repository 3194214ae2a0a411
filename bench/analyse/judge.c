/* SPDX-License-Identifier: MIT */
/*
 * Verdicts over a whole table. GROUPS_SHARE of the 5 % goes to the question which groups of
 * configurations moved at all, the rest to which configurations did by more than the smallest
 * effect (Bonferroni over the two); each is divided by the number of arms; within, flips_judge()
 * keeps the error however the configurations vary together. To let the groups pass their share on
 * to the members of those that moved gains nothing: the members of one group at that group's part
 * of the share need what all need at theirs.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/analyse/comparison.h"
#include "bench/analyse/flips.h"
#include "bench/analyse/group.h"
#include "bench/analyse/unpaired.h"
#include "bench/base/grow.h"

#define ROUNDS_MAX 10000 /* no plan looks farther */
/* Groups are what can be seen in minutes; their members show large changes alone, at any share. */
#define GROUPS_SHARE (2.0 / 3)

/* Index of the group `name` of `arm`, which is added when new; -ENOMEM. */
static ssize_t find_group(struct comparison *c, size_t arm, const char *name)
{
	struct compare_group *g;

	for (size_t i = 0; i < c->n_groups; i++)
		if (c->groups[i].arm == arm && !strcmp(c->groups[i].name, name))
			return (ssize_t)i;
	if (array_grow(&c->groups, c->n_groups, &c->groups_room, sizeof(*c->groups)))
		return -ENOMEM;
	g = &c->groups[c->n_groups];
	*g = (struct compare_group){.arm = arm, .p_adjusted = 1, .detectable = NAN};
	snprintf(g->name, sizeof(g->name), "%s", name);
	return (ssize_t)c->n_groups++;
}

/* Takes away the groups of too few configurations. */
static void drop_small(struct comparison *c)
{
	size_t n = 0;

	for (size_t g = 0; g < c->n_groups; g++) {
		bool keep = c->groups[g].n_cells >= GROUP_LEAST;

		for (size_t i = 0; i < c->n_results; i++)
			if (c->results[i].group == g)
				c->results[i].group = keep ? n : SIZE_MAX;
		if (keep)
			c->groups[n++] = c->groups[g];
	}
	c->n_groups = n;
}

/* Puts each cell, by its first metric and by its first tail, into the group of its kind. */
static int find_groups(struct comparison *c)
{
	char name[GROUP_NAME];

	for (size_t i = 0; i < c->n_results; i++) {
		struct result *r = &c->results[i];
		ssize_t g;

		if (!r->first || r->zeros || !r->paired.n ||
		    !group_name(&c->cells[r->cell], r->p99, name))
			continue;
		g = find_group(c, r->arm, name);
		if (g < 0)
			return (int)g;
		r->group = (size_t)g;
		c->groups[g].n_cells++;
	}
	drop_small(c);
	return 0;
}

/* The middle of a series, whatever is exchanged; NaN of nothing. `room`: for all units. */
static double middle_of(const double *series, size_t n, double *room)
{
	size_t m = 0;

	for (size_t u = 0; u < n; u++)
		if (!isnan(series[u]))
			room[m++] = series[u];
	estimate_sort(room, m);
	return estimate_median(room, m);
}

/*
 * What group_value() needs of each result: the level of its series, and how far it usually is from
 * that.
 */
struct usual {
	double *level, *size;
};

/*
 * What a unit says of the group: the middle of its configurations, as times, of groups of boots
 * each without its own level. A unit that has fewer than half of them says nothing. `room`: for
 * all, twice.
 */
static double group_value(const struct comparison *c, size_t group, size_t unit,
			  const struct usual *usual, double *room)
{
	double *size = room + c->n_results;
	size_t n = 0;

	for (size_t i = 0; i < c->n_results; i++) {
		const struct result *r = &c->results[i];
		bool grows = summary_grows(comparison_column(r));

		if (r->group != group || isnan(r->series[unit]))
			continue;
		size[n] = usual->size[i];
		room[n++] = (grows ? -1 : 1) * (r->series[unit] - usual->level[i]);
	}
	return 2 * n < c->groups[group].n_cells ? NAN : group_mean(room, size, n);
}

/* The ratio of the group from the values of its units: as of one configuration. */
static int estimate_group(const struct units *u, const double *values, struct compare_group *g)
{
	double *part = calloc(2 * u->n + 1, sizeof(*part)), *base = part + u->n;
	size_t n[2] = {0, 0};
	int err = part ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < u->n; i++) {
		bool arm = i >= u->n_base;

		if (!isnan(values[i]))
			(arm ? part : base)[n[arm]++] = exp(values[i]);
	}
	for (size_t i = 0; !err && !u->n_base && i < n[1]; i++)
		base[i] = 1;
	g->n_base = n[0];
	g->paired = (struct paired){0, NAN, {NAN, NAN}, {NAN, NAN}, 1, NAN};
	if (!err && n[1] && (!u->n_base || n[0]))
		err = u->n_base ? unpaired_compare(base, n[0], part, n[1], &g->paired)
				: paired_compare(base, part, n[1], &g->paired);
	free(part);
	return err == -EINVAL ? 0 : err;
}

/* All series of `arm` below each other into `table`: its groups or its results; how many. */
static size_t stack(const struct comparison *c, size_t arm, bool groups, double *table,
		    size_t *which, const struct usual *usual, double *room)
{
	size_t n_units = c->units[arm].n, n = 0;

	for (size_t i = 0; i < (groups ? c->n_groups : c->n_results); i++) {
		if ((groups ? c->groups[i].arm : c->results[i].arm) != arm)
			continue;
		which[n] = i;
		for (size_t u = 0; u < n_units; u++)
			table[n * n_units + u] = groups ? group_value(c, i, u, usual, room)
							: c->results[i].series[u];
		n++;
	}
	return n;
}

/* The smallest change that t finds beyond `margin`, as a share. */
static double detectable(double t, const struct paired *p, size_t n_base, double margin)
{
	return expm1(flips_detectable(t, p->sd_log, n_base, p->n, margin, PAIRED_POWER));
}

/* The part of the error that the configurations of one arm have where there are groups or none. */
static double alpha_of(size_t n_arms, bool groups)
{
	return COMPARE_ALPHA * (groups ? 1 - GROUPS_SHARE : 1) /
	       (n_arms > 1 ? (double)n_arms - 1 : 1);
}

/* And the part of its groups. */
static double alpha_of_groups(size_t n_arms)
{
	return alpha_of(n_arms, false) * GROUPS_SHARE;
}

/* Judges the groups, or the results, of one arm. 0 or -ENOMEM. */
static int judge_family(struct comparison *c, size_t arm, bool groups, const struct usual *usual)
{
	const struct units *u = &c->units[arm];
	size_t most = c->n_groups + c->n_results + 1;
	double *table = calloc(most * u->n + 1, sizeof(*table)), t = NAN;
	double *p = calloc(most, sizeof(*p)), *room = calloc(2 * most, sizeof(*room));
	size_t *which = calloc(most, sizeof(*which)), n = 0;
	int err = table && p && room && which ? 0 : -ENOMEM;
	double alpha = groups ? alpha_of_groups(c->n_arms) : c->alpha;
	double share = COMPARE_ALPHA / alpha, margin = groups ? 0 : log1p(c->effect);

	if (!err) {
		n = stack(c, arm, groups, table, which, usual, room);
		err = flips_judge(&(struct flips){table, n, u->n, u->n_base, margin, alpha}, p, &t);
	}
	for (size_t k = 0; !err && k < n; k++) {
		struct result *r = &c->results[which[k]];
		struct compare_group *g = &c->groups[which[k]];

		if (groups) {
			err = estimate_group(u, table + k * u->n, g);
			g->p_adjusted = fmin(1, share * p[k]);
			g->detectable = detectable(t, &g->paired, g->n_base, margin);
			if (g->detectable < c->effect)
				g->detectable = c->effect; /* less is "the same" */
		} else {
			r->p_adjusted = fmin(1, share * p[k]);
			r->detectable = detectable(t, &r->paired, r->n_base, margin);
		}
	}
	free(which);
	free(room);
	free(p);
	free(table);
	return err;
}

static void usual_free(struct usual *usual)
{
	free(usual->level);
	free(usual->size);
}

/* The level of pairs is none. 0 or -ENOMEM. */
static int find_usual(const struct comparison *c, struct usual *usual)
{
	double *room = calloc(2 * c->n_blocks + 1, sizeof(*room));
	double *away = calloc(2 * c->n_blocks + 1, sizeof(*away));
	int err;

	usual->level = calloc(c->n_results + 1, sizeof(*usual->level));
	usual->size = calloc(c->n_results + 1, sizeof(*usual->size));
	err = room && away && usual->level && usual->size ? 0 : -ENOMEM;
	for (size_t i = 0; !err && i < c->n_results; i++) {
		const struct result *r = &c->results[i];
		size_t n = c->units[r->arm].n;

		if (c->design != COMPARE_BLOCKS)
			usual->level[i] = middle_of(r->series, n, room);
		for (size_t u = 0; u < n; u++)
			away[u] = fabs(r->series[u] - usual->level[i]);
		usual->size[i] = middle_of(away, n, room);
	}
	free(room);
	free(away);
	return err;
}

/*
 * Whether "the same" hides something: a clock too coarse to tell, or two kinds of runs whose shares
 * may have changed by more than matters.
 */
static bool hides(const struct comparison *c, const struct result *r)
{
	return r->coarse ||
	       (r->modes.found && (r->modes.p < COMPARE_ALPHA || r->modes.most > c->effect));
}

/* On a group that moved, by how much its interval says; "the same" where that does not matter. */
static enum verdict group_verdict(const struct compare_group *g, double effect)
{
	enum verdict verdict = compare_verdict(&g->paired, 1, effect, false);

	if (verdict == VERDICT_SAME || g->p_adjusted >= COMPARE_ALPHA)
		return verdict;
	return g->paired.ratio > 1 ? VERDICT_SLOWER : VERDICT_FASTER;
}

static void give_verdicts(struct comparison *c)
{
	for (size_t i = 0; i < c->n_results; i++) {
		struct result *r = &c->results[i];

		r->verdict = compare_verdict(&r->paired, r->p_adjusted, c->effect,
					     summary_grows(comparison_column(r)));
		if (r->zeros || (r->verdict == VERDICT_SAME && hides(c, r)))
			r->verdict = VERDICT_INCONCLUSIVE;
	}
	for (size_t i = 0; i < c->n_groups; i++)
		c->groups[i].verdict = group_verdict(&c->groups[i], c->effect);
}

/* Whether in `arm` a fixed amount of work, the floor of synchronization, changed. */
static bool moved(const struct comparison *c, size_t arm)
{
	for (size_t i = 0; i < c->n_results; i++) {
		const struct result *r = &c->results[i];

		if (r->arm == arm && compare_is_calibration(&c->cells[r->cell]) &&
		    comparison_column(r) == COL_op_p50_ns && r->paired.p < COMPARE_ALPHA &&
		    fabs(log(r->paired.ratio)) > log1p(c->effect))
			return true;
	}
	return false;
}

/* No verdict on arms that another machine would have given, so to speak. */
static void refuse_moved(struct comparison *c)
{
	for (size_t arm = 1; c->design != COMPARE_BLOCKS && arm < c->n_arms; arm++) {
		bool refused = moved(c, arm);

		for (size_t i = 0; refused && i < c->n_results; i++)
			if (c->results[i].arm == arm)
				c->results[i].verdict = VERDICT_INCOMPARABLE;
		for (size_t i = 0; refused && i < c->n_groups; i++)
			if (c->groups[i].arm == arm)
				c->groups[i].verdict = VERDICT_INCOMPARABLE;
	}
}

/* How many configurations of each group got which verdict. */
static void count_verdicts(struct comparison *c)
{
	for (size_t i = 0; i < c->n_results; i++)
		if (c->results[i].group != SIZE_MAX)
			c->groups[c->results[i].group].n[c->results[i].verdict]++;
}

int comparison_adjust(struct comparison *c)
{
	struct usual usual = {NULL, NULL};
	int err = find_groups(c);

	if (!err)
		err = find_usual(c, &usual);
	c->alpha = alpha_of(c->n_arms, c->n_groups);
	for (size_t arm = 1; !err && arm < c->n_arms; arm++) {
		err = judge_family(c, arm, false, &usual);
		if (!err && c->n_groups)
			err = judge_family(c, arm, true, &usual);
	}
	if (!err) {
		give_verdicts(c);
		refuse_moved(c);
		count_verdicts(c);
	}
	usual_free(&usual);
	return err;
}

size_t comparison_groups(const struct comparison *c)
{
	return c->n_groups;
}

const struct compare_group *comparison_group(const struct comparison *c, size_t nth)
{
	return &c->groups[nth];
}

size_t comparison_arms(const struct comparison *c)
{
	return c->n_arms;
}

const char *comparison_arm(const struct comparison *c, size_t arm)
{
	return c->arms[arm];
}

double comparison_deviation(const struct comparison *c, double quantile)
{
	double *sd = calloc(c->n_results + 1, sizeof(*sd)), found;
	size_t n = 0;

	for (size_t i = 0; sd && i < c->n_results; i++)
		if (!c->results[i].p99 && !isnan(c->results[i].paired.sd_log))
			sd[n++] = c->results[i].paired.sd_log;
	if (!n) {
		free(sd);
		return NAN;
	}
	estimate_sort(sd, n);
	found = estimate_quantile(sd, n, quantile);
	free(sd);
	return found;
}

double compare_detectable(double sd_log, size_t n, size_t family, size_t n_arms, double effect)
{
	double alpha = alpha_of(n_arms, family >= GROUP_LEAST);

	return flips_detectable(flips_critical(n, family, alpha), sd_log, 0, n, log1p(effect),
				PAIRED_POWER);
}

size_t comparison_rounds(const struct comparison *c, double ratio, double quantile)
{
	double sd = comparison_deviation(c, quantile), wanted = log(ratio);
	size_t family = c->n_results / (c->n_arms > 1 ? c->n_arms - 1 : 1);
	size_t lo = compare_pairs_needed(c->n_arms) - 1, hi = lo + 1;

	/* The smallest n that detects: twice as many until it does, then halves of the way back. */
	while (!(compare_detectable(sd, hi, family, c->n_arms, c->effect) <= wanted)) {
		if (hi >= ROUNDS_MAX)
			return ROUNDS_MAX;
		lo = hi;
		hi *= 2;
	}
	while (hi - lo > 1) {
		size_t mid = (lo + hi) / 2;

		if (compare_detectable(sd, mid, family, c->n_arms, c->effect) <= wanted)
			hi = mid;
		else
			lo = mid;
	}
	return hi;
}

size_t comparison_needed(const struct comparison *c)
{
	return c->design == COMPARE_BLOCKS ? flips_pairs_needed(c->alpha)
					   : flips_groups_needed(c->alpha);
}

enum verdict compare_verdict(const struct paired *p, double p_adjusted, double effect, bool grows)
{
	double more = 1 + effect, less = 1 / more;

	if (isnan(p->exact.lo) || isnan(p->exact.hi))
		return VERDICT_INCONCLUSIVE;
	if (p->exact.lo > less && p->exact.hi < more)
		return VERDICT_SAME;
	if (p_adjusted >= COMPARE_ALPHA)
		return VERDICT_INCONCLUSIVE;
	if (p->exact.lo > more)
		return grows ? VERDICT_FASTER : VERDICT_SLOWER;
	if (p->exact.hi < less)
		return grows ? VERDICT_SLOWER : VERDICT_FASTER;
	return VERDICT_INCONCLUSIVE;
}

size_t compare_pairs_needed(size_t n_arms)
{
	return flips_pairs_needed(alpha_of(n_arms, true));
}
