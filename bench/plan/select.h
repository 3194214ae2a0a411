/* SPDX-License-Identifier: MIT */
/* What --only names: mechanisms and variants, as people write them. */
#ifndef BENCH_PLAN_SELECT_H
#define BENCH_PLAN_SELECT_H

#include <stdbool.h>

#include "bench/base/closest.h"

/*
 * Whether one of the globs of `only`, joined by commas, names the variant: 'pipe', 'ipc/pipe',
 * 'pipe:pair', 'unix_*'. A glob without a slash is of both groups, one without a colon of all
 * variants. NULL names everything.
 */
bool select_matches(const char *only, const char *group, const char *mechanism,
		    const char *variant);

/*
 * Whether some glob of `only` names nothing that there is: the first such, and what is close to it.
 */
bool select_unknown(const char *only, char unknown[CLOSEST_NAME], struct closest *closest);

#endif
