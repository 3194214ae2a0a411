/* SPDX-License-Identifier: MIT */
/* The page of a fleet: one file that needs no other. */
#ifndef BENCH_REPORT_FLEET_PAGE_H
#define BENCH_REPORT_FLEET_PAGE_H

#include "bench/report/fleet.h"

/*
 * Writes the page to `path`, from the template `template_path` and what stands beside it in
 * report.html: style and script. 0, or an exit code after a line on stderr that begins with
 * `program`; then no file is there.
 */
int fleet_page_write(const char *program, const struct fleet *f, const char *template_path,
		     const char *path);

#endif
