/* SPDX-License-Identifier: MIT */
/* "Did you mean" for names of mechanisms. */
#ifndef BENCH_COMMAND_SUGGEST_H
#define BENCH_COMMAND_SUGGEST_H

/*
 * What to add to a message about `typed`, which names no mechanism: "; did you mean pipe?", or ""
 * where no name is close. Valid until the next call.
 */
const char *suggest_mechanism(const char *typed);

#endif
