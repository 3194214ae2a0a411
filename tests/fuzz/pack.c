/* SPDX-License-Identifier: MIT */
/*
 * A pack from a stranger: what is taken from it are ordinary files that a run has, and nothing
 * where it is refused. What was taken is summarised, made a page of and packed again, which gives a
 * pack that is taken.
 */
#include <ftw.h>
#include <sys/stat.h>

#include "bench/command/report.h"
#include "bench/record/histograms.h"
#include "bench/report/pack.h"
#include "bench/report/page.h"
#include "tests/fuzz/fuzz.h"

static char base[PATH_MAX]; /* nothing but `to` is in it */
static unsigned files;	    /* ordinary files seen */

static int see(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	bool dir = S_ISDIR(st->st_mode);

	CLAIM(S_ISREG(st->st_mode) || dir);
	CLAIM(strchr(path + ftw->base, '\n') == NULL && path[ftw->base] != '.');
	CLAIM(ftw->level <= (dir ? 2 : 3));
	files += !dir;
	return 0;
}

static int take_away(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	if (ftw->level)
		remove(path);
	return 0;
}

static void report_on(const char *run)
{
	static struct rundir to;
	static struct scrub scrub;
	char again[PATH_MAX + 32], pack[PATH_MAX + 32], error[PACK_ERROR_B];
	char *runs[] = {(char *)run};

	scrub_add(&scrub, "secretbox", "host");
	snprintf(again, sizeof(again), "%s/again", base);
	snprintf(pack, sizeof(pack), "%s/again.tar.gz", base);
	mkdir(again, 0700);
	if (!pack_write(run, pack, "top", &scrub, error))
		CLAIM(!pack_read(pack, again, error));
	snprintf(to.path, sizeof(to.path), "%.*s", PATH_MAX - 1, run);
	if (!report_summarise("fuzz", &to))
		page_write("fuzz", run, runs, 1, "scripts/report.html", NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char run[PATH_MAX + 16], error[PACK_ERROR_B];
	int err;

	if (!*base)
		snprintf(base, sizeof(base), "%s", fuzz_dir());
	snprintf(run, sizeof(run), "%s/run", base);
	mkdir(run, 0700);
	files = 0;
	err = pack_read(fuzz_file(data, size), run, error);
	nftw(base, see, 8, FTW_PHYS);
	CLAIM(!err || !files);
	if (!err)
		report_on(run);
	nftw(base, take_away, 8, FTW_PHYS | FTW_DEPTH);
	return 0;
}
