/* SPDX-License-Identifier: MIT */
/* What handoff quiet found, on the page. */
#include <inttypes.h>

#include "bench/report/html.h"
#include "bench/report/parts.h"
#include "bench/report/quiet.h"

static void write_sentence(struct quiet_words *to, const char *text)
{
	fputs("<li>", to->out);
	html_text(to->out, text);
	fputs(".</li>\n", to->out);
}

static void write_row(const struct row *row, FILE *out)
{
	fprintf(out, "<tr><td class=n>%" PRIu64 "</td>", row_get_u64(row, COL_cpu, 0));
	html_cell(out, row_get_text(row, COL_spinning));
	fprintf(out, "<td class=n data-v=\"%.6f\">%.4f %%</td>",
		row_get_decimal(row, COL_gap_share), 100 * row_get_decimal(row, COL_gap_share));
	html_cell_figure(out, "gap_p99_ns", row_get_decimal(row, COL_gap_p99_ns));
	html_cell_figure(out, "gap_max_ns", row_get_decimal(row, COL_gap_max_ns));
	html_cell_figure(out, "run_delay_ns", row_get_decimal(row, COL_run_delay_ns));
	html_cell_figure(out, "steal_ns", row_get_decimal(row, COL_steal_ns));
	html_cell(out, row_get_text(row, COL_gap_cause));
	html_cell(out, row_get_text(row, COL_isolation));
	fputs("</tr>\n", out);
}

void part_quiet(const struct report_data *b, FILE *out)
{
	struct quiet_words words = {write_sentence, out};

	if (!b->quiet.n)
		return;
	fputs("<ul>\n", out);
	quiet_say(b->quiet.all, b->quiet.n, &words);
	fputs("</ul>\n", out);
	html_table(out, "Gaps of each CPU, alone and all together",
		   "#CPU|spinning|#share of the time|#p99|#longest|#other tasks|#steal|most of "
		   "it|isolated by");
	for (size_t i = 0; i < b->quiet.n; i++)
		write_row(&b->quiet.all[i], out);
	html_table_end(out);
}
