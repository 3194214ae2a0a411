/* SPDX-License-Identifier: MIT */
/* What --explain says to people: causes of all slow operations, and the phases of the slowest. */
#include <stdlib.h>
#include <string.h>

#include "bench/base/text.h"
#include "bench/base/values.h"
#include "bench/base/wrap.h"
#include "bench/program/explain.h"
#include "bench/record/cell.h"

#define CAUSES_SHOWN 8
#define PHASES_SHOWN 16 /* of an operation; of more, the longest */
#define TEXT 128

static const char *side_name(unsigned side)
{
	return side ? "responder" : "initiator";
}

/* A cause of all operations together. */
static void cause_text(const struct phase *c, char *text, size_t size)
{
	static const char *const formats[] = {
		[CAUSE_TURN] = "the sides wait for each other on CPU %u",
		[CAUSE_IDLE] = "CPU %u comes out of idle",
		[CAUSE_WAKEUP] = "wake-ups are on their way to CPU %u",
	};

	switch (c->cause) {
	case CAUSE_ITSELF:
		snprintf(text, size, "the sides run, as they do in every operation");
		break;
	case CAUSE_UNTRACED:
		snprintf(text, size,
			 "a side runs on CPU %u for longer than usual, and no event says why",
			 c->cpu);
		break;
	case CAUSE_TASK:
	case CAUSE_INTERRUPT:
		snprintf(text, size, "%s on CPU %u", c->name, c->cpu);
		break;
	case CAUSE_ASLEEP:
		snprintf(text, size, "the %s sleeps%s%s%s", side_name(c->side),
			 *c->name ? " until " : "", c->name, *c->name ? " wakes it" : "");
		break;
	case CAUSE_FAULT:
		snprintf(text, size, "page faults of the %s", side_name(c->side));
		break;
	case CAUSE_STOPPED:
		snprintf(text, size, "a signal stops the %s", side_name(c->side));
		break;
	default:
		snprintf(text, size, formats[c->cause], c->cpu); /* NOLINT: constants above */
	}
}

/* What happens in a phase; side and CPU stand before it. */
static void phase_text(const struct phase *p, char *text, size_t size)
{
	static const char *const doing[] = {"runs", "could run", "is woken", "sleeps",
					    "is stopped"};
	static const char *const why[] = {
		[CAUSE_ITSELF] = "",
		[CAUSE_UNTRACED] = "; no event says why it takes so long",
		[CAUSE_TASK] = "; another task has the CPU: ",
		[CAUSE_TURN] = "; the other side has the CPU",
		[CAUSE_INTERRUPT] = "; the CPU is taken by ",
		[CAUSE_IDLE] = "; the CPU comes out of idle",
		[CAUSE_WAKEUP] = "; it is not in the CPU's queue yet",
		[CAUSE_ASLEEP] = "; woken by ",
		[CAUSE_FAULT] = ", after a page fault",
		[CAUSE_STOPPED] = " by a signal",
	};

	if (p->doing == DOING_RUNS && p->cause == CAUSE_INTERRUPT) {
		snprintf(text, size, "is interrupted by %s", p->name);
		return;
	}
	snprintf(text, size, "%s%s%s", doing[p->doing],
		 p->cause == CAUSE_ASLEEP && !*p->name ? "" : why[p->cause], p->name);
}

static uint64_t phase_ns(const struct phase *p)
{
	return p->end_ns - p->begin_ns;
}

static int longer(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x < y) - (x > y);
}

/* From which length on a phase is shown (ns). */
static uint64_t shown_from(const struct explained *one)
{
	uint64_t *all = calloc(one->n + 1, sizeof(*all)), least = 0;

	for (size_t i = 0; all && i < one->n; i++)
		all[i] = phase_ns(&one->phase[i]);
	if (all && one->n > PHASES_SHOWN) {
		qsort(all, one->n, sizeof(*all), longer);
		least = all[PHASES_SHOWN - 1];
	}
	free(all);
	return least;
}

static void print_one(const struct explained *one, unsigned nth, FILE *out)
{
	uint64_t least = shown_from(one), rest_ns = 0;
	char length[32], since[32], text[TEXT];
	size_t rest = 0;

	value_print_figure((double)(one->op.end_ns - one->op.begin_ns), "ns", length,
			   sizeof(length));
	value_print_figure((double)one->since_ns, "ns", since, sizeof(since));
	fprintf(out, "\n%u. %s, %s after the begin of its run\n", nth, length, since);
	fprintf(out, "%12s %10s %4s  %-9s  %s\n", "at us", "for us", "CPU", "side", "what it does");
	for (size_t i = 0; i < one->n; i++) {
		const struct phase *p = &one->phase[i];

		if (phase_ns(p) < least) {
			rest_ns += phase_ns(p);
			rest++;
			continue;
		}
		phase_text(p, text, sizeof(text));
		fprintf(out, "%12.2f %10.2f %4u  %-9s  %s\n",
			(double)(p->begin_ns - one->op.begin_ns) / 1e3, (double)phase_ns(p) / 1e3,
			p->cpu, side_name(p->side), text);
	}
	if (rest)
		fprintf(out, "%12s %10.2f %4s  %zu shorter phases\n", "", (double)rest_ns / 1e3, "",
			rest);
}

/* How many there were, and what took most of their time. */
static void print_answer(const struct explain_report *r, const char *name, const char *above,
			 FILE *out)
{
	const struct explanation *e = &r->explanation;
	char usual[32], text[CELL_NAME_B + 2 * TEXT], cause[TEXT];

	value_print_figure((double)e->usual_ns, "ns", usual, sizeof(usual));
	snprintf(text, sizeof(text), "%s: %u%s of %llu operations took longer than %s%s%s%s", name,
		 e->n_slow + e->n_untold, r->full ? " or more" : "", (unsigned long long)r->n_ops,
		 above, r->by_median ? ", 10 times the median of " : "; the median is ", usual,
		 r->full ? "; the slowest 1024 of each run are taken apart" : "");
	wrap_below(out, 0, text);
	if (!e->n_slow)
		return;
	cause_text(&e->cause[0].like, cause, sizeof(cause));
	snprintf(text, sizeof(text), "%.0f %% of the time above %s: %s",
		 100 * (double)e->cause[0].ns / (double)e->slow_ns, above, cause);
	wrap_below(out, 0, text);
}

static void print_causes(const struct explanation *e, FILE *out)
{
	uint64_t rest_ns = 0;
	char text[TEXT];

	fprintf(out, "\n%8s %12s %10s  %s\n", "share", "us", "operations", "cause");
	for (unsigned i = 0; i < e->n_causes; i++) {
		const struct cause_sum *c = &e->cause[i];

		if (i >= CAUSES_SHOWN) {
			rest_ns += c->ns;
			continue;
		}
		cause_text(&c->like, text, sizeof(text));
		fprintf(out, "%6.1f %% %12.1f %10u  %s\n", 100 * (double)c->ns / (double)e->slow_ns,
			(double)c->ns / 1e3, c->ops, text);
	}
	if (rest_ns)
		fprintf(out, "%6.1f %% %12.1f %10s  %u other causes\n",
			100 * (double)rest_ns / (double)e->slow_ns, (double)rest_ns / 1e3, "",
			e->n_causes - CAUSES_SHOWN);
}

/* How far to trust it. */
static void print_caveats(const struct explain_report *r, FILE *out)
{
	const struct paired *cost = &r->cost;
	char text[2 * TEXT], steal[32];

	fprintf(out, "\n");
	if (r->steal_ns) {
		value_print_figure((double)r->steal_ns, "ns", steal, sizeof(steal));
		snprintf(text, sizeof(text),
			 "the hypervisor took %s of the CPUs of the sides (steal); no event says "
			 "when",
			 steal);
		wrap_below(out, 0, text);
	}
	snprintf(text, sizeof(text),
		 "tracing makes the median %.2f times as long (95 %% interval %.2f to %.2f): "
		 "%zu runs without it and %zu with it, in turns",
		 cost->ratio, cost->exact.lo, cost->exact.hi, cost->n, cost->n);
	wrap_below(out, 0, text);
	if (r->explanation.n_untold) {
		snprintf(text, sizeof(text),
			 "%u of the slow operations are not told: a trace holds the latest events, "
			 "and "
			 "theirs were overwritten; a shorter --duration helps",
			 r->explanation.n_untold);
		wrap_below(out, 0, text);
	}
	snprintf(text, sizeof(text), "clock of the trace: %s", r->clock);
	wrap_below(out, 0, text);
}

void explain_print(const struct explain_report *r, const struct row *row, FILE *out)
{
	const struct explanation *e = &r->explanation;
	char name[CELL_NAME_B], above[32];

	cell_name(NULL, row, name, sizeof(name));
	value_print_figure((double)e->above_ns, "ns", above, sizeof(above));
	fprintf(out, "\n");
	print_answer(r, name, above, out);
	if (e->n_slow)
		print_causes(e, out);
	for (unsigned i = 0; i < e->n_worst; i++)
		print_one(&e->worst[i], i + 1, out);
	print_caveats(r, out);
}
