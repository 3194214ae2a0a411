/* SPDX-License-Identifier: MIT */
/* What a process was started with that is not what a login gives, and can change figures. */
#ifndef BENCH_MACHINE_ENVIRONMENT_H
#define BENCH_MACHINE_ENVIRONMENT_H

#define ENVIRONMENT_TEXT 400 /* bytes of the text */

/*
 * Variable of ours: what LD_PRELOAD was before this program was started again with a library in
 * front.
 */
#define ENVIRONMENT_PRELOADED "HANDOFF_PRELOADED"

/*
 * Variables of the loader and of allocators, class and nice value, CPUs, memory policy, timer slack
 * and limits that are not the usual ones, as "name=value+name=value", into `text` (ENVIRONMENT_TEXT
 * bytes).
 * "" = all is as usual. What does not fit is cut off.
 */
void environment_read(char *text);

/*
 * What gives this process another clock than the machine's, such as "libfaketime"; NULL = nothing.
 */
const char *environment_false_clock(void);

#endif
