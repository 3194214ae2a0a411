/* SPDX-License-Identifier: MIT */
/* The command line of the subcommands of handoff: one walk, with one wording of what is wrong. */
#ifndef BENCH_COMMAND_ARGUMENTS_H
#define BENCH_COMMAND_ARGUMENTS_H

#include <getopt.h>
#include <stdbool.h>

#include "bench/program/options.h"

/* What a subcommand takes. */
struct arguments {
	const char *program;	      /* "handoff sweep", for messages */
	const char *help;	      /* what --help, -h or the word help alone prints */
	const struct option *options; /* of getopt_long(3), as the macros below make it */
	/*
	 * Takes option `option` with `value` (NULL: it has none); 0, or nonzero with what would be
	 * right in `want` (OPTION_WANT bytes).
	 */
	int (*take)(void *to, int option, const char *value, char *want);
	bool operands; /* whether something other than options may be there */
};

/* An option with a value, one without, and the end of every table. */
/* clang-format off */
#define OPTION(name, letter) {name, required_argument, NULL, letter}
#define SWITCH(name, letter) {name, no_argument, NULL, letter}
#define OPTIONS_END SWITCH("help", 'h'), {NULL, 0, NULL, 0}
/* clang-format on */

/*
 * Gives each option of argv to a->take with `to`. 0, with optind at the first operand; -1 when
 * --help was answered; EX_USAGE after a line on stderr.
 */
int arguments_read(const struct arguments *a, void *to, int argc, char **argv);

#endif
