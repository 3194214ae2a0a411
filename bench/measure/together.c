/* SPDX-License-Identifier: MIT */
/* Looks from outside at which CPUs two sides are on. */
#include "bench/measure/together.h"

#include <math.h>

uint64_t together_look(struct together *t, struct crew *crew, bool timed, uint64_t now)
{
	if (now < t->next_ns)
		return t->next_ns;
	t->next_ns = now + TOGETHER_LOOK_NS;
	for (unsigned i = 0; timed && i + 1 < crew->n; i += 2) {
		const struct crew_member *a = crew_member(crew, i), *b = crew_member(crew, i + 1);
		int first = placement_seen("", a->pid, a->tid);
		int second = placement_seen("", b->pid, b->tid);

		if (first < 0 || second < 0)
			continue;
		t->looks++;
		t->one += first == second;
	}
	return t->next_ns;
}

double together_share(const struct together *t)
{
	return t->looks ? (double)t->one / (double)t->looks : NAN;
}
