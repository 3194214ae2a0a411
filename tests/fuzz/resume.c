/* SPDX-License-Identifier: MIT */
/*
 * A run to be gone on with: plan.csv, settings/sweep.txt, samples.csv and the histogram of a cell,
 * divided by lines "----". What is taken up is a schedule of cells that are there, and the files
 * are cut back to something that can be taken up again with the same result.
 */
#include <sys/stat.h>

#include "bench/command/sweep.h"
#include "bench/record/histograms.h"
#include "tests/fuzz/fuzz.h"

static const char *const names[] = {"plan.csv", "settings/sweep.txt", "samples.csv",
				    "histograms/cell.csv"};

#define N_NAMES (sizeof(names) / sizeof(names[0]))

/* Takes the run up; how many steps of it are done, or -errno. */
static ssize_t take_up(const char *dir)
{
	static struct sweep s;
	char error[512];
	ssize_t done;
	int err;

	s = (struct sweep){.plan_only = false};
	snprintf(s.dir.path, sizeof(s.dir.path), "%s", dir);
	err = schedule_read(&s.schedule, &s.plan, &s.dir, error);
	if (!err)
		err = sweep_recall(&s);
	if (!err) {
		s.seen = calloc(s.plan.n_cells + 1, sizeof(*s.seen));
		err = sweep_take_up(&s);
	}
	for (size_t i = 0; !err && i < s.schedule.n; i++)
		CLAIM(s.schedule.steps[i].cell < s.plan.n_cells && s.schedule.steps[i].block);
	CLAIM(err || s.first <= s.schedule.n);
	done = err ? err : (ssize_t)s.first;
	rundir_csv_close(&s.samples);
	schedule_free(&s.schedule);
	plan_free(&s.plan);
	free(s.seen);
	return done;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct histogram h;
	static struct rundir dir;
	char path[PATH_MAX + 64];
	const uint8_t *part;
	ssize_t done;

	if (!*dir.path) {
		snprintf(dir.path, sizeof(dir.path), "%s", fuzz_dir());
		rundir_subdir(&dir, "settings");
		rundir_subdir(&dir, "histograms");
	}
	for (size_t i = 0; i < N_NAMES; i++) {
		size_t length = fuzz_part(&data, &size, &part);

		snprintf(path, sizeof(path), "%s/%s", dir.path, names[i]);
		fuzz_put(path, part, length);
	}
	histograms_read(&dir, "cell.csv", &h);
	done = take_up(dir.path);
	if (done >= 0)
		CLAIM(take_up(dir.path) == done);
	snprintf(path, sizeof(path), "%s/interrupted.csv", dir.path);
	unlink(path);
	return 0;
}
