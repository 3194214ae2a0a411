/* SPDX-License-Identifier: MIT */
#include "bench/program/explain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "bench/base/trust.h"
#include "bench/machine/trace.h"
#include "bench/record/csv.h"

/* One measurement of a cell that is explained. */
struct turns {
	const struct options *o;
	struct ipc_cell *cell;
	struct trace *trace;
	struct explain_report *report;
	struct ipc_result *result,
		*best; /* of this turn; of the traced turn with the slowest operation */
	double p50_ns[2][EXPLAIN_ROUNDS]; /* without and with the trace */
};

/* What is slow, once the first turn has said what is usual. */
static void set_limit(struct turns *t)
{
	struct explanation *e = &t->report->explanation;

	e->usual_ns = (uint64_t)t->p50_ns[0][0];
	t->report->by_median = !t->o->explain_ns;
	e->above_ns = t->o->explain_ns ? t->o->explain_ns : EXPLAIN_MEDIANS * e->usual_ns;
}

/* Adds what the hypervisor took in this turn, as far as the kernel knows. */
static void add_steal(struct turns *t)
{
	const struct trial *trial = &t->result->trial;
	struct noise noise;

	if (!noise_delta(&trial->begin, &trial->end, &noise) && noise.have & NOISE_STEAL)
		t->report->steal_ns += noise.steal_ns;
}

/* Adds what the trace says of the slow operations of this turn. */
static int add_events(struct turns *t)
{
	struct explanation *e = &t->report->explanation;
	struct trace_events events = {0};
	struct slowest *slowest = &t->result->slowest;
	unsigned n_sides = ipc_members(t->cell); /* one or two: see ipc_options_check() */
	pid_t tids[TIMELINE_SIDES];
	int err = trace_stop(t->trace, &events);

	for (unsigned i = 0; i < n_sides; i++)
		tids[i] = t->result->member[i].tid;
	slowest_sort(slowest);
	if (slowest->n == SLOWEST_MAX)
		t->report->full |= slowest->op[SLOWEST_MAX - 1].end_ns -
					   slowest->op[SLOWEST_MAX - 1].begin_ns >
				   e->above_ns;
	if (!err)
		err = explain_add(e, &events, tids, n_sides, slowest, t->result->meter.begin_ns);
	trace_events_free(&events);
	return err;
}

static int take_turn(struct turns *t, unsigned round, bool traced, char *reason)
{
	int err = traced ? trace_start(t->trace) : 0;

	if (err) {
		snprintf(reason, CREW_REASON, "the trace does not begin: %s", strerror(-err));
		return err;
	}
	err = ipc_session_run(t->cell, t->result, reason);
	if (err)
		return err;
	t->p50_ns[traced][round] = (double)histogram_percentile(&t->result->meter.each, 50000);
	if (!traced && !round)
		set_limit(t);
	if (!traced)
		return 0;
	t->report->n_ops += t->result->meter.done;
	add_steal(t);
	err = add_events(t);
	if (err)
		snprintf(reason, CREW_REASON, "the trace cannot be read: %s", strerror(-err));
	else if (!t->best->members || t->result->meter.each.max > t->best->meter.each.max)
		memcpy(t->best, t->result, sizeof(*t->best));
	return err;
}

/*
 * The first turn is one without the trace: it says what is usual. Then the order changes from round
 * to round.
 */
static int take_turns(struct turns *t, char *reason)
{
	int err = 0;

	for (unsigned turn = 0; turn < 2 * EXPLAIN_ROUNDS && !err; turn++) {
		unsigned round = turn / 2;

		err = take_turn(t, round, (turn + round) & 1, reason);
	}
	if (err)
		return err;
	explain_sort(&t->report->explanation);
	return paired_compare(t->p50_ns[0], t->p50_ns[1], EXPLAIN_ROUNDS, &t->report->cost);
}

int explain_run(const struct options *o, struct ipc_cell *cell, struct ipc_result *result,
		struct explain_report *r, char *reason)
{
	struct turns t = {.o = o,
			  .cell = cell,
			  .report = r,
			  .result = calloc(1, sizeof(*result)),
			  .best = result};
	uint64_t duration_ns = cell->size.duration_ns;
	char why[TRACE_WHY];
	int err = t.result ? 0 : -ENOMEM;

	if (!err)
		err = trace_open(&t.trace, cell->seats.free ? NULL : cell->seats.pu,
				 cell->seats.free ? 0 : ipc_members(cell), why);
	if (err) {
		snprintf(reason, CREW_REASON, "cannot explain: %s",
			 t.result ? why : strerror(-err));
		goto out_free;
	}
	r->clock = trace_clock_text(t.trace);
	cell->explain = true;
	cell->size.duration_ns /= EXPLAIN_ROUNDS;
	err = take_turns(&t, reason);
	cell->size.duration_ns = duration_ns;
	cell->explain = false;
	trace_close(t.trace);
out_free:
	free(t.result);
	return err;
}

void explain_flag(struct row *row)
{
	row_add_item(row, COL_flags, "traced");
	row_set_text(row, COL_used, "no");
}

static void set_phase(struct row *row, const struct explained *one, const struct phase *phase)
{
	static const char *const doing[] = {"runs", "waits", "woken", "sleeps", "stopped"};
	static const char *const causes[] = {
		"itself", "untraced", "task",	"turn",	 "interrupt",
		"idle",	  "wakeup",   "asleep", "fault", "stopped",
	};

	row_set_u64(row, COL_phase_begin_ns, phase->begin_ns - one->op.begin_ns);
	row_set_u64(row, COL_phase_ns, phase->end_ns - phase->begin_ns);
	row_set_text(row, COL_side, phase->side ? "responder" : "initiator");
	row_set_u64(row, COL_cpu, phase->cpu);
	row_set_text(row, COL_doing, doing[phase->doing]);
	row_set_text(row, COL_cause, causes[phase->cause]);
	row_set_text(row, COL_cause_name, phase->name);
}

static int write_rows(FILE *out, const struct explanation *e, const struct row *row)
{
	static struct row one;
	int err = ftell(out) ? 0 : csv_write_header(out, CSV_EXPLAIN);

	row_copy(&one, row);
	row_set_u64(&one, COL_above_ns, e->above_ns);
	row_set_u64(&one, COL_usual_ns, e->usual_ns);
	for (unsigned i = 0; i < e->n_worst; i++) {
		const struct explained *worst = &e->worst[i];

		row_set_u64(&one, COL_slow_op, i + 1);
		row_set_u64(&one, COL_slow_begin_ns, worst->since_ns);
		row_set_u64(&one, COL_slow_ns, worst->op.end_ns - worst->op.begin_ns);
		for (size_t k = 0; k < worst->n && !err; k++) {
			set_phase(&one, worst, &worst->phase[k]);
			err = csv_write_row(out, CSV_EXPLAIN, &one);
		}
	}
	return err;
}

int explain_csv(const struct options *o, const struct explain_report *r, const struct row *row)
{
	FILE *out;
	int err;

	if (!o->explain_csv)
		return 0;
	out = trust_fopen(o->explain_csv, "ae");
	if (!out) {
		fprintf(stderr, "%s: --explain-csv=%s: %s\n", o->program, o->explain_csv,
			errno == EPERM ? "another user's link or FIFO is in the way"
				       : strerror(errno));
		return EX_CANTCREAT;
	}
	err = write_rows(out, &r->explanation, row);
	if (fclose(out) && !err)
		err = -errno;
	if (err)
		fprintf(stderr, "%s: --explain-csv=%s: cannot write: %s\n", o->program,
			o->explain_csv, strerror(-err));
	return err ? EX_IOERR : 0;
}
