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

/* The blocks that tell how far the machine moved. */
struct drift {
	const struct row *first, *last, *fastest, *slowest;
	size_t n;
};

/* A block counts with a quarter of the largest one's invocations: the last repeat a few cells. */
static bool is_small(const struct row *block, uint64_t largest)
{
	return 4 * invocations(block) < largest;
}

/* Of the first run and arm. */
static struct drift find_drift(const struct report_data *b, uint64_t largest)
{
	const struct row *of = &b->blocks.all[0];
	struct drift d = {.n = 0};

	for (size_t i = 0; i < b->blocks.n; i++) {
		const struct row *block = &b->blocks.all[i];
		double mine = row_get_decimal(block, COL_relative);

		if (!is_alike(block, of, COL_run_id) || !is_alike(block, of, COL_arm) ||
		    isnan(mine) || is_small(block, largest))
			continue;
		d.last = block;
		if (!d.n++)
			d.first = d.fastest = d.slowest = block;
		if (mine < row_get_decimal(d.fastest, COL_relative))
			d.fastest = block;
		if (mine > row_get_decimal(d.slowest, COL_relative))
			d.slowest = block;
	}
	return d;
}

/* By how many percent the times of `to` differ from those of `from`. */
static double moved_pct(const struct row *from, const struct row *to)
{
	return 100 * (row_get_decimal(to, COL_relative) / row_get_decimal(from, COL_relative) - 1);
}

static void say_block(const struct row *block, FILE *out)
{
	fprintf(out, "block %" PRIu64 " (began ", row_get_u64(block, COL_block, 0));
	html_text(out, row_get_text(block, COL_time_utc));
	fputs(")", out);
}

static void say_drift(const struct drift *d, FILE *out)
{
	if (d->n < 2)
		return;
	fprintf(out,
		"From block %" PRIu64 " to block %" PRIu64
		" the times of the same configurations moved by %.1f %% (median; of rates the "
		"inverse). "
		"The farthest apart are ",
		row_get_u64(d->first, COL_block, 0), row_get_u64(d->last, COL_block, 0),
		moved_pct(d->first, d->last));
	say_block(d->fastest, out);
	fputs(" and ", out);
	say_block(d->slowest, out);
	fprintf(out,
		", which was slower by %.1f %%. Blocks with less than a quarter of the largest "
		"one&#39;s runs are left out of both.",
		moved_pct(d->fastest, d->slowest));
}

/* What the counters could not say, and who looked on. */
static void say_blind(const struct report_data *b, FILE *out)
{
	if (b->n_blind)
		fprintf(out,
			"<b>Of %zu runs it is not known whether they were disturbed:</b> counters "
			"of the kernel could not be read (flag <code>noise_unknown</code>). ",
			b->n_blind);
	if (b->n_traced)
		fprintf(out,
			"<b>In %zu runs a debugger or strace was attached</b> (flag "
			"<code>traced</code>). ",
			b->n_traced);
}

static void say_noise(const struct report_data *b, FILE *out)
{
	const struct row *of = &b->blocks.all[0];
	uint64_t rows = 0, noisy = 0, largest = 0;
	struct drift drift;

	for (size_t i = 0; i < b->blocks.n; i++) {
		const struct row *block = &b->blocks.all[i];

		if (!is_alike(block, of, COL_run_id))
			continue;
		rows += invocations(block);
		noisy += row_get_u64(block, COL_n_noisy, 0);
		if (is_alike(block, of, COL_arm) && invocations(block) > largest)
			largest = invocations(block);
	}
	fprintf(out,
		"<p>%zu runs were made and %zu of them count; %" PRIu64 " of %" PRIu64
		" were disturbed%s. Those that were are measured again where time is left, and "
		"kept in <code>samples.csv</code>. ",
		b->n_samples, b->n_used, noisy, rows, b->n_runs > 1 ? " (first run)" : "");
	say_blind(b, out);
	drift = find_drift(b, largest);
	say_drift(&drift, out);
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

void part_noise(const struct report_data *b, FILE *out)
{
	static const char columns[] =
		"#block|profile|began|#runs|#disturbed|#stolen by the hypervisor|#relative time";

	if (!b->blocks.n)
		return;
	say_noise(b, out);
	html_table(out,
		   "Blocks in the order in which they ran; 1: as in all blocks together, above 1: "
		   "slower",
		   columns);
	for (size_t i = 0; i < b->blocks.n; i++)
		if (is_alike(&b->blocks.all[i], &b->blocks.all[0], COL_run_id))
			write_block(&b->blocks.all[i], out);
	html_table_end(out);
}
