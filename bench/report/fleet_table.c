/* SPDX-License-Identifier: MIT */
/* The odd ones first; of the rest how many are alike, and what would have been seen. */
#include "bench/report/fleet_table.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/analyse/estimate.h"
#include "bench/base/wrap.h"
#include "bench/report/fleet_settings.h"

#define SHOWN 5 /* configurations of a machine, and names of machines; the rest is counted */

struct ordered {
	double oddness;
	const char *name;
	size_t machine;
};

static int by_oddness(const void *a, const void *b)
{
	const struct ordered *x = a, *y = b;

	if (x->oddness != y->oddness)
		return x->oddness < y->oddness ? 1 : -1;
	return strverscmp(x->name, y->name);
}

int fleet_order(const struct fleet *f, size_t *order, size_t *n_odd)
{
	struct ordered *all = calloc(f->n_machines + 1, sizeof(*all));

	if (!all)
		return -ENOMEM;
	*n_odd = 0;
	for (size_t m = 0; m < f->n_machines; m++) {
		all[m] = (struct ordered){fleet_oddness(f, m), f->machines[m].name, m};
		*n_odd += all[m].oddness > 0;
	}
	qsort(all, f->n_machines, sizeof(*all), by_oddness);
	for (size_t i = 0; i < f->n_machines; i++)
		order[i] = all[i].machine;
	free(all);
	return 0;
}

size_t fleet_sides(const struct fleet *f, size_t group, size_t m, size_t *same_side)
{
	double side = fleet_of_group(f, group, m)->difference;
	size_t n = 0;

	*same_side = 0;
	for (size_t c = 0; c < f->n_cells; c++) {
		double difference = fleet_of_cell(f, c, m)->difference;

		if (f->cells[c].group != group || isnan(difference))
			continue;
		n++;
		*same_side += side * difference > 0;
	}
	return n;
}

struct fleet_tally fleet_tally(const struct fleet *f, size_t group)
{
	struct fleet_tally tally = {.detectable = NAN};
	double *all = calloc(f->n_machines + 1, sizeof(*all));
	size_t n = 0;

	for (size_t m = 0; m < f->n_machines; m++) {
		const struct odd *o = fleet_of_group(f, group, m);

		if (isnan(o->difference))
			continue;
		tally.n[o->verdict]++;
		if (all && !isnan(o->detectable))
			all[n++] = o->detectable;
	}
	if (n) {
		estimate_sort(all, n);
		tally.detectable = estimate_median(all, n);
	}
	free(all);
	return tally;
}

const char *fleet_percent(char text[FLEET_PERCENT_B], double logarithm)
{
	double percent = 100 * expm1(logarithm);

	text[0] = '\0';
	if (!isnan(percent))
		snprintf(text, FLEET_PERCENT_B, fabs(percent) < 9.95 ? "%+.1f %%" : "%+.0f %%",
			 percent);
	return text;
}

static void print_line(FILE *out, const char *machine, const char *what, const struct odd *o)
{
	char by[FLEET_PERCENT_B], lo[FLEET_PERCENT_B], hi[FLEET_PERCENT_B], least[FLEET_PERCENT_B];
	char interval[2 * FLEET_PERCENT_B + 8];

	snprintf(interval, sizeof(interval), "%s to %s", fleet_percent(lo, o->lo),
		 fleet_percent(hi, o->hi));
	fprintf(out, "%-16s %-7s %10s  %-20s %11s  %s\n", machine, odd_verdict_name(o->verdict),
		fleet_percent(by, o->difference), interval, fleet_percent(least, o->detectable) + 1,
		what);
}

/* What names machine `m`: places, then the configurations that do so by themselves. */
static void print_machine(const struct fleet *f, size_t m, FILE *out)
{
	char what[128];
	size_t n, same, more = 0;

	for (size_t g = 0; g < f->n_groups; g++) {
		if (!fleet_is_odd(fleet_of_group(f, g, m)))
			continue;
		n = fleet_sides(f, g, m, &same);
		snprintf(what, sizeof(what), "%s (%zu of %zu configurations)", f->groups[g], same,
			 n);
		print_line(out, f->machines[m].name, what, fleet_of_group(f, g, m));
	}
	for (size_t c = 0; c < f->n_cells; c++)
		if (fleet_is_odd(fleet_of_cell(f, c, m)) && more++ < SHOWN)
			print_line(out, f->machines[m].name, f->cells[c].name,
				   fleet_of_cell(f, c, m));
	if (more > SHOWN)
		fprintf(out, "%-16s and %zu more configurations; --csv has all\n",
			f->machines[m].name, more - SHOWN);
}

static void print_kinds(const struct fleet *f, FILE *out)
{
	for (size_t i = 0; i < f->n_kinds; i++) {
		const struct fleet_kind *k = &f->kinds[i];

		wrap_print(out, "%zu machine%s: %s%s", k->n, k->n == 1 ? "" : "s", k->name,
			   k->n < ODD_LEAST
				   ? "; so few of one kind cannot tell which of them is odd"
				   : "");
	}
	if (f->n_kinds > 1)
		wrap_print(out, "machines are compared with others of the same processor, kernel "
				"and topology");
}

static void print_places(const struct fleet *f, FILE *out)
{
	fprintf(out, "\n%-28s %6s %6s %6s %14s  %s\n", "place", "slower", "faster", "alike",
		"cannot be told", "smallest difference that would show");
	for (size_t g = 0; g < f->n_groups; g++) {
		struct fleet_tally t = fleet_tally(f, g);
		char least[FLEET_PERCENT_B];

		fprintf(out, "%-28s %6zu %6zu %6zu %14zu  %s\n", f->groups[g], t.n[ODD_SLOWER],
			t.n[ODD_FASTER], t.n[ODD_ALIKE], t.n[ODD_UNTOLD],
			isnan(t.detectable) ? "none" : fleet_percent(least, t.detectable) + 1);
	}
}

struct printing {
	const struct fleet *f;
	FILE *out;
	size_t n;
};

static void print_setting(void *arg, const char *key, const struct fleet_value *values, size_t n)
{
	struct printing *p = arg;

	if (!p->n++)
		fprintf(p->out, "\nsettings that differ\n");
	fprintf(p->out, "%s\n", key);
	for (size_t i = 0; i < n; i++) {
		fprintf(p->out, "  %.80s:", values[i].text ? values[i].text : "(not there)");
		for (size_t k = 0; k < values[i].n && k < SHOWN; k++)
			fprintf(p->out, " %s", p->f->machines[values[i].machines[k]].name);
		if (values[i].n > SHOWN)
			fprintf(p->out, " and %zu more", values[i].n - SHOWN);
		fputc('\n', p->out);
	}
}

int fleet_print(const struct fleet *f, FILE *out)
{
	size_t *order = calloc(f->n_machines + 1, sizeof(*order)), n_odd;
	struct printing p = {f, out, 0};
	int err = order ? fleet_order(f, order, &n_odd) : -ENOMEM;

	if (!err) {
		print_kinds(f, out);
		fprintf(out, "%zu of %zu machines %s odd\n", n_odd, f->n_machines,
			n_odd == 1 ? "is" : "are");
		if (n_odd)
			fprintf(out, "\n%-16s %-7s %10s  %-20s %11s  %s\n", "machine", "verdict",
				"to others", "95 % interval", "would show", "where");
		for (size_t i = 0; i < n_odd; i++)
			print_machine(f, order[i], out);
		print_places(f, out);
		err = fleet_settings(f, print_setting, &p);
	}
	if (!err && !p.n)
		fprintf(out, "\nno setting differs\n");
	free(order);
	return err;
}
