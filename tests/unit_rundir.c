/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/* Two runs that begin in the same second get a directory each. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/record/rundir.h"
#include "tests/tap.h"

#define TRIES 100 /* until two begin in the same second, which is nearly always the first */

static struct rundir first, second;

/* Removes what rundir_create() made. */
static void clear(const struct rundir *dir)
{
	char charts[PATH_MAX + 16];

	snprintf(charts, sizeof(charts), "%s/charts", dir->path);
	rmdir(charts);
	rmdir(dir->path);
}

int main(void)
{
	char root[] = "/tmp/unit_rundir.XXXXXX", want[PATH_MAX + 16] = "";
	int err = !mkdtemp(root) || chdir(root);

	for (int i = 0; !err && i < TRIES; i++) {
		err = rundir_create(&first, NULL);
		if (!err)
			err = rundir_create(&second, NULL);
		if (err || !strncmp(second.path, first.path, strlen(first.path)))
			break;
		clear(&first);
		clear(&second);
	}
	ok(!err, "two directories below results/");
	snprintf(want, sizeof(want), "%s-2", first.path);
	ok(!strcmp(second.path, want), "the second is %s", second.path);
	snprintf(want, sizeof(want), "%s-2", first.run_id);
	ok(!strcmp(second.run_id, want), "and so is its run");
	clear(&first);
	clear(&second);
	ok(!rmdir("results") && !chdir("/") && !rmdir(root), "nothing else was made");
	return done_testing();
}
