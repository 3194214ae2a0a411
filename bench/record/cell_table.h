/* SPDX-License-Identifier: MIT */
/* The table of cell.def as the files bench/record/cell*.c see it. */
#ifndef BENCH_RECORD_CELL_TABLE_H
#define BENCH_RECORD_CELL_TABLE_H

#include "bench/record/cell.h"

enum kind {
	KIND_NUMBER,
	KIND_BYTES,
	KIND_TIME,
	KIND_CHOICE,
	KIND_WAIT,
	KIND_PLACEMENT,
	KIND_CPUS,
	KIND_MEM,
	KIND_SCHED,
	KIND_APART,
	KIND_OWN
};

enum shown { ALWAYS, FROM_1, FROM_2, GIVEN };

/* A line of cell.def. */
struct parameter_line {
	struct parameter_info info;
	enum kind kind;
	uint64_t least, most, usual;
	enum shown shown;
	size_t at; /* offset in struct cell */
};

extern const struct parameter_line cell_table[PARAMETERS];

/* The number that the cell has for `p`, of a kind that is one. */
uint64_t cell_number(const struct cell *cell, const struct parameter_line *p);

#endif
