/* SPDX-License-Identifier: MIT */
#include "bench/analyse/explain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/grow.h"

/* One operation while it is taken apart. */
struct walk {
	const struct timeline *t;
	struct explained *to;
	unsigned side;	 /* on which progress depends at ... */
	uint64_t now_ns; /* ... this time; it goes backwards */
};

static uint64_t piece_end(const struct timeline *t, unsigned side, const struct piece *piece)
{
	const struct side_line *line = &t->side[side];

	return piece + 1 < line->piece + line->n ? piece[1].from_ns : UINT64_MAX;
}

static uint64_t span_end(const struct timeline *t, unsigned cpu, const struct span *span)
{
	const struct cpu_line *line = &t->cpu[cpu];

	return span + 1 < line->span + line->n ? span[1].from_ns : UINT64_MAX;
}

static void set_cause(struct phase *phase, enum cause cause, const char *name)
{
	phase->cause = cause;
	snprintf(phase->name, sizeof(phase->name), "%s", name);
}

/* Who has the CPU on which `side` waits. */
static void find_occupant(const struct timeline *t, unsigned side, const struct span *span,
			  struct phase *phase)
{
	if (!span || span->pid < 0)
		set_cause(phase, CAUSE_UNTRACED, "");
	else if (*span->interrupt)
		set_cause(phase, CAUSE_INTERRUPT, span->interrupt);
	else if (!span->pid)
		set_cause(phase, CAUSE_IDLE, "");
	else if (t->n_sides > 1 && span->pid == t->side[!side].tid)
		set_cause(phase, CAUSE_TURN, "");
	else
		set_cause(phase, CAUSE_TASK, span->task);
}

/* Who ends the sleep of `piece`; "": the trace does not say. */
static const char *who_wakes(const struct timeline *t, unsigned side, const struct piece *piece)
{
	bool last = piece_end(t, side, piece) == UINT64_MAX;

	return !last && piece[1].doing == DOING_WOKEN ? piece[1].by : "";
}

/* What `side` does at `ns`, and why, as long as neither changes. The trace holds that time. */
static struct phase phase_at(const struct timeline *t, unsigned side, uint64_t ns)
{
	const struct piece *piece = timeline_piece(t, side, ns + 1);
	const struct span *span = timeline_span(t, piece->cpu, ns + 1);
	struct phase phase = {.begin_ns = ns,
			      .end_ns = piece_end(t, side, piece),
			      .side = side,
			      .cpu = piece->cpu,
			      .doing = piece->doing};

	if (span && span_end(t, piece->cpu, span) < phase.end_ns)
		phase.end_ns = span_end(t, piece->cpu, span);
	switch (piece->doing) {
	case DOING_RUNS:
		if (span && *span->interrupt)
			set_cause(&phase, CAUSE_INTERRUPT, span->interrupt);
		else
			set_cause(&phase, piece->faulted ? CAUSE_FAULT : CAUSE_ITSELF, "");
		break;
	case DOING_WAITS:
		find_occupant(t, side, span, &phase);
		break;
	case DOING_WOKEN:
		set_cause(&phase, span && !span->pid ? CAUSE_IDLE : CAUSE_WAKEUP, "");
		break;
	case DOING_SLEEPS:
		set_cause(&phase, CAUSE_ASLEEP, who_wakes(t, side, piece));
		break;
	case DOING_STOPPED:
		set_cause(&phase, CAUSE_STOPPED, "");
		break;
	}
	return phase;
}

/* While a side spins, progress may depend on the other: on what keeps that from running. */
static struct phase phase_of_spin(const struct timeline *t, unsigned side, uint64_t ns)
{
	struct phase own = phase_at(t, side, ns), other;

	if (own.cause != CAUSE_ITSELF || t->n_sides < 2 || !timeline_piece(t, !side, ns + 1))
		return own;
	other = phase_at(t, !side, ns);
	if (other.end_ns > own.end_ns)
		other.end_ns = own.end_ns;
	own.end_ns = other.end_ns;
	return other.cause == CAUSE_ITSELF || other.cause == CAUSE_ASLEEP ||
			       other.cause == CAUSE_TURN
		       ? own
		       : other;
}

static int add_phase(struct explained *to, const struct phase *phase)
{
	int err = array_grow(&to->phase, to->n, &to->room, sizeof(*to->phase));

	if (!err)
		to->phase[to->n++] = *phase;
	return err;
}

/* Files the time from `from_ns` to now, by phase_at() or phase_of_spin(), and goes back to it. */
static int file(struct walk *w, uint64_t from_ns,
		struct phase (*at)(const struct timeline *t, unsigned side, uint64_t ns))
{
	int err = 0;

	for (uint64_t ns = from_ns; ns < w->now_ns && !err;) {
		struct phase phase = at(w->t, w->side, ns);

		if (phase.end_ns > w->now_ns)
			phase.end_ns = w->now_ns;
		ns = phase.end_ns;
		err = add_phase(w->to, &phase);
	}
	w->now_ns = from_ns;
	return err;
}

/* Whether the side was awake from the begin of the operation to `piece`: it may spin. */
static bool is_awake_since(const struct walk *w, const struct piece *piece)
{
	const struct piece *first = w->t->side[w->side].piece;

	while (piece->from_ns > w->to->op.begin_ns && piece > first &&
	       (piece->doing == DOING_RUNS || piece->doing == DOING_WAITS))
		piece--;
	return piece->doing == DOING_RUNS || piece->doing == DOING_WAITS;
}

/* The side sleeps: on the other, if that is awake or fell asleep later, else on a third one. */
static int go_through_sleep(struct walk *w, const struct piece *piece, uint64_t from_ns)
{
	const struct piece *other =
		w->t->n_sides > 1 ? timeline_piece(w->t, !w->side, w->now_ns) : NULL;
	bool later = other && other->from_ns > from_ns;
	int err = 0;

	if (!other || other->doing == DOING_SLEEPS)
		err = file(w, later ? other->from_ns : from_ns, phase_at);
	if (other && (other->doing != DOING_SLEEPS || (later && other->from_ns > piece->from_ns)))
		w->side = !w->side;
	return err;
}

/* One piece back. 0 or -ENOMEM; -ENODATA: the trace begins later. */
static int go_back(struct walk *w)
{
	const struct piece *piece = timeline_piece(w->t, w->side, w->now_ns);
	uint64_t from_ns = w->to->op.begin_ns;
	int err;

	if (!piece)
		return -ENODATA;
	if (piece->from_ns > from_ns)
		from_ns = piece->from_ns;
	if (piece->doing == DOING_SLEEPS)
		return go_through_sleep(w, piece, from_ns);
	err = file(w, from_ns,
		   piece->doing == DOING_RUNS && is_awake_since(w, piece) ? phase_of_spin
									  : phase_at);
	if (piece->doing == DOING_WOKEN && w->t->n_sides > 1 &&
	    piece->waker == w->t->side[!w->side].tid)
		w->side = !w->side;
	return err;
}

static int by_begin(const void *a, const void *b)
{
	const struct phase *x = a, *y = b;

	return (x->begin_ns > y->begin_ns) - (x->begin_ns < y->begin_ns);
}

static bool same_cause(const struct phase *a, const struct phase *b)
{
	return a->side == b->side && a->cpu == b->cpu && a->doing == b->doing &&
	       a->cause == b->cause && !strcmp(a->name, b->name);
}

/* In the order of time, neighbours that are alike as one. */
static void tidy(struct explained *to, uint64_t usual_ns)
{
	size_t n = 0;

	if (to->n)
		qsort(to->phase, to->n, sizeof(*to->phase), by_begin);
	for (size_t i = 0; i < to->n; i++)
		if (n && same_cause(&to->phase[n - 1], &to->phase[i]))
			to->phase[n - 1].end_ns = to->phase[i].end_ns;
		else
			to->phase[n++] = to->phase[i];
	to->n = n;
	for (size_t i = 0; i < n; i++)
		if (to->phase[i].cause == CAUSE_ITSELF &&
		    to->phase[i].end_ns - to->phase[i].begin_ns > usual_ns)
			to->phase[i].cause = CAUSE_UNTRACED;
}

/*
 * What is interrupted for a moment and then goes on is one phase, so that the others can be seen.
 */
static void smooth(struct explained *one)
{
	uint64_t moment_ns = (one->op.end_ns - one->op.begin_ns) / 100;
	size_t n = 0;

	for (size_t i = 0; i < one->n; i++) {
		const struct phase *now = &one->phase[i];
		bool resumes = n >= 2 && same_cause(&one->phase[n - 2], now) &&
			       one->phase[n - 1].end_ns - one->phase[n - 1].begin_ns < moment_ns;

		n -= resumes;
		if (resumes || (n && same_cause(&one->phase[n - 1], now)))
			one->phase[n - 1].end_ns = now->end_ns;
		else
			one->phase[n++] = *now;
	}
	one->n = n;
}

/* Whether the trace holds the time `ns` of all sides and of their CPUs. */
static bool is_held(const struct timeline *t, uint64_t ns)
{
	for (unsigned s = 0; s < t->n_sides; s++) {
		const struct piece *piece = timeline_piece(t, s, ns + 1);

		if (!piece || !timeline_span(t, piece->cpu, ns + 1))
			return false;
	}
	return true;
}

/* Each turn goes back in time, or once to the other side; what does neither cannot be told. */
static int take_apart(const struct timeline *t, struct explained *to, uint64_t usual_ns)
{
	struct walk w = {t, to, 0, to->op.end_ns};
	unsigned still = 0;
	int err = is_held(t, to->op.begin_ns) ? 0 : -ENODATA;

	while (!err && w.now_ns > to->op.begin_ns) {
		uint64_t before_ns = w.now_ns;

		err = go_back(&w);
		still = w.now_ns < before_ns ? 0 : still + 1;
		if (still > 2)
			err = -ENODATA;
	}
	if (!err)
		tidy(to, usual_ns);
	return err;
}

/* What tells causes apart, in the sum. */
static struct phase kind_of(const struct phase *phase)
{
	struct phase like = {.cause = phase->cause};

	if (phase->cause == CAUSE_ITSELF)
		return like;
	memcpy(like.name, phase->name, sizeof(like.name));
	if (phase->cause >= CAUSE_ASLEEP)
		like.side = phase->side;
	else
		like.cpu = phase->cpu;
	return like;
}

static struct cause_sum *find_sum(struct explanation *e, const struct phase *like)
{
	for (unsigned i = 0; i < e->n_causes; i++)
		if (same_cause(&e->cause[i].like, like))
			return &e->cause[i];
	if (e->n_causes < EXPLAIN_CAUSES)
		e->cause[e->n_causes++].like = *like;
	return &e->cause[e->n_causes - 1];
}

static void sum_up(struct explanation *e, const struct explained *one)
{
	struct cause_sum *sum;

	e->n_slow++;
	e->slow_ns += one->op.end_ns - one->op.begin_ns;
	for (size_t i = 0; i < one->n; i++) {
		struct phase like = kind_of(&one->phase[i]);
		bool before = false;

		for (size_t k = 0; k < i && !before; k++) {
			struct phase other = kind_of(&one->phase[k]);

			before = same_cause(&other, &like);
		}
		sum = find_sum(e, &like);
		sum->ns += one->phase[i].end_ns - one->phase[i].begin_ns;
		sum->ops += !before;
	}
}

static uint64_t length(const struct explained *x)
{
	return x->op.end_ns - x->op.begin_ns;
}

/* Keeps it among the worst, or frees it. Its causes are summed up already. */
static void keep(struct explanation *e, struct explained *one)
{
	unsigned at = e->n_worst;

	while (at && length(one) > length(&e->worst[at - 1]))
		at--;
	if (at == EXPLAIN_WORST) {
		free(one->phase);
		return;
	}
	smooth(one);
	if (e->n_worst == EXPLAIN_WORST)
		free(e->worst[--e->n_worst].phase);
	memmove(&e->worst[at + 1], &e->worst[at], (e->n_worst - at) * sizeof(*one));
	e->worst[at] = *one;
	e->n_worst++;
}

int explain_add(struct explanation *e, const struct trace_events *events, const pid_t *tids,
		unsigned n_sides, const struct slowest *ops, uint64_t begin_ns)
{
	struct timeline t;
	int err = timeline_make(&t, events, tids, n_sides);

	for (unsigned i = 0; !err && i < ops->n; i++) {
		struct explained one = {.op = ops->op[i]};

		if (length(&one) <= e->above_ns)
			continue;
		one.since_ns = one.op.begin_ns - begin_ns;
		err = take_apart(&t, &one, e->usual_ns);
		if (!err) {
			sum_up(e, &one);
			keep(e, &one);
			continue;
		}
		free(one.phase);
		e->n_untold += err == -ENODATA;
		err = err == -ENODATA ? 0 : err;
	}
	timeline_free(&t);
	return err;
}

static int by_time(const void *a, const void *b)
{
	const struct cause_sum *x = a, *y = b;

	return (x->ns < y->ns) - (x->ns > y->ns);
}

void explain_sort(struct explanation *e)
{
	qsort(e->cause, e->n_causes, sizeof(*e->cause), by_time);
}

void explain_free(struct explanation *e)
{
	for (unsigned i = 0; i < e->n_worst; i++)
		free(e->worst[i].phase);
	e->n_worst = 0;
}
