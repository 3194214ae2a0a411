/* SPDX-License-Identifier: MIT */
/*
 * Many machines that ran one sweep: what each of their packs says, in a table of one value per
 * configuration.
 */
#ifndef BENCH_REPORT_FLEET_H
#define BENCH_REPORT_FLEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "bench/analyse/odd.h"
#include "bench/machine/settings.h"
#include "bench/record/row.h"

struct fleet_machine {
	char *name, *from; /* what it is called; the pack or directory that said so */
	char *version;	   /* of handoff, that measured it */
	double *value;	   /* of each configuration; n_values of them, NaN = none */
	size_t n_values, kind;
	size_t n_cells, n_noisy;   /* with figures; of those, disturbed */
	struct settings *settings; /* folded */
};

/* A configuration, by its first metric. */
struct fleet_cell {
	char *name, *metric;
	size_t group;
	bool grows; /* more is better: its values are turned round */
};

/* Machines of one model, kernel and topology. */
struct fleet_kind {
	char *name; /* processor and kernel, for people */
	char *key;  /* everything that tells it from others */
	size_t n;
};

struct fleet {
	struct fleet_machine *machines;
	struct fleet_cell *cells;
	struct fleet_kind *kinds;
	char (*groups)[64]; /* where the sides are: "same-l3", "same-l3 spinning" */
	size_t n_machines, n_cells, n_kinds, n_groups;
	size_t machines_room, cells_room, kinds_room, groups_room;
	void *by_name;			  /* cells, for tsearch(3) */
	double effect;			  /* smallest difference that matters, as a share */
	struct odd *of_groups, *of_cells; /* as odd_judge() writes them */
};

/*
 * Adds a machine from its `settings` (before.txt) and its `summary`, both of which are closed;
 * `from` is the pack or the directory, for messages. 0, or an exit code after a line on stderr that
 * begins with `program`: no figures, another version of handoff than the others, a machine that is
 * there already.
 */
int fleet_add(struct fleet *f, const char *program, const char *from, FILE *settings,
	      FILE *summary);

/* The same from the pack or the directory at `path`. */
int fleet_add_path(struct fleet *f, const char *program, const char *path);

/* Judges them. 0 or -ENOMEM. */
int fleet_judge(struct fleet *f, double effect);

/* What is found of machine `m` in group or configuration `nth`. */
const struct odd *fleet_of_group(const struct fleet *f, size_t nth, size_t m);
const struct odd *fleet_of_cell(const struct fleet *f, size_t nth, size_t m);

/* Rows of odd.csv: of every group, then of every configuration, each of all machines. */
size_t fleet_rows(const struct fleet *f);
void fleet_row(const struct fleet *f, size_t nth, struct row *row);

/* Whether the verdict names the machine. */
bool fleet_is_odd(const struct odd *o);

/*
 * By how much a machine is odd, for an order: the largest difference that names it; 0: none does.
 */
double fleet_oddness(const struct fleet *f, size_t m);

void fleet_free(struct fleet *f);

#endif
