/* SPDX-License-Identifier: MIT */
/* An array that grows as it is filled. */
#ifndef BENCH_ANALYSE_GROW_H
#define BENCH_ANALYSE_GROW_H

#include <errno.h>
#include <stdlib.h>

/*
 * Makes room for one more than the `n` entries of `size` bytes in `*array`, which has `*room`; both
 * change when it grows. `array` points to the pointer. 0 or -ENOMEM, and the array is as it was.
 */
static inline int array_grow(void *array, size_t n, size_t *room, size_t size)
{
	void **at = array, *bigger;

	if (n < *room)
		return 0;
	bigger = reallocarray(*at, *room ? 2 * *room : 16, size);
	if (!bigger)
		return -ENOMEM;
	*at = bigger;
	*room = *room ? 2 * *room : 16;
	return 0;
}

#endif
