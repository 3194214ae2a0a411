/* SPDX-License-Identifier: MIT */
/*
 * A run as one .tar.gz: its CSV files, settings and machine.txt, without what is drawn from them.
 * Packs come from strangers: nothing in one is trusted.
 */
#ifndef BENCH_REPORT_PACK_H
#define BENCH_REPORT_PACK_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/report/scrub.h"

#define PACK_ERROR_B 512

/* Whether `path` is called like a pack. */
bool pack_is(const char *path);

/*
 * Writes the run in `dir` to the new file `pack`, below a directory called `top` in it; names are
 * taken out as `scrub` says, NULL leaves everything as it is. 0, or -errno with what was wrong in
 * `error`; then there is no file.
 */
int pack_write(const char *dir, const char *pack, const char *top, const struct scrub *scrub,
	       char error[PACK_ERROR_B]);

/*
 * Unpacks `pack` into the directory `dir`, which is there and has none of its files. Only ordinary
 * files that a run can have are taken; anything else refuses the pack, as do names that lead out of
 * it, links, devices, files that come twice, more than PACK_MAX_B bytes or PACK_MAX_FILES files. 0,
 * or -errno (-EBADMSG: the pack is wrong) with the reason in `error`; then what was unpacked is
 * removed.
 */
int pack_read(const char *pack, const char *dir, char error[PACK_ERROR_B]);

/* A file of a pack, in memory. */
struct pack_file {
	const char *name; /* which: "summary.csv" */
	char *text;	  /* NULL = the pack has none; the caller frees it */
	size_t size;
};

/*
 * Reads the `n` files of `pack` that are named in `picks`, and nothing else of it; entries that
 * pack_read() would refuse are refused. 0, or -errno with the reason in `error`; then there are no
 * texts.
 */
int pack_pick(const char *pack, struct pack_file *picks, size_t n, char error[PACK_ERROR_B]);

#define PACK_PICK_MAX_B (16u << 20) /* a file that is picked is no larger */
#define PACK_MAX_B (256ull << 20)
#define PACK_MAX_FILES 10000u

#endif
