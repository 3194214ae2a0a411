/* SPDX-License-Identifier: MIT */
/*
 * The plan of a sweep: cells by priority, the cut to the budget, the shuffled blocks, command
 * lines.
 */
#include "bench/plan/plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/random.h"
#include "bench/measure/trial.h"
#include "bench/plan/design.h"
#include "bench/record/cell.h"

#define DURATION_LONG_NS 100000000u /* when all cells fit */
#define DURATION_SHORT_NS 50000000u /* when they do not */
#define MEDIAN_PART 0.3		    /* of these times, for a median of operations */

static int compare_drafts(const void *a, const void *b)
{
	const struct draft *x = a, *y = b;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return (x->nth > y->nth) - (x->nth < y->nth);
}

uint64_t plan_duration_ns(const struct row *cell, uint64_t least_ns, unsigned runs)
{
	uint64_t every_ns = row_get_u64(cell, COL_every_ns, 0);
	uint64_t tail_ns;

	if (every_ns <= PLAN_OWN_TAIL_EVERY_NS)
		runs = 1;
	tail_ns = (PLAN_TAIL_SENDS + runs - 1) / runs * every_ns;
	return every_ns <= PLAN_TAIL_EVERY_NS && tail_ns > least_ns ? tail_ns : least_ns;
}

/*
 * Whether the figure is a median of operations, of which there are enough in MEDIAN_PART of the
 * time that a counted window takes: runs of 10 to 100 ms differ from each other alike, so more of
 * them say more. Who makes way for a load waits for its slices.
 */
static bool is_median(const struct row *cell)
{
	bool alone = row_has_experiment(cell, SYNC_OP) && row_get_u64(cell, COL_threads, 0) == 1;

	return (row_is_round_trip(cell) || row_has_experiment(cell, SYNC_UNCONTENDED) || alone) &&
	       row_get_u64(cell, COL_pairs, 1) == 1 && !row_is_set(cell, COL_load);
}

/*
 * How long to measure `cell` where a counted window takes `usual_ns`. A queue goes on for a while
 * at one of several paces: the median of runs of 50 ms is 5 % below that of 200 ms
 * (tests/bench_bias.c).
 */
static uint64_t window_ns(const struct row *cell, uint64_t usual_ns)
{
	if (row_has_experiment(cell, SYNC_QUEUE))
		return 4 * usual_ns;
	return is_median(cell) ? (uint64_t)(MEDIAN_PART * (double)usual_ns) : usual_ns;
}

/*
 * Gives the cells their durations until PLAN_INVOCATIONS of the next do not fit `time_ns`; all fit
 * or not.
 */
static bool give_durations(struct plan *plan, uint64_t time_ns, uint64_t beside_ns)
{
	uint64_t all_ns = 0;

	plan->n_run = 0;
	for (size_t i = 0; i < plan->n_cells; i++) {
		struct row *cell = &plan->cells[i];
		uint64_t ns = plan_duration_ns(cell, window_ns(cell, plan->duration_ns),
					       PLAN_INVOCATIONS);

		if (row_is_set(cell, COL_status))
			continue;
		if (plan->n_run && (all_ns + beside_ns + ns) * PLAN_INVOCATIONS > time_ns)
			return false;
		all_ns += beside_ns + ns;
		plan->n_run++;
		plan->cost_ns = all_ns / plan->n_run;
		row_set_u64(cell, COL_duration_ns, ns);
	}
	return true;
}

/* The pilot's blocks, and how many invocations `time_ns` has room for beside them. */
static void share_out(struct plan *plan, uint64_t time_ns)
{
	size_t most = plan->n_run * (PLAN_INVOCATIONS_MAX - PLAN_INVOCATIONS),
	       fit = time_ns / plan->cost_ns;
	uint64_t pilot_ns = plan->n_run * PLAN_INVOCATIONS * plan->cost_ns;

	plan->blocks = PLAN_INVOCATIONS;
	if (time_ns < pilot_ns) { /* even one cell is too much: fewer of it, and no interval */
		plan->blocks = fit ? (unsigned)(fit / plan->n_run) : 1;
		plan->blocks = plan->blocks ? plan->blocks : 1;
	} else {
		fit -= plan->n_run * PLAN_INVOCATIONS;
		plan->extra = fit < most ? fit : most;
	}
}

/* Chooses duration, cells and invocations by the budget; marks the cells that are left out. */
static void cut(struct plan *plan, const struct plan_request *request)
{
	uint64_t beside_ns = request->overhead_ns;
	uint64_t time_ns = request->budget_ns ? request->budget_ns / 5 * 4 : UINT64_MAX;
	size_t run = 0;

	plan->duration_ns = DURATION_LONG_NS;
	if (!give_durations(plan, time_ns, beside_ns)) {
		plan->duration_ns = DURATION_SHORT_NS;
		give_durations(plan, time_ns / 5 * 4, beside_ns);
	}
	for (size_t i = 0; i < plan->n_cells; i++) {
		struct row *cell = &plan->cells[i];

		if (row_is_set(cell, COL_status) || run++ < plan->n_run)
			continue;
		row_unset(cell, COL_duration_ns);
		row_set_status(cell, STATUS_NOT_PLANNED);
		row_set_text(cell, COL_reason, "over the budget of time");
	}
	share_out(plan, time_ns);
}

static int closest_pair(const struct topology *t, struct placement *ret)
{
	if (!placement_closest_two_cores(t, ret) || !placement_find(t, RELATION_SMT, ret))
		return 0;
	return placement_find(t, RELATION_SAME_PU, ret);
}

/* Marks the cells that leave no PU for the load. */
static int check_loads(const struct designer *d)
{
	for (size_t i = 0; d->request->load && i < d->n; i++) {
		struct row *cell = d->drafts[i].cell;
		const char *text = row_get_text(cell, COL_cpus);
		char reason[CREW_REASON] = "";
		unsigned pus[CREW_MAX], n = 0;
		struct load load;
		int err;

		for (; *text && n < CREW_MAX; text += *text == '+') {
			char *end;

			pus[n++] = (unsigned)strtoul(text, &end, 10);
			text = end;
		}
		err = load_place(&load, d->topology, d->request->load, pus, n, reason);
		load_free(&load);
		if (err == -ENODEV && !row_is_set(cell, COL_status))
			design_skip(cell, reason);
		else if (err && err != -ENODEV)
			return err;
	}
	return 0;
}

int plan_make(const struct plan_request *request, const struct topology *t, struct plan *ret)
{
	struct designer d = {.topology = t, .request = request};
	int err = closest_pair(t, &d.closest);

	*ret = (struct plan){.seed = request->seed};
	if (!err)
		err = design_ask(&d);
	if (err)
		return err;
	design_ipc(&d);
	design_sync(&d);
	err = d.err ? d.err : d.n ? check_loads(&d) : -ENOENT;
	ret->cells = err ? NULL : calloc(d.n, sizeof(*ret->cells));
	if (!err && !ret->cells)
		err = -ENOMEM;
	if (!err)
		qsort(d.drafts, d.n, sizeof(*d.drafts), compare_drafts);
	for (size_t i = 0; i < d.n; i++) {
		if (!err) {
			ret->n_floors += d.drafts[i].priority == FLOORS;
			row_copy(&ret->cells[ret->n_cells++], d.drafts[i].cell);
		}
		free(d.drafts[i].cell);
	}
	free(d.drafts);
	if (!err)
		cut(ret, request);
	return err;
}

void plan_free(struct plan *plan)
{
	free(plan->cells);
	plan->cells = NULL;
}

void plan_order(const struct plan *plan, unsigned block, size_t *order)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->n_cells; i++)
		if (!row_is_set(&plan->cells[i], COL_status))
			order[n++] = i;
	random_shuffle(plan->seed, block, order, n);
}

/* Whether the command of a planned row has to say `p`. */
static bool is_said(const struct row *cell, enum parameter p)
{
	switch (p) {
	case PARAMETER_placement: /* of the CPUs that the plan chose */
		return false;
	case PARAMETER_cpus:
		return !row_is_set(cell, COL_order);
	case PARAMETER_wait: /* of a primitive a fact */
		return row_is_ipc(cell);
	case PARAMETER_experiment: /* without it all are run */
	case PARAMETER_order:	   /* it says that CPUs go by an order */
		return true;
	default:
		return !cell_is_usual(cell, p);
	}
}

void plan_keep_timing(struct row *cell, const struct row *row)
{
	static const enum column kept[] = {COL_sample_every, COL_batch_ops, COL_warm_ns};

	if (!row_counts(row))
		return;
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (row_is_set(row, kept[i]) && !row_is_set(cell, kept[i]))
			row_set_u64(cell, kept[i], row_get_u64(row, kept[i], 0));
	/* a round that stood makes a warm-up longer than it may be */
	if (row_get_u64(cell, COL_warm_ns, 0) > TRIAL_WARM_NS)
		row_set_u64(cell, COL_warm_ns, TRIAL_WARM_NS);
}

/*
 * Whether each invocation is to have the operations of a 99th percentile: what is done back to
 * back. Beside a load so many would take seconds.
 */
static bool has_tail(const struct row *cell)
{
	return is_median(cell) && !row_is_set(cell, COL_gap_ns) && !row_is_set(cell, COL_every_ns);
}

void plan_command(const struct row *cell, struct plan_command *command)
{
	unsigned n = 0;

	snprintf(command->text[n], PLAN_ARGUMENT_B, "%s_%s", row_get_text(cell, COL_group),
		 row_get_text(cell, COL_mechanism));
	n++;
	snprintf(command->text[n++], PLAN_ARGUMENT_B, "--variant=%s",
		 row_get_text(cell, COL_variant));
	for (unsigned p = 0; p < PARAMETERS; p++)
		if (is_said(cell, p))
			n += cell_options(cell, p, command->text + n);
	if (row_is_set(cell, COL_duration_ns))
		snprintf(command->text[n++], PLAN_ARGUMENT_B, "--duration=%lluns",
			 (unsigned long long)row_get_u64(cell, COL_duration_ns, 0));
	if (has_tail(cell))
		snprintf(command->text[n++], PLAN_ARGUMENT_B, "--least=%u", PLAN_TAIL_OPS);
	if (row_is_set(cell, COL_sample_every))
		snprintf(command->text[n++], PLAN_ARGUMENT_B, "--sample-every=%llu",
			 (unsigned long long)row_get_u64(cell, COL_sample_every, 0));
	if (row_is_set(cell, COL_warm_ns))
		snprintf(command->text[n++], PLAN_ARGUMENT_B, "--warmup=%lluns",
			 (unsigned long long)row_get_u64(cell, COL_warm_ns, 0));
	for (unsigned i = 0; i < n; i++)
		command->argv[i] = command->text[i];
	command->argv[n] = NULL;
}
