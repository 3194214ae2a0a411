/* SPDX-License-Identifier: MIT */
/* Which mechanism should I use: by size of the message and distance of the two CPUs. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/values.h"
#include "bench/report/findings.h"
#include "bench/report/parts.h"

#define SIZES_MAX 32
#define PLACEMENTS_MAX 8

/* A question of the table, per size and placement. */
static const struct ask {
	const char *kind, *metric, *way, *name;
} asks[] = {
	{"ping-pong", "op_p50_ns", NULL, "fastest round trip, a side may spin"},
	{"ping-pong", "op_p50_ns", "sleeps", "fastest round trip, both sleep"},
	{"stream", "throughput_mb_s", NULL, "most payload one way"},
};

#define N_ASKS (sizeof(asks) / sizeof(asks[0]))

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The sizes of messages that occur, sorted; their number. */
static size_t find_sizes(const struct report_data *b, const struct state *s, uint64_t *sizes)
{
	const struct query q = {.state = s};
	size_t n = 0;

	for (size_t i = 0; i < b->summary.n; i++) {
		const struct row *row = &b->summary.all[i];
		uint64_t size = row_get_u64(row, COL_msg_size_b, 0);
		size_t k = 0;

		if (!size || !query_matches(&q, row))
			continue;
		while (k < n && sizes[k] != size)
			k++;
		if (k == n && n < SIZES_MAX)
			sizes[n++] = size;
	}
	if (n)
		qsort(sizes, n, sizeof(*sizes), by_size);
	return n;
}

static size_t find_placements(const struct report_data *b, const struct state *s,
			      const char **names)
{
	size_t n = 0;

	for (size_t i = 0; report_placements[i] && n < PLACEMENTS_MAX; i++) {
		struct query q = {.state = s,
				  .placement = report_placements[i],
				  .metric = "op_p50_ns",
				  .kind = "ping-pong"};

		if (query_any(b, &q))
			names[n++] = report_placements[i];
	}
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
		      const struct ask *ask, const char *const *placements, size_t n, FILE *out)
{
	struct answer answers[PLACEMENTS_MAX];
	const char *remarks[PLACEMENTS_MAX];
	bool any = false;
	char size[32];

	for (size_t i = 0; i < n; i++) {
		struct query q = {.state = s,
				  .kind = ask->kind,
				  .metric = ask->metric,
				  .way = ask->way,
				  .size_b = size_b,
				  .placement = placements[i]};

		answers[i] = query_best(b, &q);
		remarks[i] = strcmp(ask->kind, "ping-pong") || ask->way
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
		struct html_column columns[2 + PLACEMENTS_MAX] = {{"message", true},
								  {"question", false}};
		const char *placements[PLACEMENTS_MAX];
		uint64_t sizes[SIZES_MAX];
		size_t n = find_placements(b, s, placements), n_sizes = find_sizes(b, s, sizes);

		if (!n || !n_sizes)
			continue;
		for (size_t i = 0; i < n; i++)
			columns[2 + i] =
				(struct html_column){finding_between(placements[i]), false};
		part_state_heading(b, s, out);
		html_table(out,
			   "The fastest mechanism by message size and distance of the two CPUs",
			   columns, 2 + n);
		for (size_t i = 0; i < n_sizes; i++)
			for (size_t a = 0; a < N_ASKS; a++)
				write_row(b, s, sizes[i], &asks[a], placements, n, out);
		html_table_end(out);
	}
}
