/* SPDX-License-Identifier: MIT */
/* Values of options as people write them, and how people read them. */
#ifndef BENCH_BASE_VALUES_H
#define BENCH_BASE_VALUES_H

#include <stddef.h>
#include <stdint.h>

#define OPTION_WANT 200			    /* bytes of the text that says what would be right */
#define TIME_MAX_NS (3600u * 1000000000ull) /* an hour: no option takes longer */

/* A whole number from `min` to `max`. 0 or -EINVAL with `want`, as all of these. */
int option_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret, char *want);

/* Nanoseconds from "1s", "0.5s", "250ms", "100us", "40ns"; a unit is needed, but for 0. */
int option_time(const char *text, uint64_t *ret_ns, char *want);

/* A share from "5%"; above 0, 1000% at most. */
int option_percent(const char *text, double *ret, char *want);

/* Bytes from 1 to `max`: "64", "4K", "64k", "64KiB", "1M" (powers of 1024). */
int option_size(const char *text, uint64_t max, uint64_t *ret, char *want);

/*
 * The place of `text` among the `n` names of an enum, some of which may be NULL; -1: it is none of
 * them.
 */
int name_find(const char *const *names, size_t n, const char *text);

/* One of `n` names; its index into *ret. */
int option_choice(const char *text, const char *const *names, size_t n, unsigned *ret, char *want);

/* Numbers and ranges joined by commas, "0-3,8", `room` of them at most; how many into *n. */
int option_ranges(const char *text, unsigned *numbers, unsigned room, unsigned *n, char *want);

/* "40 ns", "1.5 us", "2 ms" into `text`. */
void value_print_time(uint64_t ns, char *text, size_t size);

/* "64 B", "4 KiB", "1 MiB"; what is no whole number of these in B. */
void value_print_bytes(uint64_t bytes, char *text, size_t size);

/*
 * A figure with three digits that count, in a unit in which it is easily read: "6.12 us" of 6123
 * "ns", "2.10 M/s" of 2.1e6 "1/s"; "-" of NaN.
 */
void value_print_figure(double value, const char *unit, char *text, size_t size);

/*
 * "4.70 to 5.10 us", in the unit in which `like` is read, or each in its own where that is far; "-"
 * where a limit is NaN.
 */
void value_print_range(double lo, double hi, double like, const char *unit, char *text,
		       size_t size);

#endif
