/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/* Where a background load goes on machines that are not here. */
#include <errno.h>
#include <string.h>

#include "bench/measure/crew.h"
#include "bench/measure/load.h"
#include "tests/tap.h"

static struct topology *machine(const char *description)
{
	struct topology *t = NULL;

	if (topology_load_synthetic(&t, description))
		exit(1);
	return t;
}

/* Whether the load beside `used` goes to just the PUs of `want`, as "1+3". */
static bool goes_to(struct topology *t, enum load_kind kind, const unsigned *used, unsigned n,
		    const char *want)
{
	char got[256] = "", reason[CREW_REASON] = "";
	struct load l;
	int err = load_place(&l, t, kind, used, n, reason);

	for (unsigned i = 0; !err && i < l.n; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%u", i ? "+" : "",
			 l.pus[i]);
	load_free(&l);
	if (!*want)
		return err == -ENODEV && *reason && !strchr(reason, ',');
	return !err && !strcmp(got, want);
}

int main(void)
{
	struct topology *smt = machine("package:2 core:2 pu:2");
	struct topology *two = machine("core:2 pu:1");
	struct topology *many = machine("package:2 core:64 pu:2");
	unsigned alone[] = {0}, cores[] = {0, 2}, siblings[] = {0, 1}, twice[] = {2, 2};
	unsigned both[] = {0, 1}, all[] = {0, 1, 2, 3, 4, 5, 6, 7};
	char reason[CREW_REASON];
	struct load l;

	ok(goes_to(smt, LOAD_SIBLING, alone, 1, "1"), "sibling: the other PU of the core");
	ok(goes_to(smt, LOAD_SIBLING, cores, 2, "1+3"), "of two cores: both others");
	ok(goes_to(smt, LOAD_SIBLING, twice, 2, "3"), "of two sides on one PU: the one other");
	ok(goes_to(smt, LOAD_SIBLING, siblings, 2, ""), "siblings are measured: none is left");
	ok(goes_to(two, LOAD_SIBLING, alone, 1, ""), "cores of one PU have none");
	ok(goes_to(smt, LOAD_CPU, cores, 2, "1+3+4+5+6+7"), "cpu: all that are not measured");
	ok(goes_to(smt, LOAD_CPU, all, 8, ""), "all are measured: none is left");
	ok(goes_to(smt, LOAD_MEMORY, cores, 2, "4+5+6+7"), "memory: off the cores measured");
	ok(goes_to(two, LOAD_MEMORY, alone, 1, "1"), "on the other core of two");
	ok(goes_to(two, LOAD_MEMORY, both, 2, ""), "both are measured: none is left");
	ok(!load_place(&l, many, LOAD_MEMORY, alone, 1, reason) && l.n == LOAD_MEMORY_MAX,
	   "of many PUs memory takes %d", LOAD_MEMORY_MAX);
	load_free(&l);
	ok(goes_to(smt, LOAD_SAME, cores, 2, "0+2"), "same: just those that are measured");
	ok(goes_to(smt, LOAD_SAME, twice, 2, "2"), "of two sides on one PU: once");
	ok(goes_to(two, LOAD_SAME, both, 2, "0+1"), "also where all are measured");
	ok(!load_place(&l, many, LOAD_CPU, alone, 1, reason) && l.n == 255, "cpu takes all");
	load_free(&l);
	ok(!load_place(&l, smt, LOAD_NONE, alone, 1, reason) && l.n == 0, "none takes none");
	load_free(&l);
	topology_free(smt);
	topology_free(two);
	topology_free(many);
	return done_testing();
}
