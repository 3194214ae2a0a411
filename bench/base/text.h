/* SPDX-License-Identifier: MIT */
/* Texts that are put together. */
#ifndef BENCH_BASE_TEXT_H
#define BENCH_BASE_TEXT_H

#include <stddef.h>

/* Adds to `text`, which has `size` bytes, from a format; what has no room is cut. */
__attribute__((format(printf, 3, 4))) void text_add(char *text, size_t size, const char *fmt, ...);

#endif
