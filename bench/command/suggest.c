/* SPDX-License-Identifier: MIT */
#include "bench/command/suggest.h"

#include <stdio.h>

#include "bench/base/closest.h"
#include "bench/ipc.h"
#include "bench/sync.h"

/* All that a variant can be called: with or without its group, with or without the variant. */
static void try_all(struct closest *c, const char *group, const char *mechanism,
		    const char *variant)
{
	char name[2 * CLOSEST_NAME];

	for (unsigned form = 0; form < 4; form++) {
		snprintf(name, sizeof(name), "%s%s%s%s%s", form & 1 ? group : "",
			 form & 1 ? "/" : "", mechanism, form & 2 ? ":" : "",
			 form & 2 ? variant : "");
		closest_try(c, name);
	}
}

const char *suggest_mechanism(const char *typed)
{
	struct closest c = {.typed = typed};
	static char hint[CLOSEST_HINT];

	for (const struct ipc_mechanism *m = ipc_mechanisms(); m; m = m->next)
		for (size_t i = 0; i < m->n_variants; i++)
			try_all(&c, "ipc", m->name, m->variants[i].name);
	for (const struct sync_mechanism *m = sync_mechanisms(); m; m = m->next)
		for (size_t i = 0; i < m->n_variants; i++)
			try_all(&c, "sync", m->name, m->variants[i].name);
	return closest_hint(&c, hint, sizeof(hint));
}
