/* SPDX-License-Identifier: MIT */
/*
 * One side's own view of a ring (bench/measure/ring.h). It lies in the side's struct ipc_end, and not
 * behind a pointer, so that a loop that works on a copy of that has all of it in registers.
 */
#ifndef BENCH_MEASURE_RING_SIDE_H
#define BENCH_MEASURE_RING_SIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring_head;
struct ring_slot;

/* One side's view of one direction. */
struct ring_view {
	struct ring_head *head;
	struct ring_slot
		*slot;	     /* of the next message: known before it comes; ring_many.h: unused */
	uint8_t *slots;	     /* first slot */
	size_t stride;	     /* bytes from slot to slot */
	uint64_t mask;	     /* slots - 1 */
	uint64_t next;	     /* number of the next message */
	uint64_t taken_seen; /* producer: last known head->taken */
	int items_fd;	     /* eventfd of head->items */
	int space_fd;	     /* eventfd of head->space */
};

struct ring_side {
	struct ring_view view[2]; /* [enum ipc_dir] */
	void *base;		  /* mapping */
	size_t size;		  /* bytes */
	uint64_t spins;		  /* spin-then-block: turns of the present wait */
	uint64_t spin_end_ns;	  /* spin-then-block: when it gives up; 0 = not waiting */
	bool mapped;		  /* base is this side's own mapping */
};

#endif
