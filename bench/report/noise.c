/* SPDX-License-Identifier: MIT */
/* How quiet the machine was, and whether it stood still: block by block. */
#include <inttypes.h>
#include <math.h>

#include "bench/report/html.h"
#include "bench/report/parts.h"

static void say_noise(const struct book *b, FILE *out)
{
	const struct block *first = NULL, *last = NULL;
	size_t rows = 0, noisy = 0;

	for (size_t i = 0; i < b->n_blocks; i++) {
		const struct block *block = &b->blocks[i];

		rows += block->rows;
		noisy += block->noisy;
		if (isnan(block->ratio))
			continue;
		first = first ? first : block;
		last = block;
	}
	fprintf(out,
		"<p>%zu invocations ran and %zu of them count; %zu of %zu were disturbed%s. Those "
		"that "
		"were are measured again where time is left, and kept in "
		"<code>samples.csv</code>. ",
		b->n_samples, b->n_used, noisy, rows, b->n_runs > 1 ? " (first run)" : "");
	if (first && last != first)
		fprintf(out,
			"From block %" PRIu64 " to block %" PRIu64
			" the times and rates of the same cells moved by %.1f %% (median).",
			first->number, last->number, 100 * (last->ratio / first->ratio - 1));
	fputs("</p>\n", out);
}

void part_noise(const struct book *b, FILE *out)
{
	static const struct html_column columns[] = {{"block", true},
						     {"began", false},
						     {"invocations", true},
						     {"disturbed", true},
						     {"stolen by the hypervisor", true},
						     {"to the cells' medians", true}};

	if (!b->n_blocks)
		return;
	say_noise(b, out);
	html_table(out, "Blocks in the order in which they ran; 1: as in all blocks together",
		   columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < b->n_blocks; i++) {
		const struct block *block = &b->blocks[i];

		fprintf(out, "<tr><td class=n>%" PRIu64 "</td>", block->number);
		html_cell(out, block->time_utc);
		fprintf(out, "<td class=n>%zu</td><td class=n>%zu</td>", block->rows, block->noisy);
		html_cell_figure(out, "steal_ns", (double)block->steal_ns);
		html_cell_figure(out, "ratio", block->ratio);
		fputs("</tr>\n", out);
	}
	html_table_end(out);
}
