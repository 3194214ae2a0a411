/* SPDX-License-Identifier: MIT */
/* The verdict: what is fastest, cheapest, fairest here, in sentences that summary.csv can prove. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/analyse/summary.h"
#include "bench/report/html.h"
#include "bench/report/parts.h"
#include "bench/report/stalls.h"

/* How a relation is called in a sentence. */
static const char *between(const char *placement)
{
	static const char *const names[][2] = {
		{"same-pu", "on one PU"},
		{"smt", "between the two threads of a core"},
		{"same-l2", "between two cores with one L2 cache"},
		{"same-l3", "between two cores with one L3 cache"},
		{"same-node", "between two cores of a NUMA node"},
		{"same-package", "between two NUMA nodes of a package"},
		{"other-package", "between two packages"},
		{"other-node", "between two NUMA nodes that packages share"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(placement, names[i][0]))
			return names[i][1];
	return placement;
}

static void say_name(const struct row *row, FILE *out)
{
	const char *wait = row_get_text(row, COL_wait);
	char name[256];

	row_name(row, name, sizeof(name));
	fputs("<code>", out);
	html_text(out, name);
	fputs("</code>", out);
	if (*wait) {
		fputs(" (waits by <code>", out);
		html_text(out, wait);
		fputs("</code>)", out);
	}
}

/*
 * "4.46 µs (95 % interval 4.24 µs to 4.60 µs, 6 invocations, noisy)"; without the interval where it is the
 * best of several, for which one by itself is too narrow.
 */
static void say_figure(const struct row *row, bool by_itself, FILE *out)
{
	const char *metric = row_get_text(row, COL_metric);

	fputs("<b>", out);
	html_figure(out, metric, row_get_decimal(row, COL_median));
	fputs("</b> (", out);
	if (by_itself && row_is_set(row, COL_ci_lo)) {
		fputs("95 % interval ", out);
		html_figure(out, metric, row_get_decimal(row, COL_ci_lo));
		fputs(" to ", out);
		html_figure(out, metric, row_get_decimal(row, COL_ci_hi));
		fputs(", ", out);
	}
	fprintf(out, "%llu invocation%s%s%s)", (unsigned long long)row_get_u64(row, COL_n, 0),
		row_get_u64(row, COL_n, 0) == 1 ? "" : "s",
		row_is_set(row, COL_ci_lo) ? "" : ": too few for an interval",
		row_list_has(row_get_text(row, COL_flags), "noisy") ? ", noisy" : "");
}

static bool alone(const struct answer *a)
{
	return a->set < 2;
}

/* Ends a sentence on the best of several with the set that cannot be told from it. */
static void say_rank(const struct answer *a, FILE *out)
{
	const char *metric = row_get_text(a->best, COL_metric);
	char lo[QUANTITY_B], hi[QUANTITY_B];

	if (!a->others) {
		fputs("; nothing else was measured there. ", out);
		return;
	}
	if (isnan(a->lo)) {
		fprintf(out, ", the best of %zu, and not to be told from them yet. ",
			a->others + 1);
		return;
	}
	if (alone(a)) {
		fprintf(out, "; it can be told from %s. ",
			a->others == 1 ? "the other" : "all others");
		return;
	}
	html_quantity(lo, metric, a->lo);
	html_quantity(hi, metric, a->hi);
	fprintf(out,
		"; %zu of %zu others cannot be told from it, and the best of these has %s to %s "
		"(95 %%, all at once). ",
		a->set - 1, a->others, lo, hi);
}

static bool say_small(const struct report_data *b, const struct state *s, const char *placement,
		      const char *way, FILE *out)
{
	struct query q = {.state = s,
			  .kind = "ping-pong",
			  .metric = "op_p50_ns",
			  .way = way && !strcmp(way, "sleeps") ? way : NULL,
			  .placement = placement,
			  .size_b = 64};
	struct answer a = query_best(b, &q);
	const char *sleeps = way && !q.way ? query_sleeps(b, &q, &a) : NULL;

	if (!a.best)
		return false;
	fprintf(out, "The fastest round trip of 64 bytes %s%s is ", between(placement),
		!way	 ? ""
		: !q.way ? ", where a side may spin,"
			 : ", where both sleep,");
	say_name(a.best, out);
	fputs(": ", out);
	say_figure(a.best, alone(&a), out);
	if (sleeps)
		fprintf(out, ", %s", sleeps);
	say_rank(&a, out);
	return true;
}

/* On one PU; on the closest two cores; on the farthest two. */
static void say_round_trips(const struct report_data *b, const struct state *s, FILE *out)
{
	struct query q = {.state = s, .kind = "ping-pong", .metric = "op_p50_ns", .size_b = 64};
	const char *closest = NULL, *farthest = NULL;

	for (size_t i = 2; report_placements[i]; i++) { /* neither one PU nor one core */
		q.placement = report_placements[i];
		if (!query_best(b, &q).best)
			continue;
		closest = closest ? closest : q.placement;
		farthest = q.placement;
	}
	say_small(b, s, "same-pu", NULL, out);
	if (!closest)
		return;
	say_small(b, s, closest, "spins", out);
	say_small(b, s, closest, "sleeps", out);
	if (farthest == closest)
		return;
	say_small(b, s, farthest, "spins", out);
	say_small(b, s, farthest, "sleeps", out);
}

static void say_bulk(const struct report_data *b, const struct state *s, FILE *out)
{
	struct query q = {.state = s, .kind = "stream", .metric = "throughput_mb_s"};
	struct answer a = query_best(b, &q);
	uint64_t size_b;

	if (!a.best)
		return;
	size_b = row_get_u64(a.best, COL_msg_size_b, 0);
	fputs("Most payload in one direction goes through ", out);
	say_name(a.best, out);
	fprintf(out, " with messages of %llu bytes %s: ", (unsigned long long)size_b,
		between(row_get_text(a.best, COL_placement)));
	say_figure(a.best, alone(&a), out);
	say_rank(&a, out);
}

/* How many others cannot be told from the best: intervals that overlap, or the same in print. */
static size_t count_equals(const struct report_data *b, const struct query *q,
			   const struct row *best)
{
	char text[2][QUANTITY_B];
	size_t n = 0;

	html_quantity(text[0], q->metric, row_get_decimal(best, COL_median));
	for (size_t i = 0; i < b->summary.n; i++) {
		const struct row *row = &b->summary.all[i];

		if (row == best || !query_matches(q, row))
			continue;
		html_quantity(text[1], q->metric, row_get_decimal(row, COL_median));
		n += row_overlaps(row, best) || !strcmp(text[0], text[1]);
	}
	return n;
}

static void say_fairest(const struct report_data *b, const struct query *q, const struct answer *a,
			FILE *out)
{
	size_t equals = count_equals(b, q, a->best);

	fprintf(out, "Of %llu threads that want one lock, ", (unsigned long long)q->threads);
	if (equals) {
		fprintf(out,
			"no lock can be said to share it most evenly: %zu of %zu cannot be told "
			"apart; the largest of Jain&#39;s indices is ",
			equals + 1, a->others + 1);
		say_figure(a->best, alone(a), out);
		fputs(". ", out);
		return;
	}
	say_name(a->best, out);
	fputs(" shares it most evenly: Jain&#39;s index ", out);
	say_figure(a->best, alone(a), out);
	say_rank(a, out);
}

static void say_locks(const struct report_data *b, const struct state *s, FILE *out)
{
	struct query q = {.state = s, .kind = "uncontended", .metric = "op_p50_ns"};
	struct answer a = query_best(b, &q);
	uint64_t threads = 0;

	if (a.best) {
		fputs("The cheapest lock that nobody else wants is ", out);
		say_name(a.best, out);
		fputs(", ", out);
		say_figure(a.best, alone(&a), out);
		fputs(" to acquire and release", out);
		say_rank(&a, out);
	}
	q = (struct query){.state = s, .kind = "contended", .metric = "jain"};
	for (size_t i = 0; i < b->summary.n; i++)
		if (query_matches(&q, &b->summary.all[i]) &&
		    row_get_u64(&b->summary.all[i], COL_threads, 0) > threads)
			threads = row_get_u64(&b->summary.all[i], COL_threads, 0);
	q.threads = threads;
	a = query_best(b, &q);
	if (a.best && threads > 1)
		say_fairest(b, &q, &a, out);
}

size_t part_states(const struct report_data *b)
{
	/* Arms of one run are judged against each other, in the table of the comparison. */
	for (size_t i = 1; i < b->n_states; i++)
		if (!strcmp(b->states[i].run_id, b->states[0].run_id))
			return 1;
	return b->n_states;
}

void part_state_heading(const struct report_data *b, const struct state *s, FILE *out)
{
	if (b->n_states < 2)
		return;
	fputs("<h3>", out);
	html_text(out, part_states(b) > 1 ? s->run_id : s->arm);
	fputs("</h3>\n", out);
}

/* "3.11 a second took longer than 1 ms (2.4 to 3.6; 182 seen)", for each kind of round trips. */
static void say_stalls(const struct report_data *b, const char *run, const char *arm, FILE *out)
{
	static const int limit = 1; /* 1 ms: above what waking takes, and often enough to count */
	struct stall_table t = {0};
	struct rate rate;
	size_t n = 0;

	if (stalls_read(&t, b->program, run, NULL))
		t.n = 0;
	for (size_t i = 0; i < t.n; i++) {
		const struct stall_group *g = &t.groups[i];

		if (!strstr(g->name, "round trips") || strcmp(g->arm, arm) != 0 || !g->n ||
		    stalls_rate(g, limit, &rate))
			continue;
		fprintf(out, "%s%.2f stalls above 1 ms a second (%.2f to %.2f%s), %llu seen, in %s",
			n++ ? "; " : "<p>", rate.per_s, rate.ci.lo, rate.ci.hi,
			rate.clustered ? ", they cluster in some runs" : "",
			(unsigned long long)rate.count, g->name);
	}
	if (n)
		fputs(". A second is one of the round trips that were timed alone.</p>\n", out);
	stalls_free(&t);
}

void part_verdict(const struct report_data *b, FILE *out)
{
	for (size_t i = 0; i < part_states(b); i++) {
		const struct state *s = &b->states[i];

		part_state_heading(b, s, out);
		fputs("<p>", out);
		say_round_trips(b, s, out);
		say_bulk(b, s, out);
		say_locks(b, s, out);
		fputs("</p>\n", out);
		if (part_states(b) == 1 || part_states(b) == b->n_runs)
			say_stalls(b, b->runs[i], s->arm, out);
	}
}

/* What of the cells with figures calls for care. */
struct care {
	size_t figures, noisy, wide, alone, missing;
};

static struct care count_care(const struct report_data *b)
{
	struct care c = {0};

	for (size_t i = 0; i < b->summary.n; i++) {
		const struct row *row = &b->summary.all[i];

		if (!row_is_ok(row)) {
			c.missing += !i || !summary_same_cell(row, row - 1);
			continue;
		}
		if (!row_is_set(row, COL_median))
			continue;
		c.figures++;
		c.noisy += row_list_has(row_get_text(row, COL_flags), "noisy");
		c.alone += !row_is_set(row, COL_ci_lo);
		c.wide += !strcmp(row_get_text(row, COL_target_met), "no");
	}
	return c;
}

static void say_doctor(const struct report_data *b, FILE *out)
{
	size_t n = 0;

	for (size_t i = 0; i < b->doctor.n; i++) {
		const struct row *row = &b->doctor.all[i];
		const char *topic = row_get_text(row, COL_topic);
		bool warning = !strcmp(row_get_text(row, COL_level), "warning");

		/* An unknown frequency is as good as one that moves. */
		if (!warning && (strcmp(topic, "governor") != 0 ||
				 strcmp(row_get_text(row, COL_level), "unknown") != 0))
			continue;
		fputs(n++ ? "; " : "<li>The <a href=\"#doctor\">doctor</a> says of this machine: ",
		      out);
		fputs("<b>", out);
		html_text(out, topic);
		fputs("</b>: ", out);
		html_text(out, row_get_text(row, COL_finding));
	}
	if (n)
		fputs(".</li>\n", out);
}

void part_distrust(const struct report_data *b, FILE *out)
{
	struct care c = count_care(b);

	if (row_list_has(row_get_text(&b->origin, COL_flags), "virtual"))
		fputs("<li>This is a <b>virtual machine</b>: its topology is the hypervisor&#39;s "
		      "claim, and others may share its cores.</li>\n",
		      out);
	if (c.noisy)
		fprintf(out,
			"<li><b>%zu of %zu</b> figures are of cells flagged <b>noisy</b>: "
			"something else "
			"ran there, in a quarter or more of what counts.</li>\n",
			c.noisy, c.figures);
	if (c.wide)
		fprintf(out,
			"<li><b>%zu of %zu</b> intervals are wider than 2 %% of the median to each "
			"side: differences of some percent cannot be seen there.</li>\n",
			c.wide, c.figures);
	if (c.alone)
		fprintf(out,
			"<li><b>%zu</b> figures have no interval: fewer than six "
			"invocations.</li>\n",
			c.alone);
	say_doctor(b, out);
	if (c.missing)
		fprintf(out,
			"<li><b>%zu</b> cells that the plan knows <a href=\"#missing\">were not "
			"measured</a>.</li>\n",
			c.missing);
}
