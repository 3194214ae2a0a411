/* SPDX-License-Identifier: MIT */
/* The answers of a sweep as lines for a terminal, at most 120 columns wide. */
#include <string.h>

#include "bench/base/text.h"
#include "bench/base/wrap.h"
#include "bench/report/findings.h"
#include "bench/report/made_of.h"
#include "bench/report/parts.h"

#define INTERVAL 19 /* "158 MB/s to 26.3 GB/s" is rare */

/* The names of the best and of `listed` that are tied with it, into `text`. */
static void list_names(const struct answer *a, size_t listed, char *text, size_t size)
{
	bool noisy = row_list_has(row_get_text(a->best, COL_flags), "noisy");
	char name[256];

	finding_name(a->best, text, size);
	for (size_t i = 0; i < listed; i++) {
		finding_name(a->tied[i], name, sizeof(name));
		text_add(text, size, "%s%s", i + 1 == a->n_tied ? " or " : ", ", name);
	}
	if (a->n_tied > listed)
		text_add(text, size, " or %zu more", a->n_tied - listed);
	if (noisy)
		text_add(text, size, " (noisy)");
}

static void print_finding(const struct finding *f, int width, FILE *out)
{
	const struct row *row = f->answer.best;
	const char *metric = row_get_text(row, COL_metric);
	char figure[QUANTITY_B], interval[FINDING_INTERVAL_B], p99[QUANTITY_B] = "-", names[2048];
	size_t listed = f->answer.n_tied < ANSWER_TIED ? f->answer.n_tied : ANSWER_TIED;
	int used;

	text_quantity(figure, metric, row_get_decimal(row, COL_median));
	finding_interval(&f->answer, interval);
	if (row_is_set(row, COL_p99_median))
		text_quantity(p99, metric, row_get_decimal(row, COL_p99_median));
	used = fprintf(out, "%-*s  %8s  %*s  %7s  ", width, f->question, figure, INTERVAL,
		       text_ascii(interval), p99);
	do
		list_names(&f->answer, listed, names, sizeof(names));
	while (used + (int)strlen(names) > TERMINAL_COLUMNS && listed--);
	fprintf(out, "%s\n", names);
}

/* How many runs were disturbed, and what the doctor warns of. */
static void print_trust(const struct report_data *b, FILE *out)
{
	char later[LATER_SENTENCE_B];
	size_t n = 0;

	fprintf(out, "%zu runs with figures, %zu of them disturbed", b->n_samples, b->n_noisy);
	if (b->n_samples > b->n_used)
		fprintf(out, " (%zu were repeated)", b->n_samples - b->n_used);
	fprintf(out, "; %zu failed\n", b->n_failed);
	for (unsigned kind = 0; kind < LATER_KINDS; kind++)
		if (later_sentence(&b->later, kind, later))
			wrap_print(out, "not settled: %s", later);
	for (size_t i = 0; i < b->doctor.n; i++)
		if (part_is_warning(&b->doctor.all[i]))
			fprintf(out, "%s%s%s", n++ ? ", " : "doctor warns of: ",
				row_get_text(&b->doctor.all[i], COL_topic),
				part_has_level(&b->doctor.all[i], DOCTOR_UNKNOWN) ? " (unknown)"
										  : "");
	if (n)
		fputs("; handoff doctor says why\n", out);
}

void findings_print(const struct report_data *b, FILE *out)
{
	static struct finding found[FINDINGS_MAX];
	size_t n = b->n_states == 1 ? findings_of(b, &b->states[0], found) : 0;
	int width = 0;

	if (!n)
		return;
	for (size_t i = 0; i < n; i++)
		if ((int)strlen(found[i].question) > width)
			width = (int)strlen(found[i].question);
	fprintf(out, "%-*s  %8s  %*s  %7s  %s\n", width, "fastest here", "median", INTERVAL,
		"95 % interval", "p99", "\"or\": cannot be told apart");
	for (size_t i = 0; i < n; i++)
		print_finding(&found[i], width, out);
	made_of_print(b, out);
	print_trust(b, out);
	fprintf(out, "page: %s/report.html\n", b->dir);
}
