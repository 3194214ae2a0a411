/* SPDX-License-Identifier: MIT */
/* Standard input, output and error, which whoever started us may have closed. */
#ifndef BENCH_BASE_DESCRIPTORS_H
#define BENCH_BASE_DESCRIPTORS_H

/*
 * Fills what is closed of the three, so that no file or socket takes its number and is written to
 * as if it were standard output. Each still fails as a closed one does: it can only be used the
 * other way.
 */
void descriptors_fill(void);

#endif
