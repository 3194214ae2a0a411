/* SPDX-License-Identifier: MIT */
#include "bench/base/slowest.h"

#include <stdlib.h>

static uint64_t length(const struct slow_op *op)
{
	return op->end_ns - op->begin_ns;
}

/* Moves op[0] down to where none below it is shorter. */
static void sink(struct slowest *s)
{
	struct slow_op moved = s->op[0];
	unsigned at = 0, child;

	while ((child = 2 * at + 1) < s->n) {
		if (child + 1 < s->n && length(&s->op[child + 1]) < length(&s->op[child]))
			child++;
		if (length(&moved) <= length(&s->op[child]))
			break;
		s->op[at] = s->op[child];
		at = child;
	}
	s->op[at] = moved;
}

/* Puts `op` at the end, and up to where none above it is longer. */
static void rise(struct slowest *s, struct slow_op op)
{
	unsigned at = s->n++;

	for (; at && length(&op) < length(&s->op[(at - 1) / 2]); at = (at - 1) / 2)
		s->op[at] = s->op[(at - 1) / 2];
	s->op[at] = op;
}

void slowest_add(struct slowest *s, uint64_t begin_ns, uint64_t end_ns)
{
	struct slow_op op = {begin_ns, end_ns};

	if (s->n < SLOWEST_MAX) {
		rise(s, op);
	} else if (length(&op) > length(&s->op[0])) {
		s->op[0] = op;
		sink(s);
	}
}

static int by_length(const void *a, const void *b)
{
	uint64_t x = length(a), y = length(b);

	return (x < y) - (x > y);
}

void slowest_sort(struct slowest *s)
{
	qsort(s->op, s->n, sizeof(*s->op), by_length);
}
