/* SPDX-License-Identifier: MIT */
/* Pairs of PUs, all of them or a sample of each relation. */
#include "bench/plan/matrix.h"

#include <errno.h>
#include <stdlib.h>

#include "bench/base/random.h"

size_t matrix_possible(const struct topology *t)
{
	size_t n = topology_allowed_count(t);

	return n * (n - 1) / 2;
}

static void count_relations(const struct topology *t, struct matrix *m)
{
	unsigned n = topology_allowed_count(t);

	for (unsigned i = 0; i < n; i++)
		for (unsigned j = i + 1; j < n; j++)
			m->possible[topology_relation(t, topology_allowed_pu(t, i),
						      topology_allowed_pu(t, j))]++;
}

/* One pair after the other to each relation in turn, while it has more. */
static void share_out(struct matrix *m, size_t most)
{
	size_t given = 0;
	bool any = true;

	for (bool first = true; any && (given < most || first); first = false) {
		any = false;
		for (unsigned r = 0; r < RELATION_COUNT; r++) {
			if (m->chosen[r] == m->possible[r] || (given >= most && !first))
				continue;
			m->chosen[r]++;
			given++;
			any = true;
		}
	}
	m->n_measured = given;
}

/*
 * Each pair of a relation is as likely as any other: taken with probability wanted / left (Knuth,
 * The Art of Computer Programming 2, 3.4.2, algorithm S).
 */
static void choose(const struct topology *t, uint64_t seed, struct matrix *m)
{
	size_t left[RELATION_COUNT], wanted[RELATION_COUNT];
	unsigned n = topology_allowed_count(t);
	uint64_t state = seed;

	for (unsigned r = 0; r < RELATION_COUNT; r++) {
		left[r] = m->possible[r];
		wanted[r] = m->chosen[r];
	}
	for (unsigned i = 0; i < n; i++)
		for (unsigned j = i + 1; j < n; j++) {
			unsigned a = topology_allowed_pu(t, i), b = topology_allowed_pu(t, j);
			enum relation r = topology_relation(t, a, b);
			bool taken = random_next(&state) % left[r]-- < wanted[r];

			wanted[r] -= taken;
			if (taken || j == i + 1)
				m->pairs[m->n++] = (struct matrix_pair){{a, b}, r, taken};
		}
}

int matrix_make(const struct topology *t, size_t most, uint64_t seed, struct matrix *ret)
{
	*ret = (struct matrix){0};
	if (!matrix_possible(t))
		return -ENOENT;
	count_relations(t, ret);
	share_out(ret, most);
	ret->pairs = calloc(ret->n_measured + topology_allowed_count(t), sizeof(*ret->pairs));
	if (!ret->pairs)
		return -ENOMEM;
	choose(t, seed, ret);
	return 0;
}

void matrix_free(struct matrix *m)
{
	free(m->pairs);
	m->pairs = NULL;
}
