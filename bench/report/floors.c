/* SPDX-License-Identifier: MIT */
/*
 * Round trips as multiples of the floor: which part of a time is the machine's, which the
 * mechanism's. The floor of spinners is a cache line that goes there and back, by whichever variant
 * was the fastest there; of sleepers a futex that wakes and is woken.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/record/cell.h"
#include "bench/report/html.h"
#include "bench/report/parts.h"

#define BELOW_MAX 12 /* names of what lies below its floor; the table has all */

#define SMALL_B 64

/* Whether `row` can be a floor: each variant of cache_line, of the futex the plain call alone. */
static bool can_be_floor(const struct row *row, bool spins)
{
	if (row_spins(row) != spins)
		return false;
	if (spins)
		return !strcmp(row_get_text(row, COL_mechanism), "cache_line");
	return row_is_bare_futex(row);
}

struct answer query_floor(const struct report_data *b, const struct state *s,
			  enum relation relation, bool spins)
{
	struct query q = {.state = s,
			  .use = USE_HANDOFF,
			  .metric = "op_p50_ns",
			  .places = QUERY_AT(relation)};
	const struct row *least = NULL;

	for (size_t i = 0; i < b->summary.n; i++) {
		const struct row *row = &b->summary.all[i];

		if (query_matches(&q, row) && can_be_floor(row, spins) &&
		    (!least ||
		     row_get_decimal(row, COL_median) < row_get_decimal(least, COL_median)))
			least = row;
	}
	return (struct answer){.best = least, .lo = NAN, .hi = NAN};
}

/*
 * Whether `row` is a round trip that has a floor: of a small message or a notification, or a
 * hand-off.
 */
static bool is_round_trip(const struct state *s, const struct row *row)
{
	struct query q = {.state = s, .metric = "op_p50_ns"};

	return query_matches(&q, row) && row_is_set(row, COL_placement) &&
	       row_get_u64(row, COL_msg_size_b, SMALL_B) == SMALL_B && row_is_round_trip(row);
}

/* A round trip and its floor. */
struct climb {
	const struct row *row, *floor;
	enum relation relation;
	double multiple;
};

static int by_multiple(const void *a, const void *b)
{
	const struct climb *x = a, *y = b;

	if (x->relation != y->relation)
		return x->relation < y->relation ? -1 : 1;
	return x->multiple < y->multiple ? -1 : x->multiple > y->multiple;
}

/* The round trips of a state that have a floor, closest PUs and smallest multiples first. */
static size_t find_climbs(const struct report_data *b, const struct state *s, struct climb *climbs)
{
	size_t n = 0;

	for (size_t i = 0; i < b->summary.n; i++) {
		const struct row *row = &b->summary.all[i];
		struct climb c = {.row = row, .relation = row_relation(row)};

		if (!is_round_trip(s, c.row))
			continue;
		c.floor = query_floor(b, s, c.relation, row_spins(row)).best;
		if (!c.floor)
			continue;
		c.multiple =
			row_get_decimal(c.row, COL_median) / row_get_decimal(c.floor, COL_median);
		climbs[n++] = c;
	}
	if (n)
		qsort(climbs, n, sizeof(*climbs), by_multiple);
	return n;
}

static void say_below_one(const struct climb *c, size_t nth, FILE *out)
{
	fputs(nth ? ", <code>" : "<code>", out);
	part_name(c->row, 0, out);
	fprintf(out, "</code> (%.2f ×)", c->multiple);
}

static bool is_below(const struct climb *c)
{
	return row_get_decimal(c->row, COL_median) < row_get_decimal(c->floor, COL_median);
}

/* Below, and more than the intervals allow. */
static bool is_clearly_below(const struct climb *c)
{
	return is_below(c) && !row_overlaps(c->row, c->floor);
}

/* What lies below its floor is no climb: then the floor is none, which is said and not hidden. */
static void say_below(const struct climb *climbs, size_t n, FILE *out)
{
	size_t clearly = 0, within = 0, said = 0;

	for (size_t i = 0; i < n; i++) {
		clearly += is_clearly_below(&climbs[i]);
		within += is_below(&climbs[i]) && !is_clearly_below(&climbs[i]);
	}
	if (!clearly && !within)
		return;
	fputs("<p class=\"note\">", out);
	if (clearly)
		fprintf(out,
			"<b>%zu of %zu</b> round trips are faster than their floor, by more than "
			"the "
			"intervals allow. It is no lower bound for them: ",
			clearly, n);
	for (size_t i = 0; i < n && said < BELOW_MAX; i++)
		if (is_clearly_below(&climbs[i]))
			say_below_one(&climbs[i], said++, out);
	if (clearly > said)
		fprintf(out, " and %zu more, which the table below has", clearly - said);
	fputs(clearly ? ". " : "", out);
	if (within)
		fprintf(out,
			"%zu of %zu have a median below their floor, but the intervals overlap.",
			within, n);
	fputs("</p>\n", out);
}

static void write_row(const struct climb *c, FILE *out)
{
	char times[32];

	fputs("<tr><td>", out);
	part_name(c->row, CELL_SAID(placement), out);
	fputs("</td>", out);
	html_cell(out, row_get_text(c->row, COL_placement));
	html_cell_figure(out, "op_p50_ns", row_get_decimal(c->row, COL_median));
	html_cell_figure(out, "op_p50_ns", row_get_decimal(c->floor, COL_median));
	fputs("<td>", out);
	part_name(c->floor, CELL_SAID(placement), out);
	fputs("</td>", out);
	snprintf(times, sizeof(times), c->multiple < 9.95 ? "%.1f" : "%.0f", c->multiple);
	fprintf(out, "<td class=n data-v=\"%.3f\">%s ×</td>", c->multiple, times);
	html_cell_flags(out, row_get_text(c->row, COL_flags));
	fputs("</tr>\n", out);
}

void part_floors(const struct report_data *b, FILE *out)
{
	static const char columns[] =
		"configuration|distance|#round trip|#its floor|which is|#multiple|marks";
	struct climb *climbs = calloc(b->summary.n + 1, sizeof(*climbs));

	for (size_t k = 0; climbs && k < part_states(b); k++) {
		const struct state *s = &b->states[k];
		size_t n = find_climbs(b, s, climbs);

		if (!n)
			continue;
		part_state_heading(b, s, out);
		say_below(climbs, n, out);
		html_table(
			out,
			"Round trips of 64 bytes, of notifications and hand-offs, as multiples of "
			"the floor",
			columns);
		for (size_t i = 0; i < n; i++)
			write_row(&climbs[i], out);
		html_table_end(out);
	}
	free(climbs);
}
