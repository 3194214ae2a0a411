/* SPDX-License-Identifier: MIT */
/* The verdict: what is fastest, cheapest, fairest here; what to distrust. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/analyse/summary.h"
#include "bench/report/findings.h"
#include "bench/report/parts.h"
#include "bench/report/stalls.h"

#define NAMES_MAX 4 /* of those that are tied; the rest is a number */

void html_names(const struct answer *a, FILE *out)
{
	size_t listed = a->n_tied < NAMES_MAX ? a->n_tied : NAMES_MAX - 1;
	char name[256];

	finding_name(a->best, name, sizeof(name));
	fputs("<code>", out);
	html_text(out, name);
	fputs("</code>", out);
	for (size_t i = 0; i < listed; i++) {
		finding_name(a->tied[i], name, sizeof(name));
		fputs(i + 1 == a->n_tied ? " or <code>" : ", <code>", out);
		html_text(out, name);
		fputs("</code>", out);
	}
	if (a->n_tied > listed)
		fprintf(out, " or %zu more", a->n_tied - listed);
	if (a->n_tied)
		fputs(": cannot be told apart", out);
	if (a->n_tied <= listed)
		return;
	fprintf(out, "<details class=more><summary>the %zu more</summary>", a->n_tied - listed);
	for (size_t i = listed; i < a->n_tied && i < ANSWER_TIED; i++) {
		finding_name(a->tied[i], name, sizeof(name));
		fputs(i > listed ? ", " : "", out);
		html_text(out, name);
	}
	fputs("</details>", out);
}

/* A question, what answers it, and how far that is to be trusted. */
static void write_finding(const struct finding *f, FILE *out)
{
	const struct row *row = f->answer.best;
	const char *metric = row_get_text(row, COL_metric);
	bool noisy = row_list_has(row_get_text(row, COL_flags), "noisy");
	char interval[FINDING_INTERVAL_B];

	fputs("<tr>", out);
	html_cell(out, f->question);
	fputs("<td>", out);
	html_names(&f->answer, out);
	fprintf(out, "</td><td class=n data-v=\"%.3f\"><b>", row_get_decimal(row, COL_median));
	html_figure(out, metric, row_get_decimal(row, COL_median));
	fputs("</b></td><td class=n>", out);
	finding_interval(&f->answer, interval);
	html_text(out, interval);
	fputs("</td><td class=n>", out);
	if (row_is_set(row, COL_p99_median))
		html_figure(out, metric, row_get_decimal(row, COL_p99_median));
	fprintf(out, "</td><td class=n>%llu</td><td>%s%s</td></tr>\n",
		(unsigned long long)row_get_u64(row, COL_n, 0), noisy ? "noisy" : "",
		row_is_set(row, COL_ci_lo) ? ""
		: noisy			   ? ", too few runs"
					   : "too few runs");
}

static void write_findings(const struct report_data *b, const struct state *s, FILE *out)
{
	static const char columns[] = "question|answer|#median|#95 % interval|#p99|#runs|marks";
	static struct finding found[FINDINGS_MAX];
	size_t n = findings_of(b, s, found);

	if (!n)
		return;
	html_table(out,
		   "Names in one cell cannot be told apart: median and p99 are of the first, the "
		   "interval "
		   "is of the best of them",
		   columns);
	for (size_t i = 0; i < n; i++)
		write_finding(&found[i], out);
	html_table_end(out);
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

/* The stalls of each kind of round trips. */
static void say_stalls(const struct report_data *b, const char *run, const char *arm, FILE *out)
{
	struct stall_table t = {0};
	char text[STALLS_TEXT];
	size_t n = 0;

	if (stalls_read(&t, b->program, run, NULL))
		t.n = 0;
	for (size_t i = 0; i < t.n; i++) {
		const struct stall_group *g = &t.groups[i];

		if (!strstr(g->name, "round trips") || strcmp(g->arm, arm) != 0 || !g->n ||
		    stalls_say(g, STALLS_SAID, text))
			continue;
		fprintf(out, "%s%s", n++ ? "; " : "<p>", text);
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
		write_findings(b, s, out);
	}
}

void part_stalls(const struct report_data *b, FILE *out)
{
	for (size_t i = 0; i < part_states(b); i++)
		if (part_states(b) == 1 || part_states(b) == b->n_runs)
			say_stalls(b, b->runs[i], b->states[i].arm, out);
}

/* How many cells with figures call for care, and why. */
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

bool part_has_level(const struct row *row, enum doctor_level level)
{
	return doctor_level_find(row_get_text(row, COL_level)) == (int)level;
}

bool part_is_warning(const struct row *row)
{
	/* An unknown frequency is as good as one that moves. */
	return part_has_level(row, DOCTOR_WARNING) ||
	       (part_has_level(row, DOCTOR_UNKNOWN) &&
		!strcmp(row_get_text(row, COL_topic), "governor"));
}

static void say_doctor(const struct report_data *b, FILE *out)
{
	size_t n = 0;

	for (size_t i = 0; i < b->doctor.n; i++) {
		const struct row *row = &b->doctor.all[i];
		const char *topic = row_get_text(row, COL_topic);

		if (!part_is_warning(row))
			continue;
		fputs(n++ ? "; " : "<li>The <a href=\"#doctor\">doctor</a> warns of: ", out);
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
	char later[LATER_SENTENCE_B];

	if (row_list_has(row_get_text(&b->origin, COL_flags), "virtual"))
		fputs("<li>This is a <b>virtual machine</b>: its topology is the hypervisor&#39;s "
		      "claim, and others may share its cores.</li>\n",
		      out);
	if (c.noisy)
		fprintf(out,
			"<li><b>%zu of %zu</b> configurations are <b>noisy</b>: something else ran "
			"during a quarter or more of their runs.</li>\n",
			c.noisy, c.figures);
	if (b->n_noisy)
		fprintf(out,
			"<li><b>%zu of %zu</b> runs were disturbed; %zu of these were repeated and "
			"do "
			"not count.</li>\n",
			b->n_noisy, b->n_samples, b->n_samples - b->n_used);
	for (unsigned kind = 0; kind < LATER_KINDS; kind++)
		if (later_sentence(&b->later, kind, later))
			fprintf(out, "<li>The machine had <b>not settled</b>: %s.</li>\n", later);
	if (c.wide)
		fprintf(out,
			"<li><b>%zu of %zu</b> intervals are wider than 2 %% of the median to each "
			"side: differences of some percent cannot be seen there.</li>\n",
			c.wide, c.figures);
	if (c.alone)
		fprintf(out,
			"<li><b>%zu</b> figures have no interval: they come from fewer than six "
			"runs.</li>\n",
			c.alone);
	say_doctor(b, out);
	if (c.missing)
		fprintf(out,
			"<li><b>%zu</b> configurations <a href=\"#missing\">were not "
			"measured</a>.</li>\n",
			c.missing);
}
