/* SPDX-License-Identifier: MIT */
#include "bench/analyse/timeline.h"

#include <errno.h>
#include <stdlib.h>

#include "bench/base/grow.h"

#define DEPTH 8 /* of interrupts in interrupts: softirq, interrupt, timer, NMI */

/* What is on a CPU now. */
struct context {
	pid_t pid;
	const char *task;
	const char *interrupt[DEPTH];
	unsigned depth;
};

struct making {
	struct timeline *t;
	struct context *cpu;
	/* A wake-up that came while its task was still on the way to sleep: until it sleeps. */
	struct piece early[TIMELINE_SIDES];
	bool is_early[TIMELINE_SIDES];
};

static const char *innermost(const struct context *c)
{
	unsigned at = c->depth < DEPTH ? c->depth : DEPTH;

	return at ? c->interrupt[at - 1] : "";
}

static int add_span(struct making *m, unsigned cpu, uint64_t ns)
{
	struct cpu_line *line = &m->t->cpu[cpu];
	const struct context *c = &m->cpu[cpu];
	int err = array_grow(&line->span, line->n, &line->room, sizeof(*line->span));

	if (!err)
		line->span[line->n++] = (struct span){ns, c->pid, c->task, innermost(c)};
	return err;
}

static int add_piece(struct making *m, unsigned side, struct piece piece)
{
	struct side_line *line = &m->t->side[side];
	int err = array_grow(&line->piece, line->n, &line->room, sizeof(*line->piece));

	if (!err)
		line->piece[line->n++] = piece;
	return err;
}

/* What the side did last; sleeping where nothing is known: whoever runs is seen to begin. */
static enum doing last_doing(const struct making *m, unsigned side)
{
	const struct side_line *line = &m->t->side[side];

	return line->n ? line->piece[line->n - 1].doing : DOING_SLEEPS;
}

/* The side leaves its CPU. */
static int leave(struct making *m, unsigned side, const struct trace_event *e)
{
	static const enum doing doing[] = {[LEFT_RUNNABLE] = DOING_WAITS,
					   [LEFT_ASLEEP] = DOING_SLEEPS,
					   [LEFT_STOPPED] = DOING_STOPPED};
	bool early = m->is_early[side] && e->left == LEFT_ASLEEP;
	int err = add_piece(m, side, (struct piece){e->ns, doing[e->left], .cpu = e->cpu});

	m->is_early[side] = false;
	if (err || !early)
		return err;
	m->early[side].from_ns = e->ns;
	return add_piece(m, side, m->early[side]);
}

static int take_switch(struct making *m, const struct trace_event *e)
{
	struct context *c = &m->cpu[e->cpu];
	int err = 0;

	*c = (struct context){.pid = e->next, .task = e->next ? e->name : ""};
	for (unsigned s = 0; s < m->t->n_sides && !err; s++) {
		if (m->t->side[s].tid == e->pid)
			err = leave(m, s, e);
		else if (m->t->side[s].tid == e->next)
			err = add_piece(m, s, (struct piece){e->ns, DOING_RUNS, .cpu = e->cpu});
	}
	return err ? err : add_span(m, e->cpu, e->ns);
}

static int take_waking(struct making *m, unsigned side, const struct trace_event *e)
{
	const struct context *c = &m->cpu[e->cpu];
	enum doing doing = last_doing(m, side);
	struct piece piece = {e->ns, DOING_WOKEN, .cpu = e->target, .waker = e->next};

	piece.by = c->depth ? innermost(c) : c->pid == e->next ? c->task : "";
	if (doing == DOING_SLEEPS || doing == DOING_STOPPED)
		return add_piece(m, side, piece);
	if (doing == DOING_RUNS) {
		m->early[side] = piece;
		m->is_early[side] = true;
	}
	return 0;
}

/* It is in the queue of a CPU; one that ran all the time has only been told not to sleep. */
static int take_wakeup(struct making *m, unsigned side, const struct trace_event *e)
{
	enum doing doing = last_doing(m, side);

	if (doing == DOING_RUNS)
		m->is_early[side] = false;
	if (doing == DOING_RUNS || doing == DOING_WAITS)
		return 0;
	return add_piece(m, side, (struct piece){e->ns, DOING_WAITS, .cpu = e->target});
}

static int take_interrupt(struct making *m, const struct trace_event *e)
{
	struct context *c = &m->cpu[e->cpu];

	if (e->kind == TRACE_ENTRY) {
		if (c->depth < DEPTH)
			c->interrupt[c->depth] = e->name;
		c->depth++;
	} else if (c->depth) {
		c->depth--;
	} else {
		return 0; /* it had begun before the trace */
	}
	return add_span(m, e->cpu, e->ns);
}

static int take_fault(struct making *m, unsigned side, const struct trace_event *e)
{
	if (last_doing(m, side) != DOING_RUNS)
		return 0;
	return add_piece(m, side,
			 (struct piece){e->ns, DOING_RUNS, .faulted = true, .cpu = e->cpu});
}

static int take(struct making *m, const struct trace_event *e)
{
	int err = 0;

	if (e->kind == TRACE_SWITCH)
		return take_switch(m, e);
	if (e->kind == TRACE_ENTRY || e->kind == TRACE_EXIT)
		return take_interrupt(m, e);
	for (unsigned s = 0; s < m->t->n_sides && !err; s++) {
		if (m->t->side[s].tid != e->pid)
			continue;
		err = e->kind == TRACE_WAKING	? take_waking(m, s, e)
		      : e->kind == TRACE_WAKEUP ? take_wakeup(m, s, e)
						: take_fault(m, s, e);
	}
	return err;
}

int timeline_make(struct timeline *t, const struct trace_events *events, const pid_t *tids,
		  unsigned n_sides)
{
	struct making m = {.t = t};
	int err = 0;

	*t = (struct timeline){.n_sides = n_sides};
	for (unsigned s = 0; s < n_sides; s++)
		t->side[s].tid = tids[s];
	for (size_t i = 0; i < events->n; i++)
		if (events->event[i].cpu >= t->n_cpus)
			t->n_cpus = events->event[i].cpu + 1;
	t->cpu = calloc(t->n_cpus + 1, sizeof(*t->cpu));
	m.cpu = calloc(t->n_cpus + 1, sizeof(*m.cpu));
	if (!t->cpu || !m.cpu)
		err = -ENOMEM;
	for (unsigned c = 0; !err && c < t->n_cpus; c++)
		m.cpu[c] = (struct context){.pid = -1, .task = ""};
	for (size_t i = 0; !err && i < events->n; i++)
		err = take(&m, &events->event[i]);
	free(m.cpu);
	return err;
}

void timeline_free(struct timeline *t)
{
	for (unsigned s = 0; s < t->n_sides; s++)
		free(t->side[s].piece);
	for (unsigned c = 0; t->cpu && c < t->n_cpus; c++)
		free(t->cpu[c].span);
	free(t->cpu);
	*t = (struct timeline){0};
}

/* How many of the `n` entries of `size` bytes, which begin with their time, begin before `ns`. */
static size_t count_before(const void *entries, size_t n, size_t size, uint64_t ns)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;

		if (*(const uint64_t *)((const char *)entries + middle * size) < ns)
			lo = middle + 1;
		else
			hi = middle;
	}
	return lo;
}

const struct piece *timeline_piece(const struct timeline *t, unsigned side, uint64_t ns)
{
	const struct side_line *line = &t->side[side];
	size_t n = count_before(line->piece, line->n, sizeof(*line->piece), ns);

	return n ? &line->piece[n - 1] : NULL;
}

const struct span *timeline_span(const struct timeline *t, unsigned cpu, uint64_t ns)
{
	const struct cpu_line *line;
	size_t n;

	if (cpu >= t->n_cpus)
		return NULL;
	line = &t->cpu[cpu];
	n = count_before(line->span, line->n, sizeof(*line->span), ns);
	return n ? &line->span[n - 1] : NULL;
}
