/* SPDX-License-Identifier: MIT */
/* Which settings differ between the machines of a fleet, and who has what. */
#include "bench/report/fleet_settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/grow.h"

/* A setting of a machine; all of them, sorted by key, then by value. */
struct one {
	const char *key, *value;
	size_t machine;
};

struct all {
	struct one *one;
	size_t n, room, machine;
};

static int take(void *to, const char *key, const char *value)
{
	struct all *all = to;
	int err = array_grow(&all->one, all->n, &all->room, sizeof(*all->one));

	if (!err)
		all->one[all->n++] = (struct one){key, value, all->machine};
	return err;
}

static int by_key(const void *a, const void *b)
{
	const struct one *x = a, *y = b;
	int order = strcmp(x->key, y->key);

	if (!order)
		order = strcmp(x->value, y->value);
	return order ? order : (x->machine > y->machine) - (x->machine < y->machine);
}

static int by_count(const void *a, const void *b)
{
	size_t x = ((const struct fleet_value *)a)->n, y = ((const struct fleet_value *)b)->n;

	return (x < y) - (x > y);
}

/* The machines that none of the `n` settings of one key is of, into `ret`; how many. */
static size_t lacking(const struct fleet *f, const struct one *one, size_t n, size_t *ret,
		      char *has)
{
	size_t found = 0;

	memset(has, 0, f->n_machines);
	for (size_t i = 0; i < n; i++)
		has[one[i].machine] = 1;
	for (size_t m = 0; m < f->n_machines; m++)
		if (!has[m])
			ret[found++] = m;
	return found;
}

/* Room for one key: a machine stands in exactly one of its values. */
struct room {
	struct fleet_value *values;
	size_t *machines;
	char *has;
};

/* The values of the key of `one` and the `n - 1` behind it; how many different ones. */
static size_t collect(const struct fleet *f, const struct one *one, size_t n, struct room *r)
{
	size_t values = 0, used = 0;

	for (size_t i = 0; i < n; i++) {
		if (!i || strcmp(one[i].value, one[i - 1].value) != 0)
			r->values[values++] =
				(struct fleet_value){one[i].value, 0, r->machines + used};
		r->machines[used++] = one[i].machine;
		r->values[values - 1].n++;
	}
	if (n < f->n_machines) {
		r->values[values] = (struct fleet_value){NULL, 0, r->machines + used};
		r->values[values].n = lacking(f, one, n, r->machines + used, r->has);
		values++;
	}
	qsort(r->values, values, sizeof(*r->values), by_count);
	return values;
}

int fleet_settings(const struct fleet *f,
		   void (*each)(void *arg, const char *key, const struct fleet_value *values,
				size_t n),
		   void *arg)
{
	struct room r = {calloc(f->n_machines + 1, sizeof(*r.values)),
			 calloc(f->n_machines + 1, sizeof(*r.machines)),
			 calloc(f->n_machines + 1, 1)};
	struct all all = {.n = 0};
	int err = r.values && r.machines && r.has ? 0 : -ENOMEM;

	for (; !err && all.machine < f->n_machines; all.machine++)
		err = settings_each(f->machines[all.machine].settings, take, &all);
	if (!err && all.n)
		qsort(all.one, all.n, sizeof(*all.one), by_key);
	for (size_t begin = 0, end; !err && begin < all.n; begin = end) {
		size_t n;

		for (end = begin; end < all.n && !strcmp(all.one[end].key, all.one[begin].key);)
			end++;
		n = collect(f, all.one + begin, end - begin, &r);
		if (n > 1)
			each(arg, all.one[begin].key, r.values, n);
	}
	free(all.one);
	free(r.values);
	free(r.machines);
	free(r.has);
	return err;
}
