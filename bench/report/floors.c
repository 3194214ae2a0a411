/* SPDX-License-Identifier: MIT */
/*
 * Round trips as multiples of the floor: which part of a time is the machine's, which the
 * mechanism's. The floor of spinners is a cache line that goes there and back, by whichever variant
 * was the fastest there; of sleepers a futex that wakes and is woken. A mechanism that is clearly
 * faster shows that the machine can do better: then it is the floor.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/record/cell.h"
#include "bench/report/html.h"
#include "bench/report/parts.h"

#define SMALL_B 64

/* Whether `row` is measured as floor: each variant of cache_line, of the futex the plain call. */
static bool is_made_for_it(const struct row *row)
{
	if (row_spins(row))
		return !strcmp(row_get_text(row, COL_mechanism), "cache_line");
	return row_is_bare_futex(row);
}

static bool is_below(const struct row *row, const struct row *floor)
{
	return row_get_decimal(row, COL_median) < row_get_decimal(floor, COL_median);
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

struct answer query_floor(const struct report_data *b, const struct state *s,
			  enum relation relation, bool spins)
{
	struct query q = {.state = s,
			  .use = USE_HANDOFF,
			  .metric = "op_p50_ns",
			  .places = QUERY_AT(relation)};
	const struct row *made = NULL, *least;

	for (size_t i = 0; i < b->summary.n; i++) {
		const struct row *row = &b->summary.all[i];

		if (query_matches(&q, row) && row_spins(row) == spins && is_made_for_it(row) &&
		    (!made || is_below(row, made)))
			made = row;
	}
	least = made;
	for (size_t i = 0; made && i < b->summary.n; i++) {
		const struct row *row = &b->summary.all[i];

		if (is_round_trip(s, row) && row_relation(row) == relation &&
		    row_spins(row) == spins && is_below(row, least) && !row_overlaps(row, made))
			least = row;
	}
	return (struct answer){.best = least, .lo = NAN, .hi = NAN};
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

/* Whether a mechanism is the floor, because nothing measured as floor was as fast. */
static bool is_floor_itself(const struct climb *c)
{
	return c->row == c->floor && !is_made_for_it(c->row);
}

static void say_floor_itself(const struct climb *c, FILE *out)
{
	fputs("<p class=\"note\"><code>", out);
	part_name(c->row, 0, out);
	fprintf(out, "</code> is the floor: it is faster than %s.</p>\n",
		row_spins(c->row) ? "every variant of <code>cache_line</code>"
				  : "<code>futex:wait_wake</code>");
}

/* What is below what was measured as floor is said, not hidden. */
static void say_below(const struct climb *climbs, size_t n, FILE *out)
{
	size_t within = 0;

	for (size_t i = 0; i < n; i++) {
		within += is_below(climbs[i].row, climbs[i].floor);
		if (is_floor_itself(&climbs[i]))
			say_floor_itself(&climbs[i], out);
	}
	if (within)
		fprintf(out,
			"<p class=\"note\">%zu of %zu have a median below their floor, but the "
			"intervals overlap.</p>\n",
			within, n);
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
