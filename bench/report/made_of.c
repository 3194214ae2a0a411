/* SPDX-License-Identifier: MIT */
#include "bench/report/made_of.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/text.h"
#include "bench/base/values.h"
#include "bench/base/wrap.h"
#include "bench/report/findings.h"
#include "bench/report/parts.h"

#define SMALL_SHARE 0.1 /* of the whole: less is not worth a profile */

static uint64_t size_of(const struct breakdown *b)
{
	return row_get_u64(b->source[SOURCE_TRIP], COL_msg_size_b, 0);
}

static double whole_ns(const struct breakdown *b)
{
	return row_get_decimal(b->source[SOURCE_TRIP], COL_median);
}

static int by_place(const void *a, const void *b)
{
	const struct row *x = ((const struct breakdown *)a)->source[SOURCE_TRIP];
	const struct row *y = ((const struct breakdown *)b)->source[SOURCE_TRIP];
	uint64_t size_x = size_of(a), size_y = size_of(b);
	bool large_x = ((const struct breakdown *)a)->source[SOURCE_SMALLER];
	bool large_y = ((const struct breakdown *)b)->source[SOURCE_SMALLER];

	if (row_is_ipc(x) != row_is_ipc(y))
		return row_is_ipc(x) ? -1 : 1;
	if (row_relation(x) != row_relation(y))
		return row_relation(x) < row_relation(y) ? -1 : 1;
	if (large_x != large_y || (large_x && size_x != size_y))
		return large_x < large_y || (large_x == large_y && size_x < size_y) ? -1 : 1;
	return whole_ns(a) < whole_ns(b) ? -1 : whole_ns(a) > whole_ns(b);
}

int made_of_find(const struct report_data *b, const struct state *s, struct made_of *ret)
{
	size_t kept = 0;
	int err = breakdown_find(b->summary.all, b->summary.n, &ret->all, &ret->n);

	for (size_t i = 0; !err && i < ret->n; i++) {
		const struct row *trip = ret->all[i].source[SOURCE_TRIP];

		if (ret->all[i].fastest && !strcmp(row_get_text(trip, COL_run_id), s->run_id) &&
		    !strcmp(row_get_text(trip, COL_arm), s->arm))
			ret->all[kept++] = ret->all[i];
	}
	ret->n = kept;
	if (kept)
		qsort(ret->all, kept, sizeof(*ret->all), by_place);
	return err;
}

void made_of_name(const struct breakdown *b, char *text, size_t size)
{
	static const uint64_t said = CELL_SAID(pattern) | CELL_SAID(experiment) |
				     CELL_SAID(placement) | CELL_SAID(msg_size_b) |
				     CELL_SAID(threads) | CELL_SAID(touch);
	char whole[CELL_NAME_B];

	cell_name_beside(NULL, b->source[SOURCE_TRIP], said, whole, sizeof(whole));
	snprintf(text, size, "%s", strchr(whole, '/') + 1);
}

void made_of_free(struct made_of *m)
{
	free(m->all);
}

const char *made_of_part(enum part part)
{
	static const char *const names[PART_COUNT] = {
		[PART_CALLS] = "system calls",		 [PART_SWITCH] = "wake-up and switch",
		[PART_WAKE] = "to another CPU",		 [PART_IDLE] = "way out of idle",
		[PART_COPY] = "larger message",		 [PART_REST] = "the rest",
		[PART_RESTED] = "after a pause of 1 ms",
	};

	return names[part];
}

/* `ns` in the unit that `whole` has, without it. */
static const char *in_unit(double ns, double whole, char text[32])
{
	double unit = whole < 1e3 ? 1 : whole < 1e6 ? 1e3 : 1e6;

	snprintf(text, 32, unit > 1 ? "%.1f" : "%.0f", ns / unit);
	return strcmp(text, "-0.0") && strcmp(text, "-0") ? text : text + 1;
}

/* "1.1 are system calls, 3.9 the wake-up ...". */
static void say_parts(const struct breakdown *b, char *text, size_t size)
{
	static const char *const words[PART_COUNT] = {
		[PART_CALLS] = " are system calls",	 [PART_SWITCH] = " wake-up and switch",
		[PART_WAKE] = " the way to another CPU", [PART_IDLE] = " its way out of idle",
		[PART_COPY] = " the larger message",	 [PART_REST] = " the rest",
	};
	bool idle = !isnan(b->part[PART_IDLE].ns);
	const char *between = "";
	char figure[32];

	for (enum part p = 0; p <= PART_REST; p++) {
		if (isnan(b->part[p].ns))
			continue;
		text_add(text, size, "%s%s%s", p == PART_REST ? " and " : between,
			 in_unit(b->part[p].ns, whole_ns(b), figure),
			 p == PART_WAKE && !idle ? " the way to another, idle CPU" : words[p]);
		between = ", ";
	}
	if (isnan(b->part[PART_CALLS].ns))
		text_add(text, size, " (how many system calls depends on which side sleeps)");
	if (b->awake_failed)
		text_add(text, size, " (beside a process that keeps the CPUs awake it was slower)");
	if (b->part[PART_REST].ci.hi < 0)
		text_add(text, size, " (the parts are more than the whole)");
}

/* What can shorten the whole: what it shortens for certain, and all that it can. */
static const struct lever {
	const char *what;
	enum part least, most;
} levers[] = {
	/* A CPU that others keep busy is not idle: then polling saves nothing of the way to it
	   either. */
	{"profiles that keep CPUs awake", PART_IDLE, PART_AWAKE},
	{"cheaper system calls", PART_CALLS, PART_CALLS},
};

/* Whether it can, by the intervals of what it shortens. */
static const char *say_help(const struct breakdown *b, const struct lever *lever)
{
	double small = SMALL_SHARE * whole_ns(b);

	return b->part[lever->least].ci.lo > small  ? "can help"
	       : b->part[lever->most].ci.hi < small ? "cannot"
						    : "may help";
}

void made_of_sentence(const struct breakdown *b, char text[MADE_OF_SENTENCE_B])
{
	enum relation relation = row_relation(b->source[SOURCE_TRIP]);
	const char *between = ": ";
	char figure[32];
	size_t size = MADE_OF_SENTENCE_B;

	*text = '\0';
	text_add(text, size, "of %s %s %s %s ", in_unit(whole_ns(b), whole_ns(b), figure),
		 whole_ns(b) < 1e3   ? "ns"
		 : whole_ns(b) < 1e6 ? "µs"
				     : "ms",
		 relation == RELATION_SAME_PU ? "on" : "between", finding_between(relation));
	say_parts(b, text, size);
	for (size_t i = 0; i < sizeof(levers) / sizeof(levers[0]); i++) {
		if (isnan(b->part[levers[i].most].ci.hi))
			continue;
		text_add(text, size, "%s%s %s", between, levers[i].what, say_help(b, &levers[i]));
		between = ", ";
	}
}

/* A part with its interval; empty where it was not measured. */
static void write_cell(const struct breakdown *b, enum part part, FILE *out)
{
	char lo[QUANTITY_B], hi[QUANTITY_B], text[QUANTITY_B];

	if (isnan(b->part[part].ns)) {
		fputs("<td></td>", out);
		return;
	}
	html_quantity(text, "part_ns", b->part[part].ns);
	fprintf(out, "<td class=n data-v=\"%.3f\">%s", b->part[part].ns, text);
	if (!isnan(b->part[part].ci.lo)) {
		html_quantity(lo, "part_ns", b->part[part].ci.lo);
		html_quantity(hi, "part_ns", b->part[part].ci.hi);
		fprintf(out, "<br><small>%s to %s</small>", lo, hi);
	}
	fputs("</td>", out);
}

static void write_row(const struct breakdown *b, FILE *out)
{
	const struct row *trip = b->source[SOURCE_TRIP];

	fputs("<tr><td>", out);
	part_name(trip, CELL_SAID(placement), out);
	fputs("</td>", out);
	html_cell(out, row_get_text(trip, COL_placement));
	html_cell_figure(out, "part_ns", whole_ns(b));
	write_cell(b, PART_CALLS, out);
	write_cell(b, PART_SWITCH, out);
	write_cell(b, PART_WAKE, out);
	write_cell(b, PART_IDLE, out);
	write_cell(b, PART_COPY, out);
	write_cell(b, PART_REST, out);
	write_cell(b, PART_RESTED, out);
	html_cell_flags(out, row_get_text(trip, COL_flags));
	fputs("</tr>\n", out);
}

/* A sentence for each mechanism between the closest two cores. */
static void write_sentences(const struct made_of *m, enum relation closest, FILE *out)
{
	char text[MADE_OF_SENTENCE_B];

	fputs("<ul>\n", out);
	for (size_t i = 0; i < m->n; i++) {
		const struct breakdown *b = &m->all[i];

		if (b->source[SOURCE_SMALLER] || row_relation(b->source[SOURCE_TRIP]) != closest)
			continue;
		fputs("<li><code>", out);
		part_name(b->source[SOURCE_TRIP], CELL_SAID(placement), out);
		made_of_sentence(b, text);
		fputs("</code>: ", out);
		html_text(out, text);
		fputs(".</li>\n", out);
	}
	fputs("</ul>\n", out);
}

void part_made_of(const struct report_data *b, FILE *out)
{
	static const char columns[] =
		"configuration|distance|#round trip|#system calls|#wake-up, switch|#to another "
		"CPU|#way out of idle|#larger message|#rest|#after a pause of 1 ms|marks";

	for (size_t k = 0; k < part_states(b); k++) {
		struct made_of m = {.n = 0};

		if (!made_of_find(b, &b->states[k], &m) && m.n) {
			part_state_heading(b, &b->states[k], out);
			write_sentences(&m, finding_relation(b, &b->states[k], false), out);
			html_table(out,
				   "What the fastest round trips of each mechanism are made of",
				   columns);
			for (size_t i = 0; i < m.n; i++)
				write_row(&m.all[i], out);
			html_table_end(out);
		}
		made_of_free(&m);
	}
}

void made_of_print(const struct report_data *b, FILE *out)
{
	char text[MADE_OF_SENTENCE_B], name[CELL_NAME_B];
	const struct breakdown *best = NULL;
	struct made_of m = {.n = 0};
	enum relation closest;

	if (b->n_states != 1 || made_of_find(b, &b->states[0], &m))
		goto out_free;
	closest = finding_relation(b, &b->states[0], false);
	for (size_t i = 0; i < m.n && !best; i++)
		if (!m.all[i].source[SOURCE_SMALLER] && size_of(&m.all[i]) &&
		    !isnan(m.all[i].part[PART_CALLS].ns) &&
		    row_relation(m.all[i].source[SOURCE_TRIP]) == closest)
			best = &m.all[i];
	if (!best)
		goto out_free;
	made_of_name(best, name, sizeof(name));
	made_of_sentence(best, text);
	wrap_print(out, "%s: %s", name, text_ascii(text));
out_free:
	made_of_free(&m);
}
