/* SPDX-License-Identifier: MIT */
/* Which mechanism should I use: by size of the message and distance of the two CPUs. */
#include <math.h>

#include "bench/base/text.h"
#include "bench/base/values.h"
#include "bench/report/findings.h"
#include "bench/report/parts.h"

/* A question of the table, per size and placement. */
static const struct ask {
	unsigned use;
	const char *metric;
	enum query_way way;
	const char *name;
} asks[] = {
	{USE_PING_PONG, "op_p50_ns", WAY_ANY, "fastest round trip, a side may spin"},
	{USE_PING_PONG, "op_p50_ns", WAY_SLEEPS, "fastest round trip, both sleep"},
	{USE_STREAM, "throughput_mb_s", WAY_ANY, "most payload one way"},
};

#define N_ASKS (sizeof(asks) / sizeof(asks[0]))

/* The relations between whose CPUs there are round trips; their number. */
static size_t find_relations(const struct report_data *b, const struct state *s,
			     enum relation found[RELATION_COUNT])
{
	size_t n = 0;

	for (enum relation r = 0; r < RELATION_COUNT; r++)
		if (query_any(b, &(struct query){.state = s,
						 .places = QUERY_AT(r),
						 .metric = "op_p50_ns",
						 .use = USE_PING_PONG}))
			found[n++] = r;
	return n;
}

static void write_answer(const struct answer *a, const char *remark, FILE *out)
{
	char interval[FINDING_INTERVAL_B];
	const char *metric;

	if (!a->best) {
		fputs("<td></td>", out);
		return;
	}
	metric = row_get_text(a->best, COL_metric);
	fprintf(out, "<td data-v=\"%.3f\">", row_get_decimal(a->best, COL_median));
	html_names(a, out);
	fputs("<br><b>", out);
	html_figure(out, metric, row_get_decimal(a->best, COL_median));
	fputs("</b>", out);
	finding_interval(a, interval);
	fprintf(out, " <small>%s</small>%s", interval,
		row_list_has(row_get_text(a->best, COL_flags), "noisy") ? " noisy" : "");
	if (remark)
		fprintf(out, "<br><small>%s</small>", remark);
	fputs("</td>", out);
}

/* A row for one size and one question; nothing where nobody has an answer. */
static void write_row(const struct report_data *b, const struct state *s, uint64_t size_b,
		      const struct ask *ask, const enum relation *relations, size_t n, FILE *out)
{
	struct answer answers[RELATION_COUNT];
	const char *remarks[RELATION_COUNT];
	bool any = false;
	char size[32];

	for (size_t i = 0; i < n; i++) {
		struct query q = {.state = s,
				  .use = ask->use,
				  .metric = ask->metric,
				  .way = ask->way,
				  .size_b = size_b,
				  .places = QUERY_AT(relations[i])};

		answers[i] = query_best(b, &q);
		remarks[i] = ask->use != USE_PING_PONG || ask->way
				     ? NULL
				     : query_sleeps(b, &q, &answers[i]);
		any |= answers[i].best != NULL;
	}
	if (!any)
		return;
	value_print_bytes(size_b, size, sizeof(size));
	fprintf(out, "<tr><td class=n data-v=\"%llu\">%s</td>", (unsigned long long)size_b, size);
	html_cell(out, ask->name);
	for (size_t i = 0; i < n; i++)
		write_answer(&answers[i], remarks[i], out);
	fputs("</tr>\n", out);
}

void part_choose(const struct report_data *b, FILE *out)
{
	for (size_t k = 0; k < part_states(b); k++) {
		const struct state *s = &b->states[k];
		char columns[512] = "#message|question";
		enum relation relations[RELATION_COUNT];
		uint64_t sizes[QUERY_SIZES];
		size_t n = find_relations(b, s, relations);
		size_t n_sizes = query_sizes(b, &(struct query){.state = s}, sizes);

		if (!n || !n_sizes)
			continue;
		for (size_t i = 0; i < n; i++)
			text_add(columns, sizeof(columns), "|%s", finding_between(relations[i]));
		part_state_heading(b, s, out);
		html_table(out,
			   "The fastest mechanism by message size and distance of the two CPUs",
			   columns);
		for (size_t i = 0; i < n_sizes; i++)
			for (size_t a = 0; a < N_ASKS; a++)
				write_row(b, s, sizes[i], &asks[a], relations, n, out);
		html_table_end(out);
	}
}
