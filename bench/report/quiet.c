/* SPDX-License-Identifier: MIT */
/* See bench/report/quiet.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/clock.h"
#include "bench/base/text.h"
#include "bench/base/values.h"
#include "bench/base/wrap.h"
#include "bench/machine/isolation.h"
#include "bench/report/quiet.h"

#define NAMES 8	      /* of interrupts in a row */
#define NAMES_SHOWN 3 /* of them in the table */
/* Timer interrupts of a CPU whose tick is stopped; the kernel keeps about one. */
#define TICKS_PER_S_MAX 2

/* The most frequent of what is softirqs, or is not, as name=count. */
static void set_names(struct row *row, enum column column, const struct causes *c, bool soft)
{
	unsigned n = 0;
	char item[80];

	for (size_t i = 0; i < c->n && n < NAMES; i++) {
		if ((c->cause[i].kind == CAUSE_SOFTIRQ) != soft)
			continue;
		snprintf(item, sizeof(item), "%s=%llu", c->cause[i].name,
			 (unsigned long long)c->cause[i].count);
		row_add_item(row, column, item);
		n++;
	}
}

static const char *isolation_text(unsigned isolation, char *text, size_t size)
{
	text[0] = '\0';
	if (isolation & ISOLATION_ISOLCPUS)
		text_add(text, size, "+isolcpus");
	if (isolation & ISOLATION_NOHZ_FULL)
		text_add(text, size, "+nohz_full");
	if (isolation & ISOLATION_CPUSET)
		text_add(text, size, "+cpuset");
	return text + (text[0] == '+');
}

/* What the kernel counted; what it does not show stays empty. */
static void set_counters(const struct quiet *q, struct row *row)
{
	const struct noise *noise = &q->noise;

	if (noise->have & NOISE_STEAL)
		row_set_u64(row, COL_steal_ns, noise->steal_ns);
	if (noise->have & NOISE_RUN_DELAY)
		row_set_u64(row, COL_run_delay_ns, noise->run_delay_ns);
	if (noise->have & NOISE_SWITCHES)
		row_set_u64(row, COL_invol_switches, noise->invol_switches);
	if (q->causes.have[CAUSE_TIMER]) {
		uint64_t timer = causes_count(&q->causes, CAUSE_TIMER);

		row_set_u64(row, COL_timer_irqs, timer);
		row_set_u64(row, COL_irqs, timer + causes_count(&q->causes, CAUSE_INTERRUPT));
		set_names(row, COL_irq_names, &q->causes, false);
	}
	if (q->causes.have[CAUSE_SOFTIRQ]) {
		row_set_u64(row, COL_softirqs, causes_count(&q->causes, CAUSE_SOFTIRQ));
		set_names(row, COL_softirq_names, &q->causes, true);
	}
}

void quiet_row(const struct quiet_report *r, unsigned i, struct row *row)
{
	const struct quiet *q = i < r->n ? &r->alone[i] : &r->together[i - r->n];
	const struct gaps *g = &q->gaps;
	char text[QUIET_CAUSE];

	row_clear(row);
	row_set_u64(row, COL_cpu, q->cpu);
	row_set_text(row, COL_spinning, i < r->n ? "alone" : "together");
	row_set_text(row, COL_isolation,
		     isolation_text(r->isolation[i % r->n], text, sizeof(text)));
	row_set_u64(row, COL_duration_ns, g->spun_ns);
	row_set_text(row, COL_clock, clock_kind_name(bench_clock.kind));
	row_set_decimal(row, COL_clock_cost_ns, bench_clock.cost_ns);
	row_set_decimal(row, COL_clock_tick_ns, bench_clock.tick_ns);
	row_set_u64(row, COL_threshold_ns, g->threshold_ns);
	row_set_u64(row, COL_gaps, g->above.count);
	row_set_decimal(row, COL_gap_share, gaps_share(g));
	if (g->above.count >= GAPS_P99_LEAST)
		row_set_u64(row, COL_gap_p99_ns, gaps_p99_ns(g));
	if (g->above.count)
		row_set_u64(row, COL_gap_max_ns, g->above.max);
	row_set_text(row, COL_gap_cause, quiet_cause(q, text));
	set_counters(q, row);
}

/* A time in the table, "-" where there is none. */
static const char *time_text(bool there, uint64_t ns, char *text, size_t size)
{
	if (there && ns)
		value_print_figure((double)ns, "ns", text, size);
	else
		snprintf(text, size, there ? "0" : "-");
	return text;
}

static const char *rate_text(bool there, uint64_t n, const struct gaps *g, char *text, size_t size)
{
	if (there && g->spun_ns)
		snprintf(text, size, "%.0f", (double)n * SECOND_NS / (double)g->spun_ns);
	else
		snprintf(text, size, "-");
	return text;
}

static void print_line(const struct quiet *q, const char *spinning, FILE *out)
{
	const struct causes *c = &q->causes;
	const struct noise *noise = &q->noise;
	const struct gaps *g = &q->gaps;
	char p99[32], max[32], others[32], steal[32], timer[32], irqs[32], soft[32];
	char cause[QUIET_CAUSE];

	fprintf(out, "%4u  %-8s %8.1f %9.4f%% %9s %9s %11s %9s %8s %8s %8s  %s\n", q->cpu, spinning,
		gaps_per_s(g), 100 * gaps_share(g),
		time_text(g->above.count >= GAPS_P99_LEAST, gaps_p99_ns(g), p99, sizeof(p99)),
		time_text(g->above.count, g->above.max, max, sizeof(max)),
		time_text(noise->have & NOISE_RUN_DELAY, noise->run_delay_ns, others,
			  sizeof(others)),
		time_text(noise->have & NOISE_STEAL, noise->steal_ns, steal, sizeof(steal)),
		rate_text(c->have[CAUSE_TIMER], causes_count(c, CAUSE_TIMER), g, timer,
			  sizeof(timer)),
		rate_text(c->have[CAUSE_INTERRUPT], causes_count(c, CAUSE_INTERRUPT), g, irqs,
			  sizeof(irqs)),
		rate_text(c->have[CAUSE_SOFTIRQ], causes_count(c, CAUSE_SOFTIRQ), g, soft,
			  sizeof(soft)),
		quiet_cause(q, cause));
}

/* The most frequent interrupts of a CPU while all spin, by name. */
static void print_names(const struct quiet *q, FILE *out)
{
	char text[QUIET_CAUSE * NAMES_SHOWN + 64] = "", rate[32];
	unsigned n = 0;

	for (size_t i = 0; i < q->causes.n && n < NAMES_SHOWN; i++) {
		const struct cause *c = &q->causes.cause[i];

		if (c->kind == CAUSE_SOFTIRQ)
			continue;
		text_add(text, sizeof(text), "%s%s %s/s", n++ ? ", " : "", c->name,
			 rate_text(true, c->count, &q->gaps, rate, sizeof(rate)));
	}
	if (n)
		fprintf(out, "%4u  %s\n", q->cpu, text);
}

/* Whether `row` is of a CPU that spun while all did. */
static bool is_together(const struct row *row)
{
	return !strcmp(row_get_text(row, COL_spinning), "together");
}

static double share_of(const struct row *row)
{
	return row_get_decimal(row, COL_gap_share);
}

static const char *longest_of(const struct row *row, char text[32])
{
	return time_text(true, row_get_u64(row, COL_gap_max_ns, 0), text, 32);
}

/* Which of the CPUs is the quietest while all spin, and which the worst. */
static void say_best(const struct row *rows, size_t n, struct quiet_words *to)
{
	const struct row *best = NULL, *worst = NULL;
	char over[32], longest[32], text[512];

	for (size_t i = 0; i < n; i++) {
		if (!is_together(&rows[i]))
			continue;
		best = !best || share_of(&rows[i]) < share_of(best) ? &rows[i] : best;
		worst = !worst || share_of(&rows[i]) > share_of(worst) ? &rows[i] : worst;
	}
	if (!best)
		return;
	value_print_figure(row_get_decimal(best, COL_threshold_ns), "ns", over, sizeof(over));
	snprintf(text, sizeof(text),
		 "CPU %" PRIu64 " is the quietest while all spin: %.4f %% of the time in gaps "
		 "above %s, the longest %s",
		 row_get_u64(best, COL_cpu, 0), 100 * share_of(best), over,
		 longest_of(best, longest));
	if (worst != best)
		text_add(text, sizeof(text),
			 "; CPU %" PRIu64 " is the worst: %.4f %%, the longest %s%s%s",
			 row_get_u64(worst, COL_cpu, 0), 100 * share_of(worst),
			 longest_of(worst, longest),
			 row_is_set(worst, COL_gap_cause) ? ", by " : "",
			 row_get_text(worst, COL_gap_cause));
	to->say(to, text);
}

/* What an isolated CPU was not spared, in words; "": nothing that is counted. */
static const char *broken_by(const struct row *row)
{
	double ticks = (double)row_get_u64(row, COL_timer_irqs, 0) * SECOND_NS;
	bool others = row_get_u64(row, COL_invol_switches, 0);
	bool tick = row_list_has(row_get_text(row, COL_isolation), "nohz_full") &&
		    ticks > TICKS_PER_S_MAX * row_get_decimal(row, COL_duration_ns);

	return others && tick ? " other tasks ran there and its tick went on"
	       : others	      ? " other tasks ran there"
	       : tick	      ? " its tick went on"
			      : "";
}

/* Whether what isolates a CPU does what it is for. */
static void say_isolation(const struct row *rows, size_t n, struct quiet_words *to)
{
	unsigned isolated = 0, broken = 0;
	char text[256];

	for (size_t i = 0; i < n; i++) {
		if (!is_together(&rows[i]) || !row_is_set(&rows[i], COL_isolation))
			continue;
		isolated++;
		if (!*broken_by(&rows[i]))
			continue;
		broken++;
		snprintf(text, sizeof(text), "CPU %" PRIu64 " is isolated (%s), but%s",
			 row_get_u64(&rows[i], COL_cpu, 0), row_get_text(&rows[i], COL_isolation),
			 broken_by(&rows[i]));
		to->say(to, text);
	}
	if (!isolated)
		to->say(to, "no CPU is isolated (isolcpus=, nohz_full=, a cpuset partition)");
	else if (!broken) {
		snprintf(text, sizeof(text),
			 "isolation works: no other task ran on the %u isolated CPU%s", isolated,
			 isolated == 1 ? "" : "s");
		to->say(to, text);
	}
}

void quiet_say(const struct row *rows, size_t n, struct quiet_words *to)
{
	say_best(rows, n, to);
	say_isolation(rows, n, to);
}

/* What the kernel or a container hides, in one line. */
static void print_missing(const struct quiet_report *r, FILE *out)
{
	const struct quiet *q = r->together;
	char text[256] = "";

	if (!q->causes.have[CAUSE_INTERRUPT])
		text_add(text, sizeof(text), ", interrupts (/proc/interrupts)");
	if (!q->causes.have[CAUSE_SOFTIRQ])
		text_add(text, sizeof(text), ", softirqs (/proc/softirqs)");
	if (!(q->noise.have & NOISE_RUN_DELAY))
		text_add(text, sizeof(text), ", other tasks (schedstat)");
	if (!(q->noise.have & NOISE_STEAL))
		text_add(text, sizeof(text), ", steal (/proc/stat)");
	if (*text)
		fprintf(out, "cannot be read here: %s\n", text + 2);
}

static void print_sentence(struct quiet_words *to, const char *text)
{
	wrap_below(to->out, 0, text);
}

/* 0, -ENOMEM or -EIO. */
static int print_sentences(const struct quiet_report *r, FILE *out)
{
	struct quiet_words words = {print_sentence, out};
	struct row *rows = calloc(2 * (size_t)r->n + 1, sizeof(*rows));

	if (!rows)
		return -ENOMEM;
	for (unsigned i = 0; i < 2 * r->n; i++)
		quiet_row(r, i, &rows[i]);
	quiet_say(rows, 2 * (size_t)r->n, &words);
	free(rows);
	return ferror(out) ? -EIO : 0;
}

int quiet_print(const struct quiet_report *r, FILE *out)
{
	char spin[32], over[32];

	value_print_figure((double)r->spin_ns, "ns", spin, sizeof(spin));
	value_print_figure((double)r->threshold_ns, "ns", over, sizeof(over));
	fprintf(out, "each CPU spins for %s alone, and for as long together with the others\n",
		spin);
	fprintf(out, "a gap: more than %s between two readings of the clock\n\n", over);
	fprintf(out, "%4s  %-8s %8s %10s %9s %9s %11s %9s %8s %8s %8s  %s\n", "CPU", "spinning",
		"gaps/s", "share", "p99", "longest", "other tasks", "steal", "timer/s", "irqs/s",
		"soft/s", "most of it");
	for (unsigned i = 0; i < r->n; i++) {
		print_line(&r->alone[i], "alone", out);
		print_line(&r->together[i], "together", out);
	}
	fprintf(out, "\n%4s  most frequent interrupts together\n", "CPU");
	for (unsigned i = 0; i < r->n; i++)
		print_names(&r->together[i], out);
	fprintf(out, "\n");
	print_missing(r, out);
	return print_sentences(r, out);
}

void quiet_report_free(struct quiet_report *r)
{
	if (r->alone)
		quiet_free(r->alone, r->n);
	if (r->together)
		quiet_free(r->together, r->n);
	free(r->alone);
	free(r->together);
	free(r->isolation);
	*r = (struct quiet_report){0};
}
