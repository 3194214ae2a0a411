/* SPDX-License-Identifier: MIT */
/*
 * The page's template: text with {{name}} for what is filled in, and {{if NAME...}} ... {{end}}
 * around what is left out when none of the names has any text. They do not nest.
 */
#ifndef BENCH_REPORT_TEMPLATE_H
#define BENCH_REPORT_TEMPLATE_H

#include <stdio.h>

/* The text of `name`, valid until the end; "" for none; NULL for a name that there is not. */
typedef const char *(*template_lookup)(void *arg, const char *name);

/*
 * Writes `text`, filled in, to `out`. 0, or -EBADMSG with the number of the line that is wrong in
 * *line and what is wrong in *why.
 */
int template_fill(const char *text, template_lookup lookup, void *arg, FILE *out, unsigned *line,
		  const char **why);

/* The text of the file `path`, to be freed; NULL with errno, which is 0 for an empty file. */
char *template_read(const char *path);

#endif
