/* SPDX-License-Identifier: MIT */
/* How quiet the machine was, and whether it stood still: block by block, of the first run. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "bench/report/html.h"
#include "bench/report/parts.h"

static bool is_alike(const struct row *a, const struct row *b, enum column column)
{
	return !strcmp(row_get_text(a, column), row_get_text(b, column));
}

static uint64_t invocations(const struct row *block)
{
	return row_get_u64(block, COL_n, 0) + row_get_u64(block, COL_n_unused, 0);
}

static void say_noise(const struct book *b, FILE *out)
{
	const struct row *of = &b->blocks.all[0], *first = NULL, *last = NULL;
	uint64_t rows = 0, noisy = 0;

	for (size_t i = 0; i < b->blocks.n; i++) {
		const struct row *block = &b->blocks.all[i];

		if (!is_alike(block, of, COL_run_id))
			continue;
		rows += invocations(block);
		noisy += row_get_u64(block, COL_n_noisy, 0);
		if (!is_alike(block, of, COL_arm) || !row_is_set(block, COL_relative))
			continue;
		first = first ? first : block;
		last = block;
	}
	fprintf(out,
		"<p>%zu invocations ran and %zu of them count; %" PRIu64 " of %" PRIu64
		" were disturbed%s. Those that were are measured again where time is left, and "
		"kept in <code>samples.csv</code>. ",
		b->n_samples, b->n_used, noisy, rows, b->n_runs > 1 ? " (first run)" : "");
	if (first && last != first)
		fprintf(out,
			"From block %" PRIu64 " to block %" PRIu64
			" the times of the same cells moved by %.1f %% (median; of rates the "
			"inverse).",
			row_get_u64(first, COL_block, 0), row_get_u64(last, COL_block, 0),
			100 * (row_get_decimal(last, COL_relative) /
				       row_get_decimal(first, COL_relative) -
			       1));
	fputs("</p>\n", out);
}

static void write_block(const struct row *block, FILE *out)
{
	fprintf(out, "<tr><td class=n>%" PRIu64 "</td>", row_get_u64(block, COL_block, 0));
	html_cell(out, row_get_text(block, COL_arm));
	html_cell(out, row_get_text(block, COL_time_utc));
	fprintf(out, "<td class=n>%" PRIu64 "</td><td class=n>%" PRIu64 "</td>", invocations(block),
		row_get_u64(block, COL_n_noisy, 0));
	html_cell_figure(out, "steal_ns", row_get_decimal(block, COL_steal_ns));
	html_cell_figure(out, "ratio", row_get_decimal(block, COL_relative));
	fputs("</tr>\n", out);
}

void part_noise(const struct book *b, FILE *out)
{
	static const struct html_column columns[] = {{"block", true},
						     {"arm", false},
						     {"began", false},
						     {"invocations", true},
						     {"disturbed", true},
						     {"stolen by the hypervisor", true},
						     {"to the cells' medians", true}};

	if (!b->blocks.n)
		return;
	say_noise(b, out);
	html_table(out,
		   "Blocks in the order in which they ran; 1: as in all blocks together, above 1: "
		   "slower",
		   columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < b->blocks.n; i++)
		if (is_alike(&b->blocks.all[i], &b->blocks.all[0], COL_run_id))
			write_block(&b->blocks.all[i], out);
	html_table_end(out);
}
