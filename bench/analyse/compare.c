/* SPDX-License-Identifier: MIT */
/* Collects the invocations that are compared. */
#include "bench/analyse/comparison.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/grow.h"
#include "bench/record/cell.h"

void comparison_set_design(struct comparison *c, enum compare_design design)
{
	c->design = design;
}

enum compare_design comparison_design(const struct comparison *c)
{
	return c->design;
}

/* Number of the boot `name`, which is added when new; -ENOMEM. */
static ssize_t find_boot(struct comparison *c, const char *name)
{
	size_t i = 0;

	while (i < c->n_boots && strcmp(c->boots[i], name) != 0)
		i++;
	if (i < c->n_boots)
		return (ssize_t)i;
	if (array_grow(&c->boots, c->n_boots, &c->boots_room, sizeof(*c->boots)))
		return -ENOMEM;
	snprintf(c->boots[c->n_boots++], sizeof(*c->boots), "%s", name);
	return (ssize_t)i;
}

/* Index of the arm `name`, which is added when new; -ENOMEM. */
static ssize_t find_arm(struct comparison *c, const char *name)
{
	size_t i = 0;

	while (i < c->n_arms && strcmp(c->arms[i], name) != 0)
		i++;
	if (i < c->n_arms)
		return (ssize_t)i;
	if (array_grow(&c->arms, c->n_arms, &c->arms_room, sizeof(*c->arms)))
		return -ENOMEM;
	c->arms[i] = strdup(name);
	if (!c->arms[i])
		return -ENOMEM;
	c->n_arms++;
	return (ssize_t)i;
}

struct comparison *comparison_new(const char *base)
{
	struct comparison *c = calloc(1, sizeof(*c));

	if (c && find_arm(c, base) == 0)
		return c;
	comparison_free(c);
	return NULL;
}

/* Index of the cell of `sample`, which is added when new; -ENOMEM. */
static ssize_t find_cell(struct comparison *c, const struct row *sample)
{
	ssize_t i = hash_index_find(&c->known, cell_hash(HASH_BEGIN, sample));

	if (i < 0 || (size_t)i < c->n_cells)
		return i;
	if (array_grow(&c->cells, c->n_cells, &c->cells_room, sizeof(*c->cells)))
		return -ENOMEM;
	row_clear(&c->cells[c->n_cells]);
	cell_identity(sample, &c->cells[c->n_cells++]);
	return i;
}

int comparison_add(struct comparison *c, const struct row *sample, const char *arm)
{
	ssize_t cell, of_arm, boot = 0;
	struct observed *new;
	size_t n_metrics, of_cell[SUMMARY_METRICS_MAX];
	const struct metric *metrics = summary_metrics(&n_metrics);

	if (!row_counts(sample))
		return 0;
	if (c->design == COMPARE_BOOTS)
		boot = find_boot(c, row_get_text(sample, COL_boot_id));
	cell = find_cell(c, sample);
	of_arm = find_arm(c, arm);
	if (boot < 0 || cell < 0 || of_arm < 0 ||
	    array_grow(&c->all, c->n_all, &c->all_room, sizeof(*c->all)))
		return -ENOMEM;
	new = &c->all[c->n_all];
	*new = (struct observed){
		.cell = (size_t)cell,
		.arm = (size_t)of_arm,
		.block = c->design == COMPARE_BOOTS ? (uint64_t)boot
						    : row_get_u64(sample, COL_block, 0),
		.noisy = row_list_has(row_get_text(sample, COL_flags), "noisy"),
		.drifted = row_list_has(row_get_text(sample, COL_flags), "drifted"),
		.tick_ns = row_get_decimal(sample, COL_clock_tick_ns),
		.batch_ops = row_get_decimal(sample, COL_batch_ops),
		.slept_share = row_get_decimal(sample, COL_slept_share),
		.nth = c->n_all};
	c->n_all++;
	n_metrics = summary_metrics_of(sample, of_cell);
	for (size_t i = 0; i < n_metrics; i++) {
		const struct metric *m = &metrics[of_cell[i]];

		new->value[i] = row_get_decimal(sample, m->column);
		new->p99[i] = m->p99 == COL_COUNT ? NAN : row_get_decimal(sample, m->p99);
	}
	return 0;
}

size_t comparison_count(const struct comparison *c)
{
	return c->n_results;
}

void comparison_free(struct comparison *c)
{
	if (!c)
		return;
	comparison_forget(c);
	free(c->groups);
	free(c->blocks);
	free(c->boots);
	hash_index_free(&c->known);
	free(c->cells);
	for (size_t i = 0; i < c->n_arms; i++)
		free(c->arms[i]);
	free(c->arms);
	free(c->all);
	free(c->results);
	free(c);
}
